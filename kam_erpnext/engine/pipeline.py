"""The pipeline as arithmetic: every euro of a deal in one place, weights, coverage, age, gates, won and lost.

A deal has an estimate and documents. What its documents say wins over the estimate, and the later document over the
earlier one: invoiced, then ordered and not invoiced, then quoted and not ordered, then what is left of the estimate (the
idea). So the parts of a deal that is open add up to the larger one of its estimate and its documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

OPEN, ON_HOLD, WON, LOST, DROPPED = "Open", "On Hold", "Won", "Lost", "Dropped"
LIVE = (OPEN, ON_HOLD)
GIVEN_UP = (LOST, DROPPED)

IDEA, OPPORTUNITY, QUOTATION, ORDER, INVOICE = "Idea", "Opportunity", "Quotation", "Order", "Invoice"

CENTS = 2


# ---------------------------------------------------------------- each euro once


def counted_quotations(quotations: pd.DataFrame, last_orders: Mapping[str, date]) -> list[str]:
	"""Quotations of which the rest counts: of the valid ones of a deal, which are alternatives, the highest.

	`quotations` has `quotation, deal, dated, rest` (value that is not ordered) and `has_orders`. `last_orders` tells the day
	of the last order of a deal. Once something is ordered, what the customer did not choose is out: only quotations out of
	which something was ordered, and those made after the last order, still count. Of equals the later one counts.
	"""
	chosen: dict[str, tuple] = {}
	for row in quotations.itertuples(index=False):
		last = last_orders.get(row.deal)
		if last is not None and not row.has_orders and row.dated <= last:
			continue
		if row.rest <= 0:
			continue
		held = chosen.get(row.deal)
		candidate = (row.rest, row.dated, row.quotation)
		if held is None or candidate > held:
			chosen[row.deal] = candidate
	return [candidate[2] for candidate in chosen.values()]


def split_value(deals: pd.DataFrame) -> pd.DataFrame:
	"""The parts of deals: `deals` with `idea, quoted, ordered, invoiced, amount, open` (the index is kept).

	`deals` has `status, estimate` (NaN = not known), `quoted` (valid, not ordered), `ordered` (not invoiced) and `invoiced`
	(net of returns). Nothing of a deal that is lost or dropped is quoted or an idea any more; a deal that is won has no idea
	left, only what of its quotation is not ordered yet. Amount = all four parts, open = idea + quoted.
	"""
	result = deals.copy()
	given_up = result["status"].isin(GIVEN_UP)
	live = result["status"].isin(LIVE)
	result["quoted"] = result["quoted"].astype(float).where(~given_up, 0.0)
	done = result["quoted"] + result["ordered"] + result["invoiced"].clip(lower=0.0)
	rest = (result["estimate"].astype(float).fillna(0.0) - done).clip(lower=0.0)
	result["idea"] = rest.where(live, 0.0).round(CENTS)
	result["open"] = result["idea"] + result["quoted"]
	result["amount"] = result["open"] + result["ordered"] + result["invoiced"]
	return result


def share_out(total: float, weights: Mapping, digits: int = CENTS) -> dict:
	"""`total` in proportion to positive weights, exact at `digits`: what rounding leaves goes to the largest weight.

	Without any positive weight everything goes to None, which stands for what is not known.
	"""
	positive = {key: float(weight) for key, weight in weights.items() if weight and weight > 0}
	if not positive:
		return {None: total} if total else {}
	whole = sum(positive.values())
	result = {key: round(total * weight / whole, digits) for key, weight in positive.items()}
	largest = max(positive, key=lambda key: positive[key])
	result[largest] = round(total - sum(amount for key, amount in result.items() if key != largest), digits)
	return result


def split_idea(idea: float, expected: Mapping, documents: Mapping) -> dict:
	"""What is left of an estimate by item group; adds up to `idea`.

	`expected` are the weights of the item groups in the estimate, `documents` what quotations, orders and invoices already
	say. An item group gets what its share of estimate is larger than its documents; if none has anything left, its share.
	"""
	if not idea:
		return {}
	whole = idea + sum(amount for amount in documents.values() if amount > 0)
	wanted = share_out(whole, expected)
	left = {key: amount - max(documents.get(key, 0.0), 0.0) for key, amount in wanted.items()}
	if not any(amount > 0 for amount in left.values()):
		left = wanted
	return share_out(idea, left)


def stage_of(idea_only: str, quoted: float, ordered: float, invoiced: float) -> str:
	"""The furthest document of a deal; `idea_only` is the stage without any."""
	if invoiced:
		return INVOICE
	if ordered:
		return ORDER
	return QUOTATION if quoted else idea_only


# ---------------------------------------------------------------- weighted value and coverage


def weighted_value(deals: pd.DataFrame) -> pd.Series:
	"""Open value times probability; NaN where the probability is not known, 0 while on hold or with nothing open."""
	value = deals["open"].astype(float) * deals["probability"].astype(float) / 100.0
	value = value.where(deals["status"] != ON_HOLD, 0.0)
	return value.where(deals["open"] != 0, 0.0)


@dataclass(frozen=True)
class Totals:
	"""Sums over deals; `weighed_share` is the percentage of the open value whose probability is known, None without any."""

	deals: int
	open: float
	weighted: float
	ordered: float
	invoiced: float
	on_hold: float
	without_value: int
	weighed_share: float | None


def totals(deals: pd.DataFrame) -> Totals:
	"""Adds up deals with `status, estimate, open, ordered, invoiced, probability`. What is on hold stands apart."""
	held = deals["status"] == ON_HOLD
	live = deals["status"].isin(LIVE)
	running = deals[~held]
	opened = float(running["open"].sum())
	known = float(running.loc[running["probability"].notna(), "open"].sum())
	no_document = (deals["ordered"] == 0) & (deals["invoiced"] == 0)
	return Totals(
		deals=int((~held & (live | (deals["open"] > 0))).sum()),
		open=opened,
		weighted=float(weighted_value(running).sum()),
		ordered=float(deals["ordered"].sum()),
		invoiced=float(deals["invoiced"].sum()),
		on_hold=float(deals.loc[held, "open"].sum()),
		without_value=int((live & deals["estimate"].isna() & (deals["open"] == 0) & no_document).sum()),
		weighed_share=100.0 * known / opened if opened > 0 else None,
	)


def coverage(amount: float | None, remaining: float | None) -> float | None:
	"""How many times an amount covers what is missing to a target; None when that is not known or nothing is missing."""
	if amount is None or remaining is None or remaining <= 0:
		return None
	return amount / remaining


# ---------------------------------------------------------------- age


def age_bands(days: int) -> list[tuple[int, int | None]]:
	"""Bands of days for a threshold: up to a third, to two thirds, to the whole, to twice it, and beyond."""
	third = max(1, round(days / 3))
	edges = sorted(
		{0, third, max(third + 1, round(2 * days / 3)), max(third + 2, days), max(third + 3, 2 * days)}
	)
	return [(low, high) for low, high in zip(edges, [*edges[1:], None], strict=True)]


def ageing(deals: pd.DataFrame, bands: Sequence[tuple[int, int | None]]) -> pd.DataFrame:
	"""`from_days, to_days, deals, open`: number and open value of deals by age; a band holds low < age <= high.

	The first band holds age 0 as well. `deals` has `age` (days) and `open`; a deal without an age is in no band.
	"""
	rows = []
	for index, (low, high) in enumerate(bands):
		inside = deals["age"] > low if index else deals["age"] >= low
		if high is not None:
			inside &= deals["age"] <= high
		rows.append((low, high, int(inside.sum()), float(deals.loc[inside, "open"].sum())))
	return pd.DataFrame(rows, columns=["from_days", "to_days", "deals", "open"])


# ---------------------------------------------------------------- gates


def gate_conversion(gates: pd.DataFrame) -> pd.DataFrame:
	"""How many pass each gate: `template, gate, reached, passed, stopped, waiting, conversion, days, reworks`.

	`gates` has a row per opportunity and gate in their order: `opportunity, template, gate, outcome, begun_on` (decision of
	the gate before, or the start), `decided_on, reworks, status` of the opportunity. The first gate not passed is the one an
	opportunity stands at: waiting while it is live, stopped when it was lost or dropped. Conversion = passed / (passed +
	stopped) in percent, None when nobody was decided on; days = average from gate to gate of those passed.
	"""
	stands = set()
	counts: dict[tuple, dict] = {}
	for row in gates.itertuples(index=False):
		count = counts.setdefault(
			(row.template, row.gate), {"passed": 0, "stopped": 0, "waiting": 0, "reworks": 0, "days": []}
		)
		if row.opportunity in stands:
			continue
		count["reworks"] += int(row.reworks or 0)
		if row.outcome == "Pass":
			count["passed"] += 1
			if row.decided_on is not None and row.begun_on is not None:
				count["days"].append((row.decided_on - row.begun_on).days)
			continue
		stands.add(row.opportunity)
		if row.outcome == "Stop" or row.status in GIVEN_UP:
			count["stopped"] += 1
		elif row.status in LIVE:
			count["waiting"] += 1
	rows = []
	for (template, gate), count in counts.items():
		decided = count["passed"] + count["stopped"]
		rows.append(
			(
				template,
				gate,
				decided + count["waiting"],
				count["passed"],
				count["stopped"],
				count["waiting"],
				100.0 * count["passed"] / decided if decided else None,
				sum(count["days"]) / len(count["days"]) if count["days"] else None,
				count["reworks"],
			)
		)
	names = ["template", "gate", "reached", "passed", "stopped", "waiting", "conversion", "days", "reworks"]
	return pd.DataFrame(rows, columns=names, dtype=object)


# ---------------------------------------------------------------- won and lost


@dataclass(frozen=True)
class WinRate:
	"""Won against lost; rates in percent, None when nothing was decided or no value is known."""

	won: int
	lost: int
	dropped: int
	won_value: float
	lost_value: float
	dropped_value: float
	rate: float | None
	rate_by_value: float | None
	days_to_win: float | None


def decided_value(deals: pd.DataFrame) -> pd.Series:
	"""What a deal was worth when it was decided: of a won one its orders and invoices, else what was expected of it."""
	documents = deals["ordered"].astype(float) + deals["invoiced"].astype(float)
	estimate = deals["estimate"].astype(float)
	return estimate.where(~((deals["status"] == WON) & (documents > 0)), documents)


def win_rate(deals: pd.DataFrame) -> WinRate:
	"""Win rate by number and by value of deals with `status, estimate, ordered, invoiced, age`.

	What we dropped ourselves is told, but is in no rate. A deal whose value is not known counts by number only.
	"""
	value = decided_value(deals)
	number = {status: int((deals["status"] == status).sum()) for status in (WON, LOST, DROPPED)}
	worth = {status: float(value[deals["status"] == status].sum()) for status in (WON, LOST, DROPPED)}
	decided, decided_worth = number[WON] + number[LOST], worth[WON] + worth[LOST]
	days = deals.loc[deals["status"] == WON, "age"].dropna().astype(float)
	return WinRate(
		won=number[WON],
		lost=number[LOST],
		dropped=number[DROPPED],
		won_value=worth[WON],
		lost_value=worth[LOST],
		dropped_value=worth[DROPPED],
		rate=100.0 * number[WON] / decided if decided else None,
		rate_by_value=100.0 * worth[WON] / decided_worth if decided_worth > 0 else None,
		days_to_win=float(days.mean()) if len(days) else None,
	)
