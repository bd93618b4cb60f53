"""The power map as a picture, on paper and in the print of a plan: places, lines, pages, and what stays inside."""

import io
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import frappe
import pytest
from frappe.utils import add_days, nowdate
from pypdf import PdfReader

from kam_erpnext.api import power_map as api
from kam_erpnext.printing import map_drawing, map_layout, map_lines
from kam_erpnext.printing import power_map as printing
from tests.harness import frappe_session
from tests.site import power_map_builders as m
from tests.site.plan_builders import PLAN, lasting_people, make_plan, make_template
from tests.site.power_map_builders import judgements, make_contact, make_map, make_map_account, person
from tests.site.test_print import (  # noqa: F401  (the PDF needs the style sheets served)
	address_of_the_site,
	asset_server,
	html_of,
	pdf_of,
	print_of,
	text_of,
)

MAP = "Power Map"
FULL, ONE_PAGE, FOR_CUSTOMER = (
	"Key Account Plan Full",
	"Key Account Plan One Page",
	"Key Account Plan Customer Version",
)
JUDGED = {
	"p0": {
		"roles": ["Decider", "Champion"],
		"power": "High",
		"relationship": "Positive",
		"support": 2,
		"coverage": "In Depth",
		"note": "zqnote plays golf",
	},
	"p1": {"relationship": "Poor", "support": -1, "power": "Low"},
}
LINKS = [
	{
		"id": "l1",
		"source": "p1",
		"target": "p0",
		"kind": "Influence",
		"strength": "Strong",
		"both_ways": True,
	},
	{"id": "l2", "source": "p1", "target": "p2", "kind": "Conflict"},
]
ODD = '<b onload=alert(1)>Müller & "Söhne"</b>'


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with m.lasting_people(), lasting_people():
		yield


def rows_of(count, fan=4, **fields):
	"""So many people, each but the first reporting to an earlier one."""
	return [
		person(
			f"p{number}",
			f"Person Nr {number}",
			f"p{(number - 1) // fan}" if number else None,
			designation=f"Function {number}",
			department="Purchasing",
			**fields,
		)
		for number in range(count)
	]


def map_of(count, judged=True, **fields):
	known = judgements(JUDGED, LINKS, [{"person": "p0", "user": m.MANAGER, "strength": 3}])
	return make_map(make_map_account(), rows_of(count, **fields), known if judged else None)


def overlapping(places):
	return [
		(one, other)
		for (one, (x1, y1)), (other, (x2, y2)) in combinations(places.items(), 2)
		if abs(x1 - x2) < map_layout.WIDTH and abs(y1 - y2) < map_layout.HEIGHT
	]


def words_of(pdf):
	return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


# ---------------------------------------------------------------- places


@pytest.mark.parametrize("count", [1, 3, 12, 60, 150])
@pytest.mark.parametrize("fan", [1, 3, 7, 200])
def test_nobody_covers_anybody(count, fan):
	places = map_layout.places(rows_of(count, fan))
	assert len(places) == count and not overlapping(places)
	assert min(x for x, _y in places.values()) >= 0 and min(y for _x, y in places.values()) == 0
	for number in range(1, count):
		superior = f"p{(number - 1) // fan}"
		assert places[f"p{number}"][1] > places[superior][1], "superiors stand above"


def test_large_maps_are_no_ribbons():
	places = map_layout.places(rows_of(150))
	wide = max(x for x, _y in places.values()) + map_layout.WIDTH
	high = max(y for _x, y in places.values()) + map_layout.HEIGHT
	assert 0.5 < wide / high < 4


def test_circles_and_strangers_are_drawn_somewhere():
	rows = [person("a", reports_to="b"), person("b", reports_to="a"), person("c", reports_to="gone")]
	rows.append(person("d", reports_to="d"))
	places = map_layout.places(rows)
	assert set(places) == {"a", "b", "c", "d"} and not overlapping(places)


def test_places_of_the_form_are_kept():
	rows = [
		person("a", x=900, y=40, placed=1),
		person("b", reports_to="a", x=300, y=250),
		person("c", x=0, y=0),
	]
	assert map_layout.places(rows) == {"a": (900, 40), "b": (300, 250), "c": (0, 0)}


def test_who_was_never_laid_out_stands_below_the_others():
	rows = [person("a", x=10, y=20, placed=1), person("b"), person("c")]
	places = map_layout.places(rows)
	assert places["a"] == (10, 20) and not overlapping(places)
	assert min(places["b"][1], places["c"][1]) > 20 + map_layout.HEIGHT


def test_every_card_is_whole_in_one_part():
	rows = rows_of(150)
	places = map_layout.places(rows)
	cards = [map_drawing.Card(key, key, "", x, y) for key, (x, y) in places.items()]
	parts = map_drawing.Drawing(cards).parts(1600, 900)
	assert sorted(key for part in parts for key in part.people) == sorted(places)
	for part in parts:
		left, top, right, bottom = part.box
		assert right - left <= 1600 and bottom - top <= 900
		for key in part.people:
			x, y = places[key]
			assert (
				left <= x and x + map_layout.WIDTH <= right and top <= y and y + map_layout.HEIGHT <= bottom
			)


def test_reporting_lines_join_the_cards():
	rows = rows_of(20)
	family, places = map_layout.Family(rows), map_layout.places(rows)
	for key, superior in family.superior.items():
		path = map_lines.reporting(family, places, key)
		x, y = places[superior]
		assert path.startswith(f"M{map_lines.pair((x + map_layout.WIDTH / 2, y + map_layout.HEIGHT))}"), (
			"from below the superior"
		)


# ---------------------------------------------------------------- the picture


def drawn(svg):
	"""The picture as XML: it must be well-formed, and made of what old PDF engines know."""
	root = ElementTree.fromstring(svg)
	names = {element.tag.split("}")[-1] for element in root.iter()}
	assert names <= {"svg", "g", "rect", "path", "circle", "polygon", "text", "title", "line"}
	assert "var(" not in svg and "url(" not in svg
	return root


def marked(root, attribute):
	return [element.get(attribute) for element in root.iter() if element.get(attribute)]


@pytest.mark.parametrize("count", [0, 1, 3, 12, 60, 150])
def test_picture_of_maps_of_every_size(count, as_user):
	doc = map_of(count, judged=count > 2)
	with as_user(m.MANAGER):
		root = drawn(api.picture(doc.name, True))
	assert len(marked(root, "data-person")) == count
	assert len(marked(root, "data-superior")) == max(0, count - 1)
	assert len(marked(root, "data-link")) == (2 if count > 2 else 0)


def test_picture_without_judgements_is_the_default(as_user):
	doc = map_of(5)
	with as_user(m.MANAGER):
		plain, full = api.picture(doc.name), api.picture(doc.name, True)
	assert "Person Nr 4" in plain and "Function 4" in plain
	assert "data-link" not in plain and "Champion" not in plain and "Positive" not in plain
	assert "data-link" in full and "Champion" in full and "Confidential" in full
	assert "zqnote" not in full, "notes are for the side panel"


def test_colour_is_never_the_only_sign(as_user):
	"""Relationship, power and support are told by signs too."""
	card = map_drawing.draw_card
	for relationship, (_edge, _tint, sign) in map_drawing.RELATIONSHIPS.items():
		drawn_card = card(
			map_drawing.Card("a", "A", "Person at the Customer", 0, 0, judged={"relationship": relationship})
		)
		assert f">{sign}<" in drawn_card
	assert ">+2<" in card(map_drawing.Card("a", "A", "", 0, 0, judged={"support": 2}))
	assert ">−1<" in card(map_drawing.Card("a", "A", "", 0, 0, judged={"support": -1}))
	shown = card(map_drawing.Card("a", "A", "", 0, 0, judged={"support": None}))
	assert ">0<" not in shown, "unknown is not 0"


def test_names_cannot_break_the_picture(as_user):
	account = make_map_account("Odd " + ODD)
	doc = make_map(account, [person("a", ODD, designation=ODD), person("b", "名前の長い人" * 9, "a")])
	svg = printing.picture(doc)
	drawn(svg)
	assert "<b onload" not in svg
	html = html_of(doc, "Power Map")
	assert "<b onload" not in html


def test_long_texts_are_cut_to_the_card():
	for text in ("Wilhelmine Wolkenstein-Trostburg von und zu Rodenegg", "M" * 60, "長い" * 40):
		cut = map_drawing.fitted(text, 160, 13, True)
		assert cut.endswith("…") and map_drawing.text_width(cut, 13, True) <= 162


def test_all_kinds_and_a_lost_key(monkeypatch, as_user):
	kinds = ("Placeholder", "Outside Person", "Outside Body", "Competitor")
	doc = make_map(
		make_map_account(),
		[*rows_of(2), *(person(f"k{number}", kind, kind=kind) for number, kind in enumerate(kinds))],
		judgements(JUDGED),
	)
	with as_user(m.MANAGER):
		svg = api.picture(doc.name, True)
		for label in ("Not known yet", "Outside person", "Outside body", "Competitor"):
			assert label in svg
		monkeypatch.setattr("kam_erpnext.power_map.judgements.get_encryption_key", lambda: "A" * 43 + "=")
		assert "Person Nr 1" in api.picture(doc.name)
		assert "Person Nr 1" in html_of(doc, "Power Map", m.MANAGER)
		with pytest.raises(frappe.PermissionError):
			api.picture(doc.name, True)


def test_a_version_is_drawn_as_it_was(as_user):
	doc = map_of(3)
	version = api.keep_version(doc.name, "before")
	m.change_map(doc.name, people=rows_of(5))
	with as_user(m.MANAGER):
		assert "Person Nr 4" in api.picture(doc.name) and "Person Nr 4" not in api.picture(version)
		assert "Version 1" in api.picture(version)
		assert "Version 1" in print_of(frappe.get_doc(MAP, version), "Power Map", m.MANAGER)


# ---------------------------------------------------------------- paper


def test_the_print_holds_map_scores_people_and_links():
	doc = map_of(4, relationship_owner=m.MANAGER)
	text = print_of(doc, "Power Map", m.MANAGER)
	for part in (
		doc.account_name,
		"Person Nr 3",
		"Coverage",
		"Champion",
		"In Depth",
		"Person Nr 1 ↔ Person Nr 0",
		"Confidential",
		"Influence",
	):
		assert part in text, part


def test_the_print_without_judgements():
	doc = map_of(4)
	for text in (
		print_of(doc, "Power Map without Judgements", m.MANAGER),
		print_of(doc, "Power Map", m.READER),
	):
		assert "Person Nr 3" in text and "Function 3" in text
		assert "Champion" not in text and "Confidential" not in text and "In Depth" not in text


def test_an_empty_map_prints():
	doc = make_map(make_map_account(), [])
	assert "Nobody is on this map yet" in print_of(doc, "Power Map", m.MANAGER)


@pytest.mark.parametrize("count, most", [(3, 2), (12, 3), (60, 12), (150, 26)])
def test_pages(count, most):
	doc = map_of(count)
	pdf = pdf_of(html_of(doc, "Power Map", m.MANAGER))
	assert len(pdf.pages) <= most
	box = pdf.pages[0].mediabox
	assert box.width > box.height, "landscape"
	text = words_of(pdf)
	for number in range(count):
		assert f"Person Nr {number}" in text


def test_what_frappe_attaches_to_mails_holds_no_judgement():
	doc = map_of(4)
	plan = make_plan(doc.key_account, by=m.MANAGER)
	for attached in (
		frappe.attach_print(MAP, doc.name, print_format="Power Map"),
		frappe.attach_print(PLAN, plan.name, print_format=FULL),
	):
		text = words_of(PdfReader(io.BytesIO(attached["fcontent"])))
		assert "Person Nr 3" in text and "Champion" not in text and "Confidential" not in text
	assert not frappe.db.exists("Power Map Reading", {"power_map": doc.name})


def test_guests_with_a_link_get_no_map(as_user):
	doc = map_of(3)
	key = doc.get_document_share_key()
	with as_user("Guest"):
		frappe.local.form_dict = frappe._dict(key=key)
		try:
			with pytest.raises(frappe.PrintFormatError, match="may not see"):
				frappe.get_print(MAP, doc.name, "Power Map")
		finally:
			frappe.local.form_dict = frappe._dict()


def test_what_a_print_asks_the_database_for_does_not_grow_with_the_people(monkeypatch, as_user):
	few, many = map_of(5, relationship_owner=m.MANAGER), map_of(80, relationship_owner=m.MANAGER)
	counted, real = [], frappe.db.sql
	for doc in (few, few, many):  # the first one fills the caches
		queries = []
		with as_user(m.MANAGER), monkeypatch.context() as patch:
			patch.setattr(frappe.db, "sql", lambda *args, _q=queries, **kw: _q.append(1) or real(*args, **kw))
			printing.kam_power_map(frappe.get_doc(MAP, doc.name))
		counted.append(len(queries))
	assert counted[2] <= counted[1] + 5


def test_last_contacts_are_those_the_reader_may_know():
	customer = frappe.get_doc(
		{"doctype": "Customer", "customer_name": "Map Print", "customer_type": "Company"}
	).insert()
	contact = make_contact("Ada", "Print", customer.name)
	doc = make_map(make_map_account(), [person("a", "Ada Print", contact=contact.name)])
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Phone",
			"sent_or_received": "Sent",
			"subject": "Called",
			"communication_date": f"{add_days(nowdate(), -12)} 10:00:00",
			"reference_doctype": "Contact",
			"reference_name": contact.name,
		}
	).insert()
	assert ">12 d<" in printing.picture(doc)


# ---------------------------------------------------------------- the plan


@pytest.fixture
def plan():
	doc = map_of(4)
	plan = make_plan(doc.key_account, template=make_template().name, by=m.MANAGER)
	plan.map = doc.name
	return plan


def test_the_full_plan_shows_the_current_map(plan):
	assert printing.name_for_plan(plan) == plan.map
	text = print_of(plan, FULL, m.MANAGER)
	assert "Power map" in text and "Person Nr 3" in text and "Champion" in text
	blind = print_of(plan, FULL, m.COORDINATOR)
	assert "Person Nr 3" in blind and "Champion" not in blind


def test_no_other_version_of_the_plan_does(plan):
	for print_format in (ONE_PAGE, FOR_CUSTOMER):
		html = html_of(plan, print_format, m.MANAGER)
		assert "Person Nr" not in html and "data-person" not in html, print_format


@pytest.mark.parametrize("status", ["Closed", "Superseded", "Cancelled"])
def test_a_plan_that_has_ended_shows_the_map_of_its_time(plan, status):
	early, late = api.keep_version(plan.map), api.keep_version(plan.map)
	frappe.db.set_value(MAP, early, "version_date", "2019-11-30")
	frappe.db.set_value(MAP, late, "version_date", "2020-02-01")
	plan.status = status
	plan.frozen = None
	assert printing.name_for_plan(plan) == early
	plan.frozen = frappe.as_json({"closed": {"taken_on": "2020-03-01"}})
	assert printing.name_for_plan(plan) == late
	plan.frozen = frappe.as_json({"closed": {"taken_on": "2019-01-01"}})
	assert printing.name_for_plan(plan) is None


def test_a_plan_without_a_map_prints_without_one(plan):
	frappe.delete_doc(MAP, plan.map, force=True)
	assert "Power map" not in print_of(plan, FULL, m.MANAGER)


def test_maps_of_opportunities_are_not_those_of_plans(plan):
	frappe.db.set_value(MAP, plan.map, "opportunity", "OPP-1")
	assert printing.name_for_plan(plan) is None


def test_who_may_read_the_plan_and_not_the_map(plan, monkeypatch):
	real = printing.POWER_MAP

	def refuse(doc, *args, **kwargs):
		return doc.doctype != real

	monkeypatch.setattr("frappe.model.document.Document.has_permission", refuse)
	with frappe_session.as_user(m.MANAGER):
		assert printing.map_of_plan(plan) is None
