"""Another app adds measures, cost drivers, deals and alarms: the example of docs/extending.md as it stands there, and hooks
that are wrong."""

import json
import sys
from datetime import date
from pathlib import Path

import frappe
import pytest
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext import alarms, extending
from kam_erpnext.alarms.watch import watch
from kam_erpnext.api import alarms as alarm_api
from kam_erpnext.data import profitability, units
from kam_erpnext.data.pipeline import PipelineFilters, chain
from kam_erpnext.data.profit_lines import explained as lines_explained
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.report.account_profitability.account_profitability import (
	execute as profit_report,
)
from kam_erpnext.kam_erpnext.report.key_account_pipeline.key_account_pipeline import (
	execute as pipeline_report,
)
from kam_erpnext.setup import extensions
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import pipeline_builders as p
from tests.site.example_app import example_app
from tests.site.test_alarms import score
from tests.site.test_profitability import make_rate

MARCH = Period(date(2019, 3, 1), date(2019, 4, 1))
SELLER = "extending.seller@example.com"


def write(folder: Path, name: str, **modules: str):
	package = folder / name
	package.mkdir(exist_ok=True)
	for module, text in {"__init__": '__version__ = "0.0.1"\n', **modules}.items():
		(package / f"{module}.py").write_text(text)


@pytest.fixture
def add_app(tmp_path, monkeypatch):
	"""`add_app(name, hooks=…, kam=…)` adds an app to the site, `add_app.remove(name)` takes it away again."""
	monkeypatch.syspath_prepend(str(tmp_path))
	before = frappe.get_installed_apps()
	added = []

	def installed(names):
		frappe.db.set_global("installed_apps", json.dumps(names))
		extensions.apps_changed("another")

	def add(name, **modules):
		write(tmp_path, name, **modules)
		added.append(name)
		installed([*before, *added])

	def remove(name):
		added.remove(name)
		installed([*before, *added])

	add.remove = remove
	yield add
	frappe.db.set_global("installed_apps", json.dumps(before))
	extending.forget()
	for module in [name for name in sys.modules if name.split(".")[0] in ("fleet", "wrong")]:
		del sys.modules[module]
	for doctype in ("KAM Cost Rate", alarms.RULE, alarms.ALARM):
		frappe.clear_cache(doctype=doctype)


@pytest.fixture
def fleet(add_app):
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	add_app("fleet", **example_app())
	return add_app


@pytest.fixture
def account():
	first, second = b.make_customer("Fleet First").name, b.make_customer("Fleet Second").name
	doc = k.make_account("Fleet Account", [first, second])
	return frappe._dict(name=doc.name, first=first, second=second)


def make_issue(customer, opened="2019-01-10", status="Open"):
	return frappe.get_doc(
		{
			"doctype": "Issue",
			"subject": "Waits",
			"customer": customer,
			"company": b.COMPANY,
			"opening_date": opened,
			"status": status,
		}
	).insert()


def make_visit(customer, day):
	person = b.ensure_sales_person("Fleet Engineer")
	visit = frappe.get_doc(
		{
			"doctype": "Maintenance Visit",
			"customer": customer,
			"company": b.COMPANY,
			"mntc_date": day,
			"completion_status": "Fully Completed",
			"maintenance_type": "Unscheduled",
			"purposes": [
				{
					"item_code": b.ensure_service_item(),
					"service_person": person,
					"description": "Oil",
					"work_done": "Oiled",
				}
			],
		}
	).insert()
	visit.submit()
	return visit


def measured(measure_keys, user=None):
	filters = SalesFilters(b.COMPANY, "Sales Invoice", user=user)
	return units.measure(filters, MARCH, MARCH.last_day, measure_keys)


# ---------------------------------------------------------------- measures


def test_a_measure_is_chosen_measured_and_explained(fleet, account):
	alone = b.make_customer("Fleet Alone").name
	for customer in (account.first, account.first, account.second):
		make_issue(customer)
	make_issue(account.second, status="Closed")
	measure = frappe.get_doc("KAM Measure", "Issues Waiting")
	assert (measure.source, measure.unit, measure.is_standard, measure.used_for) == (
		"Other app",
		"count",
		1,
		"Criteria",
	)
	found = measured({"fleet__open_issues"})
	values = found.measures["fleet__open_issues"]
	# 2 of the first customer and 1 of the second
	assert values[f"account:{account.name}"] == 3 and values[f"customer:{alone}"] == 0
	assert not found.remarks
	criteria = k.make_criteria(
		classification=[{"measure": "Issues Waiting", "operator": ">=", "threshold": 2}], scoring=[]
	)
	assessment = frappe.get_doc(
		{
			"doctype": "Key Account Assessment",
			"key_account": account.name,
			"criteria": criteria.name,
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
		}
	).insert()
	line = assessment.thresholds[0]
	assert line.measured_value == "3" and "Issues Waiting" in line.explanation


def test_a_measure_respects_the_reader(fleet, account):
	make_issue(account.first)
	make_issue(account.second)
	b.ensure_user(SELLER, ["Key Account Director", "Sales User"])
	b.allow_only(SELLER, "Customer", account.first)
	with frappe_user(SELLER):
		values = measured({"fleet__open_issues"}, SELLER).measures["fleet__open_issues"]
	assert values[f"account:{account.name}"] == 1


def frappe_user(user):
	from tests.harness import frappe_session

	return frappe_session.as_user(user)


def test_a_measure_whose_app_is_gone_is_unknown_and_says_so(fleet, account):
	criteria = k.make_criteria(
		classification=[{"measure": "Issues Waiting", "operator": ">=", "threshold": 2}], scoring=[]
	)
	fleet.remove("fleet")
	found = measured(criteria.measure_keys())
	assert found.measures["fleet__open_issues"].isna().all()
	assert len(found.remarks) == 1 and "fleet" in found.remarks[0] and "Issues Waiting" in found.remarks[0]
	with pytest.raises(frappe.ValidationError, match=r"fleet.*not installed"):
		k.make_criteria(
			classification=[{"measure": "Issues Waiting", "operator": ">=", "threshold": 2}], scoring=[]
		)


def test_a_measure_that_nothing_uses_goes_with_its_app(fleet):
	fleet.remove("fleet")
	assert not frappe.db.exists("KAM Measure", "Issues Waiting")


def test_a_measure_cannot_be_changed(fleet):
	measure = frappe.get_doc("KAM Measure", "Issues Waiting")
	measure.unit = "currency"
	with pytest.raises(frappe.ValidationError, match="cannot be changed"):
		measure.save()


# ---------------------------------------------------------------- cost drivers


def test_a_cost_driver_is_rated_counted_and_shown(fleet, account):
	frappe.db.delete("KAM Cost Rate")
	rate = make_rate("Maintenance Visits", 40, for_company=b.COMPANY)
	assert rate.unit == f"{b.CURRENCY} per visit"
	visits = [make_visit(account.first, day).name for day in ("2019-03-05", "2019-03-31")]
	make_visit(account.first, "2019-04-01")
	filters = SalesFilters(b.COMPANY, "Sales Invoice", customers=(account.first, account.second))
	profit = profitability.read_profit(filters, MARCH)
	row = profit.frame.loc[account.first]
	assert (row["quantity_fleet__maintenance_visits"], row["serving"]) == (2, 80)
	assert profit.used == ["fleet__maintenance_visits"]
	line = lines_explained(filters, MARCH, [account.name])["drivers"][0]
	assert (line["label"], line["quantity"], line["cost"]) == ("Maintenance Visits", 2, 80)
	behind = line["lists"][0]
	assert sorted(frappe.get_all(behind["doctype"], behind["filters"], pluck="name")) == sorted(visits)
	columns, _rows, message, *_rest = profit_report(
		{
			"company": b.COMPANY,
			"period": "Custom",
			"from_date": "2019-03-01",
			"to_date": "2019-03-31",
			"key_account": account.name,
			"all_steps": 1,
		}
	)
	assert "Maintenance Visits" in message and "kam-warning" not in message
	assert "Maintenance Visits" in {column["label"] for column in columns}


def test_a_rate_whose_driver_is_gone_is_left_out_and_named(fleet, account):
	frappe.db.delete("KAM Cost Rate")
	make_rate("Maintenance Visits", 40)
	fleet.remove("fleet")
	profit = profitability.read_profit(SalesFilters(b.COMPANY, "Sales Invoice"), MARCH)
	assert not profit.used and "Maintenance Visits" in profit.remarks[0]
	with pytest.raises(frappe.ValidationError):
		make_rate("Maintenance Visits", 50, from_date="2001-01-01")


def choices(doctype, fieldname):
	return frappe.get_meta(doctype).get_field(fieldname).options.split("\n")


def test_choices_come_and_go_with_the_app(fleet):
	assert "Maintenance Visits" in choices("KAM Cost Rate", "driver")
	assert "Issues Wait" in choices(alarms.RULE, "kind")
	fleet.remove("fleet")
	assert "Maintenance Visits" not in choices("KAM Cost Rate", "driver")
	assert "Issues Wait" not in choices(alarms.RULE, "kind")
	assert not frappe.db.exists("Property Setter", {"doc_type": "KAM Cost Rate", "property": "options"})


def test_choices_that_somebody_customized_stay_and_what_they_lack_is_told(fleet, capsys):
	fleet.remove("fleet")
	make_property_setter("KAM Cost Rate", "driver", "options", "Delivery\nCall", "Text")
	frappe.db.set_value("Property Setter", {"doc_type": "KAM Cost Rate"}, "is_system_generated", 0)
	capsys.readouterr()
	fleet("fleet", **example_app())
	assert choices("KAM Cost Rate", "driver") == ["Delivery", "Call"]
	assert (
		"KAM Cost Rate: add to the customized choices of driver: Maintenance Visits"
		in capsys.readouterr().out
	)


# ---------------------------------------------------------------- pipeline


def make_framework_order(customer, amount):
	return frappe.get_doc(
		{
			"doctype": "Blanket Order",
			"blanket_order_type": "Selling",
			"customer": customer,
			"company": b.COMPANY,
			"from_date": nowdate(),
			"to_date": add_days(nowdate(), 200),
			"items": [{"item_code": b.ensure_service_item(), "qty": amount / 10, "rate": 10}],
		}
	).insert()


def test_deals_of_another_system_stand_in_the_pipeline(fleet, account):
	other = b.make_customer("Fleet Outside").name
	order = make_framework_order(account.first, 1000)
	make_framework_order(other, 500)
	deals = chain(PipelineFilters(b.COMPANY, (account.name,))).deals
	assert [*deals["deal"]] == [order.name]
	row = deals.iloc[0]
	assert (row["source"], row["open"], row["weighted"], row["probability"]) == (
		"Blanket Order",
		1000,
		500,
		50,
	)
	_columns, rows, message, *_rest = pipeline_report(
		frappe._dict(company=b.COMPANY, key_account=account.name, source="Blanket Order")
	)
	assert order.name in {row.get("deal") for row in rows} and "kam-warning" not in message
	order.submit()
	assert chain(PipelineFilters(b.COMPANY, (account.name,))).deals.empty


def test_a_euro_of_another_system_that_is_quoted_counts_once(fleet, account, monkeypatch):
	p.ensure_items()
	order = make_framework_order(account.first, 1000)
	quotation = p.make_quotation(account.first, [(p.WIRE, 30, 10)])
	deals = chain(PipelineFilters(b.COMPANY, (account.name,))).deals
	assert deals["open"].sum() == 1300  # nobody said that they are one
	read = sys.modules["fleet.kam"].framework_orders
	from dataclasses import replace

	named = extending.PipelineSource(
		"Blanket Order",
		lambda question: [replace(deal, quotations=(quotation.name,)) for deal in read(question)],
	)
	monkeypatch.setattr(sys.modules["fleet.kam"], "FRAMEWORK_ORDERS", named)
	extending.forget()
	deals = chain(PipelineFilters(b.COMPANY, (account.name,))).deals
	assert [*deals["deal"]] == [order.name]
	assert (deals.iloc[0]["idea"], deals.iloc[0]["quoted"]) == (700, 300)


# ---------------------------------------------------------------- alarms


def test_a_rule_of_another_app_raises_alarms_in_the_words_of_its_app(fleet, account):
	frappe.db.delete(alarms.RULE)
	rule = frappe.get_doc(
		{
			"doctype": alarms.RULE,
			"rule_name": "Slow service",
			"kind": "Issues Wait",
			"threshold": 2,
			"days": 30,
			"tell_manager": 1,
		}
	).insert()
	make_issue(account.first)
	watch({account.name: score()}, {}, getdate("2019-12-01"))
	assert not frappe.db.exists(alarms.ALARM, {"key_account": account.name})
	make_issue(account.second)
	watch({account.name: score()}, {}, getdate("2019-12-01"))
	alarm = frappe.get_doc(alarms.ALARM, {"key_account": account.name})
	assert (alarm.rule, alarm.value, alarm.text) == (
		rule.name,
		2,
		"2 issues have been open for more than 30 days.",
	)
	from kam_erpnext.alarms.texts import drill, explained

	assert explained(alarm) == alarm.text
	way = drill(alarm, (account.first, account.second))
	assert len(frappe.get_all(way["doctype"], way["filters"])) == 2
	rule.threshold = 0
	with pytest.raises(frappe.ValidationError, match="must be 1 or more"):
		rule.save()
	fleet.remove("fleet")
	assert explained(alarm) == alarm.text and drill(alarm) is None
	watch({account.name: score()}, {}, getdate("2019-12-02"))
	assert frappe.db.get_value(alarms.ALARM, alarm.name, "status") == "Open"
	assert frappe.db.exists("Error Log", {"error": ("like", "%Issues Wait%")})
	rule.reload()
	rule.enabled = 0
	rule.save()
	alarm_api.mute([alarm.name], add_days(nowdate(), 5), "Known")
	watch({account.name: score()}, {}, getdate("2019-12-03"))
	assert frappe.db.get_value(alarms.ALARM, alarm.name, "status") == "Closed"
	rule.reload()
	rule.enabled = 1
	with pytest.raises(frappe.ValidationError, match="No installed app watches for Issues Wait"):
		rule.save()


def test_an_alarm_is_hidden_from_who_may_not_read_its_documents(fleet, account):
	from kam_erpnext.data.permissions import _hidden_alarms

	b.ensure_user(SELLER, ["Key Account Director"])
	assert "Issues Wait" in _hidden_alarms(SELLER)
	assert "Issues Wait" not in _hidden_alarms("Administrator")


# ---------------------------------------------------------------- wrong hooks

WRONG = """
import numpy
from kam_erpnext.extending import *

def fails(*asked):
	import frappe
	frappe.get_doc({"doctype": "ToDo", "description": "left behind"}).insert()
	raise RuntimeError("no connection")

FAILS = Measure("fails", "Failing Measure", "number", "Fails.", fails)
TEXTS = Measure("texts", "Text Measure", "number", "Texts.", lambda question: {"x": "many"})
ENDLESS = Measure("endless", "Endless Measure", "number", "Endless.", lambda question: {"x": numpy.inf})
UNIT = Measure("unit", "Unit", "furlongs", "Wrong unit.", fails)
KEY = Measure("Bad Key", "Key", "number", "Wrong key.", fails)
TWICE = Measure("fails", "Twice", "number", "Twice.", fails)
DRIVER = CostDriver("fails", "Failing Driver", fails)
SOURCE = PipelineSource("Blanket Order", fails)
NO_DOCTYPE = PipelineSource("No Such Thing", fails)
NAMED_AS_OURS = CostDriver("orders", "Sales Order", fails)
OUR_SOURCE = PipelineSource("Quotation", fails)
OUR_KIND = AlarmRule("Sales Drop", fails, str)
NO_LABEL = Measure("no_label", None, "number", "No label.", fails)
NO_BOUNDS = AlarmRule("Unbound", fails, str, threshold=5)
"""
HOOKS = """
app_name = "wrong"
kam_measures = [f"wrong.kam.{name}" for name in ("FAILS", "TEXTS", "ENDLESS", "UNIT", "KEY", "TWICE", "MISSING", "fails", "NO_LABEL")]
kam_cost_drivers = ["wrong.kam.DRIVER", "wrong.kam.NAMED_AS_OURS"]
kam_pipeline_sources = ["wrong.kam.SOURCE", "wrong.kam.NO_DOCTYPE", "wrong.kam.OUR_SOURCE"]
kam_alarm_rules = ["wrong.nowhere.RULE", "wrong.kam.OUR_KIND", "wrong.kam.NO_BOUNDS"]
"""


@pytest.fixture
def wrong(add_app):
	b.ensure_company()
	add_app("wrong", hooks=HOOKS, kam=WRONG)


@pytest.mark.parametrize(
	("path", "words"),
	[
		("wrong.kam.UNIT", "unit must be one of currency"),
		("wrong.kam.KEY", "small letters"),
		("wrong.kam.TWICE", "there already"),
		("wrong.kam.NAMED_AS_OURS", "Sales Order is there already"),
		("wrong.kam.OUR_SOURCE", "Quotation is there already"),
		("wrong.kam.OUR_KIND", "Sales Drop is there already"),
		("wrong.kam.NO_LABEL", "label must be a text"),
		("wrong.kam.NO_BOUNDS", "threshold must be a kam_erpnext.extending.Bounds"),
		("wrong.kam.MISSING", "MISSING"),
		("wrong.kam.fails", "kam_erpnext.extending.Measure"),
		("wrong.kam.NO_DOCTYPE", "no doctype No Such Thing"),
		("wrong.nowhere.RULE", "nowhere"),
	],
)
def test_a_wrong_hook_is_left_out_and_named(wrong, path, words):
	fault = next(fault for fault in extending.faults() if f"{path}:" in fault)
	assert "App wrong" in fault and words in fault
	assert set(extending.measures()) == {"wrong__fails", "wrong__texts", "wrong__endless"}
	assert not extending.alarm_rules()


def test_a_function_that_fails_makes_only_its_own_figure_unknown(wrong, account):
	found = measured({"net_sales", "wrong__fails", "wrong__texts", "wrong__endless"})
	assert found.measures["net_sales"].notna().all()
	assert found.measures[["wrong__fails", "wrong__texts", "wrong__endless"]].isna().all(axis=None)
	assert len(found.remarks) == 3 and all("Measure" in remark for remark in found.remarks)
	assert frappe.db.exists("Error Log", {"error": ("like", "%no connection%")})
	assert not frappe.db.exists("ToDo", {"description": "left behind"})
	frappe.db.delete("KAM Cost Rate")
	make_rate("Sales Order", 5)
	make_rate("Failing Driver", 5)
	order = b.make_order(account.first, [(b.ensure_service_item(), 1, 100)], "2019-03-10")
	profit = profitability.read_profit(SalesFilters(b.COMPANY, "Sales Invoice"), MARCH)
	assert profit.frame.loc[account.first, "serving"] == 5
	assert len(profit.remarks) == 1 and "Failing Driver" in profit.remarks[0]
	idea = p.make_idea(account.name, 100, account.first)
	seen = chain(PipelineFilters(b.COMPANY, (account.name,)))
	assert {*seen.deals["deal"]} == {idea.name, order.name} and len(seen.remarks) == 1
	message = pipeline_report(frappe._dict(company=b.COMPANY, key_account=account.name))[2]
	assert "kam-warning" in message and "Blanket Order" in message
