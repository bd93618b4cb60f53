"""Who sees which part of a power map, by every way there is: a mark stands in every judgement, and whoever may not see
judgements finds none of the marks anywhere, while the structure is there."""

import json
from types import SimpleNamespace

import frappe
import pytest
from frappe.desk import reportview
from frappe.desk.form import load
from frappe.desk.search import search_widget
from frappe.utils.global_search import search as global_search

from kam_erpnext import compat
from kam_erpnext.api import power_map as api
from kam_erpnext.api.key_account import profile
from kam_erpnext.power_map import judgements as judging
from kam_erpnext.power_map import snapshots
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import power_map_builders as m
from tests.site.plan_builders import make_plan
from tests.site.power_map_builders import person

SNAPSHOT, READING = "Power Map Snapshot", "Power Map Reading"
RIVAL = "Zq Rival"
ROWS = (
	person("anna", "Anna Altmark", designation="Head of Purchasing"),
	person("bert", "Bert Bauer", "anna"),
	person("gap", "Laboratory", "anna", kind="Placeholder"),
)
# every kind of judgement with a value that the structure never holds
JUDGED = {
	"people": {
		"anna": {
			"roles": ["Gatekeeper", "Champion"],
			"power": "High",
			"relationship": "Poor",
			"support": -2,
			"coverage": "In Depth",
			"coverage_wanted": "Multiple",
			"competitor": RIVAL,
			"note": "zqnoteanna",
		},
		"bert": {
			"roles": ["Initiator"],
			"note": "zqnotebert",
			"relationship": "Positive",
			"coverage": "Brief",
		},
	},
	"links": [
		{"id": "l1", "source": "anna", "target": "bert", "kind": "Conflict", "note": "zqnotelink"},
		{"id": "l2", "source": "bert", "target": "anna", "kind": "Influence", "note": "zqnoteinfluence"},
	],
	"relations": [{"person": "anna", "user": m.MANAGER, "strength": 3, "wanted": 2}],
}
# texts that only judgements hold; words of the app itself such as "Champion" stand in quotation marks or tags
MARKS = (
	"zqnote",
	RIVAL,
	*(f'"{word}"' for word in ("Gatekeeper", "Initiator", "Poor", "In Depth", "Conflict", "Influence")),
	*(f">{word}<" for word in ("Gatekeeper, Champion", "Poor", "In Depth → Multiple", "Conflict", "−2")),
	"Champion · ",
	"· Champion",
	'"strength": 3',
	'"bus_factor":',  # of the scores
)
SEERS = (m.MANAGER, m.SPONSOR, m.DIRECTOR, m.OPERATIONS)
BLIND = (m.COORDINATOR, m.READER)
# outside the account team, though they may see judgements
OUTSIDERS = (m.DIRECTOR, m.OPERATIONS)
SELLER, STRANGER = "map.seller@example.com", "map.nobody@example.com"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	m.PEOPLE.setdefault(SELLER, ["Sales User"])
	m.PEOPLE.setdefault(STRANGER, ["Employee"])
	try:
		with m.lasting_people():
			yield
	finally:
		del m.PEOPLE[SELLER], m.PEOPLE[STRANGER]


@pytest.fixture
def world():
	"""An account with its map, an earlier version and a snapshot, and a plan."""
	if not frappe.db.exists("Competitor", RIVAL):
		frappe.get_doc({"doctype": "Competitor", "competitor_name": RIVAL}).insert()
	account = m.make_map_account()
	power_map = m.make_map(account, ROWS, JUDGED)
	version = api.keep_version(power_map.name, "As it was")
	snapshots.take_snapshots()
	plan = make_plan(account.name, by=m.MANAGER)
	return SimpleNamespace(
		account=account.name,
		map=power_map.name,
		version=version,
		plan=plan.name,
		cipher=frappe.db.get_value(m.MAP, power_map.name, "judgements"),
	)


def text(value) -> str:
	return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False, indent=1)


def marks_in(answer: str) -> list[str]:
	return [mark for mark in MARKS if mark in answer]


# ---------------------------------------------------------------- the ways


def form(name):
	frappe.local.response = frappe._dict({"docs": []})
	load.getdoc(m.MAP, name)
	loaded = [json.loads(frappe.as_json(doc)) for doc in frappe.local.response.docs]
	shown = text(loaded)
	frappe.local.response = frappe._dict()
	return shown


def docinfo(name):
	frappe.local.response = frappe._dict({"docs": []})
	load.get_docinfo(doctype=m.MAP, name=name)
	shown = text(json.loads(frappe.as_json(frappe.local.response)))
	frappe.local.response = frappe._dict()
	return shown


def printed(doctype, name, print_format):
	frappe.local.form_dict = frappe._dict()
	return frappe.get_print(doctype, name, print_format, no_letterhead=1)


def listed(**options):
	frappe.local.form_dict = frappe._dict(
		doctype=m.MAP,
		fields=json.dumps(["name", "title", "judgements", "`tabPower Map Person`.person_name"]),
		filters="[]",
		order_by="`tabPower Map`.judgements asc",
		start=0,
		page_length=50,
		view="Report",
		**options,
	)
	return text(json.loads(frappe.as_json(reportview.get())))


# name: (function of the world, whether the structure is in the answer, whether judgements are for those who may see them)
WAYS = {
	"form": (lambda w: form(w.map), True, True),
	"form of a version": (lambda w: form(w.version), True, True),
	"what stands beside the form": (lambda w: docinfo(w.map), False, False),
	"REST document": (lambda w: text(frappe.client.get(m.MAP, w.map)), True, False),
	"REST value": (
		lambda w: text(frappe.client.get_value(m.MAP, "judgements", {"name": w.map})),
		False,
		False,
	),
	"REST list": (
		lambda w: text(
			frappe.client.get_list(m.MAP, fields=["name", "title", "judgements"], limit_page_length=0)
		),
		False,
		False,
	),
	"list of the desk": (lambda w: listed(), False, False),
	"list of people": (
		lambda w: text(
			frappe.get_list(
				"Power Map Person",
				fields=["*"],
				parent_doctype=m.MAP,
				limit_page_length=0,
				ignore_permissions=False,
			)
		),
		True,
		False,
	),
	"read": (lambda w: text(api.read(w.map)), True, True),
	"state": (lambda w: text(api.state(w.map)), False, True),
	"state of a version": (lambda w: text(api.state(w.version)), False, True),
	"comparison": (lambda w: text(api.compare(w.version, w.map)), False, False),
	"proposals": (lambda w: text(api.proposals(w.map)), False, False),
	"picture": (lambda w: api.picture(w.map), True, False),
	"picture with judgements": (lambda w: api.picture(w.map, True), None, True),
	"print": (lambda w: printed(m.MAP, w.map, "Power Map"), True, True),
	"print of a version": (lambda w: printed(m.MAP, w.version, "Power Map"), True, True),
	"print without judgements": (
		lambda w: printed(m.MAP, w.map, "Power Map without Judgements"),
		True,
		False,
	),
	"Frappe's own print": (lambda w: printed(m.MAP, w.map, "Standard"), True, False),
	"print of the plan": (lambda w: printed("Key Account Plan", w.plan, "Key Account Plan Full"), True, True),
	"plan on one page": (
		lambda w: printed("Key Account Plan", w.plan, "Key Account Plan One Page"),
		False,
		False,
	),
	"plan for the customer": (
		lambda w: printed("Key Account Plan", w.plan, "Key Account Plan Customer Version"),
		False,
		False,
	),
	"account page": (lambda w: text(profile(w.account)), False, False),
	"report": (lambda w: text(report(w.account)), False, False),
	"snapshots": (lambda w: text(frappe.get_list(SNAPSHOT, fields=["*"], limit_page_length=0)), False, False),
	"readings": (lambda w: text(frappe.get_list(READING, fields=["*"], limit_page_length=0)), False, False),
	"personal data": (lambda w: text(api.personal_data(w.map, "anna")), None, None),
	"global search": (lambda w: text(global_search("zqnoteanna")), False, False),
	"link search": (
		lambda w: text(search_widget(m.MAP, "zqnote", filters={"judgements": ("like", "%zq%")})),
		False,
		False,
	),
}
# these refuse whoever may not see judgements, or may not forget people
REFUSING = ("picture with judgements", "personal data")
# and these whoever has no business with them
MAY_REFUSE = ("snapshots", "readings")
# version 16 refuses to sort and to filter by a field that may not be read
if compat.FRAPPE_MAJOR >= 16:
	MAY_REFUSE += ("list of the desk", "link search")


def report(account):
	from frappe.desk.query_report import run

	return run("Relationship Coverage", filters={"key_account": account}, ignore_prepared_report=True)


def ask(way, world, user) -> str:
	"""The answer; empty where access is refused."""
	with frappe_session.as_user(user):
		try:
			return text(WAYS[way][0](world))
		except (frappe.PermissionError, frappe.DoesNotExistError):  # prints call what is hidden "not found"
			return ""
		finally:
			frappe.clear_messages()
			frappe.local.form_dict = frappe._dict()


# ---------------------------------------------------------------- the matrix


@pytest.mark.parametrize("user", [*BLIND, m.SYSTEM])
def test_who_may_not_see_judgements_finds_none(world, user):
	wrong = []
	for way, (_ask, structure, _judgements) in WAYS.items():
		answer = ask(way, world, user)
		if marks_in(answer) or world.cipher in answer:
			wrong.append(f"{way} tells {marks_in(answer)}")
		if way in REFUSING and answer:
			wrong.append(f"{way} answers")
		if user == m.SYSTEM or way in REFUSING:
			continue  # a System Manager sees no accounts unless he has another role
		if not answer and way not in MAY_REFUSE:
			wrong.append(f"{way} gives no answer")
		elif structure and "Anna Altmark" not in answer:
			wrong.append(f"{way} is without the structure")
	assert not wrong


@pytest.mark.parametrize("user", SEERS)
def test_who_may_see_judgements_finds_them_where_they_belong(world, user):
	wrong = []
	for way, (_ask, _structure, judged) in WAYS.items():
		answer = ask(way, world, user)
		if judged and not marks_in(answer):
			wrong.append(f"{way} tells nothing")
		if judged is False and marks_in(answer):
			wrong.append(f"{way} tells {marks_in(answer)}")
		if judged is False and not answer and way not in MAY_REFUSE:
			wrong.append(f"{way} gives no answer")
	assert not wrong


@pytest.mark.parametrize("user", [m.OUTSIDER, SELLER, STRANGER])
def test_who_has_no_part_in_the_account_finds_nothing(world, user):
	wrong = []
	for way in WAYS:
		answer = ask(way, world, user)
		if marks_in(answer) or "Anna Altmark" in answer or world.cipher in answer:
			wrong.append(way)
	assert not wrong


def test_nobody_exports_maps():
	for role in (
		"KAM Administrator",
		"Key Account Director",
		"Key Account Manager",
		"KAM Reader",
		"System Manager",
	):
		for doctype in (m.MAP, SNAPSHOT, READING):
			rights = [row for row in frappe.get_meta(doctype).permissions if row.role == role]
			assert not any(row.export or row.get("import") or row.share or row.email for row in rights), (
				role,
				doctype,
			)


@pytest.mark.parametrize("user", BLIND)
def test_filters_do_not_tell_either(world, user, as_user):
	"""What is encrypted cannot be found by asking for it piece by piece."""
	with as_user(user):
		for pattern in ("%zqnote%", "%anna%", "%Poor%", "%Champion%"):
			try:
				assert not frappe.get_list(m.MAP, filters={"judgements": ("like", pattern)})
			except frappe.PermissionError:
				assert compat.FRAPPE_MAJOR >= 16


# ---------------------------------------------------------------- writing without seeing


def test_a_writer_without_sight_saves_the_structure_and_harms_nothing(world):
	before = judging.plain(frappe.get_doc(m.MAP, world.map))

	def change(loaded):
		loaded["people"][1]["designation"] = "Buyer"
		loaded["people"].append({"doctype": "Power Map Person", **person("dora", "Dora Dahl", "anna")})

	answer = text(m.save_as_form(m.COORDINATOR, world.map, change))
	assert "Dora Dahl" in answer and "Buyer" in answer
	assert not marks_in(answer)  # Frappe sends back the field as stored, which is encrypted
	doc = frappe.get_doc(m.MAP, world.map)
	assert judging.plain(doc) == before and doc.people_count == 4


def test_judgements_a_writer_without_sight_sends_are_ignored(world):
	before = judging.plain(frappe.get_doc(m.MAP, world.map))
	forged = {"people": {"anna": {"support": 2, "note": "mine"}}, "links": [], "relations": []}
	m.save_as_form(m.COORDINATOR, world.map, judgements=forged)
	assert judging.plain(frappe.get_doc(m.MAP, world.map)) == before


def test_whom_a_writer_without_sight_removes_takes_the_judgements_along(world):
	def change(loaded):
		loaded["people"] = [row for row in loaded["people"] if row["person"] != "bert"]

	m.save_as_form(m.COORDINATOR, world.map, change)
	left = judging.plain(frappe.get_doc(m.MAP, world.map))
	assert set(left["people"]) == {"anna"} and left["links"] == [] and len(left["relations"]) == 1


@pytest.mark.parametrize("user", [m.READER, m.SPONSOR, m.SYSTEM])
def test_readers_change_nothing(world, user):
	with pytest.raises(frappe.PermissionError):
		m.save_as_form(user, world.map, lambda loaded: loaded["people"].pop())


# ---------------------------------------------------------------- who is recorded

# way: what the record calls it
RECORDED = {
	"form": "Form",
	"form of a version": "Form",
	"read": "Form",
	"state": "Form",
	"comparison": "Comparison",
	"picture with judgements": "Drawing",
	"print": "Print",
	"print of a version": "Print",
	"print of the plan": "Print",
	"personal data": "Personal Data",
}


@b.as_administrator
def readings(world, user):
	return frappe.get_all(READING, {"power_map": world.map, "read_by": user}, pluck="way")


@pytest.mark.parametrize("user", OUTSIDERS)
def test_outsiders_are_recorded_for_every_way(world, user):
	for way, recorded in RECORDED.items():
		frappe.db.delete(READING)
		assert ask(way, world, user), way
		assert set(readings(world, user)) == {recorded}, way


def test_the_team_is_not_recorded(world):
	for user in (m.MANAGER, m.SPONSOR, m.COORDINATOR):
		for way in RECORDED:
			if way != "personal data":
				ask(way, world, user)
		assert not readings(world, user), user


def test_without_judgements_there_is_nothing_to_record(world):
	for way, (_ask, _structure, judged) in WAYS.items():
		if judged is False and way != "comparison":
			ask(way, world, m.DIRECTOR)
			assert not readings(world, m.DIRECTOR), way


def test_readers_without_sight_are_not_recorded(world):
	for way in RECORDED:
		ask(way, world, m.READER)
	assert not readings(world, m.READER)
