"""One selection run: data, criteria and present accounts -> everything the outputs show."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from kam_erpnext.engine import criteria as engine_criteria
from kam_erpnext.engine.measures import FIELD_PREFIX, MEASURES, Facts, field_measure, measure_units
from kam_erpnext.engine.pareto import concentration, curve, pareto, two_way_abc
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, Period, resolve_window
from kam_erpnext.engine.portfolio import quadrants
from kam_erpnext.engine.ranking import rank_movement
from kam_erpnext.engine.selection import NO_PROPOSAL, PROPOSALS, STATUSES, propose
from kam_erpnext.offline.dataset import Dataset, load
from kam_erpnext.offline.mapping import Mapping
from kam_erpnext.offline.problems import InputError, Problems, Words
from kam_erpnext.offline.reader import Options, read_columns, read_raw
from kam_erpnext.offline.tables import ACCOUNTS, JUDGEMENTS

SHIPPED_CRITERIA = Path(__file__).parent / "criteria"
DEFAULT_MAXIMUM = 35


@dataclass
class Request:
	"""What to do, as asked on the command line."""

	data: Path
	criteria: Path
	mapping: Mapping = field(default_factory=Mapping)
	accounts: Path | None = None
	judgements: Path | None = None
	window: str = ROLLING_12_MONTHS
	as_of: datetime.date | None = None
	start: datetime.date | None = None
	end: datetime.date | None = None
	"""Last day, included; with ``start`` it replaces the window."""
	fiscal_year_start: tuple[int, int] | None = None
	company: str | None = None
	currency: str | None = None
	territory: str | None = None
	customer_group: str | None = None
	maximum: int = DEFAULT_MAXIMUM
	portfolio: str = "Fixed"
	title: str = "Key account selection"


@dataclass
class Result:
	"""Everything a run found. Frames are indexed by unit (a customer or a key account).

	``units``: label, customers (number), customer_group, territory, the measures, the columns of the evaluation,
	of the proposals, ``sales_class``, ``margin_class``, ``quadrant``, ``status`` and ``account_level`` now.
	``lines``: one row per unit and criterion. ``excluded_units`` are outside the filters.
	"""

	title: str
	criteria: engine_criteria.CriteriaSet
	criteria_source: str
	period: Period
	before: Period
	as_of: datetime.date
	currency: str
	company: str | None
	filters: list[str]
	window: str
	units: pd.DataFrame
	lines: pd.DataFrame
	pareto_sales: pd.DataFrame
	pareto_profit: pd.DataFrame
	curve_sales: pd.DataFrame
	curve_profit: pd.DataFrame
	abc: pd.DataFrame
	concentration: dict
	ranking: pd.DataFrame
	portfolio: pd.DataFrame
	cuts: dict
	totals: dict
	notes: list[str]
	warnings: list[str]
	files: list[tuple[str, int]]

	def counts(self) -> dict[str, int]:
		"""Number of units per proposal, all proposals in their usual order."""
		found = self.units["proposal"].value_counts()
		return {name: int(found.get(name, 0)) for name in PROPOSALS}

	def key_accounts(self) -> tuple[int, int]:
		"""Key accounts (Active or On Watch) before and after the run."""
		running = ("Active", "On Watch")
		now = int(self.units["status"].isin(running).sum())
		after = int(self.units["proposed_status"].isin(running).sum())
		return now, after


def run(request: Request, say: Callable[[str], None] = lambda text: None) -> Result:
	"""Carry out one selection. InputError (and DataError) with a complete message when the input is bad."""
	criteria, source = load_criteria(request.criteria)
	fields = used_fields(criteria)
	check_criteria(criteria, source, fields)
	say(f"Criteria: {criteria.name} ({count_of(criteria)})")
	say(f"Reading {request.data}")
	data = load(
		request.data,
		request.mapping,
		company=request.company,
		currency=request.currency,
		fields=fields,
		say=lambda text: say("  " + text),
	)
	accounts, membership = read_accounts(request.accounts, data, criteria)
	judgements = read_judgements(request.judgements, criteria, membership)
	period, as_of, window = choose_period(request, data)
	say(f"Measuring {period} ({window}), as of {as_of}")
	facts = build_facts(data, period, as_of)
	measures = measure_units(facts, membership, fields)
	inside = filtered(request, data)
	measures = measures.loc[in_scope(data, membership, measures.index, inside)]
	say(f"Evaluating {len(measures):,} customers and key accounts")
	evaluation = engine_criteria.evaluate(criteria, measures, judgements)
	levels = {rule.level: rule.rank for rule in criteria.levels}
	for level in accounts["level"].dropna() if len(accounts) else ():
		levels.setdefault(level, max(levels.values(), default=0) + 1)
	default_level = max(levels, key=levels.get) if levels else None
	proposals = propose(
		evaluation.results,
		measures,
		accounts,
		levels,
		default_level,
		watch_first=True,
		maximum=request.maximum,
	)
	return assemble(
		request,
		data,
		criteria,
		source,
		period,
		as_of,
		window,
		facts,
		membership,
		measures,
		evaluation,
		proposals,
		accounts,
		inside,
	)


# criteria


def load_criteria(path: Path) -> tuple[engine_criteria.CriteriaSet, str]:
	"""The criteria of a file, or of a shipped one by its name (``standard``, ``adventureworks``)."""
	file = Path(path)
	if not file.is_file() and (SHIPPED_CRITERIA / f"{path}.toml").is_file():
		file = SHIPPED_CRITERIA / f"{path}.toml"
	if not file.is_file():
		shipped = ", ".join(sorted(p.stem for p in SHIPPED_CRITERIA.glob("*.toml")))
		raise InputError(f"--criteria {path}: there is no such criteria file. Shipped criteria: {shipped}")
	try:
		return engine_criteria.load(file), file.name
	except engine_criteria.CriteriaError as error:
		raise criteria_error(file.name, error.problems) from None


def criteria_error(source: str, problems) -> InputError:
	"""The problems of a criteria file as one message."""
	texts = [str(p).removeprefix(f"{source}: ") for p in problems]
	head = "1 problem" if len(texts) == 1 else f"{len(texts)} problems"
	return InputError("\n".join([f"{source} cannot be used, {head}:", *(f"  {text}" for text in texts)]))


def used_fields(criteria: engine_criteria.CriteriaSet) -> list[str]:
	"""Customer fields (without prefix) that the criteria measure."""
	lines = [*criteria.classification, *criteria.screening, *criteria.scoring]
	keys = dict.fromkeys(line.measure for line in lines if line.measure)
	return [key.removeprefix(FIELD_PREFIX) for key in keys if key.startswith(FIELD_PREFIX)]


def check_criteria(criteria: engine_criteria.CriteriaSet, source: str, fields: list[str]):
	"""Raise InputError when the criteria contradict themselves or use what does not exist."""
	known = {**MEASURES, **{FIELD_PREFIX + name: field_measure(name) for name in fields}}
	problems = criteria.problems(known)
	if problems:
		raise criteria_error(source, problems)


def count_of(criteria: engine_criteria.CriteriaSet) -> str:
	"""``6 classification, 2 screening and 6 scoring lines``."""
	return (
		f"{len(criteria.classification)} classification, {len(criteria.screening)} screening and "
		f"{len(criteria.scoring)} scoring lines"
	)


def rule_text(criteria: engine_criteria.CriteriaSet) -> str:
	"""How the classification lines combine, in words."""
	total = len(criteria.classification)
	text = "no classification lines: everybody qualifies"
	if total:
		text = {
			"all": "the classification line must hold"
			if total == 1
			else f"all {total} classification lines must hold",
			"any": f"at least one of {total} classification lines must hold",
			"n_of_m": f"at least {criteria.n} of {total} classification lines must hold",
		}[criteria.rule]
	if criteria.min_score is not None:
		text += f", and the score must be at least {criteria.min_score:g}"
	return text


# accounts and judgements


def _small_file(option: str, path: Path, table, problems: Problems):
	if not path.is_file():
		raise InputError(f"{option} {path}: there is no such file.")
	raw = read_raw(path, problems, Options())
	return read_columns(raw, table, problems, Options()) if raw is not None else None


def read_accounts(path: Path | None, data: Dataset, criteria) -> tuple[pd.DataFrame, pd.DataFrame]:
	"""Present key accounts (unit, status, level) and which customer belongs to which unit."""
	accounts: dict[str, tuple[str, str | None]] = {}
	unit_of: dict[str, str] = {}
	ids = set(data.customers["customer"])
	if path is not None:
		problems = Problems()
		columns = _small_file("--accounts", Path(path), ACCOUNTS, problems)
		if columns is not None:
			rows = len(columns)
			name, unit_label = columns.raw.name, columns.raw.unit
			texts = {f: columns.data.get(f, [""] * rows) for f in ("customer", "account", "status", "level")}
			lookup = {status.lower(): status for status in STATUSES}
			level_names = {rule.level.lower(): rule.level for rule in criteria.levels}
			first_line: dict[str, int] = {}
			for i, line in enumerate(columns.lines):
				customer, account, status, level = (
					texts[f][i] for f in ("customer", "account", "status", "level")
				)
				if not customer:
					continue

				def bad(field_name, expected, found, line=line):
					problems.add(
						name, line, columns.headings.get(field_name, field_name), expected, found, unit_label
					)

				if customer not in ids:
					bad("customer", "the id of a customer in the data", customer)
				if customer in unit_of:
					bad(
						"customer",
						f"each customer in one account only (see {unit_label} {first_line[customer]})",
						customer,
					)
				if account and account in ids and account != customer:
					bad("account", "an account name that is not the id of another customer", account)
				proper = lookup.get((status or "Active").lower())
				if not proper:
					bad("status", "one of " + ", ".join(STATUSES), status)
				proper_level = level_names.get(level.lower()) if level else None
				if level and level_names and not proper_level:
					bad(
						"level",
						"one of the levels of the criteria: " + ", ".join(level_names.values()),
						level,
					)
				unit = account or customer
				entry = (proper or "Active", proper_level or (level or None))
				if accounts.setdefault(unit, entry) != entry:
					bad(
						"status",
						f"the same status and level in all lines of {unit}",
						Words(f"{status} / {level}"),
					)
				unit_of[customer] = unit
				first_line.setdefault(customer, line)
		problems.stop()
	frame = pd.DataFrame(
		{
			"unit": pd.Series(list(accounts), dtype=object),
			"status": pd.Series([s for s, _ in accounts.values()], dtype=object),
			"level": pd.Series([level for _, level in accounts.values()], dtype=object),
		}
	)
	customers = data.customers["customer"].astype(object)
	membership = pd.DataFrame(
		{"customer": customers, "unit": customers.map(lambda c: unit_of.get(c, c)).astype(object)}
	)
	return frame, membership


def read_judgements(path: Path | None, criteria, membership: pd.DataFrame) -> pd.DataFrame | None:
	"""Answers to judged lines as the engine takes them: unit, table, row, value, evidence."""
	if path is None:
		return None
	problems = Problems()
	columns = _small_file("--judgements", Path(path), JUDGEMENTS, problems)
	rows = []
	if columns is not None:
		unit_of = dict(zip(membership["customer"], membership["unit"], strict=True))
		units = set(unit_of.values())
		lines = {}
		for table, texts in (
			("screening", [(s.question, s) for s in criteria.screening]),
			("scoring", [(s.criterion, s) for s in criteria.scoring]),
		):
			for text, line in texts:
				if line.kind == "judged":
					lines[text.strip().lower()] = (table, line.row)
					lines.setdefault(f"{table} {line.row}", (table, line.row))
		seen: dict = {}
		evidence = columns.data.get("evidence", [""] * len(columns))
		for i, number in enumerate(columns.lines):
			who, what, value = (columns.data[f][i] for f in ("customer", "criterion", "value"))

			def bad(field_name, expected, found, number=number):
				problems.add(
					columns.raw.name, number, columns.headings[field_name], expected, found, columns.raw.unit
				)

			if not who or not what:
				continue
			unit = who if who in units else unit_of.get(who)
			if unit is None:
				bad("customer", "the id of a customer in the data or the name of a key account", who)
			key = lines.get(what.lower())
			if key is None:
				known = "; ".join(
					dict.fromkeys(t for t in lines if not t.startswith(("screening ", "scoring ")))
				)
				bad("criterion", f"a judged line of the criteria ({known or 'they have none'})", what)
				continue
			if key[0] == "screening":
				if value.lower() not in ("yes", "no", "unknown", ""):
					bad("value", "Yes, No or Unknown", value)
			elif value:
				try:
					points = float(value.replace(",", "."))
				except ValueError:
					points = -1.0
				if not 0 <= points <= 100:
					bad("value", "a number from 0 to 100", value)
				value = points
			if seen.setdefault((unit, key), number) != number:
				bad("criterion", f"each line judged once per account (see line {seen[unit, key]})", what)
			rows.append((unit, *key, value, evidence[i]))
	problems.stop()
	return pd.DataFrame(rows, columns=["unit", "table", "row", "value", "evidence"]).astype(object)


# period and facts


def choose_period(request: Request, data: Dataset) -> tuple[Period, datetime.date, str]:
	"""The window, the as-of day and the name of the window."""
	if request.start or request.end:
		if not (request.start and request.end):
			raise InputError("--from and --to belong together: give both, or choose a --window.")
		if request.end < request.start:
			raise InputError(f"--from {request.start} is after --to {request.end}.")
		period = Period(request.start, request.end + datetime.timedelta(days=1))
		return period, request.as_of or request.end, "given dates"
	as_of = request.as_of
	if as_of is None:
		latest = data.lines["date"].max()
		as_of = latest.date() if pd.notna(latest) else datetime.date.today()
	month, day = request.fiscal_year_start or request.mapping.fiscal_year_start or (1, 1)
	return resolve_window(request.window, as_of, month, day), as_of, request.window


def _between(lines: pd.DataFrame, period: Period) -> pd.DataFrame:
	return lines[(lines["date"] >= pd.Timestamp(period.start)) & (lines["date"] < pd.Timestamp(period.end))]


def build_facts(data: Dataset, period: Period, as_of: datetime.date) -> Facts:
	"""The engine's frames.

	Profitable Years counts back in twelve months from the end of the period, as far as the data cover them whole.
	"""
	lines = data.lines
	window = _between(lines, period)
	facts = Facts.empty(period, as_of)
	facts.customers = data.customers
	if not len(lines):
		return facts
	sales = window.assign(costed=window["cost"].notna())
	groups = sales.groupby(["customer", "item_group", "costed"], sort=True)
	facts.sales = groups[["qty", "net_sales"]].sum().reset_index().drop(columns="costed")
	facts.sales["cost"] = groups["cost"].sum(min_count=1).to_numpy()
	facts.prior = _between(lines, period.previous_year()).groupby("customer")["net_sales"].sum().reset_index()
	orders = lines[~lines["is_return"].astype(bool)]
	counted = _between(orders, period).groupby("customer")["document"].nunique()
	last = orders[orders["date"] <= pd.Timestamp(as_of)].groupby("customer")["date"].max()
	activity = pd.DataFrame({"documents": counted, "last_date": last})
	activity["documents"] = activity["documents"].fillna(0)
	facts.activity = activity.rename_axis("customer").reset_index()
	first = lines["date"].min().date().replace(day=1)
	years, end, ago = [], period.end, 0
	while True:
		past = twelve_months(end)
		if ago and past.start < first:
			break
		part = _between(lines, past)
		part = part.assign(gross_profit=part["net_sales"] - part["cost"])
		profit = part.groupby("customer")["gross_profit"].sum(min_count=1).reset_index()
		profit["years_ago"] = ago
		years.append(profit)
		end, ago = past.start, ago + 1
	facts.yearly = pd.concat(years, ignore_index=True)
	return facts


def twelve_months(end: datetime.date) -> Period:
	"""The twelve months before ``end``."""
	leap = end.month == 2 and end.day == 29
	return Period(end.replace(year=end.year - 1, day=28 if leap else end.day), end)


def filtered(request: Request, data: Dataset) -> set[str]:
	"""Customers inside the filters."""
	customers = data.customers
	keep = pd.Series(True, index=customers.index)
	if request.territory:
		known = set(data.territories.parent) | set(customers["territory"])
		if request.territory not in known:
			raise InputError(f'--territory: there is no territory "{request.territory}" in the data.')
		keep &= customers["territory"].isin(data.territories.below(request.territory))
	if request.customer_group:
		if request.customer_group not in set(customers["customer_group"]):
			raise InputError(
				f'--customer-group: there is no customer group "{request.customer_group}" in the data.'
			)
		keep &= customers["customer_group"] == request.customer_group
	return set(customers.loc[keep, "customer"])


def in_scope(data: Dataset, membership: pd.DataFrame, units: pd.Index, inside: set[str]) -> pd.Index:
	"""Units with at least one customer inside the filters that is neither disabled nor internal."""
	customers = data.customers
	open_ones = set(customers.loc[~customers["disabled"] & ~customers["is_internal_customer"], "customer"])
	wanted = set(membership.loc[membership["customer"].isin(inside & open_ones), "unit"])
	return units[[unit in wanted for unit in units]]


# putting it together


def assemble(
	request,
	data,
	criteria,
	source,
	period,
	as_of,
	window,
	facts,
	membership,
	measures,
	evaluation,
	proposals,
	accounts,
	inside,
) -> Result:
	"""All frames of the outputs."""
	units = measures.copy()
	names = data.names()
	customers = data.customers.set_index("customer")
	members = membership[membership["unit"].isin(units.index)]
	count = members.groupby("unit")["customer"].nunique()
	units.insert(0, "label", [names.get(unit, unit) for unit in units.index])
	units.insert(1, "customers", count.reindex(units.index).fillna(0).astype(int))
	by_unit = members.groupby("unit")["customer"].agg(list)
	for position, name in ((2, "customer_group"), (3, "territory")):
		texts = []
		for unit in units.index:
			found = list(
				dict.fromkeys(v for v in (customers[name].get(c, "") for c in by_unit.get(unit, [])) if v)
			)
			texts.append(", ".join(found))
		units.insert(position, name, pd.Series(texts, index=units.index, dtype=object))
	units = units.join(evaluation.results).join(proposals.frame)
	current = accounts.set_index("unit")
	units["status"] = pd.Series(
		[_get(current, u, "status") for u in units.index], index=units.index, dtype=object
	)
	units["account_level"] = pd.Series(
		[_get(current, u, "level") for u in units.index], index=units.index, dtype=object
	)

	sales, profit = measures["net_sales"], measures["gross_profit"]
	pareto_sales, pareto_profit = pareto(sales), pareto(profit)
	abc = two_way_abc(sales, profit)
	units = units.join(abc)
	before = measure_prior(facts, membership, units.index)
	moved = rank_movement(sales, before)
	matrix = quadrants(evaluation.results[["attractiveness", "strength"]], method=request.portfolio)
	units["quadrant"] = matrix["quadrant"]
	cuts = matrix.attrs["cuts"]
	portfolio = units[
		["label", "attractiveness", "strength", "quadrant", "net_sales", "potential", "proposal"]
	]

	internal = int((data.customers["is_internal_customer"] & data.customers["customer"].isin(inside)).sum())
	inwindow = _between(data.lines, period)
	inwindow = inwindow[inwindow["customer"].isin(inside)]
	prior_lines = _between(data.lines, period.previous_year())
	prior_lines = prior_lines[prior_lines["customer"].isin(inside)]
	costed = inwindow[inwindow["cost"].notna()]
	totals = {
		"net_sales": float(inwindow["net_sales"].sum()),
		"prior": float(prior_lines["net_sales"].sum()),
		"gross_profit": float((costed["net_sales"] - costed["cost"]).sum()) if len(costed) else None,
		"costed_sales": float(costed["net_sales"].sum()),
		"documents": int(inwindow["document"].nunique()),
		"returns": int(inwindow.loc[inwindow["is_return"].astype(bool), "document"].nunique()),
		"lines": len(inwindow),
		"lines_read": len(data.lines),
		"customers": int(data.customers["customer"].isin(inside).sum()) - internal,
		"buying": int((inwindow.groupby("customer")["net_sales"].sum() > 0).sum()),
		"units": len(units),
		"prior_documents": int(prior_lines["document"].nunique()),
	}
	warnings = [*proposals.warnings, *getattr(evaluation, "warnings", [])]
	outside = [unit for unit in accounts["unit"] if unit not in units.index]
	if outside:
		warnings.append(
			f"Key accounts not looked at, because their customers are disabled or outside the filters: {len(outside):,}."
		)
	if not len(inwindow):
		warnings.insert(0, f"There is no invoice from {period}. Check the window and the as-of date.")
	elif totals["prior_documents"] == 0:
		warnings.append(
			f"There is no invoice from {period.previous_year()}, so growth and movement are unknown."
		)
	filters = [f"Company: {data.company}"] if data.company else []
	if request.territory:
		filters.append(f"Territory: {request.territory} and everything below it")
	if request.customer_group:
		filters.append(f"Customer group: {request.customer_group}")
	notes = list(data.notes)
	disabled = data.customers[data.customers["disabled"] & data.customers["customer"].isin(inside)]
	if len(disabled):
		notes.append(
			f"Disabled customers are not looked at: {len(disabled):,}. Their sales are part of the company's totals."
		)
	units = units.sort_values("rank", kind="stable")
	return Result(
		title=request.title,
		criteria=criteria,
		criteria_source=source,
		period=period,
		before=period.previous_year(),
		as_of=as_of,
		currency=data.currency,
		company=data.company,
		filters=filters,
		window=window,
		units=units,
		lines=evaluation.lines,
		pareto_sales=pareto_sales,
		pareto_profit=pareto_profit,
		curve_sales=curve(pareto_sales),
		curve_profit=curve(pareto_profit),
		abc=abc,
		concentration=concentration(sales),
		ranking=moved,
		portfolio=portfolio.loc[units.index],
		cuts=cuts,
		totals=totals,
		notes=notes,
		warnings=warnings,
		files=data.files,
	)


def measure_prior(facts: Facts, membership: pd.DataFrame, units: pd.Index) -> pd.Series:
	"""Net sales of each unit in the same days one year earlier; 0 without any."""
	prior = facts.prior.merge(membership, on="customer") if len(facts.prior) else None
	if prior is None:
		return pd.Series(0.0, index=units)
	return prior.groupby("unit")["net_sales"].sum().reindex(units).fillna(0.0).astype(float)


def _get(frame: pd.DataFrame, unit, column: str):
	if unit not in frame.index:
		return None
	value = frame.at[unit, column]
	return value if isinstance(value, str) and value else None


def abc_matrix(result: Result) -> pd.DataFrame:
	"""Customers and net sales per class by sales (rows) and by gross profit (columns)."""
	frame = pd.DataFrame(
		{
			"sales": result.abc["sales_class"].where(result.abc["sales_class"].notna(), "none"),
			"margin": result.abc["margin_class"].where(result.abc["margin_class"].notna(), "none"),
			"net_sales": result.units["net_sales"].reindex(result.abc.index),
			"gross_profit": result.units["gross_profit"].reindex(result.abc.index),
		}
	)
	return frame.groupby(["sales", "margin"]).agg(
		customers=("net_sales", "size"), net_sales=("net_sales", "sum"), gross_profit=("gross_profit", "sum")
	)


def abc_table(result: Result) -> pd.DataFrame:
	"""Per class by net sales: customers, their percent, net sales, their percent."""
	frame = result.pareto_sales
	ranked = frame[frame["rank"].notna()]
	rows = []
	total, count = float(ranked["value"].sum()), len(ranked)
	for name in ("A", "B", "C"):
		part = ranked[ranked["abc_class"] == name]
		value = float(part["value"].sum())
		rows.append(
			(
				name,
				len(part),
				100.0 * len(part) / count if count else np.nan,
				value,
				100.0 * value / total if total else np.nan,
			)
		)
	rest = frame[frame["rank"].isna()]
	rows.append(("none", len(rest), np.nan, float(rest["value"].sum()), np.nan))
	return pd.DataFrame(rows, columns=["class", "customers", "customers_pct", "net_sales", "sales_pct"])


__all__ = ["NO_PROPOSAL", "Request", "Result", "abc_matrix", "abc_table", "run"]
