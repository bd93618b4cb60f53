"""How many queries each report and each reading endpoint sends, compared with the baseline in query_counts.csv.

A number may fall; when it rises, somebody says in the file why it is right. `KAM_PROPOSE_QUERIES=FILE pytest …` writes what was found.
"""

import contextlib
import csv
import os
from pathlib import Path

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.compat import FRAPPE_MAJOR
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import permission_matrix as matrix
from tests.site.permission_world import OURS, World
from tests.site.sales_facts import bring_up_to_date

FILE = Path(__file__).with_name("query_counts.csv")
DIRECTOR, ADMINISTRATOR = "Director", "KAM Administrator"
# not for directors
OF_ADMINISTRATORS = ("Sales Facts", "measures.report_columns", "demo.status")
# the calendar decides how many months lie ahead, and Frappe itself asks more in other versions than the one that was counted
MORE = 4 if FRAPPE_MAJOR == 15 else 25


@pytest.fixture(scope="module")
def world(site_connection):
	with frappe_session.Isolation():
		found = World(identities=(DIRECTOR, ADMINISTRATOR, "Manager of Ours"))
		bring_up_to_date()
		yield found


@pytest.fixture(autouse=True)
def isolation(world, monkeypatch):
	"""One world for all; what is asked is undone by the asking."""
	frappe_session.forget_request()
	monkeypatch.setattr(frappe, "enqueue", lambda *args, **values: None)
	yield
	frappe_session.forget_request()


def queries(ask, identity: str = DIRECTOR) -> int:
	"""Queries of the second answer: the first one fills the caches."""
	original = frappe.db.sql
	for _turn in range(2):
		sent = 0

		def counted(query, *arguments, **values):
			nonlocal sent
			sent += str(query).split(None, 1)[0].lower() not in ("savepoint", "rollback", "release")
			return original(query, *arguments, **values)

		# what is not possible in the state of the documents is counted up to the refusal
		with matrix.asking(identity), contextlib.suppress(frappe.ValidationError):
			frappe.db.sql = counted
			try:
				ask()
			finally:
				frappe.db.sql = original
	return sent


def counted(world) -> dict[str, int]:
	from frappe.desk import query_report

	given = {
		"company": b.COMPANY,
		"period": "Rolling 12 Months",
		"selection": world.selection,
		"year": getdate().year,
		"from_date": add_days(nowdate(), -100),
		"to_date": add_days(nowdate(), 30),
	}
	found = {}
	for report in matrix.of_module("Report"):
		filters = {**given, **matrix.VIEWS.get(report, [{}])[0]}
		found[f"report {report}"] = queries(
			lambda report=report, filters=filters: query_report.run(
				report, dict(filters), ignore_prepared_report=True
			),
			ADMINISTRATOR if report in OF_ADMINISTRATORS else DIRECTOR,
		)
	arguments = matrix.calls(world, OURS)
	for name, function in sorted(matrix.endpoints().items()):
		methods = frappe.allowed_http_methods_for_whitelisted_func.get(function, ["POST"])
		if "GET" not in methods or name.startswith("open_doors."):
			continue
		values = arguments.get(name, {})
		found[f"endpoint {name}"] = queries(
			lambda function=function, values=values: function(**values),
			ADMINISTRATOR if name in OF_ADMINISTRATORS else DIRECTOR,
		)
	return found


def baseline() -> dict[str, int]:
	with FILE.open(newline="", encoding="utf-8") as file:
		return {row["what"]: int(row["queries"]) for row in csv.DictReader(file)}


def test_nothing_sends_more_queries_than_its_baseline(world):
	found = counted(world)
	proposal = os.environ.get("KAM_PROPOSE_QUERIES")
	if proposal:
		with open(proposal, "w", newline="", encoding="utf-8") as file:
			writer = csv.writer(file, lineterminator="\n")
			writer.writerow(("what", "queries"))
			writer.writerows(sorted(found.items()))
		pytest.skip(f"written to {proposal}, for review")
	expected = baseline()
	assert found.keys() == expected.keys(), "a line for each report and reading endpoint"
	more = {
		what: f"{number} queries in place of {expected[what]}"
		for what, number in found.items()
		if number > expected[what] + MORE
	}
	assert not more
