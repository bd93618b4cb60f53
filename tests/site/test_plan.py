"""A plan starts from its template, knows its period and figures, and refuses what would be wrong."""

from datetime import date

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import plan as plan_api
from kam_erpnext.kam_erpnext.doctype.key_account_plan import completeness, frozen
from kam_erpnext.kam_erpnext.doctype.key_account_plan.key_account_plan import plan_in_force
from kam_erpnext.kam_erpnext.doctype.key_account_plan.period import months_later
from kam_erpnext.setup import plan_templates
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.plan_builders import (
	DIRECTOR,
	MANAGER,
	OUTSIDER,
	PLAN,
	SPONSOR,
	TEMPLATE,
	approve,
	close,
	complete_fields,
	lasting_people,
	make_approved_plan,
	make_plan,
	make_team_account,
	make_template,
	reload,
	send_to_review,
	start,
)

GOODS = "Plan Pumps"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_people():
		yield


@pytest.fixture
def customer():
	return b.make_customer("Planned Clinic").name


@pytest.fixture
def account(customer):
	return make_team_account(
		customers=[customer],
		swot=[
			{"kind": "Strength", "statement": "Service within four hours", "importance": "High"},
			{"kind": "Threat", "statement": "A cheaper bid"},
		],
		team=[{"user": OUTSIDER, "membership": "Extended", "function": "Service", "share_of_time": 20}],
	)


def sell(customer, amount, day, item_group=GOODS):
	b.ensure_item_group(item_group)
	item = b.ensure_service_item(f"{item_group} Service", item_group)
	return b.make_invoice(customer, [(item, 1, amount)], day)


def refused(text, function, *args, **kwargs):
	with pytest.raises(frappe.ValidationError, match=text):
		function(*args, **kwargs)


# ---------------------------------------------------------------- templates


def test_the_shipped_templates_make_plans(account):
	for spec in plan_templates.TEMPLATES:
		if not frappe.db.exists(TEMPLATE, spec["template_name"]):
			plan_templates.make(spec)
		template = frappe.get_doc(TEMPLATE, spec["template_name"])
		measures = {row.objective: row.measure for row in template.objectives}
		for line in spec["objectives"]:
			assert bool(measures[line[0]]) == bool(line[3]), f"{line[0]}: measure missing on the site"
		plan = make_plan(account.name, by=MANAGER, template=template.name, complete=False, period_type=None)
		assert plan.period_type == spec["period_type"]
		assert plan.review_every == spec["review_every"]
		assert [row.block for row in plan.blocks] == [block for block, _required in spec["blocks"]]
		assert len(plan.objectives) == len(spec["objectives"])
		assert len(plan.questions) == len(spec["questions"])
		assert frappe.db.count("Key Account Action", {"plan": plan.name}) == len(spec["actions"])


def test_a_shipped_template_that_was_changed_or_deleted_is_left_alone():
	plan_templates.apply()
	changed = frappe.get_doc(TEMPLATE, "One-Page Plan")
	changed.description = "Ours"
	changed.save()
	frappe.delete_doc(TEMPLATE, "6-Month Plan")
	plan_templates.apply()
	assert frappe.db.get_value(TEMPLATE, "One-Page Plan", "description") == "Ours"
	assert not frappe.db.exists(TEMPLATE, "6-Month Plan")


@pytest.mark.parametrize(
	"fields, text",
	[
		({"blocks": ()}, "at least one block"),
		({"blocks": ("Summary", "Summary")}, "already in line 1"),
		({"blocks": [{"block": "Summary", "required": 0}]}, "must be required"),
		({"blocks": ("Questions",)}, "at least one question"),
		({"questions": [{"building_block": "Goals", "question": "Why?"}]}, "block Questions is not"),
		({"objectives": [{"objective": "Grow", "weight": -1}]}, "line 1: Weight"),
		({"objectives": [{"objective": "Grow", "weight": 0}]}, "Weight above 0"),
		({"objectives": [{"objective": "Grow", "weight": 5, "target_change": -101}]}, "below -100"),
		({"actions": [{"subject": "Meet", "duration": -3}]}, "Duration"),
		({"agenda": [{"topic": "Figures", "minutes": -1}]}, "Minutes"),
	],
)
def test_templates_refuse_what_no_plan_could_use(fields, text):
	refused(text, make_template, **fields)


def test_a_disabled_template_makes_no_plan(account):
	template = make_template(disabled=1)
	refused("is disabled", make_plan, account.name, template=template.name)


# ---------------------------------------------------------------- what a new plan starts with


def test_a_plan_takes_over_swot_and_team_but_never_an_earlier_plan(account):
	make_approved_plan(account.name, situation="Last year's words")
	plan = make_plan(account.name, by=MANAGER, complete=False, from_date="2020-01-01")
	assert not plan.situation and not plan.objectives and not plan.targets
	assert [(row.kind, row.statement) for row in plan.swot] == [
		("Strength", "Service within four hours"),
		("Threat", "A cheaper bid"),
	]
	assert [(row.user, row.function, row.share_of_time) for row in plan.team] == [
		(MANAGER, "Key Account Manager", 0),
		(DIRECTOR, "Key Account Director", 0),
		(SPONSOR, "Executive Sponsor", 0),
		(OUTSIDER, "Service", 20),
	]
	assert plan.competition == []
	assert (plan.prepared_by, plan.status, plan.version, plan.first_version) == (
		MANAGER,
		"Draft",
		1,
		plan.name,
	)


def test_targets_of_the_template_come_from_the_year_before(account, customer):
	measure = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	template = make_template(
		objectives=[
			{"objective": "Grow", "measure": measure, "target_change": 10, "weight": 50},
			{"objective": "By hand", "measure": measure, "target_change": 0, "weight": 50},
		]
	)
	sell(customer, 1000, "2018-06-15")
	plan = make_plan(account.name, template=template.name, complete=False)
	grow, by_hand = plan.objectives
	assert (grow.baseline, grow.baseline_known, grow.target, grow.unit) == (1000, 1, 1100, "currency")
	assert (by_hand.baseline, by_hand.target) == (1000, 0)


def test_an_unknown_year_before_leaves_baseline_and_target_open():
	measure = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	template = make_template(
		objectives=[{"objective": "Grow", "measure": measure, "target_change": 10, "weight": 50}]
	)
	plan = make_plan(make_account("Without Customers").name, template=template.name, complete=False)
	assert (plan.objectives[0].baseline_known, plan.objectives[0].target) == (0, 0)


def test_actions_of_the_template_are_made_once_and_given_to_the_manager(account):
	template = make_template(
		actions=[
			{"subject": "Kick-off", "start_after": 0, "duration": 7},
			{"subject": "Look back", "start_after": 300, "duration": 5, "is_milestone": 1},
		]
	)
	plan = make_plan(account.name, by=DIRECTOR, template=template.name, from_date="2019-01-01")
	actions = frappe.get_all(
		"Key Account Action",
		{"plan": plan.name},
		["subject", "responsible", "start_date", "end_date", "is_milestone", "origin"],
		order_by="start_date",
	)
	assert [(row.subject, row.responsible, row.origin) for row in actions] == [
		("Kick-off", MANAGER, "Plan"),
		("Look back", MANAGER, "Plan"),
	]
	assert actions[0].start_date == date(2019, 1, 1) and actions[0].end_date == date(2019, 1, 8)
	assert actions[1].end_date == add_days(date(2019, 1, 1), 305)
	reload(plan).save()
	assert frappe.db.count("Key Account Action", {"plan": plan.name}) == 2


def test_a_retired_account_gets_no_plan():
	account = make_account("Retired", status="Retired")
	refused("retired", make_plan, account.name)


def test_account_and_template_of_a_plan_stay(account):
	plan = make_plan(account.name)
	plan.key_account = make_account("Another").name
	refused("cannot be changed", plan.save)
	plan = reload(plan)
	plan.template = make_template().name
	refused("cannot be changed", plan.save)


# ---------------------------------------------------------------- period


@pytest.mark.parametrize(
	"kind, day, first, last, label",
	[
		("Calendar Year", "2019-05-17", "2019-01-01", "2019-12-31", "2019"),
		("Calendar Year", "2020-02-29", "2020-01-01", "2020-12-31", "2020"),
		("6 Months", "2019-05-17", "2019-05-17", "2019-11-16", "May 2019 – Nov 2019"),
		("6 Months", "2019-08-31", "2019-08-31", "2020-02-29", "Aug 2019 – Feb 2020"),
		("6 Months", "2018-08-31", "2018-08-31", "2019-02-28", "Aug 2018 – Feb 2019"),
		("Rolling 12 Months", "2019-03-01", "2019-03-01", "2020-02-29", "Mar 2019 – Feb 2020"),
		("Rolling 12 Months", "2020-02-29", "2020-02-29", "2021-02-28", "Feb 2020 – Feb 2021"),
		("Rolling 12 Months", "2019-12-31", "2019-12-31", "2020-12-30", "Dec 2019 – Dec 2020"),
		("Perpetual", "2019-03-01", "2019-03-01", None, "from Mar 2019"),
	],
)
def test_periods(account, kind, day, first, last, label):
	plan = make_plan(account.name, complete=False, period_type=kind, from_date=day)
	assert (str(plan.from_date), str(plan.to_date) if plan.to_date else None) == (first, last)
	assert plan.title == f"{account.account_name} {label}"


@pytest.mark.parametrize(
	"day, months, expected",
	[
		(date(2019, 1, 31), 1, date(2019, 3, 1)),
		(date(2020, 2, 29), 12, date(2021, 3, 1)),
		(date(2020, 2, 29), 48, date(2024, 2, 29)),
		(date(2019, 12, 15), 1, date(2020, 1, 15)),
		(date(2019, 8, 31), 6, date(2020, 3, 1)),
	],
)
def test_months_later(day, months, expected):
	assert months_later(day, months) == expected


def ensure_april_year(company):
	name = "2019-2020 April"
	if not frappe.db.exists("Fiscal Year", name):
		frappe.get_doc(
			{
				"doctype": "Fiscal Year",
				"year": name,
				"year_start_date": "2019-04-01",
				"year_end_date": "2020-03-31",
				"companies": [{"company": company}],
			}
		).insert()
	return name


def test_a_fiscal_year_from_april_and_a_company_in_euros(account, customer):
	company = b.ensure_euro_company()
	for year in frappe.get_all("Fiscal Year", pluck="name"):
		if not frappe.db.exists("Fiscal Year Company", {"parent": year}):
			row = frappe.new_doc("Fiscal Year Company")
			row.update({"parent": year, "parenttype": "Fiscal Year", "parentfield": "companies"})
			row.company = b.COMPANY
			row.db_insert()
	frappe.cache.hdel("fiscal_years", company)
	ensure_april_year(company)
	plan = make_plan(
		account.name,
		period_type="Fiscal Year",
		from_date="2019-11-05",
		company=company,
		targets=[{"amount": 100}],
		objectives=[],
	)
	assert (str(plan.from_date), str(plan.to_date), plan.currency) == ("2019-04-01", "2020-03-31", "EUR")
	assert plan.title.endswith("2019-2020")
	assert plan.months[0].month == date(2019, 4, 1)
	assert len(plan.months) == 12
	assert round(sum(row.amount for row in plan.months), 2) == 100
	assert {row.currency for row in plan.months} == {"EUR"}


def test_a_title_of_ones_own_stays_and_an_automatic_one_follows_the_period(account):
	plan = make_plan(account.name, complete=False)
	plan.from_date = "2020-06-01"
	plan.save()
	assert plan.title.endswith(" 2020")
	plan.title = "Our Year"
	plan.save()
	plan.from_date = "2021-06-01"
	plan.save()
	assert (plan.title, str(plan.from_date)) == ("Our Year", "2021-01-01")


def test_the_next_review_follows_the_rhythm_and_must_lie_in_the_plan(account):
	plan = make_plan(account.name, complete=False, review_every="Half Year")
	assert str(plan.next_review) == "2019-07-01"
	plan.next_review = "2018-12-31"
	refused("Next Review", plan.save)


# ---------------------------------------------------------------- lines


def line(table, **values):
	return {table: [values]}


@pytest.mark.parametrize(
	"fields, text",
	[
		(
			line("objectives", objective="Late", due="2018-12-31"),
			"Objectives, line 1: Due .* before the plan begins",
		),
		(line("objectives", objective="Late", due="2020-01-01"), "after the end of the plan"),
		(line("objectives", objective="Late", due="2089-01-01", horizon="Long Term"), "more than 10 years"),
		(line("objectives", objective="Heavy", weight=101), "line 1: Weight"),
		(line("objectives", objective="Light", weight=0), "Weight above 0"),
		(line("targets", amount=-1), "Targets, line 1: Target must not be negative"),
		(line("targets", amount=1, qty=-1), "Quantity must not be negative"),
		({"targets": [{"amount": 1}, {"amount": 2}]}, "line 2: .*everything else.* already in line 1"),
		(line("budget", purpose="Trips", planned=-5), "Budget, line 1: Planned"),
		(line("resources", resource="Engineer", days=-1), "Resources, line 1: Days"),
	],
)
def test_lines_that_cannot_be(account, fields, text):
	refused(text, make_plan, account.name, complete=False, **fields)


def test_all_wrong_lines_are_named_at_once(account):
	with pytest.raises(frappe.ValidationError) as error:
		make_plan(
			account.name,
			complete=False,
			targets=[{"amount": -1}],
			budget=[{"purpose": "Trips", "planned": -1}],
			objectives=[{"objective": "Late", "due": "2000-01-01"}],
		)
	text = str(error.value)
	assert "Targets, line 1" in text and "Budget, line 1" in text and "Objectives, line 1" in text


def test_an_item_group_stands_once_and_nested_groups_may_stand_beside_each_other(account):
	b.ensure_item_group("Plan Machines", is_group=True)
	b.ensure_item_group("Plan Mills", "Plan Machines")
	plan = make_plan(
		account.name,
		complete=False,
		targets=[
			{"item_group": "Plan Machines", "amount": 10},
			{"item_group": "Plan Mills", "amount": 5},
			{"amount": 1},
		],
	)
	assert plan.total_target == 16
	plan.append("targets", {"item_group": "Plan Mills", "amount": 1})
	refused("Plan Mills is already in line 2", plan.save)


def test_shares_of_competitors(account):
	for name in ("Plan Rival", "Plan Rival Two"):
		if not frappe.db.exists("Competitor", name):
			frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert()
	plan = make_plan(
		account.name, complete=False, competition=[{"competitor": "Plan Rival", "share_of_wallet": 60}]
	)
	assert plan.competition[0].competitor_name == "Plan Rival"
	plan.append("competition", {"competitor": "Plan Rival Two", "share_of_wallet": 41})
	refused("add up to 101", plan.save)
	plan = reload(plan)
	plan.append("competition", {"competitor": "Plan Rival", "share_of_wallet": 1})
	refused("already in line 1", plan.save)


def make_distribution(name, percentages):
	months = [date(2019, month, 1).strftime("%B") for month in range(1, 13)]
	return (
		frappe.get_doc(
			{
				"doctype": "Monthly Distribution",
				"distribution_id": name,
				"percentages": [
					{"month": month, "percentage_allocation": share}
					for month, share in zip(months, percentages, strict=True)
				],
			}
		)
		.insert()
		.name
	)


def test_targets_are_spread_to_the_cent(account):
	summer = make_distribution("Plan Summer", [0, 0, 0, 0, 0, 33.33, 33.33, 33.34, 0, 0, 0, 0])
	plan = make_plan(
		account.name, complete=False, targets=[{"amount": 100.01, "qty": 7, "distribution": summer}]
	)
	amounts = {row.month.month: row.amount for row in plan.months}
	assert round(sum(amounts.values()), 2) == 100.01
	assert {month for month, amount in amounts.items() if amount} == {6, 7, 8}
	assert round(sum(row.qty for row in plan.months), 3) == 7


def test_a_distribution_without_any_of_the_months_is_refused(account):
	winter = make_distribution("Plan Winter", [50, 50, *[0] * 10])
	refused(
		"Plan Winter",
		make_plan,
		account.name,
		complete=False,
		period_type="6 Months",
		from_date="2019-06-01",
		targets=[{"amount": 100, "distribution": winter}],
	)


# ---------------------------------------------------------------- codes


def test_codes_are_given_once_and_never_again(account):
	plan = make_plan(
		account.name,
		complete=False,
		objectives=[{"objective": "One", "code": "O7"}, {"objective": "Two", "code": "O7"}],
		budget=[{"purpose": "Trips", "planned": 1}],
	)
	assert [row.code for row in plan.objectives] == ["O1", "O2"]
	assert [row.code for row in plan.budget] == ["B1"]
	plan.remove(plan.objectives[1])
	plan.save()
	plan.append("objectives", {"objective": "Three", "code": "O1"})
	plan.save()
	assert [(row.objective, row.code) for row in plan.objectives] == [("One", "O1"), ("Three", "O3")]


# ---------------------------------------------------------------- completeness


def test_completeness_is_the_mean_of_the_required_blocks(account):
	template = make_template(
		blocks=["Summary", "Objectives", {"block": "Risks", "required": 0}, {"block": "SWOT", "required": 1}]
	)
	plan = make_plan(account.name, template=template.name, complete=False, situation="Here", strategy="There")
	blocks = {row.block: row for row in plan.blocks}
	assert round(blocks["Summary"].filled, 2) == 66.67
	assert blocks["Summary"].missing == "Value for the Customer"
	assert blocks["Objectives"].filled == 0
	assert blocks["SWOT"].filled == 50  # a strength and a threat come from the account
	assert blocks["Risks"].filled == 0
	assert round(plan.completeness, 1) == round((200 / 3 + 0 + 50) / 3, 1)


def test_actions_change_the_completeness_without_touching_the_plan(account):
	plan = make_plan(account.name, template=make_template(blocks=("Actions",)).name, complete=False)
	assert plan.completeness == 0
	modified = frappe.db.get_value(PLAN, plan.name, "modified")
	action = frappe.get_doc(
		{
			"doctype": "Key Account Action",
			"key_account": account.name,
			"plan": plan.name,
			"subject": "Call",
			"responsible": MANAGER,
			"end_date": "2019-06-01",
			"start_date": "2019-05-01",
		}
	).insert()
	completeness.refresh_completeness(plan.name)
	assert frappe.db.get_value(PLAN, plan.name, ["completeness", "modified"]) == (100, modified)
	action.delete()
	completeness.refresh_completeness(plan.name)
	assert frappe.db.get_value(PLAN, plan.name, "completeness") == 0


@pytest.mark.parametrize("block", sorted(completeness.BLOCKS))
def test_every_block_says_what_is_missing(account, block):
	questions = [{"building_block": "Goals", "question": "Why?"}] if block == "Questions" else []
	template = make_template(blocks=(block,), questions=questions)
	plan = make_plan(make_account(f"Empty {block}").name, template=template.name, complete=False)
	assert plan.blocks[0].filled == 0 and plan.blocks[0].missing


# ---------------------------------------------------------------- figures


def test_figures_answer_everything_the_form_shows(account, customer):
	sell(customer, 1000, "2018-03-10")
	sell(customer, 700, "2019-02-10")
	plan = make_approved_plan(
		account.name, targets=[{"amount": 1400}], budget=[{"purpose": "Trips", "planned": 50}]
	)
	with frappe_session.as_user(MANAGER):
		answer = plan_api.figures(plan.name)
	assert (answer["targets"]["actual"], answer["targets"]["attainment"]) == (700, 50)
	assert answer["targets"]["before"] == 1000
	assert answer["budget"]["lines"][0]["code"] == "B1"
	assert answer["completeness"]["percent"] == 100
	assert [row["name"] for row in answer["versions"]] == [plan.name]
	assert answer["approval"]["is_author"]


def test_figures_are_for_those_who_see_the_account(account):
	plan = make_plan(account.name, by=MANAGER)
	other = make_team_account(key_account_manager=None)
	hidden = make_plan(other.name)
	with frappe_session.as_user(MANAGER):
		assert plan_api.figures(plan.name)
		with pytest.raises(frappe.PermissionError):
			plan_api.figures(hidden.name)
		with pytest.raises(frappe.PermissionError):
			plan_api.new_version(hidden.name)
		with pytest.raises(frappe.PermissionError):
			plan_api.prefill(hidden.name)
		with pytest.raises(frappe.PermissionError):
			plan_api.difference(hidden.name)


def test_prefill_fills_only_what_is_empty(account, customer):
	sell(customer, 900, "2018-06-15")
	sell(customer, 100, "2018-07-15", "Plan Filters")
	plan = make_plan(account.name, by=MANAGER, complete=False)
	with frappe_session.as_user(MANAGER):
		answer = plan_api.prefill(plan.name)
		assert answer["targets"] == 2
		plan = reload(plan)
		assert [(row.item_group, row.amount, row.before) for row in plan.targets] == [
			(GOODS, 900, 900),
			("Plan Filters", 100, 100),
		]
		plan.targets[0].amount = 5
		plan.save()
		assert plan_api.prefill(plan.name)["targets"] == 0
	assert reload(plan).targets[0].amount == 5


def test_a_closed_plan_keeps_its_figures_when_invoices_come(account, customer):
	measure = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	values = complete_fields(due="2019-12-31")
	values["objectives"][0].update({"measure": measure, "target": 1000})
	sell(customer, 400, "2019-03-03")
	plan = make_approved_plan(account.name, **values)
	plan = close(start(plan, MANAGER), MANAGER)
	assert (plan.objectives[0].value, plan.objectives[0].progress, plan.progress) == (400, 40, 40)
	sell(customer, 600, "2019-04-04")
	answer = plan_api.figures(plan.name)
	assert (answer["kept"], answer["targets"]["actual"], answer["objectives"][0]["value"]) == (
		"closed",
		400,
		400,
	)
	frozen.refresh_plan(plan.name)
	assert reload(plan).objectives[0].value == 400


def test_values_are_stored_for_lists_and_not_taken_from_a_client(account, customer):
	measure = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	values = complete_fields(due="2019-12-31")
	values["objectives"][0].update({"measure": measure, "target": 1000})
	plan = make_approved_plan(account.name, **values)
	sell(customer, 250, "2019-03-03")
	modified = plan.modified
	with frappe_session.as_user(MANAGER):
		assert plan_api.refresh(plan.name) == {"progress": 25}
		plan = reload(plan)
		assert (plan.objectives[0].value, plan.modified) == (250, modified)
		plan.objectives[0].value = 900
		plan.objectives[0].progress = 90
		plan.save()
	assert (reload(plan).objectives[0].value, reload(plan).objectives[0].progress) == (250, 25)


def test_a_value_entered_by_hand_counts(account):
	plan = make_approved_plan(account.name)
	with frappe_session.as_user(MANAGER):
		plan.objectives[0].value = 49
		plan.save()
	row = reload(plan).objectives[0]
	assert (row.value_known, row.progress) == (1, 50)
	assert row.value_on


def test_a_perpetual_plan_has_no_months_and_ends_when_it_is_closed(account):
	plan = make_approved_plan(account.name, period_type="Perpetual", from_date="2019-01-01")
	assert plan.months == [] and not plan.to_date
	plan = close(start(plan, MANAGER), MANAGER)
	assert plan.to_date == getdate(nowdate())


# ---------------------------------------------------------------- in force


def test_plan_in_force(account):
	assert plan_in_force(account.name, "2019-06-01") is None
	plan = make_plan(account.name, by=MANAGER)
	assert plan_in_force(account.name, "2019-06-01") is None
	send_to_review(plan, MANAGER)
	assert plan_in_force(account.name, "2019-06-01") is None
	approve(plan, DIRECTOR)
	for day, name in (
		("2018-12-31", None),
		("2019-01-01", plan.name),
		("2019-12-31", plan.name),
		("2020-01-01", None),
	):
		assert plan_in_force(account.name, day) == name
	close(start(plan, MANAGER), MANAGER)
	assert plan_in_force(account.name, "2019-06-01") is None


# ---------------------------------------------------------------- deletion


def test_a_draft_is_deleted_with_its_untouched_actions(account):
	template = make_template(actions=[{"subject": "Kick-off"}, {"subject": "Meet"}])
	plan = make_plan(account.name, template=template.name, by=MANAGER)
	meet = frappe.get_doc("Key Account Action", {"plan": plan.name, "subject": "Meet"})
	meet.update({"status": "In Progress", "progress": 10})
	meet.save()
	plan.delete()
	assert not frappe.db.exists(PLAN, plan.name)
	assert frappe.db.get_value("Key Account Action", meet.name, "plan") is None
	assert not frappe.db.exists("Key Account Action", {"subject": "Kick-off", "key_account": account.name})


def test_a_plan_beyond_draft_is_not_deleted(account):
	plan = send_to_review(make_plan(account.name, by=MANAGER), MANAGER)
	refused("Only drafts", plan.delete)
	plan = approve(plan, DIRECTOR)
	with pytest.raises(frappe.ValidationError):
		plan.delete()
