"""Help in the desk: pages and pictures of the documentation for who is logged in, and nothing else of the machine."""

import frappe
import pytest

from kam_erpnext import help as documentation
from tests.harness import frappe_session
from tests.site import builders as b

READER = "help.reader@example.com"


def page(path, user="Administrator"):
	with frappe_session.as_user(user):
		renderer = documentation.HelpPage(path)
		assert renderer.can_render()
		return renderer.render()


def test_every_document_has_a_page():
	for doctype in frappe.get_all(
		"DocType", {"module": "KAM ERPNext", "istable": 0}, ["name", "documentation"]
	):
		assert doctype.documentation, doctype.name
		answer = page(doctype.documentation.strip("/"))
		text = answer.get_data(as_text=True)
		assert answer.status_code == 200 and "<h1" in text and "kam-docs/plans" in text, doctype.name


def test_a_page_leads_to_others_and_shows_its_pictures():
	b.ensure_user(READER, ["KAM Reader"])
	text = page("kam-docs/plans", READER).get_data(as_text=True)
	assert 'href="/kam-docs/objectives"' in text and 'src="/kam-docs/images/plan.png"' in text
	assert ".md" not in text.split("<main>")[1].split("<pre")[0]
	picture = page("kam-docs/images/plan.png", READER)
	assert picture.mimetype == "image/png" and picture.get_data().startswith(b"\x89PNG")
	assert 'aria-current="page"' in text


@pytest.mark.parametrize("path", ["", "/"])
def test_it_begins_with_the_first_page(path):
	assert page(f"kam-docs{path}").get_data() == page("kam-docs/index").get_data()


def test_who_is_not_logged_in_is_asked_to():
	answer = page("kam-docs/plans", "Guest")
	assert answer.status_code == 302 and answer.headers["Location"] == "/login?redirect-to=/kam-docs/plans"
	split = page("kam-docs/a\r\nSet-Cookie: x", "Guest")
	assert split.status_code == 302 and "\n" not in split.headers["Location"]


@pytest.mark.parametrize(
	"name",
	[
		"../README",
		"../README.md",
		"images/../../pyproject.toml",
		"..%2fREADME.md",
		"/etc/passwd",
		"pictures.py",
		"pictures",
		"nothing",
		"images",
		"<script>alert(1)</script>",
		"plans\x00.md",
	],
)
def test_nothing_else_is_shown(name):
	answer = page(f"kam-docs/{name}")
	text = answer.get_data(as_text=True)
	assert answer.status_code == 404 and "<script>alert" not in text


def test_other_files_are_shown_as_text():
	answer = page("kam-docs/openapi.json")
	assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_other_addresses_are_left_alone():
	for path in ("app", "kam-docsx", "kam", "desk/kam-docs"):
		assert not documentation.HelpPage(path).can_render()
