"""Everything of the app against every identity, compared with the reviewed files in the folder permission_matrix.

After a change, `KAM_PROPOSE_PERMISSIONS=FOLDER pytest tests/site/test_permission_matrix.py` writes what was found to that folder,
to be compared with the reviewed files and taken over by hand: a cell that says more than docs/permissions.md is a hole.
"""

import os

import frappe
import pytest

from tests.harness import frappe_session
from tests.site import permission_matrix as matrix
from tests.site.permission_world import ELSEWHERE, FENCED_IN, IDENTITIES, OURS, THEIRS, World

NOT_IN_THE_PROGRAMME = ("Guest", "Portal User", "ERPNext Sales User")


@pytest.fixture(scope="module")
def world(site_connection):
	with frappe_session.Isolation():
		yield World()


@pytest.fixture(autouse=True)
def isolation(world, monkeypatch):
	"""One world for all; what is asked is undone by the asking."""
	frappe_session.forget_request()
	monkeypatch.setattr(frappe, "enqueue", lambda *args, **values: None)
	yield
	frappe_session.forget_request()


@pytest.mark.parametrize("kind", matrix.KINDS)
def test_everybody_may_do_what_was_reviewed_and_nothing_else(world, kind):
	found = matrix.KINDS[kind][0](world)
	folder = os.environ.get("KAM_PROPOSE_PERMISSIONS")
	if folder:
		matrix.write(kind, found, folder)
		pytest.skip(f"written to {folder}/{kind}.csv, for review")
	problems = sorted(matrix.differences(matrix.read(kind), found))
	assert not problems, f"{len(problems)} differences\n" + "\n".join(problems)


# ---------------------------------------------------------------- the reviewed files themselves


@pytest.mark.parametrize("kind", matrix.KINDS)
def test_the_reviewed_files_ask_about_every_identity(kind):
	for row, cells in matrix.read(kind).items():
		assert tuple(cells) == tuple(IDENTITIES), row
		assert all(cells.values()), row


def test_nobody_is_expected_to_see_what_is_not_his():
	"""Rules that hold whatever a reviewer writes."""
	for kind in ("tables", "reports", "methods", "screens"):
		for row, cells in matrix.read(kind).items():
			if row in SHARED:
				continue
			for identity in FENCED_IN:
				assert "both" not in cells[identity] and THEIRS not in cells[identity], (row, identity)
			for identity in ELSEWHERE:
				told = cells[identity].removeprefix("yes").strip()
				assert told in ("", "no", "nothing", "-"), (row, identity)
			for identity in NOT_IN_THE_PROGRAMME:
				assert OURS not in cells[identity] and "both" not in cells[identity], (row, identity)


CUSTOMERS = "who may read customers in ERPNext as a Sales User reads the sales of all of them"
CYCLES = "a call cycle is seen by directors whatever customers are in it; its lines are fenced by customer"
# rows where somebody is told of both, and why that is right
SHARED = {
	("Account Profitability",): CUSTOMERS,
	("Customer Pareto and ABC",): CUSTOMERS,
	("Customer Ranking",): CUSTOMERS,
	("Key Account Performance",): CUSTOMERS,
	("Market Share",): CUSTOMERS,
	("calls.plan",): "a call is planned on any customer one may see",
	("Call Cycle", "absences"): CYCLES,
	("Market Estimate", "competitors"): "sizes of markets belong to no account and are open to the programme",
	**{
		(method,): CYCLES
		for method in (
			"call_changes.schedule",
			"call_changes.preview",
			"call_changes.progress",
			"call_cycles.overview",
			"call_cycles.load",
			"call_cycles.propose",
		)
	},
}


def test_a_difference_is_told_in_words():
	expected = {("Plan", "ours"): {"Reader": "r"}, ("Gone",): {"Reader": "r"}}
	found = {("Plan", "ours"): {"Reader": "rw"}, ("New",): {"Reader": "r"}}
	assert sorted(matrix.differences(expected, found)) == [
		"Gone: expected, but there is no such thing",
		"New: nothing is expected of it yet, found {'Reader': 'r'}",
		"Plan / ours, Reader: expected r, found rw",
	]
