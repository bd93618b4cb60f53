"""Every report of the app with right and wrong filters, read and exported as the desk does it: see `tests.site.fuzzing`.

A report answers, or says above an empty table what is wrong with its filters; it never fails, nor does its program.
"""

import json
import re
from pathlib import Path

import frappe
import pytest
from frappe.utils import add_days, nowdate, strip_html
from hypothesis import given
from hypothesis import strategies as st

import kam_erpnext
from tests.site import fuzz_world, fuzzing
from tests.site import pipeline_builders as pipeline
from tests.site.fuzz_world import DIRECTOR, MANAGER, OPERATIONS, READER, YEAR

INPUTS = 36
FOLDERS = {
	path.parent.name: path.parent
	for path in sorted(Path(kam_erpnext.__file__).parent.glob("kam_erpnext/report/*/*.json"))
}
ERROR = "because of an error in the program"


@pytest.fixture(scope="module")
def world(site_connection):
	with fuzz_world.made() as made, fuzzing.no_jobs():
		made.site = fuzzing.Site()
		made.right = right_values(made)
		yield made
		print(f"\nreports: {dict(made.site.sums())}")


@pytest.fixture(autouse=True)
def isolation(world):
	"""The whole module is one transaction; every request is undone by itself."""


@pytest.fixture
def logged(monkeypatch):
	"""Errors of programs, which reports log instead of failing."""
	errors = []
	monkeypatch.setattr(frappe, "log_error", lambda *args, **values: errors.append(frappe.get_traceback()))
	return errors


def right_values(world):
	today = nowdate()
	return {
		"company": [world.company],
		"period": ["Rolling 12 Months", "Custom", "Last Fiscal Year", "Fiscal Year to Date"],
		"from_date": [f"{YEAR}-01-01", today],
		"to_date": [f"{YEAR}-12-31", add_days(today, 30)],
		"as_of": [f"{YEAR}-12-31", today],
		"on": [today],
		"key_account": [world.account, world.group],
		"customer": world.customers,
		"territory": [world.territory],
		"item_group": [pipeline.PUMPS],
		"customer_group": ["Test Customers"],
		"user": [MANAGER, DIRECTOR],
		"responsible": [MANAGER],
		"manager": [MANAGER],
		"year": [int(YEAR), YEAR],
		"years": [2],
		"selection": [world.selection],
		"plan": world.plans,
		"competitor": [world.competitor],
		"cycle": world.cycles,
		"scheme": [world.scheme],
		"level": ["National", 1],
		"mine": [0, 1],
	}


def filters_of(folder):
	"""Names of the filters of a report, and the values its filters offer."""
	sources = [path.read_text(encoding="utf-8") for path in (*folder.glob("*.py"), *folder.glob("*.js"))]
	names = {name for text in sources for name in re.findall(r"filters\.(?:get\(\")?([a-z_]+)\b", text)}
	names |= {name for text in sources for name in re.findall(r"_filter\(\s*\"([a-z_]+)\"", text)}
	names |= {name for text in sources for name in re.findall(r"fieldname: \"([a-z_]+)\"", text)}
	offered = {value for text in sources for value in re.findall(r"value: \"([^\"]+)\"", text)}
	known = {"company", "period", "from_date", "to_date", "as_of", "key_account", "territory"}
	return sorted((names | known) - {"get", "update", "items", "pop", "setdefault"}), sorted(offered)


@st.composite
def filters(draw, folder, right):
	names, offered = filters_of(folder)
	chosen = {"company": right["company"][0]} if draw(st.integers(0, 9)) else {}
	for name in draw(st.lists(st.sampled_from(names), max_size=5, unique=True)):
		chosen[name] = draw(st.sampled_from(right.get(name) or [0, 1, *offered]))
	wrong = None
	if chosen and draw(st.integers(0, 4)):
		wrong = draw(st.sampled_from(sorted(chosen)))
		chosen[wrong] = draw(st.one_of(fuzzing.mutated(chosen[wrong]), fuzzing.mutated([chosen[wrong]])))
	return chosen, wrong


@pytest.mark.parametrize("name", FOLDERS)
def test_a_report_answers_or_says_what_is_wrong(world, logged, name):
	report = json.loads(next(FOLDERS[name].glob("*.json")).read_text(encoding="utf-8"))["report_name"]

	@fuzzing.inputs(INPUTS, name)
	@given(
		filters(FOLDERS[name], world.right),
		st.sampled_from([OPERATIONS, DIRECTOR, MANAGER, READER]),
		st.sampled_from(["run", "run", "run", "run", "Excel", "CSV"]),
	)
	def ask(chosen, user, way):
		chosen, _wrong = chosen
		logged.clear()
		values = {"report_name": report, "filters": json.dumps(chosen)}
		method = "frappe.desk.query_report.run"
		if way != "run":
			method = "frappe.desk.query_report.export_query"
			values |= {
				"file_format_type": way,
				"visible_idx": "[]",
				"include_filters": "1",
				"applied_filters": "{}",
			}
		else:
			values["ignore_prepared_report"] = "1"
		answer = world.site.send(method, values, user, "POST")
		assert not logged, f"{report} {fuzzing.short(chosen)}\n{logged[-1]}"
		if way == "run" and answer.accepted:
			told = answer.data
			assert told["columns"] or strip_html(told.get("message") or "").strip(), (report, chosen)

	ask()
