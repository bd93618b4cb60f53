"""Every list, form, report, workspace, page and print of the app, opened by people who may: no error, no broken picture.

What is opened is read from the app itself, so that something new is opened without being named here.
"""

from urllib.parse import quote

import pytest

from tests.harness import frappe_session
from tests.site import permission_matrix as matrix
from tests.site.permission_world import IDENTITIES, World, email
from tests.site.sales_facts import bring_up_to_date

PASSWORD = "Kam-browser-2026"
PEOPLE = ("Administrator", "Director", "Manager of Ours")
# forms that only show what a job has written, or that Frappe makes with a document
NO_NEW_FORM = ("Power Map Entry",)

BROKEN_PICTURES = """() => [...document.images].filter((image) =>
	image.offsetParent && image.complete && !image.naturalWidth && image.getAttribute("src")).map((image) => image.src)"""
MISSING = "() => Boolean(document.querySelector('.page-card .indicator.red, .page-card.missing'))"


@pytest.fixture(scope="module")
def world(site_connection):
	"""A document of every doctype, as the web server sees them."""
	import frappe
	from frappe.utils.password import update_password

	frappe_session.forget_request()
	point = frappe_session.SitePoint()
	try:
		found = World(identities=PEOPLE)
		bring_up_to_date()
		for identity in PEOPLE:
			if IDENTITIES[identity]:
				update_password(email(identity), PASSWORD)
		frappe.db.commit()
		yield found
	finally:
		point.return_to()


def slug(name):
	return name.lower().replace(" ", "-")


def routes(world, only_reading):
	"""Routes of the desk that the user of this process may open; lists and forms only if asked for."""
	import frappe
	from frappe.desk.desktop import get_workspace_sidebar_items

	shown = {page.name for page in get_workspace_sidebar_items()["pages"]}
	for workspace in matrix.of_module("Workspace"):
		if workspace in shown:
			yield slug(workspace)
	for page in matrix.of_module("Page"):
		if frappe.get_doc("Page", page).is_permitted():
			yield page
	for report in matrix.of_module("Report"):
		if frappe.get_doc("Report", report).is_permitted():
			yield f"query-report/{quote(report)}"
	if only_reading:
		return
	for doctype in matrix.of_module("DocType", istable=0):
		if not frappe.has_permission(doctype, "read"):
			continue
		meta = frappe.get_meta(doctype)
		if meta.issingle:
			yield slug(doctype)
			continue
		if not meta.is_virtual:
			yield f"{slug(doctype)}/view/list"
		if meta.is_tree:
			yield f"{slug(doctype)}/view/tree"
		if frappe.has_permission(doctype, "create") and not meta.in_create and doctype not in NO_NEW_FORM:
			yield f"{slug(doctype)}/new"
		for name in world.documents.get(doctype, {}).values():
			if frappe.has_permission(doctype, "read", doc=frappe.get_doc(doctype, name)):
				yield f"{slug(doctype)}/{quote(str(name), safe='')}"
				break


def prints(world):
	"""Addresses of the app's prints."""
	import frappe

	for name in matrix.of_module("Print Format"):
		doctype = frappe.db.get_value("Print Format", name, "doc_type")
		yield (
			f"/printview?doctype={quote(doctype)}&name={quote(world.of(doctype))}&format={quote(name)}&no_letterhead=1"
		)


@pytest.mark.parametrize("identity", PEOPLE)
def test_every_page_opens_without_an_error(world, identity, log_in):
	"""`log_in` fails the test when a page logged an error; here it is said on which one."""
	with frappe_session.as_user(email(identity)):
		everything = [*routes(world, only_reading=identity != "Administrator")]
	assert len(everything) > 25
	desk = log_in(email(identity), *(() if identity == "Administrator" else (PASSWORD,)))
	faults = {}
	for route in everything:
		before = len(desk.uncaught())
		page = desk.open(route)
		problems = [*desk.uncaught()[before:], *page.evaluate(BROKEN_PICTURES)]
		if page.evaluate(MISSING):
			problems.append("not found")
		if problems:
			faults[route] = problems
	assert not faults, "\n".join(
		f"{route}: {problem}" for route, found in faults.items() for problem in found
	)


def test_every_print_is_drawn_without_an_error(world, log_in):
	desk = log_in()
	missing = []
	desk.page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
	addresses = [*prints(world)]
	assert len(addresses) > 5
	for address in addresses:
		answer = desk.page.goto(address)
		assert answer.ok, address
		assert desk.page.evaluate(BROKEN_PICTURES) == [], address
		assert desk.page.inner_text("body").strip(), address
	assert missing == []
