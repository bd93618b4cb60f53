"""What the customers of the demonstration spend in each product line, with us and with others, last year and this year.

Built on what was really sold, so that our share is never above the whole. As in life, not everything is known: some
cells have no wallet, some customers make it themselves, some may not buy.
"""

from datetime import date, timedelta

import frappe

from kam_erpnext.data.sales import SalesFilters, net_sales
from kam_erpnext.demo import world
from kam_erpnext.demo.programme import Programme
from kam_erpnext.engine.periods import Period
from kam_erpnext.offline.sample.generate import Dice

SEED = 4404
WALLET = "Key Account Wallet"
# share of the cells nobody has asked about
UNKNOWN = 0.18
# from … to: how much of what a customer spends in a line goes to us, where we sell at all
OUR_SHARE = (0.22, 0.75)
# yearly spend in a line we do not sell, as a part of all our sales with the customer
ELSEWHERE = (0.08, 0.3)
SMALLEST_SPEND, LARGEST_SPEND = 6_000, 160_000
BLOCKED = {
	"Laboratory Diagnostics": "The laboratory is run by an outside company; it buys for itself.",
	"Endoscopy": "No endoscopy unit; patients are sent to the neighbouring hospital.",
}
MADE_BY_THEMSELVES = (world.SERVICES,)
SOURCES = (
	("Talk with the head of purchasing", "High"),
	("Purchasing statistics shown at the yearly talk", "High"),
	("Devices counted on a visit of the wards", "Medium"),
	("Estimate from the number of beds", "Low"),
)
NOTES = (
	None,
	None,
	"Framework agreement with the competitor; ends on the date given.",
	"Two suppliers on purpose: medical technology wants a second source.",
)
TARGET_SHARES = (0, 0, 0, 40, 50, 60)

# what competitors sell and give for it, by product line
OFFERS = {
	"Electrosurgery": (
		"Generators with disposables",
		"Generator free of charge with a contract for disposables",
	),
	"Patient Monitoring": ("Monitors with sensors", "Monthly rate with sensors included"),
	"Infusion Therapy": ("Pumps and sets", "Pumps lent as long as the sets are bought"),
	"Endoscopy": ("Video towers", "Two years of service without charge"),
	"Laboratory Diagnostics": ("Analysers with reagents", "Bonus of 4 % on reagents above 100,000 a year"),
	"Services": ("Service for devices of all makers", "First year at half the price"),
}


class Wallets:
	def __init__(self, programme: Programme, competitors: list[str]):
		self.programme = programme
		self.competitors = competitors
		self.today = programme.today
		self.dice = Dice(SEED)

	def run(self) -> None:
		accounts = frappe.get_all(
			"Key Account",
			{"name": ("in", self.programme.register.names("Key Account")), "status": ("!=", "Retired")},
			["name", "key_account_manager", "lft", "rgt"],
			order_by="lft",
		)
		by_manager: dict[str, list] = {}
		for account in accounts:
			by_manager.setdefault(account.key_account_manager or world.OPERATIONS, []).append(account)
		for manager, names in by_manager.items():
			self.enter(manager, names, self.today.year - 1, self.today - timedelta(days=330))
			self.enter(manager, names, self.today.year, self.today - timedelta(days=self.dice.whole(20, 60)))

	def enter(self, manager: str, accounts: list, year: int, day: date) -> None:
		"""The manager enters what is known about his accounts for a year."""
		with self.programme.made_by(manager, day):
			for account in accounts:
				customers = frappe.get_all(
					"Key Account Customer",
					{"parent": account.name, "parenttype": "Key Account"},
					pluck="customer",
					order_by="idx",
				)
				for customer in customers:
					# a wallet without a buying centre is that of everything below the account
					alone = len(customers) == 1 and account.rgt == account.lft + 1
					self.enter_customer(account.name, customer, None if alone else customer, year, day)

	def enter_customer(self, account: str, customer: str, centre: str | None, year: int, day: date) -> None:
		sold = self.sold(customer, year)
		whole = sum(sold.values())
		for line in world.PRODUCTS:
			group = self.programme.masters.item_group[line]
			if self.dice.chance(UNKNOWN):
				continue
			values = self.cell(line, max(sold.get(group, 0.0), 0.0), whole, year)
			source, reliability = self.dice.one(SOURCES)
			frappe.get_doc(
				{
					"doctype": WALLET,
					"key_account": account,
					"customer": centre,
					"item_group": group,
					"year": year,
					"company": world.COMPANY,
					"as_of": day,
					"source": source,
					"reliability": reliability,
					"note": self.dice.one(NOTES),
					**values,
				}
			).insert()

	def sold(self, customer: str, year: int) -> dict[str, float]:
		"""Net sales of the year by item group; the running year is taken for twelve months."""
		if year == self.today.year:
			period = Period(self.today - timedelta(days=365), self.today)
		else:
			period = Period(date(year, 1, 1), date(year + 1, 1, 1))
		filters = SalesFilters(world.COMPANY, customers=(customer,), user="Administrator")
		frame = net_sales(filters, period, by=("item_group",))
		return dict(zip(frame["item_group"], frame["net_sales"], strict=True))

	def cell(self, line: str, ours: float, whole: float, year: int) -> dict:
		"""What is entered into a cell."""
		if ours > 0:
			spend = round(ours / self.dice.between(*OUR_SHARE), -3) + 1000
			return {
				"wallet": spend,
				"target_share": self.dice.one(TARGET_SHARES),
				"shares": self.others(line, spend - ours, year),
				**self.ranks(),
			}
		if line in BLOCKED and self.dice.chance(0.35):
			return {"state": "Blocked", "blocked_reason": BLOCKED[line]}
		spend = round(min(max(whole * self.dice.between(*ELSEWHERE), SMALLEST_SPEND), LARGEST_SPEND), -3)
		if line in MADE_BY_THEMSELVES and self.dice.chance(0.5):
			shares = [{"supplier_kind": "Made by the Customer", "amount": spend}]
			return {"state": "Internal", "wallet": spend, "shares": shares}
		if self.dice.chance(0.3):
			return {"state": "Potential", "wallet": spend, "target_share": self.dice.one(TARGET_SHARES)}
		return {"wallet": spend, "shares": self.others(line, spend, year), "suppliers": 2}

	def others(self, line: str, left: float, year: int) -> list[dict]:
		"""Competitors and what they are known to sell; a part of it stays unknown, sometimes an amount as well."""
		rows = []
		if line in MADE_BY_THEMSELVES and left > 5_000 and self.dice.chance(0.4):
			amount = round(left * 0.4, -2)
			rows.append({"supplier_kind": "Made by the Customer", "amount": amount})
			left -= amount
		for competitor in self.dice.some(self.competitors, self.dice.one((1, 1, 2))):
			known = self.dice.chance(0.85)
			amount = round(left * self.dice.between(0.35, 0.8), -2) if known else 0
			left -= amount
			rows.append(
				{
					"supplier_kind": "Competitor",
					"competitor": competitor,
					"amount": max(amount, 0),
					"amount_known": int(known),
					"contract_end": self.contract_end(year),
					**dict(
						zip(("offer", "incentives"), OFFERS[line] if known else (None, None), strict=True)
					),
				}
			)
		return rows

	def contract_end(self, year: int) -> date | None:
		return (
			date(year + self.dice.one((0, 1, 1, 2)), self.dice.one((3, 6, 9, 12)), 28)
			if self.dice.chance(0.35)
			else None
		)

	def ranks(self) -> dict:
		if not self.dice.chance(0.5):
			return {}
		suppliers = self.dice.one((2, 3, 3, 4))
		return {"suppliers": suppliers, "our_rank": self.dice.whole(1, suppliers)}
