"""Plans in the desk, as the people who work with them: from template to close, and who is offered what."""

import pytest

from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.plan_builders import make_plan

PASSWORD = "Kam-browser-2026"
MANAGER, DIRECTOR = "plan.manager@example.com", "plan.director@example.com"
COORDINATOR, SPONSOR = "plan.coordinator@example.com", "plan.sponsor@example.com"
READER, OPERATIONS = "plan.reader@example.com", "plan.operations@example.com"
ACCOUNT = "Aurora Clinics"


@pytest.fixture
def account(on_site, site_point):
	"""A key account with sales of last year and this year, its manager and its director."""
	b.ensure_user(MANAGER, ["Key Account Manager", "Sales User"], password=PASSWORD)
	b.ensure_user(DIRECTOR, ["Key Account Director", "Sales User"], password=PASSWORD)
	customer = b.make_customer("Aurora Clinic").name
	today = on_site.utils.getdate()
	for year, amount in ((today.year - 1, 9000), (today.year, 4000)):
		b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], f"{year}-01-01")
	made = make_account(ACCOUNT, [customer], key_account_manager=MANAGER, key_account_director=DIRECTOR)
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	on_site.db.commit()
	return made.name


def choose_action(page, action):
	page.click(".actions-btn-group > button:visible")
	page.click(f".actions-btn-group a:visible:has-text('{action}')")


def wait_for_status(page, status):
	page.wait_for_function(f"cur_frm.doc.status === '{status}' && !cur_frm.is_dirty()", timeout=60_000)
	# the desk hears of the change once more over its socket and loads the form again
	page.wait_for_timeout(2500)


def save(page):
	page.keyboard.press("Escape")
	page.evaluate("cur_frm.save()")
	page.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")


def fill_prompt(page, fieldname, text):
	page.fill(f".modal.show textarea[data-fieldname={fieldname}]", text)
	page.keyboard.press("Tab")
	page.wait_for_timeout(300)
	page.click(".modal.show .btn-modal-primary")


def offered(page):
	"""Workflow actions the user may choose."""
	page.click(".actions-btn-group > button:visible")
	text = page.inner_text(".actions-btn-group .dropdown-menu:visible")
	page.keyboard.press("Escape")
	return text


def test_a_plan_from_template_to_close(account, log_in, on_site):
	# the manager starts a plan on the page of the account
	manager = log_in(MANAGER, PASSWORD)
	page = manager.open(f"key-account/{account}", wait_for=".kam-figure-value")
	assert "4,000" in page.inner_text("[data-fieldname=figures_html]")
	page.evaluate(f"frappe.new_doc('Key Account Plan', {{key_account: {account!r}}})")
	page.wait_for_function("cur_frm && cur_frm.doctype === 'Key Account Plan'")
	manager.settle()
	today = on_site.utils.getdate()
	for field, value in (
		("template", "One-Page Plan"),
		("company", b.COMPANY),
		("period_type", "Calendar Year"),
		("from_date", f"{today.year}-01-01"),
	):
		page.evaluate("([field, value]) => cur_frm.set_value(field, value)", [field, value])
	page.wait_for_timeout(500)
	save(page)
	plan = page.evaluate("cur_frm.doc.name")
	manager.settle()
	# it starts with what the template and the ledger know
	assert page.evaluate("cur_frm.doc.objectives.length") > 0
	assert page.evaluate("cur_frm.doc.to_date") == f"{today.year}-12-31"

	# objectives and targets are filled; what is still missing is said before the review, and nothing changes
	page.evaluate(
		"""async () => {
			const frm = cur_frm;
			frm.clear_table("targets");
			frm.add_child("targets", { amount: 12000 });
			for (const row of frm.doc.objectives) {
				if (!row.target) row.target = (row.baseline || 0) + 10;
				row.responsible = frappe.session.user;
				row.due = frm.doc.to_date;
			}
			frm.refresh_fields();
			frm.dirty();
		}"""
	)
	save(page)
	choose_action(page, "Send to Review")
	page.wait_for_selector(".modal.show .msgprint")
	assert "Summary" in page.inner_text(".modal.show .msgprint")
	assert all(
		"417" in error or "Summary" in error or error.startswith("undefined") for error in manager.errors
	)
	manager.errors.clear()
	page = manager.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	assert page.evaluate("cur_frm.doc.status") == "Draft"

	# filled, it goes to review; its author cannot approve it and cannot change it any more
	page.evaluate(
		"""async () => {
			const frm = cur_frm;
			await frm.set_value("situation", "Sales fell; a new wing opens.");
			await frm.set_value("strategy", "Become the partner for the new wing.");
			await frm.set_value("value_promise", "One contact for the whole ward.");
			if (!frm.doc.swot.length) {
				for (const kind of ["Strength", "Weakness", "Opportunity", "Threat"])
					frm.add_child("swot", { kind, statement: kind + " of the account" });
			}
			frm.refresh_fields();
			frm.dirty();
		}"""
	)
	save(page)
	page.evaluate(
		"""(plan) => frappe.db.insert({doctype: "Key Account Action", subject: "Visit the new wing", plan,
			key_account: cur_frm.doc.key_account, responsible: frappe.session.user,
			start_date: frappe.datetime.nowdate(), end_date: frappe.datetime.add_days(frappe.datetime.nowdate(), 7)})""",
		plan,
	)
	page = manager.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	choose_action(page, "Send to Review")
	wait_for_status(page, "In Review")
	manager.settle()
	assert "Approve" not in offered(page)

	# the director finds it in his list of work and rejects it with a reason
	director = log_in(DIRECTOR, PASSWORD)
	page = director.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	on_site.db.rollback()
	assert on_site.get_all("ToDo", {"reference_name": plan, "status": "Open", "allocated_to": DIRECTOR}), (
		"the plan is assigned to the director"
	)
	choose_action(page, "Reject")
	fill_prompt(page, "reason", "Say which product lines it comes from.")
	wait_for_status(page, "Rejected")

	# the manager reads why, mends it and sends it again
	page = manager.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	assert "Say which product lines it comes from." in page.inner_text("body")
	choose_action(page, "Revise")
	wait_for_status(page, "Draft")
	manager.settle()
	page.evaluate("cur_frm.set_value('strategy', 'Win the new wing with monitoring and service.')")
	page.wait_for_timeout(300)
	save(page)
	manager.settle()
	choose_action(page, "Send to Review")
	wait_for_status(page, "In Review")

	# the director approves
	page = director.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	choose_action(page, "Approve")
	wait_for_status(page, "Approved")

	# the manager starts it, works an action off and holds a review
	page = manager.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	choose_action(page, "Start")
	wait_for_status(page, "In Execution")
	on_site.db.rollback()
	action = on_site.get_all(
		"Key Account Action", {"plan": plan, "subject": "Visit the new wing"}, pluck="name"
	)[0]
	page = manager.open(f"key-account-action/{action}", wait_for="[data-fieldname=subject]")
	page.evaluate("cur_frm.set_value({status: 'Done', result: 'Two wards want a pilot.'})")
	page.wait_for_timeout(500)
	save(page)
	page.evaluate(
		f"frappe.new_doc('Key Account Business Review', {{key_account: {account!r}, company: {b.COMPANY!r}}})"
	)
	page.wait_for_function("cur_frm && cur_frm.doctype === 'Key Account Business Review'")
	manager.settle()
	save(page)
	review = page.evaluate("cur_frm.doc.name")
	assert page.evaluate("cur_frm.doc.plan") == plan
	page.evaluate(
		"""async () => {
			await cur_frm.set_value("summary", "On track.");
			await cur_frm.set_value("satisfaction", "4 Good");
			cur_frm.add_child("decisions", { decision: "Offer a pilot", make_action: 1,
				responsible: frappe.session.user, due: frappe.datetime.add_days(frappe.datetime.nowdate(), 20) });
			cur_frm.refresh_field("decisions");
			cur_frm.dirty();
		}"""
	)
	save(page)
	page.click(".primary-action:visible:has-text('Submit')")
	page.click(".modal.show .btn-primary:has-text('Yes')")
	page.wait_for_function("cur_frm.doc.docstatus === 1")
	on_site.db.rollback()
	figures = {row.key: row for row in on_site.get_doc("Key Account Business Review", review).figures}
	assert figures["net_sales"].value == 4000
	assert on_site.db.exists("Key Account Action", {"key_account": account, "origin": "Business Review"})

	# circumstances change: a new version takes the place of the old one
	page = manager.open(f"key-account-plan/{plan}", wait_for="[data-fieldname=plan_html]")
	new = manager.call("kam_erpnext.api.plan.new_version", plan=plan)
	page = manager.open(f"key-account-plan/{new}", wait_for="[data-fieldname=plan_html]")
	page.evaluate(
		"""() => { cur_frm.doc.targets[0].amount = 15000; cur_frm.refresh_field("targets"); cur_frm.dirty(); }"""
	)
	save(page)
	manager.settle()
	choose_action(page, "Send to Review")
	wait_for_status(page, "In Review")
	page = director.open(f"key-account-plan/{new}", wait_for="[data-fieldname=plan_html]")
	choose_action(page, "Approve")
	wait_for_status(page, "Approved")
	on_site.db.rollback()
	assert on_site.db.get_value("Key Account Plan", plan, ["status", "docstatus"]) == ("Superseded", 2)
	difference = page.evaluate(
		"""(plan) => frappe.call({ method: "kam_erpnext.api.plan.difference", type: "GET", args: { plan } })
			.then((answer) => answer.message)""",
		new,
	)
	changes = difference["changes"]
	assert any("12,000" in str(change) and "15,000" in str(change) for change in changes), changes

	# and is closed with a note
	page = manager.open(f"key-account-plan/{new}", wait_for="[data-fieldname=plan_html]")
	choose_action(page, "Start")
	wait_for_status(page, "In Execution")
	manager.settle()
	choose_action(page, "Close")
	fill_prompt(page, "note", "Won the wing.")
	wait_for_status(page, "Closed")
	assert page.evaluate("cur_frm.doc.closing_note") == "Won the wing."


@pytest.fixture
def large_plan(account, on_site, as_user):
	"""A complete plan of the manager's, above the amount from which an executive sponsor approves."""
	for user, role in (
		(COORDINATOR, "Key Account Coordinator"),
		(SPONSOR, "Executive Sponsor"),
		(READER, "KAM Reader"),
		(OPERATIONS, "KAM Administrator"),
	):
		b.ensure_user(user, [role, "Sales User"], password=PASSWORD)
	document = on_site.get_doc("Key Account", account)
	document.update({"executive_sponsor": SPONSOR, "key_account_coordinator": COORDINATOR})
	document.save()
	on_site.db.set_single_value("KAM Settings", "sponsor_amount", 1000)
	today = on_site.utils.getdate()
	plan = make_plan(
		account,
		by=MANAGER,
		from_date=f"{today.year}-01-01",
		targets=[{"amount": 50_000}],
		people_notes="Prefers a competitor",
	)
	on_site.db.commit()
	return plan.name


def test_every_role_is_offered_what_it_may_do(large_plan, log_in):
	route = f"key-account-plan/{large_plan}"
	page = log_in(MANAGER, PASSWORD).open(route, wait_for="[data-fieldname=plan_html]")
	choose_action(page, "Send to Review")
	wait_for_status(page, "In Review")

	# above the amount the director only reads; the sponsor approves
	page = log_in(DIRECTOR, PASSWORD).open(route, wait_for="[data-fieldname=plan_html]")
	assert page.evaluate("cur_frm.doc.approver_role") == "Executive Sponsor"
	assert page.locator(".actions-btn-group > button:visible").count() == 0
	page = log_in(SPONSOR, PASSWORD).open(route, wait_for="[data-fieldname=plan_html]")
	assert "Reject" in offered(page)
	choose_action(page, "Approve")
	wait_for_status(page, "Approved")

	# the coordinator starts it
	page = log_in(COORDINATOR, PASSWORD).open(route, wait_for="[data-fieldname=plan_html]")
	assert page.evaluate("cur_frm.doc.people_notes") == "Prefers a competitor"
	choose_action(page, "Start")
	wait_for_status(page, "In Execution")

	# a reader sees figures, but no judgements about people, and nothing to press
	page = log_in(READER, PASSWORD).open(route, wait_for="[data-fieldname=plan_html]")
	page.wait_for_selector("[data-fieldname=plan_html] :text('50,000')")
	assert not page.evaluate("cur_frm.doc.people_notes")
	assert page.locator(".actions-btn-group > button:visible").count() == 0
	assert not page.evaluate("cur_frm.perm[0].write")

	# operations change the template and may cancel the plan
	operations = log_in(OPERATIONS, PASSWORD)
	page = operations.open(route, wait_for="[data-fieldname=plan_html]")
	assert "Cancel Plan" in offered(page)
	page = operations.open("key-account-plan-template/One-Page Plan", wait_for="[data-fieldname=blocks]")
	assert page.evaluate("cur_frm.perm[0].write") == 1
