"""Power maps in the desk: ten real contacts are put on a map, connected and found again; two people edit one map."""

import csv
from pathlib import Path

import pytest

from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.power_map_builders import judgements, make_contact, make_map, person

PASSWORD = "Kam-browser-2026"
MANAGER, DIRECTOR = "map.manager@example.com", "map.director@example.com"
COORDINATOR = "map.coordinator@example.com"
ACCOUNT = "Adventure Bicycle Group"
PEOPLE = 10
SECRET = "Sentinel: wants our competitor"


def store_contacts():
	"""Contacts of the first stores of the file, ten of them."""
	folder = frappe_session.facts()["adventureworks"]
	if not folder:
		pytest.skip("the AdventureWorks files are not there")
	with open(Path(folder) / "store_contacts.csv", encoding="utf-8-sig", newline="") as file:
		return [row for _number, row in zip(range(PEOPLE), csv.DictReader(file), strict=False)]


@pytest.fixture
def account(on_site, site_point):
	"""A key account of the stores, with manager and coordinator; the director stands outside its team."""
	rows = store_contacts()
	for user, role in (
		(MANAGER, "Key Account Manager"),
		(DIRECTOR, "Key Account Director"),
		(COORDINATOR, "Key Account Coordinator"),
	):
		b.ensure_user(user, [role, "Sales User"], password=PASSWORD)
	customers = {name: b.make_customer(name).name for name in dict.fromkeys(row["StoreName"] for row in rows)}
	for row in rows:
		make_contact(
			row["FirstName"],
			row["LastName"],
			customers[row["StoreName"]],
			row["EmailAddress"],
			designation=row["ContactType"],
		)
	made = make_account(
		ACCOUNT,
		list(customers.values()),
		key_account_manager=MANAGER,
		key_account_coordinator=COORDINATOR,
	)
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	on_site.db.commit()
	return made.name


def open_map(desk, name):
	page = desk.open(f"power-map/{name}", wait_for=".kam-pm-canvas [data-person]")
	page.wait_for_function("cur_frm.kam_map?.context?.state?.team")
	desk.settle()
	page.wait_for_timeout(600)
	return page


def save(page):
	page.evaluate("cur_frm.save()")
	page.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")
	page.wait_for_timeout(600)


def key_of(page, name):
	return page.evaluate(
		"name => cur_frm.kam_map.model.people().find(person => person.person_name === name).person", name
	)


def card(key):
	return f".kam-pm-canvas [data-person='{key}']"


def middle(page, key):
	box = page.locator(card(key)).bounding_box()
	return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, end):
	page.mouse.move(*start)
	page.mouse.down()
	page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=6)
	page.mouse.move(*end, steps=6)
	page.wait_for_timeout(150)
	page.mouse.up()
	page.wait_for_timeout(500)


def show_all(page):
	"""The whole map in the middle of the window: what is clicked moves the page."""
	page.evaluate("document.querySelector('.kam-pm').scrollIntoView({block: 'center'})")
	page.click(".kam-pm-toolbar [data-tool=fit]")
	page.wait_for_timeout(500)


def drag_onto(page, key, superior):
	show_all(page)
	drag(page, middle(page, key), middle(page, superior))


def drawn(page):
	"""The picture as it stands: places and superiors of people, lines of influence and reporting."""
	return page.evaluate(
		"""() => {
			const all = (selector, fn) => [...document.querySelectorAll(".kam-pm-canvas " + selector)].map(fn).sort();
			return {
				people: all("[data-person]", (e) => [e.dataset.person, e.dataset.x, e.dataset.y, e.dataset.superior || "", e.dataset.placed].join(" ")),
				reporting: all("[data-line]", (e) => e.dataset.line + " " + e.dataset.superior),
				links: all("[data-link]", (e) => [e.dataset.link, e.dataset.linkKind, e.dataset.source, e.dataset.target, e.dataset.strength].join(" ")),
			};
		}"""
	)


def connect(page, label, source, target):
	"""With the tool Connect: kind, first person, second person."""
	page.click(".kam-pm-toolbar [data-tool=connect]")
	page.click(f".kam-pm-menu button:has-text('{label}')")
	page.click(card(source))
	page.click(card(target))
	page.wait_for_timeout(300)
	page.keyboard.press("Escape")


def test_ten_contacts_are_connected_and_found_again(account, log_in, on_site):
	# the manager starts the map on the page of the account and takes over the contacts in one click
	manager = log_in(MANAGER, PASSWORD)
	page = manager.open(f"key-account/{account}", wait_for=".kam-figure-value")
	page.click("button:visible:has-text('Power Map')")
	page.wait_for_function("cur_frm && cur_frm.doctype === 'Power Map' && cur_frm.kam_map")
	manager.settle()
	name = page.evaluate("cur_frm.doc.name")
	page.click(".kam-pm-empty button:has-text('Propose')")
	page.wait_for_selector(".modal.show [data-place]")
	assert page.locator(".modal.show [data-place]").count() == PEOPLE
	page.click(".modal.show .btn-modal-primary")
	page.wait_for_selector(".kam-pm-canvas [data-person]")
	save(page)
	keys = page.evaluate("cur_frm.doc.people.map(row => row.person)")
	assert len(keys) == PEOPLE

	# who reports to whom, by dragging cards onto each other
	head, second, third, *others = keys
	for key in (second, third):
		drag_onto(page, key, head)
	for number, key in enumerate(others):
		drag_onto(page, key, second if number % 2 else third)
	reports = dict(page.evaluate("cur_frm.doc.people.map(row => [row.person, row.reports_to || ''])"))
	assert reports[head] == "" and reports[second] == reports[third] == head
	assert {reports[key] for key in others} == {second, third}

	# a circle is refused with a message, and nothing changes
	connect(page, "Reporting line", head, second)
	assert "circle" in page.inner_text("#alert-container")
	assert page.evaluate("key => cur_frm.kam_map.model.person(key).reports_to || ''", head) == ""

	# lines of influence and a conflict; a judgement in the side panel; one person moved by hand
	connect(page, "Influence", others[0], head)
	connect(page, "Conflict", second, third)
	page.click(card(head))
	page.wait_for_selector(".kam-pm-panel [data-judge=power]")
	page.click(".kam-pm-panel [data-judge=power] button:has-text('High')")
	page.click(".kam-pm-panel [data-judge=relationship] button:has-text('Positive')")
	page.keyboard.press("Escape")
	show_all(page)
	x, y = middle(page, others[-1])
	drag(page, (x, y), (x + 60, y + 90))
	assert page.evaluate("key => cur_frm.kam_map.model.person(key).placed", others[-1])
	before = drawn(page)
	assert len(before["people"]) == PEOPLE and len(before["reporting"]) == PEOPLE - 1
	assert len(before["links"]) == 2
	save(page)

	# every place and line is there again, on the page and in the database
	page = open_map(manager, name)
	assert drawn(page) == before
	assert page.locator(f"{card(head)}[data-power=High][data-relationship=Positive]").count() == 1
	on_site.db.rollback()
	stored = on_site.get_doc("Power Map", name)
	assert {row.person: row.reports_to or "" for row in stored.people} == reports
	moved = next(row for row in stored.people if row.person == others[-1])
	assert (
		moved.placed
		and f"{moved.person} {round(moved.x)} {round(moved.y)} {moved.reports_to} true" in (before["people"])
	)
	assert "Influence" not in (stored.judgements or ""), "judgements are stored encrypted"

	# undo takes the last change back, redo brings it again
	page.click(card(second))
	page.wait_for_selector(".kam-pm-panel [data-judge=power]")
	page.click(".kam-pm-panel [data-judge=power] button:has-text('Low')")
	page.keyboard.press("Escape")
	page.click(".kam-pm-toolbar [data-tool=undo]")
	assert page.evaluate("key => cur_frm.kam_map.model.judgement(key).power", second) == ""
	page.click(".kam-pm-toolbar [data-tool=redo]")
	assert page.evaluate("key => cur_frm.kam_map.model.judgement(key).power", second) == "Low"


@pytest.fixture
def small_map(account, on_site):
	known = judgements({"boss": {"power": "High", "note": SECRET}, "buyer": {"power": "Low"}})
	people = [
		person("boss", "Ann Boss"),
		person("buyer", "Ben Buyer", "boss"),
		person("user", "Uma User", "boss"),
	]
	doc = make_map(account, people, known)
	on_site.db.commit()
	return doc.name


def update(page, key, values):
	page.evaluate("([key, values]) => cur_frm.kam_map.model.update_person(key, values)", [key, values])


def judge(page, key, values):
	page.evaluate("([key, values]) => cur_frm.kam_map.model.judge(key, values)", [key, values])


def test_two_editors_of_a_map_lose_nothing(small_map, log_in, on_site):
	manager, director = log_in(MANAGER, PASSWORD), log_in(DIRECTOR, PASSWORD)
	first, second = open_map(manager, small_map), open_map(director, small_map)

	# both change something else; who saves later keeps both
	update(first, "buyer", {"designation": "Purchasing Manager"})
	update(second, "user", {"designation": "Head of Workshop"})
	judge(second, "user", {"support": 2})
	save(second)
	save(first)
	on_site.db.rollback()
	titles = {row.person: row.designation for row in on_site.get_doc("Power Map", small_map).people}
	assert titles["buyer"] == "Purchasing Manager" and titles["user"] == "Head of Workshop"
	assert first.evaluate("cur_frm.kam_map.model.judgement('user').support") == 2

	# both change the same; who saves later is asked, and his choice holds
	second = open_map(director, small_map)
	update(first, "boss", {"designation": "Owner"})
	judge(first, "boss", {"power": "Medium"})
	update(second, "boss", {"designation": "President"})
	update(second, "buyer", {"department": "Purchasing"})
	save(second)
	first.evaluate("void cur_frm.save()")
	first.wait_for_selector(".kam-pm-conflicts.show")
	asked = first.inner_text(".kam-pm-conflicts")
	assert "Owner" in asked and "President" in asked and "Ann Boss" in asked
	assert "Purchasing" not in asked
	first.click(".kam-pm-conflicts label:has-text('President')")
	first.click(".kam-pm-conflicts .btn-modal-primary")
	first.wait_for_function("!cur_frm.is_dirty()")
	on_site.db.rollback()
	rows = {row.person: row for row in on_site.get_doc("Power Map", small_map).people}
	assert rows["boss"].designation == "President"
	assert rows["buyer"].department == "Purchasing"
	assert first.evaluate("cur_frm.kam_map.model.judgement('boss').power") == "Medium"
	# the director stands outside the team: that he read judgements is on record, the manager's reading is not
	readers = set(on_site.get_all("Power Map Reading", {"power_map": small_map}, pluck="read_by"))
	assert readers == {DIRECTOR}


def test_a_coordinator_works_on_the_structure_without_seeing_judgements(small_map, log_in, on_site):
	coordinator = log_in(COORDINATOR, PASSWORD)
	answers = []
	coordinator.page.on("response", lambda answer: answers.append(answer))
	page = open_map(coordinator, small_map)
	assert page.locator(".kam-pm-canvas [data-power]").count() == 0
	page.click(card("boss"))
	page.wait_for_timeout(500)
	assert page.locator(".kam-pm-panel [data-judge]").count() == 0
	page.keyboard.press("Escape")
	update(page, "user", {"department": "Workshop"})
	save(page)
	assert SECRET not in page.content()
	bodies = [answer.text() for answer in answers if "/api/" in answer.url and answer.ok]
	assert bodies and not any(SECRET in body for body in bodies)

	# what he saved did not touch the judgements
	manager = log_in(MANAGER, PASSWORD)
	page = open_map(manager, small_map)
	assert page.evaluate("cur_frm.kam_map.model.judgement('boss').note") == SECRET
	assert page.evaluate("cur_frm.kam_map.model.person('user').department") == "Workshop"
