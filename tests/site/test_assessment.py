"""Assessments of one customer or key account: measured live, judged by people, frozen when submitted."""

import json

import frappe
import pytest
from frappe.utils import getdate

from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account, make_criteria

ASSESSMENT = "Key Account Assessment"
MEMBER = "assessment.member@example.com"
SELLER = "assessment.seller@example.com"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users({MEMBER: ["Key Account Manager"], SELLER: ["Sales User"]}):
		yield


def invoice(customer, amount, date="2019-06-10", item=None, quantity=1):
	return b.make_invoice(customer, [(item or b.ensure_service_item(), quantity, amount)], date)


@pytest.fixture
def customer():
	"""2,000 of 8,000 net sales in 2019, cost 800; 1,600 the year before. A larger customer has the rest."""
	item = b.ensure_item("Assessment Item")
	b.make_receipt([(item, 100, 40)], "2018-01-01")
	name = b.make_customer("Assessed Clinic", kam_potential=5000, kam_influence_reach=7).name
	invoice(name, 100, "2019-03-01", item, 20)
	invoice(name, 1600, "2018-05-05")
	larger = b.make_customer("Larger Clinic").name
	invoice(larger, 6000, "2019-04-01")
	return name


def new_assessment(criteria, customer=None, **fields):
	return frappe.get_doc(
		{
			"doctype": ASSESSMENT,
			"customer": customer,
			"criteria": criteria.name,
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
			**fields,
		}
	)


def assess(customer, criteria=None, **fields):
	return new_assessment(criteria or make_criteria(), customer, **fields).insert()


def reload(assessment):
	return frappe.get_doc(ASSESSMENT, assessment.name)


def linear(criterion, weight, measure, low, high, **fields):
	return {
		"criterion": criterion,
		"weight": weight,
		"kind": "Linear",
		"measure": measure,
		"low_anchor": low,
		"high_anchor": high,
		**fields,
	}


def judged(criterion, weight, **fields):
	return {"criterion": criterion, "weight": weight, "kind": "Judged", **fields}


# ---------------------------------------------------------------- measured live


def test_measured_values_equal_those_computed_by_hand(customer):
	measures = {
		"Net Sales": "$ 2,000.00",
		"Share of Company Sales": "25 %",
		"Cumulative Share of Sales": "75 %",
		"Gross Profit": "$ 1,200.00",  # 2,000 - 20 x 40
		"Gross Margin %": "60 %",
		"Sales Growth %": "25 %",
		"Potential": "$ 5,000.00",
		"Contribution %": "16.67 %",  # 1,200 of 1,200 + 6,000
		"Item Groups Bought": "1",
		"Influence Reach": "7",
		"Days Since Last Order": "305 days",  # 1 March to 31 December
	}
	criteria = make_criteria(
		classification=[{"measure": name, "operator": ">=", "threshold": 0} for name in measures]
	)
	assessment = assess(customer, criteria)
	assert {row.criterion: row.measured_value for row in assessment.thresholds} == measures
	assert all(row.met == "Yes" for row in assessment.thresholds)
	assert (assessment.account_name, assessment.abc_class) == ("Assessed Clinic", "A")


def test_every_line_says_where_its_figure_comes_from(customer):
	assessment = assess(customer)
	assert assessment.thresholds[0].source == "01-01-2019 to 12-31-2019, documents of the company: 2"
	assert assessment.scores[1].source == "Judged by a person"
	assert getdate(assessment.measured_on) == getdate()


def test_score_is_the_sum_of_a_times_b_over_the_answered_weight(customer):
	"""A = 60, 20 and 20 of 100; B = 40 and 50; the third is not judged."""
	criteria = make_criteria(
		scoring=[
			linear("Revenue", 60, "Net Sales", 0, 5000, dimension="Strength"),
			linear("Growth", 20, "Sales Growth %", 0, 50),
			judged("Trust", 20),
		]
	)
	assessment = assess(customer, criteria)
	lines = [(row.interest_a, row.evaluation_b, row.weighted_score) for row in assessment.scores]
	assert lines == [(60, "40", "24"), (20, "50", "10"), (20, None, None)]
	assert assessment.score == pytest.approx(42.5)  # (24 + 10) / 80 %
	assert assessment.answered_share == 80
	assert (assessment.strength, assessment.attractiveness) == (40, 50)
	assert (assessment.band, assessment.open_judgements) == ("Medium", 1)

	assessment.scores[2].evaluation_b = "90"
	assessment.scores[2].evidence = "joint projects"
	assessment.save()
	stored = reload(assessment)
	assert stored.score == pytest.approx(52)  # 24 + 10 + 18
	assert (stored.answered_share, stored.open_judgements) == (100, 0)
	assert stored.attractiveness == pytest.approx(70)  # (20 x 50 + 20 x 90) / 40
	assert (stored.scores[2].weighted_score, stored.scores[2].evidence) == ("18", "joint projects")


def test_stepped_and_reversed_scales(customer):
	criteria = make_criteria(
		scoring=[
			{**linear("Steps", 1, "Net Sales", 0, 5000), "kind": "Stepped", "steps": 3},
			linear("Late", 1, "Days Since Last Order", 0, 610, reverse=1),
		]
	)
	assessment = assess(customer, criteria)
	# 40 % of the way is the second of three steps; 305 of 610 days is half
	assert [row.evaluation_b for row in assessment.scores] == ["50", "50"]


@pytest.mark.parametrize(
	"points, value", [("0", 0), ("100", 100), ("37.5", 37.5), ("37,5", 37.5), (" 20 ", 20)]
)
def test_points_are_numbers_from_0_to_100(customer, points, value):
	assessment = assess(customer, make_criteria(scoring=[judged("Trust", 5)]))
	assessment.scores[0].evaluation_b = points
	assessment.save()
	assert reload(assessment).score == value


@pytest.mark.parametrize("points", ["101", "-1", "many", "nan", "1e3", "50 %"])
def test_other_points_are_refused_with_the_line(customer, points):
	assessment = assess(customer)
	assessment.scores[1].evaluation_b = points
	with pytest.raises(
		frappe.ValidationError,
		match=r"Key Account Review, line 2, Relationship: B must be a number between 0 and 100",
	):
		assessment.save()
	assert reload(assessment).scores[1].evaluation_b is None


def test_points_can_be_taken_back(customer):
	assessment = assess(customer)
	assessment.scores[1].evaluation_b = "100"
	assessment.save()
	assert assessment.score == pytest.approx(55)  # 75 % x 40 + 25 % x 100
	assessment.scores[1].evaluation_b = ""
	assessment.save()
	assert (assessment.score, assessment.answered_share) == (40, 75)


# ---------------------------------------------------------------- screening

QUESTIONS = [
	{"question": "Distinct?", "kind": "Judged", "mandatory": 1},
	{"question": "Large?", "kind": "Measured", "measure": "Net Sales", "operator": ">=", "threshold": 1500},
]


@pytest.mark.parametrize("answer, meets", [("Unknown", "Open"), ("Yes", "Yes"), ("No", "No")])
def test_a_mandatory_question_decides(customer, answer, meets):
	assessment = assess(customer, make_criteria(screening=QUESTIONS))
	assert [row.answer for row in assessment.answers] == ["Unknown", "Yes"]
	assessment.answers[0].answer = answer
	assessment.save()
	assert (assessment.meets_criteria, assessment.criteria_met) == (meets, "1 / 1")
	assert assessment.open_judgements == 1 + (answer == "Unknown")


def test_an_answer_that_is_none_is_refused(customer):
	assessment = assess(customer, make_criteria(screening=QUESTIONS))
	assessment.answers[0].answer = "Maybe"
	with pytest.raises(
		frappe.ValidationError, match=r"Screening, line 1, Distinct.: please answer Yes, No or Unknown"
	):
		assessment.save()


# ---------------------------------------------------------------- unknown is shown as unknown


def test_what_nobody_knows_is_empty_and_not_zero():
	fresh = b.make_customer("Unknown Clinic").name
	criteria = make_criteria(
		rule="Any line holds",
		classification=[
			{"measure": "Potential", "operator": ">=", "threshold": 0},
			{"measure": "Market Share in Value %", "operator": ">=", "threshold": 0},
		],
		scoring=[linear("Potential", 5, "Potential", 0, 100), linear("Growth", 5, "Sales Growth %", 0, 100)],
	)
	assessment = assess(fresh, criteria)
	assert [(row.measured_value, row.met) for row in assessment.thresholds] == [(None, "Unknown")] * 2
	assert [(row.evaluation_b, row.weighted_score) for row in assessment.scores] == [(None, None)] * 2
	assert assessment.meets_criteria == "Open"
	assert assessment.unknown.split(", ") == ["score", "attractiveness", "strength"]
	assert assessment.answered_share == 0
	assert assessment.band is None
	assert frappe.parse_json(assessment.measures)["values"]["potential"] is None


def test_a_customer_without_sales_has_zero_sales():
	assessment = assess(b.make_customer("Silent Clinic").name)
	assert (assessment.thresholds[0].measured_value, assessment.thresholds[0].met) == ("$ 0.00", "No")
	assert not assessment.abc_class


# ---------------------------------------------------------------- frozen


def test_figures_stay_when_the_ledger_changes(customer):
	assessment = assess(customer)
	invoice(customer, 3000)
	assessment.scores[1].evaluation_b = "0"
	assessment.save()
	assert assessment.thresholds[0].measured_value == "$ 2,000.00"
	assessment.submit()
	invoice(customer, 3000)
	stored = reload(assessment)
	assert stored.thresholds[0].measured_value == "$ 2,000.00"
	assert stored.score == 30  # 75 % x 40 + 25 % x 0
	assert assess(customer).thresholds[0].measured_value == "$ 8,000.00"


def test_nothing_changes_after_submitting(customer):
	assessment = assess(customer)
	assessment.submit()
	assessment.scores[1].evaluation_b = "100"
	with pytest.raises(frappe.UpdateAfterSubmitError):
		assessment.save()


def forged(assessment):
	"""What a client might send to look better."""
	sent = assessment.as_dict()
	sent.update(
		score=99, band="Very good", meets_criteria="Yes", abc_class="A", answered_share=100, strength=99
	)
	sent.measures = json.dumps({"documents": 9, "values": {"net_sales": 1e6}})
	sent.measured_on = "2001-01-01 00:00:00"
	sent.account_name = "Somebody Else"
	sent.thresholds[0].update(measured_value="$ 1,000,000.00", met="Yes")
	sent.scores[0].update(evaluation_b="100", weighted_score="100", judged=1, interest_a=100)
	return frappe.get_doc(sent)


def test_measured_values_cannot_be_changed_by_the_client(customer):
	assessment = assess(customer, make_criteria(classification=[
		{"measure": "Net Sales", "operator": ">=", "threshold": 5000}
	]))  # fmt: skip
	forged(assessment).save()
	stored = reload(assessment)
	for field in ("score", "band", "meets_criteria", "abc_class", "measures", "measured_on", "account_name"):
		assert stored.get(field) == assessment.get(field), field
	assert (stored.thresholds[0].measured_value, stored.thresholds[0].met) == ("$ 2,000.00", "No")
	line = stored.scores[0]
	assert (line.evaluation_b, line.weighted_score, line.interest_a, line.judged) == ("40", "30", 75, 0)


def test_a_new_assessment_does_not_bring_its_own_figures(customer):
	figures = json.dumps({"documents": 9, "values": {"net_sales": 1e6}})
	assessment = assess(
		customer, measures=figures, account_name="Somebody Else", flags={"kam_selection_run": 1}
	)
	assert frappe.parse_json(assessment.measures)["values"]["net_sales"] == 2000
	assert assessment.account_name == "Assessed Clinic"


def test_lines_cannot_be_removed_or_added(customer):
	assessment = assess(customer)
	assessment.set("scores", [])
	assessment.append(
		"scores", {"criterion": "Invented", "criterion_row": 9, "judged": 1, "evaluation_b": "100"}
	)
	assessment.save()
	assert [row.criterion for row in reload(assessment).scores] == ["Revenue", "Relationship"]
	assert reload(assessment).score == 40


def test_an_assessment_does_not_put_itself_into_a_selection(customer):
	criteria = make_criteria()
	selection = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": "Running",
			"criteria": criteria.name,
			"company": b.COMPANY,
			"period_window": "Custom",
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
		}
	).insert()
	selection.db_set("workflow_state", "To Validate")
	assessment = assess(customer, criteria, selection=selection.name)
	assert not assessment.selection
	assessment.selection = selection.name
	assessment.save()
	assert not reload(assessment).selection


@pytest.mark.parametrize("field, value", [("from_date", "2018-01-01"), ("to_date", "2020-01-31")])
def test_the_period_cannot_be_exchanged(customer, field, value):
	assessment = assess(customer)
	assessment.set(field, value)
	with pytest.raises(frappe.CannotChangeConstantError):
		assessment.save()


def test_an_amended_assessment_reads_the_figures_again_and_keeps_the_judgements(customer):
	assessment = assess(customer)
	assessment.scores[1].evaluation_b = "80"
	assessment.save()
	assessment.submit()
	invoice(customer, 500)
	newer = b.amend(assessment, submit=False)
	assert newer.thresholds[0].measured_value == "$ 2,500.00"
	assert newer.scores[1].evaluation_b == "80"
	assert newer.score == pytest.approx(57.5)  # 75 % x 50 + 25 % x 80
	assert reload(assessment).score == 50  # 75 % x 40 + 25 % x 80


# ---------------------------------------------------------------- subjects


def test_a_key_account_is_assessed_with_everything_below_it(customer):
	below = b.make_customer("Branch Clinic").name
	invoice(below, 500)
	top = make_account("Assessed Group", [customer])
	make_account("Assessed Branch", [below], parent=top.name)
	assessment = assess(None, key_account=top.name)
	assert (assessment.account_name, assessment.customer) == ("Assessed Group", customer)
	assert assessment.thresholds[0].measured_value == "$ 2,500.00"


def test_the_customer_of_an_account_is_not_chosen_by_the_client(customer):
	account = make_account("Assessed Group", [customer])
	stranger = b.make_customer("Stranger Clinic").name
	assessment = assess(stranger, key_account=account.name)
	assert assessment.customer == customer
	assert assessment.thresholds[0].measured_value == "$ 2,000.00"


def test_a_customer_of_an_account_is_assessed_with_its_account(customer):
	make_account("Assessed Group", [customer])
	with pytest.raises(
		frappe.ValidationError, match=r"belongs to a key account\. Assess the key account instead"
	):
		assess(customer)


def test_an_account_without_customers_cannot_be_measured():
	account = make_account("Empty Group")
	with pytest.raises(frappe.ValidationError, match="has no customers that could be measured"):
		assess(None, key_account=account.name)


def test_a_subject_is_needed():
	with pytest.raises(frappe.ValidationError, match="Please choose the Customer or the Key Account"):
		assess(None)


@pytest.mark.parametrize("values, message", [
	({"to_date": "2018-12-31"}, "lies before From"),
	({"from_date": None}, "Please enter both From and To"),
])  # fmt: skip
def test_a_period_is_needed(customer, values, message):
	with pytest.raises(frappe.ValidationError, match=message):
		assess(customer, **values)


# ---------------------------------------------------------------- who may


def test_a_team_member_assesses_his_account_and_no_other(customer, as_user):
	mine = make_account("Mine", [customer], team=[MEMBER])
	other = b.make_customer("Other Clinic").name
	theirs = make_account("Theirs", [other])
	criteria = make_criteria()
	with as_user(MEMBER):
		assessment = assess(None, criteria, key_account=mine.name)
		assert assessment.thresholds[0].measured_value == "$ 2,000.00"
		assessment.scores[1].evaluation_b = "60"
		assessment.save()
		assessment.submit()
		for refused in ({"key_account": theirs.name}, {"customer": other}):
			with pytest.raises(frappe.PermissionError):
				new_assessment(criteria, **refused).insert()


def test_whoever_leaves_the_team_sees_the_assessment_no_longer(customer, as_user):
	account = make_account("Mine", [customer], team=[MEMBER])
	assessment = assess(None, key_account=account.name)
	with as_user(MEMBER):
		reload(assessment).check_permission("read")
	account.team[0].until = "2020-01-01"
	account.save()
	with as_user(MEMBER):
		with pytest.raises(frappe.PermissionError):
			reload(assessment).check_permission("read")
		assert frappe.get_list(ASSESSMENT) == []


def test_a_seller_without_a_role_of_key_account_management_assesses_nobody(customer, as_user):
	criteria = make_criteria()
	with as_user(SELLER), pytest.raises(frappe.PermissionError):
		new_assessment(criteria, customer).insert()
