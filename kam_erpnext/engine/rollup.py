"""Plans added up through a tree, each one counted once.

A plan of scope Own Customers adds to the plans below it. A plan of scope Whole Account stands for everything below it
as well: the plans below are its breakdown. What a plan counts for by itself (`contributions`) is therefore its value,
less what the plans below a Whole Account plan count for. Summed over any tree (accounts, territories, sales people)
the contributions never count anything twice, and over a Whole Account they give exactly the value of its plan.
"""

from collections.abc import Sequence

import pandas as pd

OWN_CUSTOMERS, WHOLE_ACCOUNT = "Own Customers", "Whole Account"


def roll_up(nodes: pd.DataFrame, plans: pd.DataFrame, values: Sequence[str] = ("target",)) -> pd.DataFrame:
	"""Consolidated values of every account.

	`nodes` has `node, parent` (a parent that is not among the nodes counts as none). `plans` has `plan, node, scope`
	and the columns `values`, all in one currency, NaN = not known; at most one plan per node.

	Returns a frame indexed by node, in the order of `nodes`: `plan`, `plans` (how many are in the total), and for each
	value `<value>` (consolidated), `<value>_own` (of the node's own plan), `<value>_below` (of everything below),
	`<value>_not_distributed` (Whole Account only: plan less what is planned below, negative when too much is) and
	`<value>_unknown` (number of plans at and below the node whose value is not known). A node without any plan has NaN.
	Raises ValueError for two plans on a node, an unknown node and a circle in the tree.
	"""
	twice = plans["node"][plans["node"].duplicated()]
	if len(twice):
		raise ValueError(f"Account {twice.iloc[0]} has more than one plan.")
	parents = _parents(nodes)
	counted = contributions(nodes, plans, values)
	result = add_up(nodes, counted, values)
	by_node = plans.set_index("node")
	result.insert(0, "plan", by_node["plan"].reindex(result.index))
	whole = (by_node["scope"] == WHOLE_ACCOUNT).reindex(result.index, fill_value=False).astype(bool)
	for name in values:
		own = by_node[name].astype(float).reindex(result.index)
		below = _sum_of_children(result[name], parents)
		result[f"{name}_own"] = own
		result[f"{name}_below"] = below
		result[f"{name}_not_distributed"] = (own - below.fillna(0.0)).where(whole)
	return result


def contributions(
	accounts: pd.DataFrame, plans: pd.DataFrame, values: Sequence[str] = ("target",)
) -> pd.DataFrame:
	"""What each plan counts for by itself, in the order of `plans`: the same columns, `values` replaced.

	`accounts` is the tree of accounts with `node, parent`. A Whole Account plan whose value is not known counts 0,
	so that the plans below it still count. Adds `<value>_unknown` (0 or 1).
	"""
	parents = _parents(accounts)
	strange = [node for node in plans["node"] if node not in parents]
	if strange:
		raise ValueError(f"There is no account {strange[0]} in the tree.")
	depth = _depths(parents)
	result = plans.copy()
	for name in values:
		result[name] = plans[name].astype(float)
		result[f"{name}_unknown"] = result[name].isna().astype(int)
		subtree = dict.fromkeys(parents, 0.0)
		positions = {node: index for index, node in enumerate(plans["node"])}
		amounts = result[name].tolist()
		for node in sorted(parents, key=lambda node: -depth[node]):  # deepest first
			if node in positions:
				index = positions[node]
				if amounts[index] == amounts[index]:
					if plans["scope"].iloc[index] == WHOLE_ACCOUNT:
						amounts[index] -= subtree[node]
					subtree[node] += amounts[index]
				elif plans["scope"].iloc[index] == WHOLE_ACCOUNT:
					amounts[index] = 0.0
			parent = parents[node]
			if parent is not None:
				subtree[parent] += subtree[node]
		result[name] = amounts
	return result


def add_up(nodes: pd.DataFrame, counted: pd.DataFrame, values: Sequence[str] = ("target",)) -> pd.DataFrame:
	"""Sums of contributions over the subtrees of any tree.

	`nodes` has `node, parent`; `counted` has `node` and the columns of `contributions`, any number of rows per node;
	rows of an unknown node are an error. Returns a frame indexed by node: `plans`, each value (NaN when no plan with a
	known value is below) and `<value>_unknown`.
	"""
	parents = _parents(nodes)
	strange = [node for node in counted["node"] if node not in parents]
	if strange:
		raise ValueError(f"There is no {strange[0]} in the tree.")
	depth = _depths(parents)
	index = pd.Index(list(parents), name="node", dtype=object)
	columns = ["plans", *values, *(f"{name}_unknown" for name in values)]
	sums = {node: dict.fromkeys(columns, 0.0) | {f"{name}_known": 0 for name in values} for node in parents}
	for row in counted.to_dict("records"):
		total = sums[row["node"]]
		total["plans"] += 1
		for name in values:
			known = row[name] == row[name] and row[name] is not None
			missing = int(row.get(f"{name}_unknown", not known))
			total[name] += row[name] if known else 0.0
			total[f"{name}_unknown"] += missing
			total[f"{name}_known"] += int(not missing)
	for node in sorted(parents, key=lambda node: -depth[node]):
		parent = parents[node]
		if parent is not None:
			for column in sums[node]:
				sums[parent][column] += sums[node][column]
	result = pd.DataFrame(
		{column: [sums[node][column] for node in parents] for column in columns}, index=index
	)
	for name in values:
		known = pd.Series([sums[node][f"{name}_known"] for node in parents], index=index, dtype=float)
		result[name] = result[name].astype(float).round(6).where(known > 0)
		result[f"{name}_unknown"] = result[f"{name}_unknown"].astype(int)
	result["plans"] = result["plans"].astype(int)
	return result


def _parents(nodes: pd.DataFrame) -> dict:
	"""Node -> parent or None, in the order given."""
	names = nodes["node"].tolist()
	known = set(names)
	if len(known) != len(names):
		raise ValueError("A node of the tree is listed twice.")
	return {
		node: parent if parent in known else None for node, parent in zip(names, nodes["parent"], strict=True)
	}


def _depths(parents: dict) -> dict:
	"""Node -> number of nodes above it."""
	depth: dict = {}
	for node in parents:
		path = []
		while node is not None and node not in depth:
			if node in path:
				raise ValueError(f"{node} stands above itself in the tree.")
			path.append(node)
			node = parents[node]
		start = depth[node] + 1 if node is not None else 0
		for steps, member in enumerate(reversed(path)):
			depth[member] = start + steps
	return depth


def _sum_of_children(values: pd.Series, parents: dict) -> pd.Series:
	"""Per node the sum of its children's consolidated values; NaN when none has one."""
	parent = pd.Series(parents, dtype=object).reindex(values.index)
	sums = values.groupby(parent).sum(min_count=1)
	return sums.reindex(values.index).astype(float)
