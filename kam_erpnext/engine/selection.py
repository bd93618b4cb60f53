"""Selection: rank the units and propose what to do with each, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kam_erpnext.engine.wording import _

CANDIDATE = "Candidate"
ACTIVE = "Active"
ON_WATCH = "On Watch"
RETIRED = "Retired"
STATUSES = (CANDIDATE, ACTIVE, ON_WATCH, RETIRED)

ADD = "Add"
KEEP = "Keep"
PROMOTE = "Promote"
DEMOTE = "Demote"
RETIRE = "Retire"
NO_PROPOSAL = "None"
PROPOSALS = (ADD, KEEP, PROMOTE, DEMOTE, RETIRE, NO_PROPOSAL)

COUNTED_STATUSES = (ACTIVE, ON_WATCH)


@dataclass
class Proposals:
	"""frame: one row per unit; warnings: sentences for the person who validates the selection."""

	frame: pd.DataFrame
	warnings: list[str] = field(default_factory=list)


def propose(
	results: pd.DataFrame,
	measures: pd.DataFrame,
	accounts: pd.DataFrame,
	levels: Mapping[str, int],
	default_level: str | None,
	watch_first: bool = True,
	maximum: int | None = None,
) -> Proposals:
	"""Propose add, keep, promote, demote or retire for every unit of `results`.

	`results` comes from `criteria.evaluate`, `measures` from `measures.measure_units` (only net_sales is
	read), `accounts` has the columns unit, status (one of STATUSES) and level for units that are or were key
	accounts. `levels` maps a level to its rank, 1 = highest. `watch_first`: an active account that no longer
	passes goes On Watch before it is retired. `maximum`: warn above this many key accounts.

	The frame is indexed by unit in rank order: rank (score, then net sales, then name), proposal,
	proposed_status, proposed_level, reason. Key accounts after the run are those Active or On Watch,
	including accounts that were not measured in this run.
	Raises ValueError for an unknown status or level and for a unit listed twice.
	"""
	current = _current_accounts(accounts)
	if default_level is not None and default_level not in levels:
		raise ValueError(f"The default level {default_level!r} is not among the levels.")
	ordered = results.iloc[_rank_order(results, measures)]

	rows = []
	for row in _rows(ordered):
		status, level = current.get(row["unit"], (None, None))
		rows.append(_propose_one(row, status, level, levels, default_level, watch_first))
	columns = list(zip(*rows, strict=True)) if rows else [()] * 4
	frame = pd.DataFrame({"rank": np.arange(1, len(ordered) + 1)}, index=ordered.index)
	frame.index.name = "unit"
	for name, values in zip(
		("proposal", "proposed_status", "proposed_level", "reason"), columns, strict=True
	):
		frame[name] = pd.Series(list(values), index=frame.index, dtype=object)
	return Proposals(frame, _warnings(frame, current, maximum))


def _propose_one(row, status, level, levels, default_level, watch_first):
	passes = row["passes"]
	rule_level = row["level"]
	if rule_level is not None and rule_level not in levels:
		raise ValueError(f"The level {rule_level!r} of the criteria is not among the levels.")

	if passes is None:
		reason = _("Open: {0}").format(_open(row))
		if status is None or status == RETIRED:
			return NO_PROPOSAL, status, level, reason
		return KEEP, status, level, reason

	if passes is False:
		why = _unmet(row)
		if status is None:
			return NO_PROPOSAL, None, None, why
		if status == RETIRED:
			return NO_PROPOSAL, RETIRED, level, why
		if status == ACTIVE and watch_first:
			return DEMOTE, ON_WATCH, level, _("{0} Goes on watch before it is retired.").format(why)
		if status == ON_WATCH:
			return RETIRE, RETIRED, level, _("{0} Was already on watch.").format(why)
		return RETIRE, RETIRED, level, why

	why = _met(row)
	if status is None:
		return ADD, ACTIVE, rule_level or default_level, why
	if status == RETIRED:
		return ADD, ACTIVE, rule_level or level or default_level, _("{0} Was retired before.").format(why)
	target = rule_level or level or default_level
	if status == CANDIDATE:
		return PROMOTE, ACTIVE, target, _("{0} Was a candidate.").format(why)
	if status == ON_WATCH:
		return PROMOTE, ACTIVE, target, _("{0} Was on watch.").format(why)
	if level in levels and target in levels and levels[target] != levels[level]:
		if levels[target] < levels[level]:
			return (
				PROMOTE,
				ACTIVE,
				target,
				_("{0} Reaches level {1}, now {2}.").format(why, _(target), _(level)),
			)
		return DEMOTE, ACTIVE, target, _("{0} Falls to level {1}, now {2}.").format(why, _(target), _(level))
	return KEEP, ACTIVE, target, why


def _met(row) -> str:
	if not row["classification_total"]:
		return _sentence([_("passes the screening")], row)
	return _sentence([_meets(row)], row)


def _meets(row) -> str:
	return _("meets {0} of {1} criteria").format(row["classification_met"], row["classification_total"])


def _unmet(row) -> str:
	parts = []
	if row["qualifies"] is not True:
		parts.append(_meets(row))
	if row["screening_pass"] is False:
		parts.append(_("fails the screening"))
	if row.get("unmet"):
		parts.append(_("not met: {0}").format(_shortened(row["unmet"])))
	return _sentence(parts or [_("does not pass")], row)


def _open(row) -> str:
	if row.get("open"):
		names = _shortened(row["open"])
		return _("not known yet: {0}").format(names) + ("" if names.endswith("?") else ".")
	parts = []
	if row["qualifies"] is None:
		parts.append(
			_("{0} of {1} criteria are not known").format(
				row["classification_unknown"], row["classification_total"]
			)
		)
	if row["screening_pass"] is None:
		parts.append(_("a mandatory screening question is not answered"))
	return (f" {_('and')} ".join(parts) or _("something is not known")) + "."


def _shortened(labels: str, most: int = 5) -> str:
	names = [_(name) for name in labels.split("; ")]
	if len(names) <= most:
		return ", ".join(names)
	return _("{0} and {1} more").format(", ".join(names[:most]), len(names) - most)


def _sentence(parts, row) -> str:
	score = row["score"]
	if score is not None and not np.isnan(score):
		label = f" ({_(row['band'])})" if row["band"] else ""
		parts = [*parts, _("score {0}").format(f"{score:.1f}") + label]
	text = "; ".join(parts) + "."
	return text[0].upper() + text[1:]


def _rows(results: pd.DataFrame):
	names = [
		"passes",
		"qualifies",
		"screening_pass",
		"level",
		"score",
		"band",
		"classification_met",
		"classification_unknown",
		"classification_total",
	]
	names += [name for name in ("unmet", "open") if name in results.columns]
	missing = [name for name in names if name not in results.columns]
	if missing:
		raise ValueError(f"results: missing column {', '.join(missing)}.")
	columns = []
	for name in names:
		values = list(results[name])
		if name in ("passes", "qualifies", "screening_pass"):
			values = [None if pd.isna(value) else bool(value) for value in values]
		elif name in ("level", "band", "unmet", "open"):
			values = [value if isinstance(value, str) and value else None for value in values]
		columns.append(values)
	for unit, *values in zip(results.index, *columns, strict=True):
		yield {"unit": unit, **dict(zip(names, values, strict=True))}


def _rank_order(results: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
	score = pd.to_numeric(results["score"]).to_numpy(dtype=float, na_value=np.nan)
	sales = (
		measures["net_sales"].reindex(results.index).to_numpy(dtype=float, na_value=np.nan)
		if "net_sales" in measures.columns
		else np.full(len(results), np.nan)
	)
	order = pd.DataFrame(
		{
			"score": np.round(-score, 9),
			"sales": -sales,
			"name": pd.Series([str(unit) for unit in results.index], dtype=object),
		}
	)
	return order.sort_values(["score", "sales", "name"], kind="stable", na_position="last").index.to_numpy()


def _current_accounts(accounts: pd.DataFrame | None) -> dict:
	if accounts is None or accounts.empty:
		return {}
	missing = [name for name in ("unit", "status", "level") if name not in accounts.columns]
	if missing:
		raise ValueError(f"accounts: missing column {', '.join(missing)}.")
	current = {}
	for unit, status, level in zip(accounts["unit"], accounts["status"], accounts["level"], strict=True):
		if unit in current:
			raise ValueError(f"accounts: {unit!r} is listed more than once.")
		if status not in STATUSES:
			raise ValueError(
				f"accounts: {unit!r} has the unknown status {status!r}. Choose one of: {', '.join(STATUSES)}."
			)
		current[unit] = (status, level if isinstance(level, str) and level else None)
	return current


def _warnings(frame: pd.DataFrame, current: dict, maximum: int | None) -> list[str]:
	if maximum is None:
		return []
	after = int(frame["proposed_status"].isin(COUNTED_STATUSES).sum())
	measured = set(frame.index)
	after += sum(
		1 for unit, (status, _level) in current.items() if unit not in measured and status in COUNTED_STATUSES
	)
	if after <= maximum:
		return []
	return [
		_(
			"This selection leads to {0} key accounts, more than the maximum of {1}. "
			"Tighten the criteria or raise the maximum in the settings."
		).format(after, maximum)
	]
