"""The workspace of directors and the charts on the page of an account."""

from html import unescape

import pytest

from tests.browser.test_performance import CHART, DIRECTOR, MANAGER, PASSWORD, PHONE, TAMED, sold  # noqa: F401

BLOCK = ".kam-report-chart"
TITLES = (
	"From Last Year to the Forecast",
	"Against Target",
	"Month by Month",
	"Account Scorecard",
	"Portfolio",
	"Profit",
	"Pipeline",
)


def drawn(desk, count=7):
	"""Titles of the charts on screen, after each was scrolled to and has answered."""
	page = desk.page
	page.wait_for_function(
		"([block, count]) => document.querySelectorAll(block).length === count", arg=[BLOCK, count]
	)
	titles = []
	for place in range(page.locator(BLOCK).count()):
		block = page.locator(BLOCK).nth(place)
		block.scroll_into_view_if_needed()
		block.locator(".kam-report-chart-body:not([aria-busy])").wait_for()
		titles.append(block.locator("h5").inner_text())
	desk.settle()
	return titles


@pytest.mark.parametrize("user", [DIRECTOR, MANAGER])
def test_every_chart_of_the_workspace_answers(sold, log_in, user):  # noqa: F811
	desk = log_in(user, PASSWORD)
	page = desk.open("kam-reporting", wait_for=BLOCK)
	assert tuple(drawn(desk)) == TITLES
	assert page.locator(f"{BLOCK} :is({CHART})").count() >= 3
	text = page.locator(".layout-main-section").inner_text()
	assert "could not be read" not in text and "error in the program" not in text
	assert not page.evaluate("window.kam_hacked || false")


def test_a_chart_is_cut_and_opens_its_report(sold, log_in):  # noqa: F811
	desk = log_in(DIRECTOR, PASSWORD)
	page = desk.open("kam-reporting", wait_for=BLOCK)
	block = page.locator(BLOCK).first
	block.locator(CHART).first.wait_for()
	drawn(desk)
	with page.expect_response("**/api/method/frappe.desk.query_report.run*") as answer:
		block.scroll_into_view_if_needed()
		block.get_by_role("button", name="Accounts").click()
	chart = answer.value.json()["message"]["chart"]["kam"]
	assert TAMED in [unescape(row["name"]) for row in chart["rows"]]
	block.get_by_role("link", name="From Last Year to the Forecast").click()
	page.wait_for_function("frappe.query_report && frappe.query_report.data")
	assert page.evaluate("frappe.query_report.get_filter_value('by')") == "Key Account"


def test_the_page_of_an_account_draws_its_performance(sold, log_in):  # noqa: F811
	desk = log_in(MANAGER, PASSWORD)
	page = desk.open(f"key-account/{sold.own}", wait_for=".kam-account-charts")
	assert drawn(desk, 1) == ["Performance"]
	assert page.locator(f".kam-account-charts :is({CHART})").count()
	for view in ("From Last Year to the Forecast", "Profit"):
		with page.expect_response("**/api/method/frappe.desk.query_report.run*") as answer:
			page.locator(BLOCK).get_by_role("button", name=view).click()
		assert answer.value.json()["message"]["chart"]
		page.locator(f".kam-account-charts :is({CHART})").first.wait_for()


def test_the_workspace_fits_a_telephone(sold, log_in):  # noqa: F811
	desk = log_in(DIRECTOR, PASSWORD, PHONE)
	page = desk.open("kam-reporting", wait_for=BLOCK)
	drawn(desk)
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
