"""The incentive scheme of the demonstration: one for the three managers and this year, so that the director sees all
statements and each manager only the own one."""

from datetime import date

import frappe

from kam_erpnext.demo import world
from kam_erpnext.demo.programme import Programme
from kam_erpnext.engine import incentive as engine

SCHEME = "Key Account Incentive Scheme"
# measure, weight, target (0: from the targets, or as a matter of course), threshold
MEASURES = (
	(engine.SALES, 30, 0, 80),
	(engine.MARGIN_GROWTH, 30, 103, 80),
	(engine.OBJECTIVES, 20, 0, 60),
	(engine.SATISFACTION, 10, 4, 70),
	(engine.CALLS, 10, 90, 60),
)
# what is paid at target
AMOUNTS = {world.MANAGER_ONE: 18_000, world.MANAGER_TWO: 14_000, world.MANAGER_UK: 12_000}
CAP = 150
NOTE = (
	"Three fifths of the incentive depend on what the accounts bring, two on how they are looked after. "
	"Paid with the salary of February, when the year is closed."
)


class Incentives:
	def __init__(self, programme: Programme):
		self.programme = programme

	def run(self) -> None:
		year = self.programme.today.year
		with self.programme.made_by(world.OPERATIONS):
			scheme = frappe.get_doc(
				{
					"doctype": SCHEME,
					"title": f"Key Account Incentives {year}",
					"company": world.COMPANY,
					"from_date": date(year, 1, 1),
					"to_date": date(year, 12, 31),
					"cap": CAP,
					"measures": [
						dict(zip(("measure", "weight", "target", "threshold"), row, strict=True))
						for row in MEASURES
					],
					"participants": [{"user": user, "amount": amount} for user, amount in AMOUNTS.items()],
					"note": NOTE,
				}
			).insert()
			scheme.submit()
