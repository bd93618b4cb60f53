"""From a company that has only ERPNext to the first approved selection, by nothing but the steps of the onboarding."""

import pytest

from tests.browser.test_programme import choose_action, wait_for_state
from tests.site import builders as b

PASSWORD = "Kam-browser-2026"
OPS, DIRECTOR = "first.ops@example.com", "first.director@example.com"
SALES = {
	"Delta Hospital": 500_000,
	"Echo Hospital": 300_000,
	"Foxtrot Clinic": 100_000,
	"Golf Practice": 100_000,
}
STEPS = [
	"See a Programme at Work",
	"Check the Settings",
	"Look at Your Customers",
	"Set the Criteria",
	"Run a Selection",
	"Decide the Proposals",
	"Have It Approved",
	"Give the Accounts Their Teams",
]


@pytest.fixture
def monday(on_site, site_point):
	"""A site after the setup wizard with customers and invoices of its own, and two people; nothing of the programme."""
	for doctype in ("Key Account", "Key Account Criteria", "Key Account Selection"):
		assert not on_site.db.count(doctype)
	b.ensure_user(OPS, ["KAM Administrator", "Sales User", "Sales Manager"], password=PASSWORD)
	b.ensure_user(DIRECTOR, ["Key Account Director", "Sales User", "Sales Manager"], password=PASSWORD)
	for name, amount in SALES.items():
		customer = b.make_customer(name).name
		b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], on_site.utils.nowdate())
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	on_site.db.set_single_value("System Settings", "enable_onboarding", 1)  # as the setup wizard does
	on_site.db.commit()
	on_site.clear_cache()


class Onboarding:
	"""The widget on the workspace, as somebody uses it who knows nothing else."""

	def __init__(self, desk, workspace):
		self.desk, self.page, self.workspace = desk, desk.page, workspace

	def show(self):
		return self.desk.open(self.workspace, wait_for=".onboarding-step")

	def titles(self):
		return [text.strip() for text in self.page.locator(".onboarding-step .step-text").all_inner_texts()]

	def active(self):
		return self.page.inner_text(".onboarding-step.active .step-text").strip()

	def complete(self):
		return [
			text.strip()
			for text in self.page.locator(".onboarding-step.complete .step-text").all_inner_texts()
		]

	def choose(self, title):
		self.page.click(f".onboarding-step:has-text('{title}') .step-text")
		self.page.wait_for_selector(f".onboarding-step-body :text('{title}')")

	def skip(self, title):
		self.choose(title)
		self.page.click(f".onboarding-step:has-text('{title}') .step-skip")

	def go(self, title):
		"""Chooses a step, reads what it says and presses its button."""
		self.choose(title)
		self.page.click(".onboarding-step-footer .btn >> visible=true")

	def told(self, button="Continue"):
		"""Text of the message a step shows, which is then answered."""
		self.page.wait_for_selector(".modal.show .btn-modal-primary")
		text = self.page.inner_text(".modal.show")
		self.page.click(f".modal.show .modal-footer button:has-text('{button}')")
		self.page.wait_for_function("!document.querySelector('.modal.show')")
		self.desk.settle()
		return text


def save(page):
	page.click(".page-head:visible .primary-action:has-text('Save')")
	page.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")


def test_the_first_selection_by_the_onboarding_alone(monday, log_in, on_site):
	ops = log_in(OPS, PASSWORD)
	way = Onboarding(ops, "kam-administration")
	page = way.show()
	assert way.titles() == STEPS
	assert way.active() == STEPS[0]
	way.skip(STEPS[0])

	# the settings
	assert way.active() == STEPS[1]
	way.go(STEPS[1])
	assert "Choose your company" in way.told()
	page.wait_for_function("window.cur_frm?.doctype === 'KAM Settings'")
	assert page.input_value("[data-fieldname=company]:visible input") == b.COMPANY

	# the customers by their sales
	way.show()
	assert way.complete() == [STEPS[1]]
	way.go(STEPS[2])
	assert "class A" in way.told()
	page.wait_for_selector(".dt-row :text('Delta Hospital')")

	# criteria: filled with the standard, one threshold changed
	way.show()
	way.go(STEPS[3])
	assert "Fill With Standard Criteria" in way.told()
	page.fill("[data-fieldname=title]:visible input", "First criteria")
	page.keyboard.press("Tab")
	page.click("button:has-text('Fill With Standard Criteria')")
	page.wait_for_function("cur_frm.doc.classification?.length > 1")
	page.evaluate(
		"cur_frm.doc.classification.filter(row => row.measure === 'Net Sales')"
		".forEach(row => frappe.model.set_value(row.doctype, row.name, 'threshold', 250000))"
	)
	save(page)
	page.click(".page-head:visible .primary-action:has-text('Submit')")
	page.click(".modal.show button:has-text('Yes')")
	page.wait_for_function("cur_frm.doc.docstatus === 1")

	# the selection, run in the background
	way.show()
	way.go(STEPS[4])
	assert "Actions › Run" in way.told()
	page.wait_for_function("window.cur_frm?.doctype === 'Key Account Selection'")
	page.fill("[data-fieldname=title]:visible input", "First selection")
	page.keyboard.press("Tab")
	page.click("[data-fieldname=criteria]:visible input")
	page.click("[data-fieldname=criteria] [role=option]:has-text('First criteria')")
	page.wait_for_timeout(500)
	save(page)
	choose_action(page, "Run")
	wait_for_state(page, "To Validate")
	selection = page.evaluate("cur_frm.doc.name")

	# the proposals
	way.show()
	assert way.active() == STEPS[5]
	way.go(STEPS[5])
	way.told()
	page.click(".list-row :text('First selection') >> visible=true")
	page.wait_for_selector(".kam-lines tr[data-name]")
	# all but the last one, whose reason to reject somebody knows
	page.click("tr:has-text('Golf Practice') [data-decide=Reject]")
	page.fill(".modal.show textarea[data-fieldname=reason]", "Closes next year")
	page.keyboard.press("Tab")
	page.wait_for_timeout(300)
	page.click(".modal.show .btn-modal-primary")
	page.wait_for_selector("tr:has-text('Golf Practice') :text('Closes next year')")
	for name in ("Delta Hospital", "Echo Hospital", "Foxtrot Clinic"):
		page.click(f"tr:has-text('{name}') [data-decide=Accept]")
		page.wait_for_selector(f"tr:has-text('{name}') b:text('Accept')")

	# the approval by somebody else
	way.show()
	assert way.active() == STEPS[6]
	way.choose(STEPS[6])
	assert "Key Account Director" in page.inner_text(".onboarding-step-body")
	director = log_in(DIRECTOR, PASSWORD)
	theirs = director.open(f"key-account-selection/{selection}", wait_for=".kam-lines tr[data-name]")
	choose_action(theirs, "Approve")
	wait_for_state(theirs, "Approved")
	on_site.db.rollback()
	assert sorted(on_site.get_all("Key Account", pluck="account_name")) == [*SALES][:3]
	way.go(STEPS[6])
	way.told()

	way.show()
	assert way.active() == STEPS[7]
	assert way.complete() == STEPS[1:7]
