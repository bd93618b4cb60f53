"""Improvement Potential: index by hand, the resources beside it, the latest assessment, and who sees what."""

import frappe
import pytest

from kam_erpnext.kam_erpnext.report.improvement_potential.improvement_potential import execute
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.plan_builders import make_plan
from tests.site.test_budget import buy, ensure_supplier, in_force
from tests.site.test_profitability import make_event

DAYS = {"period": "Custom", "from_date": "2019-03-01", "to_date": "2019-04-30"}
TOP = "Potential Top"
RELATION, SERVICE = "Potential Relationship", "Potential Service"


def assess(account, relation, service, submit=True, to_date="2019-12-31", **fields):
	assessment = frappe.get_doc(
		{
			"doctype": "Key Account Assessment",
			"key_account": account.name,
			"customer": account.customers[0].customer,
			"criteria": criteria(),
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": to_date,
			**fields,
		}
	).insert()
	for row in assessment.scores:
		row.evaluation_b = {RELATION: relation, SERVICE: service}[row.criterion]
	assessment.save()
	if submit:
		assessment.submit()
	return assessment


def criteria():
	name = frappe.db.get_value("Key Account Criteria", {"title": ("like", "Potential Criteria%")})
	return (
		name
		or k.make_criteria(
			"Potential Criteria",
			scoring=[
				{"criterion": RELATION, "weight": 75, "kind": "Judged", "dimension": "Strength"},
				{"criterion": SERVICE, "weight": 25, "kind": "Judged", "dimension": "Strength"},
			],
		).name
	)


@pytest.fixture
def world():
	"""Low (80 and 20 points: 35), High (20, service not answered: 80), New without assessment. 90 of 100 of the work and one
	of three calls went to Low."""
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	ensure_supplier()
	b.ensure_item("Test Budget Service", stock=False)
	made = frappe._dict(top=k.make_account(TOP).name)
	for name in ("Low", "High", "New"):
		customer = b.make_customer(f"Potential {name}").name
		made[name] = k.make_account(
			f"Potential {name}",
			[customer],
			parent=made.top,
			team=[{"user": "Administrator", "share_of_time": 25}],
		)
	made.assessment = assess(made.Low, "80", "20")
	assess(made.High, "20", "")
	for name, amount in (("Low", 90), ("High", 10)):
		plan = in_force(make_plan(made[name].name, budget=[{"purpose": "Event", "planned": 365}]))
		buy("Purchase Invoice", plan, amount=amount)
	for name, day in (("Low", "05"), ("High", "06"), ("High", "07")):
		make_event(f"2019-03-{day}", ("Customer", made[name].customers[0].customer))
	return made


def run(**filters):
	top = frappe.db.get_value("Key Account", {"account_name": TOP})
	filters.setdefault("key_account", top)
	_columns, rows, message, chart, summary = execute({"company": b.COMPANY, **DAYS, **filters})
	assert "program" not in (message or ""), message
	return rows, message, chart, {item["label"]: item["value"] for item in summary or ()}


def test_the_index_by_hand_and_what_is_spent(world):
	rows, message, chart, summary = run()
	top = [row for row in rows if not row["indent"]]
	assert [row["label"] for row in top] == ["Potential High", "Potential Low"]
	high, low = top
	assert (high["rank"], high["improvement"], high["answered"], high["main"]) == (1, 80, 75, RELATION)
	# (75 * 20 + 25 * 80) / 100
	assert (low["improvement"], low["answered"], low["main"]) == (35, 100, SERVICE)
	assert (low["spent"], low["share"], low["calls"], low["time"]) == (90, 90, 1, 25)
	assert (high["spent"], high["share"], high["calls"]) == (10, 10, 2)
	assert (high["advice_key"], low["advice_key"]) == ("More", "Less")
	lines = {row["label"]: row for row in rows if row["parent_node"] == world.Low.name}
	assert (lines[SERVICE]["gap"], lines[SERVICE]["gain"]) == (80, 20)
	assert lines[RELATION]["gain"] + lines[SERVICE]["gain"] == low["improvement"]
	assert summary["Accounts Assessed"] == 2 and "without an assessment you may see: <b>2</b>" in message
	assert {row["name"] for row in chart["kam"]["rows"]} == {"Potential High", "Potential Low"}
	by_calls = {row["label"]: row for row in run(resource="Calls")[0]}
	assert by_calls["Potential High"]["share"] == pytest.approx(
		2 * by_calls["Potential Low"]["share"], abs=0.2
	)


def test_accounts_of_a_territory_a_segment_and_a_manager(world):
	def shown(**filters):
		return [row["label"] for row in run(**filters)[0] if not row["indent"]]

	place = b.ensure_territory("Potential Valley")
	frappe.db.set_value("Customer", world.Low.customers[0].customer, "territory", place)
	assert shown(territory=place) == ["Potential Low"]
	segment = (
		frappe.get_doc({"doctype": "Key Account Segment", "segment_name": "Potential Segment"}).insert().name
	)
	world.High.append("segments", {"segment": segment, "reason": "Set by hand"})
	manager = b.ensure_user("potential.own@example.com", ["Key Account Manager"])
	world.High.key_account_manager = manager
	world.High.save()
	assert shown(segment=segment) == shown(manager=manager) == ["Potential High"]
	assert shown(territory=place, manager=manager) == []
	# what is compared is what is shown: alone it takes everything
	assert run(manager=manager)[0][0]["share"] == 100


def test_by_criterion(world):
	rows = run(by="Criterion")[0]
	top = [row["label"] for row in rows if not row["indent"]]
	# service: 80 of one account; relationship: 80 and 20
	assert top == [SERVICE, RELATION]
	relation = [row for row in rows if row["parent_node"] == f"criterion:{RELATION}"]
	assert [(row["label"], row["gap"]) for row in relation] == [("Potential High", 80), ("Potential Low", 20)]


def test_the_latest_submitted_assessment_counts(world):
	assess(world.Low, "100", "100", submit=False, to_date="2020-12-31")
	rows = {row["label"]: row for row in run()[0]}
	assert rows["Potential Low"]["assessment"] == world.assessment.name
	newer = assess(world.Low, "100", "100", to_date="2020-06-30")
	rows = {row["label"]: row for row in run()[0]}
	assert rows["Potential Low"]["assessment"] == newer.name
	assert (rows["Potential Low"]["improvement"], rows["Potential Low"]["main"]) == (0, None)


def test_readers_see_their_accounts_only(world, as_user):
	manager = b.ensure_user("potential.manager@example.com", ["Key Account Manager"])
	world.High.append("team", {"user": manager})
	world.High.save()
	with as_user(manager):
		rows, message, _chart, summary = run(key_account=None)
		assert [row["label"] for row in rows if not row["indent"]] == ["Potential High"]
		assert rows[0]["share"] == 100 and summary["Accounts Assessed"] == 1
		assert "Only what you may see is counted" in message
	with as_user(b.ensure_user("potential.nobody@example.com", ["Key Account Manager"])):
		rows, message, _chart, _summary = run(key_account=None)
		assert not rows and "has an assessment" in message
