"""The page of a key account: every figure against documents of ERPNext, who sees what, queries, profile and history."""

from datetime import date, datetime, timedelta

import frappe
import pytest
from frappe.utils import add_days, flt, nowdate

from kam_erpnext import compat
from kam_erpnext.api import key_account as api
from kam_erpnext.data.account_page import relationships, scope
from kam_erpnext.kam_erpnext.doctype.key_account.profile import actions_from_swot
from tests.site import builders as b
from tests.site import power_map_builders as maps
from tests.site.kam_builders import lasting_users, make_account

TODAY = "2024-06-30"
MANAGER, STRANGER, SELLER, DIRECTOR, COORDINATOR, READER = (
	f"page.{name}@example.com"
	for name in ("manager", "stranger", "seller", "director", "coordinator", "reader")
)
# queries of one page, caches warm; what a page costs does not depend on the number of documents
MOST_QUERIES = 112 if compat.FRAPPE_MAJOR < 16 else 122


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	roles = {
		MANAGER: ["Key Account Manager"],
		STRANGER: ["Key Account Manager", "Sales User"],
		SELLER: ["Key Account Manager", "Sales User", "Accounts User", "Support Team", "Projects User"],
		DIRECTOR: ["Key Account Director"],
		COORDINATOR: ["Key Account Coordinator", "Sales User"],
		READER: ["KAM Reader", "Sales User"],
	}
	with lasting_users(roles):
		yield


@pytest.fixture(autouse=True)
def today(monkeypatch):
	"""The page is read at noon of 30 June 2024."""
	monkeypatch.setattr(scope, "now_datetime", lambda: datetime.fromisoformat(f"{TODAY} 12:00:00"))


@pytest.fixture
def first():
	return b.make_customer("Page Clinic").name


@pytest.fixture
def second():
	return b.make_customer("Page Hospital").name


def service(amount):
	return [(b.ensure_service_item(), 1, amount)]


def reload(document):
	return frappe.get_doc(document.doctype, document.name)


def names(part):
	return [row["name"] for row in part["rows"]]


def in_list(part):
	"""Names in the list that the link of a part opens."""
	return set(frappe.get_list(part["doctype"], part["filters"], pluck="name", limit_page_length=0))


# ---------------------------------------------------------------- sales


def ledger(customers, first_day, last_day, company=b.COMPANY):
	"""Net sales and cost of goods from the ledgers of ERPNext, not from what the app reads."""
	((net,),) = frappe.db.sql(
		"""select sum(gl.credit - gl.debit) from `tabGL Entry` gl
		join `tabAccount` account on account.name = gl.account and account.root_type = 'Income'
		join `tabSales Invoice` invoice on invoice.name = gl.voucher_no
		where gl.is_cancelled = 0 and gl.company = %s and invoice.customer in %s
		and gl.posting_date between %s and %s""",
		(company, customers, first_day, last_day),
	)
	((cost,),) = frappe.db.sql(
		"""select -sum(stock.stock_value_difference) from `tabStock Ledger Entry` stock
		join `tabSales Invoice` invoice on invoice.name = stock.voucher_no
		where stock.is_cancelled = 0 and stock.company = %s and invoice.customer in %s
		and stock.posting_date between %s and %s""",
		(company, customers, first_day, last_day),
	)
	return flt(net), flt(cost)


@pytest.fixture
def trade(first, second):
	"""Five fiscal years of two customers, one in an account below the other's."""
	group_a, group_b = b.ensure_item_group("Page Goods"), b.ensure_item_group("Page Tools")
	item_a, item_b = b.ensure_item("Page Item A", group_a), b.ensure_item("Page Item B", group_b)
	b.make_receipt([(item_a, 500, 6), (item_b, 500, 11)], "2019-01-02")
	top = make_account("Page Group", [first], level="Global")
	low = make_account("Page Branch", [second], parent=top.name)
	for day, customer, code, qty, rate in (
		("2020-03-01", first, item_a, 10, 10),
		("2020-12-31", second, item_a, 5, 12),
		("2021-01-01", first, item_a, 20, 10),
		("2022-02-28", first, item_b, 4, 25),
		("2023-06-30", first, item_a, 7, 15),
		("2023-07-02", second, item_b, 3, 30),
		("2024-01-01", second, item_b, 6, 30),
		("2024-02-29", first, item_a, 8, 16),
		("2024-06-30", first, item_b, 2, 40),
		("2024-07-01", first, item_b, 9, 40),  # after today
	):
		b.make_invoice(customer, [(code, qty, rate)], day)
	returned = b.make_invoice(first, [(item_a, 10, 16)], "2024-03-10")
	b.make_return(returned, "2024-03-20", {item_a: 4})
	b.cancel(b.make_invoice(first, [(item_a, 50, 16)], "2024-04-10"))
	b.make_invoice(first, [(item_a, 50, 16)], "2024-04-10", submit=False)
	return frappe._dict(top=top.name, low=low.name, customers=(first, second), first=first, second=second)


def test_years_are_those_of_the_ledger(trade):
	years = api.profile(trade.top)["sales"]["years"]
	assert [row["year"] for row in years] == ["2020", "2021", "2022", "2023", "2024"]
	assert [row["to_today"] for row in years] == [False, False, False, False, True]
	for row in years:
		net, cost = ledger(trade.customers, row["from_date"], row["to_date"])
		assert (row["net_sales"], row["gross_profit"]) == (flt(net, 2), flt(net - cost, 2)), row
	assert [row["net_sales"] for row in years] == [160, 200, 100, 195, 180 + 128 + 80 + 96]
	assert [row["documents"] for row in years] == [2, 1, 1, 2, 5]


def test_a_running_year_is_compared_with_the_same_days_and_a_whole_one_with_the_whole_year(trade):
	years = {row["year"]: row for row in api.profile(trade.top)["sales"]["years"]}
	# 182 days from 1 January 2024 on; 182 days from 1 January 2023 on reach to 1 July 2023
	assert (years["2024"]["days"], years["2024"]["before"]) == (182, 105)
	assert years["2024"]["growth"] == pytest.approx(100 * (484 - 105) / 105)
	assert (years["2022"]["before"], years["2022"]["growth"]) == (200, pytest.approx(-50))
	assert (years["2020"]["before"], years["2020"]["growth"]) == (None, None)


def test_item_groups_add_up_to_the_total_and_carry_their_trend(trade):
	sales = api.profile(trade.top)["sales"]
	groups = {row["item_group"]: row for row in sales["item_groups"]}
	assert list(groups) == ["Page Tools", "Page Goods"]  # the largest first
	# rolling 12 months: 1 July 2023 to 30 June 2024
	assert groups["Page Tools"]["net_sales"] == 90 + 180 + 80
	assert groups["Page Goods"]["net_sales"] == 128 + 96
	assert groups["Page Goods"]["before"] == 105
	assert groups["Page Tools"]["before"] == 0 and groups["Page Tools"]["growth"] is None
	assert groups["Page Goods"]["gross_profit"] == 224 - 14 * 6
	assert groups["Page Goods"]["gross_margin"] == pytest.approx(100 * 140 / 224)
	assert sales["net_sales"] == sum(row["net_sales"] for row in groups.values()) == 574
	assert sales["gross_profit"] == sum(row["gross_profit"] for row in groups.values())
	# the last 12 calendar months, July 2023 first
	assert groups["Page Tools"]["trend"] == [90, 0, 0, 0, 0, 0, 180, 0, 0, 0, 0, 80]
	assert groups["Page Goods"]["trend"] == [0, 0, 0, 0, 0, 0, 0, 128, 96, 0, 0, 0]


def test_months_are_24_and_hold_what_was_sold(trade):
	months = api.profile(trade.top)["sales"]["months"]
	assert (len(months), months[0]["month"], months[-1]["month"]) == (24, "2022-07-01", "2024-06-01")
	sold = {row["month"]: row["net_sales"] for row in months if row["net_sales"]}
	assert sold == {
		"2023-06-01": 105, "2023-07-01": 90, "2024-01-01": 180, "2024-02-01": 128, "2024-03-01": 96,
		"2024-06-01": 80,
	}  # fmt: skip


def test_an_account_below_shows_its_own(trade):
	page = api.profile(trade.low)
	assert (page["customer_names"], page["accounts_below"]) == ([trade.second], 0)
	assert page["sales"]["net_sales"] == 90 + 180
	assert api.profile(trade.top)["accounts_below"] == 1


def test_every_figure_says_where_it_comes_from(trade):
	page = api.profile(trade.top)
	sales = page["sales"]
	assert (page["company"], page["currency"], page["as_of"]) == (b.COMPANY, "USD", f"{TODAY} 12:00:00")
	assert (sales["from_date"], sales["to_date"]) == ("2023-07-01", "2024-06-30")
	assert (sales["before_from"], sales["before_to"]) == ("2022-07-01", "2023-07-01")
	filters = {
		"customer": ["in", page["customer_names"]],
		"company": page["company"],
		"docstatus": 1,
		"posting_date": ["between", [sales["from_date"], sales["to_date"]]],
	}
	assert frappe.db.count("Sales Invoice", filters) == sales["documents"] == 6
	for key in ("orders", "receivables", "issues", "projects", "opportunities", "quotations", "contacts"):
		assert page[key]["about"], key


def test_an_account_whose_customer_never_bought(first):
	page = api.profile(make_account("Page Silent", [first]).name)
	sales = page["sales"]
	assert (sales["net_sales"], sales["growth"], sales["gross_margin"]) == (0, None, None)
	assert sales["item_groups"] == []
	assert [row["net_sales"] for row in sales["years"]] == [0] * 5
	assert {row["growth"] for row in sales["years"]} == {None}
	assert len(sales["months"]) == 24
	for key in ("orders", "receivables", "issues", "projects", "opportunities", "quotations", "contacts"):
		assert (page[key]["readable"], page[key]["count"], page[key]["rows"]) == (True, 0, [])


def test_an_account_without_customers_and_one_without_company(first):
	page = api.profile(make_account("Page Empty").name)
	assert page["customer_names"] == [] and "net_sales" not in page["sales"]
	assert page["orders"]["value"] is None and page["calls"]["last"] == []
	frappe.get_single("KAM Settings").update({"company": None}).save()
	frappe.defaults.clear_default("company")
	frappe.db.delete("DefaultValue", {"defkey": "company"})
	frappe.clear_cache(user="Administrator")
	page = api.profile(make_account("Page Nowhere", [first]).name)
	if page["company"] is None:
		assert "net_sales" not in page["sales"] and page["orders"]["value"] is None


def test_two_companies_keep_their_currencies_apart(trade):
	europe = b.ensure_euro_company()
	b.make_invoice(trade.first, service(70), "2024-05-05", company=europe)
	b.make_order(trade.first, service(33), "2024-05-05", company=europe, currency="EUR", conversion_rate=1)
	here, there = api.profile(trade.top), api.profile(trade.top, europe)
	assert here["companies"] == there["companies"] == [b.COMPANY, europe]
	assert (here["company"], there["company"], there["currency"]) == (b.COMPANY, europe, "EUR")
	assert (here["sales"]["net_sales"], there["sales"]["net_sales"]) == (574, 70)
	assert (here["orders"]["value"], there["orders"]["value"]) == (0, 33)
	assert (there["receivables"]["value"], there["receivables"]["count"]) == (70, 1)


def own_fiscal_years(company, years):
	"""Fiscal years from April on for `company`; those of the calendar are left to the other companies."""
	others = frappe.get_all("Company", {"name": ["!=", company]}, pluck="name")
	for name in frappe.get_all("Fiscal Year", pluck="name"):
		if frappe.db.exists("Fiscal Year Company", {"parent": name}):
			continue
		for other in others:
			row = frappe.new_doc("Fiscal Year Company")
			row.update(
				{"company": other, "parent": name, "parenttype": "Fiscal Year", "parentfield": "companies"}
			)
			row.db_insert()
	for year in years:
		frappe.get_doc(
			{
				"doctype": "Fiscal Year",
				"year": f"{year}-{year + 1} April",
				"year_start_date": f"{year}-04-01",
				"year_end_date": f"{year + 1}-03-31",
				"companies": [{"company": company}],
			}
		).insert()
	frappe.cache.delete_value("fiscal_years")


def test_fiscal_years_from_april_on(first):
	europe = b.ensure_euro_company()
	own_fiscal_years(europe, (2022, 2023, 2024))
	account = make_account("Page April", [first])
	for day, amount in (
		("2022-04-01", 1),
		("2023-03-31", 10),
		("2023-04-01", 100),
		("2023-06-30", 1000),
		("2024-03-31", 10000),
		("2024-04-01", 100000),
	):
		b.make_invoice(first, service(amount), day, company=europe)
	years = api.profile(account.name, europe)["sales"]["years"]
	# years that were not set up begin on the same day
	assert [row["year"] for row in years] == [
		"2020-2021", "2021-2022", "2022-2023 April", "2023-2024 April", "2024-2025 April",
	]  # fmt: skip
	assert [row["from_date"] for row in years] == [f"{year}-04-01" for year in range(2020, 2025)]
	assert [row["to_date"] for row in years][-2:] == ["2024-03-31", TODAY]
	assert [row["net_sales"] for row in years] == [0, 0, 11, 11100, 100000]
	assert years[-1]["before"] == 1100  # 1 April to 30 June 2023


def test_without_a_fiscal_year_the_page_says_so_and_opens(first, monkeypatch):
	account = make_account("Page Future", [first])
	monkeypatch.setattr(scope, "now_datetime", lambda: datetime(2040, 1, 15, 12))
	page = api.profile(account.name)
	assert "There is no Fiscal Year for 2040-01-15" in page["sales"]["problem"]
	assert page["orders"]["count"] == 0
	assert not frappe.get_message_log()


# ---------------------------------------------------------------- orders and receivables


def bill(order, qty, **fields):
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	invoice = make_sales_invoice(order.name)
	invoice.update({"set_posting_time": 1, "posting_date": "2024-06-01", "due_date": "2024-06-10"})
	invoice.update({"disable_rounded_total": 1, **fields})
	invoice.payment_schedule = []
	invoice.items[0].qty = qty
	invoice.insert()
	invoice.submit()
	return invoice


def test_open_orders_are_what_is_not_yet_billed(first, second):
	top = make_account("Page Orders", [first])
	make_account("Page Orders Branch", [second], parent=top.name, level="Regional")
	item = b.ensure_service_item()
	partly = b.make_order(first, [(item, 10, 50)], "2024-06-01", delivery_date="2024-07-20")
	bill(partly, 4)
	whole = b.make_order(second, [(item, 2, 30)], "2024-05-01")  # delivery has passed
	done = b.make_order(first, [(item, 1, 1000)], "2024-05-02")
	bill(done, 1)
	b.make_order(first, [(item, 1, 5000)], "2024-05-03", submit=False)
	closed = b.make_order(first, [(item, 1, 7000)], "2024-05-04")
	closed.update_status("Closed")
	b.cancel(b.make_order(first, [(item, 1, 9000)], "2024-05-05"))
	frappe.db.set_value("Sales Order Item", {"parent": partly.name}, "delivery_date", "2024-07-20")
	orders = api.profile(top.name)["orders"]
	assert orders["value"] == pytest.approx(6 * 50 + 2 * 30)
	assert (orders["count"], set(names(orders))) == (2, {partly.name, whole.name})
	assert (orders["next_delivery"], orders["late"]) == ("2024-07-20", 1)
	assert in_list(orders) == {partly.name, whole.name}


def test_overdue_receivables_are_what_is_outstanding_after_the_due_date(first, second):
	top = make_account("Page Receivables", [first])
	make_account("Page Receivables Branch", [second], parent=top.name, level="Regional")
	old = b.make_invoice(first, service(1000), "2024-04-01", due_date="2024-05-01")
	b.make_payment(old, "2024-05-20", 400)
	due_today = b.make_invoice(first, service(50), "2024-06-01", due_date=TODAY)
	b.make_invoice(second, service(70), "2024-06-01", due_date="2024-08-01")
	recent = b.make_invoice(second, service(30), "2024-06-01", due_date="2024-06-29")
	b.make_payment(b.make_invoice(first, service(500), "2024-03-01"), "2024-03-02")
	b.make_invoice(first, service(9000), "2024-03-01", submit=False)
	part = api.profile(top.name)["receivables"]
	assert (part["value"], part["count"], part["oldest_days"]) == (630, 2, 60)
	assert names(part) == [old.name, recent.name]
	assert in_list(part) == {old.name, recent.name}
	assert (part["outstanding"], part["outstanding_count"]) == (750, 4)
	assert due_today.name not in names(part)


def test_receivables_of_a_foreign_account_are_shown_in_company_currency(first):
	account = make_account("Page Euros", [first])
	parent = frappe.db.get_value(
		"Account", {"company": b.COMPANY, "account_type": "Receivable", "is_group": 0}, "parent_account"
	)
	debtors = frappe.get_doc(
		{
			"doctype": "Account",
			"account_name": "Page Debtors EUR",
			"company": b.COMPANY,
			"parent_account": parent,
			"account_type": "Receivable",
			"account_currency": "EUR",
		}
	).insert()
	b.make_invoice(
		first, service(100), "2024-05-01", currency="EUR", conversion_rate=1.25, debit_to=debtors.name
	)
	part = api.profile(account.name)["receivables"]
	assert part["value"] == 125
	assert api.profile(account.name)["sales"]["net_sales"] == 125


# ---------------------------------------------------------------- issues, projects, opportunities


def insert(doctype, **values):
	return frappe.get_doc({"doctype": doctype, **values}).insert()


def test_issues_and_projects_are_the_open_ones(first, second):
	account = make_account("Page Service", [first, second])
	open_issue = insert("Issue", subject="Pump leaks", customer=first, opening_date="2024-06-20")
	held = insert("Issue", subject="Manual missing", customer=second, status="On Hold")
	insert("Issue", subject="Solved", customer=first, status="Closed")
	insert("Issue", subject="Not ours", customer=b.make_customer("Page Other").name)
	running = insert("Project", project_name="Page Rollout", customer=first, expected_end_date="2024-06-01")
	insert("Project", project_name="Page Finished", customer=first, status="Completed")
	page = api.profile(account.name)
	assert in_list(page["issues"]) == set(names(page["issues"])) == {open_issue.name, held.name}
	days = {row["name"]: row["days"] for row in page["issues"]["rows"]}
	assert days[open_issue.name] == 10
	assert in_list(page["projects"]) == set(names(page["projects"])) == {running.name}
	assert page["projects"]["late"] == 1


def test_opportunities_of_customers_and_of_the_leads_they_came_from(first, second):
	lead = insert("Lead", lead_name="Page Lead", company_name="Page Lead Ltd")
	frappe.db.set_value("Customer", second, "lead_name", lead.name)
	account = make_account("Page Chances", [first, second])
	values = {"company": b.COMPANY, "currency": "USD", "conversion_rate": 1, "transaction_date": "2024-06-01"}
	sure = insert(
		"Opportunity", opportunity_from="Customer", party_name=first, opportunity_amount=500, **values
	)
	early = insert("Opportunity", opportunity_from="Lead", party_name=lead.name, **values)
	lost = insert("Opportunity", opportunity_from="Customer", party_name=first, **values)
	lost.db_set("status", "Lost")
	part = api.profile(account.name)["opportunities"]
	assert in_list(part) == set(names(part)) == {sure.name, early.name}
	amounts = {row["name"]: row["value"] for row in part["rows"]}
	assert amounts == {sure.name: 500, early.name: None}  # unknown is not zero
	assert part["value"] == 500


def test_quotations_are_the_open_ones(first):
	account = make_account("Page Offers", [first])

	def quote(amount, valid_till, submit=True):
		offer = frappe.get_doc(
			{
				"doctype": "Quotation",
				"quotation_to": "Customer",
				"party_name": first,
				"company": b.COMPANY,
				"transaction_date": "2024-05-01",
				"valid_till": valid_till,
				"items": [{"item_code": b.ensure_service_item(), "qty": 1, "rate": amount}],
			}
		).insert()
		if submit:
			offer.submit()
		return offer

	running, old = quote(200, "2024-08-01"), quote(100, "2024-05-15")
	quote(900, "2024-08-01", submit=False)
	quote(800, "2024-08-01").db_set("status", "Lost")
	part = api.profile(account.name)["quotations"]
	assert names(part) == [old.name, running.name]
	assert (part["value"], part["expired"]) == (300, 1)
	assert in_list(part) == {old.name, running.name}


# ---------------------------------------------------------------- people and calls


def make_contact(first_name, customer, **fields):
	return insert(
		"Contact",
		first_name=first_name,
		links=[{"link_doctype": "Customer", "link_name": customer}],
		**fields,
	)


def make_event(subject, starts_on, participants, **fields):
	return insert(
		"Event",
		subject=subject,
		starts_on=starts_on,
		event_participants=[
			{"reference_doctype": doctype, "reference_docname": name} for doctype, name in participants
		],
		**{"event_category": "Meeting", "event_type": "Public", **fields},
	)


def make_message(subject, moment, medium="Phone", **fields):
	return insert(
		"Communication",
		communication_type="Communication",
		communication_medium=medium,
		subject=subject,
		content=subject,
		sent_or_received="Received",
		communication_date=moment,
		**fields,
	)


@pytest.fixture
def talks(first, second):
	account = make_account("Page Talks", [first], team=[MANAGER])
	low = make_account("Page Talks Branch", [second], parent=account.name, level="Regional")
	anna = make_contact("Anna", first, designation="Buyer", email_ids=[{"email_id": "anna@page.example.com", "is_primary": 1}])  # fmt: skip
	bert, carl = make_contact("Bert", second), make_contact("Carl", first)
	make_contact("Stranger", b.make_customer("Page Elsewhere").name)
	return frappe._dict(account=account.name, low=low.name, anna=anna.name, bert=bert.name, carl=carl.name)


def test_contacts_and_the_last_contact_with_each(talks, first):
	make_event("Visit", "2024-06-10 09:00:00", [("Contact", talks.anna)])
	make_event("Next visit", "2024-07-10 09:00:00", [("Contact", talks.anna)])
	make_event("Called off", "2024-06-29 09:00:00", [("Contact", talks.bert)], status="Cancelled")
	make_message("Phoned", "2024-06-20 10:00:00", reference_doctype="Contact", reference_name=talks.anna)
	link = [{"link_doctype": "Contact", "link_name": talks.bert}]
	make_message("Chatted", "2024-05-05 10:00:00", "Chat", timeline_links=link)
	part = api.profile(talks.account)["contacts"]
	last = {row["name"]: row["last_contact"] for row in part["rows"]}
	assert last == {
		talks.anna: "2024-06-20 10:00:00",
		talks.bert: "2024-05-05 10:00:00",
		talks.carl: None,
	}
	assert (part["count"], names(part)[:2]) == (3, [talks.anna, talks.bert])
	row = part["rows"][0]
	assert (row["full_name"], row["designation"], row["email_id"]) == (
		"Anna",
		"Buyer",
		"anna@page.example.com",
	)


def test_last_and_next_calls_of_the_account_its_customers_and_contacts(talks, first, second):
	make_event("With the account", "2024-07-01 09:00:00", [("Key Account", talks.low)])
	make_event("With the customer", "2024-07-02 09:00:00", [("Customer", second), ("Contact", talks.bert)])
	make_event("Called off", "2024-07-03 09:00:00", [("Customer", first)], status="Cancelled")
	make_event("Held", "2024-06-05 09:00:00", [("Contact", talks.carl)])
	make_event("Others", "2024-07-02 09:00:00", [("Customer", b.make_customer("Page Foreign").name)])
	make_message("Mailed", "2024-06-06 10:00:00", "Email", reference_doctype="Customer", reference_name=first)
	make_message("Announced", "2024-07-06 10:00:00", reference_doctype="Customer", reference_name=first)
	calls = api.profile(talks.account)["calls"]
	assert [row["subject"] for row in calls["next"]] == ["With the account", "With the customer"]
	assert [row["subject"] for row in calls["last"]] == ["Mailed", "Held"]
	assert (calls["last"][0]["kind"], calls["last"][1]["doctype"]) == ("Email", "Event")


def test_private_events_and_timelines_of_documents_that_may_not_be_read_are_not_shown(talks, first, as_user):
	make_event("Secret", "2024-07-02 09:00:00", [("Customer", first)], event_type="Private")
	make_event("Secret past", "2024-06-25 09:00:00", [("Contact", talks.carl)], event_type="Private")
	make_message("About Carl", "2024-06-06 10:00:00", reference_doctype="Contact", reference_name=talks.carl)
	make_message("About us", "2024-06-05 10:00:00", reference_doctype="Customer", reference_name=first)
	make_message(
		"Account", "2024-06-04 10:00:00", reference_doctype="Key Account", reference_name=talks.account
	)
	make_message("Spam", "2024-06-07 10:00:00", reference_doctype="Customer", reference_name=first, email_status="Spam")  # fmt: skip
	seen = {}
	for user in (MANAGER, SELLER):
		if user == SELLER:
			join(SELLER, talks.account)
		with as_user(user):
			seen[user] = api.profile(talks.account)
		assert seen[user]["calls"]["next"] == []
	# a manager without a role of ERPNext reads neither customers nor contacts of others
	assert [row["subject"] for row in seen[MANAGER]["calls"]["last"]] == ["Account"]
	assert seen[MANAGER]["contacts"]["rows"] == []
	assert [row["subject"] for row in seen[SELLER]["calls"]["last"]] == ["About Carl", "About us", "Account"]
	last = {row["name"]: row["last_contact"] for row in seen[SELLER]["contacts"]["rows"]}
	assert last[talks.carl] == "2024-06-06 10:00:00"


# ---------------------------------------------------------------- plan, reviews, actions


def make_action(account, subject, end_date, **fields):
	return insert(
		"Key Account Action",
		key_account=account,
		subject=subject,
		end_date=end_date,
		start_date=end_date,
		**{"responsible": "Administrator", "status": "Planned", **fields},
	)


@pytest.fixture
def rivals():
	for name in ("Page Rival", "Page Other Rival"):
		if not frappe.db.exists("Competitor", name):
			frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert()
	return "Page Rival", "Page Other Rival"


def make_wallet(account, group, wallet, *suppliers, year=2024):
	return insert(
		"Key Account Wallet",
		key_account=account,
		item_group=group,
		year=year,
		company=b.COMPANY,
		wallet=wallet,
		as_of=f"{year}-01-31",
		shares=[{"supplier_kind": "Competitor", **row} for row in suppliers],
	)


def test_share_of_wallet_and_the_competitors_who_get_the_rest(first, rivals, as_user):
	rival, other = rivals
	pumps, valves = (b.ensure_item_group(f"Page {name}") for name in ("Pumps", "Valves"))
	pump, valve = (
		b.ensure_item(f"Page {name}", group, stock=False)
		for name, group in (("Pump", pumps), ("Valve", valves))
	)
	account = make_account(
		"Page Wallet", [first], key_account_manager=SELLER, yearly_spend=5000, spend_currency=b.CURRENCY
	)
	b.make_invoice(first, [(pump, 1, 300), (valve, 1, 70)], "2024-03-01")
	b.make_invoice(first, [(pump, 1, 999)], "2023-06-30")  # a day before the twelve months
	profile = api.profile(account.name)
	assert profile["wallet"]["yearly_spend"] == 5000 and profile["competitors"]["count"] == 0

	make_wallet(account.name, pumps, 800, {"competitor": other, "amount": 100}, year=2023)
	make_wallet(
		account.name,
		pumps,
		1000,
		{"competitor": rival, "amount": 250, "contract_end": "2025-12-31", "incentives": "Free training"},
		{"competitor": other},
	)
	idea = insert(
		"Key Account Opportunity",
		title="Pumps for the new wing",
		key_account=account.name,
		company=b.COMPANY,
		responsible=SELLER,
		competitors=[{"competitor": rival, "position": "Ahead", "weaknesses": "Slow service"}],
	)
	secret = insert(
		"Market Intelligence",
		title="Rival wants the wing",
		kind="Competitor Move",
		noted_on="2024-06-01",
		competitor=rival,
		key_account=account.name,
		confidentiality="Account Team",
		weaknesses="Leaves the market",
		response="Offer the pilot first",
	)
	with as_user(SELLER):
		profile = api.profile(account.name)
	share = profile["wallet"]
	# 300 of 1000; the 70 of valves lie in no known wallet
	assert (share["share"], share["wallet"], share["own"], share["own_elsewhere"]) == (30, 1000, 300, 70)
	assert (share["year"], share["from_date"], share["to_date"]) == (2024, "2023-07-01", TODAY)
	top, second = profile["competitors"]["rows"]
	assert (top["competitor"], top["amount"], top["contract_end"]) == (rival, 250, "2025-12-31")
	assert top["item_groups"] == [pumps] and [deal["name"] for deal in top["deals"]] == [idea.name]
	assert top["deals"][0]["position"] == "Ahead" and top["note"]["name"] == secret.name
	assert top["words"] == {
		"incentives": "Free training",
		"weaknesses": "Slow service; Leaves the market",
		"response": "Offer the pilot first",
	}
	# named without an amount, and the amount of last year is not carried on
	assert (second["competitor"], second["amount"]) == (other, None)
	with as_user(READER):
		(top, _second) = api.profile(account.name)["competitors"]["rows"]
	assert top["note"] is None and top["words"]["weaknesses"] == "Slow service"


def test_open_and_overdue_actions_of_the_account_and_those_below(trade):
	late = make_action(trade.low, "Offer the service contract", "2024-06-29")
	due = make_action(trade.top, "Visit the plant", TODAY, status="In Progress")
	make_action(trade.top, "Done", "2024-06-01", status="Done", result="Signed")
	part = api.profile(trade.top)["actions"]
	assert names(part) == [late.name, due.name]
	assert (part["count"], part["late"], part["of_reader"]) == (2, 1, 2)
	assert in_list(part) == {late.name, due.name}
	assert names(api.profile(trade.low)["actions"]) == [late.name]


def store(doctype, **values):
	"""A document as it stands in the database, whatever way it got there."""
	document = frappe.get_doc({"doctype": doctype, **values})
	document.set_new_name()
	document.db_insert()
	for child in document.get_all_children():
		child.parent = document.name
		child.db_insert()
	return document


def store_plan(account, **values):
	fields = {
		"key_account": account,
		"title": "Plan",
		"company": b.COMPANY,
		"currency": "USD",
		"from_date": "2024-01-01",
		"to_date": "2024-12-31",
		"status": "In Execution",
		"docstatus": 1,
		"version": 1,
		"period_type": "Calendar Year",
		**values,
	}
	return store("Key Account Plan", **fields)


def test_the_plan_in_force_and_its_progress(trade):
	plan = store_plan(
		trade.top,
		total_target=5000,
		next_review="2024-09-01",
		objectives=[
			{
				"code": "O1",
				"objective": "a",
				"weight": 60,
				"progress": 50,
				"value_known": 1,
				"state": "On Track",
			},
			{
				"code": "O2",
				"objective": "b",
				"weight": 20,
				"progress": 130,
				"value_known": 1,
				"state": "Achieved",
			},
			{"code": "O3", "objective": "c", "weight": 20, "progress": 0, "value_known": 0, "state": "Open"},
			{
				"code": "O4",
				"objective": "d",
				"weight": 20,
				"progress": 0,
				"value_known": 1,
				"state": "Dropped",
			},
		],
	)
	store_plan(trade.top, from_date="2023-01-01", to_date="2023-12-31", status="Approved")
	store_plan(trade.top, status="Superseded", docstatus=2)
	draft = store_plan(trade.top, status="Draft", docstatus=0, from_date="2025-01-01", to_date="2025-12-31")
	store_plan(trade.low, to_date=None, period_type="Perpetual", status="Approved")
	part = api.profile(trade.top)["plan"]
	shown = part["in_force"]
	assert (shown["name"], shown["status"], shown["next_review"]) == (plan.name, "In Execution", "2024-09-01")
	# 60 at 50 % and 20 at 100 %; what is not known does not count
	assert shown["progress"] == pytest.approx((60 * 50 + 20 * 100) / 80)
	assert (shown["objectives"], shown["measured"]) == (3, 2)
	assert shown["states"] == {"On Track": 1, "Achieved": 1, "Open": 1}
	assert [row["name"] for row in part["in_making"]] == [draft.name]
	assert part["planned_below"] == 1
	assert api.profile(trade.low)["plan"]["in_force"]["period_type"] == "Perpetual"


def test_last_and_next_review(trade):
	values = {"key_account": trade.top, "company": b.COMPANY, "title": "QBR"}
	held = store("Key Account Business Review", review_date="2024-04-02", docstatus=1, satisfaction="4 Good", **values)  # fmt: skip
	store("Key Account Business Review", review_date="2024-01-02", docstatus=1, **values)
	coming = store("Key Account Business Review", review_date="2024-07-02", docstatus=0, **values)
	store("Key Account Business Review", review_date="2024-05-02", docstatus=2, **values)
	part = api.profile(trade.top)["review"]
	assert (part["last"]["name"], part["last"]["satisfaction"]) == (held.name, "4 Good")
	assert part["coming"]["name"] == coming.name


# ---------------------------------------------------------------- power map

SENTINEL = "Judgement That Must Not Leave"


@pytest.fixture
def mapped(trade):
	"""A map of two people and a placeholder: one is decider and known in depth, the other unknown but for her contact."""
	anna = make_contact("Anna", trade.first)
	make_event("Visit", "2024-06-10 09:00:00", [("Contact", anna.name)])
	document = maps.make_map(
		trade.top,
		[
			maps.person("p1", "Chief", relationship_owner=MANAGER),
			maps.person("p2", "Anna", "p1", contact=anna.name),
			maps.person("p3", "Head of Logistics", "p1", "Placeholder"),
			maps.person("p4", "Association", None, "Outside Body"),
		],
		maps.judgements(
			{
				"p1": {"roles": ["Decider"], "power": "High", "coverage": "In Depth", "note": SENTINEL},
				"p2": {"power": "Low", "coverage": "No Contact"},
			},
			relations=[{"person": "p1", "user": MANAGER, "strength": 3, "wanted": None}],
		),
	)
	join(MANAGER, trade.top)
	join(COORDINATOR, trade.top)
	return document


STRUCTURE = {"people": 2, "placeholders": 1, "without_owner": 1, "last_contact": "2024-06-10 09:00:00"}


def test_the_power_map_in_figures(trade, mapped, as_user):
	with as_user(MANAGER):
		part = api.profile(trade.top)["relationships"]
	assert part["map"] == {"name": mapped.name, **STRUCTURE}
	scores = part["scores"]
	assert scores["coverage"] == pytest.approx(75)  # (3 x 100 + 1 x 0) / 4
	assert (scores["our_people"], scores["single_threaded"]) == (1, True)
	assert 0 <= scores["rules_met"] <= scores["rules"]


def test_who_may_not_judge_sees_the_structure_of_the_map_only(trade, mapped, as_user):
	for user in (COORDINATOR, READER):
		with as_user(user):
			page = api.profile(trade.top)
		assert page["relationships"]["map"] == {"name": mapped.name, **STRUCTURE}
		assert page["relationships"]["scores"] is None
		assert SENTINEL not in frappe.as_json(page)


def test_the_panel_names_nobody_so_that_no_reading_is_recorded(trade, mapped, as_user):
	with as_user(DIRECTOR):
		part = api.profile(trade.top)["relationships"]
	assert part["scores"]["coverage"] == pytest.approx(75)
	for word in ("Chief", "Anna", SENTINEL, "p1"):
		assert word not in frappe.as_json(part)
	assert not frappe.db.exists("Power Map Reading", {"power_map": mapped.name})


def test_an_account_without_a_map_and_maps_below(trade, as_user):
	assert api.profile(trade.top)["relationships"]["map"] is None
	maps.make_map(trade.low, ["p1"])
	part = api.profile(trade.top)["relationships"]
	assert (part["map"], part["scores"], part["below"]) == (None, None, 1)
	part = api.profile(trade.low)["relationships"]
	assert (part["map"]["people"], part["scores"]["coverage"], part["below"]) == (1, None, 0)
	assert part["map"]["last_contact"] is None


def test_judgements_nobody_can_read_leave_the_panel_its_structure(trade, mapped, monkeypatch):
	monkeypatch.setitem(frappe.local.conf, "encryption_key", "dGhpcyBpcyBhbm90aGVyIGtleSBvZiAzMiBieXRlcyE=")
	part = api.profile(trade.top)["relationships"]
	assert (part["map"]["people"], part["scores"]) == (2, None)


def test_without_the_right_to_read_maps_there_is_no_panel(trade, mapped, monkeypatch):
	monkeypatch.setattr(relationships, "may_read", lambda doctype: False)
	assert api.profile(trade.top)["relationships"] == {
		"doctype": "Power Map", "readable": False, "count": None, "rows": [],
	}  # fmt: skip


# ---------------------------------------------------------------- who sees what


def join(user, account):
	document = frappe.get_doc("Key Account", account)
	document.append("team", {"user": user})
	document.save()


def test_parts_follow_the_right_to_read_their_doctype(trade, as_user):
	join(MANAGER, trade.top)
	with as_user(MANAGER):
		page = api.profile(trade.top)
	assert page["sales"]["net_sales"] == 574
	for key in ("orders", "receivables", "issues", "projects", "opportunities", "quotations"):
		assert page[key] == {
			"doctype": page[key]["doctype"], "readable": False, "count": None, "rows": [],
		}, key  # fmt: skip
	assert page["actions"]["readable"] and page["plan"]["readable"] and page["review"]["readable"]


def test_strangers_get_nothing(trade, as_user):
	for user in (STRANGER, "Guest"):
		with as_user(user), pytest.raises(frappe.PermissionError):
			api.profile(trade.top)


def test_a_team_below_sees_its_own_account_only(trade, as_user):
	join(SELLER, trade.low)
	with as_user(SELLER):
		page = api.profile(trade.low)
		assert page["sales"]["net_sales"] == 270
		with pytest.raises(frappe.PermissionError):
			api.profile(trade.top)


def test_a_user_permission_on_a_customer_fences_every_part(trade, as_user):
	join(SELLER, trade.top)
	for customer, amount in ((trade.first, 1000), (trade.second, 20)):
		b.make_order(customer, service(amount), "2024-06-01")
		insert("Issue", subject=f"Issue {customer}", customer=customer)
		make_contact(f"Person {amount}", customer)
		make_event(f"Meeting {amount}", "2024-07-02 09:00:00", [("Customer", customer)])
	with as_user(SELLER):
		everything = api.profile(trade.top)
	b.allow_only(SELLER, "Customer", trade.second)
	with as_user(SELLER):
		fenced = api.profile(trade.top)
	assert (everything["orders"]["value"], fenced["orders"]["value"]) == (1020, 20)
	assert (everything["issues"]["count"], fenced["issues"]["count"]) == (2, 1)
	assert (everything["contacts"]["count"], fenced["contacts"]["count"]) == (2, 1)
	assert [len(page["calls"]["next"]) for page in (everything, fenced)] == [2, 1]
	assert fenced["customer_names"] == [trade.second]
	assert fenced["sales"]["net_sales"] == 270
	net, _cost = ledger((trade.second,), "2024-01-01", TODAY)
	assert fenced["sales"]["years"][-1]["net_sales"] == net
	assert fenced["receivables"]["value"] < everything["receivables"]["value"]
	assert trade.first not in frappe.as_json(fenced)


def test_a_user_permission_on_a_company_shows_that_company(trade, as_user):
	europe = b.ensure_euro_company()
	b.make_invoice(trade.first, service(70), "2024-05-05", company=europe)
	join(SELLER, trade.top)
	b.allow_only(SELLER, "Company", europe)
	with as_user(SELLER):
		page = api.profile(trade.top)
		hidden = api.profile(trade.top, b.COMPANY)
	assert (page["company"], page["companies"], page["sales"]["net_sales"]) == (europe, [europe], 70)
	assert hidden["sales"]["net_sales"] == 0
	assert hidden["receivables"]["value"] == 0


# ---------------------------------------------------------------- what a page costs


@pytest.fixture
def count_queries(monkeypatch):
	"""Statements the database gets while a page is read from the documents, caches warm."""
	frappe.db.set_single_value("KAM Settings", "keep_sales_facts", 0)

	def count(account):
		api.profile(account)
		statements = []
		send = frappe.db.sql
		monkeypatch.setattr(
			frappe.local.db,
			"sql",
			lambda query, *args, **kwargs: (statements.append(query), send(query, *args, **kwargs))[1],
		)
		api.profile(account)
		monkeypatch.setattr(frappe.local.db, "sql", send)
		return len(statements)

	return count


def copy_rows(doctype, parent, number, **changes):
	"""More of a submitted document, straight into the database."""
	children = [field.options for field in frappe.get_meta(doctype).get_table_fields()]
	original = frappe.get_doc(doctype, parent)
	for index in range(number):
		copy = frappe.copy_doc(original)
		copy.name, copy.docstatus = f"{parent}-{index}", 1
		copy.update({field: original.get(field) for field in ("status", "outstanding_amount", "per_billed")})
		copy.update({key: value(index) for key, value in changes.items()})
		copy.db_insert()
		for child in copy.get_all_children():
			if child.doctype in children:
				child.parent, child.docstatus = copy.name, 1
				child.name = frappe.generate_hash(length=12)
				child.db_insert()


def test_the_number_of_queries_does_not_grow_with_documents(trade, count_queries):
	make_action(trade.top, "One", TODAY)
	b.make_order(trade.first, service(10), "2024-06-01")
	insert("Issue", subject="One", customer=trade.first)
	make_contact("One", trade.first)
	make_event("One", "2024-07-02 09:00:00", [("Customer", trade.first)])
	few = count_queries(trade.top)
	before = api.profile(trade.top)
	invoice = b.make_invoice(trade.first, service(5), "2020-02-02")
	copy_rows(
		"Sales Invoice",
		invoice.name,
		300,
		posting_date=lambda index: add_days("2019-08-01", index * 6),
		due_date=lambda index: add_days("2019-08-01", index * 6),
	)
	copy_rows("Sales Order", b.make_order(trade.first, service(3), "2024-06-02").name, 40)
	for number in range(30):
		make_action(trade.top, f"More {number}", TODAY)
		insert("Issue", subject=f"More {number}", customer=trade.first)
		make_contact(f"More {number}", trade.first)
		make_event(f"More {number}", "2024-07-02 09:00:00", [("Customer", trade.first)])
	after = api.profile(trade.top)
	assert after["receivables"]["count"] == before["receivables"]["count"] + 301
	assert after["orders"]["count"] == before["orders"]["count"] + 41
	assert sum(row["documents"] for row in after["sales"]["years"]) > 250
	assert count_queries(trade.top) == few
	assert few <= MOST_QUERIES


def test_the_number_of_queries_does_not_grow_with_the_people_of_the_map(trade, mapped, count_queries):
	few = count_queries(trade.top)
	assert few <= MOST_QUERIES
	people = [row.as_dict() for row in mapped.people]
	for number in range(40):
		contact = make_contact(f"Mapped {number}", trade.first)
		make_event(f"Talk {number}", "2024-06-20 09:00:00", [("Contact", contact.name)])
		people.append(maps.person(f"m{number}", f"Mapped {number}", "p1", contact=contact.name))
	maps.change_map(mapped.name, people)
	assert api.profile(trade.top)["relationships"]["map"]["people"] == 42
	assert count_queries(trade.top) == few


def test_the_number_of_queries_does_not_grow_with_customers_and_accounts(trade, count_queries):
	few = count_queries(trade.top)
	for number in range(12):
		make_account(
			f"Page Leaf {number}",
			[b.make_customer(f"Page Leaf Clinic {number}").name],
			parent=trade.top,
			level="Regional",
		)
	assert api.profile(trade.top)["sales"]["customers"] == 14
	assert count_queries(trade.top) == few


# ---------------------------------------------------------------- what is gone


def test_the_page_opens_when_what_it_shows_is_gone(trade):
	frappe.rename_doc("Customer", trade.second, "Page Hospital Renamed")
	assert api.profile(trade.top)["customer_names"] == ["Page Clinic", "Page Hospital Renamed"]
	user = b.ensure_user("page.leaver@example.com", ["Key Account Manager"])
	account = frappe.get_doc("Key Account", trade.top)
	account.key_account_manager = user
	account.save()
	make_action(trade.top, "Of somebody who left", TODAY, responsible=user)
	frappe.db.delete("User", {"name": user})
	frappe.db.delete("Customer", {"name": trade.first})
	page = api.profile(trade.top)
	assert page["customer_names"] == ["Page Hospital Renamed"]
	assert page["head"]["people"]["key_account_manager"] == user
	assert page["actions"]["rows"][0]["responsible_name"] == "Page Leaver"


# ---------------------------------------------------------------- profile


def profiled(**fields):
	return make_account(f"Page Profile {frappe.generate_hash(length=5)}", **fields)


TOMORROW = str(date.today() + timedelta(days=2))  # in every time zone


@pytest.mark.parametrize(
	"fields, message",
	[
		({"yearly_spend": 100}, "choose the Currency of the Yearly Spend"),
		({"yearly_spend": -1, "spend_currency": "USD"}, "cannot be negative"),
		(
			{"yearly_spend": 1, "spend_currency": "USD", "spend_as_of": f"{date.today().year + 2}-01-01"},
			"lies after the end of this year",
		),
		({"needs": [{"need": "Speed", "confirmed_on": TOMORROW}]}, "Needs, line 1: .* lies in the future"),
		({"needs": [{"need": "Speed"}, {"need": " speed "}]}, "Needs, line 2: .* stands in line 1"),
		(
			{"customer_goals": [{"kind": "Project", "goal": "New plant", "confirmed_on": TOMORROW}]},
			"line 1: .* lies in the future",
		),
		(
			{"customer_goals": [{"kind": "Project", "goal": "New plant"}, {"kind": "Project", "goal": "New plant"}]},
			"line 2: .* stands in line 1",
		),
		({"value_chain": [{"activity": "Service"}, {"activity": "Service"}]}, "Value Chain, line 2: "),
		({"indicators": [{"indicator": "Employees"}, {"indicator": "employees"}]}, "Indicators, line 2: "),
		(
			{"swot": [{"kind": "Threat", "statement": "x"}, {"kind": "Threat", "statement": "x"}]},
			"SWOT, line 2: ",
		),
	],
)  # fmt: skip
def test_a_profile_that_cannot_be_is_refused(fields, message):
	with pytest.raises(frappe.ValidationError, match=message):
		profiled(**fields)


def test_a_full_profile_is_kept():
	account = profiled(
		yearly_spend=1000,
		spend_currency="EUR",
		spend_as_of=f"{nowdate()[:4]}-12-31",
		needs=[{"need": "Speed", "confirmed_on": nowdate()}, {"need": "Price"}],
		indicators=[
			{"indicator": "Employees", "value": "50", "as_of": "2023-12-31"},
			{"indicator": "Employees", "value": "60", "as_of": "2024-12-31"},
			{"indicator": "Solvency"},
		],
		swot=[{"kind": "Threat", "statement": "x"}, {"kind": "Weakness", "statement": "x"}],
	)
	spend = api.profile(account.name)["wallet"]
	assert (spend["yearly_spend"], spend["currency"]) == (1000, "EUR")
	assert api.profile(profiled().name)["wallet"] is None


def test_a_need_is_confirmed_by_a_contact_of_the_account(first, second):
	ours, below = make_contact("Ours", first), make_contact("Below", second)
	strange = make_contact("Strange", b.make_customer("Page Strange").name)
	account = make_account("Page Needs", [first])
	make_account("Page Needs Branch", [second], parent=account.name, level="Regional")
	account = reload(account)
	account.append("needs", {"need": "Speed", "contact": ours.name})
	account.append("needs", {"need": "Quality", "contact": below.name})
	account.save()
	account.append("needs", {"need": "Price", "contact": strange.name})
	with pytest.raises(frappe.ValidationError, match=r"Needs, line 3: .* is not a contact of a customer"):
		account.save()
	# a contact that moves on later does not stop the account from being saved
	frappe.db.delete("Dynamic Link", {"parent": ours.name})
	account = reload(account)
	account.overview = "Still to be saved"
	account.save()


# ---------------------------------------------------------------- relationship stage


def stages(account):
	return [(row.stage_today, row.stage_aimed, row.note) for row in reload(account).stage_history]


def test_every_change_of_a_stage_is_kept_with_its_evidence():
	account = profiled(stage_today="Key Supplier", stage_note="Framework contract signed")
	assert stages(account) == [("Key Supplier", None, "Framework contract signed")]
	account = reload(account)
	assert not account.stage_note
	account.overview = "No stage changes here"
	account.save()
	assert len(stages(account)) == 1
	account.update({"stage_aimed": "Development Partner"}).save()
	account.update({"stage_note": "Confirmed in the yearly talk"}).save()  # evidence for the same stage
	account.update({"stage_today": None, "stage_aimed": None}).save()
	assert stages(account)[1:] == [
		("Key Supplier", "Development Partner", None),
		("Key Supplier", "Development Partner", "Confirmed in the yearly talk"),
		(None, None, None),
	]
	assert {row.changed_by for row in reload(account).stage_history} == {"Administrator"}


def test_clients_cannot_write_the_history_of_stages():
	account = reload(profiled(stage_today="Key Supplier"))
	account.stage_history[0].stage_today = "Strategic Partnership"
	account.append("stage_history", {"stage_today": "Strategic Partnership", "note": "made up"})
	account.save()
	assert stages(account) == [("Key Supplier", None, None)]
	account.set("stage_history", [])
	account.save()
	assert stages(account) == [("Key Supplier", None, None)]
	made = profiled(stage_history=[{"stage_today": "Strategic Partnership"}])
	assert stages(made) == []


# ---------------------------------------------------------------- SWOT becomes action


SWOT = [
	{"kind": "Weakness", "statement": "They do not know our service", "importance": "High"},
	{"kind": "Opportunity", "statement": "A new plant opens in spring"},
]


def turn(account, *lines, **values):
	rows = [account.swot[line].name for line in lines]
	values = {"responsible": "Administrator", "end_date": add_days(nowdate(), 20), **values}
	return api.swot_to_actions(account.name, rows, **values)


def test_a_swot_line_becomes_an_action_once():
	account = profiled(swot=SWOT)
	(name,) = turn(account, 0, subject="Present the service team", priority="High", description="In May")
	action = frappe.get_doc("Key Account Action", name)
	assert (action.subject, action.priority, action.key_account) == (
		"Present the service team", "High", account.name,
	)  # fmt: skip
	assert (action.origin, action.origin_doctype, action.origin_name) == ("SWOT", "Key Account", account.name)
	assert action.origin_text == "Weakness: They do not know our service"
	assert [row.action for row in reload(account).swot] == [name, None]
	with pytest.raises(frappe.ValidationError, match=f"line 1: action {name} was made from it already"):
		turn(account, 0)


def test_several_lines_become_several_actions_or_none():
	account = profiled(swot=SWOT)
	with pytest.raises(frappe.ValidationError, match="must be a list of names"):
		api.swot_to_actions(account.name, '"x"', "Administrator", nowdate())
	with pytest.raises(frappe.ValidationError, match="lines of the SWOT that have been saved"):
		api.swot_to_actions(account.name, [account.swot[0].name, "gone"], "Administrator", nowdate())
	assert not frappe.db.exists("Key Account Action", {"key_account": account.name})
	lines = frappe.as_json([row.name for row in account.swot])  # as the desk sends a list
	made = api.swot_to_actions(account.name, lines, "Administrator", add_days(nowdate(), 20))
	assert [frappe.db.get_value("Key Account Action", name, "subject") for name in made] == [
		"They do not know our service", "A new plant opens in spring",
	]  # fmt: skip
	assert [row.action for row in reload(account).swot] == made


def test_the_line_keeps_its_action_whatever_a_client_sends():
	account = profiled(swot=SWOT)
	(name,) = turn(account, 0)
	account = reload(account)
	account.swot[0].action = None
	account.swot[1].action = name
	account.save()
	assert [row.action for row in reload(account).swot] == [name, None]
	# as an import sends rows: without their names
	account = reload(account)
	account.set("swot", [dict(SWOT[1]), dict(SWOT[0])])
	account.save()
	assert [row.action for row in reload(account).swot] == [None, name]


def test_a_deleted_action_leaves_the_line():
	account = profiled(swot=SWOT)
	(name,) = turn(account, 0)
	frappe.delete_doc("Key Account Action", name)
	assert [row.action for row in reload(account).swot] == [None, None]
	turn(reload(account), 0)


def test_who_may_not_change_the_account_makes_no_action_of_its_swot(as_user):
	account = profiled(swot=SWOT, team=[COORDINATOR])
	for user in (STRANGER, MANAGER):
		with as_user(user), pytest.raises(frappe.PermissionError):
			turn(account, 0)
	with as_user(COORDINATOR):
		assert len(turn(account, 0)) == 1
		with pytest.raises(frappe.ValidationError):
			actions_from_swot(reload(account), [], responsible=COORDINATOR, end_date=nowdate())


def test_a_long_statement_keeps_its_text():
	statement = "Their buyers change every year and nobody hands over what was agreed with us. " * 3
	account = profiled(swot=[{"kind": "Weakness", "statement": statement}])
	(name,) = turn(account, 0)
	action = frappe.get_doc("Key Account Action", name)
	assert len(action.subject) <= 140
	assert action.origin_text == f"Weakness: {statement}"
