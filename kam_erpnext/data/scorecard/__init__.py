"""The scorecard of key accounts: the one definition every report, page, alarm and snapshot of the app uses.

`read` answers for many accounts in a number of queries that does not grow with them, with the rights of one reader. The
figures of an account are those of its customers and of the accounts below it. Three numbers stay apart: **health** reads
documents only, **freshness** says how long ago what we know was confirmed, **completeness** how much is filled in.

What is not known is None and its text says why. Of a day that is long over only what documents tell by their own dates is
known; nobody can say later what the pipeline or a target was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from kam_erpnext.data.scorecard.values import Value
from kam_erpnext.engine.scorecard import OrderGap, Score

__all__ = ["AccountScore", "Deduction", "Line", "Part", "Value", "read"]


@dataclass(frozen=True)
class Line:
	"""A line of the scorecard: a KAM Scorecard Measure with what was measured and the points it gives.

	`key` is the name of the record and of its `engine.scorecard.Point`, `measure` the key of the catalogue. `points` 0 to
	100, `weight` percent of what is known in its perspective, `share` points of the perspective's score; None when not known.
	"""

	key: str
	label: str
	measure: str
	perspective: str
	worst: float
	best: float
	in_health: bool
	value: Value
	points: float | None
	weight: float | None
	share: float | None


@dataclass(frozen=True)
class Deduction:
	"""A risk that takes points off the health."""

	key: str
	points: float
	text: str


@dataclass(frozen=True)
class Part:
	"""A part of freshness or completeness: `value` 0 to 100; `text` says how it came about, `route` where to see it."""

	key: str
	label: str
	value: float
	text: str
	route: dict | None = None


@dataclass(frozen=True)
class AccountScore:
	"""What is known of an account on a day, as one reader sees it.

	`values` are by key of the catalogue, `score` and `perspectives` over the `lines`. `health_score` is what documents give
	before the `deductions`. `figures` are the money fields of a snapshot; None is not known, and `unknown` says why.
	"""

	account: str
	account_name: str
	company: str
	currency: str
	on: date
	values: dict[str, Value]
	lines: tuple[Line, ...]
	score: Score
	perspectives: dict[str, Score]
	health: float | None
	health_band: str | None
	health_score: Score
	deductions: list[Deduction]
	freshness: float | None
	freshness_parts: list[Part]
	completeness: float | None
	completeness_parts: list[Part]
	figures: dict[str, float | None]
	months: list[dict] = field(default_factory=list)  # forecast of the coming months by part
	unknown: dict[str, str] = field(default_factory=dict)  # figure -> why it is not known
	rhythm: OrderGap | None = (
		None  # how the last purchase stands against the usual gap, None without a rhythm
	)


def read(accounts: Sequence[str], company: str, on: date, user: str | None = None) -> dict[str, AccountScore]:
	"""Scorecards of those accounts the reader may see, at the end of the day `on`; `user` None is the session's user."""
	from kam_erpnext.data.scorecard.card import scores

	return scores(accounts, company, on, user)
