"""A sales person's day on a telephone: today's calls, prepare, report, follow-up; and what happens without a connection."""

import time

import pytest

from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import pipeline_builders as p
from tests.site import power_map_builders as maps
from tests.site.kam_builders import make_account

PASSWORD = "Kam-browser-2026"
PERSON, STRANGER = "road.manager@example.com", "road.stranger@example.com"
PHONE = {"width": 390, "height": 844}
HOSTILE = '<img src=x onerror="window.kam_hacked = true">'
REPORT = "**/api/method/kam_erpnext.api.calls.report"


@pytest.fixture
def day(on_site, site_point):
	"""Two calls of today: on a customer of a key account with a contact, and on one that belongs to none."""
	p.ensure_items()
	for user in (PERSON, STRANGER):
		b.ensure_user(user, ["Key Account Manager", "Sales User"], password=PASSWORD)
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	first, second = b.make_customer("Harbour Clinic").name, b.make_customer("Lonely Workshop").name
	b.make_invoice(first, [(p.WIRE, 10, 300)], on_site.utils.nowdate())
	account = make_account("Harbour Group", [first], key_account_manager=PERSON)
	contact = maps.make_contact(
		"Anna", "Buyer", first, phone_nos=[{"phone": "+49 30 1234567", "is_primary_mobile_no": 1}]
	)
	other = maps.make_contact("Bert", "Tester", first)
	c.make_call(b.make_customer("Elsewhere").name, STRANGER)
	today = on_site.utils.nowdate()
	made = on_site._dict(
		call=c.make_call(first, PERSON, contacts=[{"contact": contact.name, "met": 1}]).name,
		lonely=c.make_call(second, PERSON, method="Phone").name,
		account=account.name,
		contact=contact.name,
		other=other.name,
		today=today,
		tomorrow=str(on_site.utils.add_days(today, 1)),
	)
	on_site.db.commit()
	return made


class Hand:
	"""Taps and typing on a page, counted."""

	def __init__(self, page):
		self.page, self.taps, self.started = page, 0, time.monotonic()

	def tap(self, selector):
		self.taps += 1
		target = self.page.locator(selector).first
		box = target.bounding_box()
		assert box is None or min(box["width"], box["height"]) >= 36, f"{selector} is too small: {box}"
		target.click()

	def write(self, selector, text):
		self.taps += 1
		self.page.locator(selector).first.fill(text)

	def told(self):
		return f"{self.taps} taps, {time.monotonic() - self.started:.1f} s"


def calls_on_screen(page):
	return [text.strip() for text in page.locator(".kam-call-text strong").all_inner_texts()]


def no_sideways_scrolling(page):
	return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def kept(page):
	return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('kam-call-report'))")


def open_day(log_in, size=PHONE):
	desk = log_in(PERSON, PASSWORD, size)
	return desk, desk.open("my-calls", wait_for=".kam-call-open")


def test_from_the_list_of_today_to_the_action(day, log_in, on_site, capsys):
	desk, page = open_day(log_in)
	assert sorted(calls_on_screen(page)) == ["Harbour Clinic", "Lonely Workshop"]
	assert no_sideways_scrolling(page)

	# prepare: what is known stands on one screen, and the objective is written down
	page.click(".kam-call-open:has-text('Harbour Clinic')")
	page.wait_for_selector(".kam-sheet-parts")
	assert page.get_attribute(".kam-sheet-ways a[href^='tel:']", "href") == "tel:+49301234567"
	assert "Anna Buyer" in page.inner_text("[data-part=people]")
	assert p.WIRES in page.inner_text("[data-part=bought]")
	page.fill("[data-objective]", "Agree on a trial")
	page.click("[data-do=prepared]")
	page.wait_for_selector(".kam-sheet-head .indicator-pill:has-text('Prepared')")
	desk.settle()
	on_site.db.rollback()
	assert on_site.db.get_value("Customer Call", day.call, ["status", "objective"]) == (
		"Prepared",
		"Agree on a trial",
	)

	# report, as a thumb does
	hand = Hand(page)
	hand.tap(".kam-calls-foot a:has-text('Report')")
	page.wait_for_selector(".kam-report")
	assert page.is_checked(f"[data-person='{day.contact}']")
	hand.tap("[data-outcome=Progress] input")
	hand.tap(f"[data-person='{day.other}']")
	hand.write("textarea[data-field=summary]", "The trial begins in January.")
	hand.tap("[data-do=follow-up]")
	hand.write("[data-list=follow_ups][data-field=subject]", "Send the contract of the trial")
	hand.tap("[data-do=due]:has-text('Tomorrow')")
	hand.tap(f"[data-do=product][data-group='{p.WIRES}']")
	hand.tap(".kam-report-switch label:has(input[value=High]) input")
	assert no_sideways_scrolling(page)
	hand.tap("[data-do=save]")
	page.wait_for_selector(f".kam-call.is-done:has(a[href$='{day.call}'])")
	told = hand.told()
	with capsys.disabled():
		print(f"\nreport of a call: {told}")
	assert time.monotonic() - hand.started < 60
	assert kept(page) == []

	on_site.db.rollback()
	call = on_site.get_doc("Customer Call", day.call)
	assert (call.status, call.outcome, call.summary) == ("Made", "Progress", "The trial begins in January.")
	assert {row.contact: row.met for row in call.contacts} == {day.contact: 1, day.other: 1}
	assert [(row.item_group, row.interest) for row in call.products] == [(p.WIRES, "High")]
	(action,) = on_site.get_all(
		"Key Account Action", {"key_account": day.account}, ["subject", "end_date", "responsible"]
	)
	assert (action.subject, str(action.end_date), action.responsible) == (
		"Send the contract of the trial",
		day.tomorrow,
		PERSON,
	)
	# and it stands in the list of actions and on the sheet of the next call
	page = desk.open("key-account-action", wait_for=".list-row")
	assert "Send the contract of the trial" in page.inner_text(".result")


def test_what_was_typed_survives_a_save_that_fails(day, log_in, on_site):
	desk, page = open_day(log_in)
	page.goto(page.url.rstrip("/") + f"/{day.call}/report")
	page.wait_for_selector(".kam-report")
	page.route(REPORT, lambda route: route.abort())
	page.click("[data-outcome='Objective Reached'] input")
	page.fill("textarea[data-field=summary]", "Typed in a tunnel.")
	page.click("[data-do=follow-up]")
	page.fill("[data-list=follow_ups][data-field=subject]", "Call back")
	page.click("[data-do=save]")
	page.wait_for_selector(".kam-calls-note.is-alert")
	assert page.input_value("textarea[data-field=summary]") == "Typed in a tunnel."

	# the telephone was switched off and on again
	page.reload()
	page.wait_for_selector(".kam-report")
	assert page.input_value("textarea[data-field=summary]") == "Typed in a tunnel."
	assert page.input_value("[data-list=follow_ups][data-field=subject]") == "Call back"
	assert page.is_checked("[data-outcome='Objective Reached'] input")
	page.click(".kam-calls-back")
	page.wait_for_selector(".kam-call:has-text('Harbour Clinic'):has-text('Not saved')")
	on_site.db.rollback()
	assert on_site.db.get_value("Customer Call", day.call, "status") == "Planned"

	# once the connection is back the report goes by itself, and once only
	page.unroute(REPORT)
	page.evaluate("window.dispatchEvent(new Event('online'))")
	page.wait_for_selector(f".kam-call.is-done:has(a[href$='{day.call}'])")
	assert kept(page) == []
	page.evaluate("window.dispatchEvent(new Event('online'))")
	desk.settle()
	on_site.db.rollback()
	assert on_site.db.get_value("Customer Call", day.call, ["status", "summary"]) == (
		"Made",
		"Typed in a tunnel.",
	)
	assert on_site.db.count("Key Account Action", {"key_account": day.account}) == 1
	desk.errors.clear()  # the requests that were cut off


def test_a_report_the_server_refuses_stays_on_the_telephone(day, log_in, on_site):
	desk, page = open_day(log_in)
	page.goto(page.url.rstrip("/") + f"/{day.call}/report")
	page.wait_for_selector(".kam-report")
	page.click("[data-do=save]")
	page.wait_for_selector(".kam-report-missing:visible")  # nothing was sent: the outcome is missing
	page.click("[data-outcome=Progress] input")
	page.fill("textarea[data-field=summary]", "Mine")
	on_site.get_doc("Customer Call", day.call).db_set("status", "Cancelled")
	on_site.db.commit()
	page.click("[data-do=save]")
	page.wait_for_selector(".kam-calls-note.is-alert")
	page.keyboard.press("Escape")
	assert kept(page) and page.input_value("textarea[data-field=summary]") == "Mine"
	desk.errors.clear()  # the refusal is written to the console


def test_a_customer_without_account_hostile_names_and_the_keyboard(day, log_in, on_site):
	on_site.db.set_value(
		"Customer Call", day.lonely, {"customer_name": f"Lonely {HOSTILE}", "objective": HOSTILE}
	)
	on_site.db.set_value("Contact", day.other, "designation", HOSTILE)
	on_site.db.commit()
	desk, page = open_day(log_in, {"width": 1280, "height": 900})
	page.focus(f"a.kam-call-open[href$='{day.lonely}']")
	page.keyboard.press("Enter")
	page.wait_for_selector(".kam-sheet-parts")
	page.focus(".kam-calls-tabs a >> nth=1")
	page.keyboard.press("Enter")
	page.wait_for_selector(".kam-report")
	page.focus("[data-outcome='Objective Reached'] input")
	page.keyboard.press("ArrowRight")
	assert page.is_checked("[data-outcome=Progress] input")
	page.focus("[data-do=follow-up]")
	page.keyboard.press("Enter")
	page.keyboard.type(f"Ask {HOSTILE}")
	page.focus("[data-do=save]")
	page.keyboard.press("Enter")
	page.wait_for_selector(".kam-calls-told")
	desk.settle()
	page = desk.open(f"my-calls/{day.call}", wait_for=".kam-sheet-parts")
	desk.settle()
	assert page.evaluate("window.kam_hacked") is None
	on_site.db.rollback()
	assert on_site.db.get_value("Customer Call", day.lonely, "status") == "Made"
	(todo,) = on_site.get_all(
		"ToDo", {"reference_type": "Customer Call", "reference_name": day.lonely}, ["allocated_to"]
	)
	assert todo.allocated_to == PERSON
