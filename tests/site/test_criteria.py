"""Criteria: every mistake gets one clear message with its place, versions, and measures of a site's own."""

import frappe
import pytest

from kam_erpnext.api.criteria import standard_lines
from kam_erpnext.kam_erpnext.doctype.key_account_criteria.key_account_criteria import InvalidCriteriaError
from tests.site import builders as b
from tests.site.kam_builders import make_criteria

CRITERIA = "Key Account Criteria"


def threshold(measure="Net Sales", operator=">=", value=1000, **fields):
	return {"measure": measure, "operator": operator, "threshold": value, **fields}


def score(criterion="Revenue", weight=10, low=0, high=100, measure="Net Sales", kind="Linear", **fields):
	return {
		"criterion": criterion,
		"weight": weight,
		"kind": kind,
		"measure": measure,
		"low_anchor": low,
		"high_anchor": high,
		**fields,
	}


def judged(criterion="Trust", weight=10, **fields):
	return {"criterion": criterion, "weight": weight, "kind": "Judged", **fields}


def question(text="Is it profitable?", **fields):
	return {"question": text, "kind": "Judged", **fields}


# ---------------------------------------------------------------- mistakes

ALL, N_OF_M = "All lines hold", "At least a number of lines hold"

MISTAKES = {
	"no lines": (
		{"classification": [], "scoring": []},
		"The criteria have no lines; add at least one classification, screening or scoring line.",
	),
	"all weights zero": (
		{"scoring": [judged(weight=0), score(weight=0)]},
		"All weights are zero; give at least one scoring line a weight above zero.",
	),
	"negative weight": (
		{"scoring": [judged(), score(weight=-5)]},
		"Scoring Criteria, line 2: The weight is -5; enter zero or more",
	),
	"threshold on an empty measure": (
		{"classification": [threshold(), threshold(measure=None)]},
		"Classification Criteria, line 2: The measure is missing; choose one.",
	),
	"scale on an empty measure": (
		{"scoring": [judged(), judged("More"), score(measure=None)]},
		"Scoring Criteria, line 3: The measure is missing; choose one.",
	),
	"measured question without measure": (
		{"screening": [question(), question("Big?", kind="Measured", operator=">=", threshold=1)]},
		"Screening Criteria, line 2: The measure is missing; choose one.",
	),
	"measured question without operator": (
		{"screening": [question("Big?", kind="Measured", measure="Net Sales", threshold=1)]},
		"Screening Criteria, line 1: Unknown operator",
	),
	"contradictory thresholds": (
		{
			"classification": [
				threshold(value=10),
				threshold("Gross Profit"),
				threshold(operator="<", value=5),
			]
		},
		"Classification Criteria, line 3: Lines 1 and 3 contradict each other: Net Sales >= 10 and < 5 can never both hold; change or remove one of them.",
	),
	"contradictory mandatory lines": (
		{
			"rule": "Any line holds",
			"classification": [
				threshold(value=10, mandatory=1),
				threshold(operator="<=", value=5, mandatory=1),
			],
		},
		"Classification Criteria, line 2: Lines 1 and 2 contradict each other",
	),
	"threshold and question contradict": (
		{
			"screening": [
				question(
					"Small?", kind="Measured", measure="Net Sales", operator="<", threshold=500, mandatory=1
				)
			]
		},
		"Screening Criteria, line 1: This line and Classification line 1 contradict each other",
	),
	"more lines than there are": (
		{"rule": N_OF_M, "minimum_lines": 3, "classification": [threshold(), threshold("Gross Profit")]},
		"The number of lines that must hold is 3, but the number of classification lines is 2",
	),
	"no line need hold": (
		{"rule": N_OF_M, "minimum_lines": 0},
		"The number of lines that must hold is 0; enter a whole number of 1 or more.",
	),
	"a share above 100 %": (
		{"classification": [threshold("Contribution %", value=150)]},
		"Classification Criteria, line 1: Contribution % is a percentage from 0 to 100, but the threshold is 150",
	),
	"anchors at one value": (
		{"scoring": [score(low=50, high=50)]},
		"Scoring Criteria, line 1: Both anchors are 50; the scale needs two different numbers.",
	),
	"one step": (
		{"scoring": [score(kind="Stepped", steps=1)]},
		"Scoring Criteria, line 1: The number of steps is 1; a stepped scale needs at least 2.",
	),
	"a criterion twice": (
		{"scoring": [judged("Trust"), judged("trust ")]},
		"Scoring Criteria, line 2: Lines 1 and 2 are both called 'trust'; rename or remove one of them.",
	),
	"a question twice": (
		{"screening": [question("Loyal?"), question("Loyal?")]},
		"Screening Criteria, line 2: Lines 1 and 2 are both called 'Loyal?'",
	),
	"a minimum score without scoring": (
		{"scoring": [], "minimum_score": 40},
		"A minimum score needs scoring lines",
	),
	"a level twice": (
		{"levels": [{"level": "Global", "minimum_score": 80}, {"level": "Global", "minimum_score": 60}]},
		"Level Rules, line 2: Lines 1 and 2 are both called 'Global'",
	),
}


def say(error):
	return " ".join(str(error.value).split())


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_message_with_its_place_and_nothing_is_saved(mistake):
	values, expected = MISTAKES[mistake]
	before = frappe.db.count(CRITERIA)
	with pytest.raises(InvalidCriteriaError) as error:
		make_criteria("Mistaken", submit=False, **values)
	assert expected in say(error)
	assert frappe.db.count(CRITERIA) == before
	(message,) = frappe.get_message_log()
	assert message["title"] == "Please correct the criteria"
	if "line" in expected.split(":")[0]:
		assert say(error).startswith(expected.split(":")[0])


def test_a_mistake_in_a_change_leaves_what_was_saved():
	criteria = make_criteria(submit=False)
	criteria.classification[0].threshold = 7
	criteria.scoring[0].high_anchor = criteria.scoring[0].low_anchor
	with pytest.raises(InvalidCriteriaError):
		criteria.save()
	stored = frappe.get_doc(CRITERIA, criteria.name)
	assert stored.classification[0].threshold == 1000


def test_several_mistakes_are_listed_together():
	with pytest.raises(InvalidCriteriaError):
		make_criteria(classification=[threshold(measure=None)], scoring=[score(low=1, high=1)])
	(message,) = frappe.get_message_log()
	assert len(message["message"]) == 2
	assert message["as_list"]


def test_an_unknown_measure_is_refused_with_the_line():
	with pytest.raises(frappe.LinkValidationError, match="Row #2: Measure: Sympathy"):
		make_criteria(classification=[threshold(), threshold("Sympathy")])


def test_an_unknown_rule_is_refused_with_the_choices():
	with pytest.raises(frappe.ValidationError, match="A Customer Qualifies When cannot be"):
		make_criteria(rule="Most lines hold")


def test_thresholds_that_fit_are_not_called_contradictory():
	make_criteria(classification=[threshold(value=10), threshold(operator="<", value=50)])
	make_criteria(
		rule="Any line holds", classification=[threshold(value=10), threshold(operator="<", value=5)]
	)


def test_an_amount_of_zero_is_a_threshold():
	"""0 is a number, not a missing threshold."""
	make_criteria(classification=[threshold("Gross Profit", ">", 0)])


# ---------------------------------------------------------------- weights and standard lines


def test_shares_of_weight_are_shown_and_need_not_add_up_to_100():
	criteria = make_criteria(scoring=[judged("a", 30), judged("b", 15), judged("c", 15)])
	assert criteria.total_weight == 60
	assert [row.share_of_weight for row in criteria.scoring] == [50, 25, 25]
	stored = frappe.get_doc(CRITERIA, criteria.name)
	assert [row.share_of_weight for row in stored.scoring] == [50, 25, 25]


def test_shares_cannot_be_sent_by_the_client():
	criteria = make_criteria(scoring=[judged("a", 1, share_of_weight=99), judged("b", 3)], total_weight=7)
	assert [row.share_of_weight for row in criteria.scoring] == [25, 75]
	assert criteria.total_weight == 4


def test_the_standard_criteria_are_valid():
	lines = standard_lines()
	criteria = make_criteria("Standard", rule="Any line holds", **lines)
	assert criteria.docstatus == 1
	assert (len(criteria.classification), len(criteria.screening), len(criteria.scoring)) == (8, 6, 6)
	assert criteria.total_weight == 100
	assert all(row.measure for row in criteria.classification)
	assert criteria.measure_keys() >= {"cumulative_share", "net_sales", "potential", "profitable_years"}


def test_the_standard_criteria_follow_a_renamed_measure():
	"""Lines name records, not keys."""
	names = {row["measure"] for row in standard_lines()["classification"]}
	assert names <= set(frappe.get_all("KAM Measure", pluck="name"))


# ---------------------------------------------------------------- versions


def new_assessment(customer, criteria, **fields):
	return frappe.get_doc(
		{
			"doctype": "Key Account Assessment",
			"customer": customer,
			"criteria": criteria,
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
			**fields,
		}
	)


@pytest.fixture
def customer():
	name = b.make_customer("Criteria Clinic").name
	b.make_invoice(name, [(b.ensure_service_item(), 1, 2000)], "2019-06-10")
	return name


def amend(criteria, **changes):
	return b.amend(criteria, **changes)


def test_an_amended_version_leaves_what_was_made_with_the_old_one(customer):
	criteria = make_criteria()
	submitted, draft = (new_assessment(customer, criteria.name).insert() for _number in range(2))
	submitted.submit()
	newer = amend(criteria, classification=[threshold(value=9000)])
	assert newer.amended_from == criteria.name
	assert newer.name != criteria.name
	assert frappe.db.get_value(CRITERIA, criteria.name, "docstatus") == 2

	submitted.reload()
	assert (submitted.criteria, submitted.meets_criteria) == (criteria.name, "Yes")
	draft.reload()
	draft.scores[1].evaluation_b = "50"
	draft.save()
	draft.submit()
	assert (draft.criteria, draft.meets_criteria, draft.thresholds[0].condition) == (
		criteria.name,
		"Yes",
		">= $ 1,000.00",
	)
	assert new_assessment(customer, newer.name).insert().meets_criteria == "No"


def test_a_replaced_version_is_not_used_for_anything_new(customer):
	criteria = make_criteria()
	amend(criteria)
	with pytest.raises(
		frappe.ValidationError, match="were cancelled, so that a new version can replace them"
	):
		new_assessment(customer, criteria.name).insert()


def test_a_selection_under_validation_keeps_its_version(customer):
	criteria = make_criteria()
	selection = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": "Versions",
			"criteria": criteria.name,
			"company": b.COMPANY,
			"period_window": "Custom",
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
		}
	).insert()
	selection.db_set("workflow_state", "To Validate")
	amend(criteria)
	selection.reload()
	selection.title = "Versions, second look"
	selection.save()
	assert selection.criteria == criteria.name
	selection.db_set("workflow_state", "Draft")
	selection.reload()
	with pytest.raises(frappe.ValidationError, match="Please choose the new version"):
		selection.save()


def test_criteria_count_from_their_first_day(customer):
	criteria = make_criteria(effective_from="2020-01-01")
	with pytest.raises(frappe.ValidationError, match="are effective from 01-01-2020, after 12-31-2019"):
		new_assessment(customer, criteria.name).insert()
	new_assessment(customer, criteria.name, to_date="2020-01-01").insert()


def test_criteria_of_another_company_are_refused(customer):
	criteria = make_criteria(only_company=b.ensure_euro_company())
	with pytest.raises(frappe.ValidationError, match=f"were made for company {b.EURO_COMPANY}"):
		new_assessment(customer, criteria.name).insert()


def test_drafts_are_not_used(customer):
	criteria = make_criteria(submit=False)
	with pytest.raises(frappe.ValidationError, match="are not submitted"):
		new_assessment(customer, criteria.name).insert()


def test_submitted_criteria_cannot_be_edited():
	criteria = make_criteria()
	criteria.classification[0].threshold = 5
	with pytest.raises(frappe.UpdateAfterSubmitError):
		criteria.save()


# ---------------------------------------------------------------- numeric fields of Customer as measures


def make_measure(field, name, **fields):
	return frappe.get_doc(
		{
			"doctype": "KAM Measure",
			"measure_name": name,
			"source": "Customer field",
			"customer_field": field,
			"unit": "count",
			**fields,
		}
	).insert()


@pytest.mark.commits
def test_a_field_the_administrator_added_to_customer_is_a_measure_until_it_is_removed(cleanup):
	"""Adding a field changes the table of Customer, which cannot be undone with the test."""
	field = frappe.get_doc(
		{
			"doctype": "Custom Field",
			"dt": "Customer",
			"fieldname": "kamtest_beds",
			"label": "Beds",
			"fieldtype": "Int",
			"insert_after": "customer_name",
		}
	).insert()
	frappe.db.commit()
	cleanup.later(field)
	measure = cleanup.later(make_measure("kamtest_beds", "Beds of the Hospital"))
	assert measure.measure_key == "field:kamtest_beds"

	big = cleanup.later(b.make_customer("Big Hospital", kamtest_beds=900)).name
	small = cleanup.later(b.make_customer("Small Hospital", kamtest_beds=90)).name
	criteria = cleanup.later(
		make_criteria(
			"Beds",
			classification=[threshold(measure.name, ">=", 500)],
			scoring=[score("Size", low=0, high=1000, measure=measure.name)],
		)
	)
	assessed = {name: cleanup.later(new_assessment(name, criteria.name).insert()) for name in (big, small)}
	frappe.db.commit()
	assert [assessed[name].meets_criteria for name in (big, small)] == ["Yes", "No"]
	assert [assessed[name].score for name in (big, small)] == [90, 9]
	assert assessed[big].thresholds[0].measured_value == "900"
	assert assessed[big].scores[0].source == "Customer field"

	frappe.delete_doc("Custom Field", field.name)
	frappe.clear_cache(doctype="Customer")
	with pytest.raises(InvalidCriteriaError) as error:
		make_criteria(
			"Beds again",
			submit=False,
			classification=[threshold(), threshold(measure.name, ">=", 500)],
		)
	assert "Classification Criteria, line 2: Customer has no field kamtest_beds" in say(error)
	# what was measured before can still be read and saved
	assessed[big].reload()
	assessed[big].notes = "field removed since"
	assessed[big].save()
	assert assessed[big].meets_criteria == "Yes"
