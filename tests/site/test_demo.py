"""The demonstration company: created once for this module, looked at by every role, and taken away without a trace."""

from collections import Counter
from datetime import date, timedelta

import frappe
import pytest
from erpnext.accounts.utils import get_fiscal_year
from frappe.desk.form import assign_to
from frappe.query_builder.functions import Min, Sum
from frappe.utils import flt, getdate
from frappe.utils.password import check_password

from kam_erpnext import demo
from kam_erpnext.api import demo as api
from kam_erpnext.api.selection import CHANGES
from kam_erpnext.data import intelligence, performance, profitability, sales
from kam_erpnext.data.accounts import level_ranks
from kam_erpnext.data.performance_rows import total_of
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.demo import company, world
from kam_erpnext.demo.history import make_history
from kam_erpnext.demo.register import Register
from kam_erpnext.demo.removal import DemonstrationInUseError
from kam_erpnext.engine.periods import Period
from kam_erpnext.power_map import judgements, scores
from tests.harness import frappe_session
from tests.site import builders as b

PASSWORD = "Halden-Test-2619"
# a day on which the history is known to hold everything that is looked for
TODAY = date(2026, 6, 17)
# counters, and what Frappe logs whatever happens
NOT_COMPARED = {
	"tabSeries", "tabError Log", "tabScheduled Job Log", "tabActivity Log", "tabAccess Log", "tabComment",
	# made by a worker from the documents, whenever it comes to it
	"tabKey Account Sales Month", "tabKey Account Sales Change",
	# version 16 writes down who was given which right, also when it is taken away
	"tabPermission Log",
}  # fmt: skip


def row_counts() -> dict[str, int]:
	return {
		table: frappe.db.sql(f"select count(*) from `{table}`")[0][0]
		for table in frappe.db.get_tables(cached=False)
		if table not in NOT_COMPARED
	}


@pytest.fixture(scope="module")
def demonstration(site_connection):
	"""The result of `create`, with the row counts before it; the whole database is put back at the end."""
	frappe_session.forget_request()
	point = frappe_session.SitePoint()
	before = row_counts()
	settings = frappe.db.get_single_value("KAM Settings", "company")
	stages = []
	try:
		result = demo.create(
			progress=lambda percent, text: stages.append((percent, text)), password=PASSWORD, today=TODAY
		)
		yield frappe._dict(result, before=before, settings=settings, stages=stages)
	finally:
		point.return_to()


@pytest.fixture
def accounts(demonstration):
	return frappe.get_all("Key Account", {"name": ("in", Register.load().names("Key Account"))}, ["*"])


def last_year_sales() -> dict[str, float]:
	end = TODAY
	frame = sales.net_sales(SalesFilters(world.COMPANY), Period(end - timedelta(days=365), end))
	return dict(zip(frame["customer"], frame["net_sales"], strict=True))


# ---- the plan, before anything is on a site ----------------------------------------------------------------------


@pytest.mark.parametrize(
	"today", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 7, 31), date(2027, 3, 1), date(2026, 11, 22)]
)
def test_history_of_any_day(today):
	history = make_history(today)
	invoices = [sale for sale in history.sales if sale.kind != "order"]
	assert 800 <= len(invoices) <= 1100
	assert 150 <= len(history.customers) and any(customer.silent for customer in history.customers)
	assert max(sale.day for sale in history.sales) < today
	assert all(sale.day >= history.first for sale in history.sales)
	earlier = [sale for sale in history.sales if sale.day < history.start]
	assert len(earlier) >= 100 and history.start - history.first >= timedelta(days=365)
	coming = [sale.due_on for sale in history.sales if sale.due_on and sale.due_on >= today]
	assert len(coming) >= 15 and max(coming) > today + timedelta(days=120)
	assert all(not sale.paid_on or sale.day < sale.paid_on < today for sale in history.sales)
	assert all(not sale.returned_on or sale.day <= sale.returned_on < today for sale in history.sales)
	stock = Counter()
	deliveries = [(p.day, 0, [(code, qty) for code, qty, _cost in p.lines]) for p in history.purchases]
	removals = [(s.day, 1, [(line.item, -line.qty) for line in s.lines]) for s in history.sales]
	for day, _order, lines in sorted(deliveries + removals, key=lambda entry: entry[:2]):
		for item, qty in lines:
			stock[item] += qty
			assert stock[item] >= 0, f"{item} sold out on {day}"


def test_history_is_the_same_every_time():
	first, second = (make_history(date(2026, 11, 22)) for _ in range(2))
	assert [(s.day, s.customer.name, s.amount) for s in first.sales] == [
		(s.day, s.customer.name, s.amount) for s in second.sales
	]


# ---- what is in it -----------------------------------------------------------------------------------------------


@pytest.mark.commits
def test_counts_and_progress(demonstration):
	counts = demonstration.counts
	assert counts["customers"] >= 150
	assert 800 <= counts["Sales Invoice"] <= 1100
	assert counts["Sales Order"] >= 60 and counts["Delivery Note"] >= 30 and counts["Payment Entry"] >= 400
	assert counts["Key Account"] >= 25 and counts["Key Account Selection"] == 2
	assert counts["Key Account Nomination"] == 6 and counts["Market Estimate"] >= 100
	percents = [percent for percent, _text in demonstration.stages]
	assert percents == sorted(percents) and percents[-1] == 100 and len(percents) < 25


@pytest.mark.commits
def test_books_are_in_order(demonstration):
	entry = frappe.qb.DocType("GL Entry")
	debit, credit = (
		frappe.qb.from_(entry)
		.select(Sum(entry.debit), Sum(entry.credit))
		.where(entry.company == world.COMPANY)
		.run()[0]
	)
	assert flt(debit - credit, 2) == 0
	bin_table, warehouse = frappe.qb.DocType("Bin"), frappe.qb.DocType("Warehouse")
	value, lowest = (
		frappe.qb.from_(bin_table)
		.inner_join(warehouse)
		.on(warehouse.name == bin_table.warehouse)
		.select(Sum(bin_table.stock_value), Min(bin_table.actual_qty))
		.where(warehouse.company == world.COMPANY)
		.run()[0]
	)
	assert value > 0 and lowest >= 0
	statuses = Counter(frappe.get_all("Sales Invoice", {"company": world.COMPANY}, pluck="status"))
	assert {"Paid", "Overdue", "Return"} <= set(statuses) and "Draft" not in statuses
	returns = frappe.db.count("Sales Invoice", {"company": world.COMPANY, "is_return": 1})
	assert 0.02 <= returns / sum(statuses.values()) <= 0.04
	orders = Counter(frappe.get_all("Sales Order", {"company": world.COMPANY}, pluck="status"))
	assert {"Completed", "To Deliver and Bill", "To Bill"} == set(orders)


@pytest.mark.commits
def test_a_fifth_of_the_customers_makes_most_of_the_sales(demonstration):
	amounts = sorted(last_year_sales().values(), reverse=True)
	assert 0.7 <= sum(amounts[: len(amounts) // 5]) / sum(amounts) <= 0.85


@pytest.mark.commits
def test_customers_of_every_kind(demonstration):
	names = Counter(
		frappe.get_all("Customer", {"name": ("in", Register.load().names("Customer"))}, pluck="customer_name")
	)
	assert [name for name, count in names.items() if count > 1] == [world.SAME_NAME[0]]
	now = last_year_sales()
	ever = set(frappe.get_all("Sales Invoice", {"company": world.COMPANY, "docstatus": 1}, pluck="customer"))
	customers = set(Register.load().names("Customer"))
	assert len(customers - ever) >= 8, "customers without sales"
	assert len(ever - set(now)) >= 5, "customers lost"


@pytest.mark.commits
def test_territories_have_four_levels(demonstration):
	leaf = frappe.get_doc("Territory", "Germany North")
	chain = [leaf.name]
	while chain[-1] != world.ROOT_TERRITORY:
		chain.append(frappe.db.get_value("Territory", chain[-1], "parent_territory"))
	assert chain == ["Germany North", "Halden Germany", "Halden Europe", "Halden World"]


@pytest.mark.commits
def test_selections(demonstration):
	before, now = frappe.get_all("Key Account Selection", {"company": world.COMPANY}, ["*"], order_by="as_of")
	assert (before.workflow_state, before.docstatus) == ("Approved", 1)
	assert before.owner == world.OPERATIONS and before.approved_by == world.DIRECTOR
	assert before.to_date < now.from_date + timedelta(days=40)
	assert (now.workflow_state, now.docstatus) == ("To Validate", 0) and now.name == demonstration.selection
	lines = frappe.get_all(
		"Key Account Selection Line", {"selection": now.name}, ["proposal", "decision", "assessment"]
	)
	proposals = Counter(line.proposal for line in lines)
	assert set(CHANGES) <= set(proposals), proposals
	changes = Counter(bool(line.decision) for line in lines if line.proposal in CHANGES)
	assert changes[True] >= 3 and changes[False] >= 3
	open_judgements = frappe.get_all(
		"Key Account Assessment", {"selection": now.name}, pluck="open_judgements"
	)
	assert min(open_judgements) == 0 < max(open_judgements)


@pytest.mark.commits
def test_accounts_in_their_tree(accounts):
	ranks = level_ranks()
	by_name = {account.name: account for account in accounts}
	assert {account.level for account in accounts} == {"Global", "National", "Regional", "Territory"}
	assert {account.status for account in accounts} == {"Active", "Candidate", "On Watch", "Retired"}
	for account in accounts:
		parent = by_name.get(account.parent_key_account)
		assert not parent or ranks[parent.level] <= ranks[account.level]
	deepest = next(account for account in accounts if account.account_name == "Orvendal Klinikum Falkenau")
	chain = []
	while deepest:
		chain.append(deepest.level)
		deepest = by_name.get(deepest.parent_key_account)
	assert chain == ["Territory", "Regional", "National", "Global"]
	assert sum(bool(account.stage_today and account.key_account_manager) for account in accounts) >= 25


@pytest.mark.commits
def test_nominations_in_every_state(demonstration):
	states = Counter(
		frappe.get_all("Key Account Nomination", {"company": world.COMPANY}, pluck="workflow_state")
	)
	assert states == {"Nominated": 3, "Confirmed": 2, "Rejected": 1}
	for row in frappe.get_all("Key Account Nomination", {"company": world.COMPANY}, ["*"]):
		assert row.decided_by != row.owner
		assert bool(row.rejection_reason) == (row.workflow_state == "Rejected")
		assert bool(row.key_account) == (row.workflow_state == "Confirmed")


@pytest.mark.commits
def test_plans_in_every_state(demonstration, accounts):
	plans = frappe.get_all("Key Account Plan", {"company": world.COMPANY}, ["*"])
	states = Counter(plan.status for plan in plans)
	assert {
		"Draft", "In Review", "Rejected", "Approved", "In Execution", "Closed", "Superseded"
	} == set(states)  # fmt: skip
	for plan in plans:
		assert plan.docstatus == {"Superseded": 2}.get(
			plan.status, int(plan.status not in ("Draft", "In Review", "Rejected"))
		)
		assert plan.total_target > 0 and plan.title
		assert bool(plan.approved_by) == (plan.docstatus > 0)
		assert plan.approved_by != plan.prepared_by
		assert bool(plan.rejection_reason) or plan.status != "Rejected"
	in_execution = [plan.name for plan in plans if plan.status == "In Execution"]
	actions = Counter(frappe.get_all("Key Account Action", {"plan": ("in", in_execution)}, pluck="status"))
	assert {"Planned", "In Progress", "Done"} <= set(actions)


@pytest.mark.commits
def test_business_reviews(demonstration):
	reviews = frappe.get_all("Key Account Business Review", {"company": world.COMPANY}, ["*"])
	assert Counter(review.docstatus for review in reviews) == {1: 2, 0: 1}
	for review in reviews:
		document = frappe.get_doc("Key Account Business Review", review.name)
		figures = {row.key: row for row in document.figures}
		assert figures["net_sales"].value > 0
		if review.docstatus:
			assert all(row.action for row in document.decisions) and document.attendees


@pytest.mark.commits
def test_power_maps(demonstration, accounts):
	names = {account.name: account.account_name for account in accounts}
	maps = frappe.get_all("Power Map", {"key_account": ("in", list(names))}, ["*"])
	current = {
		names[row.key_account]: frappe.get_doc("Power Map", row.name)
		for row in maps
		if row.is_current and not row.opportunity
	}
	assert demonstration.counts["Power Map"] == sum(row.is_current for row in maps) >= 20
	assert max(row.people_count for row in maps) >= 60 and min(row.people_count for row in maps) >= 6
	assert any(row.opportunity for row in maps)
	versions = [row for row in maps if not row.is_current]
	assert len(versions) >= 6 and all(row.version_date < TODAY for row in versions)
	kinds = Counter(person.kind for doc in current.values() for person in doc.people)
	assert len(kinds) == 5 and kinds["Person at the Customer"] > sum(kinds.values()) / 2
	contacts = {person.contact for doc in current.values() for person in doc.people} - {None, ""}
	assert contacts <= set(Register.load().names("Contact"))
	lines = Counter(link["kind"] for doc in current.values() for link in judgements.plain(doc)["links"])
	assert set(lines) == {"Influence", "Conflict", "Competitor Contact"}
	assert not frappe.db.exists("Power Map Reading", {"key_account": ("in", list(names))})
	# what the scores are to show: threads, champions, a trend
	single = scores.scores(current["Brackmere Kingsmere Hospital"])
	assert single["threads"]["single"] and single["coverage"]["value"] is not None
	assert "no_champion" in {
		row["key"] for row in scores.scores(current["Ondaria Policlinico Lagonero"])["warnings"]
	}
	for doc in current.values():
		taken = frappe.get_all(
			"Power Map Snapshot", {"power_map": doc.name}, pluck="taken_on", order_by="taken_on"
		)
		assert len(taken) >= 10 and taken[-1] == TODAY


def living(accounts):
	return {account.name for account in accounts if account.status != "Retired"}


@pytest.mark.commits
def test_opportunities_at_every_gate(demonstration, accounts):
	deals = frappe.get_all("Key Account Opportunity", {"company": world.COMPANY}, ["*"])
	assert demonstration.counts["Key Account Opportunity"] == len(deals) >= 50
	with_customers = {name for name in living(accounts) if customers_of(name)}
	assert {deal.key_account for deal in deals} == with_customers
	assert Counter(deal.status for deal in deals).keys() == {"Open", "On Hold", "Won", "Lost", "Dropped"}
	assert {deal.kind for deal in deals} == {"Idea", "Key Project"}
	assert {deal.current_gate_number for deal in deals if deal.status == "Open"} >= {0, 1, 2, 3, 4, 5, 6}
	assert any(deal.quick_win for deal in deals) and min(deal.priority_known for deal in deals) < 100
	for deal in deals:
		assert getdate(deal.creation) < TODAY and deal.amount > 0 and deal.profit_known > 0
		assert (deal.closed_on or TODAY) <= TODAY
		if deal.status == "Won":
			assert deal.ordered > 0 and deal.phase == "Order"
		document = frappe.get_doc("Key Account Opportunity", deal.name)
		passed = [row for row in document.gates if row.outcome == "Pass"]
		days = [row.decided_on for row in passed]
		assert days == sorted(days) and all(day <= TODAY for day in days)
		assert all(row.evidence for row in passed if row.evidence_required)
		if deal.status in ("Won", "Lost"):
			assert document.reasons and document.lessons
	quoted = frappe.get_all("Quotation", {"kam_opportunity": ("in", [deal.name for deal in deals])})
	ordered = frappe.get_all("Sales Order", {"kam_opportunity": ("in", [deal.name for deal in deals])})
	assert len(quoted) > len(ordered) >= 4


@pytest.mark.commits
def test_wallets_of_all_accounts(demonstration, accounts):
	wallets = frappe.get_all("Key Account Wallet", {"company": world.COMPANY}, ["*"])
	assert demonstration.counts["Key Account Wallet"] == len(wallets)
	own = {
		row.parent
		for row in frappe.get_all("Key Account Customer", {"parenttype": "Key Account"}, ["parent"])
	}
	for year in (TODAY.year - 1, TODAY.year):
		found = {row.key_account for row in wallets if row.year == year}
		assert found == living(accounts) & own
	assert {row.state for row in wallets} == {"Potential", "Competitor", "Internal", "Blocked"}
	cells = 6 * len({(row.key_account, row.customer, row.year) for row in wallets})
	assert 0.7 < len(wallets) / cells < 0.95, "some cells are not known"
	shares = frappe.get_all(
		"Key Account Wallet Share", {"parent": ("in", [row.name for row in wallets])}, ["*"]
	)
	assert any(not share.amount_known for share in shares) and any(share.contract_end for share in shares)
	assert {share.supplier_kind for share in shares} == {"Competitor", "Made by the Customer"}


@pytest.mark.commits
def test_market_notes_of_every_kind(demonstration, accounts):
	names = Register.load().names("Market Intelligence")
	notes = [frappe.get_doc("Market Intelligence", name) for name in names]
	assert demonstration.counts["Market Intelligence"] == len(notes) >= 15
	kinds = frappe.get_meta("Market Intelligence").get_field("kind").options.split("\n")
	assert {note.kind for note in notes} == set(kinds) - {""}
	assert {note.confidentiality for note in notes} == {"Everybody", "Programme", "Account Team"}
	assert any(note.origin_name for note in notes) and any(note.owner == world.MANAGER_UK for note in notes)
	assert all(getdate(note.creation) == note.noted_on < TODAY for note in notes)
	current = intelligence.current_notes(today=TODAY)
	assert len(current) < len(notes), "one has expired"
	reached = {
		match.account
		for found in intelligence.found_for([row for row in current if row["territory"]], [*living(accounts)])
		for match in found.matches
	}
	assert len(reached) >= 20
	with frappe_session.as_user(world.MANAGER_UK):
		seen = set(frappe.get_list("Market Intelligence", pluck="title", limit_page_length=0))
	assert any("Birmingham" in title for title in seen)
	assert not any("Purchasing of all sites" in title or "supplier may be sold" in title for title in seen)


def customers_of(account: str) -> list[str]:
	lft, rgt = frappe.db.get_value("Key Account", account, ["lft", "rgt"])
	below = frappe.get_all("Key Account", {"lft": (">=", lft), "rgt": ("<=", rgt)}, pluck="name")
	return frappe.get_all("Key Account Customer", {"parent": ("in", below)}, pluck="customer")


@pytest.mark.commits
def test_profiles(demonstration, accounts):
	filled = [
		account
		for account in (frappe.get_doc("Key Account", row.name) for row in accounts)
		if account.overview
	]
	assert len(filled) >= 8
	for account in filled:
		assert account.swot and account.needs and account.indicators and account.value_chain
		assert any(need.confirmed_on for need in account.needs)


# ---- figures of the roll-up --------------------------------------------------------------------------------------


@pytest.mark.commits
def test_employees_report_to_the_director(demonstration):
	people = {
		row.user_id: row
		for row in frappe.get_all("Employee", {"company": world.COMPANY}, ["*"])
		if row.user_id
	}
	director = people[world.DIRECTOR].name
	below = {user for user, row in people.items() if row.reports_to == director}
	assert below == {world.MANAGER_ONE, world.MANAGER_TWO, world.MANAGER_UK, world.COORDINATOR}
	assert not frappe.db.exists("User Permission", {"allow": "Employee", "user": ("in", list(people))})


@pytest.mark.commits
def test_targets_for_two_fiscal_years(demonstration):
	year = get_fiscal_year(TODAY, company=world.COMPANY, as_dict=True)
	period = Period(getdate(year.year_start_date), TODAY)
	for doctype, field, count in (("Sales Person", "sales_person", 7), ("Territory", "territory", 16)):
		rows = frappe.get_all(
			"Target Detail",
			{"parenttype": doctype, "parent": ("in", Register.load().names(doctype))},
			["parent", "fiscal_year", "target_amount", "distribution_id"],
		)
		years = Counter(row.fiscal_year for row in rows)
		assert len(years) == 2 and min(years.values()) >= count and year.name in years
		assert all(row.target_amount > 0 and row.distribution_id for row in rows)
		target = sum(row.target_amount for row in rows if row.fiscal_year == year.name)
		share = (period.end - period.start).days / 365
		sold = sales.net_sales(SalesFilters(world.COMPANY), period, by=(field,))["net_sales"].sum()
		assert 0.7 < sold / (target * share) < 1.4


@pytest.mark.commits
def test_what_serving_customers_costs(demonstration):
	rates = frappe.get_all("KAM Cost Rate", {"for_company": world.COMPANY}, ["rate", "from_date", "driver"])
	assert len(rates) >= 10 and all(row.rate > 0 and row.from_date < TODAY for row in rates)
	issues = frappe.get_all("Issue", {"company": world.COMPANY}, ["status", "opening_date"])
	assert {issue.status for issue in issues} == {"Open", "Closed"} and len(issues) >= 150
	assert all(getdate(issue.opening_date) < TODAY for issue in issues)
	shipments = frappe.get_all(
		"Shipment", {"pickup_company": world.COMPANY}, ["docstatus", "shipment_amount"]
	)
	assert len(shipments) >= 100 and all(row.docstatus == 1 and row.shipment_amount > 0 for row in shipments)
	hours = frappe.get_all("Timesheet", {"company": world.COMPANY, "docstatus": 1}, ["*"])
	assert all(row.base_total_costing_amount > 0 and row.employee for row in hours)
	assert sum(bool(row.kam_plan) for row in hours) >= 60 and sum(not row.kam_plan for row in hours) >= 60
	filters = SalesFilters(world.COMPANY, user="Administrator")
	frame = profitability.read_profit(filters, Period(TODAY - timedelta(days=365), TODAY)).frame
	loss = -frame.loc[frame["cm2"] < 0, "cm2"].sum()
	total = frame["cm2"].sum()
	assert 0.2 < total / frame["net_sales"].sum() < 0.4
	assert 0.02 < loss / total < 0.3 and (frame["cm2"] < 0).sum() >= 10


@pytest.mark.commits
def test_forecast_and_targets_of_key_accounts(demonstration):
	question = performance.Question(
		(world.COMPANY,),
		frappe.db.get_value("Company", world.COMPANY, "default_currency"),
		Period(date(TODAY.year, 1, 1), date(TODAY.year + 1, 1, 1)),
		TODAY,
		only_accounts=True,
	)
	total = total_of(performance.read(question))
	for part in ("actual", "orders", "pipeline", "target", "last_year"):
		assert total[part] > 0, part
	assert 60 < total["pace"] < 150


@pytest.mark.commits
def test_snapshots_of_a_year_and_alarms(demonstration, accounts):
	snapshots = frappe.get_all(
		"Key Account Snapshot",
		{"company": world.COMPANY, "key_account": ("in", list(living(accounts)))},
		["key_account", "snapshot_date", "health"],
	)
	days = sorted({row.snapshot_date for row in snapshots})
	assert len(days) >= 12 and days[-1] == TODAY - timedelta(days=1)
	assert days[0] < TODAY - timedelta(days=330)
	assert demonstration.counts["Key Account Snapshot"] == len(snapshots) >= 12 * 25
	last = {row.key_account: row.health for row in snapshots if row.snapshot_date == days[-1]}
	# on a site with a company of its own only accounts that buy have one of the demonstration
	assert len(last) >= 25 and set(last) <= living(accounts)
	assert min(last.values()) < 50 and max(last.values()) > 80
	alarms = frappe.get_all("Key Account Alarm", {"company": world.COMPANY}, ["kind", "since", "status"])
	assert len({alarm.kind for alarm in alarms}) >= 3 and len({alarm.since for alarm in alarms}) >= 2
	assert all(alarm.since < TODAY for alarm in alarms)
	assert any(alarm.status == "Open" for alarm in alarms)


@pytest.mark.commits
def test_incentives_are_seen_by_the_person_and_the_director(demonstration):
	managers = {world.MANAGER_ONE, world.MANAGER_TWO, world.MANAGER_UK}
	statements = {
		row.user: row for row in frappe.get_all("Key Account Incentive", {"company": world.COMPANY}, ["*"])
	}
	assert set(statements) == managers
	assert all(0 < row.amount <= 1.5 * row.at_target for row in statements.values())
	for user in managers:
		assert seen("Key Account Incentive", user) == {statements[user].name}
	everything = {row.name for row in statements.values()}
	assert seen("Key Account Incentive", world.DIRECTOR) == everything
	assert seen("Key Account Incentive", world.OPERATIONS) == everything
	for user in (world.READER, world.SPONSOR, world.COORDINATOR):
		try:
			assert not seen("Key Account Incentive", user)
		except frappe.PermissionError:
			continue  # has no role for it


# ---- who sees what -----------------------------------------------------------------------------------------------


def seen(doctype: str, email: str) -> set[str]:
	with frappe_session.as_user(email):
		return set(frappe.get_list(doctype, pluck="name", limit_page_length=0))


@pytest.mark.commits
@pytest.mark.parametrize("email", world.USERS)
def test_every_login_works_and_sees_key_accounts(demonstration, email):
	login = next(login for login in demonstration.logins if login[0] == email)
	assert check_password(email, login[1]) == email
	assert login[2] in frappe.get_roles(email) and login[3]
	assert seen("Key Account", email)
	assert frappe.defaults.get_user_default("company", email) == world.COMPANY


@pytest.mark.commits
def test_roles_see_what_they_should(accounts):
	everything = {account.name for account in accounts}
	for email in (world.OPERATIONS, world.DIRECTOR, world.READER):
		assert seen("Key Account", email) >= everything
	for email in (world.MANAGER_ONE, world.MANAGER_TWO, world.MANAGER_UK, world.COORDINATOR):
		assert len(seen("Key Account", email)) < len(everything)
	sponsored = {account.name for account in accounts if account.executive_sponsor == world.SPONSOR}
	below = {
		account.name
		for account in accounts
		if any(
			root.lft <= account.lft and root.rgt >= account.rgt for root in accounts if root.name in sponsored
		)
	}
	assert len(sponsored) == 2 and seen("Key Account", world.SPONSOR) == below


@pytest.mark.commits
def test_fenced_manager_sees_one_country(demonstration):
	kingdom = {"England", "Scotland and Wales"}
	customers = seen("Customer", world.MANAGER_UK)
	assert customers
	assert set(frappe.get_all("Customer", {"name": ("in", list(customers))}, pluck="territory")) <= kingdom
	end = TODAY
	filters = SalesFilters(world.COMPANY, user=world.MANAGER_UK)
	frame = sales.net_sales(filters, Period(end - timedelta(days=365), end), by=("territory",))
	assert set(frame["territory"]) <= kingdom and frame["net_sales"].sum() > 0


@pytest.mark.commits
@pytest.mark.parametrize("email", [world.OPERATIONS, world.MANAGER_ONE, world.READER])
def test_customers_of_the_site_stay_hidden(demonstration, email):
	if not demonstration.before["tabCustomer"]:
		pytest.skip("this site has no customers of its own")
	assert seen("Customer", email) <= set(Register.load().names("Customer"))
	with frappe_session.as_user(email):
		assert frappe.get_list("Company", pluck="name") == [world.COMPANY]


# ---- again, and away ---------------------------------------------------------------------------------------------


@pytest.mark.commits
def test_creating_twice_changes_nothing(demonstration):
	before = row_counts()
	again = demo.create(progress=lambda *_: None)
	assert "already" in again["message"]
	assert again["counts"] == demonstration.counts
	assert {login[1] for login in again["logins"]} == {None}
	assert row_counts() == before


@pytest.mark.commits
def test_is_not_deleted_while_others_use_it(demonstration, site_point):
	customer = Register.load().names("Customer")[0]
	invoice = b.make_invoice(customer, [(b.ensure_service_item(), 1, 100)], "2019-06-15")
	frappe.db.commit()
	before = row_counts()
	with pytest.raises(DemonstrationInUseError, match=invoice.name):
		demo.delete(progress=lambda *_: None)
	assert row_counts() == before and frappe.db.exists("Company", world.COMPANY)


@pytest.mark.commits
def test_deleting_leaves_everything_as_it_was(demonstration):
	"""The last one: what a user adds inside the demonstration goes as well."""
	with frappe_session.as_user(world.MANAGER_ONE):
		account = frappe.get_list("Key Account", {"status": "Active"}, pluck="name", limit=1)[0]
		frappe.get_doc("Key Account", account).add_comment("Comment", "Called today")
		assign_to.add({"doctype": "Key Account", "name": account, "assign_to": [world.MANAGER_ONE]})
		for scope in ({}, {"territory": world.ROOT_TERRITORY}, {"key_account": account}):
			frappe.get_doc(
				{"doctype": "Market Intelligence", "title": "Heard today", "kind": "Event", **scope}
			).insert()
	frappe.db.commit()
	told = demo.delete(progress=lambda *_: None)
	assert "removed" in told["message"]
	assert not frappe.db.exists("Comment", {"content": ("like", "%Called today%")})
	after = row_counts()
	own = {"tabTest Service"}
	different = {
		table: (demonstration.before.get(table), rows)
		for table, rows in after.items()
		if rows != demonstration.before.get(table) and table not in own
	}
	assert different == {}
	assert frappe.db.get_single_value("KAM Settings", "company") == demonstration.settings
	assert not Register.load() and "no demonstration" in demo.delete(progress=lambda *_: None)["message"]


# ---- without the demonstration -----------------------------------------------------------------------------------


def test_what_an_interruption_left_is_removed_first(monkeypatch):
	def interrupted(progress, password, today):
		register = Register()
		register.make(
			"Territory", territory_name="Halden Leftover", parent_territory=b.get_root_of("Territory")
		)
		company.commit(register)
		raise KeyboardInterrupt

	monkeypatch.setattr(company, "build", interrupted)
	with pytest.raises(KeyboardInterrupt):
		demo.create(progress=lambda *_: None)
	assert Register.load().state == "incomplete" and frappe.db.exists("Territory", "Halden Leftover")

	monkeypatch.setattr(company, "build", lambda *_: Register({"state": "complete"}))
	monkeypatch.setattr(company, "counts", dict)
	demo.create(progress=lambda *_: None)
	assert not frappe.db.exists("Territory", "Halden Leftover")


def test_site_with_frozen_postings_is_refused():
	# in version 16 each company freezes its own accounts
	accounts = frappe.get_meta("Accounts Settings").has_field("acc_frozen_upto")
	settings = (
		("Accounts Settings", "acc_frozen_upto") if accounts else ("Stock Settings", "stock_frozen_upto")
	)
	frappe.db.set_single_value(*settings, getdate())
	with pytest.raises(company.DemonstrationError, match="freezes postings"):
		demo.create(progress=lambda *_: None)


def test_foreign_records_of_the_same_name_are_respected():
	b.ensure_user(world.READER, ["Sales User"])
	with pytest.raises(company.DemonstrationError, match=world.READER):
		demo.create(progress=lambda *_: None)


class TestEndpoint:
	@pytest.fixture(autouse=True)
	def queue(self, monkeypatch):
		"""What would be queued; permissions are checked as outside tests."""
		self.queued = []

		def enqueue(method, **options):
			if method is api.run:  # making a user queues jobs of Frappe's own
				self.queued.append(options)

		monkeypatch.setattr(frappe, "enqueue", enqueue)
		monkeypatch.setitem(frappe.local.flags, "in_test", False)

	@pytest.mark.parametrize("task", ["create", "delete"])
	def test_needs_a_role(self, task):
		b.ensure_user("demo.reader@example.com", ["KAM Reader"])
		with frappe_session.as_user("demo.reader@example.com"), pytest.raises(frappe.PermissionError):
			getattr(api, task)()
		assert not self.queued

	@pytest.mark.parametrize("role", ["KAM Administrator", "System Manager"])
	def test_queues_one_job(self, role):
		b.ensure_user("demo.ops@example.com", [role])
		with frappe_session.as_user("demo.ops@example.com"):
			assert api.create("long enough") == self.queued[0]["job_id"]
		assert self.queued[0]["queue"] == "long" and self.queued[0]["user"] == "demo.ops@example.com"

	def test_refuses_a_short_password(self):
		with pytest.raises(frappe.ValidationError, match="8 characters"):
			api.create("short")

	def test_job_tells_the_user(self, monkeypatch):
		told = []
		monkeypatch.setattr(
			frappe, "publish_realtime", lambda event, data, **to: told.append((event, data, to))
		)
		api.run("delete", "somebody@example.com", {})
		assert told[-1][0] == "kam_demonstration" and "no demonstration" in told[-1][1]["message"]
		assert all(to == {"user": "somebody@example.com"} for _event, _data, to in told)
