"""The roll-up as rows: figures of a node, what is derived from them, and the documents behind them."""

import frappe
from frappe import _

from kam_erpnext.data.performance import (
	ACCOUNT,
	COUNTS,
	CUSTOMER,
	DOCTYPES,
	FIGURES,
	ITEM_GROUP,
	SALES_PERSON,
	SEGMENT,
	TERRITORY,
	Facts,
)
from kam_erpnext.engine import forecast
from kam_erpnext.engine.forecast import Forecast
from kam_erpnext.engine.performance import NOT_KNOWN, OWN, Node
from kam_erpnext.engine.targets import required_run_rate

# what the columns of single slices can show
PER_SLICE = ("forecast", "actual", "target", "last_year", "variance")


def sums_of(node: Node) -> dict[str, float]:
	"""Figures of the whole period."""
	return dict(zip(node.figures, node.sums.sum(axis=0).tolist(), strict=True))


def derived(sums: dict[str, float], facts: Facts) -> dict[str, float | None]:
	"""Figures of a line as they are shown: None for what is not known.

	`variance` = actual less target; `attainment`, `forecast_attainment` and `pace` in percent; `run_rate` what must be sold
	on each day that is left; `growth` against the same days of last year.
	"""
	question, unknown = facts.question, facts.unknown
	known = {name: None if name in unknown else value for name, value in sums.items()}
	actual = known["actual"]
	target = known["target"] if sums["targets"] else None
	to_date = known["target_to_date"] if sums["targets"] else None
	expected = Forecast(actual, sums["orders"], known["pipeline"] or 0.0, known["baseline"]).total
	before = known["last_year_to_date"]
	return {
		"forecast": expected,
		"actual": actual,
		"orders": known["orders"],
		"pipeline": known["pipeline"],
		"baseline": known["baseline"],
		"target": target,
		"target_to_date": to_date,
		"variance": forecast.variance(actual, target),
		"attainment": forecast.attainment(actual, target),
		"forecast_attainment": forecast.attainment(expected, target),
		"pace": forecast.pace(actual, to_date),
		"run_rate": required_run_rate(target, actual, question.period, question.as_of),
		"last_year": known["last_year"],
		"last_year_to_date": before,
		"growth": forecast.ratio(actual - before, before),
	}


def total_of(facts: Facts) -> dict[str, float | None] | None:
	"""Everything as one line, without any of its parts; None when there is nothing."""
	if facts.frame.empty:
		return None
	return derived({name: float(facts.frame[name].sum()) for name in (*FIGURES, *COUNTS)}, facts)


def by_slice(node: Node, facts: Facts, figure: str) -> list[float | None]:
	"""One of PER_SLICE in every slice."""
	rows = (dict(zip(node.figures, row, strict=True)) for row in node.sums.tolist())
	return [derived(row, facts)[figure] for row in rows]


def label_of(node: Node, facts: Facts) -> str:
	"""Name of a line as people know it."""
	dimension, name = node.path[-1]
	if name == OWN:
		above = facts.labels.get(dimension, {}).get(node.path[-2][1], node.path[-2][1])
		return _("{0} itself").format(above)
	if name == NOT_KNOWN:
		return {
			ACCOUNT: _("No key account"),
			TERRITORY: _("No territory"),
			SALES_PERSON: _("No sales person"),
			SEGMENT: _("No market segment"),
			ITEM_GROUP: _("No item group"),
			CUSTOMER: _("Not by customer"),
		}[dimension]
	return facts.labels.get(dimension, {}).get(name, name)


def place_of(node: Node) -> dict[str, str | dict]:
	"""Where a line stands: the deepest node of every dimension on its path, `own` for those meant without what is below."""
	place: dict = {}
	own = []
	for dimension, name in node.path:
		if name == OWN:
			own.append(dimension)
		else:
			place[dimension] = name
	return {**place, "own": own} if own else place


def linked(node: Node) -> tuple[str, str] | None:
	"""Document a line stands for, as far as it is one."""
	dimension, name = node.path[-1]
	return None if name in (OWN, NOT_KNOWN) or dimension == SEGMENT else (DOCTYPES[dimension], name)


def may_read(doctype: str) -> bool:
	return bool(frappe.has_permission(doctype, "read"))
