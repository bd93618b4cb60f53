"""Net sales: the one definition every report, criterion and page of the app uses.

What a sale is, and its cost, is defined in `data.sales_ledger`, which reads the documents. Whatever `data.sales_facts` keeps of
them is answered from there, and the rest from the documents: the figures are the same to the cent, at any moment.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from kam_erpnext.data import sales_facts
from kam_erpnext.data import sales_ledger as ledger
from kam_erpnext.data.sales_ledger import (
	EARLIEST,
	REST,
	SalesFilters,
	check_dimensions,
	newest_documents,
	open_orders,
)
from kam_erpnext.engine.periods import Period

__all__ = [
	"SalesFilters",
	"activity",
	"by_day",
	"document_count",
	"documents",
	"net_sales",
	"newest_documents",
	"open_orders",
	"returned",
]

HEADS = ("documents", "sold", "returned", "net_sales")


def net_sales(
	filters: SalesFilters,
	period: Period,
	by: tuple[str, ...] = ("customer",),
	with_cost: bool = False,
	starts: Sequence[date] = (),
	with_qty: bool = True,
) -> pd.DataFrame:
	"""Sales of a period, added up.

	Returns the columns of `by`, `qty` (stock units), `net_sales` and, if asked for, `cost`, both in company currency.
	By sales person, amounts are shared out by the allocated percentages of the sales team; what is allocated to nobody
	stands on an empty sales person. `period` is the first day of the month, `slice` the number of the last of `starts`
	that is not after the day, `order_line` the line of a Sales Order that a Sales Invoice bills. Without `with_qty` the
	column `qty` is empty, which is quicker.
	"""
	check_dimensions(by)
	of_lines = {"order_line", "service"} & {*by}
	facts = None if of_lines else sales_facts.reading(filters, period, by, with_cost)
	if facts is None:
		return ledger.net_sales(filters, period, by, with_cost, starts, with_qty)
	with_qty = with_qty or with_cost
	figures = ["qty", "net_sales"] if with_qty else ["net_sales"]
	if with_cost:
		figures.append("cost")
	parts = [facts.sales(by, figures, starts)]
	for wanted, days in facts.missing:
		part = ledger.net_sales(
			wanted, days, by, with_cost, starts, with_qty, least=0, bought_before=period.end
		)
		parts.append(part[[*by, *figures]])
	frame = _together(parts, by, figures)
	if "sales_person" in by and len(frame):
		nobody = frame["sales_person"].isna() & (frame[figures].abs() <= REST).all(axis=1)
		frame = frame[~nobody].reset_index(drop=True)
	return frame if with_qty else frame.assign(qty=float("nan"))[[*by, "qty", "net_sales"]]


def by_day(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer and day: `documents`, `sold` (those that are no returns), `returned` (amount taken back, above 0) and
	`net_sales`."""
	facts = _facts_of_heads(filters, period)
	return ledger.by_day(filters, period) if facts is None else _heads(facts, ("customer", "day"))


def activity(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer: documents in the period (returns not counted) and the date of the last one before its end."""
	facts = _facts_of_heads(filters, Period(EARLIEST, period.end))
	if facts is None:
		return ledger.activity(filters, period)
	parts = [facts.activity(period)]
	for wanted, days in facts.missing:
		frame = ledger.by_day(wanted, days)
		frame["documents"] = frame["sold"].where(frame["day"] >= period.start, 0)
		frame["last_date"] = frame["day"].where(frame["sold"] > 0)
		parts.append(frame[["customer", "documents", "last_date"]])
	frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
	if len(parts) > 1:
		frame["last_date"] = pd.to_datetime(frame["last_date"])  # days and gaps do not compare as objects
		frame = frame.groupby("customer", as_index=False, sort=False).agg(
			{"documents": "sum", "last_date": "max"}
		)
		frame["last_date"] = [None if pd.isna(day) else day.date() for day in frame["last_date"]]
	return frame.astype({"documents": int})


def documents(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer: `customer, documents`, the documents of the period behind its net sales, returns included."""
	facts = _facts_of_heads(filters, period)
	if facts is None:
		return ledger.documents(filters, period)
	return _heads(facts, ("customer",))[["customer", "documents"]].astype({"documents": int})


def document_count(filters: SalesFilters, period: Period) -> int:
	"""Documents behind the net sales of a period, returns included."""
	facts = _facts_of_heads(filters, period)
	if facts is None:
		return ledger.document_count(filters, period)
	return int(_heads(facts, ())["documents"].fillna(0).sum())


def returned(filters: SalesFilters, period: Period) -> dict[str, float]:
	"""Per customer the net amount taken back in the period, above 0; orders know no returns."""
	facts = _facts_of_heads(filters, period)
	if facts is None:
		return ledger.returned(filters, period)
	frame = _heads(facts, ("customer",))
	frame = frame[frame["returned"] != 0]
	return dict(zip(frame["customer"], frame["returned"], strict=True))


def _facts_of_heads(filters: SalesFilters, period: Period):
	"""Facts for a question about documents; None where it needs their lines, or there are none."""
	if filters.item_group or filters.item_groups or filters.orders:
		return None
	return sales_facts.reading(filters, period)


def _heads(facts: sales_facts.Reading, by: tuple[str, ...]) -> pd.DataFrame:
	parts = [facts.heads(by)]
	for wanted, days in facts.missing:
		frame = ledger.by_day(wanted, days)
		if by:
			parts.append(frame.groupby([*by], as_index=False, sort=False)[[*HEADS]].sum())
		elif len(frame):
			parts.append(frame[[*HEADS]].sum().to_frame().T)
	return _together(parts, by, HEADS)


def _together(parts: list[pd.DataFrame], by: tuple[str, ...], figures: Sequence[str]) -> pd.DataFrame:
	"""One row per group, from facts and documents."""
	found = [part for part in parts if len(part)]
	if len(found) < 2:
		return found[0] if found else parts[0]
	frame = pd.concat(found, ignore_index=True)
	if not by:
		return frame[[*figures]].sum(min_count=1).to_frame().T
	frame = frame.groupby([*by], dropna=False, sort=False, as_index=False)[[*figures]].sum(min_count=1)
	for name in by:
		if frame[name].dtype == object:
			frame[name] = frame[name].where(frame[name].notna(), None)
	return frame
