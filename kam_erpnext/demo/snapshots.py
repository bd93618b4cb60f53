"""Snapshots of the accounts of the demonstration at the ends of the last twelve months and of the last nights, whose alarms
sound as they would have."""

from datetime import timedelta

import frappe

from kam_erpnext.demo.history import first_of_month
from kam_erpnext.demo.programme import Programme
from kam_erpnext.snapshots import taking

MONTHS = 12
# nights that were watched; what they found and what still lasts is known since then
NIGHTS_AGO = (36, 15, 4, 1)


class Snapshots:
	def __init__(self, programme: Programme):
		self.register = programme.register
		self.today = programme.today

	def run(self) -> None:
		names = frappe.get_all(
			"Key Account",
			{"name": ("in", self.register.names("Key Account")), "status": ("!=", "Retired")},
			pluck="name",
			order_by="lft",
		)
		ends = [first_of_month(self.today, -month) - timedelta(days=1) for month in range(MONTHS)]
		nights = {self.today - timedelta(days=days) for days in NIGHTS_AGO}
		for day in sorted({*ends, *nights}):
			taking.take(names, day, with_alarms=day in nights)
			frappe.db.commit()
