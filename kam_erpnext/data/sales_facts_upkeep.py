"""Keeps the facts of `data.sales_facts`: notes changes, brings months up to date, compares them with the documents, rebuilds.

Every month is a transaction of its own under a lock of its row, so that any number of workers may do this at the same time, and
one that dies leaves nothing half done.
"""

from datetime import date, timedelta

import frappe
import pandas as pd
from frappe.query_builder.functions import Count, Max, Sum
from frappe.utils import add_days, getdate, now_datetime
from pypika.enums import Order

from kam_erpnext.compat import month_start
from kam_erpnext.data import sales_ledger as ledger
from kam_erpnext.data.sales_facts import CHANGE, EVERYBODY, MANY_CHANGED, MONTH, enabled, first_of, next_month
from kam_erpnext.data.sales_ledger import EARLIEST, LATEST, SOURCES, SalesFilters, SalesQuery
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.sales_facts import FIGURES, FORMAT, LINES, NAMES, Unreadable, frames, pack, version_of
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

QUEUE, TIMEOUT, JOB = "long", 3600, "kam_erpnext:sales_facts"
# facts are added up from the documents of everybody; readers get what they may see
EVERYTHING = "Administrator"
# what allocations to sales people leave; below it is rounding of binary numbers
NOTHING = 1e-9
CENT = 0.005
# months that are made anew each night although nothing seems to have changed, the longest unchecked first
RECHECKED = 2


# ---------------------------------------------------------------- changes


def document_changed(doc, method=None) -> None:
	"""Submitting, cancelling or changing a document that counts as a sale, or a delivery that says what invoices cost."""
	source = get_settings().sales_source
	if not enabled():
		return
	if doc.doctype == "Delivery Note" and source == "Sales Invoice":
		_delivered(doc)
	if doc.doctype != source:
		return
	note(doc.company, doc.doctype, doc.customer, first_of(getdate(doc.get(SOURCES[doc.doctype].date_field))))


def _delivered(delivery) -> None:
	"""A delivery note that is written after the invoice, or for its order, is its cost."""
	links = {
		field: [row.get(field) for row in delivery.items if row.get(field)]
		for field in ("si_detail", "so_detail")
	}
	line, invoice = frappe.qb.DocType("Sales Invoice Item"), frappe.qb.DocType("Sales Invoice")
	for field, column in (("si_detail", line.name), ("so_detail", line.so_detail)):
		if not links[field]:
			continue
		rows = (
			frappe.qb.from_(line)
			.inner_join(invoice)
			.on(invoice.name == line.parent)
			.select(invoice.company, invoice.customer, invoice.posting_date)
			.distinct()
			.where((invoice.docstatus == 1) & column.isin(links[field]))
			.run()
		)
		for company, customer, day in rows:
			note(company, "Sales Invoice", customer, first_of(getdate(day)), cost_only=True)


def valuation_changed(doc, method=None) -> None:
	"""A valuation that has been posted anew: what was sold from that day on may cost something else, whoever bought it."""
	if doc.status != "Completed" or not doc.posting_date or not enabled():
		return
	table = frappe.qb.DocType(MONTH)
	query = (
		frappe.qb.from_(table)
		.select(table.source, table.month)
		.where((table.company == doc.company) & (table.month >= first_of(getdate(doc.posting_date))))
	)
	for source, month in query.run():
		note(doc.company, source, EVERYBODY, getdate(month), cost_only=True)


def customer_renamed(doc, method=None, old: str | None = None, new: str | None = None, merge=False) -> None:
	"""Renaming or merging a customer: what stands under the old name has to be read again."""
	table = frappe.qb.DocType(MONTH)
	for company, source, month in (
		frappe.qb.from_(table).select(table.company, table.source, table.month).run()
	):
		for name in {old, new} - {None}:
			note(company, source, name, getdate(month))


def names_changed(doc, method=None, *_names) -> None:
	"""Renaming or merging what stands in the facts, or deleting the transactions of a company: everything is made anew."""
	frappe.db.delete(MONTH)
	frappe.db.delete(CHANGE)
	start_rebuild()


def settings_changed(doc, method=None) -> None:
	"""Another sales source needs other facts; without the check mark there are none."""
	if not doc.keep_sales_facts:
		frappe.db.delete(MONTH)
		frappe.db.delete(CHANGE)
	elif doc.has_value_changed("sales_source") or doc.has_value_changed("keep_sales_facts"):
		names_changed(doc)


def note(company: str, source: str, customer: str, month: date, cost_only: bool = False) -> None:
	"""A customer's sales of a month (those of EVERYBODY), or only their cost, are to be read from the documents until the
	month is brought up to date."""
	now = now_datetime()
	table = frappe.qb.DocType(CHANGE)
	values = {
		"name": frappe.generate_hash(length=16),
		"creation": now,
		"modified": now,
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		"company": company,
		"source": source,
		"customer": customer,
		"month": month,
		"cost_only": int(cost_only),
	}
	frappe.qb.into(table).columns(*values).insert(*values.values()).run()
	if not frappe.flags.in_import:  # the hourly look does it for all of them
		frappe.enqueue(
			"kam_erpnext.data.sales_facts_upkeep.catch_up",
			queue=QUEUE,
			timeout=TIMEOUT,
			job_id=JOB,
			deduplicate=True,
			enqueue_after_commit=True,
		)


# ---------------------------------------------------------------- months


def catch_up() -> int:
	"""Brings all months up to date in which something has changed. Returns how many."""
	if not enabled():
		return 0
	done: set[tuple] = set()
	while True:
		table = frappe.qb.DocType(CHANGE)
		waiting = [
			(company, source, getdate(month))
			for company, source, month in frappe.qb.from_(table)
			.select(table.company, table.source, table.month)
			.distinct()
			.run()
		]
		waiting = [key for key in waiting if key not in done]
		if not waiting:
			return len(done)
		for key in waiting:
			refresh(*key)
			done.add(key)


def keep_up() -> None:
	"""Hourly: what no worker has done, and months that are not there yet."""
	if not enabled():
		return
	catch_up()
	if missing_months():
		start_rebuild()


def start_rebuild() -> None:
	"""Queues the making of all months that are not there, one job for each company and year, for any number of workers."""
	if not enabled():
		return
	for company, source, first in {
		(company, source, date(month.year, 1, 1)) for company, source, month in missing_months()
	}:
		frappe.enqueue(
			"kam_erpnext.data.sales_facts_upkeep.build_missing",
			queue=QUEUE,
			timeout=TIMEOUT,
			job_id=f"{JOB}:{company}:{source}:{first.year}",
			deduplicate=True,
			enqueue_after_commit=True,
			company=company,
			year=first.year,
		)


def build_missing(company: str | None = None, year: int | None = None) -> int:
	"""Makes the months that are not there, of a company and a year if told. Returns how many."""
	if not enabled():
		return 0
	wanted = [
		key
		for key in missing_months()
		if (not company or key[0] == company) and (not year or key[2].year == int(year))
	]
	for key in wanted:
		refresh(*key)
	return len(wanted)


def rebuild() -> int:
	"""Makes everything anew. Returns the number of months."""
	frappe.db.delete(MONTH)
	frappe.db.commit()
	return build_missing()


def missing_months() -> list[tuple[str, str, date]]:
	"""(company, source, first day) of the months that have no facts.

	Every company gets the months from the first document of any of them to this one or the last document: where a company
	sold nothing that is known as well, and nobody has to look for its documents among those of the others.
	"""
	source = get_settings().sales_source
	days = _days(source)
	if not days:
		return []
	table = frappe.qb.DocType(MONTH)
	there = {
		(company, getdate(month))
		for company, month in frappe.qb.from_(table)
		.select(table.company, table.month)
		.where((table.source == source) & table.version.like(f"{FORMAT}:%"))
		.run()
	}
	months = [first_of(days.start)]
	while next_month(months[-1]) < days.end:
		months.append(next_month(months[-1]))
	return [
		(company, source, month)
		for company in frappe.get_all("Company", pluck="name", order_by="name")
		for month in months
		if (company, month) not in there
	]


def _days(source: str) -> Period | None:
	"""From the first document to today, or to the last one if that is later; None without any."""
	document = frappe.qb.DocType(source)
	day = document[SOURCES[source].date_field]
	found = [
		frappe.qb.from_(document)
		.select(day)
		.where(document.docstatus == 1)
		.orderby(day, order=order)
		.limit(1)
		.run(pluck=True)
		for order in (Order.asc, Order.desc)
	]
	if not found[0]:
		return None
	last = max(getdate(found[1][0]), getdate())
	return Period(getdate(found[0][0]), last + timedelta(days=1))


def refresh(company: str, source: str, month: date, whole: bool = False) -> float | None:
	"""Makes a month, or brings it up to date: of customers that have changed, or of everybody (`whole`).

	One transaction. Returns by how much the net sales of any customer and item group differed from the documents although
	nothing had been said to have changed; None when the month was not there.
	"""
	name = key_of(company, source, month)
	before = _locked(name, company, source, month)
	table = frappe.qb.DocType(CHANGE)
	changes = (
		frappe.qb.from_(table)
		.select(table.name, table.customer)
		.where((table.company == company) & (table.source == source) & (table.month == month))
		.run()
	)
	changed = {customer for _name, customer in changes}
	whole = whole or EVERYBODY in changed
	old = None
	if before:
		try:
			old = frames(before)
		except Unreadable:
			whole = True
	whole = whole or old is None or len(changed) > MANY_CHANGED
	if whole:
		found = _read(company, source, month)
	elif changed:
		read = _read(company, source, month, tuple(sorted(changed)))
		found = tuple(
			_joined(kept[~kept["customer"].isin(changed)], new) for kept, new in zip(old, read, strict=True)
		)
	else:
		found = old
	difference = None if old is None else _difference(old[0], found[0], changed)
	_write(name, found, difference, whole)
	names = [change for change, _customer in changes]
	for start in range(0, len(names), 500):
		frappe.db.delete(CHANGE, {"name": ("in", names[start : start + 500])})
	frappe.db.commit()
	return difference


def key_of(company: str, source: str, month: date) -> str:
	"""Name of a month's record."""
	return f"{month:%Y-%m}/{source}/{company}"[:140]


def _locked(name: str, company: str, source: str, month: date) -> str:
	"""Locks the record of a month, made empty if need be, in a new transaction. Returns its packed facts."""
	there = frappe.db.exists(MONTH, name)
	# what is read under the lock has to be newer than the lock: documents noted as taken in by whoever held it before
	# would be missing otherwise
	frappe.db.commit()
	if not there:
		doc = frappe.new_doc(MONTH)
		doc.update({"company": company, "source": source, "month": month, "version": ""})
		doc.name = name
		try:
			doc.db_insert()
			return ""
		except frappe.DuplicateEntryError:  # another worker was quicker
			frappe.db.rollback()
			frappe.clear_last_message()
	return frappe.db.get_value(MONTH, name, "facts", for_update=True) or ""


def _read(company: str, source: str, month: date, customers: tuple[str, ...] = ()) -> tuple:
	"""LINES and HEADS of the documents of a month."""
	filters = SalesFilters(company, source, customers=customers, user=EVERYTHING)
	days = Period(month, next_month(month))
	by = ("day", *NAMES[LINES])
	heads = ledger.by_day(filters, days)
	if not len(heads):
		return pd.DataFrame(columns=[*by, *FIGURES[LINES]]).astype(
			dict.fromkeys(FIGURES[LINES], float)
		), heads
	return ledger.net_sales(filters, days, by, with_cost=True, least=NOTHING, services=False), heads


def _joined(kept: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
	parts = [part for part in (kept, new[[*kept.columns]]) if len(part)]
	return pd.concat(parts, ignore_index=True) if parts else kept


def _difference(old: pd.DataFrame, new: pd.DataFrame, changed: set[str]) -> float:
	"""Largest difference of net sales or cost of a customer and item group, of customers that are not said to have changed."""
	keys = ["customer", "item_group", "sales_person"]
	figures = ["net_sales"] if EVERYBODY in changed else ["net_sales", "cost"]
	parts = [
		frame[~frame["customer"].isin(changed)].groupby(keys, dropna=False)[figures].sum()
		for frame in (old, new)
	]
	if not len(parts[0]) and not len(parts[1]):
		return 0.0
	return float(parts[0].sub(parts[1], fill_value=0.0).abs().to_numpy().max())


def _write(name: str, found: tuple, difference: float | None, whole: bool) -> None:
	lines, heads = found
	now = now_datetime()
	facts = pack(lines, heads)
	values = {
		"version": version_of(facts),
		"facts": facts,
		"row_count": len(lines),
		"documents": int(heads["documents"].sum()),
		"net_sales": round(float(heads["net_sales"].sum()), 2),
		"built_on": now,
		"checked_on": now,
	}
	if whole:
		values["compared_on"] = now
	if difference is not None and difference > CENT:
		values |= {"difference": round(difference, 2), "difference_on": now}
		frappe.log_error(
			title="Sales facts differed from the documents",
			message=f"{name}: up to {difference:.2f}; the month was made anew.",
			reference_doctype=MONTH,
			reference_name=name,
		)
	frappe.db.set_value(MONTH, name, values, update_modified=True)


# ---------------------------------------------------------------- comparing


def check(everything: bool = False) -> list[dict]:
	"""Nightly: compares the months with the documents to the cent, mends those that differ. Returns the differences.

	Totals of all months are compared. Made anew and compared in every row are those of them that differ, those with
	documents that were touched since the last night, and the RECHECKED ones that were not for the longest time; with
	`everything` all of them.
	"""
	if not enabled():
		return []
	catch_up()
	table = frappe.qb.DocType(MONTH)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.company, table.source, table.month, table.documents, table.net_sales)
		.where(table.version != "")
		.orderby(table.compared_on)
		.run(as_dict=True)
	)
	found, intact = [], []
	for company, source in sorted({(row.company, row.source) for row in rows}):
		mine = [row for row in rows if (row.company, row.source) == (company, source)]
		of_documents = totals(company, source)
		touched = _touched(company, source)
		for place, row in enumerate(mine):
			documents, net_sales = of_documents.get(getdate(row.month), (0, 0.0))
			same = row.documents == documents and abs(row.net_sales - net_sales) < CENT
			if everything or not same or getdate(row.month) in touched or place < RECHECKED:
				difference = refresh(company, source, getdate(row.month), whole=True) or 0.0
				if difference > CENT or not same:
					found.append({"name": row.name, "difference": difference})
			else:
				intact.append(row.name)
	if intact:
		frappe.db.set_value(
			MONTH, {"name": ("in", intact)}, "checked_on", now_datetime(), update_modified=False
		)
	build_missing()
	frappe.db.commit()
	return found


def totals(company: str, source: str) -> dict[date, tuple[int, float]]:
	"""Month -> documents and net sales of their heads."""
	query = SalesQuery(SalesFilters(company, source, user=EVERYTHING), Period(EARLIEST, LATEST))
	month = month_start(query.date)
	rows = (
		query.statement(items=False)
		.select(month, Count(query.parent.name), Sum(query.parent.base_net_total))
		.groupby(month)
		.run()
	)
	return {getdate(first): (int(count), float(amount)) for first, count, amount in rows}


def _touched(company: str, source: str) -> set[date]:
	"""Months of documents that were written to since they were last compared, without a word to us."""
	table = frappe.qb.DocType(MONTH)
	since = (
		frappe.qb.from_(table)
		.select(Max(table.checked_on))
		.where((table.company == company) & (table.source == source))
		.run()[0][0]
	)
	document = frappe.qb.DocType(source)
	month = month_start(document[SOURCES[source].date_field])
	return {
		getdate(first)
		for (first,) in frappe.qb.from_(document)
		.select(month)
		.distinct()
		.where((document.company == company) & (document.modified >= add_days(since or now_datetime(), -1)))
		.where(document.docstatus > 0)
		.run()
	}
