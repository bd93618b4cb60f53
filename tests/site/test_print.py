"""Prints of plans and reviews: page counts, texts, frozen figures, and what a customer never reads."""

import io
import json
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import frappe
import pytest
from bs4 import BeautifulSoup, Comment
from frappe.utils.pdf import get_pdf
from frappe.www.printview import get_html_and_style
from pypdf import PdfReader

from kam_erpnext.printing import charts, fit, show
from kam_erpnext.printing import plan as plan_print
from kam_erpnext.printing import review as review_print
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.plan_builders import (
	DIRECTOR,
	MANAGER,
	PLAN,
	READER,
	SPONSOR,
	approve,
	close,
	lasting_people,
	make_plan,
	make_team_account,
	reload,
	start,
)

ACTION, REVIEW, ACCOUNT = "Key Account Action", "Key Account Business Review", "Key Account"
ONE_PAGE, FULL, FOR_CUSTOMER = (
	"Key Account Plan One Page",
	"Key Account Plan Full",
	"Key Account Plan Customer Version",
)
OF_REVIEW, REVIEW_FOR_CUSTOMER = (
	"Key Account Business Review",
	"Key Account Business Review Customer Version",
)
FORMATS = {
	ONE_PAGE: PLAN,
	FULL: PLAN,
	FOR_CUSTOMER: PLAN,
	OF_REVIEW: REVIEW,
	REVIEW_FOR_CUSTOMER: REVIEW,
}
LAST_DAY = "2019-12-31"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_people():
		yield


class Assets(SimpleHTTPRequestHandler):
	"""Style sheets for the PDF: no web server of the site runs beside the tests."""

	def __init__(self, *args):
		super().__init__(*args, directory=str(Path(frappe_session.facts()["sites"], "assets")))

	def translate_path(self, path):
		return super().translate_path(path.removeprefix("/assets"))

	def log_message(self, *args):
		pass


@pytest.fixture(scope="module", autouse=True)
def asset_server():
	server = ThreadingHTTPServer(("127.0.0.1", 0), Assets)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	yield f"http://127.0.0.1:{server.server_port}"
	server.shutdown()


@pytest.fixture(autouse=True)
def address_of_the_site(asset_server, monkeypatch):
	monkeypatch.setitem(frappe.local.conf, "host_name", asset_server)


@pytest.fixture
def customer():
	return b.make_customer("Müller & Söhne Präzisionstechnik GmbH").name


@pytest.fixture
def account(customer):
	return make_team_account("Müller & Söhne Präzisionstechnik GmbH", customers=[customer])


# ---------------------------------------------------------------- helpers


def html_of(doc, print_format, user=None, letter_head=None):
	"""The print as the desk shows it."""
	with frappe_session.as_user(user or "Administrator"):
		return frappe.get_print(
			doc.doctype,
			doc.name,
			print_format,
			no_letterhead=int(not letter_head),
			letterhead=letter_head,
		)


def text_of(html):
	"""What a reader sees, the title of the page included; one blank between words."""
	soup = BeautifulSoup(html, "html5lib")
	for part in soup(["style", "script"]):
		part.extract()
	for comment in soup.find_all(string=lambda part: isinstance(part, Comment)):
		comment.extract()
	return " ".join(soup.get_text(" ").split())


def pdf_of(html):
	"""Made as Frappe makes it."""
	return PdfReader(io.BytesIO(get_pdf(html)))


def print_of(doc, print_format, user=None):
	return text_of(html_of(doc, print_format, user))


def objective(text, **fields):
	return {
		"objective": text,
		"due": LAST_DAY,
		"responsible": MANAGER,
		"weight": 100,
		"belongs_to": "Ours",
		**fields,
	}


def make_action(plan, subject, **fields):
	values = {"start_date": "2019-01-02", "end_date": "2019-06-30", "responsible": MANAGER, **fields}
	return frappe.get_doc(
		{
			"doctype": ACTION,
			"key_account": plan.key_account,
			"plan": plan.name,
			"subject": subject,
			**values,
		}
	).insert()


def make_review(plan=None, submit=False, **fields):
	review = frappe.get_doc(
		{
			"doctype": REVIEW,
			"key_account": plan.key_account if plan else None,
			"plan": plan.name if plan else None,
			"company": b.COMPANY,
			"review_date": "2019-10-01",
			"from_date": "2019-01-01",
			"to_date": "2019-09-30",
			**fields,
		}
	).insert()
	if submit:
		review.submit()
	return review


def usual_plan(account, objectives=6, actions=8, groups=6, words=8, amount=120_000):
	"""A plan as people write it: `words` words in every text."""
	long = " ".join(["Lieferfähigkeit"] + ["über", "Prüfstände"] * words)[: words * 9]
	plan = make_plan(
		account.name,
		by=MANAGER,
		situation=long * 3,
		strategy=long * 3,
		value_promise=long * 3,
		objectives=[
			objective(f"Ziel {number}: {long}", unit="Stück", target=number + 1, value=1, value_known=1)
			for number in range(objectives)
		],
		targets=[
			{"item_group": b.ensure_item_group(f"Prüfgeräte Gruppe {number}"), "amount": amount + number}
			for number in range(groups)
		],
		budget=[{"purpose": f"Posten {number} {long}"[:90], "planned": amount} for number in range(4)],
		swot=[
			{"kind": kind, "statement": f"{long} {number}", "importance": "High"}
			for kind in plan_print.SWOT_KINDS
			for number in range(3)
		],
		risks=[
			{"risk": f"{long} {number}", "likelihood": "High", "impact": "High", "countermeasure": long}
			for number in range(3)
		],
	)
	for number in range(actions):
		make_action(plan, f"{number} {long}"[:140], is_milestone=number % 2)
	return plan


# ---------------------------------------------------------------- one page


@pytest.mark.parametrize(
	"size",
	[
		{},
		{"objectives": 12, "actions": 20, "groups": 9, "words": 20, "amount": 83_000_000},
		{"objectives": 1, "actions": 0, "groups": 1, "words": 1},
	],
	ids=["usual", "much", "little"],
)
def test_one_page_is_one_page(account, size):
	reader = pdf_of(html_of(usual_plan(account, **size), ONE_PAGE))
	assert len(reader.pages) == 1
	assert "Müller & Söhne" in " ".join(reader.pages[0].extract_text().split())


def test_one_page_has_room_for_the_letter_head_of_the_site(account):
	letter_head = frappe.get_doc(
		{
			"doctype": "Letter Head",
			"letter_head_name": "Test Print",
			"source": "HTML",
			"content": '<div style="height: 22mm">LETTER OF THE SITE</div>',
		}
	).insert()
	html = html_of(usual_plan(account), ONE_PAGE, letter_head=letter_head.name)
	assert "LETTER OF THE SITE" in text_of(html)
	assert len(pdf_of(html).pages) == 1
	for print_format in (FULL, FOR_CUSTOMER):
		plan = frappe.get_last_doc(PLAN)
		assert "LETTER OF THE SITE" in html_of(plan, print_format, letter_head=letter_head.name)
		assert "LETTER OF THE SITE" not in html_of(plan, print_format)


def test_what_does_not_fit_is_counted(account):
	plan = usual_plan(account, objectives=12, actions=20, words=20)
	text = print_of(plan, ONE_PAGE)
	assert "Ziel 5" in text and "Ziel 6" not in text
	assert "and 6 more" in text and "and 12 more" in text
	assert "Ziel 11" in print_of(plan, FULL)


def test_a_page_with_room_shows_more_rows(account):
	plan = make_plan(
		account.name, by=MANAGER, objectives=[objective(f"Ziel {number}") for number in range(11)]
	)
	text = print_of(plan, ONE_PAGE)
	assert "Ziel 9" in text and "Ziel 10" not in text and "and 1 more" in text
	assert len(pdf_of(html_of(plan, ONE_PAGE)).pages) == 1


def test_letters_get_smaller_when_there_is_more(account):
	little = plan_print._internal(usual_plan(account, objectives=1, actions=1, groups=1), plan_print.ONE_PAGE)
	much = plan_print._internal(usual_plan(account, objectives=6, actions=8, words=20), plan_print.ONE_PAGE)
	assert fit.density(little) == 1
	assert fit.SMALLEST <= fit.density(much) < 1
	assert fit.density(much, letter_head=True) <= fit.density(much)


def test_an_empty_plan_can_be_printed():
	plan = make_plan(complete=False, by=MANAGER, account=make_team_account("Nothing Yet").name)
	for print_format in (ONE_PAGE, FULL, FOR_CUSTOMER):
		assert "Nothing Yet" in print_of(plan, print_format)
	text = print_of(plan, ONE_PAGE)
	assert "No objectives yet." in text and "No targets yet." in text
	assert len(pdf_of(html_of(plan, ONE_PAGE)).pages) == 1


def test_right_to_left_languages(account):
	plan = usual_plan(account)
	frappe.local.lang = "ar"
	try:
		html = html_of(plan, ONE_PAGE)
	finally:
		frappe.local.lang = "en"
	assert 'class="kam-print kam-one-page" dir="rtl"' in html
	assert len(pdf_of(html).pages) == 1


def test_the_one_page_print_is_the_default():
	assert frappe.get_meta(PLAN).default_print_format == ONE_PAGE
	assert frappe.get_meta(REVIEW).default_print_format == OF_REVIEW
	for name, doctype in FORMATS.items():
		values = frappe.db.get_value("Print Format", name, ["doc_type", "standard", "disabled"])
		assert values == (doctype, "Yes", 0)


# ---------------------------------------------------------------- figures


def test_a_draft_reads_live(account, customer):
	item = b.ensure_service_item()
	b.make_invoice(customer, [(item, 1, 4321)], "2019-02-03")
	plan = make_plan(account.name, by=MANAGER, targets=[{"amount": 12_000_000}])
	assert "4,321" in print_of(plan, ONE_PAGE)
	assert "12,000,000" in print_of(plan, ONE_PAGE)
	b.make_invoice(customer, [(item, 1, 1000)], "2019-03-03")
	for print_format in (ONE_PAGE, FULL):
		text = print_of(plan, print_format)
		assert "5,321" in text and "4,321" not in text


def test_a_closed_plan_shows_the_figures_it_was_closed_with(account, customer):
	item = b.ensure_service_item()
	b.make_invoice(customer, [(item, 1, 4321)], "2019-02-03")
	net_sales = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	plan = make_plan(
		account.name,
		by=MANAGER,
		targets=[{"amount": 12_000}],
		objectives=[objective("Sell more", measure=net_sales, target=9000)],
	)
	plan = start(approve(plan, DIRECTOR), by=MANAGER)
	b.make_invoice(customer, [(item, 1, 1000)], "2019-03-03")
	text = print_of(plan, FULL)
	assert "5,321" in text
	assert re.search(r"When it was approved on .* actual to date \$ 4,321", text)
	plan = close(plan, by=MANAGER)
	b.make_invoice(customer, [(item, 1, 2222)], "2019-04-04")
	for print_format in (ONE_PAGE, FULL):
		text = print_of(plan, print_format)
		assert "5,321" in text and "7,543" not in text
		assert "Figures as the plan kept them" in text


def test_a_submitted_review_shows_the_figures_of_then(account, customer):
	item = b.ensure_service_item()
	b.make_invoice(customer, [(item, 1, 4321)], "2019-02-03")
	plan = make_plan(account.name, by=MANAGER, targets=[{"amount": 12_000}])
	review = make_review(plan, submit=True)
	before = {name: print_of(review, name) for name in (OF_REVIEW, REVIEW_FOR_CUSTOMER)}
	assert all("4,321" in text for text in before.values())
	b.make_invoice(customer, [(item, 1, 1000)], "2019-03-03")
	review = frappe.get_doc(REVIEW, review.name)
	assert {name: print_of(review, name) for name in before} == before


def test_unknown_is_a_dash_and_not_zero(account):
	plan = make_plan(
		make_team_account("Without Customers").name,
		by=MANAGER,
		objectives=[objective("Measured nowhere", unit="stops", target=3)],
	)
	row = BeautifulSoup(html_of(plan, ONE_PAGE), "html5lib").find(string="Measured nowhere").find_parent("tr")
	assert row.find_all("td", recursive=False)[2].get_text(strip=True) == show.UNKNOWN
	tiles = BeautifulSoup(html_of(plan, ONE_PAGE), "html5lib").select(".kam-figure")
	assert [tile.get_text(strip=True) for tile in tiles][2:] == [show.UNKNOWN] * 3


def test_amounts_have_the_currency_of_the_plan(customer):
	company = b.ensure_euro_company()
	account = make_team_account("In Euro", customers=[customer])
	plan = make_plan(account.name, by=MANAGER, company=company, targets=[{"amount": 1500}])
	assert "€ 1,500" in print_of(plan, ONE_PAGE)


# ---------------------------------------------------------------- who prints what


@pytest.mark.parametrize("user", [MANAGER, DIRECTOR, SPONSOR, READER])
def test_every_role_prints(account, user):
	plan = make_plan(account.name, by=MANAGER)
	review = make_review(plan)
	for print_format, doctype in FORMATS.items():
		doc = plan if doctype == PLAN else review
		assert "Müller & Söhne" in print_of(doc, print_format, user)
		with frappe_session.as_user(user):
			desk = get_html_and_style(doc.doctype, doc.name, print_format)
		assert "Müller &amp; Söhne" in desk["html"]
	with frappe_session.as_user(user):
		data = frappe.get_print(PLAN, plan.name, ONE_PAGE, as_pdf=True)
	assert len(PdfReader(io.BytesIO(data)).pages) == 1


def test_judgements_about_people_are_printed_for_those_who_may_read_them(account):
	plan = make_plan(account.name, by=MANAGER, people_notes="Dr. Klein decides alone")
	review = make_review(plan, relationship="2 Poor", relationship_note="Ms. Berger feels left out")
	for user, seen in ((MANAGER, True), (SPONSOR, True), (READER, False)):
		assert ("Dr. Klein decides alone" in print_of(plan, FULL, user)) is seen
		text = print_of(review, OF_REVIEW, user)
		assert ("feels left out" in text) is seen
		assert ("2 Poor" in text) is seen


def test_a_print_attached_to_a_mail_holds_no_judgements(account):
	"""Frappe makes it as Administrator, whoever sends the mail."""
	plan = make_plan(account.name, by=MANAGER, people_notes="Dr. Klein decides alone")
	frappe.flags.ignore_print_permissions = True
	try:
		assert "Dr. Klein" not in print_of(plan, FULL)
	finally:
		frappe.flags.ignore_print_permissions = False


def test_internal_prints_are_not_for_guests(account):
	plan = make_plan(account.name, by=MANAGER)
	review = make_review(plan)
	with frappe_session.as_user("Guest"):
		for prepare, doc in (
			(plan_print.kam_plan_one_page, plan),
			(plan_print.kam_plan_in_full, plan),
			(review_print.kam_review, review),
		):
			with pytest.raises(frappe.PermissionError):
				prepare(doc)


# ---------------------------------------------------------------- every field of every document


TEXTS = (
	"Data",
	"Small Text",
	"Text",
	"Long Text",
	"Text Editor",
	"HTML Editor",
	"Markdown Editor",
	"Code",
	"JSON",
)
NUMBERS = ("Currency", "Float", "Percent", "Int")
# what the prints need to find their rows
STRUCTURE = {"status", "key", "unknown", "version", "first_version"}


class Marks:
	"""A mark of its own in every text and every number of a document and its tables."""

	def __init__(self, text="Zqx{}Zqx"):
		self.text, self.count, self.by_mark = text, 0, {}

	def fill(self, doc, row_name=None):
		for df in doc.meta.get_table_fields():
			if not doc.get(df.fieldname):
				self.add_row(doc, df)
		doc = frappe.get_doc(doc.doctype, doc.name)
		self.fill_row(doc, doc.doctype)
		for df in doc.meta.get_table_fields():
			for row in doc.get(df.fieldname):
				self.fill_row(row, f"{doc.doctype}.{df.fieldname}[{row.idx}]")
		frappe.clear_document_cache(doc.doctype, doc.name)
		return frappe.get_doc(doc.doctype, doc.name)

	def add_row(self, doc, table):
		row = frappe.get_doc(
			{
				"doctype": table.options,
				"parent": doc.name,
				"parenttype": doc.doctype,
				"parentfield": table.fieldname,
				"idx": 1,
			}
		)
		for df in row.meta.fields:
			if df.fieldtype == "Select" and df.options:
				row.set(df.fieldname, df.options.strip().split("\n")[0])
		row.db_insert()

	def fill_row(self, row, place):
		values = {}
		for df in row.meta.fields:
			if df.fieldname in STRUCTURE:
				continue
			self.count += 1
			if df.fieldtype in TEXTS:
				values[df.fieldname] = mark = self.text.format(self.count)
				if df.fieldtype == "JSON":
					values[df.fieldname] = json.dumps({"mark": mark})
			elif df.fieldtype in NUMBERS:
				number = 71_000_000 + 37 * self.count
				values[df.fieldname], mark = number, str(number)
			else:
				continue
			self.by_mark[mark] = f"{place}.{df.fieldname}"
		if values:
			frappe.db.set_value(row.doctype, row.name, values, update_modified=False)

	def found_in(self, text):
		digits = re.sub(r"(?<=\d),(?=\d)", "", text)
		return {place for mark, place in self.by_mark.items() if mark in digits}


def plan_with_everything(account, customer):
	margin = frappe.db.get_value("KAM Measure", {"measure_key": "gross_margin"})
	frappe.get_doc(ACCOUNT, account.name).update(
		{
			"customer_goals": [
				{"goal": "Confirmed", "confirmed_on": "2019-01-05"},
				{"goal": "Our assumption"},
			]
		}
	).save()
	plan = make_plan(
		account.name,
		by=MANAGER,
		objectives=[
			objective("theirs", belongs_to="Customer's", unit="stops", target=3, value=1, value_known=1),
			objective("ours, not marked", for_customer=0),
			objective("ours, marked", for_customer=1, unit="stores", target=3, value=1, value_known=1),
			objective("a margin, marked by mistake", for_customer=1, measure=margin),
			objective("theirs, dropped", belongs_to="Customer's", state="Dropped", remark="no"),
		],
	)
	return plan


def objective_places(number, *fields):
	return {f"{PLAN}.objectives[{number}].{field}" for field in fields}


def test_the_customers_version_of_a_plan_shows_what_is_named_here_and_nothing_else(account, customer):
	plan = plan_with_everything(account, customer)
	shown = make_action(plan, "for the customer", for_customer=1)
	internal = make_action(plan, "internal")
	dropped = make_action(plan, "dropped", for_customer=1, status="Dropped", result="no")
	marks = Marks()
	marks.fill(frappe.get_doc(ACCOUNT, account.name))
	for action in (shown, internal, dropped):
		before = set(marks.by_mark)
		marks.fill(action)
		for mark in set(marks.by_mark) - before:
			marks.by_mark[mark] = marks.by_mark[mark].replace(ACTION, action.subject)
	plan = marks.fill(plan)
	expected = {
		f"{PLAN}.account_name",
		f"{PLAN}.value_promise",
		f"{ACCOUNT}.customer_goals[1].goal",
		f"{ACCOUNT}.customer_goals[1].our_contribution",
		"for the customer.subject",
		"for the customer.responsible_name",
		*objective_places(1, "objective", "unit", "target", "value", "responsible_name"),
		*objective_places(3, "objective", "unit", "target", "value", "responsible_name"),
		*(f"{PLAN}.team[{row.idx}].{field}" for row in plan.team for field in ("full_name", "function")),
	}
	html = html_of(plan, FOR_CUSTOMER)
	assert marks.found_in(text_of(html)) == expected
	# nor in attributes, styles or the names of charts
	assert marks.found_in(re.sub(r"<!--.*?-->", "", html, flags=re.S)) == expected
	reader = pdf_of(html)
	pages = "".join("".join(page.extract_text().split()) for page in reader.pages)
	assert marks.found_in(pages) <= expected
	assert "example.com" not in text_of(html)


def test_the_customers_version_of_a_review_shows_what_is_named_here_and_nothing_else(account, customer):
	plan = plan_with_everything(account, customer)
	review = make_review(
		plan,
		agenda=[{"topic": "Supply"}],
		deals=[{"kind": "Lost", "deal": "Drills", "amount": 1, "reason": "Price"}],
		decisions=[{"decision": "Go on", "make_action": 0}],
		attendees=[
			{"side": "Ours", "full_name": "Anna"},
			{"side": "Customer's", "full_name": "Dr. Klein"},
		],
	)
	codes = [row.code for row in review.objectives]
	marks = Marks()
	review = marks.fill(review)
	for row, code in zip(review.objectives, codes, strict=True):
		row.db_set("code", code)
		row.db_set("belongs_to", "Customer's" if code in ("O1", "O5") else "Ours")
		row.db_set("state", "Dropped" if code == "O5" else "Open")
	frappe.db.set_value(REVIEW, review.name, "months", "[]")
	review = frappe.get_doc(REVIEW, review.name)
	figures = [row for row in review.figures if row.key in review_print.FIGURES_FOR_CUSTOMER]
	assert len(figures) == 5 and len(figures) < len(review.figures)
	expected = {
		f"{REVIEW}.account_name",
		f"{REVIEW}.place",
		*(
			f"{REVIEW}.figures[{row.idx}].{field}"
			for row in figures
			for field in {"figure", "unit", "value", "before"} - set((row.unknown or "").split(","))
		),
		*(
			f"{REVIEW}.objectives[{number}].{field}"
			for number in (1, 3)
			for field in ("objective", "unit", "target", "value")
		),
		*(f"{REVIEW}.agenda[1].{field}" for field in ("topic", "minutes", "lead", "outcome")),
		*(f"{REVIEW}.attendees[{n}].{field}" for n in (1, 2) for field in ("full_name", "function")),
		f"{REVIEW}.decisions[1].decision",
	}
	html = html_of(review, REVIEW_FOR_CUSTOMER)
	assert marks.found_in(text_of(html)) == expected
	assert marks.found_in(re.sub(r"<!--.*?-->", "", html, flags=re.S)) == expected


def test_texts_are_escaped_everywhere(account, customer):
	plan = plan_with_everything(account, customer)
	action = make_action(plan, "for the customer", for_customer=1)
	review = make_review(plan)
	marks = Marks("<script>zqx{}</script>")
	marks.fill(frappe.get_doc(ACCOUNT, account.name))
	marks.fill(action)
	plan, review = marks.fill(plan), marks.fill(review)
	frappe.db.set_value(REVIEW, review.name, "months", "[]")
	for print_format, doctype in FORMATS.items():
		html = html_of(plan if doctype == PLAN else review, print_format)
		assert "<script>zqx" not in html
		assert "&lt;script&gt;zqx" in html


def test_the_title_of_the_page_is_that_of_the_customer(account):
	plan = make_plan(account.name, by=MANAGER, title="Win them back from Hartwerk")
	assert "Hartwerk" not in html_of(plan, FOR_CUSTOMER)
	assert reload(plan).title == "Win them back from Hartwerk"


def test_measures_a_customer_may_know_exist():
	keys = set(frappe.get_all("KAM Measure", pluck="measure_key"))
	assert plan_print.SHAREABLE_MEASURES <= keys
	assert plan_print.PRIVATE_MEASURES <= keys
	assert not plan_print.SHAREABLE_MEASURES & plan_print.PRIVATE_MEASURES


# ---------------------------------------------------------------- charts and words


def month_rows(*actuals):
	return [
		{"month": f"2019-{number:02d}-01", "target": 100.0, "actual": actual, "before": None}
		for number, actual in enumerate(actuals, 1)
	]


def test_the_chart_shows_what_is_known():
	svg = charts.months_chart(month_rows(50.0, None, 0.0), "EUR")
	assert svg.count(f'fill="{charts.PALE}"') == 3 + 1  # one in the legend
	assert svg.count(f'fill="{charts.BLUE}"') == 1 + 1
	assert "<polyline" not in svg
	assert charts.months_chart([], "EUR") == ""


def test_the_customers_chart_has_no_targets():
	svg = charts.months_chart(month_rows(50.0), "EUR", target=False)
	assert charts.PALE not in svg


@pytest.mark.parametrize(
	("lowest", "highest", "expected"),
	[
		(0, 0, (0, 1, 1)),
		(0, 95, (0, 100, 25)),
		(0, 100, (0, 100, 25)),
		(0, 83_000_000, (0, 100_000_000, 25_000_000)),
		(-30, 60, (-50, 75, 25)),
		(-10, 0, (-10, 0, 2.5)),
	],
)
def test_axis(lowest, highest, expected):
	assert charts.scale(lowest, highest) == pytest.approx(expected)


@pytest.mark.parametrize(
	("value", "unit", "expected"),
	[
		(None, "count", "–"),
		(1234.6, "currency", "€ 1,235"),
		(12.345, "percent", "12.3 %"),
		(3, "count", "3"),
		(2.5, "stops a month", "2.5 stops a month"),
		(float("nan"), "count", "–"),
	],
)
def test_quantities(value, unit, expected):
	assert show.quantity(value, unit, "EUR") == expected


def test_change_needs_something_to_compare_with():
	assert show.change(110, 100) == "+10 %"
	assert show.change(90, 100) == "-10 %"
	assert show.change(90, 0) is None
	assert show.change(None, 100) is None


def test_texts_are_cut_at_a_word():
	assert show.cut("one two three four", 12) == "one two…"
	assert show.cut("<b>short</b> text", 40) == "short text"
	assert show.cut("x" * 50, 10) == "x" * 9 + "…"
	assert show.cut(None, 10) == ""
