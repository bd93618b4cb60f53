"""Targets of the nodes of a tree, item group by item group, so that nothing counts twice.

A target of a single node adds to those below it. A target for the whole subtree (a plan of scope Whole Account, the target
of a group of territories) stands for everything below as well: what is given to the nodes below is its breakdown. What it
counts for by itself is its value less theirs, taken off the line of the nearest item group above, and off all its lines in
proportion where it has no such line. So the lines of a subtree always add up to the value of its whole target, in all and
over every interval, as `rollup.contributions` does for totals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

EVERYTHING = ""  # item group of a line that takes what no other line takes


@dataclass(frozen=True, eq=False)
class TargetLine:
	"""One line of a target: amounts by interval, of an item group or EVERYTHING, in force in some of the intervals.

	`plan` tells which lines belong together; `whole` whether they stand for the whole subtree of `node`.
	"""

	plan: str
	node: str
	whole: bool
	item_group: str
	amounts: np.ndarray
	in_force: np.ndarray


def own_lines(
	parents: Mapping[str, str | None],
	lines: Sequence[TargetLine],
	group_parents: Mapping[str, str | None],
	at_least_below: bool = False,
) -> list[TargetLine]:
	"""What every line counts for by itself, in the order of `lines`.

	`parents` is the tree of nodes, `group_parents` that of item groups. With `at_least_below` a whole target that is smaller
	than the sum below it counts nothing: the subtree then has what was given below. Raises ValueError for an unknown node.
	"""
	strange = [line.node for line in lines if line.node not in parents]
	if strange:
		raise ValueError(f"There is no {strange[0]} in the tree.")
	result = list(lines)
	of_node: dict[str, dict[str, list[int]]] = {}
	for index, line in enumerate(lines):
		of_node.setdefault(line.node, {}).setdefault(line.plan, []).append(index)
	below: dict[str, dict[str, np.ndarray]] = {}
	for node in _deepest_first(parents, of_node):
		under = below.pop(node, {})
		counted: dict[str, np.ndarray] = {group: amounts.copy() for group, amounts in under.items()}
		for indexes in of_node.get(node, {}).values():
			own = [lines[index] for index in indexes]
			amounts = _less(own, under, group_parents) if own[0].whole else [line.amounts for line in own]
			if own[0].whole and at_least_below and sum(part.sum() for part in amounts) <= 0:
				amounts = [np.zeros_like(part) for part in amounts]
			for index, line, part in zip(indexes, own, amounts, strict=True):
				result[index] = replace(line, amounts=part)
				counted[line.item_group] = counted.get(line.item_group, 0.0) + part
		parent = parents[node]
		if parent in parents and counted:
			above = below.setdefault(parent, {})
			for group, part in counted.items():
				above[group] = above.get(group, 0.0) + part
	return result


def line_of(item_group: str, lines: Mapping[str, int], group_parents: Mapping[str, str | None]) -> int | None:
	"""The line of the item group or of the nearest one above it, else the one for EVERYTHING; None without any."""
	seen: set[str] = set()
	group: str | None = item_group
	while group and group not in seen:
		if group in lines:
			return lines[group]
		seen.add(group)
		group = group_parents.get(group)
	return lines.get(EVERYTHING)


def _less(
	own: Sequence[TargetLine], under: Mapping[str, np.ndarray], group_parents: Mapping[str, str | None]
) -> list[np.ndarray]:
	"""Amounts of a whole target less what is given below it while it is in force."""
	places: dict[str, int] = {}
	for place, line in enumerate(own):
		places.setdefault(line.item_group, place)
	result = [line.amounts.astype(float) for line in own]
	loose = np.zeros_like(result[0])
	for group, amounts in under.items():
		part = np.where(own[0].in_force, amounts, 0.0)
		place = line_of(group, places, group_parents)
		if place is None:
			loose = loose + part
		else:
			result[place] = result[place] - part
	if loose.any():
		weights = np.array([line.amounts.sum() for line in own], dtype=float)
		weights = weights / weights.sum() if weights.sum() else np.full(len(own), 1.0 / len(own))
		result = [part - loose * weight for part, weight in zip(result, weights, strict=True)]
	return result


def _deepest_first(parents: Mapping[str, str | None], of_node: Mapping) -> list[str]:
	"""Nodes with lines and those above them, children before their parents. Raises ValueError for a circle."""
	depth: dict[str, int] = {}
	for node in of_node:
		path: list[str] = []
		step: str | None = node
		while step in parents and step not in depth:
			if step in path:
				raise ValueError(f"{step} lies below itself.")
			path.append(step)
			step = parents[step]
		start = depth[step] + 1 if step in depth else 0
		for steps, name in enumerate(reversed(path)):
			depth[name] = start + steps
	return sorted(depth, key=lambda name: -depth[name])
