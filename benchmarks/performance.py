#!/usr/bin/env python3
"""Key Account Performance and Account Profitability at full size, beside ERPNext's own reports.

    python benchmarks/performance.py [--customers 10000] [--lines 1000000] [--groups 100] [--runs 3] [--memory 2048] [--result FILE]

Needs a test bench (`tests/harness/site.py up`, then its shell file). It fills the site once (two to three minutes, see
performance_data.py) and measures every report in one run: cold, that is with the memory of the database emptied before, and
warm. `--memory` is what the database may use for that time, in MB; its own setting comes back. FILE gets the table.
"""

import argparse
import glob
import gzip
import os
import platform
import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

POOL = "innodb_buffer_pool_size"
SMALLEST, PAGE = 64 * 1024 * 1024, 16 * 1024


class Server:
	"""The database server of the bench: its memory, and the processor time of a connection's thread."""

	def __init__(self, facts: dict, memory: int):
		import pymysql

		found = facts["database"]
		self.connection = pymysql.connect(
			unix_socket=found["socket"], user=found["user"], password=found["password"]
		)
		self.before, self.memory = int(self.variable(POOL)), memory * 1024 * 1024

	def variable(self, name: str) -> str:
		with self.connection.cursor() as cursor:
			cursor.execute("show global variables like %s", name)
			return cursor.fetchone()[1]

	def resize(self, size: int) -> None:
		with self.connection.cursor() as cursor:
			cursor.execute(f"set global {POOL} = {size}")
		for _try in range(300):  # it goes on by itself
			with self.connection.cursor() as cursor:
				cursor.execute("show global status like 'Innodb_buffer_pool_pages_total'")
				pages = int(cursor.fetchone()[1])
			if abs(pages * PAGE - size) < size * 0.1:
				return
			time.sleep(0.1)

	def forget(self) -> None:
		"""Empties the memory."""
		self.resize(SMALLEST)
		self.resize(self.memory)

	def close(self) -> None:
		self.resize(self.before)
		self.connection.close()


def processor_of_database() -> float:
	"""Processor seconds the thread of this connection has used; other work on the machine does not lengthen them."""
	import frappe

	thread = frappe.db.sql("select tid from information_schema.processlist where id = connection_id()")[0][0]
	for path in glob.glob(f"/proc/[0-9]*/task/{thread}/stat"):
		parts = Path(path).read_text().rsplit(")", 1)[1].split()
		return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
	return float("nan")


def cases(data) -> dict[str, tuple]:
	"""Label -> function that answers like a request and returns its rows."""
	import frappe
	from erpnext.selling.report.sales_analytics.sales_analytics import execute as sales_analytics

	from kam_erpnext.kam_erpnext.report.account_profitability.account_profitability import (
		execute as profitability,
	)
	from kam_erpnext.kam_erpnext.report.key_account_performance.key_account_performance import (
		execute as performance,
	)

	year = date.today().year
	days = {"company": data.COMPANY, "from_date": f"{year}-01-01", "to_date": f"{year}-12-31"}

	def ours(**filters):
		return lambda: performance({**days, "sold_to": "All Customers", **filters})

	def profit(**filters):
		return lambda: profitability({**days, "period": "Custom", **filters})

	def analytics(tree: str, every: str, what: str = "Value", **more):
		filters = {
			**days,
			"doc_type": "Sales Invoice",
			"tree_type": tree,
			"value_quantity": what,
			"range": every,
		}
		return lambda: sales_analytics(frappe._dict(filters, curves="select", **more))

	both = {"from_date": f"{year - 1}-01-01"}
	return {
		"Key Account Performance: account tree": ours(by="Key Account", sold_to="Key Accounts"),
		"– account tree, quarterly, forecast by period": ours(
			by="Key Account", sold_to="Key Accounts", every="Quarterly", view="Forecast by Period"
		),
		"– territory tree": ours(by="Territory"),
		"– territory × customer": ours(by="Territory", customers=1),
		"– territory × customer, monthly": ours(
			by="Territory", customers=1, every="Monthly", view="Actual by Period"
		),
		"– territory × customer, every line": ours(by="Territory", customers=1, every_line=1),
		"– sales person tree": ours(by="Sales Person"),
		"– territory × item group": ours(by="Territory", then_by="Item Group"),
		"– margin, account tree": ours(by="Key Account", sold_to="Key Accounts", measure="Margin"),
		"– margin, territory × customer": ours(by="Territory", customers=1, measure="Margin"),
		"Sales Analytics: customers, monthly, this year only": analytics("Customer", "Monthly"),
		"– customers, monthly, this and last year": analytics("Customer", "Monthly", **both),
		"– territory tree, monthly, this and last year": analytics("Territory", "Monthly", **both),
		"– item groups, monthly, this and last year": analytics("Item Group", "Monthly", **both),
		"Account Profitability: account tree": profit(by="Key Account"),
		"– customers": profit(by="Customer"),
	}


def measure(server: Server, run, runs: int) -> dict:
	"""Cold and warm seconds of an answer with its JSON, processor seconds, queries and size."""
	import frappe

	original, found = frappe.db.sql, {"warm": [], "database": [], "python": []}
	queries = 0

	def counted(*args, **kwargs):
		nonlocal queries
		queries += 1
		return original(*args, **kwargs)

	server.forget()
	for number in range(runs + 1):
		frappe.db.rollback()  # a new transaction, as for a new request
		frappe.flags.pop("kam_indexes", None)
		busy, queries = processor_of_database(), 0
		frappe.db.sql = counted
		try:
			start, processor = time.perf_counter(), time.process_time()
			rows = run()[1]
			text = frappe.as_json(rows, indent=None)
			took, python = time.perf_counter() - start, time.process_time() - processor
		finally:
			frappe.db.sql = original
		if number:
			found["warm"].append(took)
			found["python"].append(python)
			found["database"].append(processor_of_database() - busy)
		else:
			found["cold"] = took
	middle = {name: statistics.median(found[name]) for name in ("warm", "python", "database")}
	return {
		"cold": found["cold"],
		**middle,
		"queries": queries,
		"rows": len(rows),
		"bytes": len(text.encode()),
		"compressed": len(gzip.compress(text.encode(), 6)),
	}


def table(described: str, versions: str, loads: tuple, size: str, found: dict, options) -> str:
	"""The result as Markdown."""
	lines = [
		"# Key Account Performance at full size",
		"",
		f"Measured with `python benchmarks/performance.py`: {described}",
		"",
		f"{versions}, Python {platform.python_version()}, {os.cpu_count()} processors shared by database and reports; the database"
		f" may use {options.memory:,} MB of memory, its tables have {size}. Load average {loads[0]:.1f} before and {loads[1]:.1f}"
		f" after: above {os.cpu_count()} other work took its share of the processors. *Cold*: the memory of the database was"
		f" emptied before. *Warm*: median of {options.runs} answers. *Database* and *Python*: processor seconds of a warm answer,"
		" which other work hardly lengthens. The answer is the rows as JSON.",
		"",
		"Every answer of Key Account Performance holds this year, last year, open orders, pipeline, targets and forecast; Sales"
		" Analytics one figure. It reads both years where that is said.",
		"",
		"| report | cold | warm | database | Python | queries | rows | answer | compressed |",
		"|---|--:|--:|--:|--:|--:|--:|--:|--:|",
	]
	for label, row in found.items():
		lines.append(
			f"| {label} | {row['cold']:.2f} s | {row['warm']:.2f} s | {row['database']:.2f} s | {row['python']:.2f} s |"
			f" {row['queries']} | {row['rows']:,} | {row['bytes'] / 1000:,.0f} kB | {row['compressed'] / 1000:,.0f} kB |"
		)
	return "\n".join([*lines, ""])


def main():
	"""Reads the command line, fills the site if need be, and measures."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	for name, value in (
		("customers", 10_000),
		("lines", 1_000_000),
		("groups", 100),
		("runs", 3),
		("memory", 2048),
	):
		parser.add_argument(f"--{name}", type=int, default=value)
	parser.add_argument(
		"--only",
		default="",
		help="measure only cases whose label holds one of these texts, with commas between",
	)
	parser.add_argument("--result", type=Path)
	options = parser.parse_args()
	target = options.result.resolve() if options.result else None  # the connection changes the folder
	from tests.harness import frappe_session

	facts = frappe_session.facts()
	if not facts:
		raise SystemExit(frappe_session.NOT_RUNNING)
	frappe_session.connect()
	server = Server(facts, options.memory)
	try:
		import frappe

		from benchmarks import performance_data as data

		frappe.flags.in_test = False
		if not data.exists():
			start = time.monotonic()
			data.make(
				options.customers,
				options.lines,
				options.groups,
				lambda text: print(f"{time.monotonic() - start:6.1f} s {text}", flush=True),
			)
		described, before = data.described(), os.getloadavg()[0]
		size = frappe.db.sql(
			"select sum(data_length + index_length) / 1e6 from information_schema.tables where table_schema = database()"
		)[0][0]
		versions = (
			f"Frappe {frappe.__version__}, MariaDB {frappe.db.sql('select version()')[0][0].split('-')[0]}"
		)
		found = {}
		frappe.set_user(data.DIRECTOR)
		for label, run in cases(data).items():
			if any(text in label for text in options.only.split(",")):
				found[label] = measure(server, run, options.runs)
				print(f"{label}: {found[label]['warm']:.2f} s", flush=True)
		frappe.set_user("Administrator")
	finally:
		server.close()
		frappe_session.disconnect()
	text = table(described, versions, (before, os.getloadavg()[0]), f"{size:,.0f} MB", found, options)
	print(text)
	if target:
		target.parent.mkdir(parents=True, exist_ok=True)
		target.write_text(text)


if __name__ == "__main__":
	main()
