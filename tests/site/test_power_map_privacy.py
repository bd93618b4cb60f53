"""Judgements about people: who gets them, what is recorded, what is told to and forgotten about the person concerned."""

import json

import frappe
import pytest
from frappe.desk import reportview
from frappe.utils import add_to_date, now_datetime

from kam_erpnext import compat
from kam_erpnext.api import power_map as api
from kam_erpnext.power_map import judgements as judging
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import power_map_builders as m
from tests.site.power_map_builders import person

SENTINEL = "SENTINEL-judged"
EMAIL = "zoe.judged@map.example.com"
READING = "Power Map Reading"
WITH_LEVEL_1 = (m.MANAGER, m.SPONSOR, m.DIRECTOR, m.OPERATIONS)
WITHOUT_LEVEL_1 = (m.COORDINATOR, m.READER, m.SYSTEM)


@pytest.fixture(scope="module", autouse=True)
def people():
	with m.lasting_people():
		yield


@pytest.fixture
def contact():
	return m.make_contact("Zoe", "Zander", email=EMAIL, designation="Buyer")


@pytest.fixture
def judged(contact):
	"""Zoe Zander, her superior and a colleague, with judgements about all of them."""
	rows = [
		person("boss", "Bea Boss"),
		person("zoe", contact=contact.name, reports_to="boss"),
		person("sam", "Sam", "zoe"),
	]
	return m.make_map(
		m.make_map_account(),
		rows,
		m.judgements(
			{
				"zoe": {"power": "High", "support": -2, "note": SENTINEL},
				"boss": {"power": "Low", "note": "Listens to Zoe Zander"},
			},
			links=[{"id": "l1", "source": "zoe", "target": "boss", "kind": "Influence", "note": SENTINEL}],
			relations=[{"person": "zoe", "user": m.MANAGER, "strength": 3}],
		),
	)


def readings(name, **more):
	return frappe.get_all(READING, {"power_map": name, **more}, ["read_by", "way", "key_account"])


def plain(name):
	return judging.plain(frappe.get_doc(m.MAP, name))


# ---------------------------------------------------------------- who gets them


@pytest.mark.parametrize("user", WITH_LEVEL_1)
def test_level_1_opens_the_judgements(judged, as_user, user):
	with as_user(user):
		assert SENTINEL in json.dumps(api.read(judged.name)["judgements"])
		assert api.state(judged.name)["judged"]


@pytest.mark.parametrize("user", WITHOUT_LEVEL_1)
def test_without_level_1_there_is_the_structure(judged, as_user, user):
	with as_user(user):
		read, state = api.read(judged.name), api.state(judged.name)
		assert read["judgements"] is None and len(read["people"]) == 3
		assert not state["judged"] and not state["can_judge"]
		assert state["scores"] is None and state["trend"] == []
		assert SENTINEL not in frappe.as_json([read, state])
		with pytest.raises(frappe.PermissionError):
			api.picture(judged.name, judgements=True)
	assert readings(judged.name) == []


def test_the_sponsor_reads_and_does_not_judge(judged, as_user):
	with as_user(m.SPONSOR):
		state = api.state(judged.name)
	assert state["judged"] and not state["can_judge"] and not state["can_write"]


def test_the_form_of_a_coordinator_saves_structure_and_leaves_judgements(judged):
	before = frappe.db.get_value(m.MAP, judged.name, "judgements")

	def add_somebody(doc):
		assert "judgements" not in doc.get("__onload", {}) and "judgements" not in doc
		doc["people"].append(person("carl", "Carl Cox", "boss", doctype="Power Map Person"))

	answer = m.save_as_form(m.COORDINATOR, judged.name, add_somebody, {"people": {}})
	assert SENTINEL not in json.dumps(answer) and not answer["docs"][0].get("__onload")
	assert frappe.db.get_value(m.MAP, judged.name, "judgements") == before
	assert frappe.db.count("Power Map Person", {"parent": judged.name}) == 4


def test_other_ways_to_write_leave_them_too(judged, as_user):
	before = frappe.db.get_value(m.MAP, judged.name, "judgements")
	with as_user(m.COORDINATOR):
		frappe.client.set_value(
			m.MAP, judged.name, "judgements", json.dumps(m.judgements({"zoe": {"power": "Low"}}))
		)
		account = m.make_map_account()
		new = frappe.get_doc(
			{
				"doctype": m.MAP,
				"key_account": account.name,
				"people": [person("a", "Ann")],
				"judgements": json.dumps(m.judgements({"a": {"power": "Low"}})),
			}
		).insert()
	assert frappe.db.get_value(m.MAP, judged.name, "judgements") == before
	assert not new.judgements


@pytest.mark.parametrize("user", [*WITHOUT_LEVEL_1, m.MANAGER])
def test_lists_and_filters_tell_nothing(judged, as_user, user):
	with as_user(user):
		try:
			found = frappe.get_list(m.MAP, filters={"judgements": ("like", f"%{SENTINEL}%")}, pluck="name")
		except frappe.PermissionError:  # version 16 refuses to filter by it
			assert compat.FRAPPE_MAJOR >= 16
			found = []
		rows = frappe.get_list(m.MAP, filters={"name": judged.name}, fields=["*"])
	assert found == [] and SENTINEL not in frappe.as_json(rows)


def test_a_document_made_up_by_a_client_opens_nothing(judged, as_user):
	"""The print view, for example, takes a whole document from the browser."""
	mine = m.make_map(m.make_map_account(key_account_manager=m.OUTSIDER), [person("a", "Ann")])
	text = frappe.db.get_value(m.MAP, judged.name, "judgements")
	with as_user(m.OUTSIDER):
		forged = {"doctype": m.MAP, "key_account": mine.key_account, "judgements": text}
		for more in (
			{"name": judged.name},
			{"name": judged.name, "__islocal": 1},
			{"name": "new-1", "__islocal": 1},
		):
			assert judging.reveal(frappe.get_doc({**forged, **more}), "Print") is None
		assert judging.reveal(frappe.get_doc({**forged, "name": mine.name}), "Print") == judging.empty()
	with as_user(m.COORDINATOR):
		doc = frappe.get_doc(m.MAP, judged.name)
		doc.set("__onload", {"judgements": {"people": "of the client"}})
		doc.run_method("onload")
		assert not doc.get("__onload")


def test_the_site_decides_who_may_by_its_permissions(judged, as_user):
	frappe.permissions.setup_custom_perms(m.MAP)
	rights = {"parent": m.MAP, "role": "Key Account Manager", "permlevel": 1}
	frappe.db.delete("Custom DocPerm", rights)
	frappe.clear_cache(doctype=m.MAP)
	try:
		with as_user(m.MANAGER):
			assert api.read(judged.name)["judgements"] is None
	finally:
		frappe.db.delete("Custom DocPerm", {"parent": m.MAP})
		frappe.clear_cache(doctype=m.MAP)


def test_nothing_of_them_stays_elsewhere(judged):
	api.keep_version(judged.name)
	frappe.get_doc(m.MAP, judged.name).add_comment("Comment", "A remark")
	frappe.delete_doc(m.MAP, judged.name)
	for doctype, field in (("Deleted Document", "data"), ("Comment", "content"), ("Version", "data")):
		assert not frappe.db.exists(doctype, {field: ("like", f"%{SENTINEL}%")}), doctype


# ---------------------------------------------------------------- readers are recorded


@pytest.mark.parametrize("user", [m.MANAGER, m.SPONSOR])
def test_the_team_reads_unrecorded(judged, as_user, user):
	with as_user(user):
		api.read(judged.name)
		api.state(judged.name)
		api.compare(judged.name, judged.name)
	assert readings(judged.name) == []


@pytest.mark.parametrize("user", [m.DIRECTOR, m.OPERATIONS, "Administrator"])
def test_others_are_recorded(judged, user):
	version = api.keep_version(judged.name)
	frappe.db.delete(READING)
	with frappe_session.as_user(user):
		frappe.local.flags.commit = False
		doc = frappe.get_doc(m.MAP, judged.name)
		doc.run_method("onload")
		assert frappe.local.flags.commit, "opening a form is a GET request, which Frappe undoes"
		assert SENTINEL in frappe.as_json(doc.get("__onload"))
		api.read(judged.name)
		api.compare(version, judged.name)
	found = readings(judged.name, read_by=user)
	assert sorted(row.way for row in found) == ["Comparison", "Form"], "once a minute and way"
	assert {row.key_account for row in found} == {judged.key_account}
	frappe.db.set_value(READING, {"way": "Form"}, "read_on", add_to_date(now_datetime(), minutes=-2))
	with frappe_session.as_user(user):
		api.read(version)
	assert len(readings(judged.name, way="Form")) == 2, "a version is recorded with its map"


def test_the_team_of_an_account_above_is_in_the_team(as_user):
	above = m.make_map_account(key_account_director=m.DIRECTOR)
	below = m.make_map_account(parent=above.name, key_account_manager=m.OUTSIDER)
	doc = m.make_map(below, [person("a", "Ann")])
	with as_user(m.DIRECTOR):
		api.read(doc.name)
	assert readings(doc.name) == []


def test_who_left_the_team_is_recorded(judged, as_user):
	account = frappe.get_doc("Key Account", judged.key_account)
	account.append("team", {"user": m.DIRECTOR, "until": add_to_date(now_datetime(), days=-1)})
	account.save()
	with as_user(m.DIRECTOR):
		api.read(judged.name)
	assert [row.read_by for row in readings(judged.name)] == [m.DIRECTOR]


def test_records_are_not_written_by_hand_and_not_seen_by_those_recorded_less(judged, as_user):
	with as_user(m.DIRECTOR):
		api.read(judged.name)
		assert api.state(judged.name)["may_see_readings"]
	name = frappe.db.get_value(READING, {"power_map": judged.name})
	for user in (m.DIRECTOR, m.SYSTEM, m.MANAGER):
		with as_user(user):
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc({"doctype": READING, "power_map": judged.name}).insert()
			with pytest.raises(frappe.PermissionError):
				frappe.delete_doc(READING, name)
	with as_user(m.MANAGER):
		assert not api.state(judged.name)["may_see_readings"]


# ---------------------------------------------------------------- the person concerned: what is held


def ask_entries(**more):
	args = {
		"doctype": "Power Map Entry",
		"fields": '["*"]',
		"filters": json.dumps({"email_id": EMAIL}),
		**more,
	}
	frappe.local.form_dict = frappe._dict(args)
	return reportview.get_list()


@pytest.mark.parametrize("user", [m.OUTSIDER, m.SYSTEM, m.COORDINATOR, "Administrator"])
def test_the_door_of_personal_data_is_closed_to_everybody(judged, as_user, user):
	asked = {"fields": ["*"], "filters": {"email_id": EMAIL}}
	with as_user(user):
		assert not ask_entries()
		assert not frappe.get_all("Power Map Entry", **asked)
		try:
			assert not frappe.get_list("Power Map Entry", **asked)
		except frappe.PermissionError:
			pass
		with pytest.raises((frappe.PermissionError, frappe.DoesNotExistError)):
			frappe.client.get("Power Map Entry", f"{judged.name}/zoe")


def request_data(user, by, **values):
	"""Personal Data Download Request as Frappe carries it out; returns what the file contains."""
	with frappe_session.as_user(by):
		request = frappe.get_doc(
			{"doctype": "Personal Data Download Request", "user": user, "user_name": "Zoe Zander"}
		)
		request.insert(**values)
		request.run_method("reload")
		data = frappe.get_all(
			"File", {"attached_to_name": request.name, "attached_to_doctype": request.doctype}, pluck="name"
		)
		return frappe.get_doc("File", data[0]).get_content() if data else ""


def test_the_data_of_a_person_contain_the_judgements(judged):
	b.ensure_user(EMAIL, [])
	api.keep_version(judged.name)
	data = json.loads(request_data(EMAIL, EMAIL, ignore_permissions=True))
	current, _version = data["Power Map Entry"]
	assert current["power_map"] == judged.name
	words = current["judgements"]
	assert SENTINEL in words and "Decision Power: High" in words and "Support: -2" in words
	assert "Relationship with map.manager@example.com" in words
	assert data["Power Map Person"][0]["person_name"] == "Zoe Zander"
	assert "Listens to" not in json.dumps(data), "what is noted about others is not his"
	assert readings(judged.name) == []
	assert not frappe.flags.kam_personal_data_of


def test_a_request_for_somebody_else_is_recorded(judged):
	b.ensure_user(EMAIL, [])
	assert SENTINEL in request_data(EMAIL, m.SYSTEM)
	assert [(row.read_by, row.way) for row in readings(judged.name)] == [(m.SYSTEM, "Personal Data")]


def test_a_request_smuggled_through_the_web_form_gets_nothing(judged):
	b.ensure_user(EMAIL, [])
	assert SENTINEL not in request_data(EMAIL, m.OUTSIDER, ignore_permissions=True)


def test_personal_data_of_people_without_a_user(judged, as_user):
	other = m.make_map(
		m.make_map_account(), [person("x", contact=frappe.db.get_value("Contact", {"email_id": EMAIL}))]
	)
	version = api.keep_version(judged.name)
	with as_user(m.DIRECTOR):
		found = api.personal_data(judged.name, "zoe")["entries"]
	assert {row["power_map"] for row in found} == {judged.name, version, other.name}
	assert SENTINEL in json.dumps(found, default=str)
	assert [row.way for row in readings(judged.name)] == ["Personal Data"]
	for user in (m.MANAGER, m.COORDINATOR, m.SPONSOR, m.SYSTEM):
		with as_user(user), pytest.raises(frappe.PermissionError):
			api.personal_data(judged.name, "zoe")


def test_looking_somebody_up_is_recorded_within_the_team_too(as_user):
	account = m.make_map_account(key_account_director=m.DIRECTOR)
	doc = m.make_map(account, [person("a", "Ann")])
	with as_user(m.DIRECTOR):
		api.personal_data(doc.name, "a")
	assert [row.way for row in readings(doc.name)] == ["Personal Data"]


# ---------------------------------------------------------------- the person concerned: forgetting


def assert_forgotten(*names):
	for name in names:
		doc = frappe.get_doc(m.MAP, name)
		text = frappe.as_json(doc) + json.dumps(judging.plain(doc))
		for word in ("Zoe", "Zander", EMAIL, SENTINEL):
			assert word not in text, (name, word)
	copies = frappe.get_all("Deleted Document", {"deleted_doctype": m.MAP}, pluck="data")
	assert not any("Zander" in copy for copy in copies)


def everywhere(judged):
	"""The person also in a version, in another map and in a deleted one."""
	contact = frappe.db.get_value("Contact", {"email_id": EMAIL})
	version = api.keep_version(judged.name, "Zoe Zander is new")
	other = m.make_map(
		m.make_map_account(), [person("x", contact=contact)], m.judgements({"x": {"note": SENTINEL}})
	)
	deleted = m.make_map(m.make_map_account(), [person("y", contact=contact), person("w", "Wim", "y")])
	frappe.delete_doc(m.MAP, deleted.name)
	return judged.name, version, other.name


def test_a_person_is_forgotten_everywhere(judged, as_user):
	names = everywhere(judged)
	modified = frappe.db.get_value(m.MAP, judged.name, "modified")
	with as_user(m.OPERATIONS):
		answer = api.forget_person(judged.name, "zoe")
	assert answer == {"people": 3, "maps": 3, "deleted_copies": 1}
	assert_forgotten(*names)
	doc = frappe.get_doc(m.MAP, judged.name)
	row = next(row for row in doc.people if row.person == "zoe")
	assert (row.person_name, row.kind, row.reports_to, row.contact) == (
		"(forgotten)",
		"Placeholder",
		"boss",
		None,
	)
	assert next(row for row in doc.people if row.person == "sam").reports_to_name == "(forgotten)"
	known = plain(judged.name)
	assert known["links"] == known["relations"] == [] and set(known["people"]) == {"boss"}
	assert known["people"]["boss"]["power"] == "Low", "what is known about others stays"
	assert doc.modified > modified, "an open form must merge"
	assert [row.way for row in readings(judged.name)] == ["Personal Data"]
	doc.save()


def test_an_open_form_does_not_bring_a_person_back(judged, as_user):
	def forget_meanwhile(doc):
		with frappe_session.as_user(m.OPERATIONS):
			api.forget_person(judged.name, "zoe")

	with pytest.raises(frappe.TimestampMismatchError):
		m.save_as_form(m.MANAGER, judged.name, forget_meanwhile)


def test_only_who_may_delete_maps_forgets(judged, as_user):
	for user in (m.MANAGER, m.COORDINATOR, m.SPONSOR, m.READER, m.SYSTEM):
		with as_user(user):
			assert not api.state(judged.name)["may_forget"]
			with pytest.raises(frappe.PermissionError):
				api.forget_person(judged.name, "zoe")
	with as_user(m.DIRECTOR), pytest.raises(frappe.ValidationError, match="no person with the key"):
		api.forget_person(judged.name, "nobody")


def test_frappes_deletion_of_personal_data_covers_the_maps(judged):
	b.ensure_user(EMAIL, [])
	names = everywhere(judged)
	request = frappe.get_doc({"doctype": "Personal Data Deletion Request", "email": EMAIL})
	request.insert(ignore_permissions=True)
	request.db_set("status", "Pending Approval")
	request.reload()
	assert plain(judged.name)["people"]["zoe"], "nothing happens before it is carried out"
	with frappe_session.as_user("Administrator"):
		request._anonymize_data()
	assert frappe.db.get_value(request.doctype, request.name, "status") == "Deleted"
	assert_forgotten(*names)


def test_a_second_address_finds_the_person_too(contact):
	contact.append("email_ids", {"email_id": "zoe.second@map.example.com"})
	contact.save()
	doc = m.make_map(
		m.make_map_account(), [person("z", contact=contact.name)], m.judgements({"z": {"note": SENTINEL}})
	)
	b.ensure_user("zoe.second@map.example.com", [])
	data = request_data("zoe.second@map.example.com", "zoe.second@map.example.com", ignore_permissions=True)
	assert SENTINEL in data and doc.name in data
