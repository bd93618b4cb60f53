"""Measures of a customer or an account: what criteria, reports, cards and plans can ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from kam_erpnext.engine.periods import Period

UNITS = ("currency", "percent", "count", "days", "years", "number")
SOURCES = ("Ledger", "Profile", "Market estimate", "Customer field")
FIELD_PREFIX = "field:"

DAYS_PER_MONTH = 365.25 / 12

# Sums of amounts are rounded to this many decimals: what is bought and returned leaves 0, not 0.0000000001.
DECIMALS = 6


@dataclass(frozen=True)
class MeasureSpec:
	"""What a measure is: its label, unit (one of UNITS), good direction and source (one of SOURCES)."""

	key: str
	label: str
	unit: str
	higher_is_better: bool
	source: str
	description: str


MEASURES: dict[str, MeasureSpec] = {
	spec.key: spec
	for spec in (
		MeasureSpec(
			"net_sales",
			"Net Sales",
			"currency",
			True,
			"Ledger",
			"Sales without taxes in the period, returns deducted.",
		),
		MeasureSpec(
			"share_of_sales",
			"Share of Company Sales",
			"percent",
			True,
			"Ledger",
			"Net sales in percent of the net sales of the whole company.",
		),
		MeasureSpec(
			"cumulative_share",
			"Cumulative Share of Sales",
			"percent",
			False,
			"Ledger",
			"Percent of company sales made with everybody larger. Below 80 means: belongs to the customers "
			"that make the first 80 % of sales.",
		),
		MeasureSpec(
			"gross_profit",
			"Gross Profit",
			"currency",
			True,
			"Ledger",
			"Net sales less cost of the goods, over the lines whose cost is known.",
		),
		MeasureSpec(
			"gross_margin",
			"Gross Margin %",
			"percent",
			True,
			"Ledger",
			"Gross profit in percent of net sales, over the lines whose cost is known.",
		),
		MeasureSpec(
			"sales_growth",
			"Sales Growth %",
			"percent",
			True,
			"Ledger",
			"Change of net sales against the same number of days one year earlier.",
		),
		MeasureSpec(
			"potential",
			"Potential",
			"currency",
			True,
			"Profile",
			"Sales that could be reached with the customer, as estimated on the profile.",
		),
		MeasureSpec(
			"market_share_value",
			"Market Share in Value %",
			"percent",
			True,
			"Market estimate",
			"Net sales in percent of the value of the customer's market.",
		),
		MeasureSpec(
			"market_share_units",
			"Market Share in Units %",
			"percent",
			True,
			"Market estimate",
			"Quantity sold in percent of the units sold in the customer's market.",
		),
		MeasureSpec(
			"contribution",
			"Contribution %",
			"percent",
			True,
			"Ledger",
			"Gross profit in percent of the gross profit of the whole company.",
		),
		MeasureSpec(
			"order_frequency",
			"Orders per Month",
			"number",
			True,
			"Ledger",
			"Documents in the period per month of 30.4 days.",
		),
		MeasureSpec(
			"days_since_last_order",
			"Days Since Last Order",
			"days",
			False,
			"Ledger",
			"Days from the last document to the day of measuring.",
		),
		MeasureSpec(
			"payment_delay",
			"Payment Delay (Days)",
			"days",
			False,
			"Ledger",
			"Average days paid after the due date, weighted by amount.",
		),
		MeasureSpec(
			"item_groups",
			"Item Groups Bought",
			"count",
			True,
			"Ledger",
			"Item groups with net sales above zero in the period.",
		),
		MeasureSpec(
			"profitable_years",
			"Profitable Years",
			"years",
			True,
			"Ledger",
			"Years in a row, counted back from now, with a gross profit above zero.",
		),
		MeasureSpec(
			"influence_reach",
			"Influence Reach",
			"count",
			True,
			"Profile",
			"How many other customers follow this one, as estimated on the profile.",
		),
	)
}

# Measures that are a part of a whole: a threshold below 0 or above 100 percent is a mistake.
SHARE_MEASURES = (
	"share_of_sales",
	"cumulative_share",
	"market_share_value",
	"market_share_units",
	"contribution",
)

_COLUMNS = {
	"sales": ("customer", "item_group", "qty", "net_sales", "cost"),
	"prior": ("customer", "net_sales"),
	"activity": ("customer", "documents", "last_date"),
	"payments": ("customer", "paid", "paid_days"),
	"yearly": ("customer", "years_ago", "gross_profit"),
	"customers": ("customer",),
}
_PROFILE_COLUMNS = ("potential", "influence_reach", "market_value", "market_units")


@dataclass
class Facts:
	"""Everything the measures are computed from. Amounts in company currency; every frame may be empty.

	* sales: customer, item_group, qty, net_sales, cost in the window; cost NaN = unknown
	* prior: customer, net_sales in `period.previous_year()`
	* activity: customer, documents (in the window), last_date (over all time; date or NaT)
	* payments: customer, paid (sum of amounts), paid_days (sum of amount x days late)
	* yearly: customer, years_ago (0 = the window, 1 = the year before ...), gross_profit (NaN = unknown)
	* customers: one row per customer in scope; may hold potential, influence_reach, market_value,
	market_units and any customer field
	"""

	period: Period
	as_of: date
	sales: pd.DataFrame
	prior: pd.DataFrame
	activity: pd.DataFrame
	payments: pd.DataFrame
	yearly: pd.DataFrame
	customers: pd.DataFrame

	@classmethod
	def empty(cls, period: Period, as_of: date) -> "Facts":
		"""Facts without a single customer or document."""
		return cls(period, as_of, **{name: _empty_frame(columns) for name, columns in _COLUMNS.items()})


def field_measure(name: str, label: str | None = None, description: str = "") -> MeasureSpec:
	"""Specification of a numeric customer field as a measure; its key is "field:<name>"."""
	name = name.removeprefix(FIELD_PREFIX)
	return MeasureSpec(
		key=FIELD_PREFIX + name,
		label=label or _title(name),
		unit="number",
		higher_is_better=True,
		source="Customer field",
		description=description or f"The field {label or _title(name)} of the customer.",
	)


def measure_label(key: str) -> str:
	"""Label of a measure; a customer field gets its name in title case."""
	if key in MEASURES:
		return MEASURES[key].label
	return _title(key.removeprefix(FIELD_PREFIX))


def measure_units(
	facts: Facts, membership: pd.DataFrame | None = None, fields: Sequence[str] = ()
) -> pd.DataFrame:
	"""Measure every unit: a customer, or an account with its customers.

	`membership` has the columns customer and unit, and optionally root (boolean, default True). Without it
	every customer of `facts.customers` is its own unit. A customer may belong to several units (an account
	and its parents); a row without a customer keeps a unit without customers in the result. `fields` names
	numeric columns of `facts.customers`.

	Returns a frame indexed by unit with one float column per key of MEASURES and one "field:<name>" per
	field. NaN = unknown. Rules:

	* Company totals are taken over all of `facts.sales`, each customer once, whether a unit holds it or not.
	* net_sales, order_frequency and item_groups of a unit without documents are 0, because that is known.
	* cumulative_share is the share of sales made with root units larger than the unit; a customer in no root
	unit counts as a root unit of its own; a unit without sales has 100. With distinct sales it equals
	cum_before of `pareto.pareto`.
	* gross_profit and gross_margin look at lines with known cost only; NaN if there are sales and no line has
	a known cost. Ratios whose denominator is zero, negative or unknown are NaN.
	* potential, influence_reach and fields add up over the customers that have a value; NaN if none has.
	Market size is the largest of the customers' markets, because they usually share one.
	* profitable_years counts years with a known gross profit above zero back from the window and stops at the
	first other year; NaN if the profit of the window itself is unknown or no history was given.

	Raises ValueError for missing columns, unknown fields, a document line without customer or amount, and
	a customer listed twice.
	"""
	frames = _checked_frames(facts)
	fields = [name.removeprefix(FIELD_PREFIX) for name in fields]
	customers = frames["customers"]
	_check_customers(customers, fields)
	pairs, roots = _pairs(customers, membership)

	ids = pd.Index(
		pd.unique(
			np.concatenate(
				[frame["customer"].to_numpy(dtype=object) for frame in frames.values()]
				+ [pairs["customer"].dropna().to_numpy(dtype=object)]
			)
		),
		dtype=object,
	)
	units = pd.Index(pd.unique(pairs["unit"].to_numpy(dtype=object)), dtype=object, name="unit")
	known_pairs = pairs[pairs["customer"].notna()]
	grid = _Grid(
		ids=ids,
		units=units,
		customer=ids.get_indexer(known_pairs["customer"].to_numpy(dtype=object)),
		unit=units.get_indexer(known_pairs["unit"].to_numpy(dtype=object)),
		root=roots,
	)

	columns: dict[str, np.ndarray] = {}
	columns.update(_sales_measures(grid, frames["sales"], frames["prior"]))
	columns.update(_activity_measures(grid, frames["activity"], facts.period, facts.as_of))
	columns.update(_payment_measures(grid, frames["payments"]))
	columns["profitable_years"] = _profitable_years(grid, frames["yearly"])
	columns.update(_profile_measures(grid, customers, fields, columns))
	keys = [*MEASURES, *(FIELD_PREFIX + name for name in fields)]
	return pd.DataFrame({key: columns[key] for key in keys}, index=units, dtype=float)


@dataclass
class _Grid:
	"""Customers, units and which customer belongs to which unit, as positions."""

	ids: pd.Index
	units: pd.Index
	customer: np.ndarray
	unit: np.ndarray
	root: np.ndarray

	def codes(self, frame: pd.DataFrame) -> np.ndarray:
		return self.ids.get_indexer(frame["customer"].to_numpy(dtype=object))

	def per_customer(self, codes: np.ndarray, values: np.ndarray) -> np.ndarray:
		return np.bincount(codes, weights=values, minlength=len(self.ids)).astype(float)

	def per_unit(self, values: np.ndarray) -> np.ndarray:
		"""Sum over the customers of each unit."""
		return np.bincount(
			self.unit, weights=values[self.customer].astype(float), minlength=len(self.units)
		).astype(float)

	def known_sum(self, values: np.ndarray) -> np.ndarray:
		"""Sum over the customers that have a value; NaN where none has."""
		known = ~np.isnan(values)
		total = self.per_unit(np.where(known, values, 0.0))
		return np.where(self.per_unit(known) > 0, np.round(total, DECIMALS), np.nan)

	def known_max(self, values: np.ndarray) -> np.ndarray:
		"""Largest value among the customers; NaN where none has one."""
		largest = np.full(len(self.units), -np.inf)
		member_values = values[self.customer]
		known = ~np.isnan(member_values)
		np.maximum.at(largest, self.unit[known], member_values[known])
		return np.where(np.isinf(largest), np.nan, largest)


def _sales_measures(grid: _Grid, sales: pd.DataFrame, prior: pd.DataFrame) -> dict[str, np.ndarray]:
	codes = grid.codes(sales)
	net_sales = _numbers(sales, "net_sales", "sales", required=True)
	cost = _numbers(sales, "cost", "sales")
	costed = ~np.isnan(cost)

	customer_sales = np.round(grid.per_customer(codes, net_sales), DECIMALS)
	costed_sales = grid.per_customer(codes, np.where(costed, net_sales, 0.0))
	profit = grid.per_customer(codes, np.where(costed, net_sales - cost, 0.0))
	lines = grid.per_customer(codes, np.ones(len(codes)))
	costed_lines = grid.per_customer(codes, costed.astype(float))

	unit_sales = np.round(grid.per_unit(customer_sales), DECIMALS)
	unit_costed_sales = np.round(grid.per_unit(costed_sales), DECIMALS)
	unit_profit = np.round(grid.per_unit(profit), DECIMALS)
	profit_unknown = (grid.per_unit(lines) > 0) & (grid.per_unit(costed_lines) == 0)
	unit_profit = np.where(profit_unknown, np.nan, unit_profit)
	company_profit = np.round(profit.sum(), DECIMALS) if costed.any() else np.nan

	before = grid.per_customer(grid.codes(prior), _numbers(prior, "net_sales", "prior", required=True))
	unit_before = np.round(grid.per_unit(before), DECIMALS)
	quantity = grid.per_unit(grid.per_customer(codes, np.nan_to_num(_numbers(sales, "qty", "sales"))))
	return {
		"net_sales": unit_sales,
		"share_of_sales": _percent(unit_sales, np.round(customer_sales.sum(), DECIMALS)),
		"cumulative_share": _cumulative_share(grid, customer_sales, unit_sales),
		"gross_profit": unit_profit,
		"gross_margin": _percent(unit_profit, unit_costed_sales),
		"sales_growth": _percent(unit_sales - unit_before, unit_before),
		"contribution": _percent(unit_profit, company_profit),
		"item_groups": _item_groups(grid, codes, sales["item_group"], net_sales),
		"qty": quantity,
	}


def _cumulative_share(grid: _Grid, customer_sales: np.ndarray, unit_sales: np.ndarray) -> np.ndarray:
	"""Share of sales made with root units larger than each unit, every customer counted once.

	A customer counts from the moment its largest root unit is passed; without a root unit it stands alone.
	"""
	stands_in = np.full(len(grid.ids), -np.inf)
	in_root = grid.root[grid.unit]
	np.maximum.at(stands_in, grid.customer[in_root], unit_sales[grid.unit[in_root]])
	stands_in = np.where(np.isinf(stands_in), customer_sales, stands_in)

	ranked = stands_in > 0
	order = np.argsort(stands_in[ranked], kind="stable")
	size = stands_in[ranked][order]
	up_to = np.concatenate([[0.0], np.cumsum(customer_sales[ranked][order])])
	larger = up_to[-1] - up_to[np.searchsorted(size, unit_sales, side="right")]
	return np.round(_percent(larger, np.round(up_to[-1], DECIMALS)), 9)


def _item_groups(grid: _Grid, codes: np.ndarray, item_group: pd.Series, net_sales: np.ndarray) -> np.ndarray:
	group_codes = pd.factorize(item_group.astype(object))[0]
	bought = pd.DataFrame({"customer": codes, "group": group_codes, "net_sales": net_sales})
	bought = bought[bought["group"] >= 0].groupby(["customer", "group"], as_index=False)["net_sales"].sum()
	members = pd.DataFrame({"customer": grid.customer, "unit": grid.unit})
	cells = bought.merge(members, on="customer").groupby(["unit", "group"])["net_sales"].sum()
	cells = cells[cells.round(DECIMALS) > 0]
	return np.bincount(
		cells.index.get_level_values("unit").to_numpy(dtype=int), minlength=len(grid.units)
	).astype(float)


def _activity_measures(
	grid: _Grid, activity: pd.DataFrame, period: Period, as_of: date
) -> dict[str, np.ndarray]:
	codes = grid.codes(activity)
	documents = grid.per_customer(codes, np.nan_to_num(_numbers(activity, "documents", "activity")))
	elapsed = min(period.days, max((as_of - period.start).days + 1, 1))

	last = pd.to_datetime(activity["last_date"]).dt.normalize()
	days = (pd.Timestamp(as_of) - last).dt.days.to_numpy(dtype=float, na_value=np.nan)
	latest = np.full(len(grid.ids), -np.inf)
	known = ~np.isnan(days)
	np.maximum.at(latest, codes[known], -days[known])
	since = -grid.known_max(np.where(np.isinf(latest), np.nan, latest))
	return {
		"order_frequency": grid.per_unit(documents) / (elapsed / DAYS_PER_MONTH),
		"days_since_last_order": np.maximum(since, 0.0),  # NaN stays NaN
	}


def _payment_measures(grid: _Grid, payments: pd.DataFrame) -> dict[str, np.ndarray]:
	codes = grid.codes(payments)
	paid = grid.per_unit(grid.per_customer(codes, _numbers(payments, "paid", "payments", required=True)))
	paid_days = grid.per_unit(
		grid.per_customer(codes, _numbers(payments, "paid_days", "payments", required=True))
	)
	return {"payment_delay": _ratio(paid_days, np.round(paid, DECIMALS))}


def _profitable_years(grid: _Grid, yearly: pd.DataFrame) -> np.ndarray:
	if yearly.empty:
		return np.full(len(grid.units), np.nan)
	codes = grid.codes(yearly)
	years_ago = _numbers(yearly, "years_ago", "yearly", required=True).astype(int)
	if (years_ago < 0).any():
		raise ValueError("yearly: years_ago counts back from 0; a negative year was found.")
	profit = _numbers(yearly, "gross_profit", "yearly")

	running = np.ones(len(grid.units), dtype=bool)
	years = np.zeros(len(grid.units))
	first_unknown = np.zeros(len(grid.units), dtype=bool)
	for year in range(int(years_ago.max()) + 1):
		rows = years_ago == year
		known = rows & ~np.isnan(profit)
		unit_profit = grid.per_unit(grid.per_customer(codes[known], profit[known]))
		if year == 0:
			present = grid.per_unit(grid.per_customer(codes[rows], np.ones(int(rows.sum())))) > 0
			has_known = grid.per_unit(grid.per_customer(codes[known], np.ones(int(known.sum())))) > 0
			first_unknown = present & ~has_known
		running &= np.round(unit_profit, DECIMALS) > 0
		years += running
	return np.where(first_unknown, np.nan, years)


def _profile_measures(
	grid: _Grid, customers: pd.DataFrame, fields: Sequence[str], measured: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
	codes = grid.codes(customers)

	def values(column: str) -> np.ndarray:
		spread = np.full(len(grid.ids), np.nan)
		if column in customers.columns:
			spread[codes] = _numbers(customers, column, "customers")
		return spread

	return {
		"potential": grid.known_sum(values("potential")),
		"influence_reach": grid.known_sum(values("influence_reach")),
		"market_share_value": _percent(measured["net_sales"], grid.known_max(values("market_value"))),
		"market_share_units": _percent(measured["qty"], grid.known_max(values("market_units"))),
		**{FIELD_PREFIX + name: grid.known_sum(values(name)) for name in fields},
	}


def _pairs(customers: pd.DataFrame, membership: pd.DataFrame | None) -> tuple[pd.DataFrame, np.ndarray]:
	"""Distinct (customer, unit) pairs, and for every unit in order of appearance whether it is a root."""
	if membership is None:
		own = customers["customer"].astype(object)
		return pd.DataFrame({"customer": own, "unit": own}), np.ones(len(own), dtype=bool)
	if membership.empty:
		membership = _empty_frame(("customer", "unit"))
	_check_columns(membership, ("customer", "unit"), "membership")
	if membership["unit"].isna().any():
		raise ValueError("membership: a row has no unit.")
	pairs = pd.DataFrame(
		{"customer": membership["customer"].astype(object), "unit": membership["unit"].astype(object)}
	)
	root = pd.Series(True, index=pairs.index)
	if "root" in membership.columns:
		root = membership["root"].astype(object).map(lambda flag: True if pd.isna(flag) else bool(flag))
	by_unit = root.groupby(pairs["unit"].to_numpy(dtype=object), sort=False).any()
	return pairs.drop_duplicates(), by_unit.to_numpy(dtype=bool)


def _checked_frames(facts: Facts) -> dict[str, pd.DataFrame]:
	frames = {}
	for name, columns in _COLUMNS.items():
		frame = getattr(facts, name)
		if frame is None or frame.empty:
			extra = [] if frame is None else [column for column in frame.columns if column not in columns]
			frame = _empty_frame((*columns, *extra))
		_check_columns(frame, columns, name)
		if frame["customer"].isna().any():
			raise ValueError(f"{name}: a row has no customer.")
		frames[name] = frame
	return frames


def _check_customers(customers: pd.DataFrame, fields: Sequence[str]) -> None:
	twice = customers["customer"][customers["customer"].duplicated()]
	if len(twice):
		raise ValueError(f"customers: {twice.iloc[0]!r} is listed more than once.")
	for name in fields:
		if name not in customers.columns and len(customers):
			raise ValueError(f"customers: the customer field {name!r} was not loaded.")


def _check_columns(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
	missing = [column for column in columns if column not in frame.columns]
	if missing:
		raise ValueError(f"{name}: missing column {', '.join(missing)}.")


def _numbers(frame: pd.DataFrame, column: str, name: str, required: bool = False) -> np.ndarray:
	try:
		values = pd.to_numeric(frame[column]).to_numpy(dtype=float, na_value=np.nan)
	except (TypeError, ValueError) as error:
		raise ValueError(f"{name}: the column {column} holds something that is not a number.") from error
	if required and np.isnan(values).any():
		raise ValueError(
			f"{name}: the column {column} is empty for customer "
			f"{frame['customer'].to_numpy(dtype=object)[np.isnan(values)][0]!r}."
		)
	return values


def _ratio(part: np.ndarray, whole: np.ndarray | float) -> np.ndarray:
	"""part / whole; NaN where the whole is zero, negative or unknown."""
	whole = np.broadcast_to(np.asarray(whole, dtype=float), part.shape)
	return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _percent(part: np.ndarray, whole: np.ndarray | float) -> np.ndarray:
	return 100.0 * _ratio(part, whole)


def _empty_frame(columns: Sequence[str]) -> pd.DataFrame:
	return pd.DataFrame(
		{
			column: pd.Series(
				dtype="datetime64[ns]"
				if column == "last_date"
				else object
				if column in ("customer", "item_group", "unit")
				else float
			)
			for column in columns
		}
	)


def _title(name: str) -> str:
	return " ".join(word[:1].upper() + word[1:] for word in name.replace("_", " ").split())
