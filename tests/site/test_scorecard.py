"""Scorecard of key accounts: its figures by hand, what is not known, three numbers that stay apart, readers who see less."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from kam_erpnext.api import score_measures
from kam_erpnext.data import receivables, scorecard
from kam_erpnext.engine.score_measures import CATALOGUE, DATED, DOCUMENTS
from kam_erpnext.setup import scorecard_measures
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import kam_builders as k
from tests.site.test_performance import plan

MEASURE = "KAM Scorecard Measure"


@pytest.fixture(autouse=True)
def company():
	b.ensure_company()
	frappe.db.set_single_value(
		"KAM Settings",
		{"company": b.COMPANY, "sales_source": "Sales Invoice", "health_at_risk": 34, "health_watch": 67},
	)


def ago(days):
	return str(add_days(getdate(), -days))


def sell(customer, amount, days_ago, due_in=0, **fields):
	invoice = b.make_invoice(
		customer,
		[(b.ensure_service_item(), 1, amount)],
		ago(days_ago),
		due_date=str(add_days(getdate(), due_in - days_ago)),
		**fields,
	)
	return invoice


def read(*accounts, on=None, user=None):
	return scorecard.read(
		[a if isinstance(a, str) else a.name for a in accounts], b.COMPANY, on or getdate(), user
	)


def card(account, **more):
	return read(account, **more)[account.name]


def values(account, **more):
	return {key: found.value for key, found in card(account, **more).values.items()}


def customer(name, **fields):
	return b.make_customer(f"{name} {frappe.generate_hash(length=5)}", **fields).name


# ---------------------------------------------------------------- figures by hand


def test_sales_receivables_payments_and_returns():
	name = customer("Scored")
	account = k.make_account("Scored", [name])
	first = sell(name, 800, 400)
	b.make_payment(first, ago(390))  # more than twelve months ago
	sold = sell(name, 1000, 30)
	b.make_payment(sold, ago(20), 400)  # ten days late
	sell(name, 400, 10, due_in=60)
	found = card(account)
	value = {key: row.value for key, row in found.values.items()}
	assert value["sales_change"] == pytest.approx(100 * (1400 - 800) / 800)
	assert value["returns_share"] == 0
	assert value["payment_delay"] == pytest.approx(10)
	# 600 of the second invoice are overdue, 400 are not due
	assert value["overdue_receivables_share"] == pytest.approx(100 * 600 / 1000)
	assert found.figures["net_sales_year"] == 1400
	assert found.currency == "USD"


def test_returns():
	name = customer("Returned")
	account = k.make_account("Returned", [name])
	sell(name, 700, 20)
	b.make_return(sell(name, 300, 10), ago(5))
	found = card(account)
	assert found.values["returns_share"].value == pytest.approx(30)
	assert found.figures["net_sales_year"] == 700


def test_receivables_of_today_are_those_of_the_account_page():
	name = customer("Owing")
	sold = sell(name, 1000, 30)
	b.make_payment(sold, ago(20), 250)
	sell(name, 80, 3, due_in=30)
	b.make_return(sell(name, 60, 8), ago(2))
	ledger, documents = (
		read_of(b.COMPANY, (name,), getdate())[name]
		for read_of in (receivables.on_day, receivables.by_customer)
	)
	assert ledger == documents


def test_margin_is_that_of_the_ledger():
	name = customer("Margin")
	account = k.make_account("Margin", [name])
	item = b.ensure_stock_item()
	b.make_receipt([(item, 10, 60)], ago(50))
	b.make_invoice(name, [(item, 4, 100)], ago(20))
	assert card(account).figures["margin"] == 160
	assert values(account)["margin_percent"] == pytest.approx(40)


def test_rhythm_of_purchases():
	name = customer("Rhythm")
	account = k.make_account("Rhythm", [name])
	for days in (130, 100, 70):
		sell(name, 10, days)
	assert values(account)["order_rhythm"] is None
	sell(name, 10, 40)
	found = card(account)
	assert found.values["order_rhythm"].value == pytest.approx(100 * 40 / 30)
	assert (found.rhythm.days, found.rhythm.usual, found.rhythm.unusual) == (40, 30, True)
	assert [row.key for row in found.deductions] == ["order_gap"]


def test_target_of_a_plan_and_forecast_of_the_year():
	name = customer("Target")
	account = k.make_account("Target", [name])
	year = getdate().year
	plan(account.name, 3650, from_date=f"{year}-01-01", period_type="Calendar Year", company=b.COMPANY)
	sell(name, 500, 1)
	b.make_order(name, [(b.ensure_service_item(), 1, 70)], ago(1), delivery_date=str(getdate()))
	found = card(account)
	assert found.figures["target"] == 3650
	due = found.figures["target_to_date"]
	assert 0 < due <= 3650
	actual = found.figures["net_sales"]
	assert found.values["sales_against_target"].value == pytest.approx(100 * actual / due)
	assert found.figures["orders"] == 70
	assert found.figures["forecast"] == pytest.approx(actual + 70 + found.figures["pipeline"])
	assert found.values["pipeline_coverage"].value == 0  # known: there is no deal
	assert len(found.months) == 4
	assert sum(month["orders"] for month in found.months) == 70


def test_without_a_rate_the_roll_up_is_not_known_and_the_rest_is():
	name = customer("Foreign plan")
	account = k.make_account("Foreign plan", [name])
	made = plan(account.name, 100, from_date=f"{getdate().year}-01-01", company=b.COMPANY)
	made.db_set("currency", "CHF")
	sell(name, 100, 20)
	found = card(account)
	assert found.figures["target"] is None and found.figures["forecast"] is None
	assert "CHF" in found.unknown["forecast"] and "CHF" in found.values["sales_against_target"].text
	assert found.figures["net_sales_year"] == 100
	assert found.health is not None


def test_issues_contracts_and_satisfaction():
	name = customer("Served")
	account = k.make_account("Served", [name])
	for status in ("Open", "Closed"):
		frappe.get_doc(
			{
				"doctype": "Issue",
				"subject": status,
				"customer": name,
				"status": status,
				"opening_date": ago(9),
			}
		).insert()
	for days in (45, 400):
		frappe.get_doc(
			{
				"doctype": "Contract",
				"party_type": "Customer",
				"party_name": name,
				"start_date": ago(100),
				"end_date": str(add_days(getdate(), days)),
				"contract_terms": "As agreed",
			}
		).insert().submit()
	found = values(account)
	assert (found["open_issues"], found["contract_days"]) == (1, 45)
	assert "contract" in [row.key for row in card(account).deductions]


def test_people_in_contact_and_calls():
	name = customer("Met")
	account = k.make_account("Met", [name])
	assert values(account)["people_met"] is None  # nobody is known there
	people = [
		frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": first,
				"links": [{"link_doctype": "Customer", "link_name": name}],
			}
		)
		.insert()
		.name
		for first in ("Ada", "Bea")
	]
	assert values(account)["people_met"] == 0
	call = c.make_call(name, planned_on=ago(6), contacts=[{"contact": people[0]}])
	found = values(account)
	assert (found["call_compliance"], found["people_met"]) == (0, 0)
	met = {"status": "Made", "made_on": ago(6), "made_at": f"{ago(6)} 10:00:00"}
	frappe.db.set_value("Customer Call", call.name, met)
	frappe.db.set_value("Customer Call Contact", {"parent": call.name}, "met", 1)
	found = card(account)
	assert found.values["call_compliance"].value == 100
	assert found.values["people_met"].value == 1
	assert found.values["days_since_contact"].value == 6
	assert [row.key for row in found.deductions] == ["single_thread"]


def test_an_account_holds_those_below_it_and_every_customer_once():
	first, second = customer("Upper"), customer("Lower")
	upper = k.make_account("Upper", [first])
	lower = k.make_account("Lower", [second], parent=upper.name)
	sell(first, 100, 3)
	sell(second, 40, 3)
	found = read(upper, lower)
	assert found[upper.name].figures["net_sales_year"] == 140
	assert found[lower.name].figures["net_sales_year"] == 40
	assert found[upper.name].figures["invoiced"] == found[upper.name].figures["net_sales"]
	alone = read(upper)[upper.name]
	assert alone.figures == found[upper.name].figures  # whoever else is asked for


# ---------------------------------------------------------------- scores


def test_points_add_up_to_the_score_and_name_their_measure():
	name = customer("Added")
	account = k.make_account("Added", [name])
	sell(name, 100, 400)
	sell(name, 100, 20)
	found = card(account)
	for perspective, score in found.perspectives.items():
		lines = [line for line in found.lines if line.perspective == perspective]
		shares = [line.share for line in lines if line.share is not None]
		if score.value is None:
			assert not shares
		else:
			assert sum(shares) == pytest.approx(score.value)
			assert sum(line.weight for line in lines if line.weight is not None) == pytest.approx(100)
		for line in lines:
			assert line.value is found.values[line.measure]
			assert (line.points is None) == (line.value.value is None)
			assert line.value.text
	assert found.score.answered < 100
	assert found.health_band in ("At Risk", "Watch", "Healthy")


def test_without_customers_nothing_is_known_and_nothing_is_zero():
	account = k.make_account("Nobody yet")
	found = card(account)
	assert found.health is None and found.health_band is None
	assert set(found.figures.values()) == {None}
	assert set(found.figures) <= set(found.unknown)
	assert found.freshness == 0  # never confirmed is not unknown
	assert found.completeness < 20


def test_health_freshness_and_completeness_stay_apart():
	name = customer("Apart")
	account = k.make_account("Apart", [name])
	sell(name, 100, 20)
	before = card(account)
	# diligent typing
	account.update({"overview": "Makes machines", "yearly_spend": 5000, "spend_currency": "USD"})
	account.update({"spend_as_of": ago(1), "key_account_manager": "Administrator"})
	account.append("needs", {"need": "Short delivery times", "confirmed_on": ago(2)})
	account.save()
	typed = card(account)
	assert typed.health == before.health
	assert typed.completeness > before.completeness
	assert typed.freshness > before.freshness
	# business
	sell(name, 900, 380)
	business = card(account)
	assert business.health != before.health
	assert (business.freshness, business.completeness) == (typed.freshness, typed.completeness)
	# a plan with a target moves the score, never the health
	plan(account.name, 100, from_date=f"{getdate().year}-01-01", company=b.COMPANY)
	planned = card(account)
	assert planned.health == business.health
	assert planned.values["sales_against_target"].value is not None


def test_health_reads_documents_only():
	for record in frappe.get_all(MEASURE, ["measure_key", "in_health"]):
		assert record.in_health == int(record.measure_key in DOCUMENTS)
	account = k.make_account("Lines", [customer("Lines")])
	assert {line.measure for line in card(account).lines if line.in_health} == DOCUMENTS


def test_a_line_for_a_level_takes_the_place_of_the_one_for_all():
	name = customer("Levelled")
	levelled = k.make_account("Levelled", [name], level="National")
	sell(name, 100, 400)
	sell(name, 100, 20)
	level = frappe.db.get_value("Key Account Level", {"name": ("!=", "National")})
	other = k.make_account("Other level", [customer("Other")], level=level)
	frappe.get_doc(
		{
			"doctype": MEASURE,
			"measure_name": "Growth of national accounts",
			"measure": "Change of Net Sales",
			"perspective": "Customer",
			"weight": 40,
			"worst": -10,
			"best": 10,
			"level": "National",
			"in_health": 1,
		}
	).insert()
	found = read(levelled, other)
	names = {account: [line.key for line in found[account].lines] for account in found}
	assert "Growth of national accounts" in names[levelled.name]
	assert "Change of Net Sales" not in names[levelled.name]
	assert "Change of Net Sales" in names[other.name]
	assert found[levelled.name].perspectives["Customer"].value is not None


def test_fresh_parts_are_those_of_the_settings():
	account = k.make_account("Fresh", [customer("Fresh")])
	assert {part.key for part in card(account).freshness_parts} == {
		"contact", "review", "map", "intelligence", "profile", "wallet", "assessment",
	}  # fmt: skip
	frappe.db.set_single_value("KAM Settings", "fresh_wallet", 0)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	assert "wallet" not in {part.key for part in card(account).freshness_parts}


# ---------------------------------------------------------------- days that are over


def test_of_a_day_long_over_only_documents_are_known():
	name = customer("Past")
	account = k.make_account("Past", [name])
	plan(account.name, 1000, from_date=f"{getdate().year}-01-01", company=b.COMPANY)
	sell(name, 100, 400)
	sell(name, 300, 50)
	late = sell(name, 200, 20)
	on = getdate(ago(30))
	found = card(account, on=on)
	for key, value in found.values.items():
		if key not in DATED:
			assert value.value is None and "later" in value.text, key
	assert found.figures["net_sales_year"] == 300
	assert [found.figures[name] for name in ("target", "orders", "pipeline", "forecast")] == [None] * 4
	assert (found.freshness, found.completeness, found.score.value) == (None, None, None)
	assert found.health is not None
	# what was paid later was outstanding then
	b.make_payment(late, ago(1))
	assert card(account, on=on).values["overdue_receivables_share"].value == 100


# ---------------------------------------------------------------- many accounts, other readers


def test_queries_do_not_grow_with_the_accounts():
	accounts = []
	for number in range(6):
		name = customer(f"Many {number}")
		accounts.append(k.make_account(f"Many {number}", [name]))
		sell(name, 100 + number, 10)
	read(*accounts)  # caches of the site are filled

	def queries(*asked):
		found = []
		run = frappe.db.sql

		def counted(query, *args, **kwargs):
			found.append(str(query))
			return run(query, *args, **kwargs)

		frappe.db.sql = counted
		try:
			read(*asked)
		finally:
			del frappe.db.sql
		return len(found)

	assert queries(*accounts) == queries(*accounts[:2])


def test_readers_see_their_accounts_and_never_more_of_a_total():
	first, second = customer("Seen"), customer("Hidden")
	account = k.make_account("Both", [first, second])
	other = k.make_account("Foreign", [customer("Foreign")])
	sell(first, 100, 10)
	sell(second, 40, 10)
	member = k.ensure_role_user("Key Account Manager", also=["Sales User"])
	account.append("team", {"user": member})
	account.save()
	found = read(account, other, user=member)
	assert [*found] == [account.name]
	assert found[account.name].figures["net_sales_year"] == 140
	b.allow_only(member, "Customer", first)
	assert read(account, other, user=member)[account.name].figures["net_sales_year"] == 100
	outsider = k.ensure_role_user("Key Account Coordinator")
	assert read(account, other, user=outsider) == {}


# ---------------------------------------------------------------- the records


def test_lines_are_made_once():
	names = frappe.get_all(MEASURE, pluck="name")
	assert len(names) == len(CATALOGUE)
	frappe.delete_doc(MEASURE, names[0])
	scorecard_measures.apply()
	assert len(frappe.get_all(MEASURE)) == len(CATALOGUE) - 1


@pytest.mark.parametrize(
	("changes", "said"),
	[
		({"worst": 5, "best": 5}, "both 5"),
		({"weight": 0}, "above 0"),
		({"measure": "Share of Wallet", "in_health": 1}, "health reads documents only"),
		({"measure": "Weather"}, "Weather"),
		({"level": None}, "counts once"),
	],
)
def test_wrong_lines_are_refused(changes, said):
	values = {
		"doctype": MEASURE,
		"measure_name": "Another",
		"measure": "Open Issues",
		"perspective": "Customer",
		"weight": 5,
		"worst": 3,
		"best": 0,
		"level": "National",
	}
	with pytest.raises(frappe.ValidationError, match=said):
		frappe.get_doc({**values, **changes}).insert()


def test_the_form_tells_what_a_measure_means():
	about = frappe.get_doc(MEASURE, "Share of Wallet").about
	assert "wallets that are known" in about and "does not count for the health" in about


def test_a_new_line_is_offered_what_is_usual(as_user):
	found = score_measures.suggested("Overdue Receivables")
	assert (found["perspective"], found["worst"], found["best"], found["in_health"]) == (
		"Financial",
		50,
		0,
		1,
	)
	assert score_measures.suggested("Satisfaction")["in_health"] == 0
	with pytest.raises(frappe.ValidationError, match="Weather"):
		score_measures.suggested("Weather")
	assert score_measures.units()["contract_days"] == {"label": "Contract", "unit": "days"}
	stranger = b.ensure_user("no.part@example.com", ["Sales User"])
	with as_user(stranger):
		for ask in (lambda: score_measures.suggested("Satisfaction"), score_measures.units):
			with pytest.raises(frappe.PermissionError):
				ask()


@pytest.mark.parametrize(("at_risk", "watch"), [(67, 34), (0, 50), (50, 100), (40, 40)])
def test_bands_of_the_health_must_rise(at_risk, watch):
	settings = frappe.get_doc("KAM Settings")
	settings.update({"health_at_risk": at_risk, "health_watch": watch})
	with pytest.raises(frappe.ValidationError, match="At Risk"):
		settings.save()
