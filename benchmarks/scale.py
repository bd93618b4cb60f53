#!/usr/bin/env python3
"""Everything at full size: figures of sales from facts, documents, ERPNext, SQL and DuckDB; pages, reports, a selection run, the night.

    python benchmarks/scale.py [--customers 10000] [--lines 1000000] [--groups 100] [--runs 5] [--only figures,pages,…]
                               [--slow] [--memory 2048] [--result FILE]

Needs a test bench (`tests/harness/site.py up`, then its shell file). It fills the site once (see performance_data.py), makes the
monthly facts and measures in one run; what answers the same question is measured in turns. `--slow` adds reports of ERPNext that
take minutes. DuckDB is measured where its package is installed. FILE gets the table.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.performance import Server, processor_of_database

PARTS = ("figures", "pages", "reports", "selection", "night")


class Measured:
	"""Wall seconds, processor seconds of Python and of the database, queries and memory of a few turns."""

	def __init__(self, run):
		self.run, self.rows = run, 0
		self.wall, self.python, self.database, self.queries, self.memory = [], [], [], [], []

	def turn(self, keep: bool = True) -> None:
		"""One answer; the first one of a process, which loads code and fills caches, is not kept."""
		import frappe

		frappe.db.rollback()  # a new transaction, as for a new request
		frappe.flags.pop("kam_indexes", None)
		queries, original = 0, frappe.db.sql

		def counted(*args, **kwargs):
			nonlocal queries
			queries += 1
			return original(*args, **kwargs)

		before, busy = resident(), processor_of_database()
		Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
		frappe.db.sql = counted
		try:
			start, processor = time.perf_counter(), time.process_time()
			rows = self.run()
			wall, python = time.perf_counter() - start, time.process_time() - processor
		finally:
			frappe.db.sql = original
		if keep:
			self.rows = len(rows) if hasattr(rows, "__len__") else 1
			self.wall.append(wall)
			self.python.append(python)
			self.database.append(processor_of_database() - busy)
			self.queries.append(queries)
			self.memory.append(max(resident("VmHWM") - before, 0))

	@property
	def processor(self) -> float:
		return statistics.median(self.python) + statistics.median(self.database)


def resident(what: str = "VmRSS") -> int:
	"""Memory of this process in kB."""
	for line in Path("/proc/self/status").read_text().splitlines():
		if line.startswith(what):
			return int(line.split()[1])
	return 0


# ---------------------------------------------------------------- what is measured


def figures(data, slow: bool) -> list[tuple[str, dict]]:
	"""(question, label -> function) for questions with the same answer."""
	import frappe
	from erpnext.selling.report.sales_analytics.sales_analytics import execute as sales_analytics

	from kam_erpnext.data import sales
	from kam_erpnext.data import sales_ledger as ledger
	from kam_erpnext.data.sales import SalesFilters
	from kam_erpnext.engine.periods import Period

	today = date.today()
	period = Period(date(today.year - 1, 1, 1), today + timedelta(days=1))
	filters = SalesFilters(data.COMPANY)
	duck = in_duckdb(data.COMPANY, period)

	def analytics(tree: str):
		asked = {
			"company": data.COMPANY, "from_date": str(period.start), "to_date": str(period.last_day),
			"doc_type": "Sales Invoice", "tree_type": tree, "value_quantity": "Value", "range": "Monthly", "curves": "select",
		}  # fmt: skip
		return lambda: sales_analytics(frappe._dict(asked))[1]

	def by(*names: str):
		return {
			"facts": lambda: sales.net_sales(filters, period, names, with_qty=False),
			"documents": lambda: ledger.net_sales(filters, period, names, with_qty=False),
		}

	def sql(column: str, lines: bool):
		month = "date_format(i.posting_date, '%%Y-%%m-01')"
		joined = "join `tabSales Invoice Item` l on l.parent = i.name" if lines else ""
		amount = "l.base_net_amount" if lines else "i.base_net_total"
		statement = f"""select {column}, {month}, sum({amount}) from `tabSales Invoice` i {joined}
			where i.docstatus = 1 and i.company = %s and i.posting_date between %s and %s group by 1, 2"""
		return lambda: frappe.db.sql(statement, (data.COMPANY, period.start, period.last_day))

	def columns(column: str):
		if duck is None:
			return {}
		statement = f"select {column}, date_trunc('month', day) m, sum(amount) from sold group by 1, 2"
		return {"DuckDB on the same rows, in memory": lambda: duck.execute(statement).df()}

	return [
		(
			"customer × month, two years",
			{
				**by("customer", "period"),
				"Sales Analytics": analytics("Customer"),
				"SQL: GROUP BY on the heads": sql("i.customer", False),
				**columns("customer"),
			},
		),
		(
			"item group × month, two years",
			{
				**by("item_group", "period"),
				"Sales Analytics": analytics("Item Group"),
				"SQL: GROUP BY on the lines": sql("l.item_group", True),
				**columns("item_group"),
			},
		),
		(
			"territory × month, two years",
			{**by("territory", "period"), "Sales Analytics": analytics("Territory")},
		),
		("sales person × month, two years", by("sales_person", "period")),
		("customer × item group, two years", by("customer", "item_group")),
		(
			"documents, two years",
			{
				"facts": lambda: [sales.document_count(filters, period)],
				"documents": lambda: [ledger.document_count(filters, period)],
			},
		),
		("gross profit by customer, 12 months", gross_profit(data, today, slow)),
	]


def gross_profit(data, today: date, slow: bool) -> dict:
	"""Sales and cost, beside ERPNext's report of it."""
	import frappe
	from erpnext.accounts.report.gross_profit.gross_profit import execute

	from kam_erpnext.data import sales
	from kam_erpnext.data import sales_ledger as ledger
	from kam_erpnext.data.sales import SalesFilters
	from kam_erpnext.engine.periods import Period

	filters = SalesFilters(data.COMPANY)
	period = Period(today - timedelta(days=364), today + timedelta(days=1))
	asked = {
		"company": data.COMPANY, "from_date": str(period.start), "to_date": str(period.last_day), "group_by": "Customer",
		"include_returned_invoices": 1,
	}  # fmt: skip
	found = {
		"facts": lambda: sales.net_sales(filters, period, with_cost=True),
		"documents": lambda: ledger.net_sales(filters, period, with_cost=True),
	}

	def erpnext():
		reader = frappe.session.user
		frappe.set_user("Administrator")  # it asks for the right to read invoices, which no role of ours has
		try:
			return execute(frappe._dict(asked))[1]
		finally:
			frappe.set_user(reader)

	if slow:
		found["Gross Profit"] = erpnext
	return found


def in_duckdb(company: str, period):
	"""The lines in DuckDB's own columns, or None without its package."""
	try:
		import duckdb
	except ImportError:
		return None
	import frappe
	import pandas as pd

	rows = frappe.db.sql(
		"""select i.customer, l.item_group, i.posting_date, l.base_net_amount from `tabSales Invoice` i
		join `tabSales Invoice Item` l on l.parent = i.name
		where i.docstatus = 1 and i.company = %s and i.posting_date between %s and %s""",
		(company, period.start, period.last_day),
	)
	lines = pd.DataFrame.from_records([*rows], columns=["customer", "item_group", "day", "amount"])
	lines = lines.assign(amount=lines["amount"].astype(float), day=pd.to_datetime(lines["day"]))
	connection = duckdb.connect()
	connection.register("found", lines)
	connection.execute("create table sold as select * from found")
	connection.unregister("found")
	return connection


def pages(data) -> dict:
	"""Label -> function that answers as the server does."""
	import frappe

	from kam_erpnext.api import cards, key_account, performance_cards, whitespace

	accounts = frappe.get_all(
		"Key Account", {"parent_key_account": ("is", "not set")}, pluck="name", order_by="lft"
	)
	sites = frappe.get_all("Key Account", {"parent_key_account": accounts[0]}, pluck="name")
	asked = {"company": data.COMPANY}

	def as_json(method, *arguments, **values):
		return lambda: frappe.as_json(method(*arguments, **values), indent=None)

	return {
		"page of a key account with three sites": as_json(key_account.profile, accounts[0], data.COMPANY),
		"page of a site": as_json(key_account.profile, sites[0], data.COMPANY),
		"whitespace: accounts × item groups": as_json(whitespace.matrix, asked),
		"whitespace of one account": as_json(whitespace.matrix, {**asked, "key_account": accounts[0]}),
		"card: net sales of key accounts": as_json(cards.net_sales),
		"card: share of sales": as_json(cards.share_of_sales),
		"card: forecast of the year": as_json(performance_cards.forecast_of_the_year),
	}


def reports(data) -> dict:
	"""Every Script Report of the app with the filters a reader begins with."""
	import frappe

	today = date.today()
	given = {
		"company": data.COMPANY,
		"period": "Custom",
		"from_date": f"{today.year}-01-01",
		"to_date": f"{today.year}-12-31",
		"sold_to": "All Customers",
		"by": "Key Account",
		"due": "All Open",
	}
	names = frappe.get_all(
		"Report", {"module": "KAM ERPNext", "report_type": "Script Report"}, pluck="name", order_by="name"
	)

	def run(name: str):
		execute = frappe.get_attr(
			f"kam_erpnext.kam_erpnext.report.{frappe.scrub(name)}.{frappe.scrub(name)}.execute"
		)
		return lambda: execute({**given})[1]

	return {f"report {name}": run(name) for name in names}


def selection(data) -> dict:
	"""A selection run over all customers with eight measures."""
	import frappe

	from kam_erpnext.kam_erpnext.doctype.key_account_selection import run

	criteria = frappe.get_doc(
		{
			"doctype": "Key Account Criteria",
			"title": f"Full size {frappe.generate_hash(length=5)}",
			"rule": "All lines hold",
			"effective_from": "2020-01-01",
			"classification": [
				{"measure": name, "operator": ">=", "threshold": bound}
				for name, bound in (("Net Sales", 50_000), ("Gross Margin", 20), ("Share of Sales", 0.02))
			],
			"scoring": [
				{
					"criterion": name,
					"weight": 25,
					"kind": "Linear",
					"measure": name,
					"low_anchor": 0,
					"high_anchor": 1_000_000,
				}
				for name in ("Net Sales", "Gross Profit", "Sales Growth", "Number of Documents")
				if frappe.db.exists("KAM Measure", name)
			],
		}
	)
	weights = len(criteria.scoring)
	for row in criteria.scoring:
		row.weight = 100 / weights
	criteria.classification = [
		row for row in criteria.classification if frappe.db.exists("KAM Measure", row.measure)
	]
	criteria.insert().submit()
	frappe.db.commit()
	today = date.today()

	def all_of_it():
		document = frappe.get_doc(
			{
				"doctype": "Key Account Selection",
				"title": "Full size",
				"criteria": criteria.name,
				"company": data.COMPANY,
				"period_window": "Custom",
				"from_date": str(today - timedelta(days=364)),
				"to_date": str(today),
			}
		).insert()
		document.db_set({"workflow_state": "Running", "run_token": "benchmark"})
		run.execute(document.name, "benchmark")
		document.reload()
		if not document.customers_measured:
			raise SystemExit(
				f"The selection did not run: {document.get('run_error') or document.workflow_state}"
			)
		return range(document.customers_measured)

	return {"selection run, all customers of a year": all_of_it}


def night(data) -> dict:
	"""What each night does: facts compared, with and without a change, snapshots with their alarms, plans in force."""
	import frappe

	from kam_erpnext.data import sales_facts_upkeep as upkeep
	from kam_erpnext.kam_erpnext.doctype.key_account_plan import frozen
	from kam_erpnext.snapshots import nightly, taking

	month = upkeep.first_of(date.today())
	batch = nightly.batches(nightly.accounts())[0]

	def snapshots():
		made = taking.take(batch, date.today() - timedelta(days=1))
		frappe.db.rollback()
		return range(made)

	def plans():
		frozen.refresh_plans_in_force()
		return frappe.get_all("Key Account Plan", {"docstatus": 1, "status": ("in", frozen.IN_FORCE)})

	return {
		f"snapshots and alarms of {len(batch)} accounts": snapshots,
		"plans in force": plans,
		"comparing all months (totals of all, rows of the oldest two and of those touched)": lambda: (
			upkeep.check() or [0]
		),
		"one month made anew": lambda: [upkeep.refresh(data.COMPANY, "Sales Invoice", month, whole=True)],
		"one sale taken in": lambda: (
			upkeep.note(data.COMPANY, "Sales Invoice", some_customer(data.COMPANY), month),
			upkeep.refresh(data.COMPANY, "Sales Invoice", month),
		),
	}


def some_customer(company: str) -> str:
	import frappe

	return frappe.db.get_value("Sales Invoice", {"company": company}, "customer")


# ---------------------------------------------------------------- running and telling


def measured(cases: dict, runs: int, told) -> dict[str, Measured]:
	"""Every case once in each turn, so that slow minutes of the machine meet all of them."""
	found = {label: Measured(run) for label, run in cases.items()}
	for turn in range(runs + 1):
		for label, case in found.items():
			if turn > 2 and case.wall and case.wall[0] > 20:
				continue  # what takes so long is known after two
			case.turn(keep=turn > 0)
			if turn == 1:
				told(f"{label}: {case.wall[0]:.3f} s")
	return found


def lines_of(found: dict[str, Measured], compared: bool) -> list[str]:
	"""Table rows; with `compared` how many times faster the first one is."""
	first = next(iter(found.values()))
	rows = []
	for label, case in found.items():
		wall = statistics.median(case.wall)
		times = (
			f" {case.processor / first.processor:,.1f} |"
			if compared and first.processor
			else " |"
			if compared
			else ""
		)
		rows.append(
			f"| {label} | {wall * 1000:,.0f} ms | {statistics.median(case.python) * 1000:,.0f} ms |"
			f" {statistics.median(case.database) * 1000:,.0f} ms |{times} {case.queries[-1]} | {case.rows:,} |"
			f" {max(case.memory) / 1024:,.0f} MB | {len(case.wall)} |"
		)
	return rows


def main():
	"""Reads the command line, fills the site if need be, and measures."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	for name, value in (
		("customers", 10_000),
		("lines", 1_000_000),
		("groups", 100),
		("runs", 5),
		("memory", 2048),
	):
		parser.add_argument(f"--{name}", type=int, default=value)
	parser.add_argument(
		"--only", default=",".join(PARTS), help=f"parts with commas between: {', '.join(PARTS)}"
	)
	parser.add_argument("--slow", action="store_true", help="ERPNext's Gross Profit as well")
	parser.add_argument("--result", type=Path)
	options = parser.parse_args()
	chosen = options.only.split(",")
	if unknown := set(chosen) - {*PARTS}:
		parser.error(f"unknown part {', '.join(unknown)}; choose of {', '.join(PARTS)}")
	target = options.result.resolve() if options.result else None  # the connection changes the folder
	from tests.harness import frappe_session

	facts = frappe_session.facts()
	if not facts:
		raise SystemExit(frappe_session.NOT_RUNNING)
	frappe_session.connect()
	server, start = Server(facts, options.memory), time.monotonic()
	server.resize(server.memory)

	def told(text):
		print(f"{time.monotonic() - start:6.1f} s {text}", flush=True)

	head = "| | wall | Python | database |{} queries | rows | memory | turns |\n|---|--:|--:|--:|{}--:|--:|--:|--:|"
	try:
		import frappe

		from benchmarks import performance_data as data
		from kam_erpnext.data import sales_facts_upkeep as upkeep

		frappe.flags.in_test = False
		if not data.exists():
			data.make(options.customers, options.lines, options.groups, told)
		frappe.db.set_single_value("KAM Settings", "company", data.COMPANY)
		frappe.clear_cache()
		before, built = os.getloadavg()[0], time.monotonic()
		months = upkeep.build_missing()
		built = time.monotonic() - built
		size = frappe.db.sql(
			f"select count(*), sum(length(facts)) / 1e6, sum(row_count) from `tab{upkeep.MONTH}` where company = %s",
			data.COMPANY,
		)[0]
		described = data.described()
		text = []
		frappe.set_user(data.DIRECTOR)
		if "figures" in chosen:
			for question, cases in figures(data, options.slow):
				told(question)
				found = measured(cases, options.runs, told)
				text += [
					f"\n## {question[0].upper()}{question[1:]}\n",
					head.format(" times |", "--:|"),
					*lines_of(found, True),
				]
		for part, make in (("pages", pages), ("reports", reports)):
			if part in chosen:
				text += [f"\n## {part.capitalize()}\n", head.format("", "")]
				text += lines_of(measured(make(data), options.runs, told), False)
		frappe.set_user("Administrator")
		for part, make in (("selection", selection), ("night", night)):
			if part in chosen:
				text += [f"\n## {part.capitalize()}\n", head.format("", "")]
				text += lines_of(measured(make(data), min(options.runs, 2), told), False)
		versions = (
			f"Frappe {frappe.__version__}, MariaDB {frappe.db.sql('select version()')[0][0].split('-')[0]}"
		)
	finally:
		frappe.set_user("Administrator")
		server.close()
		frappe_session.disconnect()
	made = f"{months} months of facts were made in {built:.0f} s. " if months else ""
	intro = [
		"# Everything at full size",
		"",
		f"Measured with `python benchmarks/scale.py`: {described}",
		"",
		f"{made}The facts of the company are {size[0]} months with {size[2]:,.0f} rows in {size[1]:,.1f} MB.",
		"",
		f"{versions}, Python {platform.python_version()}, {os.cpu_count()} processors shared by database and reports; the database"
		f" may use {options.memory:,} MB. Load average {before:.1f} before and {os.getloadavg()[0]:.1f} after: above"
		f" {os.cpu_count()} other work took its share. Medians of the turns; what answers one question was measured in turns."
		" *Python* and *database* are processor seconds, which other work hardly lengthens; *times* compares their sum with the"
		" first line. *Memory* is the largest growth of the process during an answer.",
	]
	text = "\n".join([*intro, *text, ""])
	print(text)
	if target:
		target.parent.mkdir(parents=True, exist_ok=True)
		target.write_text(text)


if __name__ == "__main__":
	main()
