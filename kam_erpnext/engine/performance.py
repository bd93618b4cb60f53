"""Figures added up through nested trees and periods: what *Key Account Performance* shows.

A fact is an amount of one leaf of every dimension and of one day of a period: customer, item group, territory … Facts are
added up along paths: a path names the nodes from the top of the first tree to the node of the last one. A fact stands at
the nodes of its own path once, so the sum of the children (and of what a node holds itself) is always the parent.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from kam_erpnext.engine.periods import Period

WEEKLY, MONTHLY, QUARTERLY, YEARLY = "Weekly", "Monthly", "Quarterly", "Yearly"
NOT_KNOWN = ""  # leaf of a fact that names none, shown as "not assigned"
OWN = "\x00own"  # what stands at a node of a tree that also has nodes below it


def slices(period: Period, every: str) -> list[Period]:
	"""The period cut into weeks (Monday to Sunday, ISO), months, quarters or years; the first and last may be shorter.

	Quarters and years are those of the calendar year when the period begins on its first day, else they count from the
	first day of the period, so that a fiscal year has four quarters. Raises ValueError for an unknown word.
	"""
	found, start = [], period.start
	while start < period.end:
		end = min(_next(start, period.start, every), period.end)
		found.append(Period(start, end))
		start = end
	return found


def _next(start: date, first: date, every: str) -> date:
	if every == WEEKLY:
		return start + timedelta(days=7 - start.weekday())
	if every == MONTHLY:
		return _months_later(start.replace(day=1), 1)
	months = {QUARTERLY: 3, YEARLY: 12}.get(every)
	if not months:
		raise ValueError(f"Unknown cut {every!r}. Choose one of: {WEEKLY}, {MONTHLY}, {QUARTERLY}, {YEARLY}.")
	since = (start.year - first.year) * 12 + start.month - first.month
	later = _months_later(first, (since // months + 1) * months)
	return later if later > start else _months_later(first, (since // months + 2) * months)


def _months_later(day: date, months: int) -> date:
	year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
	return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Tree:
	"""Parents of the nodes of a dimension, None at the top; a flat list has no parents at all."""

	name: str
	parents: Mapping[str, str | None] = field(default_factory=dict)

	def path(self, leaf: str) -> tuple[str, ...]:
		"""Nodes from the top to the leaf. A node that is not known stands at the top. Raises ValueError for a circle."""
		found: list[str] = []
		node: str | None = leaf
		while node is not None:
			if node in found:
				raise ValueError(f"{self.name}: {node} lies below itself.")
			found.append(node)
			node = self.parents.get(node) or None
		return tuple(reversed(found))


@dataclass
class Node:
	"""A line of the report: `path` from the top, its figures by period, what stands at it by itself, and its children."""

	path: tuple[tuple[str, str], ...]
	values: pd.DataFrame  # index: number of the period, columns: figures
	children: list["Node"] = field(default_factory=list)

	@property
	def dimension(self) -> str:
		"""Dimension of the node."""
		return self.path[-1][0]

	@property
	def name(self) -> str:
		"""Name of the node within its dimension; OWN for what its parent holds by itself."""
		return self.path[-1][1]


def add_up(facts: pd.DataFrame, trees: Sequence[Tree], figures: Sequence[str], periods: int) -> list[Node]:
	"""The nodes of the first tree, each with those of the next tree within it.

	`facts` has a column for each tree (a leaf, NOT_KNOWN for none), `period` (0 to periods - 1) and the `figures`; NaN counts
	as 0. Nodes without any fact are left out; a node that holds facts by itself and has others below gets a child OWN, so
	that children always add up to their parent.
	"""
	return _level(facts, trees, figures, periods, ())


def _level(facts, trees, figures, periods, above) -> list[Node]:
	if not trees or facts.empty:
		return []
	tree = trees[0]
	leaves = facts[tree.name].fillna(NOT_KNOWN).astype(str)
	paths = {leaf: tree.path(leaf) for leaf in leaves.unique()}
	return _nodes(facts, leaves, paths, 0, trees, figures, periods, above)


def _nodes(facts, leaves, paths, depth, trees, figures, periods, above) -> list[Node]:
	"""Nodes at one depth of the paths of these leaves."""
	tree = trees[0]
	at = leaves.map(lambda leaf: paths[leaf][depth] if len(paths[leaf]) > depth else None)
	found = []
	for name in sorted(at.dropna().unique()):
		mask = at == name
		inside, of = facts[mask], leaves[mask]
		path = (*above, (tree.name, name))
		node = Node(path, _values(inside, figures, periods))
		deeper = of.map(lambda leaf: len(paths[leaf]) > depth + 1)
		if deeper.any():
			node.children = _nodes(
				inside[deeper], of[deeper], paths, depth + 1, trees, figures, periods, path
			)
			own = inside[~deeper]
			if len(own):
				held = Node((*path, (tree.name, OWN)), _values(own, figures, periods))
				held.children = _level(own, trees[1:], figures, periods, held.path)
				node.children.insert(0, held)
		else:
			node.children = _level(inside, trees[1:], figures, periods, path)
		found.append(node)
	return found


def _values(facts: pd.DataFrame, figures: Sequence[str], periods: int) -> pd.DataFrame:
	sums = facts.groupby("period")[list(figures)].sum()
	return sums.reindex(range(periods), fill_value=0.0).astype(float)


def total(nodes: Iterable[Node], figures: Sequence[str], periods: int) -> pd.DataFrame:
	"""Sum of the nodes at the top."""
	result = pd.DataFrame(0.0, index=range(periods), columns=list(figures))
	for node in nodes:
		result = result + node.values
	return result


def flat(nodes: Iterable[Node], depth: int = 0) -> list[tuple[int, Node]]:
	"""(depth, node) in the order of a tree report: parents before their children."""
	rows: list[tuple[int, Node]] = []
	for node in nodes:
		rows.append((depth, node))
		rows += flat(node.children, depth + 1)
	return rows


def converted(facts: pd.DataFrame, figures: Sequence[str], rates: Mapping[str, float]) -> pd.DataFrame:
	"""Amounts of several companies in one currency: figures * rate of the row's `currency`.

	Raises ValueError naming a currency without a rate: amounts are never left out or taken as they are.
	"""
	missing = sorted(set(facts["currency"]) - set(rates))
	if missing:
		raise ValueError(f"There is no exchange rate for {', '.join(missing)}.")
	result = facts.copy()
	rate = result["currency"].map(rates).astype(float)
	for name in figures:
		result[name] = result[name].astype(float) * rate
	return result
