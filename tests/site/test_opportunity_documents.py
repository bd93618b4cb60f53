"""An opportunity and the documents of ERPNext: one made from the other, won and lost, amounts each once."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import opportunities as api
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import plan_builders as p

MANAGER, SELLER = "kam-oppdoc-manager@example.com", "kam-oppdoc-seller@example.com"
DOCTYPE = "Key Account Opportunity"
CUSTOMER = "Document Customer"


@pytest.fixture(scope="module", autouse=True)
def people():
	users = {
		MANAGER: ["Key Account Manager", "Sales User", "Sales Manager", "Projects User"],
		SELLER: ["Sales User"],
	}
	with p.lasting_people(users):
		yield


@pytest.fixture
def account():
	return k.make_account("Document Account", [b.ensure_customer(CUSTOMER)], team=[MANAGER]).name


@pytest.fixture
def opportunity(account):
	return make(account)


def make(account, **fields):
	item = b.ensure_service_item()
	group = frappe.db.get_value("Item", item, "item_group")
	values = {
		"doctype": DOCTYPE,
		"title": "New line in plant two",
		"key_account": account,
		"company": b.COMPANY,
		"responsible": MANAGER,
		"expected_close": add_days(nowdate(), 60),
		"volumes": [
			{"year": 2030, "item_group": group, "item": item, "qty": 10, "amount": 1000},
			{"year": 2031, "item_group": group, "item": item, "qty": 20, "amount": 2000},
		],
		**fields,
	}
	return frappe.get_doc(values).insert()


def quote(doc, rate=None, submit=True, **fields):
	quotation = api.make_quotation(doc.name)
	quotation.update({"disable_rounded_total": 1, "valid_till": add_days(nowdate(), 30), **fields})
	if rate:
		for row in quotation.items:
			row.rate = row.price_list_rate = rate
	quotation.insert()
	if submit:
		quotation.submit()
	return quotation


def order(doc, submit=True, **fields):
	document = api.make_sales_order(doc.name)
	document.update({"delivery_date": add_days(nowdate(), 10), "disable_rounded_total": 1, **fields})
	for row in document.items:
		row.delivery_date = document.delivery_date
	document.insert()
	if submit:
		document.submit()
	return document


def invoice(sales_order, qty=None):
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	document = make_sales_invoice(sales_order.name)
	document.disable_rounded_total = 1
	for row in document.items:
		row.qty = qty or row.qty
	document.insert()
	document.submit()
	return document


def amounts(doc):
	doc.reload()
	return (doc.quoted, doc.ordered, doc.invoiced)


def refused(text, function, *args, **values):
	with pytest.raises(frappe.ValidationError) as error:
		function(*args, **values)
	assert text in str(error.value), str(error.value)


# ---------------------------------------------------------------- the chain, nothing typed twice


def test_from_the_idea_to_the_invoice_nothing_is_typed_twice(opportunity):
	erpnext = frappe.get_doc("Opportunity", api.make_opportunity(opportunity.name))
	assert (erpnext.title, erpnext.party_name, erpnext.opportunity_amount) == (
		"New line in plant two",
		CUSTOMER,
		1000,
	)
	assert (erpnext.opportunity_owner, erpnext.kam_opportunity) == (MANAGER, opportunity.name)
	assert getdate(erpnext.expected_closing) == getdate(opportunity.expected_close)
	assert [(row.item_code, row.qty, row.rate) for row in erpnext.items] == [(b.SERVICE_ITEM, 10, 100)]
	assert opportunity.reload().opportunity == erpnext.name

	quotation = quote(opportunity)
	assert (quotation.party_name, quotation.kam_opportunity) == (CUSTOMER, opportunity.name)
	assert quotation.base_net_total == 1000
	assert frappe.db.get_value("Opportunity", erpnext.name, "status") == "Quotation"
	assert amounts(opportunity) == (1000, 0, 0)

	sales_order = order(opportunity)
	assert sales_order.items[0].prevdoc_docname == quotation.name
	assert sales_order.kam_opportunity == opportunity.name
	assert amounts(opportunity) == (0, 1000, 0)
	assert (opportunity.status, opportunity.phase, opportunity.probability) == ("Won", "Order", 100)

	invoice(sales_order, qty=4)
	assert amounts(opportunity) == (0, 600, 400)
	invoice(sales_order)
	assert amounts(opportunity) == (0, 0, 1000)

	project = frappe.get_doc("Project", api.make_project(opportunity.name))
	assert (project.project_name, project.customer, project.sales_order) == (
		"New line in plant two",
		CUSTOMER,
		sales_order.name,
	)
	assert opportunity.reload().project == project.name
	shown = [row["doctype"] for row in api.state(opportunity.name)["documents"]]
	assert shown == ["Opportunity", "Quotation", "Sales Order", "Project", "Sales Invoice", "Sales Invoice"]


def test_a_return_lowers_what_is_invoiced(opportunity):
	sales_order = order(opportunity)
	bill = invoice(sales_order)
	b.make_return(bill, posting_date=nowdate(), quantities={b.SERVICE_ITEM: 3})
	assert amounts(opportunity)[2] == 700


def test_without_an_erpnext_opportunity_a_quotation_is_made_of_the_volumes(opportunity):
	quotation = quote(opportunity)
	assert [(row.item_code, row.qty, row.rate) for row in quotation.items] == [(b.SERVICE_ITEM, 10, 100)]
	assert not quotation.opportunity


def test_alternatives_are_ordered_from_the_one_that_is_chosen(opportunity):
	first, second = quote(opportunity), quote(opportunity, rate=120)
	assert amounts(opportunity) == (1200, 0, 0)
	refused("several open quotations", api.make_sales_order, opportunity.name)
	chosen = api.make_sales_order(opportunity.name, quotation=first.name)
	assert chosen.items[0].prevdoc_docname == first.name
	refused("is no open quotation", api.make_sales_order, opportunity.name, quotation="X")
	assert api.state(opportunity.name)["open_quotations"] == [first.name, second.name]


def test_documents_of_erpnext_inherit_the_opportunity(opportunity):
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	quotation = quote(opportunity)
	mapped = make_sales_order(quotation.name)
	assert mapped.kam_opportunity == opportunity.name
	mapped.kam_opportunity = None  # an import that leaves the field out
	mapped.delivery_date = add_days(nowdate(), 3)
	assert mapped.insert().kam_opportunity == opportunity.name
	mapped.kam_opportunity = None
	assert not mapped.save().kam_opportunity  # taken away on purpose


def test_a_second_one_is_not_made(opportunity):
	api.make_opportunity(opportunity.name)
	refused("There is one already", api.make_opportunity, opportunity.name)
	api.make_project(opportunity.name)
	refused("There is one already", api.make_project, opportunity.name)


def test_projects_of_the_same_name_are_told_apart(account, opportunity):
	api.make_project(opportunity.name)
	other = make(account)
	name = api.make_project(other.name)
	assert frappe.db.get_value("Project", name, "project_name") == f"New line in plant two ({other.name})"


def test_what_is_missing_is_said_before_documents_are_made(account):
	k_account = frappe.get_doc("Key Account", account)
	k_account.append("customers", {"customer": b.ensure_customer("Second Document Customer")})
	k_account.save()
	doc = make(account)
	assert not doc.customer
	refused("Customer: please enter the customer", api.make_opportunity, doc.name)
	doc.update({"decision": "Hold", "decision_reason": "x"})
	doc.save()
	refused("on hold", api.make_quotation, doc.name)


# ---------------------------------------------------------------- won and lost


def test_an_order_passes_the_gate_that_asks_for_it(account):
	doc = make(account, gate_template="Short")
	api.pass_gate(doc.name, evidence="x")
	refused("a submitted Quotation", api.pass_gate, doc.name)
	quote(doc)
	api.pass_gate(doc.name)
	sales_order = order(doc)
	doc.reload()
	contract = doc.gates[2]
	assert (doc.status, contract.outcome, contract.evidence) == (
		"Won",
		"Pass",
		f"Sales Order {sales_order.name}",
	)
	assert doc.current_gate == "Project Set Up"
	refused("Project", api.pass_gate, doc.name, evidence="x")
	b.cancel(sales_order)
	doc.reload()
	assert (doc.status, doc.current_gate, doc.closed_on) == ("Open", "Contract", None)
	assert not [row for row in doc.gates if row.phase == "Order"]
	assert amounts(doc)[1:] == (0, 0)


def test_the_last_quotation_lost_loses_it_with_reason_and_competitor(opportunity):
	for doctype, name in (("Quotation Lost Reason", "Price"), ("Competitor", "Alpha")):
		if not frappe.db.exists(doctype, name):
			field = "order_lost_reason" if doctype == "Quotation Lost Reason" else "competitor_name"
			frappe.get_doc({"doctype": doctype, field: name}).insert()
	first, second = quote(opportunity), quote(opportunity)
	first.reload().declare_enquiry_lost([{"lost_reason": "Price"}], [{"competitor": "Alpha"}])
	assert opportunity.reload().status == "Open"  # another one is open
	second.reload().declare_enquiry_lost([{"lost_reason": "Price"}], [{"competitor": "Alpha"}], "Too dear")
	opportunity.reload()
	assert (opportunity.status, opportunity.lost_to) == ("Lost", "Alpha")
	assert [row.reason for row in opportunity.reasons] == ["Price"]
	assert "Too dear" in opportunity.customer_view
	assert opportunity.quoted == 0


def test_what_is_quoted_follows_the_outcome_and_the_day(opportunity):
	quotation = quote(opportunity)

	def quoted():
		"""Stored for lists and reports, and read anew for the page."""
		stored = frappe.db.get_value(DOCTYPE, opportunity.name, "quoted")
		return stored, api.state(opportunity.name)["amounts"]["quoted"]

	assert quoted() == (1000, 1000)
	api.stop(opportunity.name, "Dropped", "Too small")
	assert quoted() == (0, 0)
	api.reopen(opportunity.name, "Larger than we thought")
	assert quoted() == (1000, 1000)
	quotation.db_set("valid_till", add_days(nowdate(), -1))
	assert quoted()[1] == 0


def test_an_erpnext_opportunity_declared_lost_loses_it(opportunity):
	erpnext = frappe.get_doc("Opportunity", api.make_opportunity(opportunity.name))
	erpnext.declare_enquiry_lost([], [], "No budget")
	assert (opportunity.reload().status, opportunity.customer_view) == ("Lost", "No budget")


def test_a_won_opportunity_is_not_reopened_by_hand_while_orders_exist(opportunity):
	order(opportunity)
	refused("won by orders", api.reopen, opportunity.name, "x")


def test_an_old_mistake_on_the_opportunity_does_not_hold_up_an_order(opportunity):
	frappe.db.set_value(DOCTYPE, opportunity.name, {"plan": "GONE", "responsible": "gone@example.com"})
	order(opportunity)
	assert opportunity.reload().status == "Won"


# ---------------------------------------------------------------- naming it by hand


def sale(**fields):
	return b.make_order(CUSTOMER, [(b.ensure_service_item(), 1, 50)], nowdate(), **fields)


def test_an_order_of_another_customer_is_refused(opportunity):
	b.ensure_customer("Stranger")
	refused(
		"Stranger</strong> is none of its customers",
		b.make_order,
		"Stranger",
		[(b.ensure_service_item(), 1, 50)],
		nowdate(),
		kam_opportunity=opportunity.name,
	)


def test_an_order_of_another_company_is_refused(opportunity):
	frappe.db.set_value(DOCTYPE, opportunity.name, "company", b.ensure_euro_company())
	refused("belongs to company", sale, kam_opportunity=opportunity.name)


def test_naming_a_submitted_order_later_wins_and_leaving_it_opens_again(opportunity):
	document = sale()
	document.kam_opportunity = opportunity.name
	document.save()
	assert amounts(opportunity) == (0, 50, 0)
	assert opportunity.status == "Won"
	document.kam_opportunity = None
	document.save()
	assert opportunity.reload().status == "Open"
	assert amounts(opportunity) == (0, 0, 0)


def test_who_may_not_see_the_opportunity_cannot_name_it_but_goes_on_with_its_documents(opportunity, as_user):
	quotation = quote(opportunity)
	b.ensure_service_item()
	with as_user(SELLER):
		from erpnext.selling.doctype.quotation.quotation import make_sales_order

		following = make_sales_order(quotation.name)
		following.delivery_date = add_days(nowdate(), 3)
		assert following.insert().kam_opportunity == opportunity.name
		free = frappe.get_doc({**sale(submit=False).as_dict(), "name": None, "kam_opportunity": None})
		free.kam_opportunity = opportunity.name
		with pytest.raises(frappe.PermissionError, match="you may not see"):
			free.insert()


def test_deleting_documents_and_opportunities(opportunity):
	erpnext = api.make_opportunity(opportunity.name)
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc(DOCTYPE, opportunity.name)
	frappe.delete_doc("Opportunity", erpnext)
	assert not opportunity.reload().opportunity
	frappe.delete_doc(DOCTYPE, opportunity.name)


# ---------------------------------------------------------------- the other way round


def test_an_opportunity_is_made_of_an_erpnext_opportunity_with_its_quotation(account):
	from erpnext.crm.doctype.opportunity.opportunity import make_quotation

	item = b.ensure_service_item()
	erpnext = frappe.get_doc(
		{
			"doctype": "Opportunity",
			"opportunity_from": "Customer",
			"party_name": CUSTOMER,
			"company": b.COMPANY,
			"title": "Retrofit",
			"opportunity_amount": 500,
			"probability": 40,
			"expected_closing": "2030-05-01",
			"opportunity_owner": MANAGER,
			"items": [
				{
					"item_code": item,
					"qty": 5,
					"rate": 100,
					"uom": "Nos",
					"base_rate": 100,
					"amount": 500,
					"base_amount": 500,
				}
			],
		}
	).insert()
	quotation = make_quotation(erpnext.name).insert()
	quotation.submit()
	assert api.account_of_document("Opportunity", erpnext.name) == {
		"name": account,
		"account_name": "Document Account",
	}
	doc = frappe.get_doc(DOCTYPE, api.from_document("Opportunity", erpnext.name))
	assert (doc.title, doc.key_account, doc.customer, doc.amount) == ("Retrofit", account, CUSTOMER, 500)
	assert (doc.probability, doc.responsible, doc.opportunity) == (40, MANAGER, erpnext.name)
	assert [(row.year, row.qty, row.amount) for row in doc.volumes] == [(2030, 5, 500)]
	assert frappe.db.get_value("Quotation", quotation.name, "kam_opportunity") == doc.name
	assert doc.quoted == 500
	refused("There is one already", api.from_document, "Opportunity", erpnext.name)


def test_the_probability_erpnext_begins_with_is_not_taken_for_an_answer(account):
	erpnext = frappe.get_doc(
		{
			"doctype": "Opportunity",
			"opportunity_from": "Customer",
			"party_name": CUSTOMER,
			"company": b.COMPANY,
		}
	).insert()
	assert erpnext.probability == 100
	doc = frappe.get_doc(DOCTYPE, api.from_document("Opportunity", erpnext.name))
	assert (doc.probability, doc.probability_by_hand) == (0, 0)


def test_an_opportunity_is_made_of_an_order_and_is_won(account):
	document = sale()
	doc = frappe.get_doc(DOCTYPE, api.from_document("Sales Order", document.name))
	assert (doc.status, doc.amount, doc.ordered) == ("Won", 50, 50)


def test_an_opportunity_is_made_of_a_project(account):
	project = frappe.get_doc(
		{"doctype": "Project", "project_name": "Their new hall", "customer": CUSTOMER, "company": b.COMPANY}
	).insert()
	doc = frappe.get_doc(DOCTYPE, api.from_document("Project", project.name))
	assert (doc.title, doc.project, doc.status) == ("Their new hall", project.name, "Open")


def test_a_customer_without_an_account_is_named(account):
	b.ensure_customer("No Account")
	document = b.make_order("No Account", [(b.ensure_service_item(), 1, 50)], nowdate())
	assert api.account_of_document("Sales Order", document.name) is None
	refused("No Account</strong> belongs to no key account", api.from_document, "Sales Order", document.name)
