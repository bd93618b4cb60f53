"""Who sees incentives: every person of a small firm by every door Frappe has. Each statement holds an amount and a note that
stand nowhere else; whoever may not see them finds them nowhere."""

import json

import frappe
import pytest
from frappe.desk import query_report, reportview
from frappe.desk.form import linked_with, load
from frappe.desk.reportview import get_count
from frappe.desk.search import search_link
from frappe.utils.global_search import search as global_search
from frappe.www.printview import get_html_and_style

from kam_erpnext import compat
from kam_erpnext.api import incentives as api
from kam_erpnext.data import incentive_access as access
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import incentive_builders as i
from tests.site.incentive_builders import (
	COLLEAGUE,
	COORDINATOR,
	DIRECTOR,
	HEAD,
	MANAGER,
	PAYER,
	PEOPLE,
	READER,
	SCHEME,
	SECOND_PAYER,
	STATEMENT,
	STRANGER,
	SYSTEM,
	TOP,
	make_scheme,
	measure,
	participant,
)
from tests.site.kam_builders import lasting_users, make_account

# mark of a statement: its amount at target
MARKS = {
	"manager": 71717,
	"colleague": 72727,
	"director": 73737,
	"alone": 74747,
	"below": 75757,
	"himself": 76767,
}
ALL = set(MARKS)
# whose statements each of them sees
STATEMENTS = {
	PAYER: ALL,
	SECOND_PAYER: ALL,
	MANAGER: {"manager", "alone", "below"},
	COLLEAGUE: {"colleague"},
	DIRECTOR: {"manager", "director", "alone", "below", "himself"},
	TOP: {"manager", "director", "alone", "below", "himself"},
	HEAD: {"colleague"},
	STRANGER: set(),
	READER: set(),
	COORDINATOR: set(),
	SYSTEM: set(),
	"Guest": set(),
}
# and whose schemes: those without strangers
SCHEMES = {
	PAYER: {"everybody", "one", "team"},
	SECOND_PAYER: {"everybody", "one", "team"},
	MANAGER: {"one"},
	DIRECTOR: {"one", "team"},
}
# marks of the participants of a scheme
PARTS = {
	"everybody": {"manager", "colleague", "director"},
	"one": {"alone"},
	"team": {"below", "himself"},
}
PRINT = "Key Account Incentive Statement"
PARTICIPANT = "Key Account Incentive Participant"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(PEOPLE):
		yield


class World:
	"""Top is above the director, who is above the manager, all by their employees; Head is above the colleague in the tree
	of sales people. The coordinator works in the manager's account and is above nobody; Stranger directs others."""

	def __init__(self):
		b.ensure_company()
		frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
		i.ensure_employee(TOP)
		i.ensure_employee(DIRECTOR, TOP)
		i.ensure_employee(MANAGER, DIRECTOR)
		i.ensure_employee(STRANGER)
		north = i.seller("Incentive Head", HEAD, is_group=1)
		i.seller("Incentive Colleague", COLLEAGUE, north)
		i.seller("Incentive Stranger", STRANGER)
		self.customer = b.make_customer("Incentive Fence").name
		self.account = make_account(
			"Incentive Fence",
			[self.customer],
			key_account_manager=MANAGER,
			key_account_coordinator=COORDINATOR,
		).name
		b.make_invoice(self.customer, [(b.ensure_service_item(), 1, 88888)], "2019-03-01")
		self.schemes = {
			"everybody": self.scheme(
				"everybody", 2019, manager=MANAGER, colleague=COLLEAGUE, director=DIRECTOR
			),
			"one": self.scheme("one", 2020, alone=MANAGER),
			"team": self.scheme("team", 2021, below=MANAGER, himself=DIRECTOR),
		}
		self.names = {
			mark: frappe.db.get_value(STATEMENT, {"at_target": amount}, "name")
			for mark, amount in MARKS.items()
		}

	def scheme(self, name, year, **people):
		return make_scheme(
			[participant(user, MARKS[mark]) for mark, user in people.items()],
			[measure("Margin Percent", 60, target=100), measure("Call Compliance", 40)],
			title=f"Zqscheme {name}",
			from_date=f"{year}-01-01",
			to_date=f"{year}-12-31",
			note=f"Zqnote {name}",
		).name


@pytest.fixture(scope="module")
def world(people):
	"""Nothing in these tests changes the world: it is made once and undone with the module."""
	with frappe_session.Isolation():
		yield World()


@pytest.fixture(autouse=True)
def isolation():
	"""The isolation of the module holds; requests are forgotten between tests."""
	frappe_session.forget_request()
	yield
	frappe_session.forget_request()
	frappe.set_user("Administrator")


@pytest.fixture
def change(world):
	"""Undoes what one test changes in the world."""
	frappe.db.savepoint("incentive_change")
	yield
	frappe.db.rollback(save_point="incentive_change")
	frappe.clear_cache()


def text(value) -> str:
	return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def marks(answer) -> set[str]:
	"""Marks that stand in an answer, however the number is written."""
	plain = text(answer).replace(",", "").replace(" ", "").replace("\u00a0", "")
	return {mark for mark, amount in MARKS.items() if str(amount) in plain}


def asked(door, user) -> str:
	"""The answer of a door; empty where it is shut."""
	with frappe_session.as_user(user):
		frappe.local.response = frappe._dict({"docs": []})
		frappe.local.form_dict = frappe._dict()
		try:
			return text(door())
		except (frappe.PermissionError, frappe.DoesNotExistError, frappe.PageDoesNotExistError):
			frappe.clear_messages()
			return ""
		finally:
			frappe.local.response = frappe._dict({"docs": []})


# ---------------------------------------------------------------- doors that list


def report_view(doctype, fields, **options):
	frappe.local.form_dict = frappe._dict(
		doctype=doctype, fields=json.dumps(fields), filters="[]", start=0, page_length=500, **options
	)
	return json.loads(frappe.as_json(reportview.get()))


def exported():
	frappe.local.form_dict = frappe._dict(
		doctype=STATEMENT,
		file_format_type="CSV",
		fields=json.dumps([f"`tab{STATEMENT}`.`at_target`"]),
		filters="[]",
		title=STATEMENT,
	)
	reportview.export_query()
	return _downloaded()


def exported_report(show="Measures"):
	frappe.local.form_dict = frappe._dict(
		report_name="Incentive Performance",
		file_format_type="CSV",
		filters=json.dumps({"show": show}),
		visible_idx="[]",
	)
	query_report.export_query()
	return _downloaded()


def _downloaded():
	content = frappe.response.get("filecontent") or frappe.response.get("result") or ""
	return content.decode() if isinstance(content, bytes) else text(content)


def data_export():
	"""The export of the data import tool."""
	from frappe.core.doctype.data_import.exporter import Exporter

	fields = {STATEMENT: ["name", "at_target"], "lines": ["measure", "amount"]}
	return Exporter(STATEMENT, export_fields=fields, export_data=True).get_csv_array()


def report(show="Measures"):
	return query_report.run("Incentive Performance", {"show": show}, ignore_prepared_report=True)


def handled(method, **values):
	"""As the desk and REST ask, through Frappe's handler."""
	from frappe.handler import execute_cmd

	frappe.local.form_dict = frappe._dict(cmd=method, **values)
	frappe.local.request = frappe._dict(method="GET")
	try:
		return execute_cmd(method)
	finally:
		del frappe.local.request


def counted(doctype, filters=None):
	return handled("frappe.client.get_count", doctype=doctype, filters=frappe.as_json(filters or {}))


def searched(doctype, column, parent=None):
	"""A search that is told to leave permissions out and to show a column."""
	return handled(
		"frappe.desk.search.search_widget",
		doctype=doctype,
		txt="",
		ignore_user_permissions=1,
		reference_doctype=parent,
		filter_fields=json.dumps([column]),
		as_dict=1,
		page_length=500,
	)


def drawn(doctype, column, chart_type="Sum"):
	"""A heat map nobody has stored."""
	chart = {
		"document_type": doctype,
		"chart_type": chart_type,
		"type": "Heatmap",
		"based_on": "creation",
		"value_based_on": column,
		"heatmap_year": str(frappe.utils.getdate().year),
		"filters_json": "[]",
		"name": "nobody",
	}
	return handled(
		"frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart=json.dumps(chart), no_cache=1
	)


def card(function="Sum"):
	"""A number card that an administrator has put on everybody's workspace."""
	from frappe.desk.doctype.number_card.number_card import get_result

	doc = {
		"doctype": "Number Card",
		"document_type": STATEMENT,
		"function": function,
		"aggregate_function_based_on": "at_target",
	}
	return get_result(json.dumps(doc), "[]")


# as the desk of each version asks for it
COUNT = (
	{"COUNT": "name", "as": "number"}
	if compat.FRAPPE_MAJOR >= 16
	else "count(`tabKey Account Incentive`.`name`) as number"
)
LISTS = {
	"list": lambda: frappe.get_list(STATEMENT, fields=["*"], limit_page_length=0),
	"REST list": lambda: frappe.client.get_list(STATEMENT, fields=["name", "at_target"], limit_page_length=0),
	"report view": lambda: report_view(STATEMENT, ["name", "at_target"]),
	"report view of lines": lambda: report_view(STATEMENT, ["name", "at_target", f"`tab{LINE}`.`amount`"]),
	"grouped": lambda: report_view(STATEMENT, ["at_target", COUNT], group_by="at_target"),
	"REST value": lambda: [
		frappe.client.get_value(STATEMENT, "at_target", {"at_target": amount}) for amount in MARKS.values()
	],
	"export": exported,
	"data export": data_export,
	"report": report,
	"export of the report": exported_report,
}
LINE = "Key Account Incentive Line"


@pytest.mark.parametrize("door", LISTS)
@pytest.mark.parametrize("user", STATEMENTS)
def test_doors_that_list_statements(world, user, door):
	assert marks(asked(LISTS[door], user)) == STATEMENTS[user]


@pytest.mark.parametrize("user", STATEMENTS)
def test_counts_and_cards_add_up_what_is_seen_and_nothing_else(world, user):
	expected = STATEMENTS[user]

	def desk_count():
		frappe.local.form_dict = frappe._dict(doctype=STATEMENT, filters="[]", fields="[]", distinct="false")
		return get_count()

	assert asked(desk_count, user) in (str(len(expected)), "" if not expected else None)
	assert asked(lambda: counted(STATEMENT), user) in (str(len(expected)), "" if not expected else None)
	# Frappe's own would let anybody find an amount by asking how many are larger
	for mark, amount in MARKS.items():
		found = asked(lambda amount=amount: counted(STATEMENT, {"at_target": amount}), user)
		assert found == "1" if mark in expected else found in ("0", "")
		assert asked(lambda amount=amount: counted(PARTICIPANT, {"amount": amount}), user) == ""
	answer = asked(card, user)
	assert float(answer or 0) == sum(MARKS[mark] for mark in expected)


@pytest.mark.parametrize("user", STATEMENTS)
def test_rows_of_tables_follow_their_document(world, user):
	def rows(table, parent):
		return frappe.get_list(
			table, {"parenttype": parent}, ["parent"], parent_doctype=parent, limit_page_length=0
		)

	seen = {world.names[mark] for mark in STATEMENTS[user]}
	found = json.loads(asked(lambda: rows(LINE, STATEMENT), user) or "[]")
	assert {row["parent"] for row in found} == seen
	schemes = {world.schemes[name] for name in SCHEMES.get(user, ())}
	for table in access.TABLES[SCHEME]:
		found = json.loads(asked(lambda table=table: rows(table, SCHEME), user) or "[]")
		expected = schemes if table != "Key Account Incentive Target" else set()
		assert {row["parent"] for row in found} == expected, table


# ---------------------------------------------------------------- doors to one statement


def form(name):
	load.getdoc(STATEMENT, name)
	return json.loads(frappe.as_json(frappe.local.response.docs))


def beside_the_form(name):
	load.get_docinfo(doctype=STATEMENT, name=name)
	return json.loads(frappe.as_json(frappe.local.response))


SINGLE = {
	"form": form,
	"REST document": lambda name: frappe.client.get(STATEMENT, name),
	"print": lambda name: get_html_and_style(STATEMENT, name=name, print_format=PRINT, no_letterhead=1),
	"Frappe's own print": lambda name: get_html_and_style(
		STATEMENT, name=name, print_format="Standard", no_letterhead=1
	),
	"PDF": lambda name: frappe.get_print(STATEMENT, name, PRINT, no_letterhead=1),
}


@pytest.mark.parametrize("door", SINGLE)
@pytest.mark.parametrize("user", STATEMENTS)
def test_doors_to_one_statement(world, user, door):
	found = {
		mark
		for mark, name in world.names.items()
		if mark in marks(asked(lambda name=name: SINGLE[door](name), user))
	}
	assert found == STATEMENTS[user]


@pytest.mark.parametrize("user", STATEMENTS)
def test_buttons_open_for_those_who_see_the_statement(world, user):
	for mark, name in world.names.items():
		answer = asked(lambda name=name: api.recalculate(name), user)
		assert bool(answer) == (mark in STATEMENTS[user]), mark


@pytest.mark.parametrize("user", [user for user in STATEMENTS if user not in (PAYER, SECOND_PAYER)])
def test_nothing_stands_beside_a_statement_that_is_not_seen(world, user):
	for mark, name in world.names.items():
		if mark not in STATEMENTS[user]:
			assert not asked(lambda name=name: beside_the_form(name), user), mark


# ---------------------------------------------------------------- schemes


@pytest.mark.parametrize("user", STATEMENTS)
def test_schemes_are_as_secret_as_all_their_participants(world, user):
	expected = SCHEMES.get(user, set())
	amounts = {mark for name in expected for mark in PARTS[name]}

	def names(answer):
		return {name for name in world.schemes if f"Zqscheme {name}" in answer}

	assert names(asked(lambda: frappe.get_list(SCHEME, fields=["*"], limit_page_length=0), user)) == expected
	assert names(asked(lambda: report_view(SCHEME, ["name", "title"]), user)) == expected
	rows = asked(
		lambda: report_view(SCHEME, ["name", "title", "`tabKey Account Incentive Participant`.`amount`"]),
		user,
	)
	assert (names(rows), marks(rows)) == (expected, amounts)
	for name, scheme in world.schemes.items():

		def opened(scheme=scheme):
			load.getdoc(SCHEME, scheme)
			return json.loads(frappe.as_json(frappe.local.response.docs))

		assert marks(asked(opened, user)) == (PARTS[name] if name in expected else set())
		printed = asked(lambda scheme=scheme: get_html_and_style(SCHEME, name=scheme, no_letterhead=1), user)
		assert bool(marks(printed)) == (name in expected)


@pytest.mark.parametrize("user", STATEMENTS)
def test_searches_find_what_is_seen(world, user):
	def links(doctype, word):
		return search_link(doctype, word, page_length=100)

	expected = SCHEMES.get(user, set())
	found = asked(lambda: links(SCHEME, "Zqscheme"), user)
	assert {name for name, scheme in world.schemes.items() if scheme in found} == expected
	found = asked(lambda: links(STATEMENT, "KIN-"), user)
	assert {mark for mark, name in world.names.items() if name in found} == STATEMENTS[user]
	for word in ("Zqscheme", "Zqnote", "71717"):
		assert "Zq" not in asked(lambda word=word: global_search(word), user)
	for scheme in world.schemes.values():
		# the endpoint asks for no right and must have nothing to tell
		assert "Zq" not in asked(
			lambda scheme=scheme: frappe.desk.search.get_link_title(SCHEME, scheme), user
		)


@pytest.mark.parametrize("user", STATEMENTS)
def test_a_search_without_permissions_shows_what_is_seen_and_no_amounts(world, user):
	answer = asked(lambda: searched(STATEMENT, "at_target"), user)
	assert {mark for mark, name in world.names.items() if name in answer} == STATEMENTS[user]
	assert not marks(answer)
	answer = asked(lambda: searched(SCHEME, "note"), user)
	assert {name for name, scheme in world.schemes.items() if scheme in answer} == SCHEMES.get(user, set())
	assert "Zqnote" not in answer
	for table, parent in ((PARTICIPANT, SCHEME), (LINE, STATEMENT)):
		assert not marks(asked(lambda table=table, parent=parent: searched(table, "amount", parent), user))


@pytest.mark.parametrize("user", [STRANGER, MANAGER, SYSTEM, PAYER])
def test_no_heat_map_adds_up_amounts(world, user):
	for doctype, column in ((STATEMENT, "at_target"), (PARTICIPANT, "amount"), (LINE, "amount")):
		assert asked(lambda doctype=doctype, column=column: drawn(doctype, column), user) == ""


@pytest.mark.skipif(
	compat.FRAPPE_MAJOR >= 16, reason="Frappe 16.9 draws no heat maps: its query builder refuses them"
)
def test_heat_maps_of_other_documents_are_drawn_as_before(world):
	assert drawn("Customer", None, "Count")["dataPoints"]


def test_nothing_is_kept_where_others_read_it(world):
	"""Versions, the global search, titles of links and mails of followers know no rights of documents."""
	for doctype in (SCHEME, STATEMENT):
		meta = frappe.get_meta(doctype)
		assert not meta.track_changes and not meta.show_title_field_in_link
		assert not meta.get_global_search_fields()
		assert not frappe.db.exists("Version", {"ref_doctype": doctype})
		for role in meta.permissions:
			assert not role.share and not role.email
	meta = frappe.get_meta(STATEMENT)
	assert not any(role.get(right) for role in meta.permissions for right in ("write", "create", "delete"))


def test_other_documents_are_counted_as_before(world, as_user):
	with as_user(MANAGER):
		assert counted("Customer", {"name": world.customer}) == 1
		assert counted("Customer", [["name", "=", world.customer]]) == 1


def test_a_chart_that_frappe_keeps_for_everybody_is_refused():
	for doctype in (STATEMENT, SCHEME, LINE):
		assert not frappe.db.exists("Dashboard Chart", {"document_type": doctype})
		chart = frappe.get_doc(
			{
				"doctype": "Dashboard Chart",
				"chart_name": f"Chart of {doctype}",
				"chart_type": "Group By",
				"document_type": doctype,
				"parent_document_type": STATEMENT,
				"group_by_type": "Sum",
				"group_by_based_on": "creation",
				"aggregate_function_based_on": "amount",
				"filters_json": "[]",
				"type": "Bar",
			}
		)
		with pytest.raises(frappe.ValidationError, match="Incentives cannot be drawn"):
			chart.insert()


def test_nobody_can_share_a_statement_on(world, as_user):
	from frappe.share import add

	for user in (MANAGER, DIRECTOR, PAYER):
		with as_user(user), pytest.raises(frappe.PermissionError):
			add(STATEMENT, world.names["manager"], STRANGER, read=1)
	with as_user(PAYER), pytest.raises(frappe.PermissionError):
		add(SCHEME, world.schemes["one"], STRANGER, read=1)


def test_nobody_can_assign_a_statement_to_a_stranger(world, as_user):
	"""Frappe shares what it assigns to somebody who may not see it."""
	from frappe.desk.form import assign_to

	todo = {
		"assign_to": [STRANGER],
		"doctype": STATEMENT,
		"name": world.names["manager"],
		"description": "Look",
	}
	for user in (MANAGER, DIRECTOR, PAYER):
		with as_user(user), pytest.raises(frappe.PermissionError):
			assign_to.add(todo)
		# a request would undo it
		frappe.db.delete("ToDo", {"reference_type": STATEMENT})
	assert not frappe.db.exists("DocShare", {"share_doctype": STATEMENT})


def test_nobody_sees_a_draft_he_is_in(world, as_user, change):
	draft = make_scheme([MANAGER], submit=False, from_date="2022-01-01", to_date="2022-12-31").name
	for user, sees in ((MANAGER, False), (DIRECTOR, True), (PAYER, True), (STRANGER, False)):
		with as_user(user):
			assert bool(frappe.get_list(SCHEME, {"name": draft})) == sees, user
			assert frappe.get_doc(SCHEME, draft).has_permission("read") == sees, user


def test_linked_documents_tell_nothing(world, as_user):
	with as_user(STRANGER):
		linked = linked_with.get_linked_doctypes("User")
		if (
			compat.FRAPPE_MAJOR >= 16
		):  # which refuses everything as soon as one of all doctypes may not be searched
			linked = {doctype: linked[doctype] for doctype in (STATEMENT, SCHEME) if doctype in linked}
		links = linked_with.get_linked_docs("User", MANAGER, linked)
		assert STATEMENT not in links and SCHEME not in links


@pytest.mark.parametrize(
	"show", ["Contribution by Person", "Contribution by Territory", "Contribution by Region"]
)
def test_contributions_are_of_people_and_customers_the_reader_sees(world, show):
	for user in (PAYER, MANAGER, DIRECTOR):
		assert "88888" in asked(lambda: report(show), user).replace(",", ""), user
	# top is above the manager, but sees no key account: his statement, not its sales
	for user in (TOP, COLLEAGUE, HEAD, STRANGER):
		assert "88888" not in asked(lambda: report(show), user).replace(",", ""), user


# ---------------------------------------------------------------- who is above whom


def test_managers_lose_sight_when_they_manage_no_more(world, change):
	employee = frappe.db.get_value("Employee", {"user_id": DIRECTOR})
	frappe.db.set_value("Employee", employee, "status", "Left")
	assert access.people_below(DIRECTOR) == set()
	assert access.people_below(TOP) == {DIRECTOR, MANAGER}
	frappe.db.set_value("Sales Person", "Incentive Head", "enabled", 0)
	assert access.people_below(HEAD) == set()


def test_a_person_who_moves_is_seen_by_the_new_manager(world, change):
	i.ensure_employee(MANAGER, STRANGER)
	assert marks(asked(LISTS["list"], STRANGER)) == {"manager", "alone", "below"}
	assert marks(asked(LISTS["list"], DIRECTOR)) == {"director", "himself"}


def test_user_permissions_on_the_company_fence_payers_too(world, change):
	b.allow_only(SECOND_PAYER, "Company", b.ensure_euro_company())
	assert marks(asked(LISTS["list"], SECOND_PAYER)) == set()
	assert marks(asked(LISTS["report"], SECOND_PAYER)) == set()


def test_every_table_is_fenced():
	hooks = frappe.get_hooks("permission_query_conditions")
	for doctype, tables in access.TABLES.items():
		assert hooks[doctype] == ["kam_erpnext.data.incentive_access.query"]
		assert {df.options for df in frappe.get_meta(doctype).get_table_fields()} == set(tables)
		for table in tables:
			assert hooks[table] == ["kam_erpnext.data.incentive_access.row_query"]
			links = frappe.get_meta(table).get_link_fields()
			assert [field.fieldname for field in links if not field.ignore_user_permissions] == []
	made = set(frappe.get_all("DocType", {"module": "KAM ERPNext"}, pluck="name"))
	assert {name for name in made if "Incentive" in name} == access.SECRET
