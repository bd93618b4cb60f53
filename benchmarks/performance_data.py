"""A company with 10,000 customers and 1,000,000 invoice lines for benchmarks/performance.py, straight in the tables of a
test site.

Trees, accounts, plans and users go through their documents; customers, items and all documents of sales are rows that the
database makes by itself, without chance: the same number always gives the same row. Nothing is removed again: use a site that
is thrown away.
"""

from datetime import date

import frappe
from frappe.utils import getdate

from benchmarks.whitespace_data import FIRST, GOODS, SECOND, STAMP, _rows
from tests.site import builders as b
from tests.site import plan_builders

COMPANY = "Roll-up Benchmark"
PREFIX = "RB"
PASSWORD = "Rollup-2026!"
DIRECTOR, MANAGER = "rollup.director@example.com", "rollup.manager@example.com"
GROUPS, ITEMS_EACH = 60, 5
# of ten invoice lines three are the first of their invoice
PER_TEN_LINES = 3
MONTHS = 36
REGIONS, COUNTRIES, AREAS = 4, 5, 10
TEAMS, SELLERS = 5, 10
SITES, CUSTOMERS_EACH = 3, 5
OPEN_ORDERS = 10_000
FILLED = (
	"Customer", "Item", "Sales Team", "Sales Order", "Sales Order Item", "Delivery Note", "Delivery Note Item", "Packed Item",
	"Sales Invoice", "Sales Invoice Item", "Purchase Invoice", "Purchase Invoice Item", "Key Account", "Key Account Customer",
)  # fmt: skip


def exists() -> bool:
	"""Whether the company was made before, to its end."""
	return bool(frappe.db.exists("Company", COMPANY)) and bool(
		frappe.db.exists("Sales Team", {"parenttype": "Sales Invoice", "parent": ("like", f"{PREFIX}-SI-%")})
	)


def make(customers: int, lines: int, groups: int, told=print) -> None:
	"""Makes the company and commits: `groups` key accounts with SITES sites each, `customers` customers, `lines` lines."""
	b.ensure_company(COMPANY, abbr=PREFIX)
	items = _items()
	places, people = _territories(), _people()
	names = _customers(customers, places, people)
	told("customers and trees")
	accounts = _accounts(groups, names)
	_plans(accounts)
	frappe.db.commit()
	told("accounts and plans")
	_tables(items, names)
	for label, statements in _statements(lines):
		for statement in statements:
			frappe.db.sql(statement)
			frappe.db.commit()
		told(label)
	frappe.db.sql("analyze table {}".format(", ".join(f"`tab{name}`" for name in FILLED)))
	frappe.db.commit()


# ---------------------------------------------------------------- masters


def _items() -> list[tuple]:
	"""(item, item group, is a stock item) of 60 groups below six ranges; one item of ten is a service."""
	found = []
	top = b.ensure_item_group("Roll-up Goods", is_group=True)
	for number in range(GROUPS):
		above = b.ensure_item_group(f"Roll-up Range {number // 10 + 1}", top, is_group=True)
		group = b.ensure_item_group(f"Roll-up {GOODS[number % 10]} {number // 10 + 1}", above)
		for place in range(ITEMS_EACH):
			found.append((f"{PREFIX}-{number:03d}-{place}", group, int(len(found) % 10 != 9)))
	_rows(
		"Item",
		[
			{
				"name": code, **STAMP, "item_code": code, "item_name": code, "item_group": group,
				"stock_uom": "Nos", "is_sales_item": 1, "is_stock_item": stock,
			}
			for code, group, stock in found
		],
	)  # fmt: skip
	return found


def _territories() -> list[str]:
	found = []
	for region in range(REGIONS):
		above = b.ensure_territory(f"Roll-up Region {region + 1}", is_group=True)
		for country in range(COUNTRIES):
			name = f"Roll-up Country {region + 1}.{country + 1}"
			middle = b.ensure_territory(name, above, is_group=True)
			found += [b.ensure_territory(f"{name}.{area + 1}", middle) for area in range(AREAS)]
	return found


def _people() -> list[str]:
	found = []
	for team in range(TEAMS):
		above = b.ensure_sales_person(f"Roll-up Team {team + 1}", is_group=True)
		found += [
			b.ensure_sales_person(f"Roll-up Seller {team + 1}.{seller + 1}", above)
			for seller in range(SELLERS)
		]
	return found


def _customers(count: int, places: list[str], people: list[str]) -> list[str]:
	segments = [
		frappe.get_doc({"doctype": "Market Segment", "market_segment": f"Roll-up {name}"}).insert().name
		for name in ("Health", "Energy", "Food", "Chemistry", "Transport")
	]
	kinds = [b.ensure_customer_group(f"Roll-up {name}") for name in ("Industry", "Trade", "Public")]
	rows, teams = [], []
	for number in range(count):
		name = f"{FIRST[number % 10]} {SECOND[number // 10 % 10]} {PREFIX}-{number + 1:05d}"
		rows.append(
			{
				"name": name, **STAMP, "customer_name": name, "customer_type": "Company",
				"customer_group": kinds[number % 3], "territory": places[number * 7 % len(places)],
				"market_segment": segments[number % 5],
			}
		)  # fmt: skip
		teams.append(
			{
				"name": f"{PREFIX}-CT-{number:06d}", **STAMP, "parent": name, "parenttype": "Customer",
				"parentfield": "sales_team", "idx": 1, "sales_person": people[number % len(people)],
				"allocated_percentage": 100,
			}
		)  # fmt: skip
	_rows("Customer", rows)
	_rows("Sales Team", teams)
	return [row["name"] for row in rows]


def _accounts(groups: int, customers: list[str]) -> list[tuple[str, list[str]]]:
	"""Names of the groups, each with those of its sites; every fourth group is one of the manager."""
	b.ensure_user(DIRECTOR, ["Key Account Director", "Sales User"], password=PASSWORD)
	b.ensure_user(MANAGER, ["Key Account Manager", "Sales User"], password=PASSWORD)
	free, found = iter(customers), []

	def account(name: str, parent: str | None, **fields) -> str:
		rows = [{"customer": customer} for customer, _place in zip(free, range(CUSTOMERS_EACH), strict=False)]
		document = {"doctype": "Key Account", "account_name": name, "level": "National", "status": "Active"}
		return frappe.get_doc(
			{**document, "parent_key_account": parent, "customers": rows, **fields}
		).insert().name  # fmt: skip

	for number in range(groups):
		name = f"{FIRST[number % 10]} {SECOND[number // 10 % 10]} Group {number + 1}"
		team = [{"user": MANAGER}] if number % 4 == 0 else []
		top = account(name, None, team=team)
		found.append((top, [account(f"{name}, Site {site + 1}", top) for site in range(SITES)]))
	return found


def _plans(accounts: list[tuple[str, list[str]]]) -> None:
	"""A plan of this year in force for every second group, and for the first site of it."""
	template = plan_builders.make_template("Roll-up Benchmark").name
	for number, (top, sites) in enumerate(accounts):
		if number % 2:
			continue
		for account, amount, scope in (
			(top, 4_000_000, "Whole Account"),
			(sites[0], 900_000, "Own Customers"),
		):
			plan = plan_builders.make_plan(
				account, template=template, complete=False, company=COMPANY, scope=scope,
				from_date=f"{date.today().year}-01-01", targets=[{"amount": amount}],
			)  # fmt: skip
			plan.db_set({"docstatus": 1, "status": "In Execution"})


# ---------------------------------------------------------------- documents, made by the database


def _tables(items: list[tuple], customers: list[str]) -> None:
	"""Items and customers by number, for the statements that make documents."""
	for statement in (
		"create temporary table rb_item (place int primary key, code varchar(140), item_group varchar(140), stock int)",
		"create temporary table rb_customer (place int primary key, customer varchar(140), seller varchar(140))",
	):
		frappe.db.sql(statement)
	for place, row in enumerate(items):
		frappe.db.sql("insert into rb_item values (%s, %s, %s, %s)", (place, *row))
	frappe.db.sql(
		f"""insert into rb_customer select cast(right(name, 6) as integer), parent, sales_person
		from `tabSales Team` where name like '{PREFIX}-CT-%' and parenttype = 'Customer'"""
	)
	frappe.db.commit()


def _part(salt: str, number: str) -> str:
	"""A fixed number between 0 and 1 that looks like chance."""
	return f"(conv(left(md5(concat('{salt}', {number})), 8), 16, 10) / 4294967296)"


def _insert(doctype: str, values: dict[str, str], source: str) -> str:
	stamp = {key: f"'{value}'" for key, value in STAMP.items()}
	columns = {"docstatus": "1", **stamp, **values}
	names, found = ", ".join(columns), ", ".join(columns.values())
	return f"insert into `tab{doctype}` ({names}) select {found} from {source}"


def _statements(lines: int):
	"""(what is made, statements). Of ten invoices five moved stock themselves (three of 100 are returns), three bill a delivery
	note, one was delivered later, one's order was delivered."""
	invoices, last = lines * PER_TEN_LINES // 10, getdate()
	months = last.year * 12 + last.month - MONTHS
	first = date(months // 12, months % 12 + 1, 1)
	count = GROUPS * ITEMS_EACH
	by_note, by_link = "n.n % 2 = 1", "n.n % 10 in (1, 7, 9)"
	head = f"concat('{PREFIX}-SI-', lpad(n.n, 7, '0'))"
	key = f"concat('{PREFIX}-L-', lpad(n.line, 8, '0'))"
	is_return = "n.n % 100 in (0, 34, 68)"
	sign = f"if({is_return}, -1, 1)"
	numbers = f"(select seq line, seq * {PER_TEN_LINES} div 10 n from seq_0_to_{lines - 1}) n"
	joined = f"{numbers} join rb_item i on i.place = floor({_part('i', 'n.line')} * {count})"
	quantity = f"({sign} * (1 + floor({_part('q', 'n.line')} * 9)))"
	rate = f"round(exp(3 + 3 * {_part('r', 'n.line')}), 2)"
	cost = f"round({rate} * (0.5 + 0.3 * {_part('c', 'n.line')}), 4)"
	line = {
		"name": key, "idx": "n.line % 10 + 1", "item_code": "i.code", "item_name": "i.code",
		"item_group": "i.item_group", "qty": quantity, "stock_qty": quantity, "conversion_factor": "1",
		"rate": rate, "base_rate": rate, "net_rate": rate, "base_net_rate": rate,
		"price_list_rate": f"{rate} * 1.1", "base_price_list_rate": f"{rate} * 1.1",
		**{name: f"{quantity} * {rate}" for name in ("amount", "base_amount", "net_amount", "base_net_amount")},
	}  # fmt: skip

	def of(doctype: str, suffix: str) -> dict:
		return {
			**line, "name": f"concat({key}, '{suffix}')", "parent": f"concat({head}, '{suffix}')",
			"parenttype": f"'{doctype}'", "parentfield": "'items'",
		}  # fmt: skip

	linked = f"{by_link} and i.stock = 1"
	yield (
		"lines of invoices",
		[
			_insert(
				"Sales Invoice Item",
				{
					**of("Sales Invoice", ""),
					"incoming_rate": f"if(n.n % 2 = 0 and i.stock = 1, {cost}, 0)",
					"cost_center": f"'Main - {PREFIX}'",
					"sales_order": f"if({by_note}, concat({head}, '-O'), null)",
					"so_detail": f"if({by_note}, concat({key}, '-O'), null)",
					"delivery_note": f"if({linked}, concat({head}, '-N'), null)",
					"dn_detail": f"if({linked}, concat({key}, '-N'), null)",
				},
				joined,
			)
		],
	)
	yield (
		"lines of delivery notes",
		[
			_insert(
				"Delivery Note Item",
				{
					**of("Delivery Note", "-N"),
					"incoming_rate": cost,
					"against_sales_order": f"concat({head}, '-O')",
					"so_detail": f"concat({key}, '-O')",
					"si_detail": f"if(n.n % 10 = 5, {key}, null)",
				},
				f"{joined} where {by_note} and i.stock = 1",
			)
		],
	)
	yield (
		"lines of orders",
		[
			_insert(
				"Sales Order Item",
				{
					**of("Sales Order", "-O"),
					"billed_amt": f"{quantity} * {rate}",
					"delivered_qty": quantity,
					"valuation_rate": cost,
				},
				f"{joined} where {by_note}",
			)
		],
	)
	yield (
		"packed items",
		[
			_insert(
				"Packed Item",
				{
					"name": f"concat({key}, '-P', p.seq)",
					"parent": f"if({by_note}, concat({head}, '-N'), {head})",
					"parenttype": f"if({by_note}, 'Delivery Note', 'Sales Invoice')",
					"parentfield": "'packed_items'",
					"idx": "p.seq",
					"parent_detail_docname": f"if({by_note}, concat({key}, '-N'), {key})",
					"parent_item": "i.code",
					"item_code": "i.code",
					"qty": quantity,
					"incoming_rate": f"{cost} / 3",
				},
				f"{joined} join seq_1_to_3 p where i.place % 100 = 7 and (n.n % 2 = 0 or {by_link})",
			)
		],
	)
	totals = """(select cast(substr(parent, 7, 7) as integer) n, parent, sum(base_net_amount) total from `tab{0}`
		where parent like '{1}-SI-%' group by parent) n
		join rb_customer c on c.place = floor(power({2}, 1.6) * (select count(*) from `tabSales Team`
			where parenttype = 'Customer' and name like '{1}-CT-%'))"""
	chosen = _part("k", "n.n")
	# numbers rise with the days, as they do where people write documents
	day = f"date_add('{first}', interval floor(n.n / {invoices} * {(last - first).days + 1}) day)"
	document = {
		"name": "n.parent", "company": f"'{COMPANY}'", "customer": "c.customer", "customer_name": "c.customer",
		"currency": f"'{b.CURRENCY}'", "conversion_rate": "1",
		**{
			name: "n.total"
			for name in ("base_net_total", "net_total", "base_total", "total", "base_grand_total", "grand_total")
		},
	}  # fmt: skip
	posted = {
		**document,
		"posting_date": day,
		"is_return": f"if({is_return}, 1, 0)",
		"is_internal_customer": "0",
	}
	yield (
		"invoices, delivery notes and orders",
		[
			_insert(
				"Sales Invoice",
				{
					**posted,
					"due_date": f"date_add({day}, interval 30 day)",
					"is_opening": "'No'",
					"update_stock": "if(n.n % 2 = 0, 1, 0)",
					"status": "'Paid'",
				},
				totals.format("Sales Invoice Item", PREFIX, chosen),
			),
			_insert("Delivery Note", posted, totals.format("Delivery Note Item", PREFIX, chosen)),
			_insert(
				"Sales Order",
				{
					**document,
					"transaction_date": day,
					"delivery_date": day,
					"per_billed": "100",
					"per_delivered": "100",
					"order_type": "'Sales'",
					"status": "'Completed'",
				},
				totals.format("Sales Order Item", PREFIX, chosen),
			),
		],
	)
	yield "open orders", list(_open_orders())
	yield "purchases of services", list(_purchases(first))
	yield (
		"sales teams",
		[
			_insert(
				"Sales Team",
				{
					"name": "concat(s.name, '-T')",
					"parent": "s.name",
					"parenttype": f"'{doctype}'",
					"parentfield": "'sales_team'",
					"idx": "1",
					"sales_person": "c.seller",
					"allocated_percentage": "100",
				},
				f"`tab{doctype}` s join rb_customer c on c.customer = s.customer where s.company = '{COMPANY}'",
			)
			for doctype in ("Sales Order", "Sales Invoice")  # the last one says that all is done
		],
	)


def _open_orders():
	"""Orders of two lines that are due in the next 60 days, or were in the last 10."""
	head = f"concat('{PREFIX}-SO-', lpad(n.n, 6, '0'))"
	due = f"date_add('{getdate()}', interval (floor({_part('e', 'n.n')} * 70) - 10) day)"
	amount = f"round(500 + 9000 * {_part('a', 'n.line')}, 2)"
	yield _insert(
		"Sales Order Item",
		{
			"name": f"concat({head}, '-', n.line)", "parent": head, "parenttype": "'Sales Order'",
			"parentfield": "'items'", "idx": "n.line % 2 + 1", "item_code": "i.code", "item_group": "i.item_group",
			"qty": "10", "stock_qty": "10", "conversion_factor": "1", "delivery_date": due, "amount": amount,
			"base_amount": amount, "net_amount": amount, "base_net_amount": amount,
			"valuation_rate": f"{amount} * 0.06",
		},
		f"""(select seq line, seq div 2 n from seq_0_to_{OPEN_ORDERS * 2 - 1}) n
		join rb_item i on i.place = floor({_part('j', 'n.line')} * {GROUPS * ITEMS_EACH})""",
	)  # fmt: skip
	yield _insert(
		"Sales Order",
		{
			"name": "n.parent", "company": f"'{COMPANY}'", "customer": "c.customer", "customer_name": "c.customer",
			"currency": f"'{b.CURRENCY}'", "conversion_rate": "1", "transaction_date": f"'{getdate()}'",
			"delivery_date": due, "order_type": "'Sales'", "status": "'To Deliver and Bill'",
			"base_net_total": "n.total", "net_total": "n.total",
		},
		f"""(select cast(substr(parent, 7) as integer) n, parent, sum(base_net_amount) total from `tabSales Order Item`
		where parent like '{PREFIX}-SO-%' group by parent) n
		join rb_customer c on c.place = floor({_part('f', 'n.n')} * (select count(*) from `tabSales Team`
			where parenttype = 'Customer' and name like '{PREFIX}-CT-%'))""",
	)  # fmt: skip


def _purchases(first: date):
	"""Every service was bought 40 times."""
	name = f"concat('{PREFIX}-PI-', p.seq)"
	yield _insert(
		"Purchase Invoice",
		{
			"name": name,
			"company": f"'{COMPANY}'",
			"posting_date": f"date_add('{first}', interval p.seq * 15 day)",
		},
		"seq_1_to_40 p",
	)
	yield _insert(
		"Purchase Invoice Item",
		{
			"name": f"concat({name}, '-', i.place)",
			"parent": name,
			"parenttype": "'Purchase Invoice'",
			"parentfield": "'items'",
			"item_code": "i.code",
			"cost_center": f"'Main - {PREFIX}'",
			"base_rate": "20 + p.seq",
			"conversion_factor": "1",
		},
		"seq_1_to_40 p join rb_item i where i.stock = 0",
	)


def described() -> str:
	"""What is there, as a sentence."""
	count = lambda doctype, **filters: f"{frappe.db.count(doctype, filters):,}"  # noqa: E731
	lines = count("Sales Invoice Item", parent=("like", f"{PREFIX}-SI-%"))
	first, last = frappe.db.sql(
		"select min(posting_date), max(posting_date) from `tabSales Invoice` where company = %s", COMPANY
	)[0]
	return (
		f"{count('Customer', name=('like', f'%{PREFIX}-%'))} customers, {count('Key Account')} key accounts in two levels,"
		f" {REGIONS * COUNTRIES * AREAS} lowest territories below {REGIONS * COUNTRIES} countries and {REGIONS} regions,"
		f" {TEAMS * SELLERS} sales people, {GROUPS} lowest item groups with {GROUPS * ITEMS_EACH} items,"
		f" {count('Sales Invoice', company=COMPANY)} invoices with {lines} lines from {first} to {last}"
		f" ({count('Delivery Note', company=COMPANY)} delivery notes carry the cost of four in ten of them,"
		f" {count('Packed Item', name=('like', f'{PREFIX}-%'))} packed items, one item in ten a service),"
		f" {count('Sales Order', company=COMPANY)} orders, {count('Sales Order', company=COMPANY, per_billed=0)} of them open,"
		f" and {count('Key Account Plan', company=COMPANY)} plans in force."
	)
