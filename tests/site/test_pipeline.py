"""The pipeline against ERPNext's own documents: from the idea to the invoice and back, each euro stands in one place."""

import frappe
import pandas as pd
import pytest
from frappe.utils import add_days, nowdate

from kam_erpnext.api.opportunities import from_document
from kam_erpnext.data.pipeline import PipelineFilters, chain, open_amounts
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import pipeline_builders as p
from tests.site.pipeline_builders import PUMP, PUMPS, WIRE, WIRES, deals, parts_of, split

OWN = "Key Account Opportunity"


@pytest.fixture(autouse=True)
def items():
	p.ensure_items()


@pytest.fixture
def account():
	customer = b.make_customer("Pipeline Customer").name
	found = k.make_account("Pipeline Account", [customer])
	found.customer = customer
	return found


def one(account, name):
	return split(deals(account.name).loc[name])


def test_the_whole_chain_from_the_idea_to_the_return(account):
	idea = p.make_idea(account.name, 1000, account.customer, [(WIRES, 700), (PUMPS, 300)])
	assert one(account, idea.name) == (1000, 0, 0, 0)
	assert parts_of(account.name) == {("idea", WIRES): 700, ("idea", PUMPS): 300}

	opportunity = p.make_opportunity(account.customer, 900, [(WIRE, 60, 10), (PUMP, 3, 100)], idea.name)
	assert one(account, idea.name) == (1000, 0, 0, 0)
	assert [*deals(account.name).index] == [idea.name]
	assert deals(account.name).loc[idea.name, "stage"] == "Opportunity"

	quotation = p.quote(opportunity)
	quotation.reload()
	assert one(account, idea.name) == (100, 900, 0, 0)
	assert parts_of(account.name) == {
		("idea", WIRES): 100,
		("quoted", WIRES): 600,
		("quoted", PUMPS): 300,
	}

	order = p.order(quotation, {WIRE: 40, PUMP: 3})
	row = deals(account.name).loc[idea.name]
	assert split(row)[1:] == (200, 700, 0)
	assert row["stage"] == "Order"
	total = row["amount"]

	invoice = p.invoice(order, {WIRE: 10})
	assert split(deals(account.name).loc[idea.name])[1:] == (200, 600, 100)
	assert deals(account.name).loc[idea.name, "amount"] == total

	rest = p.invoice(frappe.get_doc("Sales Order", order.name))
	assert split(deals(account.name).loc[idea.name])[1:] == (200, 0, 700)
	assert parts_of(account.name)[("invoiced", PUMPS)] == 300

	b.make_return(rest, nowdate(), {PUMP: 1})
	row = deals(account.name).loc[idea.name]
	assert split(row)[1:] == (200, 0, 600)
	assert row["stage"] == "Invoice"
	b.cancel(invoice)
	assert split(deals(account.name).loc[idea.name])[1:] == (200, 100, 500)


def test_what_is_ordered_beyond_the_estimate_and_billed_beyond_the_order(account):
	frappe.db.set_single_value("Accounts Settings", "over_billing_allowance", 50)
	idea = p.make_idea(account.name, 100, account.customer)
	quotation = p.make_quotation(account.customer, [(WIRE, 30, 10)], idea.name)
	assert one(account, idea.name) == (0, 300, 0, 0)
	order = p.order(quotation)
	assert one(account, idea.name) == (0, 0, 300, 0)
	p.invoice(order, {WIRE: 36})
	assert one(account, idea.name) == (0, 0, 0, 360)


def test_of_alternative_quotations_the_highest_valid_one_counts(account):
	idea = p.make_idea(account.name, 500, account.customer)
	low = p.make_quotation(account.customer, [(WIRE, 20, 10)], idea.name)
	high = p.make_quotation(account.customer, [(WIRE, 40, 10)], idea.name)
	assert one(account, idea.name) == (100, 400, 0, 0)
	b.cancel(high)
	assert one(account, idea.name) == (300, 200, 0, 0)
	late = chain(PipelineFilters(b.COMPANY, (account.name,), as_of=add_days(nowdate(), 60))).deals
	assert split(late.iloc[0]) == (500, 0, 0, 0)
	draft = p.make_quotation(account.customer, [(WIRE, 45, 10)], idea.name, submit=False)
	assert one(account, idea.name) == (300, 200, 0, 0)
	draft.submit()
	assert one(account, idea.name) == (50, 450, 0, 0)
	p.order(low)
	# the customer has chosen: the other quotation is out
	assert one(account, idea.name)[1:] == (0, 200, 0)


def test_alternative_lines_of_one_quotation(account):
	idea = p.make_idea(account.name, 0, account.customer)
	quotation = p.make_quotation(
		account.customer,
		[
			{"item_code": WIRE, "qty": 10, "rate": 10},
			{"item_code": PUMP, "qty": 1, "rate": 80, "is_alternative": 1},
			{"item_code": b.ensure_service_item(), "qty": 1, "rate": 50},
		],
		idea.name,
	)
	assert one(account, idea.name) == (0, 150, 0, 0)
	order = p.order(quotation, {PUMP: 1}, selected=[quotation.items[1].name])
	assert [row.item_code for row in order.items] == [PUMP]
	# the pump was chosen instead of the wire; the service is still to be ordered
	assert one(account, idea.name)[1:] == (50, 80, 0)


def test_a_lost_quotation_goes_back_to_the_idea(account):
	idea = p.make_idea(account.name, 500, account.customer)
	quotation = p.make_quotation(account.customer, [(WIRE, 20, 10)], idea.name)
	frappe.get_doc("Quotation", quotation.name).declare_enquiry_lost([], [], "price")
	if frappe.db.get_value(OWN, idea.name, "status") == "Open":
		assert one(account, idea.name) == (500, 0, 0, 0)


@pytest.mark.parametrize("status", ["Lost", "Dropped"])
def test_nothing_of_a_deal_given_up_is_open(account, status):
	idea = p.make_idea(account.name, 500, account.customer)
	p.make_quotation(account.customer, [(WIRE, 20, 10)], idea.name)
	frappe.db.set_value(OWN, idea.name, "status", status)
	row = deals(account.name).loc[idea.name]
	assert split(row) == (0, 0, 0, 0) and row["estimate"] == 500
	assert parts_of(account.name) == {}


def test_a_won_deal_has_no_idea_left(account):
	idea = p.make_idea(account.name, 500, account.customer)
	quotation = p.make_quotation(account.customer, [(WIRE, 20, 10)], idea.name)
	p.order(quotation, {WIRE: 15})
	frappe.db.set_value(OWN, idea.name, "status", "Won")
	assert one(account, idea.name) == (0, 50, 150, 0)


def test_a_closed_order_is_no_longer_ordered(account):
	idea = p.make_idea(account.name, 0, account.customer)
	order = p.order(p.make_quotation(account.customer, [(WIRE, 20, 10)], idea.name))
	p.invoice(order, {WIRE: 5})
	frappe.get_doc("Sales Order", order.name).update_status("Closed")
	assert one(account, idea.name) == (0, 0, 0, 50)


def test_documents_without_an_opportunity_stand_for_themselves(account):
	opportunity = p.make_opportunity(account.customer, 900, [(WIRE, 90, 10)], probability=50)
	quotation = p.quote(opportunity)
	alone = p.make_quotation(account.customer, [(PUMP, 2, 100)])
	repeat = b.make_order(account.customer, [(WIRE, 3, 10)], nowdate())
	found = deals(account.name)
	assert set(found.index) == {opportunity.name, alone.name, repeat.name}
	assert split(found.loc[opportunity.name]) == (0, 900, 0, 0)
	assert found.loc[opportunity.name, "weighted"] == 450
	assert split(found.loc[alone.name]) == (0, 200, 0, 0) and found["probability"].isna()[alone.name]
	assert split(found.loc[repeat.name]) == (0, 0, 30, 0)
	order = p.order(frappe.get_doc("Quotation", quotation.name), {WIRE: 50})
	assert split(deals(account.name).loc[opportunity.name]) == (0, 400, 500, 0)
	p.invoice(order)
	row = deals(account.name).loc[opportunity.name]
	assert split(row) == (0, 400, 0, 500) and row["status"] == "Open"
	p.order(frappe.get_doc("Quotation", quotation.name))
	row = deals(account.name).loc[opportunity.name]
	assert split(row) == (0, 0, 400, 500) and row["status"] == "Won"


def test_the_probability_erpnext_enters_by_itself_says_nothing(account):
	# as shipped, every new Opportunity of ERPNext is 100 % probable
	untouched = p.make_opportunity(account.customer, 700)
	assert untouched.probability == 100
	stated = p.make_opportunity(account.customer, 500, probability=40)
	cleared = p.make_opportunity(account.customer, 300)
	cleared.db_set("probability", 0)  # the column cannot be empty
	found = deals(account.name)
	unknown = found.loc[untouched.name]
	assert split(unknown) == (700, 0, 0, 0)
	assert pd.isna(unknown["probability"]) and pd.isna(unknown["weighted"])
	assert found.loc[stated.name, ["probability", "weighted"]].tolist() == [40, 200]
	assert pd.isna(found.loc[cleared.name, "probability"]) and pd.isna(found.loc[cleared.name, "weighted"])
	by_customer = open_amounts(PipelineFilters(b.COMPANY, (account.name,)))
	assert by_customer[["open", "weighted", "not_weighted"]].sum().tolist() == [1500, 200, 1000]

	# a site that enters another one of its own accord: then that one says nothing, and 100 does
	frappe.make_property_setter(
		{"doctype": "Opportunity", "fieldname": "probability", "property": "default", "value": "40"}
	)
	frappe.clear_cache(doctype="Opportunity")
	found = deals(account.name)
	assert pd.isna(found.loc[stated.name, "probability"])
	assert found.loc[untouched.name, ["probability", "weighted"]].tolist() == [100, 700]


@pytest.mark.parametrize(("probability", "taken"), [(None, False), (100, False), (0, False), (40, True)])
def test_an_opportunity_made_of_erpnexts_takes_over_a_stated_probability_only(account, probability, taken):
	fields = {} if probability is None else {"probability": probability}
	source = p.make_opportunity(account.customer, 700, **fields)
	name = from_document("Opportunity", source.name)
	row = deals(account.name).loc[name]
	assert bool(frappe.db.get_value(OWN, name, "probability_by_hand")) == taken
	assert (row["probability"] == 40) == taken


def test_a_deal_of_erpnext_ends_with_its_last_invoice(account):
	order = p.order(p.make_quotation(account.customer, [(WIRE, 20, 10)]))
	assert split(deals(account.name).iloc[0]) == (0, 0, 200, 0)
	p.invoice(order)
	assert deals(account.name).empty


def test_an_order_line_of_two_deals_goes_to_the_quotation_it_was_made_of(account):
	first, second = (p.make_idea(account.name, 0, account.customer) for _ in range(2))
	quotation = p.make_quotation(account.customer, [(WIRE, 20, 10)], first.name)
	order = p.order(quotation, submit=False)
	order.kam_opportunity = second.name
	order.append("items", {"item_code": PUMP, "qty": 1, "rate": 70, "delivery_date": order.delivery_date})
	order.save()
	order.submit()
	found = deals(account.name)
	assert split(found.loc[first.name]) == (0, 0, 200, 0)
	assert split(found.loc[second.name]) == (0, 0, 70, 0)


def test_parts_add_up_to_the_deals_and_open_amounts_to_the_parts(account):
	p.make_idea(account.name, 1000, account.customer, [(WIRES, 700), (PUMPS, 300)], probability=40)
	held = p.make_idea(account.name, 300, None, [(PUMPS, 10)], probability=40)
	frappe.db.set_value(OWN, held.name, {"status": "On Hold", "customer": None})
	idea = p.make_idea(account.name, 333.33, account.customer)
	p.order(p.make_quotation(account.customer, [(WIRE, 7, 11)], idea.name), {WIRE: 3})
	found = chain(PipelineFilters(b.COMPANY, (account.name,)))
	sums = found.parts.groupby("part")["amount"].sum()
	for part in ("idea", "quoted", "ordered"):
		assert sums[part] == pytest.approx(found.deals[part].sum())
	rows = open_amounts(PipelineFilters(b.COMPANY, (account.name,)))
	wires = rows[(rows["item_group"] == WIRES) & (rows["customer"] == account.customer)].iloc[0]
	assert wires["deals"] == 2 and wires["ordered"] == 33
	assert rows["open"].sum() == pytest.approx(sums.sum())
	pumps = rows[(rows["item_group"] == PUMPS) & rows["customer"].isna()].iloc[0]
	assert (pumps["open"], pumps["weighted"], pumps["not_weighted"]) == (300, 0, 300)


def test_age_and_close(account):
	idea = p.make_idea(account.name, 10, expected_close=add_days(nowdate(), 9))
	frappe.db.set_value(
		OWN, idea.name, "creation", f"{add_days(nowdate(), -40)} 08:00:00", update_modified=False
	)
	assert deals(account.name).loc[idea.name, "age"] == 40
	frappe.db.set_value(OWN, idea.name, {"status": "Lost", "closed_on": add_days(nowdate(), -10)})
	row = deals(account.name).loc[idea.name]
	assert row["age"] == 30 and str(row["expected_close"]) == add_days(nowdate(), 9)


def test_another_company_is_another_pipeline(account):
	b.ensure_euro_company()
	idea = p.make_idea(account.name, 10, account.customer)
	assert idea.name not in chain(PipelineFilters(b.EURO_COMPANY)).deals["deal"].values


def test_prospects_of_an_account(account):
	lead = frappe.get_doc(
		{"doctype": "Lead", "first_name": "Pipeline", "company_name": "Pipeline Lead"}
	).insert()
	prospect = k.make_account("Pipeline Prospect", party_type="Lead", party=lead.name)
	opportunity = p.make_opportunity(lead.name, 70, party_type="Lead")
	row = deals(prospect.name).loc[opportunity.name]
	assert split(row) == (70, 0, 0, 0) and row["customer"] is None


def test_accounts_read_one_by_one_give_the_whole(account):
	other_customer = b.make_customer("Pipeline Other").name
	other = k.make_account("Pipeline Other", [other_customer])
	idea = p.make_idea(account.name, 1000, account.customer)
	# a customer that has moved to another account orders for the project
	offer = p.make_quotation(other_customer, [(WIRE, 10, 10)])
	offer.db_set("kam_opportunity", idea.name)
	p.order(offer, {WIRE: 4})
	p.make_quotation(other_customer, [(PUMP, 1, 30)])
	whole = chain(PipelineFilters(b.COMPANY)).deals
	single = [deals(name) for name in (account.name, other.name)]
	assert [len(frame) for frame in single] == [1, 1]
	for part in ("idea", "quoted", "ordered", "invoiced"):
		assert whole[part].sum() == sum(frame[part].sum() for frame in single)
	assert single[1].iloc[0]["quoted"] == 30


# ---------------------------------------------------------------- who sees what


def test_a_manager_sees_the_deals_of_his_accounts_only(account, as_user):
	manager = k.ensure_role_user("Key Account Manager")
	mine_customer = b.make_customer("Pipeline Mine").name
	mine = k.make_account("Pipeline Mine", [mine_customer], key_account_manager=manager)
	idea = p.make_idea(mine.name, 10, mine_customer)
	other = p.make_idea(account.name, 20, account.customer)
	p.make_quotation(account.customer, [(WIRE, 1, 10)])
	with as_user(manager):
		found = chain(PipelineFilters(b.COMPANY)).deals
	assert [*found["deal"]] == [idea.name]
	assert other.name in chain(PipelineFilters(b.COMPANY)).deals["deal"].values


def test_what_a_reader_may_not_see_still_takes_its_euros_out_of_the_idea(account, as_user):
	hidden_customer = b.make_customer("Pipeline Hidden", b.ensure_territory("Pipeline Land")).name
	both = k.make_account("Pipeline Both", [hidden_customer, b.make_customer("Pipeline Shown").name])
	reader = k.ensure_role_user("KAM Reader", prefix="pipeline")
	b.allow_only(reader, "Territory", "Test Territory")
	idea = p.make_idea(both.name, 1000)
	quotation = p.make_quotation(hidden_customer, [(WIRE, 60, 10)], idea.name)
	with as_user(reader):
		assert split(deals(both.name).loc[idea.name]) == (400, 0, 0, 0)
	p.order(quotation, {WIRE: 20})
	with as_user(reader):  # won: nothing of it is an idea any more
		assert split(deals(both.name).loc[idea.name]) == (0, 0, 0, 0)
	frappe.db.set_value(OWN, idea.name, "status", "Open")
	with as_user(reader):
		assert split(deals(both.name).loc[idea.name]) == (400, 0, 0, 0)
	named = p.make_idea(both.name, 50, hidden_customer)
	with as_user(reader):
		assert named.name not in deals(both.name).index


def test_documents_of_a_hidden_opportunity_are_in_no_figure(account, as_user):
	manager = k.ensure_role_user("Key Account Manager", ["Sales User"])
	mine = k.make_account(
		"Pipeline Mine", [b.make_customer("Pipeline Mine").name], key_account_manager=manager
	)
	other = p.make_idea(account.name, 100)
	offer = p.make_quotation(mine.customers[0].customer, [(WIRE, 1, 10)])
	offer.db_set("kam_opportunity", other.name)
	with as_user(manager):
		assert chain(PipelineFilters(b.COMPANY)).deals.empty


# ---------------------------------------------------------------- Frappe CRM


def test_without_frappe_crm_there_are_no_deals_of_it(account):
	assert "CRM Deal" not in chain(PipelineFilters(b.COMPANY)).deals["source"].values


def test_the_number_of_queries_does_not_grow_with_the_deals(account):
	def queries():
		before = []
		original = frappe.db.sql
		try:
			frappe.db.sql = lambda *args, **values: before.append(1) or original(*args, **values)
			chain(PipelineFilters(b.COMPANY))
		finally:
			frappe.db.sql = original
		return len(before)

	def add():
		idea = p.make_idea(account.name, 10, account.customer, [(WIRES, 10)])
		p.order(p.make_quotation(account.customer, [(WIRE, 7, 11)], idea.name), {WIRE: 3})
		p.make_quotation(account.customer, [(WIRE, 1, 10)])

	add()
	queries()
	few = queries()
	for _ in range(4):
		add()
	assert queries() == few


@pytest.fixture
def crm(site_point):
	"""Doctypes as Frappe CRM has them, as far as they are read."""

	def doctype(name, fields):
		frappe.get_doc(
			{
				"doctype": "DocType",
				"name": name,
				"module": "Custom",
				"custom": 1,
				"naming_rule": "Set by user",
				"autoname": "prompt",
				"fields": [
					{"fieldname": field, "label": field, "fieldtype": fieldtype, "options": options}
					for field, fieldtype, options in fields
				],
				"permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
			}
		).insert()

	doctype("CRM Deal Status", [("type", "Data", None)])
	doctype(
		"CRM Deal",
		[
			("organization", "Data", None),
			("status", "Link", "CRM Deal Status"),
			("deal_owner", "Link", "User"),
			("probability", "Percent", None),
			("expected_deal_value", "Currency", None),
			("deal_value", "Currency", None),
			("currency", "Link", "Currency"),
			("expected_closure_date", "Date", None),
		],
	)
	for name, kind in (("Negotiation", "Ongoing"), ("Waiting", "On Hold"), ("Gone", "Lost")):
		frappe.get_doc({"doctype": "CRM Deal Status", "name": name, "type": kind}).insert()
	frappe.db.value_cache.clear()  # a request begins: the one before knew no deals
	yield
	frappe.db.value_cache.clear()


@pytest.mark.commits
def test_deals_of_frappe_crm(crm):
	p.ensure_items()
	frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
	customer = b.make_customer("Pipeline Organisation").name
	account = k.make_account("Pipeline CRM", [customer])
	b.ensure_exchange_rate("EUR", b.CURRENCY, 1.5)
	for name, values in {
		"D1": {
			"status": "Negotiation",
			"expected_deal_value": 100,
			"probability": 40,
			"currency": b.CURRENCY,
		},
		"D2": {"status": "Waiting", "deal_value": 200, "currency": "EUR"},
		"D3": {"status": "Gone", "deal_value": 300, "currency": b.CURRENCY},
		"D4": {"status": "Negotiation", "organization": "Somebody Else", "deal_value": 400},
		"D5": {"status": "Negotiation"},
	}.items():
		frappe.get_doc(
			{"doctype": "CRM Deal", "name": name, "organization": "Pipeline Organisation", **values}
		).insert()
	found = deals(account.name)
	assert {*found.index} == {"D1", "D2", "D5"}
	assert split(found.loc["D1"]) == (100, 0, 0, 0) and found.loc["D1", "weighted"] == 40
	assert found.loc["D1", "source"] == "CRM Deal" and found.loc["D1", "customer"] == customer
	assert (found.loc["D2", "idea"], found.loc["D2", "status"], found.loc["D2", "weighted"]) == (
		300,
		"On Hold",
		0,
	)
	assert found["estimate"].isna()["D5"] and found.loc["D1", "age"] == 0
	b.ensure_euro_company()
	assert "CRM Deal" not in chain(PipelineFilters(b.EURO_COMPANY)).deals["source"].values
