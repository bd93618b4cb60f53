"""What the demonstration company sells, to whom and when: worked out from one seed, without a site.

The same day always gives the same history. Amounts are in the currency of the company.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import NormalDist

from kam_erpnext.demo import world
from kam_erpnext.offline.sample.generate import Dice

SEED = 20261
MONTHS = 25
# before these, a year with fewer and larger invoices: what a change to the year before is measured against
EARLIER_MONTHS = 12
EARLIER_INTERVAL = 2.8
EARLIER_DEMAND, EARLIER_SHARE = -0.75, 0.78
# sales of all customers in the first twelve months
VOLUME = 7_800_000
# how unequal the customers are: a fifth of them makes about four fifths of sales
SPREAD = 1.85
LARGEST = 400_000
SMALLEST = 2000
# which kinds of customer tend to be the large ones
WEIGHT = {world.HOSPITAL: 3.0, world.DISTRIBUTOR: 2.5, world.LABORATORY: 1.2, world.CLINIC: 0.6}
SILENT = 11
MOST_LINES = 5
ORDER_CHAINS = 36
OPEN_ORDERS = 14
# framework orders due in the coming months; the first of them should have been delivered already
ORDERS_TO_COME = 20
ORDERS_OVERDUE = 2
RETURNS_PERCENT = 3
HELD_BACK, HELD_BACK_DAYS = 0.65, 170
PRICE_RISE, COST_RISE = 1.03, 1.02

# courses of the largest customers outside hospital groups, largest first, then shares of the rest
LEADING_COURSES = (
	"steady", "growing", "shrinking", "steady", "growing", "steady", "new", "lost", "growing", "steady", "shrinking",
	"growing", "steady", "steady", "shrinking", "growing", "new", "steady", "lost", "growing", "steady", "growing",
)  # fmt: skip
OTHER_COURSES = ("steady",) * 9 + ("growing",) * 3 + ("shrinking",) * 3 + ("lost",) * 2 + ("new",) * 2
YEARLY_FACTOR = {
	"steady": (0.96, 1.08),
	"growing": (1.28, 1.75),
	"shrinking": (0.45, 0.75),
	"lost": (0.8, 1.0),
	"new": (1.1, 1.5),
}
# months of the year, January first
SEASON = (0.92, 0.98, 1.1, 0.97, 1.0, 1.04, 0.86, 0.76, 1.08, 1.06, 1.12, 1.11)


@dataclass
class Customer:
	number: int
	name: str
	territory: str
	group: str
	course: str
	yearly: float
	hospital_group: str | None = None
	factor: float = 1.0
	discount: float = 0.0
	basket: dict = field(default_factory=dict)
	begin: date | None = None
	end: date | None = None
	days_late: int = 0
	potential: int = 0
	reach: int = 0

	@property
	def country(self) -> str:
		return world.country_of(self.territory)

	@property
	def silent(self) -> bool:
		return not self.basket


@dataclass
class Line:
	item: str
	qty: int
	list_price: float
	rate: float

	@property
	def amount(self) -> float:
		return self.qty * self.rate


@dataclass
class Sale:
	day: date
	customer: Customer
	lines: list[Line]
	kind: str = "invoice"  # or "chain": order, delivery, invoice; or "order": still open
	paid_on: date | None = None
	returned_on: date | None = None
	due_on: date | None = None  # of an open order

	@property
	def amount(self) -> float:
		return sum(line.amount for line in self.lines)


@dataclass
class Purchase:
	day: date
	supplier: str
	lines: list[tuple[str, int, float]]  # item, quantity, cost
	paid_on: date | None = None


@dataclass
class History:
	first: date  # first day with documents
	start: date  # from here on with all of them
	end: date  # last day with documents
	customers: list[Customer]
	sales: list[Sale]
	purchases: list[Purchase]


ITEMS = {
	code: (line, price, margin)
	for line, (_supplier, items) in world.PRODUCTS.items()
	for code, _name, price, margin in items
}


def make_history(today: date) -> History:
	"""Everything up to the day before `today`, from the first of the month `MONTHS` months earlier, and the larger part of
	the `EARLIER_MONTHS` before."""
	dice = Dice(SEED)
	first = first_of_month(today, -MONTHS - EARLIER_MONTHS)
	start = first_of_month(today, -MONTHS)
	end = today - timedelta(days=1)
	customers = make_customers(dice, start, end)
	sales = []
	for customer in customers:
		sales += sales_of(dice, customer, start, end)
	sales.sort(key=lambda sale: (sale.day, sale.customer.number))
	choose_chains(dice, sales, end)
	choose_returns(dice, sales, end)
	sales += open_orders(dice, customers, end)
	set_payments(dice, sales, end)
	dice = Dice(SEED + 1)
	earlier = earlier_sales(dice, customers, first, start)
	set_payments(dice, earlier, end, disputed=0)
	hold_back(dice, sales, end)
	sales = earlier + sales + orders_to_come(dice, customers, end)
	return History(first, start, end, customers, sales, make_purchases(sales, first, start, end))


def first_of_month(day: date, months: int = 0) -> date:
	index = day.year * 12 + day.month - 1 + months
	return date(index // 12, index % 12 + 1, 1)


# ---------------------------------------------------------------- customers


def make_customers(dice: Dice, start: date, end: date) -> list[Customer]:
	customers = group_sites() + single_customers(dice)
	set_sizes(dice, customers)
	for customer in customers:
		set_traits(dice, customer, start, end)
	return customers


def group_sites() -> list[Customer]:
	return [
		Customer(0, name, territory, world.HOSPITAL_GROUP, course, thousands * 1000.0, hospital_group=group)
		for group, sites in world.HOSPITAL_GROUPS.items()
		for name, territory, thousands, course in sites
	]


def single_customers(dice: Dice) -> list[Customer]:
	customers, taken = [], set()
	for countries in world.TERRITORIES.values():
		for language, territories in countries.values():
			for territory, count in territories.items():
				for _ in range(count):
					group = dice.one(
						(world.HOSPITAL,) * 5
						+ (world.CLINIC,) * 4
						+ (world.LABORATORY,) * 2
						+ (world.DISTRIBUTOR,)
					)
					name = new_name(dice, group, language, territory, taken)
					customers.append(Customer(0, name, territory, group, "steady", 0.0))
	name, places = world.SAME_NAME
	for place in places:
		twin = next(c for c in customers if c.territory == place and c.group == world.CLINIC)
		twin.name = name
	return customers


def new_name(dice: Dice, group: str, language: str, territory: str, taken: set[str]) -> str:
	patterns, towns = world.NAMES[group][language], world.TOWNS[language]
	choices = [name for name in (p.format(town) for town in towns for p in patterns) if name not in taken]
	name = dice.one(choices) if choices else f"{patterns[0].format(towns[0])} {territory}"
	taken.add(name)
	return name


def set_sizes(dice: Dice, customers: list[Customer]) -> None:
	"""Yearly sales of the single customers from the quantiles of a log-normal distribution."""
	draws = [(dice.next() ** (1 / WEIGHT[c.group]), c) for c in customers if not c.hospital_group]
	singles = [customer for _draw, customer in sorted(draws, key=lambda draw: -draw[0])]
	silent = dice.some(singles[len(singles) // 4 :], SILENT)
	buyers = [customer for customer in singles if customer not in silent]
	bell = NormalDist()
	sizes = [math.exp(SPREAD * bell.inv_cdf(1 - (rank + 0.6) / len(buyers))) for rank in range(len(buyers))]
	left = VOLUME - sum(c.yearly for c in customers if c.hospital_group)
	for rank, (customer, size) in enumerate(zip(buyers, sizes, strict=True)):
		customer.yearly = min(max(size / sum(sizes) * left, SMALLEST), LARGEST)
		customer.course = LEADING_COURSES[rank] if rank < len(LEADING_COURSES) else dice.one(OTHER_COURSES)
	for customer in silent:
		customer.course = "silent"
	for number, customer in enumerate(customers, 1):
		customer.number = number


def set_traits(dice: Dice, customer: Customer, start: date, end: date) -> None:
	customer.discount = round(dice.between(*world.DISCOUNT[customer.group]))
	customer.reach = make_reach(dice, customer)
	if customer.course == "silent":
		customer.potential = dice.one((0, 0, 40_000, 120_000))
		return
	customer.factor = dice.between(*YEARLY_FACTOR[customer.course])
	customer.begin, customer.end = start, end
	days = (end - start).days
	if customer.course == "new":
		customer.begin = start + timedelta(days=int(days * dice.between(0.48, 0.8)))
	elif customer.course == "lost":
		customer.end = start + timedelta(days=int(days * dice.between(0.35, 0.68)))
	customer.days_late = dice.one((-6, -2, 0, 3, 5, 9, 14, 21, 38))
	customer.basket = make_basket(dice, customer)
	customer.potential = make_potential(dice, customer)


def make_basket(dice: Dice, customer: Customer) -> dict[str, float]:
	"""Weight of each product line; small customers concentrate on few lines."""
	lines = [name for name in world.PRODUCTS if name != world.SERVICES]
	weights = {
		name: taste * dice.between(0.4, 1.6)
		for name, taste in zip(lines, world.TASTE[customer.group], strict=True)
		if taste
	}
	keep = 5 if customer.yearly > 120_000 else 3 if customer.yearly > 25_000 else 2
	chosen = sorted(weights, key=weights.get, reverse=True)[:keep]
	return {name: weights[name] for name in chosen}


def make_potential(dice: Dice, customer: Customer) -> int:
	"""What sales people entered: for the larger customers nearly always, for small ones now and then, else 0."""
	if not dice.chance(0.95 if customer.yearly > 60_000 else 0.4):
		return 0
	room = {"growing": (1.6, 3.0), "new": (1.8, 3.6), "lost": (0.8, 1.4), "shrinking": (0.7, 1.3)}
	value = customer.yearly * dice.between(*room.get(customer.course, (1.05, 1.9)))
	return max(5000, round(value, -4 if value > 100_000 else -3).__int__())


def make_reach(dice: Dice, customer: Customer) -> int:
	if "Univers" in customer.name or "Herzzentrum" in customer.name or "Heart" in customer.name:
		return dice.whole(18, 55)
	likely = {world.HOSPITAL: 0.35, world.HOSPITAL_GROUP: 0.6}.get(customer.group, 0.1)
	return dice.whole(3, 28) if dice.chance(likely) else 0


# ---------------------------------------------------------------- sales


def sales_of(dice: Dice, customer: Customer, start: date, end: date) -> list[Sale]:
	"""Invoices of one customer: larger customers buy more often, each invoice takes what has come together."""
	if customer.silent:
		return []
	interval = usual_interval(customer)
	sales = []
	day = customer.begin + timedelta(days=dice.whole(0, int(interval)))
	last = day - timedelta(days=int(interval))
	while day <= customer.end:
		day = working_day(day, end)
		wanted = max(demand(customer, start, last, day), 350.0) * dice.spread(0.25)
		lines = make_lines(dice, customer, wanted, price_factor(PRICE_RISE, start, day))
		sales.append(Sale(day, customer, lines))
		last = day
		day += timedelta(days=max(6, int(interval * dice.between(0.7, 1.3))))
	return sales


def earlier_sales(dice: Dice, customers: list[Customer], first: date, start: date) -> list[Sale]:
	"""Invoices of the year before the history proper, of the customers that were there when it begins."""
	sales = []
	last = start - timedelta(days=1)
	for customer in customers:
		if customer.silent or customer.begin > start:
			continue
		interval = EARLIER_INTERVAL * usual_interval(customer)
		since = first - timedelta(days=int(interval))
		day = first + timedelta(days=dice.whole(0, int(interval)))
		while day <= last:
			day = working_day(day, last)
			wanted = demand(customer, start, since, day, EARLIER_DEMAND) * EARLIER_SHARE
			wanted = max(wanted, 350.0) * dice.spread(0.25)
			sales.append(
				Sale(day, customer, make_lines(dice, customer, wanted, price_factor(PRICE_RISE, start, day)))
			)
			since = day
			day += timedelta(days=max(12, int(interval * dice.between(0.7, 1.3))))
	return sorted(sales, key=lambda sale: (sale.day, sale.customer.number))


def usual_interval(customer: Customer) -> float:
	return 365 / min(13.0, 1.3 + 1.05 * math.sqrt(customer.yearly / 22_000))


def working_day(day: date, latest: date) -> date:
	"""The day itself, or the Monday after a week-end (the Friday before, when that is too late)."""
	if day.weekday() < 5:
		return day
	monday = day + timedelta(days=7 - day.weekday())
	return monday if monday <= latest else day - timedelta(days=day.weekday() - 4)


def demand(customer: Customer, start: date, since: date, until: date, earliest: float = -math.inf) -> float:
	"""What the customer needs between two days."""
	middle = since + (until - since) / 2
	years = max((middle - start).days / 365 - 0.5, earliest)
	season = SEASON[middle.month - 1]
	return customer.yearly / 365 * max(1, (until - since).days) * customer.factor**years * season


def price_factor(rise: float, start: date, day: date) -> float:
	"""Prices and costs rise once a year, in January."""
	return rise ** (day.year - start.year)


def make_lines(dice: Dice, customer: Customer, wanted: float, prices: float) -> list[Line]:
	lines: dict[str, Line] = {}
	left = wanted
	count = dice.whole(2, MOST_LINES) if wanted > 1500 else dice.whole(1, 3)
	for position in range(count):
		part = left if position == count - 1 else left * dice.between(0.25, 0.6)
		item = choose_item(dice, customer, part / prices)
		if item in lines:
			continue
		_line, price, _margin = ITEMS[item]
		list_price = round(price * prices, 2)
		rate = round(list_price * (1 - customer.discount / 100), 2)
		qty = max(1, round(part / rate))
		lines[item] = Line(item, qty, list_price, rate)
		left = max(left - qty * rate, 200.0)
	if wanted > 9000 and dice.chance(0.3):
		item, price = dice.one(
			[(code, price) for code, (line, price, _m) in ITEMS.items() if line == world.SERVICES]
		)
		lines[item] = Line(item, dice.whole(1, 3), round(price * prices, 2), round(price * prices, 2))
	return list(lines.values())


def choose_item(dice: Dice, customer: Customer, part: float) -> str:
	"""An item of the customer's product lines that fits the amount; rather devices for large amounts."""
	line = weighted(dice, customer.basket)
	items = [(code, price) for code, (own, price, _m) in ITEMS.items() if own == line]
	fitting = [code for code, price in items if part / 160 <= price <= part * 1.15]
	return (
		dice.one(fitting) if fitting else min(items, key=lambda item: abs(math.log(item[1] * 12 / part)))[0]
	)


def weighted(dice: Dice, weights: dict[str, float]) -> str:
	point = dice.next() * sum(weights.values())
	for name, weight in weights.items():
		point -= weight
		if point <= 0:
			return name
	return name


# ---------------------------------------------------------------- what happens to a sale


def choose_chains(dice: Dice, sales: list[Sale], end: date) -> None:
	"""Some sales run through order and delivery note before they are invoiced."""
	fitting = [sale for sale in sales if sale.amount > 8000 and (end - sale.day).days > 25]
	for sale in dice.some(fitting, ORDER_CHAINS):
		sale.kind = "chain"


def choose_returns(dice: Dice, sales: list[Sale], end: date) -> None:
	plain = [
		sale
		for sale in sales
		if sale.kind == "invoice" and (end - sale.day).days > 40 and max(line.qty for line in sale.lines) > 1
	]
	for sale in dice.some(plain, round(len(sales) * RETURNS_PERCENT / 100)):
		sale.returned_on = working_day(sale.day + timedelta(days=dice.whole(5, 30)), end)


def open_orders(dice: Dice, customers: list[Customer], end: date) -> list[Sale]:
	"""Orders of the last weeks that are not delivered yet."""
	buyers = [c for c in customers if c.yearly > 40_000 and c.end == end]
	orders = []
	for customer in dice.some(buyers, OPEN_ORDERS):
		day = working_day(end - timedelta(days=dice.whole(1, 20)), end)
		lines = make_lines(dice, customer, customer.yearly / 9, 1.05)
		orders.append(Sale(day, customer, lines, kind="order"))
	return orders


def orders_to_come(dice: Dice, customers: list[Customer], end: date) -> list[Sale]:
	"""Larger orders with agreed days of delivery in the coming months."""
	buyers = [c for c in customers if c.yearly > 60_000 and c.end == end]
	orders = []
	for number, customer in enumerate(dice.some(buyers, ORDERS_TO_COME)):
		day = working_day(end - timedelta(days=dice.whole(12, 55)), end)
		due = end - timedelta(days=6) if number < ORDERS_OVERDUE else end + timedelta(days=9 * number)
		lines = make_lines(dice, customer, customer.yearly / 6, 1.05)
		orders.append(Sale(day, customer, lines, kind="order", due_on=working_day(due, due)))
	return sorted(orders, key=lambda sale: (sale.day, sale.customer.number))


def set_payments(dice: Dice, sales: list[Sale], end: date, disputed: float = 0.02) -> None:
	"""Customers pay by their habits, several invoices at once; some of the latest are still open, a few are disputed."""
	runs: dict[tuple[int, date], list[Sale]] = defaultdict(list)
	for sale in sales:
		if sale.kind == "order" or dice.chance(disputed):
			continue
		day = sale.day + timedelta(days=30 + sale.customer.days_late + dice.whole(-3, 8))
		day = day + timedelta(days=(10 - day.day) % 10)  # payment runs on the 1st, 10th, 20th and 30th
		if day <= end:
			sale.paid_on = day
			runs[sale.customer.number, day].append(sale)


def hold_back(dice: Dice, sales: list[Sale], end: date) -> None:
	"""Sites of a group that turn away from us do not pay what they complain about."""
	for sale in sales:
		customer = sale.customer
		recent = sale.paid_on and (end - sale.day).days < HELD_BACK_DAYS
		if recent and customer.hospital_group and customer.course == "shrinking" and dice.chance(HELD_BACK):
			sale.paid_on = None


# ---------------------------------------------------------------- purchases


def make_purchases(sales: list[Sale], first: date, start: date, end: date) -> list[Purchase]:
	"""Each supplier delivers at the start of a quarter what will be sold in it, and something for the shelf."""
	quarters = []
	month = first
	while month <= end:
		quarters.append(month)
		month = first_of_month(month, 3)
	needed: dict[tuple[date, str], int] = defaultdict(int)
	for sale in sales:
		quarter = max(q for q in quarters if q <= sale.day)
		for line in sale.lines:
			needed[quarter, line.item] += line.qty
	purchases = []
	for position, quarter in enumerate(quarters):
		by_supplier: dict[str, list] = defaultdict(list)
		for line, (supplier, items) in world.PRODUCTS.items():
			for code, _name, price, margin in items:
				shelf = 0 if line == world.SERVICES else max(1, round(6000 / price)) if position == 0 else 0
				qty = needed[quarter, code] + shelf
				cost = round(price * (1 - margin / 100) * price_factor(COST_RISE, start, quarter), 2)
				if qty:
					by_supplier[supplier].append((code, qty, cost))
		day = quarter if position else quarter - timedelta(days=1)
		due = day + timedelta(days=30)
		for supplier, lines in sorted(by_supplier.items()):
			purchases.append(Purchase(day, supplier, lines, due if due <= end else None))
	return purchases
