"""How far an objective and a plan have come, and how an objective stands."""

from collections.abc import Iterable
from datetime import date

OPEN, ON_TRACK, AT_RISK, ACHIEVED, MISSED, DROPPED = (
	"Open",
	"On Track",
	"At Risk",
	"Achieved",
	"Missed",
	"Dropped",
)
STATES = (OPEN, ON_TRACK, AT_RISK, ACHIEVED, MISSED, DROPPED)

# An objective is on track while its progress is at least this share of the time that has passed.
ON_TRACK_FROM = 0.9
DECIMALS = 6


def progress(
	baseline: float | None,
	target: float | None,
	value: float | None,
	accumulates: bool,
	higher_is_better: bool = True,
) -> float | None:
	"""Percent of the way to the target, neither cut off below 0 nor above 100.

	* A figure that accumulates starts at nothing when the plan starts: 100 x value / target.
	* Any other figure goes from the baseline to the target: 100 x (value - baseline) / (target - baseline). That holds
	for falling targets too: payment delay from 20 to 10 days, now 15, is 50 percent.
	* A limit (see `is_limit`) is 100 while it holds; beyond it 100 x limit / value for a ceiling, 100 x value / limit
	for a floor, not below 0.

	None when something needed is not known, or when the denominator is 0; but a value at or past the target is 100.
	"""
	if target is None or value is None:
		return None
	reached = at_target(target, value, higher_is_better)
	if is_limit(baseline, target, accumulates, higher_is_better):
		share, whole = (value, target) if higher_is_better else (target, value)
		return 100.0 if reached else max(100.0 * share / whole, 0.0) if whole > 0 else 0.0
	start = 0.0 if accumulates else baseline
	if start is None or target == start:
		return 100.0 if reached else None
	return round(100.0 * (value - start) / (target - start), DECIMALS)


def is_limit(
	baseline: float | None, target: float | None, accumulates: bool, higher_is_better: bool = True
) -> bool:
	"""Whether the target is a limit to keep within rather than a value to reach.

	So it is for what adds up and of which less is better (at most 10 complaints), and for a target on the worse side of
	the baseline: open issues, none today, shall not become more than 2; a margin of 38 shall not fall below 35.
	"""
	if accumulates:
		return not higher_is_better
	if baseline is None or target is None or baseline == target:
		return False
	return (target > baseline) != higher_is_better


def at_target(target: float | None, value: float | None, higher_is_better: bool = True) -> bool | None:
	"""Whether the value has reached the target, or keeps within the limit; None when not known."""
	if target is None or value is None:
		return None
	return value >= target if higher_is_better else value <= target


def state(
	progress: float | None,
	elapsed_share: float,
	due: date | None,
	today: date,
	current_state: str | None,
	judged: bool = False,
	reached: bool | None = None,
	limit: bool = False,
) -> str:
	"""How an objective stands: one of STATES.

	* Dropped stays, and so does everything people decide: an objective without a measure (`judged`), and Missed before
	the due day, which only people say.
	* Achieved from 100 percent on; an invoice that is returned later takes it back. A limit (see `is_limit`) is achieved
	when the due day is over.
	* After the due day Missed. Before it On Track while the progress is at least `ON_TRACK_FROM` of `elapsed_share`
	(0 to 1, the share of the time from the start to the due day that is over), else At Risk. Before the start Open.
	* Without a progress, `reached` (see `at_target`) decides between At Risk and Missed; when that is unknown as well
	the objective stays Open.
	"""
	current_state = current_state or OPEN
	if current_state == DROPPED or judged:
		return current_state
	overdue = due is not None and today > due
	if progress is None and reached is None:
		return current_state if current_state == MISSED else OPEN
	done = progress >= 100 if progress is not None else bool(reached)
	if done and not (limit and not overdue):
		return ACHIEVED
	if overdue or (current_state == MISSED and not done):
		return MISSED
	if limit:
		return ON_TRACK if done else AT_RISK
	if elapsed_share <= 0:
		return OPEN
	if progress is None:
		return AT_RISK
	return ON_TRACK if progress >= 100 * ON_TRACK_FROM * min(elapsed_share, 1.0) else AT_RISK


def plan_progress(items: Iterable[tuple[float, float | None]]) -> tuple[float | None, float]:
	"""Progress of a plan from (weight, progress) of its objectives, and the share of the weights that is answered.

	Weighted mean over the objectives whose progress is known, each cut to 0 to 100, so that one far beyond its target
	does not hide another. Weights need not add up to 100; if all are 0 they count alike. (None, 0.0) when nothing is
	known. Leave out objectives that were dropped.
	"""
	items = list(items)
	if any(weight < 0 for weight, _done in items):
		raise ValueError("The weight of an objective cannot be negative.")
	if items and not any(weight for weight, _done in items):
		items = [(1.0, done) for _weight, done in items]
	known = [(weight, min(max(done, 0.0), 100.0)) for weight, done in items if done is not None]
	answered = sum(weight for weight, _done in known)
	if not answered:
		return None, 0.0
	total = sum(weight for weight, _done in items)
	return sum(weight * done for weight, done in known) / answered, answered / total
