"""Incentives: schemes that are refused, statements worked out by hand, and what happens to them in time."""

from datetime import date

import frappe
import pytest

from kam_erpnext.api import incentives as api
from kam_erpnext.data import incentive_view, incentives
from kam_erpnext.kam_erpnext.doctype.key_account_incentive_scheme import statements
from tests.site import builders as b
from tests.site import incentive_builders as i
from tests.site.call_builders import make_call
from tests.site.incentive_builders import (
	COLLEAGUE,
	DIRECTOR,
	MANAGER,
	PAYER,
	PEOPLE,
	SCHEME,
	SECOND_PAYER,
	STATEMENT,
	line_of,
	make_scheme,
	measure,
	new_scheme,
	participant,
	statement_of,
)
from tests.site.kam_builders import Session, lasting_users, make_account

SALES, MARGIN, CALLS = "Net Sales against Target", "Margin", "Call Compliance"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(PEOPLE):
		yield


@pytest.fixture(autouse=True)
def settings():
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})


def refused(words, **fields):
	scheme = new_scheme(**fields)
	with pytest.raises(frappe.ValidationError, match=words):
		scheme.insert()


# ---------------------------------------------------------------- what is refused


def test_sales_alone_are_refused():
	refused("net sales weigh 100 %", measures=[measure(SALES, 100)])
	refused("net sales weigh 60 %", measures=[measure(SALES, 60), measure(CALLS, 40)])
	assert make_scheme(measures=[measure(SALES, 50), measure(CALLS, 50)], submit=False).name


def test_weights_make_a_hundred():
	refused("weights make 90 %", measures=[measure(CALLS, 90)])
	refused("above 0", measures=[measure(CALLS, 100), measure("Plan Objectives", 0)])
	refused("twice", measures=[measure(CALLS, 50), measure(CALLS, 50)])


def test_the_curve_rises_and_pays_the_amount_at_target():
	def knots(*pairs):
		return [{"attainment": attainment, "payout": payout} for attainment, payout in pairs]

	refused("must rise", curve=knots((100, 100), (90, 120)))
	refused("paid less", curve=knots((80, 120), (100, 100)))
	refused("must pay 100 %", curve=knots((80, 50), (120, 100)))
	scheme = make_scheme(submit=False)
	assert [(row.attainment, row.payout) for row in scheme.curve] == [(80, 50), (100, 100), (120, 150)]


def test_thresholds_and_caps():
	refused("threshold of 110 %", measures=[measure(CALLS, 100, threshold=110)])
	refused("cap of 80 %", measures=[measure(CALLS, 100, cap=80)])
	refused("cap of 50 %", cap=50)


def test_participants_are_active_take_part_once_and_can_read_their_statement():
	refused("takes part twice", participants=[MANAGER, MANAGER])
	refused("above 0", participants=[participant(MANAGER, 0)])
	seller = b.ensure_user("incentive.noroles@example.com", ["Sales User"])
	refused("could not read", participants=[seller])
	frappe.db.set_value("User", COLLEAGUE, "enabled", 0)
	refused("no active user", participants=[COLLEAGUE])


def test_a_target_is_needed_where_nothing_else_gives_one():
	refused("Margin needs a target", measures=[measure(MARGIN, 100)])
	refused("does not take part", targets=[{"user": COLLEAGUE, "measure": CALLS, "target": 5}])
	refused("no measure of this scheme", targets=[{"user": MANAGER, "measure": MARGIN, "target": 5}])
	own = [{"user": MANAGER, "measure": MARGIN, "target": 300}]
	scheme = make_scheme(measures=[measure(MARGIN, 100)], targets=own, submit=False)
	assert scheme.measures[0].unit == "Money" and not scheme.measures[0].lower_is_better


def test_periods_of_one_person_do_not_overlap():
	make_scheme()
	refused("is paid by another scheme", from_date="2019-12-31", to_date="2020-12-31")
	assert make_scheme([COLLEAGUE]).status == "Running"
	assert make_scheme(from_date="2020-01-01", to_date="2020-12-31").status == "Running"
	euro = b.ensure_euro_company()
	assert make_scheme(company=euro).currency == "EUR"


def test_drafts_that_overlap_cannot_both_be_submitted():
	first, second = make_scheme(submit=False), make_scheme(submit=False)
	first.submit()
	with pytest.raises(frappe.ValidationError, match="is paid by another scheme"):
		second.submit()


def test_nobody_sets_his_own_incentive(as_user):
	with as_user(PAYER), pytest.raises(frappe.PermissionError):
		new_scheme([PAYER]).insert()
	scheme = make_scheme([PAYER], submit=False)
	with as_user(PAYER):
		mine = frappe.get_doc(SCHEME, scheme.name)
		assert mine.has_permission("read") and not mine.has_permission("write")
		mine.participants[0].amount = 1_000_000
		with pytest.raises(frappe.PermissionError):
			mine.save()
		# nor by leaving the own line out first
		mine.reload()
		mine.set("participants", [participant(MANAGER)])
		with pytest.raises(frappe.PermissionError):
			mine.save()
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(SCHEME, scheme.name).submit()
	with as_user(SECOND_PAYER):
		frappe.get_doc(SCHEME, scheme.name).submit()
	with as_user(PAYER), pytest.raises(frappe.PermissionError):
		frappe.get_doc(SCHEME, scheme.name).cancel()


def test_who_has_written_a_scheme_cannot_be_put_into_it_later(as_user):
	with as_user(PAYER):
		scheme = make_scheme(submit=False)
	with as_user(SECOND_PAYER):
		scheme = frappe.get_doc(SCHEME, scheme.name)
		scheme.append("participants", participant(PAYER))
		with pytest.raises(frappe.PermissionError, match="cannot take part"):
			scheme.save()


def test_a_director_writes_schemes_of_the_people_below_only(as_user):
	i.ensure_employee(DIRECTOR)
	i.ensure_employee(MANAGER, DIRECTOR)
	with as_user(DIRECTOR):
		assert make_scheme([MANAGER]).status == "Running"
		with pytest.raises(frappe.PermissionError, match="Not below you"):
			new_scheme([COLLEAGUE]).insert()
		with pytest.raises(frappe.PermissionError):
			new_scheme([DIRECTOR], from_date="2021-01-01", to_date="2021-12-31").insert()


def test_nobody_writes_a_statement_by_hand():
	statement = statement_of(make_scheme())
	statement.amount = 1_000_000
	with pytest.raises(frappe.PermissionError, match="written by its scheme"):
		statement.save()
	with pytest.raises(frappe.PermissionError):
		statement.delete()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": STATEMENT, "scheme": statement.scheme, "user": MANAGER}).insert()


# ---------------------------------------------------------------- amounts by hand


class Shop:
	"""An account of the manager: 9 pieces at 100 that cost 60 are sold in March 2019, the target of the plan is 1,000."""

	def __init__(self, **team):
		self.item = b.ensure_stock_item()
		b.make_receipt([(self.item, 100, 60)])
		self.customer = b.make_customer("Incentive Customer").name
		self.account = make_account(
			"Incentive Account", [self.customer], key_account_manager=MANAGER, **team
		).name

	def sell(self, quantity, day="2019-03-15", customer=None, **fields):
		return b.make_invoice(customer or self.customer, [(self.item, quantity, 100)], day, **fields)


@pytest.fixture
def shop():
	shop = Shop()
	shop.sell(9)
	i.plan_in_force(shop.account, 1000)
	return shop


THREE = [measure(SALES, 40), measure(MARGIN, 40, target=300), measure(CALLS, 20)]


def test_a_statement_by_hand(shop):
	"""Sales 900 of 1,000 = 90 %, between 80 → 50 and 100 → 100 that is 75 %: 4,000 * 75 % = 3,000.
	Margin 9 * 40 = 360 of 300 = 120 % → 150 %: 4,000 * 150 % = 6,000. No call was due: not known, nothing yet."""
	statement = statement_of(make_scheme(measures=THREE))
	sales, margin, calls = statement.lines
	assert (sales.target, sales.due, sales.actual, sales.attainment, sales.payout) == (
		1000,
		1000,
		900,
		90,
		75,
	)
	assert (margin.actual, margin.attainment, margin.payout) == (360, 120, 150)
	assert [line.amount for line in statement.lines] == [3000, 6000, 0]
	assert not calls.known and not calls.actual_known and calls.target == 100
	assert (statement.before_cap, statement.amount, statement.known_share) == (9000, 9000, 80)
	assert (str(statement.as_of), statement.status, statement.customers) == ("2019-12-31", "Draft", 1)
	assert "Documents: 1" in sales.explanation and "no call" in calls.explanation


def test_every_amount_is_told_in_words(shop):
	statement = statement_of(make_scheme(measures=THREE))
	seen = incentive_view.view(statement)
	sales, margin, calls = seen["lines"]
	assert sales["paid"] == (
		"90 % attained: the curve pays 75 %. 40 % of $ 10,000.00 is $ 4,000.00; 75 % of that is $ 3,000.00."
	)
	assert calls["paid"].startswith("It is not known") and calls["attainment"] is None
	assert any("Call Compliance" in text for text in seen["messages"])
	assert {route["label"] for route in margin["routes"]} >= {"Key Account Performance", "Sales Invoice"}
	invoices = next(route for route in sales["routes"] if route.get("doctype") == "Sales Invoice")
	found = frappe.get_list("Sales Invoice", invoices["filters"], ["base_net_total"])
	assert sum(row.base_net_total for row in found) == line_of(statement, SALES).actual


def test_threshold_caps_and_less_is_better(shop):
	"""Sales 90 % below a threshold of 95 %: nothing. Margin 120 % → 150 %, capped at 110: 6,000 * 110 % = 6,600."""
	rules = [measure(SALES, 40, threshold=95), measure(MARGIN, 60, target=300, cap=110)]
	statement = statement_of(make_scheme(measures=rules))
	assert [line.amount for line in statement.lines] == [0, 6600]
	words = [line["paid"] for line in incentive_view.view(statement)["lines"]]
	assert "below the threshold of 95 %" in words[0] and "capped at 110 %" in words[1]


def test_the_cap_of_the_scheme(shop):
	"""Margin of 360 of 100 = 360 % → 150 %: 15,000; at most 120 % of 10,000."""
	statement = statement_of(make_scheme(measures=[measure(MARGIN, 100, target=100)], cap=120))
	assert (statement.before_cap, statement.amount) == (15_000, 12_000)
	unlimited = statement_of(
		make_scheme([COLLEAGUE], measures=[measure(MARGIN, 100, target=100)], cap=0), COLLEAGUE
	)
	assert unlimited.amount == 0 and "no part in a key account" in unlimited.lines[0].explanation


def test_own_targets_go_before_those_of_the_scheme_and_of_plans(shop):
	"""Sales 900 of 600 = 150 % → 150 %: 7,500. Margin 360 of 400 = 90 % → 75 %: 3,750."""
	own = [
		{"user": MANAGER, "measure": SALES, "target": 600},
		{"user": MANAGER, "measure": MARGIN, "target": 400},
	]
	statement = statement_of(
		make_scheme(measures=[measure(SALES, 50), measure(MARGIN, 50, target=10)], targets=own)
	)
	assert [line.amount for line in statement.lines] == [7500, 3750]


def test_before_the_end_it_is_measured_against_what_was_due(shop):
	"""At the end of June 181 of 365 days are over: of a margin of 300 148.77 are due, of the plan's 1,000 its
	months to June."""
	scheme = make_scheme(measures=THREE)
	found = incentives.values(scheme, scheme.participants[0], date(2019, 6, 30))
	assert (found[SALES].target, found[SALES].due, found[SALES].actual) == (1000, 495.9, 900)
	assert (found[MARGIN].target, found[MARGIN].due) == (300, 148.77)
	early = incentives.values(scheme, scheme.participants[0], date(2018, 12, 31))
	assert early[SALES].actual is None and "begins on" in early[SALES].explanation


def test_margin_against_the_year_before(shop):
	"""360 against 105 % of 5 * 40 = 200, which is 210: 171.43 % → 150 %."""
	shop.sell(5, "2018-06-01")
	rules = [measure("Margin against Year Before", 100, target=105)]
	line = statement_of(make_scheme(measures=rules)).lines[0]
	assert (line.target, line.due, line.actual, line.payout) == (210, 210, 360, 150)
	assert round(line.attainment, 2) == 171.43
	before = statement_of(make_scheme(measures=rules, from_date="2018-01-01", to_date="2018-12-31"))
	assert not before.lines[0].known and before.lines[0].actual_known and before.amount == 0


def test_margin_in_percent(shop):
	"""360 of 900 is 40 %, against 50 %: 80 % → 50 %."""
	line = statement_of(make_scheme(measures=[measure("Margin Percent", 100, target=50)])).lines[0]
	assert (line.actual, line.attainment, line.payout, line.amount) == (40, 80, 50, 5000)


def test_calls_made_of_those_due(shop):
	"""2 of 4 calls made is 50 % of 100 %, below the curve; one that was cancelled does not count."""
	for day, status in (
		("01", "Made"),
		("02", "Made"),
		("03", "Missed"),
		("04", "Missed"),
		("05", "Cancelled"),
	):
		call = make_call(shop.customer, MANAGER, "2019-05-" + day)
		call.db_set({"status": status, "made_on": "2019-05-" + day if status == "Made" else None})
	line = statement_of(make_scheme(measures=[measure(CALLS, 100)])).lines[0]
	assert (line.actual, line.documents, line.amount) == (50, 4, 0)
	easy = [{"user": MANAGER, "measure": CALLS, "target": 50}]
	other = make_scheme(measures=[measure(CALLS, 100)], targets=easy, company=b.ensure_euro_company())
	assert statement_of(other).amount == 10_000


def test_objectives_of_plans(shop):
	"""One objective is at 90 of 100 % (net sales 900 of 1,000 from 0), one is beyond its target and counts 100 at most,
	one is entered by hand and is left out: (2 * 90 + 1 * 100) / 3 = 93.33 % → 83.33 %."""
	objective = {"objective": "Sell", "measure": "Net Sales", "baseline_known": 1, "due": "2019-12-31"}
	i.plan_in_force(
		make_account("Second", [b.make_customer("Quiet").name], key_account_manager=MANAGER).name,
		objectives=[{"objective": "By hand", "unit": "percent", "target": 10, "value": 10, "value_known": 1}],
	)
	plan = frappe.get_doc("Key Account Plan", {"key_account": shop.account})
	for row in (
		{**objective, "target": 1000, "weight": 50},
		{**objective, "objective": "Sell a little", "target": 100, "weight": 25},
	):
		child = plan.append("objectives", {"doctype": "Key Account Plan Objective", **row})
		child.code = f"O{len(plan.objectives)}"
		child.db_insert()
	line = statement_of(make_scheme(measures=[measure("Plan Objectives", 100)])).lines[0]
	assert round(line.actual, 2) == 93.33 and line.documents == 2
	assert round(line.payout, 2) == 83.33 and line.amount == 8333.33
	assert "1 whose value is entered by hand" in line.explanation


def test_satisfaction_and_share_of_wallet_are_not_known_without_documents(shop):
	rules = [measure("Satisfaction", 50, target=4), measure("Share of Wallet", 50, target=30)]
	statement = statement_of(make_scheme(measures=rules))
	assert [line.known for line in statement.lines] == [0, 0]
	assert (statement.amount, statement.known_share) == (0, 0)
	assert all(line.explanation for line in statement.lines)


def test_delay_and_issues_pay_when_they_are_small(shop):
	"""Paid 10 days late against 8: 80 % → 50 %. No issue is open: reached twice over, 150 %."""
	invoice = shop.sell(1, "2019-05-01")
	b.make_payment(invoice, "2019-05-11")
	rules = [measure("Payment Delay", 50, target=8), measure("Open Issues", 50, target=3)]
	statement = statement_of(make_scheme(measures=rules))
	delay, issues = statement.lines
	assert delay.lower_is_better and (delay.actual, delay.attainment, delay.amount) == (10, 80, 2500)
	assert (issues.actual, issues.attainment, issues.amount) == (0, 200, 7500)


def test_a_sales_person_by_the_share_of_the_sales_team(shop):
	"""Of an invoice of 1,000 shared 60 to 40, 600 are those of Ann, below North; the margin is 240."""
	north = b.ensure_sales_person("Incentive North", is_group=True)
	ann, bob = b.ensure_sales_person("Incentive Ann", north), b.ensure_sales_person("Incentive Bob")
	other = b.make_customer("Other Customer").name
	shop.sell(10, "2019-04-01", other, sales_team=[(ann, 60), (bob, 40)])
	rules = [measure(SALES, 50, target=600), measure(MARGIN, 50, target=200)]
	row = participant(MANAGER, sales_person=north)
	statement = statement_of(make_scheme([row], measures=rules))
	assert [line.actual for line in statement.lines] == [600, 240]
	assert [line.amount for line in statement.lines] == [5000, 7500]
	assert "by the share of Incentive North" in statement.lines[0].explanation


def test_a_territory_with_those_below(shop):
	west = b.ensure_territory("Incentive West", is_group=True)
	inside = b.make_customer("West Customer", b.ensure_territory("Incentive Far West", west)).name
	shop.sell(4, "2019-04-01", inside)
	row = participant(MANAGER, territory=west)
	statement = statement_of(make_scheme([row], measures=[measure(MARGIN, 100, target=160)]))
	assert (statement.lines[0].actual, statement.amount, statement.customers) == (160, 10_000, 1)


def test_it_says_the_same_whoever_calculates_and_counts_what_the_person_sees(shop, as_user):
	"""The manager may see one of his two customers: the other is in nobody's calculation of his statement."""
	hidden = b.make_customer("Hidden from Manager").name
	account = frappe.get_doc("Key Account", shop.account)
	account.append("customers", {"customer": hidden})
	account.save()
	shop.sell(5, "2019-06-01", hidden)
	b.allow_only(MANAGER, "Customer", shop.customer)
	scheme = make_scheme(measures=[measure(MARGIN, 100, target=360)])
	statement = statement_of(scheme)
	assert statement.lines[0].actual == 360
	with as_user(MANAGER):
		assert api.recalculate(statement.name)["changed"]
		assert frappe.session.user == MANAGER
	with as_user(PAYER):
		api.recalculate_scheme(scheme.name)
	assert statement_of(scheme).lines[0].actual == 360
	assert frappe.session.user == "Administrator"


def test_targets_of_erpnext(shop):
	person = b.ensure_sales_person("Incentive Ann")
	doc = frappe.get_doc("Sales Person", person)
	year = frappe.db.get_value("Fiscal Year", {"year_start_date": "2019-01-01"}) or pytest.skip(
		"no year 2019"
	)
	months = frappe.get_doc({"doctype": "Monthly Distribution", "distribution_id": "Incentive Months"})
	months.get_months()
	months.insert()
	target = {"fiscal_year": year, "target_amount": 1200, "distribution_id": months.name}
	doc.append("targets", target)
	doc.save()
	shop.sell(12, "2019-04-01", sales_team=[(person, 100)])
	row = participant(MANAGER, sales_person=person)
	rules = [measure(SALES, 50), measure(CALLS, 50)]
	statement = statement_of(make_scheme([row], measures=rules, targets_from="ERPNext"))
	line = statement.lines[0]
	assert (line.target, line.due, line.actual, line.amount) == (1200, 1200, 1200, 5000)
	assert "ERPNext's own" in line.explanation


# ---------------------------------------------------------------- in time


def test_one_statement_each_and_the_same_again(shop):
	scheme = make_scheme([MANAGER, COLLEAGUE], measures=THREE)
	assert frappe.db.count(STATEMENT, {"scheme": scheme.name}) == 2
	before = statement_of(scheme).as_dict()
	assert statements.recalculate(scheme.name) == 2
	after = statement_of(scheme)
	for field in ("amount", "before_cap", "known_share", "as_of", "status", "customers"):
		assert after.get(field) == before[field]
	assert [line.explanation for line in after.lines] == [line["explanation"] for line in before["lines"]]
	assert frappe.db.count("Key Account Incentive Line", {"parent": after.name}) == 3


def test_drafts_follow_the_documents_and_final_ones_do_not(shop):
	scheme = make_scheme(measures=THREE)
	shop.sell(1, "2019-05-01")
	statements.recalculate_all()
	draft = statement_of(scheme)
	assert line_of(draft, SALES).amount == 4000  # 1,000 of 1,000
	assert api.close(scheme.name)["closed"] is False
	assert statement_of(scheme).status == "Draft"
	found = api.close(scheme.name, accept_unknown=True)
	assert found["closed"] and found["unknown"] == [{"person": draft.user_name, "measures": [CALLS]}]
	final = statement_of(scheme)
	assert (final.status, final.amount) == ("Final", draft.amount)
	assert (
		final.finalised_by == "Administrator"
		and frappe.db.get_value(SCHEME, scheme.name, "status") == "Closed"
	)
	shop.sell(50, "2019-06-01")
	statements.recalculate_all()
	assert not api.recalculate(final.name)["changed"]
	assert statement_of(scheme).amount == final.amount
	again = api.close(scheme.name, accept_unknown=True)
	assert again["closed"] and "already" in again["message"]
	assert statement_of(scheme).modified == final.modified


def test_a_running_period_is_not_closed():
	scheme = make_scheme(from_date="2019-01-01", to_date="2099-12-31")
	with pytest.raises(frappe.ValidationError, match="runs until"):
		api.close(scheme.name)
	draft = make_scheme([COLLEAGUE], submit=False)
	with pytest.raises(frappe.ValidationError, match="Only a running scheme"):
		api.close(draft.name)


def test_a_cancelled_scheme_takes_its_drafts_along_and_an_amended_one_makes_new_ones(shop):
	scheme = make_scheme(measures=THREE)
	scheme.reload()
	scheme.cancel()
	assert frappe.db.get_value(SCHEME, scheme.name, "status") == "Cancelled"
	assert not frappe.db.exists(STATEMENT, {"scheme": scheme.name})
	amended = frappe.copy_doc(scheme)
	amended.amended_from = scheme.name
	amended.docstatus = 0
	amended.cap = 100
	amended.insert()
	assert amended.status == "Draft" and not amended.closed_on
	amended.submit()
	assert statement_of(amended).amount == 9000


def test_final_statements_of_a_cancelled_scheme_stay_and_say_so(shop):
	scheme = make_scheme(measures=THREE)
	api.close(scheme.name, accept_unknown=True)
	scheme.reload()
	scheme.cancel()
	statement = statement_of(scheme)
	assert (statement.status, statement.amount) == ("Withdrawn", 9000)
	assert "Withdrawn" in incentive_view.view(statement)["messages"][0]
	with pytest.raises(frappe.ValidationError, match="stays as their reason"):
		frappe.delete_doc(SCHEME, scheme.name)
	assert make_scheme(measures=THREE).status == "Running"


def test_only_a_payer_cancels_a_closed_scheme(as_user):
	i.ensure_employee(DIRECTOR)
	i.ensure_employee(MANAGER, DIRECTOR)
	with as_user(DIRECTOR):
		scheme = make_scheme()
		assert api.close(scheme.name, accept_unknown=True)["closed"]
		scheme.reload()
		with pytest.raises(frappe.PermissionError, match="Only a KAM Administrator"):
			scheme.cancel()


def test_a_failure_of_one_scheme_leaves_the_others(shop, monkeypatch):
	first, second = make_scheme(measures=THREE), make_scheme([COLLEAGUE])
	done, read = [], incentives.values

	def failing(scheme, person, until):
		if scheme.name == first.name:
			raise RuntimeError("broken")
		done.append(scheme.name)
		return read(scheme, person, until)

	monkeypatch.setattr(incentives, "values", failing)
	statements.recalculate_all()
	assert second.name in done and statement_of(first).amount == 9000


@pytest.mark.commits
def test_two_people_close_at_once(site_point):
	for user, roles in PEOPLE.items():
		b.ensure_user(user, roles)
	scheme = make_scheme()
	frappe.db.commit()
	one = Session(lambda: statements.close(scheme.name, True), hold=True)
	one.start()
	assert one.done.wait(60) and not one.error
	two = Session(lambda: statements.close(scheme.name, True))
	two.start()
	one.let_go()
	assert one.finish() is None and two.finish() is None
	assert "statements are final" in one.result["message"] and "already" in two.result["message"]
	frappe.db.rollback()
	assert frappe.get_all(STATEMENT, {"scheme": scheme.name}, pluck="status") == ["Final"]


@pytest.mark.commits
def test_two_schemes_of_one_person_are_not_submitted_at_once(site_point):
	for user, roles in PEOPLE.items():
		b.ensure_user(user, roles)
	names = [make_scheme(submit=False).name for _number in range(2)]
	frappe.db.commit()
	one = Session(lambda: frappe.get_doc(SCHEME, names[0]).submit() and None, hold=True)
	one.start()
	assert one.done.wait(60) and not one.error
	two = Session(lambda: frappe.get_doc(SCHEME, names[1]).submit() and None)
	two.start()
	one.let_go()
	assert one.finish() is None
	assert isinstance(two.finish(), frappe.ValidationError)
	frappe.db.rollback()
	assert frappe.db.count(STATEMENT, {"scheme": ("in", names)}) == 1


# ---------------------------------------------------------------- print


def test_the_print_holds_every_amount(shop):
	statement = statement_of(make_scheme(measures=THREE, note="Paid in <b>March</b>."))
	html = frappe.get_print(STATEMENT, statement.name, "Key Account Incentive Statement", no_letterhead=1)
	for text in ("$ 3,000.00", "$ 6,000.00", "$ 9,000.00", "90 %", "not known", "Draft", "Incentives 2019"):
		assert text in html, text
	assert "Paid in &lt;b&gt;March" in html and "<svg" in html
