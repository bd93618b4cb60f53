#!/usr/bin/env python3
"""The whitespace matrix at its full size.

    python benchmarks/whitespace.py engine [ACCOUNTS] [ITEM_GROUPS] [CUSTOMERS]
    python benchmarks/whitespace.py site [--accounts 300] [--groups 60] [--lines 100000] [--runs 7] [--result FILE]

`engine` needs nothing but the engine: seconds for the comparison with peers, the cells and the totals, by default of 300
accounts by 60 item groups among 3,000 customers that are compared with them.

`site` measures the whole page on a test bench (`tests/harness/site.py up`, then its shell file): it fills the site once,
see whitespace_data.py, and measures the answer of the server (time, queries, size) and Chromium (time to the first cells,
frames while the table is scrolled to its ends). FILE gets the table.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import sys
import time
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kam_erpnext.engine import whitespace as engine

TODAY = date(2025, 6, 30)
KINDS = ("Account", "Division", "Buying Centre", "Territory")


# ---------------------------------------------------------------- the engine alone


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


def measure_engine(accounts: int, groups: int, customers: int):
	"""Runs all parts once."""
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


# ---------------------------------------------------------------- the server


def measure_server(user: str, rows: str, runs: int, data) -> dict:
	"""Median and longest time of the request's method with its answer as JSON, queries and size."""
	import frappe

	from kam_erpnext.api import whitespace as api

	frappe.set_user(user)
	frappe.clear_messages()
	filters = {"company": data.COMPANY, "item_group": data.GOODS_OF_ALL, "rows": rows}
	api.matrix(filters)  # what is cached for all requests is there in daily work
	times, busy, queries = [], [], 0
	original = frappe.db.sql

	def counted(*args, **kwargs):
		nonlocal queries
		queries += 1
		return original(*args, **kwargs)

	for _run in range(runs):
		frappe.db.rollback()  # a new transaction, as for a new request
		queries, frappe.db.sql = 0, counted
		try:
			start, processor = time.perf_counter(), time.process_time()
			answer = api.matrix(filters)
			text = frappe.as_json(answer, indent=None)
			times.append(time.perf_counter() - start)
			busy.append(time.process_time() - processor)
		finally:
			frappe.db.sql = original
	start = time.perf_counter()
	api.cell(answer["rows"][0]["key"], answer["columns"][0]["key"], filters)
	behind = time.perf_counter() - start
	frappe.set_user("Administrator")
	return {
		"rows": len(answer["rows"]),
		"columns": len(answer["columns"]),
		"cells": len(answer["cells"]["row"]),
		"median": statistics.median(times),
		"longest": max(times),
		"busy": statistics.median(busy),
		"queries": queries,
		"bytes": len(text.encode()),
		"compressed": len(gzip.compress(text.encode(), 6)),
		"cell": behind,
	}


# ---------------------------------------------------------------- the browser

# tells when the first cells stand in the document and have been painted
FIRST_CELLS = """
window.kam_first_cells = new Promise((resolve) => {
	const look = () => document.querySelector(".kam-ws-cell")
		? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look);
	document.addEventListener("DOMContentLoaded", look);
});
"""
# scrolls by `step` pixels a frame to the end and back; returns the time between frames
SCROLL = """([selector, property, step]) => new Promise((resolve) => {
	const element = document.querySelector(selector);
	element[property] = 0;
	const size = property === "scrollTop" ? element.scrollHeight - element.clientHeight : element.scrollWidth - element.clientWidth;
	const deltas = [];
	let before, there = 0, by = step;
	const frame = (now) => {
		if (before !== undefined) deltas.push(now - before);
		before = now;
		there += by;
		if (there >= size) by = -step;
		element[property] = there;
		if (there <= 0) return resolve({ deltas, size });
		requestAnimationFrame(frame);
	};
	requestAnimationFrame(() => requestAnimationFrame(frame));
})"""
# the same for a table of plain lines, to know what the browser and the machine do by themselves
PLAIN = (
	'<div id="plain" style="height:600px;width:900px;overflow:auto"><div style="width:6000px">'
	+ "".join(f"<p style='height:24px;margin:0'>{number}</p>" for number in range(500))
	+ "</div></div>"
)


def measure_browser(url: str, user: str, data, chromium: str, runs: int) -> dict:
	"""Time from the navigation to the first cells, and the frames while scrolling."""
	from playwright.sync_api import sync_playwright

	result = {"cold": [], "warm": []}
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
		for run in range(max(3, runs // 2)):
			context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
			answer = context.request.post("/api/method/login", form={"usr": user, "pwd": data.PASSWORD})
			assert answer.ok, answer.text()
			page = context.new_page()
			page.set_default_timeout(60_000)
			page.add_init_script(FIRST_CELLS)
			where = f"/app/whitespace?{urlencode({'company': data.COMPANY, 'item_group': data.GOODS_OF_ALL}, quote_via=quote)}"
			for name in ("cold", "warm"):
				page.goto(where, wait_until="commit")
				result[name].append(page.evaluate("window.kam_first_cells"))
			page.wait_for_timeout(2000)
			if run == 0:
				result["plain"] = frames_of(plain(context))
				result["cells"] = page.locator(".kam-ws-cell").count()
			for name, property, step in (
				("down", "scrollTop", 40),
				("quick", "scrollTop", 120),
				("fast", "scrollTop", 600),
				("across", "scrollLeft", 60),
			):
				found = page.evaluate(SCROLL, [".kam-ws-scroll", property, step])
				result.setdefault(name, []).extend(found["deltas"])
				if run == 0:
					result[f"{name}_busy"] = main_thread(browser, page, [".kam-ws-scroll", property, step])
				result[f"{name}_size"] = found["size"]
			context.close()
		browser.close()
	for name in ("down", "quick", "fast", "across"):
		result[name] = {**frames_of(result[name]), "busy": result[f"{name}_busy"]}
	result["cold"], result["warm"] = (statistics.median(result[name]) for name in ("cold", "warm"))
	return result


def main_thread(browser, page, scroll: list) -> float:
	"""Processor milliseconds per frame the main thread needs for scripts, styles, layout and painting, from a trace."""
	browser.start_tracing(
		page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"]
	)
	frames = len(page.evaluate(SCROLL, scroll)["deltas"])
	events = json.loads(browser.stop_tracing())["traceEvents"]
	threads = {
		(event["pid"], event["tid"]): event["args"]["name"]
		for event in events
		if event.get("name") == "thread_name"
	}
	busy = sum(
		event["tdur"]
		for event in events
		if event.get("name") == "RunTask"
		and "tdur" in event
		and threads.get((event["pid"], event["tid"])) == "CrRendererMain"
	)
	return busy / 1000 / frames


def plain(context) -> list[float]:
	"""Frames of a plain page."""
	page = context.new_page()
	page.set_content(PLAIN)
	page.wait_for_timeout(500)
	deltas = page.evaluate(SCROLL, ["#plain", "scrollTop", 60])["deltas"]
	page.close()
	return deltas


def frames_of(deltas: list[float]) -> dict:
	"""Median, 95th percentile and longest time between frames, and how many took longer than two frames of 60 Hz."""
	return {
		"count": len(deltas),
		"median": statistics.median(deltas),
		"p95": float(np.percentile(deltas, 95)),
		"longest": max(deltas),
		"late": sum(delta > 2000 / 60 + 1 for delta in deltas),
	}


# ---------------------------------------------------------------- the whole


def measure_site(options) -> str:
	"""Fills the site if need be, measures and returns the table."""
	from tests.harness import frappe_session

	facts = frappe_session.facts()
	if not facts:
		raise SystemExit(frappe_session.NOT_RUNNING)
	frappe_session.connect()
	try:
		import frappe

		from benchmarks import whitespace_data as data

		frappe.flags.in_test = False
		if not data.exists():
			print("filling the site …", flush=True)
			timed("filled", lambda: data.make(options.accounts, options.groups, options.lines))
		described = data.described()
		server = {
			(user, rows): measure_server(user, rows, options.runs, data)
			for user, rows in [*((data.DIRECTOR, kind) for kind in KINDS), (data.MANAGER, "Account")]
		}
		versions = (
			f"Frappe {frappe.__version__}, MariaDB {frappe.db.sql('select version()')[0][0].split('-')[0]}"
		)
	finally:
		frappe_session.disconnect()
	load = os.getloadavg()[1]
	browser = measure_browser(
		os.environ.get("KAM_URL") or facts["url"], data.DIRECTOR, data, facts["chromium"], options.runs
	)
	return table(described, versions, load, server, browser, data, options)


def table(described, versions, load, server, browser, data, options) -> str:
	"""The result as Markdown."""
	kilo = lambda value: f"{value / 1000:,.0f} kB"  # noqa: E731
	lines = [
		"# The whitespace matrix at its full size",
		"",
		f"Measured with `python benchmarks/whitespace.py site`: {described}",
		"",
		f"{versions}, Python {platform.python_version()}, {os.cpu_count()} processors shared by database, server and browser"
		f" (software rendering). Load average {load:.1f}: above {os.cpu_count()} other work took its share of the processors, and times are longer"
		f" than on a quiet machine. Period: twelve months. Median and longest of {options.runs} requests each.",
		"",
		"## Server",
		"",
		"| reader | rows | rows × columns | cells known | median | longest | of it Python | queries | answer | compressed | behind a cell |",
		"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
	]
	for (user, rows), found in server.items():
		reader = "director" if user == data.DIRECTOR else "manager of a third"
		lines.append(
			f"| {reader} | {rows} | {found['rows']:,} × {found['columns']} | {found['cells']:,} | {found['median']:.2f} s |"
			f" {found['longest']:.2f} s | {found['busy']:.2f} s | {found['queries']} | {kilo(found['bytes'])} | {kilo(found['compressed'])} |"
			f" {found['cell']:.2f} s |"
		)
	lines += [
		"",
		"## Browser",
		"",
		f"Rows by account, director, window 1440 × 900; {browser['cells']:,} cells of the table are in the document.",
		"",
		"| | time |",
		"|---|--:|",
		f"| first visit, from the navigation to the first cells (the desk is loaded as well) | {browser['cold'] / 1000:.2f} s |",
		f"| again, with the browser's cache | {browser['warm'] / 1000:.2f} s |",
		"",
		"Scrolled from one end to the other and back, one step a frame. *Main thread* is the processor time per frame of"
		" scripts, styles, layout and painting, which other work on the machine does not lengthen; 16.7 ms are there for it."
		" Without a graphics card the pixels of every frame are drawn by the same processors, too.",
		"",
		"| | frames | median | 95th percentile | longest | later than two frames | main thread |",
		"|---|--:|--:|--:|--:|--:|--:|",
	]
	for name, label in (
		("plain", "for comparison: a page of plain lines"),
		("down", f"down {browser['down_size']:,} px, 40 px a frame (2,400 px a second)"),
		("quick", f"down {browser['quick_size']:,} px, 120 px a frame (all 300 rows in a second and a half)"),
		("fast", f"down {browser['fast_size']:,} px, 600 px a frame (a whole window of new rows)"),
		("across", f"across {browser['across_size']:,} px, 60 px a frame"),
	):
		found = browser[name]
		busy = f"{found['busy']:.1f} ms" if "busy" in found else ""
		lines.append(
			f"| {label} | {found['count']:,} | {found['median']:.1f} ms | {found['p95']:.1f} ms | {found['longest']:.1f} ms |"
			f" {found['late']} | {busy} |"
		)
	return "\n".join([*lines, ""])


def main():
	"""Reads the command line."""
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parts = parser.add_subparsers(dest="part")
	part = parts.add_parser("engine")
	part.add_argument("sizes", nargs="*", type=int)
	part = parts.add_parser("site")
	for name, value in (("accounts", 300), ("groups", 60), ("lines", 100_000), ("runs", 7)):
		part.add_argument(f"--{name}", type=int, default=value)
	part.add_argument("--result", type=Path)
	options = parser.parse_args()
	if getattr(options, "result", None):
		options.result = options.result.resolve()  # the connection changes the folder
	if options.part != "site":
		sizes = getattr(options, "sizes", [])
		measure_engine(*[*sizes, *(300, 60, 3000)[len(sizes) :]][:3])
		return
	text = measure_site(options)
	print(text)
	if options.result:
		options.result.parent.mkdir(parents=True, exist_ok=True)
		options.result.write_text(text)


if __name__ == "__main__":
	main()
