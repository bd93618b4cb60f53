"""Nobody who reads German or Spanish meets an English text of ours: labels, help, messages, reports, prints."""

import re

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.kam_erpnext.doctype.key_account_selection import run as selection_run
from tests.harness import frappe_session, translations
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import permission_matrix as matrix
from tests.site.english import English, plain, shown_in
from tests.site.permission_world import OURS, World
from tests.site.sales_facts import bring_up_to_date

ADMINISTRATOR, DIRECTOR = "KAM Administrator", "Director"
LANGUAGES = ("de", "es")
LAYOUT = ("Section Break", "Column Break", "Tab Break")


@pytest.fixture(scope="module")
def world(site_connection):
	with frappe_session.Isolation():
		found = World(identities=(DIRECTOR, ADMINISTRATOR, "Manager of Ours"))
		bring_up_to_date()
		yield found


@pytest.fixture(autouse=True)
def isolation(world):
	frappe_session.forget_request()
	yield
	frappe_session.forget_request()


@pytest.fixture(params=LANGUAGES)
def language(request):
	before = frappe.local.lang
	frappe.local.lang = request.param
	yield request.param
	frappe.local.lang = before


@pytest.fixture(scope="module")
def english():
	return {language: English(language) for language in LANGUAGES}


def untranslated(texts, language, context=None) -> list[str]:
	"""Texts that the catalogue knows otherwise, or does not know at all; `context` as the desk asks for labels of forms."""
	same = {
		message.id for message in translations.read(language) if message.id and message.id == message.string
	}
	return sorted(
		{
			text
			for text in texts
			if text
			and frappe._(text, context=context) == text
			and text not in same
			and re.search("[a-z]", text)
		}
	)


def say(faults: dict[str, list[str]]):
	if faults:
		pytest.fail("\n".join(f"{place}: {text}" for place, texts in faults.items() for text in texts))


def labels_of(doctype: str):
	"""(text, doctype) as a form shows them."""
	meta = frappe.get_meta(doctype)
	for field in meta.fields:
		if field.hidden:
			continue
		yield from filter(None, (field.label, field.description))
		if field.fieldtype == "Select" and field.fieldname != "naming_series":
			yield from (field.options or "").split("\n")


def test_every_form_is_translated(language):
	faults = {}
	for doctype in matrix.of_module("DocType"):
		texts = [doctype, *labels_of(doctype)]
		if found := untranslated(texts, language, doctype):
			faults[doctype] = found
	say(faults)


def test_fields_of_erpnext_documents_are_translated(language):
	fields = frappe.get_all(
		"Custom Field", {"fieldname": ("like", "kam_%")}, ["label", "description", "fieldtype"]
	)
	assert fields
	assert untranslated([text for row in fields for text in (row.label, row.description)], language) == []


def test_names_on_the_desk_are_translated(language):
	texts = [
		name for doctype in ("Report", "Workspace", "Print Format") for name in matrix.of_module(doctype)
	]
	texts += frappe.get_all("Number Card", {"module": matrix.MODULE}, pluck="label")
	texts += frappe.get_all("Dashboard Chart", {"module": matrix.MODULE}, pluck="chart_name")
	texts += frappe.get_all("Page", {"module": matrix.MODULE}, pluck="title")
	for workspace in matrix.of_module("Workspace"):
		doc = frappe.get_doc("Workspace", workspace)
		for table in ("links", "shortcuts", "charts", "number_cards"):
			texts += [row.label for row in doc.get(table)]
	assert untranslated(texts, language) == []


def test_workflows_and_roles_are_translated(language):
	texts = []
	for name in frappe.get_all(
		"Workflow", {"document_type": ("in", matrix.of_module("DocType"))}, pluck="name"
	):
		doc = frappe.get_doc("Workflow", name)
		texts += [row.state for row in doc.states] + [row.action for row in doc.transitions]
	texts += [
		role for role in frappe.get_all("Role", pluck="name") if role.startswith(("KAM ", "Key Account "))
	]
	assert len(texts) > 20
	assert untranslated(texts, language) == []


def test_shipped_records_are_translated(language):
	texts = []
	for doctype, field in (
		("Key Account Level", "name"),
		("Key Account Stage", "name"),
		("KAM Measure", "name"),
		("Key Account Segment", "name"),
	):
		assert frappe.get_meta(doctype).translated_doctype
		texts += frappe.get_all(doctype, pluck=field)
	made_here = {"Open", *frappe.get_all("KAM Measure", {"is_standard": 0}, pluck="name")}
	shipped = {text for text, _context in translations.collect()}
	assert untranslated([text for text in texts if text in shipped and text not in made_here], language) == []


def texts_of_report(answer: dict):
	for column in answer["columns"]:
		yield column["label"]
	if answer.get("message"):
		yield from shown_in(answer["message"]) if isinstance(answer["message"], str) else ()
	for item in answer.get("report_summary") or ():
		yield item["label"]
	chart = answer.get("chart") or {}
	data = chart.get("data") or {}
	yield from (str(label) for label in data.get("labels") or ())
	yield from (str(row.get("name")) for row in data.get("datasets") or ())
	for column in answer["columns"]:
		if column.get("hidden") or column["fieldtype"] in TRANSLATED_BY_THE_DESK:
			continue
		for row in answer["result"]:
			value = row.get(column["fieldname"]) if isinstance(row, dict) else None
			if isinstance(value, str):
				yield from shown_in(value) if "<" in value else (value,)


# columns whose formatter translates options and names of documents
TRANSLATED_BY_THE_DESK = ("Select", "Link", "Dynamic Link")


def test_reports_speak_the_language(world, language, english):
	given = {
		"company": b.COMPANY, "period": "Rolling 12 Months", "selection": world.selection, "year": getdate().year,
		"from_date": add_days(nowdate(), -100), "to_date": add_days(nowdate(), 30),
	}  # fmt: skip
	faults = {}
	entered = set(frappe.get_all("Key Account Scoring Criterion", pluck="criterion"))
	for report in matrix.of_module("Report"):
		for filters in matrix.VIEWS.get(report, [{}]):
			with matrix.asking(ADMINISTRATOR):
				frappe.local.lang = language
				answer = query_report.run(report, {**given, **filters}, ignore_prepared_report=True)
			found = english[language].among(texts_of_report(answer))
			if found := [text for text in found if text not in entered]:
				faults[report] = found
	say(faults)


PRINTS = {
	"Key Account Plan": (
		"Key Account Plan One Page",
		"Key Account Plan Full",
		"Key Account Plan Customer Version",
	),
	"Key Account Business Review": (
		"Key Account Business Review",
		"Key Account Business Review Customer Version",
	),
	"Power Map": ("Power Map", "Power Map without Judgements"),
	"Key Account Incentive": ("Key Account Incentive Statement",),
}


def kept_in(value):
	"""Texts of a document: entered by people, or written in the language of whoever had them worked out."""
	if isinstance(value, dict):
		value = list(value.values())
	if isinstance(value, list):
		for part in value:
			yield from kept_in(part)
	elif isinstance(value, str):
		yield plain(value)


def test_prints_speak_the_language(world, language, english):
	faults = {}
	for doctype, formats in PRINTS.items():
		name = world.of(doctype)
		kept = set(kept_in(frappe.get_doc(doctype, name).as_dict()))
		for print_format in formats:
			assert frappe.db.exists("Print Format", print_format), print_format
			html = frappe.get_print(doctype, name, print_format, no_letterhead=1)
			found = english[language].among(shown_in(html))
			if found := [text for text in found if text not in kept]:
				faults[print_format] = found
	say(faults)


def test_answers_of_pages_speak_the_language(world, language, english):
	"""Sentences in what the pages of the desk ask for; single words may be values the page itself translates."""
	faults = {}
	arguments = matrix.calls(world, OURS)
	# names and options by which a page asks and routes; it translates them where it shows them
	keys = {plain(message) for message, _context in translations.collect()} & {
		*matrix.of_module("DocType"),
		*matrix.of_module("Report"),
		*frappe.get_all("Role", pluck="name"),
		*frappe.get_all("KAM Measure", pluck="name"),
		*frappe.get_all("Power Map Rule", pluck="name"),
		*(
			option
			for field in frappe.get_all(
				"DocField",
				{"fieldtype": "Select", "parent": ("in", matrix.of_module("DocType"))},
				pluck="options",
			)
			for option in (field or "").split("\n")
		),
	}

	def sentences(value):
		if isinstance(value, dict):
			for part in value.values():
				yield from sentences(part)
		elif isinstance(value, list | tuple):
			for part in value:
				yield from sentences(part)
		elif isinstance(value, str) and len(plain(value).split()) >= 3:
			yield from shown_in(value) if "<" in value else (value,)

	for name, function in sorted(matrix.endpoints().items()):
		methods = frappe.allowed_http_methods_for_whitelisted_func.get(function, ["POST"])
		if "GET" not in methods or name.startswith("open_doors."):
			continue
		with matrix.asking(ADMINISTRATOR):
			frappe.local.lang = language
			try:
				answer = function(**arguments.get(name, {}))
			except (frappe.ValidationError, frappe.PermissionError) as error:
				answer = str(error)
		found = english[language].among(sentences(frappe.parse_json(frappe.as_json(answer))))
		if found := [text for text in found if text not in keys]:
			faults[name] = found
	say(faults)


def test_reasons_of_a_selection_are_in_the_language_of_who_runs_it(world, language, english):
	criteria = k.make_criteria(effective_from="2017-01-01")
	selection = frappe.new_doc("Key Account Selection")
	selection.update(
		{
			"title": f"Reasons in {language}",
			"criteria": criteria.name,
			"company": b.COMPANY,
			"period_window": "Rolling 12 Months",
		}
	)
	selection.insert()
	selection.workflow_state = "Running"
	selection.save()
	frappe.db.set_value("User", "Administrator", "language", language)
	frappe.local.lang = "en"  # as in a worker
	selection_run.execute(selection.name, selection.run_token)
	assert frappe.local.lang == "en"
	reasons = frappe.get_all("Key Account Selection Line", {"selection": selection.name}, pluck="reason")
	assert reasons
	sentences = [sentence for reason in reasons for sentence in re.split(r"(?<=[.;:]) ", reason)]
	assert english[language].among([*reasons, *(sentence.rstrip(".;") for sentence in sentences)]) == []
