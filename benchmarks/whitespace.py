#!/usr/bin/env python3
"""The whitespace engine on a large matrix: `python benchmarks/whitespace.py [ACCOUNTS] [ITEM_GROUPS] [CUSTOMERS]`.

Prints seconds for the comparison with peers, the cells and the totals. The default is what the page must open smoothly,
300 accounts by 60 item groups, among 3,000 customers that are compared with them.
"""

import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kam_erpnext.engine import whitespace as engine

TODAY = date(2025, 6, 30)


def world(accounts: int, groups: int, customers: int):
	"""Leaves (four customers an account), wallets of every third cell, and sales of all units to compare with."""
	random = np.random.default_rng(20250630)
	columns = [f"Group {number:02d}" for number in range(groups)]
	units = [f"Unit {number:05d}" for number in range(customers)]
	bought = random.random((customers, groups)) < 0.45
	values = np.round(np.where(bought, random.lognormal(8, 1.4, (customers, groups)), 0), 2)
	sales = pd.DataFrame(values, index=units, columns=columns)
	segments = pd.Series(random.choice([f"Segment {number}" for number in range(8)], customers), index=units)
	rows = units[:accounts]
	leaves = []
	for row in rows:
		for column in columns:
			if sales.at[row, column]:
				for part in range(4):
					leaves.append(
						(row, column, f"{row}/{part}", column, sales.at[row, column] / 4, 0.0, 0.0, 0.0)
					)
	names = ["row", "column", "customer", "item_group", *engine.AMOUNTS]
	estimates = [
		engine.Estimate(
			f"{row} {column}",
			row,
			column,
			frozenset(f"{row}/{part}" for part in range(4)),
			frozenset([column]),
			state="Potential",
			wallet=float(random.lognormal(9, 1)),
		)
		for row in rows
		for column in columns
		if random.random() < 1 / 3
	]
	return rows, columns, sales, segments, pd.DataFrame(leaves, columns=names), estimates


def timed(label: str, function):
	"""Result of a function, and a line with the time it took."""
	start = time.perf_counter()
	result = function()
	print(f"{label:<28} {time.perf_counter() - start:6.2f} s")
	return result


def main():
	"""Runs all parts once."""
	accounts, groups, customers = [int(value) for value in [*sys.argv[1:], "300", "60", "3000"][:3]]
	customers = max(accounts, customers)
	rows, columns, sales, segments, leaves, estimates = world(accounts, groups, customers)
	print(
		f"{accounts} accounts × {groups} item groups, {customers} units to compare, {len(estimates)} wallets"
	)
	peers = timed("comparison with peers", lambda: engine.peer_benchmark(sales, segments, rows=rows))
	margins = dict.fromkeys(columns, 30.0)
	cells = timed("cells", lambda: engine.cells(leaves, estimates, peers, margins, today=TODAY))
	timed("totals of rows", lambda: engine.summarise_by(cells, "row", dict.fromkeys(rows, groups)))
	timed("totals of columns", lambda: engine.summarise_by(cells, "column", dict.fromkeys(columns, accounts)))


if __name__ == "__main__":
	main()
