"""Market estimates of the demonstration by country and product line, in value and units, and what competitors sell there."""

from datetime import date, timedelta

import frappe

from kam_erpnext.demo import world
from kam_erpnext.demo.history import ITEMS
from kam_erpnext.demo.programme import Programme
from kam_erpnext.offline.sample.generate import Dice

SEED = 4432
ESTIMATE = "Market Estimate"
# from … to: our part of a market, and that of each competitor
OURS = (0.08, 0.22)
THEIRS = ((0.16, 0.28), (0.08, 0.16), (0.03, 0.1))
SMALLEST = 150_000


class Markets:
	def __init__(self, programme: Programme, competitors: list[str]):
		self.programme = programme
		self.masters = programme.masters
		self.competitors = competitors
		self.today = programme.today
		self.dice = Dice(SEED)

	def run(self) -> None:
		with self.programme.made_by(world.OPERATIONS, self.today - timedelta(days=50)):
			self.add_competitors()
			self.add_product_lines()

	def add_competitors(self) -> None:
		"""To the estimates of whole countries of this year and the last."""
		names = frappe.get_all(
			ESTIMATE,
			{
				"company": world.COMPANY,
				"item_group": ("is", "not set"),
				"from_date": (">=", date(self.today.year - 1, 1, 1)),
			},
			pluck="name",
			order_by="name",
		)
		for name in names:
			estimate = frappe.get_doc(ESTIMATE, name)
			self.append(estimate)
			estimate.save()

	def add_product_lines(self) -> None:
		"""Every country and product line that was sold there, in value and in units."""
		value, units = self.sold()
		for (country, line), most in sorted(value.items()):
			share = self.dice.between(*OURS)
			for year in (self.today.year - 1, self.today.year):
				growth = 1.03 ** (year - self.today.year)
				estimate = frappe.get_doc(
					{
						"doctype": ESTIMATE,
						"territory": self.masters.territory[country],
						"item_group": self.masters.item_group[line],
						"company": world.COMPANY,
						"from_date": date(year, 1, 1),
						"to_date": date(year, 12, 31),
						"market_value": max(round(most / share * growth, -4), SMALLEST),
						"market_units": max(round(units[country, line] / share * growth), 1),
						"source": "Market study, edition of spring",
						"reliability": self.dice.one(("High", "Medium", "Medium", "Low")),
					}
				)
				if self.dice.chance(0.7):
					self.append(estimate)
				estimate.insert()

	def append(self, estimate) -> None:
		for competitor, between in zip(self.competitors, THEIRS, strict=False):
			if self.dice.chance(0.85):
				part = self.dice.between(*between)
				estimate.append(
					"competitors",
					{
						"competitor": competitor,
						"market_value": round(estimate.market_value * part, -3),
						"market_units": round((estimate.market_units or 0) * part),
					},
				)

	def sold(self) -> tuple[dict, dict]:
		"""The better one of two periods of twelve months, by country and product line: value and units."""
		value: dict[tuple[str, str], list[float]] = {}
		units: dict[tuple[str, str], list[float]] = {}
		for sale in self.programme.history.sales:
			age = (self.programme.history.end - sale.day).days // 365
			if sale.kind == "order" or age > 1:
				continue
			for row in sale.lines:
				line = ITEMS[row.item][0]
				if line == world.SERVICES:
					continue
				key = (sale.customer.country, line)
				value.setdefault(key, [0, 0])[age] += row.amount
				units.setdefault(key, [0, 0])[age] += row.qty
		return (
			{key: max(amounts) for key, amounts in value.items()},
			{key: max(amounts) for key, amounts in units.items()},
		)
