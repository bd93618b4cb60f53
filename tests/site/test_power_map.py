"""Power maps: one current map, people, reporting lines, judgements as the form sends them, two people at once."""

import json

import frappe
import pytest

from kam_erpnext.api import power_map as api
from kam_erpnext.api.opportunities import state
from kam_erpnext.kam_erpnext.doctype.power_map.power_map import current_map, start_map
from kam_erpnext.patches import set_opportunity_type_of_power_maps
from kam_erpnext.power_map import judgements as judging
from kam_erpnext.power_map import versions
from kam_erpnext.power_map.people import find_circle
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import power_map_builders as m
from tests.site.pipeline_builders import make_idea
from tests.site.power_map_builders import person

ROWS = (person("anna", "Anna Alt"), person("bert", "Bert Bau", "anna"), person("carl", "Carl Cox", "bert"))
JUDGED = {
	"people": {
		"anna": {
			"roles": ["Decider"],
			"power": "High",
			"relationship": "Poor",
			"support": -1,
			"note": "Golf",
		},
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
	return m.make_map(account, ROWS, JUDGED)


def messages():
	return " ".join(str(message.get("message")) for message in frappe.get_message_log())


# ---------------------------------------------------------------- one current map


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
	assert frappe.db.get_value(m.MAP, name, "title") == account.account_name


def test_who_has_no_part_in_the_account_gets_nothing(judged, account, as_user):
	with as_user(m.OUTSIDER):
		for call in (
			lambda: api.start(account.name),
			lambda: api.find(account.name),
			lambda: api.read(judged.name),
			lambda: api.state(judged.name),
			lambda: api.proposals(judged.name),
			lambda: api.keep_version(judged.name),
			lambda: api.compare(judged.name, judged.name),
			lambda: api.picture(judged.name),
			lambda: api.forget_person(judged.name, "anna"),
			lambda: api.personal_data(judged.name, "anna"),
			lambda: api.make_action(judged.name, "x"),
		):
			with pytest.raises(frappe.PermissionError):
				call()
		assert judged.name not in frappe.get_list(m.MAP, pluck="name")


def test_readers_start_nothing(account, as_user):
	with as_user(m.READER), pytest.raises(frappe.PermissionError):
		api.start(account.name)


def test_a_second_current_map_is_refused_with_the_first_named(judged, account):
	with pytest.raises(frappe.DuplicateEntryError, match=judged.name):
		m.make_map(account)


def test_a_retired_account_gets_no_map():
	account = m.make_map_account(status="Retired")
	with pytest.raises(frappe.ValidationError, match="retired"):
		m.make_map(account)


def test_a_map_for_an_opportunity_of_the_account_only():
	ours, other = b.make_customer("Map Ours"), b.make_customer("Map Other")
	account = m.make_map_account(customers=[ours.name])
	mine, foreign = (make_opportunity(customer.name) for customer in (ours, other))
	whole = m.make_map(account)
	deal = m.make_map(account, opportunity=mine.name)
	assert current_map(account.name) == whole.name and current_map(account.name, mine.name) == deal.name
	assert mine.name in deal.title
	with pytest.raises(frappe.ValidationError, match="does not belong to"):
		m.make_map(account, opportunity=foreign.name)


def test_a_map_for_an_opportunity_of_the_account_or_one_below():
	account, other = m.make_map_account(), m.make_map_account()
	below = k.make_account("Map Below", parent=account.name)
	mine, lower, foreign = (make_idea(each.name, title="New wing") for each in (account, below, other))
	whole = m.make_map(account)
	deal = start_map(account.name, mine.name, "Key Account Opportunity")
	assert deal != whole.name and start_map(account.name, mine.name) == deal
	assert frappe.db.get_value(m.MAP, deal, ["opportunity_type", "title"]) == (
		"Key Account Opportunity",
		f"{account.account_name} · New wing",
	)
	# the type follows from the name when nobody tells it
	assert m.make_map(account, opportunity=lower.name).opportunity_type == "Key Account Opportunity"
	kept = frappe.get_doc(m.MAP, versions.keep(deal))
	assert (kept.opportunity_type, kept.opportunity) == ("Key Account Opportunity", mine.name)
	with pytest.raises(frappe.ValidationError, match="does not belong to"):
		m.make_map(account, opportunity=foreign.name)
	with pytest.raises(frappe.ValidationError, match="no kind of opportunity"):
		api.start(account.name, "Administrator", "User")
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc("Key Account Opportunity", mine.name)
	assert state(mine.name)["power_map"]["name"] == deal


def test_maps_of_an_opportunity_of_erpnext_from_before_know_their_type():
	customer = b.make_customer("Map Before")
	account = m.make_map_account(customers=[customer.name])
	of_deal, whole = (
		m.make_map(account, opportunity=make_opportunity(customer.name).name),
		m.make_map(account),
	)
	frappe.db.set_value(m.MAP, of_deal.name, "opportunity_type", None)
	set_opportunity_type_of_power_maps.execute()
	assert frappe.db.get_value(m.MAP, of_deal.name, "opportunity_type") == "Opportunity"
	assert not frappe.db.get_value(m.MAP, whole.name, "opportunity_type")
	m.change_map(of_deal.name)  # and can be saved


def make_opportunity(customer):
	return frappe.get_doc(
		{"doctype": "Opportunity", "opportunity_from": "Customer", "party_name": customer}
	).insert()


@pytest.mark.commits
def test_two_people_who_start_at_once_get_one_map(cleanup):
	account = m.make_map_account()
	cleanup.later(account)
	frappe.db.commit()
	first = k.Session(lambda: api.start(account.name), user=m.MANAGER, hold=True)
	first.start()
	first.done.wait(60)
	second = k.Session(lambda: api.start(account.name), user=m.COORDINATOR)
	second.start()
	k.wait_until_blocked()
	assert first.finish() is None and second.finish() is None
	assert first.result == second.result
	frappe.db.rollback()
	maps = frappe.get_all(m.MAP, {"key_account": account.name}, pluck="name")
	assert maps == [first.result]
	cleanup.later(frappe.get_doc(m.MAP, maps[0]))


@pytest.mark.commits
def test_the_second_of_two_editors_is_told_and_nothing_is_overwritten(cleanup):
	account = m.make_map_account()
	cleanup.later(account)
	doc = m.make_map(account, ROWS, JUDGED)
	cleanup.later(doc)
	frappe.db.commit()
	mine = frappe.get_doc(m.MAP, doc.name)
	mine.people[0].designation = "Chief"

	def theirs():
		other = frappe.get_doc(m.MAP, doc.name)
		other.append("people", person("dora", "Dora Dorn"))
		other.save()

	session = k.Session(theirs, user=m.MANAGER)
	session.start()
	assert session.finish() is None
	frappe.db.rollback()
	with pytest.raises(frappe.TimestampMismatchError):
		mine.save()
	frappe.db.rollback()
	stored = api.read(doc.name)
	assert [row["person"] for row in stored["people"]] == ["anna", "bert", "carl", "dora"]
	assert stored["modified_by"] == m.MANAGER and stored["people"][0]["designation"] is None


# ---------------------------------------------------------------- people and reporting lines


def test_nobody_reports_to_himself(account):
	with pytest.raises(frappe.ValidationError, match="Anna Alt cannot report"):
		m.make_map(account, [person("anna", "Anna Alt", "anna")])


def test_a_circle_is_named(account):
	rows = [
		person("a", "Ann", "c"),
		person("b", "Bob", "a"),
		person("c", "Cid", "b"),
		person("d", "Dan", "a"),
	]
	with pytest.raises(frappe.ValidationError, match="circle: Ann → Cid → Bob → Ann"):
		m.make_map(account, rows)


def test_circles_are_found_in_maps_of_any_size():
	chain = {n: n + 1 for n in range(1, 5000)}
	assert find_circle({**chain, 5000: None}) is None
	assert find_circle({**chain, 5000: 4999}) in ([4999, 5000], [5000, 4999])


def test_a_superior_who_is_not_on_the_map(account):
	with pytest.raises(frappe.ValidationError, match="superior of Bert Bau"):
		m.make_map(account, [person("bert", "Bert Bau", "anna")])


def test_one_key_twice(account):
	with pytest.raises(frappe.ValidationError, match=r"Ann and Bob .* same key"):
		m.make_map(account, [person("a", "Ann"), person("a", "Bob")])


def test_a_key_that_could_do_harm_in_the_drawing(account):
	with pytest.raises(frappe.ValidationError, match="key that cannot be used"):
		m.make_map(account, [person('"><script>', "Ann")])


def test_keys_are_given_and_stay(judged):
	doc = frappe.get_doc(m.MAP, judged.name)
	doc.people[0].person = "other"
	doc.append("people", {"person_name": "Dora Dorn"})
	doc.save()
	assert [row.person for row in doc.people][:3] == ["anna", "bert", "carl"]
	assert doc.people[3].person.startswith("p")


def test_names_are_needed_and_a_competitor_names_itself(account):
	with pytest.raises(frappe.ValidationError, match="please enter a name"):
		m.make_map(account, [person("a", " ")])
	with pytest.raises(frappe.ValidationError, match="choose the competitor"):
		m.make_map(account, [person("a", " ", kind="Competitor")])
	competitor = frappe.get_doc({"doctype": "Competitor", "competitor_name": "Map Rival"}).insert()
	doc = m.make_map(account, [person("a", " ", kind="Competitor", competitor=competitor.name)])
	assert doc.people[0].person_name == "Map Rival"


def test_rows_of_another_map_cannot_be_taken(judged):
	other = m.make_map(m.make_map_account(), [person("x", "Xaver")])

	def steal(doc):
		row = {**other.people[0].as_dict(), "doctype": "Power Map Person"}
		doc["people"].append(json.loads(frappe.as_json(row)))

	with pytest.raises(frappe.ValidationError, match="line of another map"):
		m.save_as_form(m.MANAGER, judged.name, steal)
	assert frappe.db.count("Power Map Person", {"parent": other.name}) == 1


def test_two_people_of_one_name_are_only_told(account):
	m.make_map(account, [person("a", "Ann", department="IT"), person("b", "ann", department="IT")])
	assert "twice with the same name" in messages()


# ---------------------------------------------------------------- contacts


def test_name_and_title_come_from_the_contact(account):
	contact = m.make_contact("Zoe", "Zander", email="zoe@map.example.com", designation="Buyer")
	doc = m.make_map(account, [person("z", "Somebody", kind="Placeholder", contact=contact.name)])
	row = doc.people[0]
	assert (row.person_name, row.designation, row.email_id) == ("Zoe Zander", "Buyer", "zoe@map.example.com")
	assert row.kind == "Person at the Customer", "the person looked for was found"


def test_the_same_contact_twice(account):
	contact = m.make_contact("Zoe", "Zander")
	rows = [person("a", contact=contact.name), person("b", contact=contact.name)]
	with pytest.raises(frappe.ValidationError, match=r"Zoe Zander|a .* twice"):
		m.make_map(account, rows)


def test_a_contact_the_user_may_not_see_is_not_told(judged, as_user):
	contact = m.make_contact("Secret", "Stranger", email="secret@map.example.com")

	def link(doc):
		doc["people"].append(person("s", "Somebody", contact=contact.name, doctype="Power Map Person"))

	frappe.permissions.add_user_permission("Contact", m.make_contact("Else").name, m.COORDINATOR)
	with pytest.raises(frappe.PermissionError):
		m.save_as_form(m.COORDINATOR, judged.name, link)


def test_contacts_of_other_customers_are_told(account):
	customer = b.make_customer("Map Elsewhere")
	contact = m.make_contact("Zoe", "Zander", customer=customer.name)
	m.make_map(account, [person("z", contact=contact.name)])
	assert "Contacts of another customer" in messages()


def test_deleted_renamed_and_merged_contacts(account):
	one, two, three = (m.make_contact(name, "Zander") for name in ("Zoe", "Yves", "Xara"))
	doc = m.make_map(account, [person(c.first_name.lower(), contact=c.name) for c in (one, two, three)])
	api.keep_version(doc.name)
	frappe.delete_doc("Contact", one.name)
	renamed = frappe.rename_doc("Contact", two.name, "Yves Renamed")
	stored = {row["person"]: row for row in api.read(doc.name)["people"]}
	assert stored["zoe"]["contact"] is None and stored["zoe"]["person_name"] == "Zoe Zander"
	assert stored["yves"]["contact"] == renamed
	frappe.rename_doc("Contact", three.name, renamed, merge=True)
	saved = frappe.get_doc(m.MAP, doc.name)
	saved.people[0].designation = "Chief"
	saved.save()
	assert "on this map twice" in messages()
	assert len(saved.people) == 3
	assert api.state(doc.name)["contacts"]["yves"]["exists"]


def test_a_contact_that_vanished_past_frappe(account):
	contact = m.make_contact("Zoe", "Zander", email="zoe@map.example.com")
	doc = m.make_map(account, [person("z", contact=contact.name)])
	frappe.db.delete("Contact", {"name": contact.name})
	assert api.state(doc.name)["contacts"]["z"]["exists"] is False
	saved = frappe.get_doc(m.MAP, doc.name).save()
	assert saved.people[0].contact is None and saved.people[0].person_name == "Zoe Zander"
	assert saved.people[0].email_id == "zoe@map.example.com", (
		"requests for personal data still find the person"
	)


def test_who_may_not_judge_cannot_put_another_person_under_judgements(account):
	one, two = m.make_contact("Zoe", "Zander"), m.make_contact("Yves", "Yard")
	doc = m.make_map(account, [person("z", contact=one.name)], {"people": {"z": {"power": "High"}}})

	def exchange(sent):
		sent["people"][0]["contact"] = two.name

	with pytest.raises(frappe.ValidationError, match="person of their own"):
		m.save_as_form(m.COORDINATOR, doc.name, exchange)
	m.save_as_form(m.MANAGER, doc.name, exchange)
	assert frappe.db.get_value("Power Map Person", {"parent": doc.name}, "person_name") == "Yves Yard"


# ---------------------------------------------------------------- proposals


def test_contacts_of_the_account_are_proposed(as_user):
	above, below = b.make_customer("Map Above"), b.make_customer("Map Below")
	account = m.make_map_account(customers=[above.name])
	m.make_map_account(customers=[below.name], parent=account.name)
	boss = m.make_contact("Bea", "Boss", customer=above.name, designation="Head")
	there = m.make_contact("Tim", "There", customer=above.name)
	staff = m.make_contact("Sam", "Staff", customer=below.name)
	doc = m.make_map(account, [person("t", contact=there.name)])
	with as_user(m.MANAGER):
		rows = {row["contact"]: row for row in api.proposals(doc.name)}
	assert set(rows) == {boss.name, staff.name}
	assert rows[boss.name]["person_name"] == "Bea Boss" and rows[boss.name]["designation"] == "Head"
	assert rows[boss.name]["reports_to_contact"] is None


# ---------------------------------------------------------------- judgements


def test_judgements_are_stored_encrypted_and_come_back(judged, as_user):
	stored = frappe.db.get_value(m.MAP, judged.name, "judgements")
	assert "Golf" not in stored and "Decider" not in stored
	with as_user(m.MANAGER):
		read = api.read(judged.name)["judgements"]
	anna = read["people"]["anna"]
	assert anna["note"] == "Golf" and anna["support"] == -1 and anna["judged_by"] == "Administrator"
	assert read["people"]["bert"]["support"] == 0, "nought is a judgement, not unknown"
	assert read["people"]["bert"]["power"] == "" and "carl" not in read["people"]
	assert read["links"][0]["strength"] == "Strong"
	assert read["relations"][0]["strength"] == 0 and read["relations"][0]["wanted"] == 3


def test_judgements_are_stamped_where_they_changed(judged):
	sent = json.loads(json.dumps(api.read(judged.name)["judgements"]))
	sent["people"]["bert"]["support"] = 1
	sent["people"]["bert"]["judged_by"] = sent["people"]["anna"]["judged_by"] = "somebody@example.com"
	m.save_as_form(m.MANAGER, judged.name, judgements=sent)
	read = judging.plain(frappe.get_doc(m.MAP, judged.name))["people"]
	assert (read["anna"]["judged_by"], read["bert"]["judged_by"]) == ("Administrator", m.MANAGER)
	sent["people"]["anna"]["confirmed"] = True
	m.save_as_form(m.MANAGER, judged.name, judgements=sent)
	assert judging.plain(frappe.get_doc(m.MAP, judged.name))["people"]["anna"]["judged_by"] == m.MANAGER


def test_saving_without_judgements_keeps_them(judged):
	text = frappe.db.get_value(m.MAP, judged.name, "judgements")
	m.save_as_form(m.MANAGER, judged.name, lambda doc: doc.pop("judgements", None))
	m.change_map(judged.name)
	assert frappe.db.get_value(m.MAP, judged.name, "judgements") == text


def test_judgements_leave_with_the_people(judged):
	m.change_map(judged.name, [person("bert", "Bert Bau"), person("carl", "Carl Cox")])
	read = judging.plain(frappe.get_doc(m.MAP, judged.name))
	assert set(read["people"]) == {"bert"} and read["links"] == read["relations"] == []


@pytest.mark.parametrize(
	("people", "part", "message"),
	[
		({"anna": {"power": "Huge"}}, {}, "Anna Alt: Decision Power cannot be Huge"),
		({"anna": {"roles": ["King"]}}, {}, "Anna Alt: Buying Roles"),
		({"anna": {"support": 3}}, {}, "Anna Alt: Support cannot be 3"),
		({"anna": {"support": True}}, {}, "Anna Alt: Support"),
		({"anna": {"support": "x"}}, {}, "Anna Alt: Support"),
		({"anna": {"support": float("inf")}}, {}, "Anna Alt: Support"),
		({"anna": {"competitor": "Nobody Inc"}}, {}, "Anna Alt: Tied to Competitor"),
		({"anna": {"note": "x" * 2001}}, {}, "Anna Alt: the note is longer"),
		({"anna": {"salary": 1}}, {}, "Anna Alt: a map knows nothing called salary"),
		({"anna": ["x"]}, {}, "cannot be understood"),
		({"zed": {"power": "High"}}, {}, "no person with the key zed"),
		({}, {"links": [{"source": "anna", "target": "anna", "kind": "Influence"}]}, "linked to himself"),
		({}, {"links": [{"source": "anna", "target": "bert", "kind": "Love"}]}, "Anna Alt → Bert Bau"),
		({}, {"links": [{"source": "anna", "target": "zed", "kind": "Conflict"}]}, "key zed"),
		({}, {"links": ["x"]}, "cannot be understood"),
		(
			{},
			{"relations": [{"person": "anna", "user": "no@body", "strength": 1}]},
			"Anna Alt: there is no user",
		),
		({}, {"relations": [{"person": "anna", "user": m.MANAGER, "strength": 4}]}, "Anna Alt: Strength"),
		({}, {"relations": [{"person": ["anna"], "user": m.MANAGER}]}, "no person with the key"),
		({}, {"more": []}, "knows nothing called more"),
	],
)
def test_mistakes_in_judgements_name_the_person(judged, people, part, message):
	with pytest.raises(frappe.ValidationError, match=message):
		m.change_map(judged.name, judgements={**m.judgements(people), **part})


def test_the_encrypted_text_of_another_map_is_refused(judged, account):
	other = m.make_map(
		m.make_map_account(), [person("anna", "Anna Alt")], m.judgements({"anna": {"power": "Low"}})
	)
	text = frappe.db.get_value(m.MAP, other.name, "judgements")
	doc = frappe.get_doc(m.MAP, judged.name)
	doc.judgements = text
	with pytest.raises(frappe.ValidationError, match="not those of this map"):
		doc.save()
	new = frappe.get_doc({"doctype": m.MAP, "key_account": m.make_map_account().name, "judgements": text})
	with pytest.raises(frappe.ValidationError, match="not those of this map"):
		new.insert()


def test_a_lost_key_leaves_the_structure_usable(judged, monkeypatch):
	from cryptography.fernet import Fernet

	text = frappe.db.get_value(m.MAP, judged.name, "judgements")
	monkeypatch.setitem(frappe.local.conf, "encryption_key", Fernet.generate_key().decode())
	answer = m.save_as_form(m.MANAGER, judged.name, lambda doc: doc["people"][0].update(designation="Chief"))
	loaded = answer["docs"][0]
	assert "judgements" not in loaded["__onload"]
	assert "encryption key" in loaded["__onload"]["judgements_unreadable"]
	assert frappe.db.get_value(m.MAP, judged.name, "judgements") == text
	state = api.state(judged.name)
	assert not state["judged"] and not state["can_judge"] and state["judgements_unreadable"]
	with pytest.raises(frappe.ValidationError, match="encryption key"):
		m.save_as_form(m.MANAGER, judged.name, judgements=m.judgements())


def test_renamed_users_and_competitors_are_followed(account):
	rival = frappe.get_doc({"doctype": "Competitor", "competitor_name": "Map Rival"}).insert()
	user = b.ensure_user("map.renamed@example.com", ["Sales User"])
	doc = m.make_map(
		account,
		[person("anna", "Anna Alt")],
		m.judgements(
			{"anna": {"competitor": rival.name}}, relations=[{"person": "anna", "user": user, "strength": 2}]
		),
	)
	version = api.keep_version(doc.name)
	frappe.rename_doc("Competitor", rival.name, "Map Rival AG", force=True)
	frappe.rename_doc("User", user, "map.new@example.com", force=True)
	for name in (doc.name, version):
		read = judging.plain(frappe.get_doc(m.MAP, name))
		assert read["people"]["anna"]["competitor"] == "Map Rival AG"
		assert read["relations"][0]["user"] == "map.new@example.com"


# ---------------------------------------------------------------- next steps


def make_rule(condition, next_step):
	return frappe.get_doc(
		{
			"doctype": "Power Map Rule",
			"rule_name": f"Rule {frappe.generate_hash(length=6)}",
			"condition": condition,
			"role": "Champion" if condition.startswith("Role") else None,
			"next_step": next_step,
		}
	).insert()


def test_an_action_of_a_next_step_carries_no_judgement(judged, as_user):
	neutral = make_rule("Owner Named", "Name an owner for {0}.")
	judging_rule = make_rule("No Poor Relationship", "Clear the air with {0}.")
	with as_user(m.MANAGER):
		named = frappe.get_doc("Key Account Action", api.make_action(judged.name, neutral.name, "anna"))
		silent = frappe.get_doc("Key Account Action", api.make_action(judged.name, judging_rule.name, "anna"))
		assert api.make_action(judged.name, neutral.name, "anna") == named.name, "open already"
	assert named.subject == "Name an owner for Anna Alt." and named.responsible == m.MANAGER
	assert (named.origin, named.origin_name) == ("Power Map", judged.name)
	text = json.dumps(silent.as_dict(), default=str)
	assert "Anna" not in text and "Poor" not in text


def test_next_steps_are_for_those_who_may_judge(judged, as_user):
	rule = make_rule("Owner Named", "Name an owner for {0}.")
	with as_user(m.COORDINATOR), pytest.raises(frappe.PermissionError, match="judgements"):
		api.make_action(judged.name, rule.name, "anna")


def test_what_saving_asks_the_database_for_does_not_grow_with_the_people(account, monkeypatch):
	rows, relations = [], []
	for number in range(30):
		contact = m.make_contact(f"Many {number}")
		rows.append(person(f"p{number}", contact=contact.name))
		relations.append({"person": f"p{number}", "user": m.MANAGER, "strength": 2})
	maps = [m.make_map(m.make_map_account(), rows[:count], m.judgements()) for count in (3, 30)]
	counts, send = [], frappe.db.sql
	for doc in (maps[0], *maps):  # the first time warms the caches
		reads = []

		def counted(query, *args, reads=reads, **values):
			if str(query).lstrip().lower().startswith("select"):
				reads.append(str(query))
			return send(query, *args, **values)

		monkeypatch.setattr(frappe.local.db, "sql", counted)
		m.change_map(doc.name, judgements=m.judgements(relations=relations[: len(doc.people)]))
		monkeypatch.setattr(frappe.local.db, "sql", send)
		counts.append(len(reads))
	links = 27  # Frappe looks after every link of every row
	assert counts[2] - counts[1] <= links
