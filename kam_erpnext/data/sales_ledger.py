"""Net sales, cost and gross profit as the documents have them: the one definition, which `data.sales` answers from.

Net sales are the base net amounts of submitted documents of the sales source, returns included (negative), internal
customers and opening entries excluded, in the currency of the company, over a half-open range of dates.

Cost of goods follows ERPNext's Gross Profit report: the valuation with which the goods left stock through the invoice
itself or its delivery note, product bundles by their packed items, and the last purchase rate for items that are not
stocked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import frappe
import pandas as pd
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Coalesce, Concat, Count, Max, NullIf, Sum
from pypika.analytics import RowNumber
from pypika.enums import Order
from pypika.terms import EmptyCriterion, ExistsCriterion, ValueWrapper

from kam_erpnext.compat import month_start
from kam_erpnext.data.permissions import customer_condition, every, fences
from kam_erpnext.engine.periods import Period


@dataclass(frozen=True)
class SalesSource:
	"""A document type that can count as a sale."""

	doctype: str
	date_field: str
	has_internal_flag: bool = True
	has_opening_flag: bool = False

	@property
	def item_doctype(self) -> str:
		return f"{self.doctype} Item"


SOURCES = {
	"Sales Invoice": SalesSource("Sales Invoice", "posting_date", has_opening_flag=True),
	"Sales Order": SalesSource("Sales Order", "transaction_date"),
	"Delivery Note": SalesSource("Delivery Note", "posting_date"),
}

EARLIEST, LATEST = date(1900, 1, 1), date(9999, 1, 1)
# amounts below this are what rounding leaves
REST = 0.005
DIMENSIONS = (
	"customer",
	"item_group",
	"territory",
	"market_segment",
	"sales_person",
	"day",
	"period",
	"slice",
	"order_line",
	"service",
)
# orders of which nothing is open; the database has an index on the status
NOTHING_OPEN = ("Closed", "Completed")
# between item, cost centre and project of a service
BETWEEN = "\x1f"


@dataclass(frozen=True)
class SalesFilters:
	"""What to add up. Empty means no restriction; groups include everything below them, but `item_groups` are
	meant as they stand. `orders` are Sales Orders that
	invoices bill."""

	company: str
	source: str = "Sales Invoice"
	customer_group: str | None = None
	territory: str | None = None
	market_segment: str | None = None
	item_group: str | None = None
	item_groups: tuple[str, ...] = field(default=())
	sales_person: str | None = None
	customers: tuple[str, ...] = field(default=())
	orders: tuple[str, ...] = field(default=())
	user: str | None = None


def net_sales(
	filters: SalesFilters,
	period: Period,
	by: tuple[str, ...] = ("customer",),
	with_cost: bool = False,
	starts: Sequence[date] = (),
	with_qty: bool = True,
	least: float = REST,
	services: bool = True,
	bought_before: date | None = None,
) -> pd.DataFrame:
	"""Sales of a period, added up by the database.

	Returns the columns of `by`, `qty` (stock units), `net_sales` and, if asked for, `cost`, both in company currency.
	By sales person, amounts are shared out by the allocated percentages of the sales team; what is allocated to nobody
	stands on an empty sales person unless it is below `least`. `period` is the first day of the month, `slice` the number of
	the last of `starts` that is not after the day, `order_line` the line of a Sales Order that a Sales Invoice bills,
	`service` what `bought_rates` knows of a line that is costed at its last purchase, and empty for all others.

	Services cost what was paid for them last before the end of the period, or before `bought_before`; without `services` the
	cost is that of goods only. Without `with_qty` the column `qty` is empty, and where nothing is asked of single lines the
	documents' own totals are added up, which ERPNext makes of their lines: several times faster.
	"""
	check_dimensions(by)

	def read(names: tuple[str, ...]) -> pd.DataFrame:
		query = SalesQuery(filters, period, starts, services, bought_before)
		share = query.share_of(names)
		if with_qty or with_cost or not query.needs_no_lines(names):
			return _grouped(query, names, share, with_cost)
		return _grouped(query, names, share, with_cost, heads=True)

	return _with_rest(read, by, least)


def open_orders(
	filters: SalesFilters,
	due: Period,
	by: tuple[str, ...] = ("customer",),
	with_cost: bool = False,
	starts: Sequence[date] = (),
	overdue_in: int | None = None,
) -> pd.DataFrame:
	"""What is ordered, due in these days, and not yet a sale; added up by the database as `net_sales` does.

	Not yet a sale means not invoiced, or not delivered where Delivery Notes are sales; nothing is open where orders are
	sales themselves. Closed orders have nothing open. Lines are due on their delivery date. With `overdue_in` lines due
	before `due` count too, in the slice of that number. Cost is the valuation the order was entered with.
	"""
	if filters.source == "Sales Order":
		return pd.DataFrame(columns=[*by, "qty", "net_sales", *(["cost"] if with_cost else [])])
	first = EARLIEST if overdue_in is not None else due.start
	orders = replace(filters, source="Sales Order")
	check_dimensions(by)
	overdue = (due.start, overdue_in) if overdue_in is not None else None

	def read(names: tuple[str, ...]) -> pd.DataFrame:
		query = _OpenOrders(orders, Period(first, due.end), starts, filters.source, overdue)
		return _grouped(query, names, query.share_of(names) * query.rest(), with_cost)

	return _with_rest(read, by)


def bought_rates(before: date) -> Callable[[str | None], float]:
	"""What a service cost per stock unit when it was bought last before a day, by the keys of the dimension `service`; 0 for
	what was never bought."""
	rates = {}
	for by_project in (True, False):
		for row in _last_purchase_rate(before, by_project).run():
			*key, rate = row
			rates[tuple(name or "" for name in key)] = float(rate or 0)

	def rate_of(service: str | None) -> float:
		if not service:
			return 0.0
		item, cost_centre, project = service.split(BETWEEN)
		if not item or not cost_centre:
			return 0.0
		return rates.get((item, cost_centre, project)) or rates.get((item, cost_centre)) or 0.0

	return rate_of


def has_index(doctype: str, field: str) -> bool:
	"""Whether the database has an index that begins with a field of a document type; asked once a request."""
	known = frappe.flags.setdefault("kam_indexes", {})
	if (doctype, field) not in known:
		known[doctype, field] = frappe.db.db_type == "mariadb" and bool(
			frappe.db.has_index(f"tab{doctype}", field)
		)
	return known[doctype, field]


def check_dimensions(by: tuple[str, ...]) -> None:
	"""Raises a ValueError for a dimension that nobody knows."""
	unknown = set(by) - set(DIMENSIONS)
	if unknown:
		raise ValueError(f"unknown dimension {', '.join(sorted(unknown))}; use {', '.join(DIMENSIONS)}")


def _grouped(query, by: tuple[str, ...], share, with_cost: bool, heads: bool = False) -> pd.DataFrame:
	"""Runs a query that adds up lines, or the heads of documents."""
	columns = [query.dimension(name).as_(name) for name in by]
	if heads:
		columns += [ValueWrapper(None).as_("qty"), Sum(query.parent.base_net_total * share).as_("net_sales")]
	else:
		columns += [
			Sum(query.item.stock_qty * share).as_("qty"),
			Sum(query.item.base_net_amount * share).as_("net_sales"),
		]
	if with_cost:
		columns.append(Sum(query.cost() * share).as_("cost"))
	statement = query.statement(items=not heads).select(*columns)
	for name in by:
		statement = statement.groupby(query.dimension(name))
	names = [*by, "qty", "net_sales", *(["cost"] if with_cost else [])]
	frame = pd.DataFrame.from_records(statement.run(), columns=names)
	for name in names[len(by) :]:
		frame[name] = frame[name].astype(float)
	return frame


def _with_rest(
	read: Callable[[tuple[str, ...]], pd.DataFrame], by: tuple[str, ...], least: float = REST
) -> pd.DataFrame:
	"""By sales person also what is allocated to nobody, so that the sum over sales people equals net sales."""
	if "sales_person" not in by:
		return read(by)
	people = read(by)
	others = tuple(name for name in by if name != "sales_person")
	everything = read(others)
	figures = [name for name in everything.columns if name not in others]
	taken = people[[*others]].assign(**{name: -people[name] for name in figures})
	rest = pd.concat([everything, taken], ignore_index=True)
	if others:
		rest = rest.groupby([*others], dropna=False, sort=False, as_index=False)[figures].sum(min_count=1)
	else:
		rest = rest[figures].sum(min_count=1).to_frame().T
	rest = rest[(rest[figures].abs() > least).any(axis=1)].assign(sales_person=None)
	result = pd.concat([people, rest[[*people.columns]]], ignore_index=True) if len(rest) else people
	for name in by:
		if result[name].dtype == object:
			result[name] = result[name].where(result[name].notna(), None)
	return result


def billed_share(line):
	"""Share of the line of a Sales Order that is invoiced, 0 to 1."""
	return (
		Case()
		.when(line.billed_amt >= line.amount, 1)
		.else_(Coalesce(line.billed_amt / NullIf(line.amount, 0), 0))
	)


def delivered_share(line):
	"""Share of the line of a Sales Order that is delivered, 0 to 1."""
	return (
		Case()
		.when(line.delivered_qty >= line.qty, 1)
		.else_(Coalesce(line.delivered_qty / NullIf(line.qty, 0), 0))
	)


def slice_number(day, starts: Sequence[date]):
	"""Number of the last of `starts` (in order) that is not after a date column."""
	case = Case().when(day.isnull(), 0)  # never a bare number, which GROUP BY would take for a position
	for number, start in enumerate(starts[1:]):
		case = case.when(day < start, number)
	return case.else_(max(len(starts) - 1, 0))


def activity(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer: documents in the period (returns not counted) and the date of the last one before its end."""
	query = SalesQuery(filters, Period(EARLIEST, period.end))
	in_period = query.date >= period.start
	is_sale = query.parent.is_return == 0 if filters.source != "Sales Order" else ValueWrapper(1) == 1
	statement = (
		query.statement(items=False)
		.select(
			query.parent.customer,
			Count(Case().when(in_period & is_sale, query.parent.name).else_(None)).as_("documents"),
			Max(Case().when(is_sale, query.date).else_(None)).as_("last_date"),
		)
		.groupby(query.parent.customer)
	)
	return pd.DataFrame.from_records(
		statement.run(as_dict=True), columns=["customer", "documents", "last_date"]
	)


def by_day(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer and day: `documents`, `sold` (those that are no returns), `returned` (amount taken back, above 0) and
	`net_sales`."""
	query = SalesQuery(filters, period)
	is_return = query.parent.is_return == 1 if filters.source != "Sales Order" else ValueWrapper(1) == 0
	rows = (
		query.statement(items=False)
		.select(
			query.parent.customer,
			query.date.as_("day"),
			Count(query.parent.name).as_("documents"),
			Sum(Case().when(is_return, 0).else_(1)).as_("sold"),
			Sum(Case().when(is_return, -query.parent.base_net_total).else_(0)).as_("returned"),
			Sum(query.parent.base_net_total).as_("net_sales"),
		)
		.groupby(query.parent.customer, query.date)
		.run()
	)
	figures = ["documents", "sold", "returned", "net_sales"]
	return pd.DataFrame.from_records(rows, columns=["customer", "day", *figures]).astype(
		dict.fromkeys(figures, float)
	)


def documents(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer: `customer, documents`, the documents of the period behind its net sales, returns included."""
	query = SalesQuery(filters, period)
	statement = (
		query.statement(items=bool(filters.item_group))
		.select(query.parent.customer, Count(query.parent.name).distinct().as_("documents"))
		.groupby(query.parent.customer)
	)
	return pd.DataFrame.from_records(statement.run(as_dict=True), columns=["customer", "documents"])


def returned(filters: SalesFilters, period: Period) -> dict[str, float]:
	"""Per customer the net amount taken back in the period, above 0; orders know no returns."""
	if filters.source == "Sales Order":
		return {}
	query = SalesQuery(filters, period)
	rows = (
		query.statement(items=False)
		.select(query.parent.customer, Sum(-query.parent.base_net_total))
		.where(query.parent.is_return == 1)
		.groupby(query.parent.customer)
		.run()
	)
	return {customer: float(amount or 0) for customer, amount in rows}


def newest_documents(filters: SalesFilters, period: Period, limit: int) -> list[dict]:
	"""The newest documents behind the net sales of a period: `name, date, customer, customer_name, net_sales`."""
	query = SalesQuery(filters, period)
	parent = query.parent
	return (
		query.statement()
		.select(
			parent.name,
			query.date.as_("date"),
			parent.customer,
			parent.customer_name,
			Sum(query.item.base_net_amount).as_("net_sales"),
		)
		.groupby(parent.name, query.date, parent.customer, parent.customer_name)
		.orderby(query.date, order=Order.desc)
		.orderby(parent.name, order=Order.desc)
		.limit(limit)
		.run(as_dict=True)
	)


def document_count(filters: SalesFilters, period: Period) -> int:
	"""Documents behind the net sales of a period, returns included."""
	query = SalesQuery(filters, period)
	if not filters.item_group:
		return int(query.statement(items=False).select(Count(query.parent.name)).run()[0][0])
	return int(query.statement().select(Count(query.parent.name).distinct()).run()[0][0])


class SalesQuery:
	"""Builds the joins and conditions shared by every question about sales."""

	def __init__(
		self,
		filters: SalesFilters,
		period: Period,
		starts: Sequence[date] = (),
		services: bool = True,
		bought_before: date | None = None,
	):
		self.filters = filters
		self.period = period
		self.starts = starts
		self.services = services
		self.bought_before = bought_before or period.end
		self.source = SOURCES[filters.source]
		self.parent = frappe.qb.DocType(self.source.doctype)
		self.item = frappe.qb.DocType(self.source.item_doctype)
		self.customer = frappe.qb.DocType("Customer")
		self.date = self.parent[self.source.date_field]
		self._joins = []
		self._team = None

	def statement(self, items: bool = True):
		query = frappe.qb.from_(self.parent)
		if self._reads_everything() and has_index(self.source.doctype, self.source.date_field):
			# in order of their days, documents and lines stand beside each other on the disk; the database would go from
			# customer to customer, which takes half as long again, and many times as long where tables exceed its memory
			query = query.force_index(self.source.date_field)
		query = query.inner_join(self.customer).on(self.customer.name == self.parent.customer)
		if items:
			query = query.inner_join(self.item).on(self.item.parent == self.parent.name)
		if self._team is not None:
			query = query.inner_join(self._team).on(
				(self._team.parent == self.parent.name) & (self._team.parenttype == self.source.doctype)
			)
		for table, condition in self._joins:
			query = query.left_join(table).on(condition)
		return query.where(self._conditions(items))

	def _reads_everything(self) -> bool:
		"""Whether nothing but company and days restricts the documents."""
		filters, user = self.filters, self.filters.user
		restricted = (
			filters.customers
			or filters.customer_group
			or filters.territory
			or filters.market_segment
			or filters.sales_person
			or filters.orders
		)
		fenced = [fences(self.source.doctype, self.parent, user), customer_condition(self.customer, user)]
		return not restricted and all(isinstance(fence, EmptyCriterion) for fence in fenced)

	def needs_no_lines(self, by: tuple[str, ...]) -> bool:
		"""Whether a question can be answered by the heads of the documents."""
		filters = self.filters
		return not (
			{"item_group", "order_line", "service"} & {*by}
			or filters.item_group
			or filters.item_groups
			or filters.orders
		)

	def share_of(self, by: tuple[str, ...]):
		"""What of an amount counts in each row: by sales person what the sales team of the document allocates."""
		if "sales_person" not in by:
			return ValueWrapper(1)
		self._team = frappe.qb.DocType("Sales Team").as_("kam_sales_team")
		return self._team.allocated_percentage / 100

	def dimension(self, name: str):
		if name == "customer":
			return self.parent.customer
		if name == "item_group":
			return self.item.item_group
		if name in ("territory", "market_segment"):
			return self.customer[name]
		if name == "sales_person":
			return self._team.sales_person
		if name == "order_line":
			return self.item.so_detail
		if name == "service":
			return self._service_key()
		if name == "day":
			return self.date
		if name == "slice":
			return slice_number(self.date, self.starts)
		return month_start(self.date)

	def _conditions(self, items: bool) -> Criterion:
		filters = self.filters
		conditions = [
			self.parent.docstatus == 1,
			self.parent.company == filters.company,
			self.date >= self.period.start,
			self.date < self.period.end,
			fences(self.source.doctype, self.parent, filters.user),
			customer_condition(self.customer, filters.user),
		]
		if self.source.has_internal_flag:
			conditions.append(Coalesce(self.parent.is_internal_customer, 0) == 0)
		if self.source.has_opening_flag:
			conditions.append(Coalesce(self.parent.is_opening, "No") != "Yes")
		conditions.append(customer_filter(self.customer, filters))
		if items and filters.item_group:
			conditions.append(self.item.item_group.isin(subtree("Item Group", filters.item_group)))
		if items and filters.item_groups:
			conditions.append(self.item.item_group.isin(filters.item_groups))
		if items and filters.orders:
			conditions.append(self.item.sales_order.isin(filters.orders))
		if filters.sales_person:
			team = frappe.qb.DocType("Sales Team")
			conditions.append(
				ExistsCriterion(
					frappe.qb.from_(team)
					.select(team.name)
					.where(team.parent == self.parent.name)
					.where(team.sales_person.isin(subtree("Sales Person", filters.sales_person)))
				)
			)
		return every(conditions)

	def cost(self):
		"""Cost of one line in company currency; joins what it needs.

		Most lines are ordinary stock items, so what others need (packed items, notes written after the invoice or for its
		order) stands in sub-queries of a CASE, which the database runs for the lines that get there and no others.
		"""
		item = self.item
		if self.source.doctype == "Sales Order":
			return item.stock_qty * Coalesce(item.valuation_rate, 0)
		rate = NullIf(item.incoming_rate, 0)
		bundle = Case().when(self._special.packed == 1, self._bundle_cost())
		if self.source.doctype != "Sales Invoice":
			return Coalesce(bundle, item.stock_qty * Coalesce(rate, 0))
		bought = item.stock_qty * self._bought_rate() if self.services else ValueWrapper(0)
		return Coalesce(
			bundle,
			Case()
			.when(self._is_service(), bought)
			.else_(item.stock_qty * Coalesce(self._rate_of_note(self._note, rate), 0)),
		)

	@cached_property
	def _special(self):
		"""Items that are no ordinary goods, joined."""
		special = _special_items().as_("kam_special")
		self._joins.append((special, special.item_code == self.item.item_code))
		return special

	@cached_property
	def _note(self):
		"""Line of the delivery note that an invoice bills, joined."""
		note = frappe.qb.DocType("Delivery Note Item").as_("kam_note")
		self._joins.append((note, note.name == self.item.dn_detail))
		return note

	def _bundle_cost(self):
		"""Cost of a product bundle: of its packed items, else of those delivered for it. None for a line without any."""
		item, packed = self.item, _packed_cost(self.source.doctype, self.item.name)
		if self.source.doctype != "Sales Invoice":
			return packed
		delivered = (
			_packed_cost("Delivery Note", item.dn_detail) * item.stock_qty / NullIf(self._note.stock_qty, 0)
		)
		return Coalesce(packed, delivered)

	def _is_service(self):
		"""A line of an item that is not stocked; a line without an item is a service, too."""
		return (self._special.stocked == 0) | (Coalesce(self.item.item_code, "") == "")

	def _service_key(self):
		"""Item, cost centre and project of a line that is costed at its last purchase; None for all others."""
		if self.source.doctype != "Sales Invoice":
			return Case().when(self.date.isnull(), "")  # never a bare NULL, by which nothing can be grouped
		no_bundle = (
			Case()
			.when(self._special.packed == 1, Case().when(self._bundle_cost().isnull(), 1).else_(0))
			.else_(1)
		)
		item = self.item
		key = Concat(
			Coalesce(item.item_code, ""),
			BETWEEN,
			Coalesce(item.cost_center, ""),
			BETWEEN,
			Coalesce(self.parent.project, ""),
		)
		return Case().when(self._is_service(), Case().when(no_bundle == 1, key))

	def _rate_of_note(self, note, own_rate):
		"""Valuation of goods that an invoice did not move itself: of its note, else of those made for it or its order."""
		later = _average_note_rate("si_detail", self.item.name)
		ordered = _average_note_rate("so_detail", self.item.so_detail)
		return (
			Case()
			.when(self.parent.update_stock == 1, own_rate)
			.else_(Coalesce(NullIf(note.incoming_rate, 0), later, ordered, own_rate))
		)

	def _bought_rate(self):
		"""Services are costed at the last purchase, for the project of the document if it has one.

		The database finds them by the item: a key of all names would be too long for it, and without one it would compare
		every line with every purchase. Coalesce keeps the other names out of the key.
		"""
		rates = []
		for by_project in (True, False):
			bought = _last_purchase_rate(self.bought_before, by_project).as_(f"kam_bought_{int(by_project)}")
			project = Coalesce(bought.project) if by_project else ValueWrapper("")
			self._joins.append(
				(
					bought,
					(bought.item_code == self.item.item_code)
					& (Coalesce(bought.cost_center) == self.item.cost_center)
					& (project == Coalesce(self.parent.project, "")),
				)
			)
			rates.append(bought.rate)
		return Coalesce(*rates, 0)


class _OpenOrders(SalesQuery):
	"""Lines of orders by the day they are due; `counted` is the document that makes them a sale.

	`overdue` is the first day on which a line is not overdue, and the slice in which earlier ones are counted.
	"""

	def __init__(
		self,
		filters: SalesFilters,
		period: Period,
		starts: Sequence[date],
		counted: str,
		overdue: tuple[date, int] | None,
	):
		super().__init__(filters, period, starts)
		self.counted, self.overdue = counted, overdue
		self.date = Coalesce(self.item.delivery_date, self.parent.delivery_date, self.parent.transaction_date)

	def _reads_everything(self) -> bool:
		return False  # open orders are few among all: not in the order of their days

	def rest(self):
		"""Share of a line that is not a sale yet."""
		done = delivered_share if self.counted == "Delivery Note" else billed_share
		return 1 - done(self.item)

	def dimension(self, name: str):
		if name == "slice" and self.overdue:
			today, number = self.overdue
			return Case().when(self.date < today, number).else_(super().dimension(name))
		return super().dimension(name)

	def _conditions(self, items: bool) -> Criterion:
		open_ones = self.parent.status.notin(NOTHING_OPEN)
		if self.counted == "Delivery Note":
			return every([super()._conditions(items), open_ones, self.parent.per_delivered < 100])
		return every([super()._conditions(items), open_ones, self.parent.per_billed < 100])


def _special_items():
	"""Items that are no ordinary goods: `item_code`, `stocked` 0 for services, `packed` 1 for those ever sold as a bundle."""
	item, packed = frappe.qb.DocType("Item"), frappe.qb.DocType("Packed Item")
	bundles = frappe.qb.from_(packed).select(packed.parent_item).where(packed.docstatus == 1)
	return (
		frappe.qb.from_(item)
		.select(
			item.name.as_("item_code"),
			item.is_stock_item.as_("stocked"),
			Case().when(item.name.isin(bundles), 1).else_(0).as_("packed"),
		)
		.distinct()  # keeps it a small table of its own, which the database looks up line by line
		.where((item.is_stock_item == 0) | item.name.isin(bundles))
	)


def _packed_cost(doctype: str, line):
	"""Cost of a product bundle line: its packed items at their valuation. None for a line without any."""
	packed = frappe.qb.DocType("Packed Item").as_("kam_packed")
	return Coalesce(  # a term: queries by themselves cannot be multiplied
		frappe.qb.from_(packed)
		.select(Sum(packed.qty * Coalesce(packed.incoming_rate, 0)))
		.where((packed.parenttype == doctype) & (packed.docstatus == 1))
		.where(packed.parent_detail_docname == line)
	)


def _average_note_rate(link: str, line):
	"""Mean valuation of the delivery notes for a line of an invoice or of an order. None for a line without any."""
	note = frappe.qb.DocType("Delivery Note Item").as_(f"kam_{link}_note")
	value = Sum(note.stock_qty * note.incoming_rate)
	return (
		frappe.qb.from_(note)
		.select(NullIf(value, 0) / NullIf(Sum(note.stock_qty), 0))
		.where((note.docstatus == 1) & (note[link] == NullIf(line, "")))
	)


def _last_purchase_rate(before: date, by_project: bool):
	"""Last purchase rate of services per stock unit before a day, by item and cost centre, and project if told."""
	invoice = frappe.qb.DocType("Purchase Invoice")
	line = frappe.qb.DocType("Purchase Invoice Item")
	service = frappe.qb.DocType("Item")
	keys = [line.item_code, line.cost_center, *([line.project] if by_project else [])]
	ranked = (
		frappe.qb.from_(line)
		.inner_join(invoice)
		.on(invoice.name == line.parent)
		.inner_join(service)
		.on((service.name == line.item_code) & (service.is_stock_item == 0))
		.select(
			*keys,
			(line.base_rate / NullIf(line.conversion_factor, 0)).as_("rate"),
			RowNumber()
			.over(*keys)
			.orderby(invoice.posting_date, order=Order.desc)
			.orderby(invoice.creation, order=Order.desc)
			.as_("age"),
		)
		.where((invoice.docstatus == 1) & (invoice.is_return == 0) & (invoice.posting_date < before))
	)
	if by_project:
		ranked = ranked.where(Coalesce(line.project, "") != "")
	ranked = ranked.as_("kam_ranked")
	columns = [ranked.item_code, ranked.cost_center, *([ranked.project] if by_project else [])]
	return frappe.qb.from_(ranked).select(*columns, ranked.rate).where(ranked.age == 1)


def customer_filter(customer, filters: SalesFilters) -> Criterion:
	"""Customer group, territory, market segment and named customers of the filters."""
	conditions = []
	if filters.customer_group:
		conditions.append(customer.customer_group.isin(subtree("Customer Group", filters.customer_group)))
	if filters.territory:
		conditions.append(customer.territory.isin(subtree("Territory", filters.territory)))
	if filters.market_segment:
		conditions.append(customer.market_segment == filters.market_segment)
	if filters.customers:
		conditions.append(customer.name.isin(filters.customers))
	return every(conditions)


def subtree(doctype: str, root: str):
	"""Names of a tree node and everything below it, as a sub-query."""
	node = frappe.qb.DocType(doctype).as_("kam_root")
	below = frappe.qb.DocType(doctype).as_("kam_node")
	return (
		frappe.qb.from_(node)
		.inner_join(below)
		.on((below.lft >= node.lft) & (below.rgt <= node.rgt))
		.select(below.name)
		.where(node.name == root)
	)
