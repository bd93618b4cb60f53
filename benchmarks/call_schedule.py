"""How long it takes to put the calls of many customers on days.

python benchmarks/call_schedule.py engine [customers]
python benchmarks/call_schedule.py site [--customers 2000] [--result FILE]

`engine` needs nothing but the engine: seconds for a quarter with room enough, with exactly enough, with too little, and with
calls of different length.

`site` measures a call cycle on a test bench (`tests/harness/site.py up`, then its shell file): reading, planning and writing
its calls, scheduling again, after leave, and after a customer was added, with the queries. What it makes it removes again.
"""

import argparse
import os
import platform
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kam_erpnext.engine.call_capacity import working_days
from kam_erpnext.engine.call_schedule import Day, Demand, schedule
from kam_erpnext.engine.periods import Period

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
PREFIX = "Benchmark Called"
AREAS = 90


# ---------------------------------------------------------------- the engine alone


def world(customers: int, calls_a_day: int, lengths=(30,)) -> tuple[list[Demand], list[Day]]:
	"""Customers with one to four calls in a quarter, in 90 areas."""
	mean = sum(lengths) / len(lengths)
	demands = [
		Demand(
			f"{number:05d}",
			1 + number % 4,
			lengths[number // 4 % len(lengths)],
			QUARTER.start,
			QUARTER.last_day,
			area=f"Area {number % AREAS}",
			party=f"{number // 2}",
		)
		for number in range(customers)
	]
	days = working_days(QUARTER)
	return demands, [Day(day, calls_a_day, calls_a_day * mean) for day in days]


def measure_engine(customers: int) -> list[str]:
	"""Runs all cases once; lines of a table."""
	days = len(working_days(QUARTER))
	calls = sum(1 + number % 4 for number in range(customers))
	enough = -(-calls // days)
	lines = [
		"| case | calls | possible | processor seconds | on no day | again | moved then | fullest day | emptiest day |",
		"|---|--:|--:|--:|--:|--:|--:|--:|--:|",
	]
	for name, a_day, lengths in (
		("room enough", int(enough * 1.4), (30,)),
		("exactly enough", enough, (30,)),
		("a quarter too much", int(enough * 0.8), (30,)),
		("calls of 20, 45, 60 and 90 minutes", int(enough * 1.15), (20, 45, 60, 90)),
	):
		demands, room = world(customers, a_day, lengths)
		begin = time.process_time()
		plan = schedule(demands, room)
		took = time.process_time() - begin
		standing = [Demand(**{**row.__dict__, "standing": tuple(plan.days[row.key])}) for row in demands]
		begin = time.process_time()
		again = schedule(standing, room)
		second = time.process_time() - begin
		used = Counter(day for placed in plan.days.values() for day in placed)
		counts = [used[row.day] for row in room]
		lines.append(
			f"| {name} | {calls:,} | {a_day * days:,} | {took:.2f} | {sum(row.calls for row in plan.unplaced):,} |"
			f" {second:.2f} | {again.moved} | {max(counts)} | {min(counts)} |"
		)
	return lines


# ---------------------------------------------------------------- a call cycle on a site


def fill(customers: int) -> str:
	"""Customers, an approved cycle of 13 weeks and a line for each; returns the name of the cycle."""
	import frappe
	from frappe.utils import add_days, now, nowdate

	remove()
	company = frappe.get_all("Company", pluck="name", limit=1, order_by="creation")[0]
	territory = frappe.get_all("Territory", {"is_group": 0}, pluck="name", limit=1, order_by="name")[0]
	group = frappe.get_all("Customer Group", {"is_group": 0}, pluck="name", limit=1, order_by="name")[0]
	stamp = now()
	names = [f"{PREFIX} {number:05d}" for number in range(customers)]
	head = ["name", "owner", "modified_by", "creation", "modified"]
	who = ("Administrator", "Administrator", stamp, stamp)
	frappe.db.bulk_insert(
		"Customer",
		[*head, "customer_name", "customer_type", "territory", "customer_group"],
		[(name, *who, name, "Company", territory, group) for name in names],
	)
	calls = sum(1 + number % 4 for number in range(customers))
	start = add_days(nowdate(), 7)
	cycle = frappe.get_doc(
		{
			"doctype": "Call Cycle",
			"title": PREFIX,
			"user": "Administrator",
			"company": company,
			"from_date": start,
			"to_date": add_days(start, 90),
			"calls_per_day": min(100, -(-calls // 60)),
			"hours_per_day": 24,
			"travel_share": 0,
			"office_share": 0,
		}
	).insert()
	frappe.db.set_value("Call Cycle", cycle.name, {"docstatus": 1, "status": "Approved"})
	fields = [
		"cycle",
		"customer",
		"customer_name",
		"method",
		"proposed_calls",
		"calls",
		"duration",
		"status",
		"territory",
		"area",
	]
	frappe.db.bulk_insert(
		"Call Cycle Line",
		[*head, *fields],
		[
			(
				frappe.generate_hash(length=12), *who, cycle.name, name, name, "Visit", 1 + number % 4, 1 + number % 4, 15,
				"Active", territory, f"{territory} {number % AREAS:02d}",
			)
			for number, name in enumerate(names)
		],
	)  # fmt: skip
	frappe.db.commit()
	return cycle.name


def remove():
	"""What `fill` has made."""
	import frappe

	cycles = frappe.get_all("Call Cycle", {"title": PREFIX}, pluck="name", order_by="name") or [""]
	for doctype, filters in (
		("Customer Call", {"cycle": ("in", cycles)}),
		("Call Cycle Line", {"cycle": ("in", cycles)}),
		("Call Cycle Absence", {"parent": ("in", cycles)}),
		("Call Cycle", {"name": ("in", cycles)}),
		("Customer", {"name": ("like", f"{PREFIX}%")}),
	):
		frappe.db.delete(doctype, filters)
	frappe.db.commit()


def measure_site(customers: int) -> list[str]:
	"""Lines of a table."""
	import frappe
	from frappe.utils import add_days

	from kam_erpnext.kam_erpnext.doctype.call_cycle import changes, scheduling

	name = fill(customers)
	lines = [
		"| step | seconds | of it Python | queries | new | moved | cancelled | on no day |",
		"|---|--:|--:|--:|--:|--:|--:|--:|",
	]
	original = frappe.db.sql

	def step(label: str, function):
		count = 0

		def counted(*args, **kwargs):
			nonlocal count
			count += 1
			return original(*args, **kwargs)

		frappe.db.sql = counted
		try:
			begin, processor = time.perf_counter(), time.process_time()
			result = function()
			frappe.db.commit()
			took, busy = time.perf_counter() - begin, time.process_time() - processor
		finally:
			frappe.db.sql = original
		shown = [f"{result[key]:,}" for key in ("new", "moved", "dropped", "unplaced")]
		lines.append(f"| {label} | {took:.2f} | {busy:.2f} | {count:,} | {' | '.join(shown)} |")

	def only_plan() -> dict:
		planned = scheduling.plan(frappe.get_doc("Call Cycle", name))
		return {**scheduling.changes_of(planned).counts(), "unplaced": planned.unplaced_calls}

	def leave() -> dict:
		cycle = frappe.get_doc("Call Cycle", name)
		cycle.append(
			"absences", {"from_date": add_days(cycle.from_date, 28), "to_date": add_days(cycle.from_date, 32)}
		)
		frappe.db.set_value("Call Cycle", name, "calls_per_day", 100)
		cycle.absences[-1].db_insert()
		return scheduling.apply(name)

	try:
		step("read and plan, nothing written", only_plan)
		step("plan and write", lambda: scheduling.apply(name))
		step("again, nothing to do", lambda: scheduling.apply(name))
		step("a week of leave", leave)
		customer = f"{PREFIX} 00000"
		step("a customer added", lambda: changes.add_customer(name, customer, "Phone", 3, "Benchmark"))
		line = frappe.db.get_value(
			"Call Cycle Line", {"cycle": name, "customer": customer, "method": "Visit"}
		)
		step("a line removed", lambda: changes.remove([line], "Benchmark"))
	finally:
		frappe.db.rollback()
		remove()
	return lines


def report(customers: int) -> str:
	"""Both parts as Markdown."""
	from tests.harness import frappe_session

	engine = measure_engine(customers)
	if not frappe_session.facts():
		raise SystemExit(frappe_session.NOT_RUNNING)
	frappe_session.connect()
	try:
		import frappe

		frappe.flags.in_test = False
		site = measure_site(customers)
		versions = (
			f"Frappe {frappe.__version__}, MariaDB {frappe.db.sql('select version()')[0][0].split('-')[0]}"
		)
	finally:
		frappe_session.disconnect()
	return "\n".join(
		[
			f"# Scheduling {customers:,} customers in a quarter",
			"",
			"Measured with `python benchmarks/call_schedule.py site`.",
			"",
			f"{versions}, Python {platform.python_version()}, {os.cpu_count()} processors shared with the database. Load average"
			f" {os.getloadavg()[1]:.1f}: above {os.cpu_count()} other work took its share of the processors, and times are longer"
			" than on a quiet machine; *of it Python* is the processor time of this process alone.",
			"",
			"## The engine alone",
			"",
			*engine,
			"",
			"## A call cycle on a site",
			"",
			*site,
			"",
		]
	)


def main():
	"""Reads the command line."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parts = parser.add_subparsers(dest="part")
	part = parts.add_parser("engine")
	part.add_argument("customers", nargs="?", type=int, default=2000)
	part = parts.add_parser("site")
	part.add_argument("--customers", type=int, default=2000)
	part.add_argument("--result", type=Path)
	options = parser.parse_args()
	if options.part != "site":
		print("\n".join(measure_engine(getattr(options, "customers", 2000))))
		return
	target = options.result.resolve() if options.result else None  # the connection changes the folder
	text = report(options.customers)
	print(text)
	if target:
		target.parent.mkdir(parents=True, exist_ok=True)
		target.write_text(text)


if __name__ == "__main__":
	main()
