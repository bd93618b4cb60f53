"""The drawing of a power map: dragging, connecting, undo, keyboard, fingers, readers, and two people at once."""

import pytest

from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.power_map_builders import MANAGER, PEOPLE, READER, make_map, person

PASSWORD = "Kam-browser-2026"
MODEL = "cur_frm.kam_map.model"
CARDS = ".kam-pm-person"
ROWS = [
	person("ceo", "Clara Chief", designation="Managing Director"),
	person("buy", "Bernd Buyer", "ceo", designation="Head of Purchasing"),
	person("eng", "Eva Engineer", "ceo"),
	person("lab", "Lars Laboratory", "eng"),
	person("new", "Head of Quality", "ceo", kind="Placeholder"),
]
JUDGED = {
	"people": {"buy": {"power": "High", "relationship": "Poor", "roles": ["Decider"]}},
	"links": [{"id": "l1", "source": "lab", "target": "ceo", "kind": "Influence", "strength": "Strong"}],
	"relations": [],
}


@pytest.fixture(scope="module")
def people(site_connection):
	"""Two people who may log in; everything these tests make goes with them at the end."""
	import frappe

	point = frappe_session.SitePoint()
	with frappe_session.as_user("Administrator"):
		for user in (MANAGER, READER):
			b.ensure_user(user, PEOPLE[user], password=PASSWORD)
	frappe.db.commit()
	yield
	point.return_to()


@pytest.fixture
def power_map(on_site, people):
	name = f"Drawing {on_site.generate_hash(length=8)}"
	account = make_account(name, key_account_manager=MANAGER, team=[READER])
	made = make_map(account, ROWS, JUDGED)
	on_site.db.commit()
	return made.name


@pytest.fixture
def editor(log_in, power_map):
	return opened(log_in(MANAGER, PASSWORD), power_map)


def opened(desk, name):
	page = desk.open(f"power-map/{name}", wait_for=CARDS)
	desk.settle()
	return page


def card(key):
	return f"{CARDS}[data-person={key}]"


def middle(page, key):
	"""The middle of a card on the screen."""
	box = page.locator(f"{card(key)} .kam-pm-body").bounding_box()
	return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, end):
	page.mouse.move(*start)
	page.mouse.down()
	page.mouse.move(start[0] + 8, start[1] + 8)
	page.mouse.move(*end, steps=8)
	page.mouse.up()
	page.wait_for_timeout(400)  # cards glide to their places


def superior(page, key):
	return page.get_attribute(card(key), "data-superior")


def place(page, key):
	at = page.locator(card(key))
	return float(at.get_attribute("data-x")), float(at.get_attribute("data-y"))


def save(page):
	page.keyboard.press("Control+s")
	page.wait_for_function("!cur_frm.is_dirty()")


def stored(on_site, name):
	on_site.db.rollback()
	return {row.person: row for row in on_site.get_doc("Power Map", name).people}


def test_a_card_dropped_on_another_reports_to_it_and_undo_takes_it_back(editor):
	drag(editor, middle(editor, "lab"), middle(editor, "buy"))
	assert superior(editor, "lab") == "buy"
	editor.keyboard.press("Control+z")
	assert superior(editor, "lab") == "eng"
	editor.keyboard.press("Control+Shift+z")
	assert superior(editor, "lab") == "buy"


def test_a_superior_is_not_dropped_below_those_who_report(editor):
	drag(editor, middle(editor, "ceo"), middle(editor, "lab"))
	assert superior(editor, "ceo") is None


def test_a_place_chosen_by_hand_is_stored_and_the_team_comes_along(editor, power_map, on_site):
	before = {key: place(editor, key) for key in ("eng", "lab", "buy")}
	x, y = middle(editor, "eng")
	drag(editor, (x, y), (x, y + 60))
	after = {key: place(editor, key) for key in before}
	moved = {key: (after[key][0] - before[key][0], after[key][1] - before[key][1]) for key in before}
	assert moved["eng"] == pytest.approx(moved["lab"], abs=1.5) and moved["eng"][1] > 30
	assert moved["buy"] == (0, 0)
	save(editor)
	rows = stored(on_site, power_map)
	assert (rows["eng"].placed, rows["lab"].placed) == (1, 0)
	assert (round(rows["lab"].x), round(rows["lab"].y)) == pytest.approx(after["lab"], abs=1)
	editor.reload()
	editor.wait_for_selector(CARDS)
	assert place(editor, "eng") == after["eng"]


def test_a_line_is_drawn_from_the_handle(editor):
	editor.hover(f"{card('buy')} .kam-pm-body")
	box = editor.locator("[data-handle=buy] .kam-pm-handle-reach").bounding_box()
	drag(editor, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), middle(editor, "lab"))
	editor.click(".kam-pm-menu button:has-text('influences')")
	line = editor.locator("[data-source=buy][data-target=lab]")
	assert line.get_attribute("data-link-kind") == "Influence"


def test_the_map_without_a_mouse(editor):
	editor.focus(card("ceo"))
	editor.keyboard.press("ArrowDown")
	editor.keyboard.press("ArrowUp")
	assert editor.evaluate("document.activeElement.dataset.person") == "ceo"
	editor.keyboard.press("Enter")
	editor.wait_for_selector(".kam-pm-panel h4:has-text('Clara Chief')")
	editor.keyboard.press("Escape")
	assert editor.evaluate("document.activeElement.dataset.person") == "ceo"
	x, _y = place(editor, "ceo")
	editor.keyboard.press("Shift+ArrowRight")
	editor.wait_for_timeout(400)
	assert place(editor, "ceo")[0] == x + 20


def test_what_is_judged_in_the_panel_is_stored(editor, power_map, log_in):
	editor.click(f"{card('eng')} .kam-pm-body")
	editor.click("[data-judge=roles] [data-value=Champion]")
	editor.click("[data-judge=support] [data-value='2']")
	save(editor)
	again = opened(log_in(MANAGER, PASSWORD), power_map)
	judgement = again.evaluate(f"{MODEL}.judgement('eng')")
	assert (judgement["roles"], judgement["support"], judgement["power"]) == (["Champion"], 2, "")


def test_a_reader_sees_the_structure_only(log_in, power_map):
	page = opened(log_in(READER, PASSWORD), power_map)
	assert page.locator(CARDS).count() == len(ROWS)
	assert page.locator(".kam-pm-link, .kam-pm-power, .kam-pm-handle").count() == 0
	assert not page.is_visible("[data-tool=add]")
	before = place(page, "lab")
	drag(page, middle(page, "lab"), middle(page, "buy"))
	assert superior(page, "lab") == "eng" and place(page, "lab") == before


def test_two_editors_at_once_lose_nothing(editor, power_map, log_in):
	other = opened(log_in("Administrator"), power_map)
	editor.evaluate(
		f"{MODEL}.update_person('buy', {{designation: 'Purchaser'}}); {MODEL}.judge('lab', {{power: 'Low'}});"
		f"{MODEL}.add_person({{person_name: 'From the First', reports_to: 'ceo'}})"
	)
	other.evaluate(
		f"{MODEL}.update_person('buy', {{designation: 'Strategic Buyer'}}); {MODEL}.judge('lab', {{coverage: 'Brief'}});"
		f"{MODEL}.add_person({{person_name: 'From the Second'}})"
	)
	save(other)
	editor.keyboard.press("Control+s")
	editor.wait_for_selector(".kam-pm-conflicts.show tr:has-text('Strategic Buyer')")
	assert editor.locator(".kam-pm-conflicts.show tbody tr").count() == 1
	editor.check(".kam-pm-conflicts.show input[value=theirs]")
	editor.click(".kam-pm-conflicts.show .modal-footer .btn-primary")
	editor.wait_for_function("!cur_frm.is_dirty()")
	again = opened(log_in("Administrator"), power_map)
	names = again.evaluate(f"{MODEL}.people().map(row => row.person_name)")
	assert {"From the First", "From the Second"} <= set(names)
	assert again.evaluate(f"{MODEL}.person('buy').designation") == "Strategic Buyer"
	judgement = again.evaluate(f"{MODEL}.judgement('lab')")
	assert (judgement["power"], judgement["coverage"]) == ("Low", "Brief")
	assert again.locator("[data-link=l1]").count() == 1


def test_fingers_move_the_map_until_a_card_is_chosen(chromium, address, power_map):
	context = chromium.new_context(
		base_url=address, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
	)
	try:
		context.request.post("/api/method/login", form={"usr": MANAGER, "pwd": PASSWORD})
		page = context.new_page()
		page.goto(f"/app/power-map/{power_map}")
		page.wait_for_selector(CARDS)
		page.wait_for_load_state("networkidle")
		page.evaluate("document.querySelector('.kam-pm').scrollIntoView({block: 'center'})")
		page.wait_for_timeout(500)
		devtools = context.new_cdp_session(page)

		def swipe(start, dx, dy):
			touch(devtools, "touchStart", start)
			for step in range(1, 9):
				touch(devtools, "touchMove", (start[0] + dx * step / 8, start[1] + dy * step / 8))
			touch(devtools, "touchEnd")
			page.wait_for_timeout(400)

		before = place(page, "lab")
		swipe(middle(page, "lab"), 30, 40)
		assert place(page, "lab") == before
		page.touchscreen.tap(*middle(page, "lab"))
		page.wait_for_timeout(600)
		swipe(middle(page, "lab"), 20, 50)
		assert place(page, "lab") != before
	finally:
		context.close()


def touch(devtools, kind, point=None):
	points = [{"x": point[0], "y": point[1], "id": 1}] if point else []
	devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
