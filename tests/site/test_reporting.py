"""What directors open every Monday: cards and charts of the workspace KAM Reporting, and its reports by mail."""

import json
import re
from pathlib import Path

import frappe
import pytest
from frappe.desk import query_report

import kam_erpnext
from kam_erpnext.api import performance_cards as cards
from kam_erpnext.kam_erpnext.report.key_account_performance import key_account_performance as report
from kam_erpnext.setup import dashboard_blocks
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_performance import company, plan, sell, site  # noqa: F401

MANAGER, OUTSIDER = "reporting.manager@example.com", "reporting.outsider@example.com"
SOURCES = Path(kam_erpnext.__file__).parent / "public" / "js" / "dashboard"


@pytest.fixture
def sold(site, monkeypatch):  # noqa: F811
	"""Two customers of one group in 2019, 100 and 30; the target of the year is 120; read on 30 June."""
	first, second = site.customers
	sell(first, 100, "2019-02-10")
	sell(second, 30, "2019-05-10")
	plan(site.site, 120)
	asked = report.question_of

	def in_2019(filters):
		days = {"from_date": "2019-01-01", "to_date": "2019-12-31", "as_of": "2019-06-30"}
		return asked(frappe._dict({"company": b.COMPANY, **days, **filters}))

	monkeypatch.setattr(cards, "question_of", in_2019)
	return site


def test_the_cards_say_what_the_report_says(sold):
	answer = report.execute(
		{
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
			"as_of": "2019-06-30",
			"baseline": 1,
		}
	)
	total = answer[1][0]
	assert cards.forecast_of_the_year()["value"] == pytest.approx(total["forecast"], abs=0.01)
	assert cards.forecast_against_target()["value"] == pytest.approx(total["forecast_attainment"], abs=0.1)
	assert cards.pace_against_target()["value"] == pytest.approx(total["pace"], abs=0.1)
	assert total["actual"] == 130 and total["target"] == 120


def test_the_cards_add_up_what_the_reader_sees(sold, as_user):
	b.ensure_user(MANAGER, ["Key Account Manager", "Sales User"])
	with as_user(MANAGER):
		assert cards.forecast_of_the_year() == cards.pace_against_target() == "–"
	b.ensure_user(OUTSIDER, ["Accounts User"])
	for card in (cards.forecast_of_the_year, cards.forecast_against_target, cards.pace_against_target):
		with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
			card()


def test_without_a_target_the_cards_say_so(site, monkeypatch):  # noqa: F811
	monkeypatch.setattr(cards, "question_of", lambda filters: None)
	assert cards.forecast_of_the_year() == cards.forecast_against_target() == "–"


# ---------------------------------------------------------------- charts


def written_blocks():
	return set(re.findall(r'^\t"(KAM [^"]+)": \(\) =>', (SOURCES / "blocks.js").read_text(), re.M))


def test_every_block_is_drawn_by_the_desk():
	assert written_blocks() == set(dashboard_blocks.BLOCKS)
	for name in dashboard_blocks.BLOCKS:
		block = frappe.get_doc("Custom HTML Block", name)
		assert f'"{name}"' in block.script and not block.private
		assert {row.role for row in block.roles} >= {"Key Account Director", "Key Account Manager"}


def test_every_report_of_a_chart_exists():
	source = (SOURCES / "blocks.js").read_text()
	named = set(re.findall(r'(?:report: |PERFORMANCE = |PROFIT = |, )"([A-Z][A-Za-z ]+)"', source))
	reports = {name for name in named if frappe.db.exists("Report", name)}
	assert reports >= {
		"Key Account Performance",
		"Account Profitability",
		"Account Scorecard",
		"Portfolio Matrix",
	}
	assert not {name for name in named if name.startswith(("Key Account P", "Account ", "Call "))} - reports


def test_a_block_that_was_deleted_stays_deleted():
	frappe.delete_doc("Custom HTML Block", "KAM Trend", force=True)
	dashboard_blocks.apply()
	assert not frappe.db.exists("Custom HTML Block", "KAM Trend")
	frappe.db.rollback()


# ---------------------------------------------------------------- by mail

REPORTS = ("Key Account Performance", "Account Profitability", "Account Scorecard")


@pytest.mark.parametrize("name", REPORTS)
def test_the_reports_of_a_monday_go_out_by_mail(sold, name):
	"""Auto Email Report in all its formats, with the days a director would set."""
	filters = {
		"company": b.COMPANY,
		"from_date": "2019-01-01",
		"to_date": "2019-12-31",
		"as_of": "2019-06-30",
	}
	filters["period"] = "Custom"
	mail = frappe.get_doc(
		{
			"doctype": "Auto Email Report",
			"report": name,
			"report_type": "Script Report",
			"user": "Administrator",
			"email_to": "owner@example.com",
			"frequency": "Weekly",
			"format": "HTML",
			"no_of_rows": 100,
			"filters": json.dumps(filters),
		}
	).insert()
	label = frappe.db.get_value("Key Account", sold.group, "account_name")
	for format in ("HTML", "CSV"):
		mail.format = format
		assert label in mail.get_report_content()
	mail.format = "XLSX"
	assert mail.get_report_content()[:2] == b"PK"


@pytest.mark.parametrize("role", ["Key Account Director", "Key Account Manager", "KAM Reader"])
@pytest.mark.parametrize(
	"name", (*REPORTS, "Improvement Potential", "Portfolio Matrix", "Key Account Pipeline")
)
def test_reports_of_the_workspace_run_for_those_who_see_it(as_user, role, name):
	"""As the charts ask for them: with no filter but what the chart sets."""
	with as_user(k.ensure_role_user(role, prefix="reporting")):
		answer = query_report.run(name, filters="{}", ignore_prepared_report=True)
	assert "error in the program" not in (answer.get("message") or "")
