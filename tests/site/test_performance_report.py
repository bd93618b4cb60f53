"""The report Key Account Performance: lines, views, charts, what it says about its figures, and the way to the documents."""

import json

import frappe
import pytest

from kam_erpnext.api.performance import documents
from kam_erpnext.kam_erpnext.report.key_account_performance.key_account_performance import execute
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import pipeline_builders as deals
from tests.site.test_performance import company, day, plan, sell, site  # noqa: F401

YEAR = {"from_date": "2019-01-01", "to_date": "2019-12-31", "as_of": "2019-06-30"}


def run(**filters):
	answer = execute({"company": b.COMPANY, **YEAR, **filters})
	assert "program" not in (answer[2] or "")
	return answer


def line(answer, label):
	return next(row for row in answer[1] if row["label"] == label)


def titles(answer):
	return [column["label"] for column in answer[0]]


@pytest.fixture
def sold(site):  # noqa: F811
	first, second = site.customers
	sell(first, 100, "2019-02-10")
	sell(second, 30, "2019-05-10")
	sell(first, 50, "2018-02-10")
	sell(second, 70, "2018-11-10")
	plan(site.site, 120)
	sell(b.make_customer("Performance Stranger").name, 9, "2019-03-03")
	return site


def test_lines_add_up_and_variance_is_actual_less_target(sold):
	answer = run(by="Key Account", customers=1)
	rows = answer[1]
	assert [(row["label"], row["indent"], row["actual"]) for row in rows][:3] == [
		("All", 0, 130),
		("Performance Group", 1, 130),
		("Performance Group itself", 2, 100),
	]
	by_node = {row["node"]: row for row in rows}
	sums = dict.fromkeys(by_node, 0.0)
	for row in rows:
		if row["parent_node"]:
			sums[row["parent_node"]] += row["actual"]
		if row["target"] is not None:
			assert row["variance"] == pytest.approx(row["actual"] - row["target"])
	for node, amount in sums.items():
		assert not amount or amount == pytest.approx(by_node[node]["actual"])
	below = line(answer, "Performance Site")
	assert (below["target"], below["attainment"], below["last_year"], below["growth"]) == (120, 25, 70, None)
	assert below["pace"] == pytest.approx(100 * 30 / (120 * 181 / 365), abs=0.05)
	assert below["run_rate"] == pytest.approx(90 / 184, abs=0.01)
	assert line(answer, "Performance Group itself")["target"] is None
	summary = {item["label"]: item["value"] for item in answer[4]}
	assert (summary["Forecast"], summary["Actual"], summary["Last Year"]) == (130, 130, 120)
	assert summary["With Last Year's Course"] == pytest.approx(130 * 120 / 50)


def test_all_customers_or_those_of_key_accounts(sold):
	everybody = run(sold_to="All Customers")
	assert line(everybody, "All")["actual"] == 139 and line(everybody, "No key account")["actual"] == 9
	assert "all customers" in everybody[2] and "Documents: <b>3</b>" in everybody[2]
	assert line(run(), "All")["actual"] == 130
	nested = run(by="Territory", then_by="Key Account")
	assert [row["indent"] for row in nested[1]][:4] == [0, 1, 2, 3]
	assert run(by="Territory", then_by="Territory")[1][0]["actual"] == 130


def test_one_figure_in_every_part_of_the_period(sold):
	answer = run(view="Actual by Period", every="Quarterly")
	row = answer[1][0]
	assert [row[f"slice_{number}"] for number in range(4)] == [100, 30, 0, 0] and row["actual"] == 130
	assert len(answer[0]) == 7  # name, whole, four quarters, currency
	targets = run(view="Target by Period", every="Monthly")
	assert sum(targets[1][0][f"slice_{number}"] for number in range(12)) == pytest.approx(120, abs=0.1)
	assert line(targets, "Performance Group itself")["slice_0"] is None
	assert titles(run(view="Last Year by Period", every="Weekly"))[2].startswith("Week 1/")
	assert "cut into more than" in run(view="Actual by Period", every="Weekly", from_date="2016-01-01")[2]


def test_quantity_and_margin_leave_out_what_they_cannot_know(sold):
	quantity = run(measure="Quantity")
	assert quantity[1][0]["actual"] == 2 and quantity[1][0]["pipeline"] is None
	assert "Weighted Pipeline" not in titles(quantity)
	margin = run(measure="Margin")
	assert margin[1][0]["actual"] == 130 and margin[1][0]["target"] is None
	assert "Target" not in titles(margin) and "Variance" not in titles(margin)
	assert "Baseline" in titles(run(baseline=1)) and "Baseline" not in titles(run())


@pytest.mark.parametrize(
	("chart", "kind"), [("Waterfall", "waterfall"), ("Target Bullets", "bullets"), ("Trend", "performance")]
)
def test_charts_show_what_the_table_shows(sold, chart, kind):
	answer = run(chart=chart, baseline=1)
	drawn = answer[3]["kam"]
	assert drawn["kind"] == kind and json.loads(frappe.as_json(drawn))
	rows, whole = drawn["rows"], answer[1][0]
	if kind == "waterfall":
		assert sum(row["value"] for row in rows[:-1]) == pytest.approx(rows[-1]["value"])
		assert rows[-1]["value"] == whole["forecast"] and drawn["target"] == 120
		assert sum(part["value"] for part in rows[-1]["parts"]) == pytest.approx(whole["forecast"])
	elif kind == "bullets":
		assert (rows[0]["actual"], rows[0]["target"]) == (whole["actual"], whole["target"])
	else:
		assert sum(row["forecast"] for row in rows) == pytest.approx(whole["forecast"])
		assert sum(row["target"] for row in rows) == pytest.approx(120, abs=0.1)


def test_what_cannot_be_counted_is_told(site):  # noqa: F811
	b.make_order(site.customers[0], [(deals.WIRE, 1, 40)], day(site, -20))
	deals.make_idea(site.site, 500, site.customers[1], expected_close=day(site, -3))
	answer = execute({"company": b.COMPANY, "from_date": day(site, -30), "to_date": day(site, 60)})
	assert "were due before today" in answer[2] and "no day of closing" in answer[2]
	assert answer[1][0]["orders"] == 40
	nothing = execute({"company": b.COMPANY, "from_date": "2030-01-01", "to_date": "2030-12-31"})
	assert nothing[1] == [] and "fewer filters" in nothing[2]


def test_all_companies_say_their_rates(sold):
	b.ensure_euro_company()
	b.ensure_exchange_rate("EUR", "USD", 1.25)
	sell(sold.customers[0], 40, "2019-03-03", company=b.EURO_COMPANY)
	answer = execute({**YEAR, "currency": "USD", "territory": sold.territory})
	assert answer[1][0]["actual"] == 180 and answer[1][0]["currency"] == "USD"
	assert "EUR at 1.25" in answer[2]


# ---------------------------------------------------------------- to the documents


def behind(figure, row, **filters):
	answer = documents(figure, row["place"], json.dumps({"company": b.COMPANY, **YEAR, **filters}))
	assert answer["doctype"]
	return answer["doctype"], frappe.get_list(
		answer["doctype"], filters=listed(answer["doctype"], answer["filters"]), pluck="name", distinct=True
	)


def listed(doctype, filters):
	"""Filters as the list view sends them."""
	result = []
	for name, value in filters.items():
		table, _dot, field = name.rpartition(".")
		operator, value = value if isinstance(value, list) else ("=", value)
		result.append([table or doctype, field, operator, value])
	return result


def test_the_documents_behind_a_figure_add_up_to_it(sold):
	answer = run(customers=1, sold_to="All Customers")
	for row in answer[1]:
		for figure in ("actual", "last_year", "last_year_to_date"):
			doctype, names = behind(figure, row, sold_to="All Customers")
			amounts = frappe.get_all(doctype, {"name": ["in", names]}, pluck="base_net_total")
			assert sum(amounts) == pytest.approx(row[figure]), (row["label"], figure)
	for filters in ({"by": "Territory"}, {"by": "Market Segment"}, {"by": "Item Group"}):
		for row in run(**filters)[1]:
			doctype, names = behind("actual", row, **filters)
			assert len(names) == 2, row["label"]


def test_the_orders_behind_a_figure(site):  # noqa: F811
	order = b.make_order(site.customers[0], [(deals.WIRE, 1, 40)], day(site, 0))
	filters = {"from_date": day(site, -30), "to_date": day(site, 60), "as_of": str(site.today)}
	answer = run(**filters)
	assert behind("orders", answer[1][0], **filters) == ("Sales Order", [order.name])
	with pytest.raises(frappe.ValidationError):
		documents("target", "{}", json.dumps({"company": b.COMPANY}))


# ---------------------------------------------------------------- readers


def test_readers_see_their_own_and_nothing_else(sold, as_user):
	manager = b.ensure_user("performance.manager@example.com", ["Key Account Manager"])
	account = frappe.get_doc("Key Account", sold.site)
	account.key_account_manager = manager
	account.save()
	with as_user(manager):
		answer = run(customers=1, sold_to="All Customers")
		assert answer[1][0]["actual"] == 30 and "Only what you may see" in answer[2]
		text = frappe.as_json(answer)
		assert sold.customers[0] not in text and "Stranger" not in text
		refused = run(key_account=sold.group)
		assert refused[1] == [] and "may not see" in refused[2]
		place = json.dumps({"key_account": sold.group})
		found = documents("actual", place, json.dumps({"company": b.COMPANY, **YEAR}))
		assert found["filters"]["customer"] == ["in", [sold.customers[1]]]
	with as_user(b.ensure_user("performance.nobody@example.com", ["Sales User"])):
		with pytest.raises(frappe.PermissionError):
			documents("actual", "{}", "{}")


def test_the_roles_of_the_report_are_those_of_the_programme():
	roles = frappe.get_all("Has Role", {"parent": "Key Account Performance"}, pluck="role")
	assert {"Key Account Manager", "KAM Reader", "Executive Sponsor"} <= set(roles)
	assert k.ROLES and set(roles) == {*k.ROLES, "System Manager"}
