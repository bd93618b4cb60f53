"""Versions of a power map: kept, unchangeable, compared, restored, removed with the map and when they are too old."""

import json

import frappe
import pytest
from frappe.utils import add_days, add_months, nowdate

from kam_erpnext.api import power_map as api
from kam_erpnext.power_map import judgements as judging
from kam_erpnext.power_map import retention
from tests.site import plan_builders as p
from tests.site import power_map_builders as m
from tests.site.power_map_builders import person

ROWS = (person("anna", "Anna Alt"), person("bert", "Bert Bau", "anna"), person("carl", "Carl Cox", "bert"))
JUDGED = {
	"people": {
		"anna": {"power": "High", "support": -1, "note": "SENTINEL"},
		"bert": {"relationship": "Positive"},
	},
	"links": [{"id": "l1", "source": "anna", "target": "bert", "kind": "Conflict", "note": "SENTINEL"}],
}


@pytest.fixture(scope="module", autouse=True)
def people():
	with m.lasting_people():
		yield


@pytest.fixture
def account():
	return m.make_map_account()


@pytest.fixture
def judged(account):
	return m.make_map(account, ROWS, JUDGED)


def plain(name):
	return judging.plain(frappe.get_doc(m.MAP, name))


def people_of(name):
	return {row.person: row for row in frappe.get_doc(m.MAP, name).people}


def test_a_version_is_the_stored_map(judged, as_user):
	modified = frappe.db.get_value(m.MAP, judged.name, "modified")
	with as_user(m.MANAGER):
		first = api.keep_version(judged.name, "Before the talks")
		second = api.keep_version(judged.name)
		listed = api.state(judged.name)["versions"]
	assert [(row["name"], row["version"]) for row in listed] == [(second, 2), (first, 1)]
	assert listed[1]["version_note"] == "Before the talks" and listed[1]["people_count"] == 3
	version = frappe.get_doc(m.MAP, first)
	assert (version.is_current, version.version_of, version.current_key) == (0, judged.name, None)
	assert people_of(first)["carl"].reports_to == "bert"
	assert plain(first) == plain(judged.name)
	assert frappe.db.get_value(m.MAP, judged.name, "modified") == modified, "open forms stay valid"
	assert frappe.db.get_value(m.MAP, judged.name, "version") == 3


@pytest.mark.parametrize("user", [m.MANAGER, "Administrator"])
def test_versions_cannot_be_changed(judged, user):
	version = api.keep_version(judged.name)
	with pytest.raises(frappe.ValidationError, match="cannot be changed"):
		m.save_as_form(user, version, lambda doc: doc["people"].pop())
	with pytest.raises(frappe.ValidationError, match="cannot be changed"):
		m.save_as_form(user, version, lambda doc: doc.update(is_current=1, version_of=None))
	with pytest.raises(frappe.ValidationError, match="earlier version already"):
		api.keep_version(version)


def test_what_a_client_says_about_versions_is_ignored(judged, account):
	m.save_as_form(
		m.MANAGER, judged.name, lambda doc: doc.update(is_current=0, version=9, version_of=doc["name"])
	)
	stored = frappe.get_doc(m.MAP, judged.name)
	assert (stored.is_current, stored.version, stored.version_of) == (1, 1, None)
	other = frappe.get_doc(
		{
			"doctype": m.MAP,
			"key_account": m.make_map_account().name,
			"is_current": 0,
			"version_of": judged.name,
		}
	).insert()
	assert (other.is_current, other.version_of) == (1, None)


def test_readers_keep_and_restore_nothing(judged, as_user):
	version = api.keep_version(judged.name)
	with as_user(m.READER):
		for call in (lambda: api.keep_version(judged.name), lambda: api.restore(version)):
			with pytest.raises(frappe.PermissionError):
				call()
		assert not api.state(judged.name)["can_write"]


# ---------------------------------------------------------------- comparing


@pytest.fixture
def changed(judged):
	version = api.keep_version(judged.name)
	m.change_map(
		judged.name,
		[
			person("anna", "Anna Alt", designation="Chief"),
			person("carl", "Carl Cox", "anna"),
			person("dora", "Dora Dorn", "anna"),
		],
		m.judgements({"anna": {"power": "High", "support": 1, "note": "SENTINEL too"}}),
	)
	return version, judged.name


def test_who_came_left_moved_and_changed(changed, as_user):
	with as_user(m.MANAGER):
		found = api.compare(*changed)
		back = api.compare(*reversed(changed))
	assert (found["came"], found["left"]) == (["dora"], ["bert"]) == (back["left"], back["came"])
	sentences = {(row["part"], row["text"]) for row in found["sentences"]}
	assert {
		("came", "Dora Dorn came onto the map."),
		("left", "Bert Bau left the map."),
		("moved", "Carl Cox now reports to Anna Alt instead of Bert Bau."),
		("changed", "Anna Alt: Title not known → Chief"),
		("changed", "Anna Alt: Support -1 → +1"),
		("changed", "Anna Alt: note changed."),
		("links_removed", "Not any more: conflict between Anna Alt and Bert Bau."),
	} == sentences
	assert [row["kind"] for row in found["links_removed"]] == ["Conflict"]


@pytest.mark.parametrize("user", [m.COORDINATOR, m.READER, m.SYSTEM])
def test_without_level_1_only_the_structure_is_compared(changed, as_user, user):
	with as_user(user):
		found = api.compare(*changed)
	assert found["came"] == ["dora"] and not found["judged"]
	assert found["links_removed"] == [] and not any("upport" in row["text"] for row in found["sentences"])
	assert "SENTINEL" not in frappe.as_json(found)


def test_versions_of_different_maps_are_not_compared(judged):
	other = m.make_map(m.make_map_account())
	with pytest.raises(frappe.ValidationError, match="same map"):
		api.compare(judged.name, other.name)


# ---------------------------------------------------------------- restoring


def test_restoring_keeps_the_present_first(changed, as_user):
	version, name = changed
	with as_user(m.MANAGER):
		assert api.restore(version) == name
		versions = api.state(name)["versions"]
	assert set(people_of(name)) == {"anna", "bert", "carl"}
	assert plain(name)["people"]["anna"]["support"] == -1 and len(plain(name)["links"]) == 1
	kept = versions[0]["name"]
	assert set(people_of(kept)) == {"anna", "carl", "dora"} and plain(kept)["people"]["anna"]["support"] == 1
	assert "Before version 1 was restored" in versions[0]["version_note"]


def test_who_may_not_judge_restores_the_structure_only(changed, as_user):
	version, name = changed
	with as_user(m.COORDINATOR):
		api.restore(version)
	assert set(people_of(name)) == {"anna", "bert", "carl"}
	assert plain(name)["people"]["anna"]["support"] == 1, "the judgements of the present stay"
	assert "bert" not in plain(name)["people"] and plain(name)["links"] == []


def test_a_version_with_a_contact_that_is_gone_can_be_restored(account):
	contact = m.make_contact("Zoe", "Zander")
	doc = m.make_map(account, [person("z", contact=contact.name)])
	version = api.keep_version(doc.name)
	m.change_map(doc.name, [])
	frappe.delete_doc("Contact", contact.name)
	api.restore(version)
	assert people_of(doc.name)["z"].person_name == "Zoe Zander"


def test_the_current_map_is_not_restored(judged):
	with pytest.raises(frappe.ValidationError, match="current map"):
		api.restore(judged.name)


# ---------------------------------------------------------------- plans


def test_the_approval_of_a_plan_keeps_a_version():
	with p.lasting_people():
		account = p.make_team_account()
		doc = m.make_map(account, ROWS, JUDGED)
		plan = p.make_approved_plan(account.name)
		versions = frappe.get_all(m.MAP, {"version_of": doc.name}, ["version_note"])
	assert len(versions) == 1 and plan.title in versions[0].version_note


# ---------------------------------------------------------------- deleting and retention


def test_deleting_a_map_removes_what_belongs_to_it(judged, as_user):
	api.keep_version(judged.name)
	with as_user(m.DIRECTOR):
		api.read(judged.name)
		frappe.delete_doc(m.MAP, judged.name)
	for doctype, field in (
		(m.MAP, "version_of"),
		("Power Map Reading", "power_map"),
		("Power Map Snapshot", "power_map"),
	):
		assert not frappe.db.exists(doctype, {field: judged.name})
	copies = frappe.get_all("Deleted Document", {"deleted_doctype": m.MAP}, pluck="data")
	assert copies and not any("SENTINEL" in copy for copy in copies)


def test_a_deleted_map_comes_back_with_its_judgements(judged):
	from frappe.core.doctype.deleted_document.deleted_document import restore

	expected = plain(judged.name)
	frappe.delete_doc(m.MAP, judged.name)
	copy = frappe.get_last_doc("Deleted Document", {"deleted_name": judged.name})
	restore(copy.name)
	name = frappe.db.get_value("Deleted Document", copy.name, "new_name")
	assert plain(name) == expected


def test_old_versions_go_for_good(judged):
	old, young = api.keep_version(judged.name), api.keep_version(judged.name)
	frappe.db.set_value(m.MAP, old, "version_date", add_days(add_months(nowdate(), -36), -1))
	frappe.db.set_single_value("KAM Settings", "map_version_retention", 0)
	retention.clean_up()
	assert frappe.db.exists(m.MAP, old), "0 keeps them"
	frappe.db.set_single_value("KAM Settings", "map_version_retention", 36)
	retention.clean_up()
	assert not frappe.db.exists(m.MAP, old) and frappe.db.exists(m.MAP, young)
	assert not frappe.db.exists("Deleted Document", {"deleted_doctype": m.MAP, "deleted_name": old})


def test_judgements_nobody_confirmed_are_forgotten(judged):
	version = api.keep_version(judged.name)
	known = plain(judged.name)
	known["people"]["anna"]["judged_on"] = add_days(add_months(nowdate(), -24), -1)
	known["links"][0]["judged_on"] = add_months(nowdate(), -30)
	for name in (judged.name, version):
		frappe.db.set_value(m.MAP, name, "judgements", judging.encrypted(known), update_modified=False)
	modified = frappe.db.get_value(m.MAP, judged.name, "modified")
	frappe.db.set_single_value("KAM Settings", "judgement_retention", 0)
	retention.clean_up()
	assert plain(judged.name) == known
	frappe.db.set_single_value("KAM Settings", "judgement_retention", 24)
	retention.clean_up()
	for name in (judged.name, version):
		assert set(plain(name)["people"]) == {"bert"} and plain(name)["links"] == []
	after = frappe.db.get_value(m.MAP, judged.name, "modified")
	assert after > modified, "an open form must merge, or it would bring them back"
	retention.clean_up()
	assert frappe.db.get_value(m.MAP, judged.name, "modified") == after


def test_judgements_in_copies_of_deleted_maps_are_forgotten_too(judged):
	known = plain(judged.name)
	known["people"]["anna"]["judged_on"] = add_months(nowdate(), -30)
	frappe.db.set_value(m.MAP, judged.name, "judgements", judging.encrypted(known))
	frappe.delete_doc(m.MAP, judged.name)
	frappe.db.set_single_value("KAM Settings", "judgement_retention", 24)
	retention.clean_up()
	data = json.loads(frappe.db.get_value("Deleted Document", {"deleted_name": judged.name}, "data"))
	assert set(judging.decrypted(data["judgements"])["people"]) == {"bert"}


def test_records_of_readers_are_kept_for_a_while(judged, as_user):
	with as_user(m.DIRECTOR):
		api.read(judged.name)
	frappe.db.set_single_value("KAM Settings", "reading_retention", 365)
	retention.clean_up()
	reading = frappe.db.get_value("Power Map Reading", {"power_map": judged.name})
	assert reading
	frappe.db.set_value("Power Map Reading", reading, "read_on", add_days(nowdate(), -366))
	retention.clean_up()
	assert not frappe.db.exists("Power Map Reading", reading)


def test_merged_opportunities_leave_one_current_map():
	from tests.site import builders as b
	from tests.site.test_power_map import make_opportunity

	customer = b.make_customer("Map Merged")
	account = m.make_map_account(customers=[customer.name])
	one, two = make_opportunity(customer.name), make_opportunity(customer.name)
	first, second = (m.make_map(account, ROWS, opportunity=each.name) for each in (one, two))
	m.change_map(second.name)
	frappe.rename_doc("Opportunity", one.name, two.name, merge=True, force=True)
	current = frappe.get_all(m.MAP, {"opportunity": two.name, "is_current": 1}, pluck="name")
	assert len(current) == 1
	other = ({first.name, second.name} - set(current)).pop()
	assert frappe.db.get_value(m.MAP, other, "version_of") == current[0]
	m.change_map(current[0])
	with pytest.raises(frappe.ValidationError, match="cannot be changed"):
		m.change_map(other)
