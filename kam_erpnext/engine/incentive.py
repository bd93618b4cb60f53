"""Incentives: weighted measures, thresholds, caps and a pay-out curve. Every amount can be followed from the measure to the money."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# net sales alone decide at most half of an incentive
MOST_SALES = 50.0
MONEY, PERCENT, RATING, DAYS, NUMBER = "Money", "Percent", "Rating 1 to 5", "Days", "Number"


@dataclass(frozen=True)
class Measure:
	"""What can count. `unit` of target and actual; `target` that holds when nobody enters one, None: one must be entered.

	`grows`: the value adds up from day to day, so that before the end only a part of the target is due.
	"""

	unit: str
	target: float | None = None
	lower_is_better: bool = False
	grows: bool = False
	from_targets: bool = False  # the target comes from plans or from ERPNext unless one is entered
	is_sales: bool = False


SALES, MARGIN, MARGIN_GROWTH = "Net Sales against Target", "Margin", "Margin against Year Before"
MARGIN_PERCENT, OBJECTIVES, SATISFACTION = "Margin Percent", "Plan Objectives", "Satisfaction"
WALLET, CALLS, DELAY, ISSUES = "Share of Wallet", "Call Compliance", "Payment Delay", "Open Issues"
MEASURES = {
	SALES: Measure(MONEY, grows=True, from_targets=True, is_sales=True),
	MARGIN: Measure(MONEY, grows=True),
	# the target is entered in percent of the margin of the year before
	MARGIN_GROWTH: Measure(MONEY, target=100.0),
	MARGIN_PERCENT: Measure(PERCENT),
	OBJECTIVES: Measure(PERCENT, target=100.0),
	SATISFACTION: Measure(RATING),
	WALLET: Measure(PERCENT),
	CALLS: Measure(PERCENT, target=100.0),
	DELAY: Measure(DAYS, lower_is_better=True),
	ISSUES: Measure(NUMBER, lower_is_better=True),
}


@dataclass(frozen=True)
class Knot:
	"""A point of the pay-out curve: at `attainment` percent of the target `payout` percent of the incentive is paid."""

	attainment: float
	payout: float


# nothing below 80 %, all at 100 %, one and a half at 120 %
USUAL = (Knot(80.0, 50.0), Knot(100.0, 100.0), Knot(120.0, 150.0))


@dataclass(frozen=True)
class Line:
	"""A measure of a scheme: weight in percent, what is wanted and what was reached (None: not known).

	Below `threshold` percent nothing is paid for it; `cap` is the most it pays in percent, None for no limit.
	`lower_is_better`: the attainment is target ÷ actual.
	"""

	key: str
	weight: float
	target: float | None
	actual: float | None
	threshold: float = 0.0
	cap: float | None = None
	lower_is_better: bool = False


@dataclass(frozen=True)
class Paid:
	"""What a line pays: attainment and pay-out in percent (None: not known) and the amount."""

	key: str
	attainment: float | None
	payout: float | None
	amount: float


@dataclass(frozen=True)
class Statement:
	"""All lines, their sum before and after the cap of the scheme, and the share of the weight that is known."""

	lines: tuple[Paid, ...]
	before_cap: float
	amount: float
	known: float


def check(weights: Sequence[float], curve: Sequence[Knot], sales: float = 0.0) -> list[str]:
	"""What is wrong with a scheme; `sales` is the weight of net sales. Empty when nothing is, else keys:

	`weights` do not make 100, `sales` weigh too much, `negative`, `empty`, `order`, `falls` (the curve), `at_target` (the
	curve does not pay 100 % at 100 %, so that the amount at target would not be paid at the target).
	"""
	problems = []
	if abs(sum(weights) - 100.0) > 0.005:
		problems.append("weights")
	if any(weight < 0 for weight in weights) or any(k.payout < 0 or k.attainment < 0 for k in curve):
		problems.append("negative")
	if not curve:
		problems.append("empty")
	pairs = [*pairwise(curve)]
	if any(later.attainment <= earlier.attainment for earlier, later in pairs):
		problems.append("order")
	if any(later.payout < earlier.payout for earlier, later in pairs):
		problems.append("falls")
	if sales > MOST_SALES + 0.005:
		problems.append("sales")
	if curve and not {"order", "falls"} & {*problems} and abs(payout(100.0, curve) - 100.0) > 0.005:
		problems.append("at_target")
	return problems


def on_course(objectives: Sequence[tuple[float, float, float]]) -> float | None:
	"""Objectives as (weight, progress in percent, share of their time that is over, 0 to 1): percent that is on course.

	Progress ÷ time over, at most 100 % each, by weight; without any weight all count the same. Those whose time has not
	begun are left out, None when no other is there.
	"""
	begun = [(weight, progress, share) for weight, progress, share in objectives if share > 0]
	if not begun:
		return None
	whole = sum(weight for weight, _progress, _share in begun)
	done = sum(
		(weight if whole > 0 else 1.0) * min(max(progress, 0.0) / share, 100.0)
		for weight, progress, share in begun
	)
	return done / (whole if whole > 0 else len(begun))


def attainment(line: Line) -> float | None:
	"""Actual in percent of the target, or target of the actual where less is better; None when not known.

	A target of 0 or less cannot be measured against. Where less is better an actual of 0 or less is reached twice over.
	"""
	if line.target is None or line.actual is None or line.target <= 0:
		return None
	if line.lower_is_better:
		return 200.0 if line.actual <= 0 else min(100.0 * line.target / line.actual, 200.0)
	return 100.0 * line.actual / line.target


def payout(reached: float, curve: Sequence[Knot]) -> float:
	"""Percent paid at an attainment: straight lines between the knots, 0 below the first, the last one above it."""
	if reached < curve[0].attainment:
		return 0.0
	for earlier, later in pairwise(curve):
		if reached <= later.attainment:
			part = (reached - earlier.attainment) / (later.attainment - earlier.attainment)
			return earlier.payout + part * (later.payout - earlier.payout)
	return curve[-1].payout


def statement(
	lines: Sequence[Line], at_target: float, curve: Sequence[Knot] = USUAL, cap: float | None = None
) -> Statement:
	"""What a person gets: Σ amount at target * weight * pay-out, at most `cap` percent of the amount at target.

	What is not known pays nothing yet and is told by `known`.
	"""
	paid = []
	for line in lines:
		reached = attainment(line)
		share = None
		if reached is not None:
			share = 0.0 if reached < line.threshold else payout(reached, curve)
			if line.cap is not None:
				share = min(share, line.cap)
		paid.append(Paid(line.key, reached, share, at_target * line.weight / 100.0 * (share or 0.0) / 100.0))
	before = sum(row.amount for row in paid)
	most = before if cap is None else min(before, at_target * cap / 100.0)
	whole = sum(line.weight for line in lines)
	known = sum(line.weight for line, row in zip(lines, paid, strict=True) if row.attainment is not None)
	return Statement(tuple(paid), before, most, 100.0 * known / whole if whole > 0 else 0.0)
