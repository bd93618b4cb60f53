"""A selection in the desk, as the people who do it: operations run it, a director approves, a manager sees the result."""

import pytest

from kam_erpnext.compat import FRAPPE_MAJOR
from tests.site import builders as b

PASSWORD = "Kam-browser-2026"
OPS, DIRECTOR, MANAGER = "walk.ops@example.com", "walk.director@example.com", "walk.manager@example.com"
SALES = {"Aurora Clinic": 8000, "Borealis Hospital": 1500, "Cirrus Practice": 300}


@pytest.fixture
def programme(on_site, site_point):
	"""Users, three customers with sales of this year, and submitted criteria."""
	b.ensure_user(OPS, ["KAM Administrator", "Sales User", "Sales Manager"], password=PASSWORD)
	b.ensure_user(DIRECTOR, ["Key Account Director", "Sales User", "Sales Manager"], password=PASSWORD)
	# version 16 opens reports for those who may select companies, see docs/version-16.md
	others = ["Sales User"] if FRAPPE_MAJOR >= 16 else []
	b.ensure_user(MANAGER, ["Key Account Manager", *others], password=PASSWORD)
	day = on_site.utils.nowdate()
	for name, amount in SALES.items():
		customer = b.make_customer(name).name
		b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], day)
	criteria = on_site.get_doc(
		{
			"doctype": "Key Account Criteria",
			"title": "Walk-through criteria",
			"effective_from": "2020-01-01",
			"rule": "All lines hold",
			"classification": [{"measure": "Net Sales", "operator": ">=", "threshold": 1000}],
			"scoring": [
				{
					"criterion": "Revenue",
					"weight": 100,
					"kind": "Linear",
					"measure": "Net Sales",
					"low_anchor": 0,
					"high_anchor": 8000,
				}
			],
		}
	).insert()
	criteria.submit()
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	on_site.db.commit()
	return criteria.name


def choose_action(page, action):
	page.click(".actions-btn-group > button >> visible=true")
	page.click(f".actions-btn-group a:has-text('{action}') >> visible=true")


def wait_for_state(page, state):
	page.wait_for_function(f"cur_frm.doc.workflow_state === '{state}'", timeout=60_000)


def test_from_criteria_to_key_account(programme, log_in, on_site):
	# operations make the selection and run it in the background
	ops = log_in(OPS, PASSWORD)
	page = ops.open("key-account-selection/new", wait_for="[data-fieldname=title] input")
	page.fill("[data-fieldname=title] input", "Browser selection")
	page.keyboard.press("Tab")
	page.evaluate(f"cur_frm.set_value('criteria', {programme!r})")
	page.evaluate(f"cur_frm.set_value('company', {b.COMPANY!r})")
	page.wait_for_timeout(500)
	page.click(".primary-action:has-text('Save')")
	page.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")
	choose_action(page, "Run")
	wait_for_state(page, "To Validate")
	page.wait_for_selector(".kam-lines tr[data-name]")
	name = page.evaluate("cur_frm.doc.name")
	shown = page.inner_text(".kam-lines tbody")
	assert "Aurora Clinic" in shown and "Borealis Hospital" in shown
	assert "Cirrus Practice" not in shown  # below the threshold, so no change is proposed
	# the author is not offered to approve
	page.click(".actions-btn-group > button >> visible=true")
	assert "Approve" not in page.inner_text(".actions-btn-group .dropdown-menu")

	# the director rejects one proposal with a reason, accepts the other and approves
	director = log_in(DIRECTOR, PASSWORD)
	page = director.open(f"key-account-selection/{name}", wait_for=".kam-lines tr[data-name]")
	page.click("tr:has-text('Borealis Hospital') [data-decide=Reject]")
	page.fill(".modal.show textarea[data-fieldname=reason]", "Wait for the tender")
	page.keyboard.press("Tab")
	page.wait_for_timeout(300)
	page.click(".modal.show .btn-modal-primary")
	page.wait_for_selector("tr:has-text('Borealis Hospital') :text('Wait for the tender')")
	page.click("tr:has-text('Aurora Clinic') [data-decide=Accept]")
	page.wait_for_selector("tr:has-text('Aurora Clinic') b:text('Accept')")
	choose_action(page, "Approve")
	wait_for_state(page, "Approved")

	on_site.db.rollback()
	accounts = on_site.get_all("Key Account", ["name", "account_name", "status"])
	assert [(row.account_name, row.status) for row in accounts] == [("Aurora Clinic", "Active")]

	# the director names a manager, who then sees the account and its figures, and nothing else
	account = on_site.get_doc("Key Account", accounts[0].name)
	account.key_account_manager = MANAGER
	account.save()
	on_site.db.commit()
	manager = log_in(MANAGER, PASSWORD)
	page = manager.open("key-account/view/list", wait_for=".list-row")
	assert page.locator(".list-row-container .list-row").count() == 1
	page = manager.open(f"key-account/{account.name}", wait_for=".kam-figure-value")
	assert "8,000" in page.inner_text(".kam-figures")
	page = manager.open("query-report/Customer Pareto and ABC", wait_for=".dt-row")
	text = page.inner_text(".report-wrapper")
	assert "Aurora Clinic" in text
	# a Sales User reads all customers
	assert ("Cirrus Practice" in text) == (FRAPPE_MAJOR >= 16)
