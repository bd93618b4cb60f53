"""Report Relationship Coverage and the two number cards: figures, filters, and what each reader may see."""

import json

import frappe
import pytest
from frappe.desk.query_report import run

from kam_erpnext.api import cards
from kam_erpnext.kam_erpnext.report.relationship_coverage.relationship_coverage import execute
from tests.site import builders as b
from tests.site import power_map_builders as m
from tests.site.power_map_builders import judgements, make_contact, make_map, make_map_account, person
from tests.site.test_relationships import make_event, moment

REPORT = "Relationship Coverage"
JUDGES = (m.MANAGER, m.DIRECTOR, m.SPONSOR, m.OPERATIONS)
OTHERS = (m.COORDINATOR, m.READER, m.SYSTEM)
SCORES = ("coverage", "support", "roles", "rule_score", "status", "in_contact", "our_people", "overdue")


@pytest.fixture(scope="module", autouse=True)
def people():
	with m.lasting_people():
		yield


@pytest.fixture
def accounts():
	"""Good: two people in contact and a champion. Weak: single-threaded, overdue, no champion. Bare: no map."""
	ann, bob = make_contact("Ann", "Coverage").name, make_contact("Bob", "Coverage").name
	make_event([ann], 3)
	make_event([bob], 50)
	good, weak, bare = (make_map_account(f"Coverage {name}") for name in ("Good", "Weak", "Bare"))
	make_map(
		good,
		[
			person("ann", contact=ann, relationship_owner=m.MANAGER),
			person("cat", "Cat", relationship_owner=m.MANAGER),
		],
		judgements(
			{
				"ann": {"roles": ["Champion"], "power": "High", "coverage": "In Depth", "support": 2},
				"cat": {"coverage": "Multiple"},
			}
		),
	)
	weak_map = make_map(
		weak,
		[person("bob", contact=bob), person("dan", "Dan"), person("who", "Buyer", kind="Placeholder")],
		judgements(
			{
				"bob": {"roles": ["Decider"], "power": "High", "coverage": "Brief", "support": -1},
				"dan": {"coverage": "No Contact"},
			}
		),
	)
	return frappe._dict(good=good.name, weak=weak.name, bare=bare.name, weak_map=weak_map.name)


def rows_of(**filters):
	return {row["account_name"]: row for row in execute(filters)[1]}


def test_figures_of_every_account(accounts, as_user):
	with as_user(m.MANAGER):
		rows = rows_of()
	good, weak, bare = (rows[f"Coverage {name}"] for name in ("Good", "Weak", "Bare"))
	assert good["coverage"] == round((3 * 100 + 67) / 4, 1) and good["answered"] == 100
	assert (good["support"], good["in_contact"], good["overdue"]) == (2, 2, 0)
	assert good["warnings"] == ""
	assert weak["coverage"] == round(3 * 33 / 4, 1) and weak["answered"] == 80
	assert (weak["support"], weak["status"], weak["in_contact"]) == (-1, 1, 1)
	assert (weak["people"], weak["placeholders"], weak["without_owner"]) == (2, 1, 2)
	assert weak["warnings"] == "Single-threaded, No champion, Key people overdue: 1"
	assert weak["last_contact"] == moment(50).date() and weak["power_map"] == accounts.weak_map
	assert bare["warnings"] == "No map yet" and bare["people"] is None and "coverage" not in bare


def test_the_worst_stand_first_and_those_without_a_map_last(accounts, as_user):
	with as_user(m.MANAGER):
		assert [row["account_name"] for row in execute({})[1]] == [
			"Coverage Weak",
			"Coverage Good",
			"Coverage Bare",
		]


def test_summary_and_heat_map(accounts, as_user):
	with as_user(m.MANAGER):
		_columns, _rows, message, chart, summary = execute({})
	assert {item["label"]: item["value"] for item in summary} == {
		"Accounts": 3,
		"Without a Map": 1,
		"Single-Threaded": 1,
		"No Champion": 1,
		"With Overdue Contacts": 1,
	}
	heat = chart["kam"]
	assert [row["label"] for row in heat["rows"]] == ["Coverage Weak", "Coverage Good"]
	cells = dict(zip(heat["columns"], heat["rows"][0]["cells"], strict=True))
	assert cells["Support"] == {"share": 0.25, "value": -1, "digits": 1}
	assert cells["In Contact"] == {"share": 0.5, "value": 50, "text": "1 of 2"}
	assert cells["In Time"] == {"share": 0, "value": 0, "text": "0 of 1"}
	json.dumps(chart)
	assert "as of" in message


def test_what_is_not_known_has_no_colour_and_no_zero(as_user):
	account = make_map_account("Coverage Unknown")
	make_map(account, [person("eve", "Eve"), person("fay", "Fay")])
	with as_user(m.MANAGER):
		answer = execute({"key_account": account.name})
	(row,) = answer[1]
	for field in ("coverage", "support", "roles", "status", "in_contact", "our_people", "overdue"):
		assert row[field] is None, field
	assert row["warnings"] == ""
	cells = dict(zip(answer[3]["kam"]["columns"], answer[3]["kam"]["rows"][0]["cells"], strict=True))
	assert cells["Coverage"] == {"share": None}


def test_filters(accounts, as_user):
	with as_user(m.MANAGER):
		for warning, names in {
			"Any Warning": {"Weak", "Bare"},
			"Single-Threaded": {"Weak"},
			"No Champion": {"Weak"},
			"Overdue for Contact": {"Weak"},
			"No Map": {"Bare"},
		}.items():
			assert {*rows_of(warning=warning)} == {f"Coverage {name}" for name in names}, warning
		assert {*rows_of(key_account=accounts.good)} == {"Coverage Good"}
		assert len(rows_of(level="National")) == 3 and rows_of(level="Global") == {}
		assert len(rows_of(manager=m.MANAGER)) == 3 and rows_of(manager=m.DIRECTOR) == {}


def test_filters_by_segment_territory_and_status(as_user):
	b.ensure_territory("Test Land", is_group=True)
	b.ensure_territory("Test North", parent="Test Land")
	customer = b.make_customer("Coverage Customer", territory="Test North").name
	here = make_map_account(
		"Coverage Here", [customer], segments=[{"segment": "Reference", "reason": "Known widely"}]
	)
	make_map_account("Coverage Gone", status="Retired")
	with as_user(m.MANAGER):
		assert {*rows_of(segment="Reference")} == {here.account_name}
		assert {*rows_of(territory="Test Land")} == {here.account_name}
		assert rows_of(territory="Test Land", segment="Image") == {}
		assert "Coverage Gone" not in rows_of() and "Coverage Gone" in rows_of(status="All")


@pytest.mark.parametrize("user", OTHERS)
def test_without_permission_level_1_only_the_structure(accounts, user, as_user):
	with as_user(user):
		columns, rows, message, chart, summary = execute({})
		weak = next(row for row in rows if row["account_name"] == "Coverage Weak")
		assert not {*SCORES, "missing_roles", "answered"} & (
			{*weak} | {column["fieldname"] for column in columns}
		)
		assert weak["warnings"] == "" and weak["placeholders"] == 1
		assert weak["last_contact"] == moment(50).date()
		assert chart is None and {item["label"] for item in summary} == {
			"Accounts",
			"Without a Map",
			"People on Maps",
		}
		assert "not the judgements" in message
		# asking for a warning that judges people tells nothing
		assert execute({"warning": "Single-Threaded"})[1] == []
		assert cards.single_threaded_accounts() == cards.accounts_without_champion() == "–"


@pytest.mark.parametrize("user", [*JUDGES, *OTHERS])
def test_every_role_can_run_it_and_nobody_on_a_map_is_named(accounts, user, as_user):
	with as_user(user):
		answer = run(REPORT, filters={})
	assert any(row["account_name"] == "Coverage Weak" for row in answer["result"])
	text = json.dumps(answer, default=str)
	assert "Bob" not in text and "Dan" not in text
	assert not frappe.db.exists("Power Map Reading", {"power_map": accounts.weak_map})


def test_maps_of_accounts_one_may_not_see_are_not_counted(accounts, as_user):
	with as_user(m.OUTSIDER):
		assert rows_of() == {}
		assert cards.single_threaded_accounts()["value"] == 0
	with as_user(m.DIRECTOR):
		assert "Coverage Weak" in rows_of()


def test_cards_count_what_the_report_shows(accounts, as_user):
	with as_user(m.MANAGER):
		for card, warning in (
			(cards.single_threaded_accounts(), "Single-Threaded"),
			(cards.accounts_without_champion(), "No Champion"),
		):
			assert card["value"] == len(rows_of(warning=warning)) == 1
			assert card["route"] == ["query-report", REPORT]
			assert card["route_options"] == {"warning": warning}


def test_cards_are_offered_to_those_who_may_judge(as_user):
	for name in ("Single-Threaded Accounts", "Accounts without a Champion"):
		for user in JUDGES:
			with as_user(user):
				assert frappe.has_permission("Number Card", doc=name), user
		for user in (m.COORDINATOR, m.READER):
			with as_user(user):
				assert not frappe.has_permission("Number Card", doc=name), user


def test_maps_of_an_opportunity_and_earlier_versions_do_not_count(accounts, as_user):
	frappe.db.set_value("Power Map", accounts.weak_map, "is_current", 0)
	with as_user(m.MANAGER):
		assert rows_of()["Coverage Weak"]["warnings"] == "No map yet"


def test_a_map_that_cannot_be_decrypted_says_so(accounts, as_user):
	frappe.db.set_value("Power Map", accounts.weak_map, "judgements", "gAAAAABnot-of-this-site")
	with as_user(m.MANAGER):
		row = rows_of()["Coverage Weak"]
	assert row["warnings"] == "Judgements cannot be read" and row["people"] == 2
	assert "coverage" not in row


def test_queries_do_not_grow_with_accounts(accounts, as_user, monkeypatch):
	def count():
		execute({})
		statements = []
		send = frappe.db.sql
		monkeypatch.setattr(
			frappe.local.db,
			"sql",
			lambda query, *args, **kwargs: (statements.append(query), send(query, *args, **kwargs))[1],
		)
		execute({})
		monkeypatch.setattr(frappe.local.db, "sql", send)
		return len(statements)

	with as_user(m.MANAGER):
		few = count()
	for number in range(4):
		make_map(make_map_account(f"Coverage More {number}"), [person("x"), person("y")])
	with as_user(m.MANAGER):
		assert count() == few
