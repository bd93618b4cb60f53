"""The matrix as a whole."""

from dataclasses import dataclass, replace

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data import pipeline, sales
from kam_erpnext.data.pipeline import PipelineFilters
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.whitespace.estimates import Estimates, read_estimates, share_of_year, year_of
from kam_erpnext.data.whitespace.places import (
	NO_ITEM_GROUP,
	TERRITORY,
	Places,
	WhitespaceFilters,
	read_places,
)
from kam_erpnext.engine import whitespace as engine
from kam_erpnext.engine.whitespace import Chances, PeerRules, Summary
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

MAXIMUM_CELLS = 120_000
OTHERS = "others"
OPEN = ("open", "weighted", "unweighted")
LEAVES = ["row", "column", "customer", "item_group", "net_sales", "open", "weighted", "unweighted"]


@dataclass
class Matrix:
	"""`rows` and `columns` as in `Places`, `cells` as the engine returns them; totals by row, by column and of all."""

	filters: WhitespaceFilters
	places: Places
	rows: pd.DataFrame
	columns: pd.DataFrame
	cells: pd.DataFrame
	leaves: pd.DataFrame
	peers: pd.DataFrame
	segments: pd.Series
	estimates: Estimates
	margins: dict[str, float]
	row_totals: dict[str, Summary]
	column_totals: dict[str, Summary]
	total: Summary
	cross_sell: float | None
	currency: str
	documents: int

	@property
	def year(self) -> int:
		"""Year estimates are entered for."""
		return year_of(self.filters)

	@property
	def share_of_year(self) -> float:
		"""Part of a yearly wallet that is compared with the period."""
		return share_of_year(self.filters)


def source() -> str:
	"""Doctype that counts as a sale."""
	return get_settings().sales_source


def sales_filters(filters: WhitespaceFilters, **more) -> SalesFilters:
	return SalesFilters(filters.company, source(), user=filters.user, **more)


def read_matrix(filters: WhitespaceFilters, only_row: str | None = None) -> Matrix:
	"""The matrix within the filters and the rights of the reader.

	`only_row` leaves out the cells of all other rows, and does not count documents.
	"""
	places = read_places(filters)
	sold = sales.net_sales(
		sales_filters(filters), filters.period, by=("customer", "item_group"), with_cost=True
	)
	sold["column"] = sold["item_group"].map(places.column_of)
	sold = sold[sold["column"].notna()]
	sold["row"] = sold["customer"].map(places.row_of_customer)
	deals = _open_amounts(filters, places)
	places.columns = _with_used_columns(filters, places, sold, deals)
	leaves = sold[sold["row"].notna()].assign(open=0.0, weighted=0.0, unweighted=0.0)[LEAVES]
	if len(deals):
		leaves = pd.concat([leaves, deals], ignore_index=True) if len(leaves) else deals
	leaves = leaves[leaves["column"].isin(places.columns.index)]
	for name in LEAVES[4:]:
		leaves[name] = leaves[name].astype(float).fillna(0.0)
	rows = _with_used_rows(places, leaves)
	rows, leaves = _limited(rows, leaves, len(places.columns))
	if only_row:
		leaves = leaves[leaves["row"] == only_row]
	estimates = read_estimates(filters, places)
	kept = {only_row} if only_row else set(rows.index)
	placed = [estimate for estimate in estimates.placed if estimate.row in kept]
	peers, segments = _peers(filters, places, sold, [row for row in rows.index if row in kept])
	margins = _margins(sold)
	cells = engine.cells(leaves, placed, peers, margins, _chances(), filters.period.last_day)
	count = 0 if only_row else _documents(filters, places)
	return _add_up(filters, places, rows, cells, leaves, peers, segments, estimates, margins, count)


def _add_up(filters, places, rows, cells, leaves, peers, segments, estimates, margins, count) -> Matrix:
	"""Totals; what has no item group is in the sums, but no place something could be sold in."""
	real = [name for name in places.columns.index if name != NO_ITEM_GROUP]
	counted = cells[cells["column"] != NO_ITEM_GROUP]
	rest = cells[cells["column"] == NO_ITEM_GROUP]
	row_totals = engine.summarise_by(counted, "row", dict.fromkeys(rows.index, len(real)))
	for deals in rest.to_dict("records"):
		if deals["row"] in row_totals:
			row_totals[deals["row"]] = _plus(row_totals[deals["row"]], deals)
	total = engine.summarise(counted, len(real) * len(rows))
	return Matrix(
		filters=filters,
		places=places,
		rows=rows,
		columns=places.columns,
		cells=cells,
		leaves=leaves,
		peers=peers,
		segments=segments,
		estimates=estimates,
		margins=margins,
		row_totals=row_totals,
		column_totals={
			**engine.summarise_by(counted, "column", dict.fromkeys(real, len(rows))),
			**(
				{NO_ITEM_GROUP: engine.summarise(rest, len(rest))}
				if NO_ITEM_GROUP in places.columns.index
				else {}
			),
		},
		total=_plus(total, rest[list(OPEN)].sum().to_dict()),
		cross_sell=engine.cross_sell(
			[total.counts[engine.WON] for total in row_totals.values()],
			[total.addressable for total in row_totals.values()],
		),
		currency=frappe.get_cached_value("Company", filters.company, "default_currency"),
		documents=count,
	)


def _plus(total: Summary, deals: dict) -> Summary:
	return replace(total, **{name: getattr(total, name) + float(deals[name]) for name in OPEN})


# ---------------------------------------------------------------- what is in the cells


def _open_amounts(filters: WhitespaceFilters, places: Places) -> pd.DataFrame:
	"""Open amounts of the pipeline by row and column, for the rows shown."""
	found = pipeline.open_amounts(
		PipelineFilters(filters.company, user=filters.user), by=("key_account", "customer", "item_group")
	)
	rows = []
	for deal in found.to_dict("records"):
		customer, group = deal["customer"] or None, deal["item_group"] or None
		if customer:
			row = places.row_of_customer.get(customer)
		else:
			row = places.row_of_account.get(deal["key_account"])
		column = places.column_of.get(group) if group else NO_ITEM_GROUP
		if row is None or column is None:
			continue
		rows.append(
			(
				row,
				column,
				customer,
				group,
				0.0,
				flt(deal["open"]),
				flt(deal["weighted"]),
				flt(deal["not_weighted"]),
			)
		)
	return pd.DataFrame(rows, columns=LEAVES)


def _with_used_columns(filters, places: Places, sold: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
	"""Item groups that have figures, though nothing of them is offered any more, and open amounts without one."""
	used = set(sold.loc[sold["row"].notna(), "column"]) | set(deals["column"])
	inside = places.below_group.get(filters.item_group) if filters.item_group else None
	columns = places.columns.to_dict("index")
	for name in dict.fromkeys(places.column_of.values()):
		if name in used and name not in columns and (inside is None or name in inside):
			columns[name] = {"label": name, "parent": ""}
	order = {name: place for place, name in enumerate(dict.fromkeys(places.column_of))}
	columns = dict(sorted(columns.items(), key=lambda entry: order[entry[0]]))
	if NO_ITEM_GROUP in used and inside is None:
		columns[NO_ITEM_GROUP] = {"label": _("Without Item Group"), "parent": ""}
	return pd.DataFrame.from_dict(columns, orient="index", columns=["label", "parent"])


def _with_used_rows(places: Places, leaves: pd.DataFrame) -> pd.DataFrame:
	"""Customers without an account are shown when something is known of them; deals of accounts without a customer get a
	row of their own among buying centres."""
	used = set(leaves["row"])
	rows = places.rows[places.rows["key_account"].notna() | places.rows.index.isin(used)]
	if len(places.rows) and places.rows["kind"].eq("territory").any():
		rows = places.rows
	missing = [row for row in used if row not in rows.index]
	if not missing:
		return rows
	names = dict(
		frappe.get_all(
			"Key Account",
			filters={"name": ("in", [row.split(":", 1)[1] for row in missing])},
			fields=["name", "account_name"],
			order_by="lft",
			as_list=True,
		)
	)
	more = {
		f"account:{name}": {
			"kind": "account",
			"label": label,
			"sub": _("customer not named"),
			"key_account": name,
			"customer": None,
			"territory": None,
		}
		for name, label in names.items()
	}
	return pd.concat([rows, pd.DataFrame.from_dict(more, orient="index")])


def _limited(rows: pd.DataFrame, leaves: pd.DataFrame, columns: int) -> tuple[pd.DataFrame, pd.DataFrame]:
	"""The rows with the largest sales when there are more than can be shown; the others become one row."""
	limit = max(1, MAXIMUM_CELLS // max(1, columns))
	if len(rows) <= limit:
		return rows, leaves
	size = leaves.groupby("row")["net_sales"].sum().reindex(rows.index).fillna(0)
	accounts = rows["key_account"].notna()
	order = pd.DataFrame({"account": ~accounts, "size": -size}).sort_values(["account", "size"]).index
	kept = set(order[: limit - 1])
	others = len(rows) - len(kept)
	rows = rows[rows.index.isin(kept)].copy()
	rows.loc[OTHERS] = {"kind": OTHERS, "label": _("{0} others").format(others), "sub": ""}
	return rows, leaves.assign(row=leaves["row"].where(leaves["row"].isin(kept), OTHERS))


def _peers(filters, places: Places, sold: pd.DataFrame, rows: list[str]):
	"""Expected amounts by comparison, for the rows that are accounts or customers; and the segment of each unit."""
	nothing = engine.peer_benchmark(pd.DataFrame(), pd.Series(dtype=object))
	if filters.rows == TERRITORY or sold.empty:
		return nothing, pd.Series(dtype=object)
	units = sold["customer"].map(places.unit_of_customer)
	table = sold.pivot_table(index=units, columns="column", values="net_sales", aggfunc="sum", fill_value=0.0)
	segments = _segments(places, sold, units)
	settings = get_settings()
	rules = PeerRules(
		usual=flt(settings.peer_share), minimum=settings.peer_minimum or 1, band=flt(settings.peer_band)
	)
	# a row of which filters show only a part is not compared with whole accounts
	wanted = [] if filters.narrows else rows
	lines = engine.peer_benchmark(table, segments, rules, wanted)
	return lines[lines["column"].isin(places.columns.index)], segments


def _segments(places: Places, sold: pd.DataFrame, units: pd.Series) -> pd.Series:
	"""Market segment of each unit's largest customer, else its customer group."""
	customers = places.customers
	segment = customers["market_segment"].where(customers["market_segment"].fillna("") != "")
	segment = segment.fillna(customers["customer_group"]).where(lambda names: names.fillna("") != "")
	by_customer = sold.groupby([units.rename("unit"), "customer"])["net_sales"].sum().reset_index()
	largest = by_customer.sort_values(["net_sales", "customer"], ascending=[False, True]).drop_duplicates(
		"unit"
	)
	return largest.set_index("unit")["customer"].map(segment)


def _margins(sold: pd.DataFrame) -> dict[str, float]:
	"""Gross margin of all that is sold, by column, in percent; without cost it is not known."""
	sums = sold.groupby("column")[["net_sales", "cost"]].sum()
	sums = sums[(sums["net_sales"] > 0) & (sums["cost"] > 0)]
	return (100 * (sums["net_sales"] - sums["cost"]) / sums["net_sales"]).to_dict()


def _chances() -> Chances:
	settings, shipped = get_settings(), Chances()
	return Chances(
		**{
			state: flt(value)
			if (value := settings.get(f"chance_{state}")) is not None
			else getattr(shipped, state)
			for state in ("won", "potential", "competitor", "unknown")
		}
	)


def _documents(filters: WhitespaceFilters, places: Places) -> int:
	found = sales.documents(sales_filters(filters, item_group=filters.item_group), filters.period)
	return int(found.loc[found["customer"].isin(places.row_of_customer), "documents"].sum())


def day(value) -> str | None:
	"""A day for the page."""
	return str(getdate(value)) if value and value == value else None
