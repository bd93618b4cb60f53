"""From an empty cell of the whitespace matrix to the invoice, in the desk, as an account manager."""

import json

import pytest

from tests.site import builders as b
from tests.site import pipeline_builders as p
from tests.site.kam_builders import make_account

PASSWORD = "Kam-browser-2026"
MANAGER, STRANGER = "cell.manager@example.com", "cell.stranger@example.com"
ACCOUNT = "Borealis Hospitals"


@pytest.fixture
def account(on_site, site_point):
	"""A key account that buys wires and no pumps, its manager, and a manager of another account."""
	p.ensure_items()
	for user in (MANAGER, STRANGER):
		b.ensure_user(user, ["Key Account Manager", "Sales User"], password=PASSWORD)
	customer = b.make_customer("Borealis Hospital").name
	b.make_invoice(customer, [(p.WIRE, 10, 300)], on_site.utils.nowdate())
	made = make_account(ACCOUNT, [customer], key_account_manager=MANAGER)
	other = make_account("Another Hospital", [b.make_customer("Another").name], key_account_manager=STRANGER)
	for user, mine in ((MANAGER, made), (STRANGER, other)):
		b.allow_only(user, "Key Account", mine.name)
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	on_site.db.commit()
	return made.name


def cell(page, row, column):
	"""Selector of the cell of a row and a column of the matrix."""
	row = page.get_attribute(f".kam-ws-side:has(strong:text-is({json.dumps(row)}))", "data-row")
	column = page.get_attribute(f".kam-ws-column:has(strong:text-is({json.dumps(column)}))", "data-column")
	return f"#kam-ws-{row}-{column}"


def bring_into_sight(page):
	"""Item groups of the test are the last of the tree, and the table draws what is in sight only."""
	page.evaluate("document.querySelector('.kam-ws-scroll').scrollLeft = 1e6")


def wait_for_state(page, place, look):
	bring_into_sight(page)
	page.wait_for_selector(f"{place}[class*=kam-ws-{look}]")


def open_matrix(desk):
	page = desk.open("whitespace", wait_for=".kam-ws-side")
	desk.settle()
	bring_into_sight(page)
	return page


def choose_create(desk, what):
	# the desk hears of the gates that were passed once more over its socket and loads the form again
	desk.page.wait_for_timeout(2500)
	desk.settle()
	desk.page.click(".page-actions .inner-group-button:has-text('Create') > button:visible")
	desk.page.click(f".inner-group-button .dropdown-menu a:visible:text-is('{what}')")
	desk.settle()


def save(page):
	page.evaluate("cur_frm.save()")
	page.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")


def submit(desk):
	"""Save and submit as a person does, with the question answered."""
	page = desk.page
	desk.settle()  # what ERPNext fills in of a new document comes late
	save(page)
	desk.settle()
	page.click(".page-actions .primary-action:visible:has-text('Submit')")
	page.click(".modal.show .btn-modal-primary:has-text('Yes')")
	page.wait_for_function("cur_frm.doc.docstatus === 1", timeout=60_000)
	desk.settle()


def pass_gate(desk, number, evidence=None):
	page = desk.page
	page.wait_for_selector("[data-fieldname=now_html] [data-do=pass]")
	page.click("[data-fieldname=now_html] [data-do=pass]")
	if evidence:
		page.fill(".modal.show textarea[data-fieldname=evidence]", evidence)
		page.keyboard.press("Tab")
	page.wait_for_timeout(300)
	page.click(".modal.show .btn-modal-primary")
	page.wait_for_function(f"cur_frm.doc.gates.filter((row) => row.outcome === 'Pass').length === {number}")
	page.wait_for_selector(".modal.show", state="detached")
	desk.settle()


def test_from_an_empty_cell_to_the_invoice(account, log_in, on_site):
	manager = log_in(MANAGER, PASSWORD)
	page = open_matrix(manager)
	# his own account only; wires are sold, of pumps nothing is known
	assert [row.strip() for row in page.locator(".kam-ws-side strong").all_inner_texts()] == [ACCOUNT]
	wires, pumps = cell(page, ACCOUNT, p.WIRES), cell(page, ACCOUNT, p.PUMPS)
	wait_for_state(page, wires, "won")
	wait_for_state(page, pumps, "unknown")

	# what the customer spends on pumps is entered in place
	page.click(pumps)
	page.wait_for_selector(".kam-ws-form input[data-fieldname=wallet]")
	assert "–" in page.inner_text(".kam-ws-facts")
	page.fill(".kam-ws-form input[data-fieldname=wallet]", "10000")
	page.press(".kam-ws-form input[data-fieldname=wallet]", "Enter")
	wait_for_state(page, pumps, "potential")
	manager.settle()

	# an opportunity of the cell: amount and reason are those of the gap (30 % of the wallet, nothing sold)
	page.click("[data-do=opportunity]")
	page.wait_for_selector(".modal.show input[data-fieldname=amount]")
	assert page.input_value(".modal.show input[data-fieldname=amount]").replace(",", "") == "3000"
	page.click(".modal.show .btn-modal-primary")
	wait_for_state(page, pumps, "open")
	page.wait_for_selector(".kam-ws-panel .kam-ws-facts:has-text('3,000')")
	name = on_site.get_all("Key Account Opportunity", {"key_account": account}, pluck="name")[0]

	# through the gates: what a gate asks for must be there
	page = manager.open(
		f"key-account-opportunity/{name}", wait_for="[data-fieldname=now_html] [data-do=pass]"
	)
	assert page.evaluate("cur_frm.doc.volumes[0].item_group") == p.PUMPS
	page.evaluate(
		"""async (item) => {
			const row = cur_frm.doc.volumes[0];
			await frappe.model.set_value(row.doctype, row.name, "item", item);
			await frappe.model.set_value(row.doctype, row.name, "qty", 10);
		}""",
		p.PUMP,
	)
	save(page)
	manager.settle()
	for number, evidence in enumerate(
		(
			"Met the head of the ward.",
			"Ten pumps, budget next year.",
			"Pump and training.",
			"Shown to the board.",
		),
		1,
	):
		pass_gate(manager, number, evidence)

	# the gate Quotation is closed as long as there is none
	page.click("[data-fieldname=now_html] [data-do=pass]")
	page.wait_for_timeout(300)
	page.click(".modal.show .btn-modal-primary")
	page.wait_for_selector(".modal.show .msgprint:has-text('Quotation')")
	assert page.evaluate("cur_frm.doc.gates.filter((row) => row.outcome === 'Pass').length") == 4
	manager.errors.clear()  # the refusal is written to the console
	page = manager.open(
		f"key-account-opportunity/{name}", wait_for="[data-fieldname=now_html] [data-do=pass]"
	)

	# a quotation without typing again
	choose_create(manager, "Quotation")
	page.wait_for_function("cur_frm && cur_frm.doctype === 'Quotation' && cur_frm.doc.items.length")
	line = page.evaluate("cur_frm.doc.items.map((row) => [row.item_code, row.qty, row.rate])")
	assert line == [[p.PUMP, 10, 300]]
	submit(manager)
	quotation = page.evaluate("cur_frm.doc.name")
	page = open_matrix(manager)
	wait_for_state(page, pumps, "open")
	assert page.inner_text(pumps).strip() == "3K"

	page = manager.open(
		f"key-account-opportunity/{name}", wait_for="[data-fieldname=now_html] [data-do=pass]"
	)
	pass_gate(manager, 5)
	pass_gate(manager, 6, "Tested for a month.")
	assert page.evaluate("cur_frm.doc.quoted") == 3000

	# the order of that quotation wins the opportunity
	choose_create(manager, "Sales Order")
	page.wait_for_function("cur_frm && cur_frm.doctype === 'Sales Order' && cur_frm.doc.items.length")
	assert page.evaluate("cur_frm.doc.items[0].prevdoc_docname") == quotation
	page.evaluate(
		"cur_frm.set_value('delivery_date', frappe.datetime.add_days(frappe.datetime.nowdate(), 14))"
	)
	submit(manager)
	order = page.evaluate("cur_frm.doc.name")
	page = manager.open(f"key-account-opportunity/{name}", wait_for="[data-fieldname=now_html] .kam-page")
	assert page.evaluate("[cur_frm.doc.status, cur_frm.doc.quoted, cur_frm.doc.ordered]") == ["Won", 0, 3000]
	page = open_matrix(manager)
	wait_for_state(page, pumps, "open")  # ordered, not invoiced
	assert page.inner_text(pumps).strip() == "3K"

	# invoiced by somebody else: the cell is won, and every amount stands in one place only
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	on_site.db.rollback()
	invoice = make_sales_invoice(order)
	invoice.insert()
	invoice.submit()
	on_site.db.commit()
	page = open_matrix(manager)
	wait_for_state(page, pumps, "won")
	page.click(pumps)
	page.wait_for_selector(".kam-ws-panel .kam-ws-facts")
	facts = dict(
		zip(
			page.locator(".kam-ws-facts dt").all_inner_texts(),
			page.locator(".kam-ws-facts dd").all_inner_texts(),
			strict=True,
		)
	)
	facts = {label.lower(): value for label, value in facts.items()}
	assert "3,000" in facts["net sales"] and "30" in facts["share of wallet"]
	assert not any(digit in facts["open"].splitlines()[0] for digit in "123456789")

	# a colleague of another account sees his own only
	stranger = log_in(STRANGER, PASSWORD)
	page = open_matrix(stranger)
	assert [row.strip() for row in page.locator(".kam-ws-side strong").all_inner_texts()] == [
		"Another Hospital"
	]
	assert ACCOUNT not in page.content()
