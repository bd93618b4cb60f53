"""Reports on the pipeline: their figures, filters and readers; rating in the matrix; cards; the part of the account page."""

import frappe
import pytest
from frappe.utils import add_days, nowdate

from kam_erpnext.api import cards, opportunity_matrix
from kam_erpnext.kam_erpnext.report.key_account_pipeline.key_account_pipeline import (
	execute as pipeline_report,
)
from kam_erpnext.kam_erpnext.report.opportunity_matrix.opportunity_matrix import execute as matrix_report
from kam_erpnext.kam_erpnext.report.win_and_loss.win_and_loss import execute as win_report
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import pipeline_builders as p
from tests.site.pipeline_builders import PUMP, PUMPS, WIRE, WIRES

OWN = "Key Account Opportunity"


@pytest.fixture(autouse=True)
def items():
	p.ensure_items()
	frappe.db.set_single_value(
		"KAM Settings", {"company": b.COMPANY, "ageing_days": 90, "sales_source": "Sales Invoice"}
	)


@pytest.fixture
def account():
	customer = b.make_customer("Pipeline Customer").name
	found = k.make_account(
		"Pipeline Account", [customer], key_account_manager=k.ensure_role_user("Key Account Manager")
	)
	found.customer = customer
	return found


def run(report, **filters):
	columns, rows, message, chart, summary = report({"company": b.COMPANY, **filters})
	assert columns and "program" not in (message or "")
	return rows, message, chart, {item["label"]: item["value"] for item in summary or ()}


def close(idea, status, **values):
	frappe.db.set_value(OWN, idea.name, {"status": status, "closed_on": nowdate(), **values})


# ---------------------------------------------------------------- Key Account Pipeline


def test_deals_and_their_totals(account):
	idea = p.make_idea(account.name, 1000, account.customer, probability=50, probability_by_hand=1)
	p.make_quotation(account.customer, [(WIRE, 60, 10)], idea.name)
	unknown = p.make_idea(account.name, 200, account.customer)
	empty = p.make_idea(account.name, 0, account.customer)
	held = p.make_idea(account.name, 70, account.customer)
	close(held, "On Hold", closed_on=None)
	b.make_order(account.customer, [(PUMP, 1, 40)], nowdate())
	rows, message, chart, summary = run(pipeline_report, key_account=account.name)
	by_name = {row["deal"]: row for row in rows}
	assert len(rows) == 5 and rows[0]["deal"] == idea.name
	row = by_name[idea.name]
	assert (row["idea"], row["quoted"], row["open"], row["weighted"]) == (400, 600, 1000, 500)
	assert by_name[unknown.name]["weighted"] is None and by_name[unknown.name]["probability"] is None
	assert by_name[empty.name]["open"] is None
	assert (summary["Open"], summary["Weighted"], summary["Ordered, Not Invoiced"]) == (1200, 500, 40)
	assert (summary["Open Deals"], summary["On Hold"]) == (3, 70)
	assert "83" in message and "Deals whose value nobody has entered: <b>1</b>" in message
	assert chart["data"]["datasets"][0]["values"] == [600, 600, 40]
	assert chart["data"]["datasets"][1]["values"] == [200, 300, 40]


def test_groups_filters_and_what_is_shown(account):
	idea = p.make_idea(account.name, 1000, account.customer, [(WIRES, 700), (PUMPS, 300)])
	won = p.make_idea(account.name, 10, account.customer)
	close(won, "Won")
	rows = run(pipeline_report, key_account=account.name, group_by="Stage")[0]
	assert [(row["title"], row["indent"]) for row in rows] == [("Idea", 0), ("Test idea", 1)]
	rows, message, _chart, _summary = run(pipeline_report, key_account=account.name, item_group=PUMPS)
	assert [row["open"] for row in rows] == [300] and PUMPS in message
	assert len(run(pipeline_report, key_account=account.name, show="All")[0]) == 2
	assert [row["deal"] for row in run(pipeline_report, key_account=account.name, show="Open")[0]] == [
		idea.name
	]
	assert run(pipeline_report, key_account=account.name, responsible="Guest")[0] == []
	assert run(pipeline_report, key_account=account.name, source="Quotation")[0] == []


def test_ageing_counts_from_the_last_gate(account):
	old, young = (p.make_idea(account.name, 100, account.customer) for _ in range(2))
	for name, days in ((old.name, 100), (young.name, 10)):
		frappe.db.set_value(
			OWN, name, "creation", f"{add_days(nowdate(), -days)} 08:00:00", update_modified=False
		)
	rows, _message, _chart, summary = run(pipeline_report, key_account=account.name, view="Ageing")
	assert [row["deals"] for row in rows] == [1, 0, 0, 1, 0]
	assert rows[0]["band"] == "0 to 30 days" and rows[-1]["band"] == "over 180 days"
	assert summary["At a Gate over 90 Days"] == 1


def test_gates(account):
	template = frappe.get_doc(
		{
			"doctype": "Key Account Gate Template",
			"template_name": f"Pipeline Gates {frappe.generate_hash(length=5)}",
			"gates": [{"gate": "Contact", "phase": "Acquisition"}, {"gate": "Offer", "phase": "Acquisition"}],
		}
	).insert()
	project = p.make_idea(account.name, 10, account.customer, kind="Key Project", gate_template=template.name)
	first = project.gates[0]
	frappe.db.set_value(
		"Key Account Opportunity Gate", first.name, {"outcome": "Pass", "decided_on": add_days(nowdate(), 5)}
	)
	rows = run(pipeline_report, key_account=account.name, view="Gate Conversion")[0]
	assert [(row["gate"], row["passed"], row["waiting"], row["conversion"]) for row in rows[:2]] == [
		("Contact", 1, 0, 100),
		("Offer", 0, 1, None),
	]
	assert rows[0]["days"] == 5


def test_coverage_of_the_remaining_target(account):
	from tests.site import plan_builders

	plan = plan_builders.make_plan(account.name, from_date=f"{nowdate()[:4]}-01-01")
	target = sum(row.amount for row in plan.targets)
	frappe.db.set_value("Key Account Plan", plan.name, {"docstatus": 1, "status": "In Execution"})
	p.make_idea(account.name, target * 2, account.customer, probability=50, probability_by_hand=1)
	p.make_idea(account.name, 99, account.customer, expected_close=add_days(nowdate(), 3000))
	rows, _message, _chart, summary = run(
		pipeline_report, key_account=account.name, view="Coverage of Targets"
	)
	assert [(row["remaining"], row["coverage"], row["weighted_coverage"]) for row in rows] == [(target, 2, 1)]
	assert summary["Coverage"] == "2.0 ×" and summary["Remaining Target"] == target


def test_readers(account, as_user):
	p.make_idea(account.name, 100, account.customer)
	with as_user(k.ensure_role_user("Key Account Manager")):
		rows, message, _chart, _summary = run(pipeline_report)
		assert [row["account_name"] for row in rows] == ["Pipeline Account"]
		assert "Only what you may see is counted" in message
	with as_user(b.ensure_user("pipeline.stranger@example.com", ["Key Account Manager"])):
		assert run(pipeline_report)[0] == []
		assert "may not see" in pipeline_report({"company": b.COMPANY, "key_account": account.name})[2]


# ---------------------------------------------------------------- Win and Loss


def reason_of(name, counts_for="Won and Lost"):
	if not frappe.db.exists("Key Account Win Loss Reason", name):
		frappe.get_doc(
			{"doctype": "Key Account Win Loss Reason", "reason": name, "counts_for": counts_for}
		).insert()
	return name


def test_win_and_loss(account):
	rival = "Pipeline Rival"
	if not frappe.db.exists("Competitor", rival):
		frappe.get_doc({"doctype": "Competitor", "competitor_name": rival}).insert()
	price, service = reason_of("Pipeline Price"), reason_of("Pipeline Service")
	won = p.make_idea(account.name, 900, account.customer, reasons=[{"reason": service}])
	p.order(p.make_quotation(account.customer, [(WIRE, 50, 10)], won.name))
	lost = p.make_idea(
		account.name, 300, account.customer, reasons=[{"reason": price}, {"reason": service}], lost_to=rival
	)
	dropped = p.make_idea(account.name, 50, account.customer)
	early = p.make_idea(account.name, 50, account.customer)
	for idea, status in ((won, "Won"), (lost, "Lost"), (dropped, "Dropped")):
		close(idea, status)
	close(early, "Lost", closed_on=add_days(nowdate(), -900))
	filters = {"key_account": account.name, "from_date": add_days(nowdate(), -30), "to_date": nowdate()}
	rows, _message, chart, summary = run(win_report, **filters)
	by_label = {row["label"]: row for row in rows}
	assert (by_label[service]["won"], by_label[service]["lost"], by_label[service]["rate"]) == (1, 1, 50)
	assert (by_label[price]["won"], by_label[price]["lost_value"]) == (0, 300)
	assert by_label["No reason chosen"]["dropped"] == 1
	assert (summary["Win Rate"], summary["Win Rate by Value"]) == ("50.0 %", "62.5 %")
	assert (summary["Won Value"], summary["Most Often Lost To"]) == (500, rival)
	assert sum(chart["data"]["datasets"][1]["values"]) == 2
	single = run(win_report, by="None", reason=price, **filters)[0]
	assert [row["deal"] for row in single] == [lost.name]
	assert [row["won"] for row in run(win_report, by="Competitor", competitor=rival, **filters)[0]] == [0]
	assert (
		"No opportunity was won"
		in win_report({"company": b.COMPANY, "from_date": "2001-01-01", "to_date": "2001-02-01"})[2]
	)


# ---------------------------------------------------------------- Opportunity Matrix


def test_matrix_places_rated_opportunities_and_lists_the_others(account):
	rated = p.make_idea(
		account.name, 500, account.customer, strategic_us="5", effort="1", risk="2", strategic_customer="4"
	)
	blank = p.make_idea(account.name, 900, account.customer)
	rows, message, chart, summary = run(matrix_report, key_account=account.name)
	assert [row["deal"] for row in rows] == [rated.name, blank.name]
	(bubble,) = chart["kam"]["deals"]
	assert (bubble["deal"], bubble["strategic_us"], bubble["effort"], bubble["amount"]) == (
		rated.name,
		5,
		1,
		500,
	)
	assert chart["data"]["datasets"][0]["values"] == [1, 0, 0, 0]
	assert summary["Not Rated"] == 1 and "Not rated on these axes: <b>1</b>" in message
	chart = run(matrix_report, key_account=account.name, value="For the Customer", cost="Risk")[2]
	assert chart["kam"]["axes"]["cost"]["field"] == "risk"


def test_rating_and_taking_it_back(account):
	idea = p.make_idea(account.name, 500, account.customer, strategic_us="2", effort="4", risk="2")
	found = opportunity_matrix.rate(
		idea.name, {"strategic_us": 5, "effort": 1}, {"strategic_us": 2, "effort": 4}
	)
	assert (found["strategic_us"], found["effort"]) == (5, 1)
	assert frappe.db.get_value(OWN, idea.name, ["strategic_us", "effort"]) == ("5", "1")
	better = found["priority"]
	found = opportunity_matrix.rate(idea.name, {"strategic_us": None}, {"strategic_us": 5})
	assert found["strategic_us"] is None and not frappe.db.get_value(OWN, idea.name, "strategic_us")
	assert better != found["priority"]


def test_what_a_rating_refuses(account, as_user):
	idea = p.make_idea(account.name, 500, account.customer, effort="4")
	with pytest.raises(frappe.TimestampMismatchError, match="somebody else"):
		opportunity_matrix.rate(idea.name, {"effort": 2}, {"effort": 3})
	with pytest.raises(frappe.ValidationError, match="1 to 5"):
		opportunity_matrix.rate(idea.name, {"effort": 6}, {"effort": 4})
	with pytest.raises(frappe.ValidationError, match="must be an object"):
		opportunity_matrix.rate(idea.name, "{effort", {})
	with pytest.raises(frappe.ValidationError, match="not a rating"):
		opportunity_matrix.rate(idea.name, {"amount": 5}, {})
	with as_user(k.ensure_role_user("KAM Reader")), pytest.raises(frappe.PermissionError):
		opportunity_matrix.rate(idea.name, {"effort": 2}, {"effort": 4})
	close(idea, "Lost")
	with pytest.raises(frappe.ValidationError, match="only open"):
		opportunity_matrix.rate(idea.name, {"effort": 2}, {"effort": 4})


# ---------------------------------------------------------------- cards and the account page


def test_cards(account, as_user):
	p.make_idea(account.name, 1000, account.customer, probability=50, probability_by_hand=1)
	p.make_idea(account.name, 1000, account.customer, decision="Pursue")
	with as_user(k.ensure_role_user("Key Account Manager")):
		assert cards.open_pipeline()["value"] in (500, "USD\u00a0500")
		assert cards.decisions_due()["value"] == 1
	with as_user(b.ensure_user("pipeline.stranger@example.com", ["Key Account Manager"])):
		assert cards.decisions_due()["value"] == 0
