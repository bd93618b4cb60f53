"""Figures added up through nested trees and periods: what *Key Account Performance* shows.

A fact is an amount of one leaf of every dimension and of one day of a period: customer, item group, territory … Facts are
added up along paths: a path names the nodes from the top of the first tree to the node of the last one. A fact stands at
the nodes of its own path once, so the sum of the children (and of what a node holds itself) is always the parent.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
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
	"""A line of the report: `path` from the top, `sums` by period and figure, and its children."""

	path: tuple[tuple[str, str], ...]
	sums: np.ndarray
	figures: tuple[str, ...]
	children: list["Node"] = field(default_factory=list)

	@property
	def dimension(self) -> str:
		"""Dimension of the node."""
		return self.path[-1][0]

	@property
	def name(self) -> str:
		"""Name of the node within its dimension; OWN for what its parent holds by itself."""
		return self.path[-1][1]

	@property
	def values(self) -> pd.DataFrame:
		"""The sums as a frame: one row per period, one column per figure."""
		return pd.DataFrame(self.sums, columns=list(self.figures))

	def of(self, figure: str) -> np.ndarray:
		"""One figure by period."""
		return self.sums[:, self.figures.index(figure)]


def add_up(facts: pd.DataFrame, trees: Sequence[Tree], figures: Sequence[str], periods: int) -> list[Node]:
	"""The nodes of the first tree, each with those of the next tree within it.

	`facts` has a column for each tree (a leaf, NOT_KNOWN for none), `period` (0 to periods - 1) and the `figures`; NaN counts
	as 0. Nodes without any fact are left out; a node that holds facts by itself and has others below gets a child OWN, so
	that children always add up to their parent.
	"""
	if facts.empty or not trees:
		return []
	leaves = [facts[tree.name].fillna(NOT_KNOWN).astype(str) for tree in trees]
	keys = pd.MultiIndex.from_arrays(leaves)
	place, unique = pd.factorize(keys)
	sums = np.zeros((len(unique), periods, len(figures)))
	np.add.at(sums, (place, facts["period"].to_numpy(int)), facts[list(figures)].fillna(0.0).to_numpy(float))
	return _nodes(_paths(list(unique), trees), sums, tuple(figures))


def _paths(leaves: Sequence[tuple[str, ...]], trees: Sequence[Tree]) -> list[tuple[tuple[str, str], ...]]:
	"""Path of every combination of leaves through all trees, with OWN where others lie deeper in the same tree."""
	found: list[tuple[tuple[str, str], ...]] = [()] * len(leaves)
	for level, tree in enumerate(trees):
		known: dict[str, tuple[tuple[str, str], ...]] = {}
		deeper: set[tuple[tuple[str, str], ...]] = set()
		for index, leaf in enumerate(combination[level] for combination in leaves):
			if leaf not in known:
				known[leaf] = tuple((tree.name, node) for node in tree.path(leaf))
			above, below = found[index], known[leaf]
			deeper.update(above + below[:depth] for depth in range(1, len(below)))
			found[index] = above + below
		found = [(*path, (tree.name, OWN)) if path in deeper else path for path in found]
	return found


def _nodes(
	paths: Sequence[tuple[tuple[str, str], ...]], sums: np.ndarray, figures: tuple[str, ...]
) -> list[Node]:
	"""Nodes of all paths with what stands at and below them, in order of their names, OWN first."""
	nodes: dict[tuple[tuple[str, str], ...], Node] = {}
	for path, values in zip(paths, sums, strict=True):
		for depth in range(1, len(path) + 1):
			node = nodes.get(path[:depth])
			if node is None:
				nodes[path[:depth]] = Node(path[:depth], values.copy(), figures)
			else:
				node.sums += values
	top: list[Node] = []
	for path in sorted(nodes, key=lambda path: path[-1][1]):
		(nodes[path[:-1]].children if len(path) > 1 else top).append(nodes[path])
	return top


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
