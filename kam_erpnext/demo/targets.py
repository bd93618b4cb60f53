"""Targets of the sales people and territories of the demonstration for this and last fiscal year, spread by the season."""

from collections.abc import Callable
from datetime import date, timedelta

import frappe
from erpnext.accounts.utils import get_fiscal_year
from frappe.utils import getdate

from kam_erpnext.demo import world
from kam_erpnext.demo.history import SEASON, Sale
from kam_erpnext.demo.programme import Programme
from kam_erpnext.demo.register import free_name
from kam_erpnext.offline.sample.generate import Dice

SEED = 8128
MONTH_NAMES = (
	"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# a target is what was sold in the twelve months before the year and so much more, in percent
GROWTH = (2, 11)
SMALLEST = 20_000


class Targets:
	def __init__(self, programme: Programme):
		self.register = programme.register
		self.masters = programme.masters
		self.history = programme.history
		self.today = programme.today
		self.dice = Dice(SEED)

	def run(self) -> None:
		this = get_fiscal_year(self.today, company=world.COMPANY, as_dict=True)
		before = getdate(this.year_start_date) - timedelta(days=1)
		years = [get_fiscal_year(before, company=world.COMPANY, as_dict=True), this]
		distributions = {year.name: self.distribution(year) for year in years}
		for doctype, names, holder in (
			(
				"Sales Person",
				self.masters.sales_person,
				lambda sale: world.sales_person_of(sale.customer.territory),
			),
			("Territory", self.masters.territory, lambda sale: sale.customer.territory),
		):
			targets = {year.name: self.amounts(getdate(year.year_start_date), holder) for year in years}
			for label in sorted({label for amounts in targets.values() for label in amounts}):
				node = frappe.get_doc(doctype, names[label])
				for year in years:
					if amount := targets[year.name].get(label):
						node.append(
							"targets",
							{
								"fiscal_year": year.name,
								"item_group": self.masters.products,
								"target_amount": amount,
								"distribution_id": distributions[year.name],
							},
						)
				node.save()
		frappe.db.commit()

	def distribution(self, year) -> str:
		"""The season of the history, in percent that make 100."""
		shares = [round(100 * part / sum(SEASON), 2) for part in SEASON]
		shares[-1] = round(100 - sum(shares[:-1]), 2)
		label = f"Halden Season {year.name}"
		return self.register.make(
			"Monthly Distribution",
			distribution_id=free_name("Monthly Distribution", label),
			fiscal_year=year.name,
			percentages=[
				{"month": month, "percentage_allocation": share}
				for month, share in zip(MONTH_NAMES, shares, strict=True)
			],
		).name

	def amounts(self, start: date, holder: Callable[[Sale], str]) -> dict[str, float]:
		"""Target by sales person or territory for the year that begins on a day."""
		since = start.replace(year=start.year - 1, day=min(start.day, 28))
		sold: dict[str, float] = {}
		for sale in self.history.sales:
			if sale.kind != "order" and since <= sale.day < start:
				sold[holder(sale)] = sold.get(holder(sale), 0) + sale.amount
		return {
			label: max(SMALLEST, round(amount * (1 + self.dice.between(*GROWTH) / 100), -3))
			for label, amount in sorted(sold.items())
		}
