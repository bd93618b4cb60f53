"""Power maps: one current map, people, reporting lines, judgements as the form sends them, two people at once."""

import json

import frappe
import pytest

from kam_erpnext.api import power_map as api
from kam_erpnext.power_map import judgements as judging
from tests.site import power_map_builders as m
from tests.site.power_map_builders import person

NOTE = "SENTINEL loves golf"
JUDGED = {
	"people": {
		"anna": {"roles": ["Decider"], "power": "High", "relationship": "Poor", "support": -1, "note": NOTE},
		"bert": {"coverage": "Brief", "support": 0},
	},
	"links": [{"id": "l1", "source": "anna", "target": "bert", "kind": "Influence", "strength": "Strong"}],
	"relations": [{"person": "anna", "user": m.MANAGER, "strength": 0, "wanted": 3}],
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
	rows = [person("anna", "Anna Alt"), person("bert", "Bert Bau", "anna")]
	return m.make_map(account, rows, JUDGED)


def test_start_find_read_and_state(account, as_user):
	with as_user(m.MANAGER):
		assert api.find(account.name) is None
		name = api.start(account.name)
		assert api.start(account.name) == name == api.find(account.name)
		read = api.read(name)
		assert read["people"] == [] and read["judgements"] == judging.empty()
		state = api.state(name)
	assert state["can_write"] and state["can_judge"] and state["judged"]
	assert {row["user"] for row in state["team"]} == {m.MANAGER, m.COORDINATOR, m.SPONSOR}


def test_judgements_are_stored_encrypted_and_come_back(judged, as_user):
	stored = frappe.db.get_value(m.MAP, judged.name, "judgements")
	assert "SENTINEL" not in stored and "Decider" not in stored
	with as_user(m.MANAGER):
		read = api.read(judged.name)["judgements"]
	anna = read["people"]["anna"]
	assert anna["note"] == NOTE and anna["support"] == -1 and anna["judged_by"] == "Administrator"
	assert read["people"]["bert"]["support"] == 0, "nought is a judgement, not unknown"
	assert read["people"]["bert"]["power"] == ""
	assert read["links"][0]["strength"] == "Strong"
	assert read["relations"][0]["strength"] == 0 and read["relations"][0]["wanted"] == 3


def test_form_of_a_coordinator_saves_structure_and_leaves_judgements(judged):
	before = frappe.db.get_value(m.MAP, judged.name, "judgements")

	def add_somebody(doc):
		assert "judgements" not in doc.get("__onload", {})
		doc["people"].append(person("carl", "Carl Cox", "bert", doctype="Power Map Person"))

	answer = m.save_as_form(m.COORDINATOR, judged.name, add_somebody, {"people": {}})
	assert "SENTINEL" not in json.dumps(answer)
	assert frappe.db.get_value(m.MAP, judged.name, "judgements") == before
	assert frappe.db.count("Power Map Person", {"parent": judged.name}) == 3
