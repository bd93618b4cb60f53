"""Settings and master records: what they refuse, and in which words."""

import frappe
import pytest

from kam_erpnext.engine.measures import MEASURES
from kam_erpnext.engine.plan_measures import PLAN_MEASURES
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.setup import masters
from kam_erpnext.setup import settings as site_settings
from tests.site import builders as b
from tests.site.kam_builders import make_account, make_criteria


def save_settings(**values):
	settings = frappe.get_single("KAM Settings")
	settings.update(values)
	return settings.save()


# ---------------------------------------------------------------- settings


def test_a_site_from_before_gets_the_defaults_of_later_fields_and_keeps_what_it_has():
	save_settings()
	later = ["rhythm_high", "weight_value", "target_share", "chance_won", "intelligence_digest"]
	frappe.db.delete("Singles", {"doctype": "KAM Settings", "field": ["in", later]})
	frappe.db.set_single_value("KAM Settings", "active_days", 0)
	site_settings.apply()
	stored = frappe.db.get_singles_dict("KAM Settings")
	assert int(stored["active_days"]) == 0
	assert [float(stored[field]) for field in later] == [30, 30, 30, 60, 1]


@pytest.mark.parametrize(
	"cut_a, cut_b", [(0, 95), (-5, 95), (95, 95), (96, 95), (80, 101), (None, 95), (80, None)]
)
def test_class_lines_out_of_order_are_refused(cut_a, cut_b):
	with pytest.raises(
		frappe.ValidationError, match=r"Class A Up To \(.*\) must be above 0 and below Class B"
	):
		save_settings(abc_cut_a=cut_a, abc_cut_b=cut_b)
	assert frappe.get_single("KAM Settings").abc_cut_a == 80


def test_class_lines_may_reach_100():
	save_settings(abc_cut_a=99.5, abc_cut_b=100)
	assert get_settings().abc_cut_b == 100


def test_numbers_may_come_as_text():
	"""As the REST interface sends them from a form."""
	save_settings(abc_cut_a="70", abc_cut_b="90")
	assert frappe.get_single("KAM Settings").abc_cut_a == 70


BANDS = {
	"not rising": ([("Weak", 50), ("Good", 40), ("Best", 100)], "Up To must rise from line to line"),
	"twice the same": ([("Weak", 50), ("Good", 50), ("Best", 100)], "Up To must rise from line to line"),
	"not up to 100": ([("Weak", 50), ("Good", 90)], "the last line must reach 100"),
	"beyond 100": ([("Weak", 50), ("Good", 120)], "line 2: Up To must be above 0 and at most 100"),
	"zero": ([("None", 0), ("Good", 100)], "line 1: Up To must be above 0 and at most 100"),
	"one word twice": ([("Good", 50), ("Good", 100)], "line 2: Good is listed twice"),
	"no value": ([("Weak", None), ("Good", 100)], "line 1: Up To must be above 0 and at most 100"),
}


@pytest.mark.parametrize("mistake", BANDS)
def test_bands_with_a_mistake_are_refused(mistake):
	rows, expected = BANDS[mistake]
	with pytest.raises(frappe.ValidationError, match=expected):
		save_settings(bands=[{"label": label, "upper": upper} for label, upper in rows])


def test_bands_are_the_words_of_the_score():
	save_settings(bands=[{"label": "Low", "upper": 30}, {"label": "High", "upper": 100}])
	assert [(band.label, band.upper) for band in get_settings().engine_bands()] == [
		("Low", 30),
		("High", 100),
	]


def test_without_bands_the_shipped_words_are_used():
	save_settings(bands=[])
	customer = b.make_customer("Bandless Clinic").name
	b.make_invoice(customer, [(b.ensure_service_item(), 1, 2000)], "2019-06-10")
	assessment = frappe.get_doc(
		{
			"doctype": "Key Account Assessment",
			"customer": customer,
			"criteria": make_criteria().name,
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
		}
	).insert()
	assert (assessment.score, assessment.band) == (40, "Moderate")


@pytest.mark.parametrize(
	"field", ["portfolio_cut_attractiveness", "portfolio_cut_strength", "concentration_warning"]
)
@pytest.mark.parametrize("value", [-1, 101])
def test_percentages_lie_between_0_and_100(field, value):
	label = frappe.get_meta("KAM Settings").get_label(field)
	with pytest.raises(frappe.ValidationError, match=f"{label} must lie between 0 and 100"):
		save_settings(**{field: value})


@pytest.mark.parametrize("field", ["maximum_accounts", "potential_years"])
def test_numbers_below_zero_are_refused(field):
	with pytest.raises(frappe.NonNegativeError):
		save_settings(**{field: -1})


def test_the_default_company_is_that_of_the_settings_or_else_of_the_user():
	assert default_company() == b.COMPANY
	euro = b.ensure_euro_company()
	save_settings(company=euro)
	assert default_company() == euro
	save_settings(company=None)
	frappe.defaults.set_user_default("Company", b.COMPANY)
	assert default_company() == b.COMPANY


# ---------------------------------------------------------------- levels, stages, segments


def test_shipped_levels_run_from_global_to_territory():
	levels = frappe.get_all(
		"Key Account Level", fields=["name", "rank"], order_by="`tabKey Account Level`.`rank`"
	)
	assert [(row.name, row.rank) for row in levels] == [
		("Global", 1),
		("National", 2),
		("Regional", 3),
		("Territory", 4),
	]


def test_each_level_has_its_own_rank():
	with pytest.raises(frappe.ValidationError, match="Level National already has rank 2"):
		frappe.get_doc({"doctype": "Key Account Level", "level_name": "Country", "rank": 2}).insert()


@pytest.mark.parametrize("rank", [0, None])
def test_ranks_start_at_1(rank):
	with pytest.raises(frappe.ValidationError, match="Rank must be 1 or more; 1 is the highest level"):
		frappe.get_doc({"doctype": "Key Account Level", "level_name": "Galaxy", "rank": rank}).insert()


def test_a_level_in_use_is_not_deleted_and_can_be_renamed():
	account = make_account("Levelled", level="Regional")
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc("Key Account Level", "Regional")
	frappe.rename_doc("Key Account Level", "Regional", "Region")
	account.reload()
	assert account.level == "Region"


def test_shipped_stages_are_ranked_within_their_model():
	ladder = frappe.get_all(
		"Key Account Stage",
		{"model": "Perception Ladder"},
		pluck="name",
		order_by="`tabKey Account Stage`.`rank`",
	)
	assert (len(ladder), ladder[0], ladder[-1]) == (8, "Opportunistic", "Strategic Partnership")


def test_a_segment_with_a_measure_needs_its_comparison():
	with pytest.raises(frappe.ValidationError, match="Please choose the Operator"):
		frappe.get_doc(
			{"doctype": "Key Account Segment", "segment_name": "Half a Rule", "measure": "Net Sales"}
		).insert()


def test_a_segment_without_a_measure_has_no_rule():
	segment = frappe.get_doc(
		{"doctype": "Key Account Segment", "segment_name": "By Hand", "operator": ">=", "threshold": 5}
	).insert()
	assert (segment.operator, segment.threshold) == (None, 0)


# ---------------------------------------------------------------- measures


def test_every_measure_of_the_engine_is_a_record():
	keys = dict(frappe.get_all("KAM Measure", {"is_standard": 1}, ["measure_key", "name"], as_list=True))
	expected = {key: spec.label for key, spec in MEASURES.items()}
	expected.update({key: measure.spec.label for key, measure in PLAN_MEASURES.items()})
	assert expected == keys


@pytest.mark.parametrize(
	"change",
	[
		{"description": "anything"},
		{"is_standard": 0, "description": "anything"},
		{"is_standard": 0, "source": "Customer field", "customer_field": "default_commission_rate"},
	],
)
def test_standard_measures_cannot_be_changed(change):
	measure = frappe.get_doc("KAM Measure", "Net Sales")
	measure.update(change)
	with pytest.raises(frappe.ValidationError, match="Standard measures cannot be changed"):
		measure.save()
	assert frappe.db.get_value("KAM Measure", "Net Sales", "measure_key") == "net_sales"


def test_standard_measures_cannot_be_deleted_or_renamed():
	with pytest.raises(frappe.ValidationError, match="Standard measures cannot be deleted"):
		frappe.delete_doc("KAM Measure", "Influence Reach")
	with pytest.raises(frappe.ValidationError):
		frappe.rename_doc("KAM Measure", "Influence Reach", "Reach")


def test_migrating_restores_the_words_of_standard_measures_and_keeps_own_ones():
	own = make_measure("default_commission_rate")
	frappe.db.set_value("KAM Measure", "Net Sales", "description", "overwritten")
	masters.sync_measures()
	assert frappe.db.get_value("KAM Measure", "Net Sales", "description") == MEASURES["net_sales"].description
	assert frappe.db.exists("KAM Measure", own.name)


def make_measure(field, name="Own Measure", source="Customer field", **fields):
	return frappe.get_doc(
		{"doctype": "KAM Measure", "measure_name": name, "source": source, "customer_field": field, **fields}
	).insert()


def test_a_numeric_field_of_customer_is_a_measure():
	measure = make_measure("default_commission_rate", unit="percent")
	assert (measure.measure_key, measure.is_standard) == ("field:default_commission_rate", 0)


@pytest.mark.parametrize(
	"field, message",
	[
		("no_such_field", "Customer has no field no_such_field"),
		(None, r"Customer has no field \(empty\)"),
		("customer_name", "is of type Data, not a number"),
		("territory", "is of type Link, not a number"),
		("name", "Customer has no field name"),
		("`name`; drop table tabCustomer", "Customer has no field"),
	],
)
def test_other_fields_are_refused(field, message):
	with pytest.raises(frappe.ValidationError, match=message):
		make_measure(field)


def test_own_measures_read_a_field_of_customer_only():
	with pytest.raises(frappe.ValidationError, match="Measures of your own read a field of Customer"):
		make_measure(None, source="Ledger", measure_key="net_sales_2")
	with pytest.raises(frappe.ValidationError, match="Standard measures cannot be changed"):
		make_measure("default_commission_rate", is_standard=1)


def test_two_measures_on_one_field_are_refused():
	make_measure("default_commission_rate")
	with pytest.raises(frappe.ValidationError, match="Own Measure already reads the Customer field"):
		make_measure("default_commission_rate", "Second Measure")


def test_a_measure_in_submitted_criteria_keeps_its_field():
	measure = make_measure("default_commission_rate")
	measure.customer_field = "is_frozen"
	measure.save()  # nobody uses it yet
	make_criteria(classification=[{"measure": measure.name, "operator": ">=", "threshold": 1}])
	measure.customer_field = "default_commission_rate"
	with pytest.raises(frappe.ValidationError, match="is used by submitted criteria"):
		measure.save()
	measure.reload()
	measure.description = "wording may change"
	measure.save()


def test_a_measure_in_use_is_not_deleted():
	measure = make_measure("default_commission_rate")
	make_criteria(submit=False, classification=[{"measure": measure.name, "operator": ">=", "threshold": 1}])
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc("KAM Measure", measure.name)


# ---------------------------------------------------------------- market estimates


def make_estimate(from_date="2019-01-01", to_date="2019-12-31", territory="Settings Test Land", **fields):
	values = {"company": b.COMPANY, "market_value": 1000, **fields}
	return frappe.get_doc(
		{
			"doctype": "Market Estimate",
			"territory": b.ensure_territory(territory),
			"from_date": from_date,
			"to_date": to_date,
			**values,
		}
	).insert()


@pytest.mark.parametrize(
	"from_date, to_date",
	[
		("2019-01-01", "2019-12-31"),
		("2018-06-01", "2019-01-01"),
		("2019-12-31", "2020-06-01"),
		("2019-05-01", "2019-05-31"),
		("2018-01-01", "2020-12-31"),
	],
)
def test_estimates_of_one_market_do_not_overlap(from_date, to_date):
	there = make_estimate()
	with pytest.raises(frappe.ValidationError, match=f"Market Estimate {there.name} already covers"):
		make_estimate(from_date, to_date)


def test_estimates_may_follow_each_other_and_lie_beside_each_other():
	group, euro = b.ensure_item_group("Settings Test Goods"), b.ensure_euro_company()
	make_estimate()
	make_estimate("2020-01-01", "2020-12-31")
	make_estimate(territory="Settings Test Island")
	make_estimate(item_group=group)
	make_estimate(company=euro)
	with pytest.raises(frappe.ValidationError, match="already covers"):
		make_estimate(item_group=group)


def test_an_estimate_can_be_saved_again():
	estimate = make_estimate()
	estimate.market_value = 2000
	estimate.save()
	assert estimate.currency == "USD"


def test_an_estimate_ends_after_it_begins():
	with pytest.raises(frappe.ValidationError, match="To must not lie before From"):
		make_estimate("2019-12-31", "2019-01-01")
	make_estimate("2019-01-01", "2019-01-01")


def test_an_estimate_needs_a_size():
	with pytest.raises(
		frappe.ValidationError, match="Please enter the Market Value, the Market Units or both"
	):
		make_estimate(market_value=0)
	make_estimate(market_value=0, market_units=500)


@pytest.mark.parametrize("missing", ["from_date", "to_date", "territory"])
def test_an_estimate_needs_its_market_and_period(missing):
	estimate = make_estimate()
	values = estimate.as_dict(no_default_fields=True)
	frappe.delete_doc("Market Estimate", estimate.name)
	values.update({"doctype": "Market Estimate", missing: None})
	with pytest.raises(frappe.MandatoryError, match=missing):
		frappe.get_doc(values).insert()
