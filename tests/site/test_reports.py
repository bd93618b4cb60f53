"""Reports, number cards and workspaces: figures against plain SQL and ERPNext's reports, and what each reader gets."""

import json
from datetime import date, timedelta

import frappe
import pandas as pd
import pytest
from frappe.desk import query_report
from frappe.desk.desktop import get_desktop_page, get_workspace_sidebar_items
from frappe.desk.search import search_widget
from frappe.utils.nestedset import get_root_of

from kam_erpnext.api import cards, report_filters
from kam_erpnext.kam_erpnext.doctype.key_account_selection import run as selection_run
from kam_erpnext.setup.roles import ROLES
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_sales import YEAR, gross_profit_of_erpnext, sales_analytics_of_erpnext

PARETO, RANKING, MATRIX, RESULTS = (
	"Customer Pareto and ABC",
	"Customer Ranking",
	"Portfolio Matrix",
	"Selection Results",
)
REPORTS = (PARETO, RANKING, MATRIX, RESULTS)
MANAGER, FENCED, OUTSIDER = (
	"report.manager@example.com",
	"report.north@example.com",
	"report.nobody@example.com",
)
NORTH, SOUTH = "Report North", "Report South"
HOSTILE = '<img src=x onerror="alert(1)"> & Co'
YEAR_2019 = {"period": "Custom", "from_date": "2019-01-01", "to_date": "2019-12-31"}


def run(report, **filters):
	"""A report as the desk runs it: permissions, row filters and total row of Frappe included."""
	return query_report.run(report, filters=filters)


def rows_of(result):
	"""Rows without the total row, which Frappe adds as a list."""
	return [row for row in result["result"] if isinstance(row, dict)]


def by_customer(result):
	return {row["customer"]: row for row in rows_of(result) if row["customer"]}


def summary_of(result):
	return {item["label"]: item["value"] for item in result["report_summary"]}


def percent(text):
	return float(text.removesuffix(" %").replace(",", ""))


def total_row(result):
	"""Total row as {fieldname: value}."""
	values = next(row for row in result["result"] if isinstance(row, list))
	return dict(zip((column["fieldname"] for column in result["columns"]), values, strict=True))


def test_company(**more):
	return {"company": b.COMPANY, **YEAR_2019, **more}


test_company.__test__ = False


# ---------------------------------------------------------------- a small world


@pytest.fixture(scope="module", autouse=True)
def world(site_connection):
	point = frappe_session.SitePoint()
	made = make_world()
	made["selection"] = make_selection("Report 2019", "2019-01-01", "2019-12-31").name
	frappe.db.commit()
	yield made
	point.return_to()


def make_world():
	north = b.ensure_territory(NORTH, is_group=True)
	near = b.ensure_territory("Report Near North", parent=north)
	south = b.ensure_territory(SOUTH)
	b.ensure_user(MANAGER, ["Key Account Manager"])
	b.ensure_user(OUTSIDER, ["Website Manager"])
	b.ensure_user(FENCED, ["KAM Reader"])
	b.allow_only(FENCED, "Territory", north)

	where = {
		"Alpha": near,
		"Beta": south,
		"Gamma": near,
		"Delta": south,
		"Epsilon": near,
		"Zeta": near,
		"Hostile": near,
	}
	made = {
		name: b.make_customer(f"Report {name}", territory=territory).name for name, territory in where.items()
	}
	# a name like this comes in by an import that does not clean it
	frappe.db.set_value("Customer", made["Hostile"], "customer_name", HOSTILE)

	b.make_receipt([(b.ensure_stock_item(), 100, 60)])
	sell(made["Alpha"], 4000, "2019-02-01")
	sell(made["Alpha"], 2000, "2019-11-30")
	sell(made["Alpha"], 1000, "2018-05-01")
	b.make_invoice(made["Beta"], [(b.ensure_stock_item(), 30, 100)], "2019-04-01")
	sell(made["Beta"], 5000, "2018-04-01")
	sell(made["Gamma"], 900, "2019-06-01")
	b.make_return(sell(made["Delta"], 100, "2019-07-01"), "2019-07-02")
	b.make_return(sell(made["Epsilon"], 500, "2018-12-01"), "2019-01-15")
	sell(made["Hostile"], 50, "2019-08-01")

	group = k.make_account("Report Group", [made["Alpha"]], level="Global", team=[MANAGER])
	k.make_account("Report Part", [made["Gamma"]], parent=group.name)
	k.make_account("Report Southern", [made["Beta"]], status="On Watch")
	return made


def sell(customer, amount, day, **fields):
	return b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], day, **fields)


# ---------------------------------------------------------------- Pareto: real input


@pytest.fixture
def pareto(adventureworks):
	return run(PARETO, company=adventureworks.COMPANY, **YEAR_2019)


def sold_by_sql(company, start="2019-01-01", end="2019-12-31", territories=None):
	"""Net sales per customer, straight from the tables."""
	condition = "and customer.territory in %(territories)s" if territories else ""
	return {
		customer: float(total)
		for customer, total in frappe.db.sql(
			f"""select invoice.customer, sum(item.base_net_amount) from `tabSales Invoice Item` item
			join `tabSales Invoice` invoice on invoice.name = item.parent
			join `tabCustomer` customer on customer.name = invoice.customer
			where invoice.docstatus = 1 and invoice.company = %(company)s
			and invoice.posting_date between %(start)s and %(end)s {condition} group by invoice.customer""",
			{"company": company, "start": start, "end": end, "territories": territories},
		)
	}


def plain_abc(values, cut_a=80, cut_b=95):
	"""ABC classes as one would compute them by hand in pandas."""
	values = pd.Series(values, dtype=float)
	values = values[values > 0].sort_values(ascending=False)
	before = 100 * (values.cumsum() - values) / values.sum()
	return before.map(lambda share: "A" if share < cut_a else "B" if share < cut_b else "C").to_dict()


def test_pareto_net_sales_equal_sales_analytics(pareto, adventureworks):
	expected = sales_analytics_of_erpnext(YEAR, adventureworks.COMPANY)
	sold = {customer: row["net_sales"] for customer, row in by_customer(pareto).items() if row["documents"]}
	assert len(expected) >= 50
	assert sold == pytest.approx(expected, abs=0.005)


def test_pareto_gross_profit_equals_the_gross_profit_report(pareto, adventureworks):
	rows = by_customer(pareto)
	for customer, values in gross_profit_of_erpnext(YEAR, adventureworks.COMPANY).items():
		assert rows[customer]["gross_profit"] == pytest.approx(values["gross_profit"], abs=0.02), customer
		margin = 100 * values["gross_profit"] / rows[customer]["net_sales"]
		assert rows[customer]["gross_margin"] == pytest.approx(margin, abs=0.1), customer


def test_pareto_documents_equal_a_plain_count(pareto, adventureworks):
	expected = dict(
		frappe.db.sql(
			"""select customer, count(*) from `tabSales Invoice` where docstatus = 1 and company = %s
			and posting_date between '2019-01-01' and '2019-12-31' group by customer""",
			adventureworks.COMPANY,
		)
	)
	assert {
		customer: row["documents"] for customer, row in by_customer(pareto).items() if row["documents"]
	} == expected
	assert f"<b>{sum(expected.values())}</b>" in pareto["message"]


def test_both_classes_equal_a_computation_by_hand(pareto):
	rows = by_customer(pareto)
	for figure, column in (("net_sales", "sales_class"), ("gross_profit", "margin_class")):
		expected = plain_abc({customer: row[figure] for customer, row in rows.items()})
		assert len(set(expected.values())) == 3
		assert {customer: row[column] for customer, row in rows.items() if row[column]} == expected


def test_ranks_and_shares_follow_net_sales(pareto, adventureworks):
	sold = pd.Series(sold_by_sql(adventureworks.COMPANY)).sort_values(ascending=False)
	sold = sold[sold > 0]
	ranked = [row for row in rows_of(pareto) if row["rank"]]
	assert [row["rank"] for row in ranked] == list(range(1, len(sold) + 1))
	assert [row["net_sales"] for row in ranked] == pytest.approx(list(sold), abs=0.005)
	assert [row["share"] for row in ranked] == pytest.approx(list(100 * sold / sold.sum()), abs=0.001)
	assert [row["cumulative_share"] for row in ranked] == pytest.approx(
		list(100 * sold.cumsum() / sold.sum()), abs=0.006
	)


def test_summary_and_total_row_of_the_pareto(pareto, adventureworks):
	sold = pd.Series(sold_by_sql(adventureworks.COMPANY))
	positive = sold[sold > 0].sort_values(ascending=False)
	share = 100 * positive / positive.sum()
	summary = summary_of(pareto)
	assert summary["Net Sales"] == pytest.approx(sold.sum(), abs=0.01)
	assert summary["Customers"] == len(positive)
	assert percent(summary["Largest"]) == pytest.approx(share.iloc[0], abs=0.05)
	assert percent(summary["Largest 5"]) == pytest.approx(share.iloc[:5].sum(), abs=0.05)
	assert percent(summary["Largest 10"]) == pytest.approx(share.iloc[:10].sum(), abs=0.05)
	assert summary["Concentration (HHI)"] == round((share**2).sum())
	assert float(summary["Effective Customers"]) == pytest.approx(10_000 / (share**2).sum(), abs=0.05)
	classes = pd.Series(plain_abc(sold)).value_counts()
	assert summary["Class A / B / C"] == f"{classes['A']} / {classes['B']} / {classes['C']}"

	totals = total_row(pareto)
	assert totals["net_sales"] == pytest.approx(sold.sum(), abs=0.01)
	assert totals["share"] == pytest.approx(100)
	# a total of ranks and ratios means nothing
	assert totals["rank"] == "Total"
	assert not any(totals[field] for field in ("cumulative_share", "gross_margin", "sales_class", "customer"))


def test_curve_of_the_pareto(pareto):
	sold = sorted((row["net_sales"] for row in rows_of(pareto) if row["net_sales"] > 0), reverse=True)
	curve = next(line for line in pareto["chart"]["kam"]["curves"] if line["key"] == "net_sales")
	assert curve["count"] == len(sold)
	for number, (customers, cumulative, _name, value, rank) in enumerate(curve["points"], 1):
		assert rank == number
		assert value == pytest.approx(sold[number - 1], abs=0.01)
		assert customers == pytest.approx(100 * number / len(sold), abs=0.001)
		assert cumulative == pytest.approx(100 * sum(sold[:number]) / sum(sold), abs=0.001)
	# the same curve for dashboards, at every 5 percent of the customers
	small = dict(
		zip(pareto["chart"]["data"]["labels"], pareto["chart"]["data"]["datasets"][0]["values"], strict=True)
	)
	assert small["0 %"] == 0 and small["100 %"] == 100
	assert list(small.values()) == sorted(small.values())


def test_a_customer_above_the_warning_line_is_named(pareto):
	first = rows_of(pareto)[0]
	assert first["share"] > 10
	assert "kam-warning" in pareto["message"]
	assert f"<b>{first['customer_name']}</b>" in pareto["message"]


def test_no_warning_below_the_line(adventureworks, monkeypatch):
	frappe.db.set_single_value("KAM Settings", "concentration_warning", 90)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	assert "kam-warning" not in run(PARETO, company=adventureworks.COMPANY, **YEAR_2019)["message"]


def test_customers_of_the_same_name_stay_apart(pareto, adventureworks):
	names = pd.Series({row["customer"]: row["customer_name"] for row in rows_of(pareto)})
	twins = names[names.duplicated(keep=False)]
	assert len(twins) >= 2
	sold = sold_by_sql(adventureworks.COMPANY)
	for customer in twins.index:
		assert by_customer(pareto)[customer]["net_sales"] == pytest.approx(sold.get(customer, 0), abs=0.005)
	hidden = {column["fieldname"] for column in pareto["columns"] if column.get("hidden")}
	assert hidden == {"currency"}  # id and name are both needed here


def test_ranking_by_gross_profit(adventureworks):
	result = run(PARETO, company=adventureworks.COMPANY, basis="Gross Profit", **YEAR_2019)
	ranked = [row for row in rows_of(result) if row["rank"]]
	profits = [row["gross_profit"] for row in ranked]
	assert profits == sorted(profits, reverse=True) and min(profits) > 0
	assert ranked[0]["share"] == pytest.approx(100 * profits[0] / sum(profits), abs=0.001)
	without = [row for row in rows_of(result) if not row["rank"] and row["net_sales"] > 0]
	assert without and {row["remark"] for row in without} == {"No gross profit"}
	classes = pd.Series([row["margin_class"] for row in ranked]).value_counts()
	assert summary_of(result)["Class A / B / C"] == " / ".join(str(classes.get(name, 0)) for name in "ABC")


@pytest.mark.parametrize("field", ["customer_group", "territory", "item_group", "sales_person"])
def test_filters_split_the_whole(adventureworks, field):
	"""The figures of the groups just below the root add up to the figures without the filter."""
	doctype = frappe.unscrub(field)
	whole = summary_of(run(PARETO, company=adventureworks.COMPANY, **YEAR_2019))["Net Sales"]
	root = get_root_of(doctype)
	parts = [
		result["report_summary"][0]["value"]
		for name in frappe.get_all(doctype, {f"parent_{field}": root}, pluck="name")
		if (result := run(PARETO, company=adventureworks.COMPANY, **{field: name}, **YEAR_2019))[
			"report_summary"
		]
	]
	assert len(parts) > 1
	assert sum(parts) == pytest.approx(whole, abs=0.05)


def test_documents_of_a_filter_by_item_group_hold_such_an_item(adventureworks):
	result = run(PARETO, company=adventureworks.COMPANY, item_group="Accessories", **YEAR_2019)
	expected = frappe.db.sql(
		"""select count(distinct invoice.name) from `tabSales Invoice` invoice
		join `tabSales Invoice Item` item on item.parent = invoice.name
		join `tabItem Group` child on child.name = item.item_group
		join `tabItem Group` above on above.name = 'Accessories' and child.lft between above.lft and above.rgt
		where invoice.docstatus = 1 and invoice.company = %s
		and invoice.posting_date between '2019-01-01' and '2019-12-31'""",
		adventureworks.COMPANY,
	)[0][0]
	assert 0 < expected == total_row(result)["documents"]


def test_per_key_account_counts_every_customer_once(adventureworks):
	sold = pd.Series(sold_by_sql(adventureworks.COMPANY)).sort_values(ascending=False)
	first, second, third = sold.index[:3]
	top = k.make_account("Top Account", [third], level="Global")
	k.make_account("Account Below", [first, second], parent=top.name)
	result = run(PARETO, company=adventureworks.COMPANY, per="Key Account", **YEAR_2019)
	rows = rows_of(result)
	assert rows[0]["customer_name"] == "Top Account"
	assert rows[0]["net_sales"] == pytest.approx(sold.iloc[:3].sum(), abs=0.01)
	assert rows[0]["customer"] is None and rows[0]["key_account"] == top.name
	assert "Account Below" not in [row["customer_name"] for row in rows]
	assert not {first, second, third} & set(by_customer(result))
	assert summary_of(result)["Net Sales"] == pytest.approx(sold.sum(), abs=0.01)
	assert total_row(result)["net_sales"] == pytest.approx(sold.sum(), abs=0.01)


# ---------------------------------------------------------------- Pareto: kinds of documents


def test_units_without_positive_sales_stand_last_with_the_reason(world):
	result = run(PARETO, **test_company())
	rows = by_customer(result)
	ranked = [row["customer"] for row in rows_of(result) if row["rank"]]
	assert ranked == [world[name] for name in ("Alpha", "Beta", "Gamma", "Hostile")]
	remarks = {name: rows[world[name]]["remark"] for name in ("Alpha", "Delta", "Epsilon", "Zeta")}
	assert remarks == {
		"Alpha": None,
		"Delta": "Sales and returns cancel out",
		"Epsilon": "Returns exceed sales",
		"Zeta": "No sales in the period",
	}
	assert rows[world["Epsilon"]]["net_sales"] == -500
	assert rows[world["Delta"]]["net_sales"] == 0 and rows[world["Delta"]]["documents"] == 2
	for name in ("Delta", "Epsilon", "Zeta"):
		row = rows[world[name]]
		assert [row[field] for field in ("rank", "share", "cumulative_share", "sales_class")] == [None] * 4
		assert row["gross_margin"] is None  # no ratio without a denominator
	# shares are those of 9,950, the total is that of the books
	assert rows[world["Alpha"]]["share"] == pytest.approx(100 * 6000 / 9950, abs=0.001)
	assert summary_of(result)["Net Sales"] == 9450


def test_customers_without_documents_can_be_hidden(world):
	shown = by_customer(run(PARETO, **test_company(hide_without_sales=1)))
	assert world["Zeta"] not in shown and world["Delta"] in shown


def test_two_way_classes(world):
	rows = by_customer(run(PARETO, **test_company()))
	# Beta: 30 pieces at 100 that cost 60
	assert rows[world["Beta"]]["gross_profit"] == 1200
	assert rows[world["Beta"]]["gross_margin"] == 40
	assert (rows[world["Beta"]]["sales_class"], rows[world["Beta"]]["margin_class"]) == ("A", "A")
	assert (rows[world["Gamma"]]["sales_class"], rows[world["Gamma"]]["margin_class"]) == ("B", "B")
	assert (rows[world["Hostile"]]["sales_class"], rows[world["Hostile"]]["margin_class"]) == ("C", "C")


def test_disabled_and_internal_customers_are_listed_only_with_sales(world):
	frappe.db.set_value("Customer", world["Zeta"], "disabled", 1)
	frappe.db.set_value("Customer", world["Gamma"], "disabled", 1)
	rows = by_customer(run(PARETO, **test_company()))
	assert world["Zeta"] not in rows
	assert rows[world["Gamma"]]["net_sales"] == 900


def test_other_companies_and_currencies(world):
	euro = b.ensure_euro_company()
	sell(world["Alpha"], 7777, "2019-03-01", company=euro)
	sell(world["Zeta"], 80, "2019-03-01", currency="EUR", conversion_rate=1.25)
	rows = by_customer(run(PARETO, **test_company()))
	assert rows[world["Alpha"]]["net_sales"] == 6000
	assert rows[world["Zeta"]]["net_sales"] == 100  # in the company's dollars
	abroad = run(PARETO, company=euro, **YEAR_2019)
	assert by_customer(abroad)[world["Alpha"]]["net_sales"] == 7777
	assert by_customer(abroad)[world["Alpha"]]["currency"] == "EUR"
	assert "EUR" in abroad["message"] and euro in abroad["message"]


def test_cancelled_and_amended_invoices_count_once(world):
	invoice = sell(world["Zeta"], 300, "2019-03-01")
	b.amend(invoice, remarks="amended")
	b.cancel(sell(world["Zeta"], 1000, "2019-03-02"))
	row = by_customer(run(PARETO, **test_company()))[world["Zeta"]]
	assert (row["net_sales"], row["documents"]) == (300, 1)


@pytest.mark.parametrize(
	("first", "last", "days"),
	[
		("2019-02-01", "2019-02-28", 28),
		("2019-04-01", "2019-04-30", 30),
		("2019-01-01", "2019-01-31", 31),
		("2020-02-01", "2020-02-29", 29),
	],
)
def test_a_period_holds_its_first_and_last_day_and_no_other(first, last, days):
	customer = b.make_customer("Report Edges").name
	start, end = date.fromisoformat(first), date.fromisoformat(last)
	year_before = start.replace(year=start.year - 1)
	for day, amount in (
		(start - timedelta(1), 1),
		(start, 10),
		(end, 100),
		(end + timedelta(1), 1000),
		(year_before, 3),
		(year_before + timedelta(days - 1), 30),
		(year_before + timedelta(days), 300),
	):
		sell(customer, amount, str(day))
	period = {"company": b.COMPANY, "period": "Custom", "from_date": first, "to_date": last}
	row = by_customer(run(PARETO, **period))[customer]
	assert (row["net_sales"], row["documents"]) == (110, 2)
	result = run(RANKING, **period)
	row = by_customer(result)[customer]
	assert (row["net_sales"], row["net_sales_before"]) == (110, 33)
	assert result["message"].count(f"({days} days)") == 2


def test_windows_count_back_from_the_day_as_of():
	customer = b.make_customer("Report Windows").name
	sell(customer, 1, "2018-03-10")
	sell(customer, 10, "2018-03-11")
	sell(customer, 100, "2019-03-10")
	sell(customer, 1000, "2019-03-11")

	def sold(window):
		found = by_customer(run(PARETO, company=b.COMPANY, period=window, as_of="2019-03-10"))
		return found[customer]["net_sales"]

	assert sold("Rolling 12 Months") == 110
	assert sold("Fiscal Year to Date") == 100
	assert sold("Last Fiscal Year") == 11


# ---------------------------------------------------------------- ranking


def plain_ranks(sold):
	"""1 for the largest; equal ones by name."""
	order = sorted(
		(customer for customer in sold.index if sold[customer] > 0), key=lambda name: (-sold[name], name)
	)
	return {customer: rank for rank, customer in enumerate(order, 1)}


def test_ranking_against_plain_sql(adventureworks):
	now = pd.Series(sold_by_sql(adventureworks.COMPANY))
	before = pd.Series(sold_by_sql(adventureworks.COMPANY, "2018-01-01", "2018-12-31"))
	result = run(RANKING, company=adventureworks.COMPANY, **YEAR_2019)
	rows = by_customer(result)
	assert set(rows) == set(now.index) | set(before.index)
	ranks = {"now": plain_ranks(now), "before": plain_ranks(before)}
	for customer, row in rows.items():
		assert row["net_sales"] == pytest.approx(now.get(customer, 0), abs=0.005)
		assert row["net_sales_before"] == pytest.approx(before.get(customer, 0), abs=0.005)
		assert row["rank"] == ranks["now"].get(customer)
		assert row["rank_before"] == ranks["before"].get(customer)
		if before.get(customer, 0) > 0:
			change = 100 * (now.get(customer, 0) / before[customer] - 1)
			assert row["change_percent"] == pytest.approx(change, abs=0.006)
		else:
			assert row["change_percent"] is None
	summary = summary_of(result)
	assert summary["New"] == len(set(ranks["now"]) - set(ranks["before"]))
	assert summary["Lost"] == len(set(ranks["before"]) - set(ranks["now"]))
	assert percent(summary["Change"]) == pytest.approx(100 * (now.sum() / before.sum() - 1), abs=0.05)
	assert total_row(result)["change"] == pytest.approx(now.sum() - before.sum(), abs=0.01)


def test_movement_in_words(world):
	rows = by_customer(run(RANKING, **test_company()))
	assert {
		name: rows[world[name]]["movement"] for name in ("Alpha", "Beta", "Gamma", "Epsilon", "Delta")
	} == {
		"Alpha": "Up 1",
		"Beta": "Down 1",
		"Gamma": "New",
		"Epsilon": "Lost",
		"Delta": "Not ranked",
	}
	assert rows[world["Gamma"]]["rank_before"] is None and rows[world["Gamma"]]["change_percent"] is None
	assert world["Zeta"] not in rows  # nothing in either period


def test_top_filter_keeps_the_largest_of_either_period(world):
	result = run(RANKING, **test_company(top=1))
	assert set(by_customer(result)) == {world["Alpha"], world["Beta"]}
	assert summary_of(result)["Net Sales"] == 9450  # all of them, as the message says
	assert "2 of 6" in result["message"]


def test_two_fiscal_years(world):
	same = run(RANKING, **test_company())
	chosen = run(
		RANKING, company=b.COMPANY, compare="Two Fiscal Years", fiscal_year="2019", against_year="2018"
	)
	assert rows_of(chosen) == rows_of(same)
	hint = run(RANKING, company=b.COMPANY, compare="Two Fiscal Years", fiscal_year="2019")
	assert hint["result"] == [] and "both fiscal years" in hint["message"]
	leap = run(
		RANKING, company=b.COMPANY, compare="Two Fiscal Years", fiscal_year="2020", against_year="2019"
	)
	assert "differ by <b>1</b> days" in leap["message"]


def test_ranking_per_key_account(world):
	rows = rows_of(run(RANKING, **test_company(per="Key Account")))
	group = next(row for row in rows if row["customer_name"] == "Report Group")
	assert (group["net_sales"], group["net_sales_before"]) == (6900, 1000)
	assert [row for row in rows if row["customer"] in (world["Alpha"], world["Gamma"])] == []


# ---------------------------------------------------------------- selections


@pytest.fixture
def selection(world):
	"""A selection over 2019 that waits for validation."""
	return frappe.get_doc("Key Account Selection", world["selection"])


def make_selection(title, start, end, **criteria):
	rules = k.make_criteria(
		effective_from="2017-01-01",
		scoring=[
			{
				"criterion": "Size",
				"weight": 50,
				"kind": "Linear",
				"measure": "Net Sales",
				"low_anchor": 0,
				"high_anchor": 10000,
			},
			{
				"criterion": "Growth",
				"weight": 50,
				"kind": "Linear",
				"measure": "Sales Growth %",
				"low_anchor": -100,
				"high_anchor": 500,
				"dimension": "Strength",
			},
		],
		**criteria,
	)
	doc = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": title,
			"criteria": rules.name,
			"company": b.COMPANY,
			"period_window": "Custom",
			"from_date": start,
			"to_date": end,
			"as_of": end,
		}
	).insert()
	doc.workflow_state = "Running"
	doc.save()
	frappe.db.commit()
	selection_run.execute(doc.name, doc.run_token)
	return doc.reload()


def by_name(result):
	return {row["customer_name"]: row for row in rows_of(result)}


def test_selection_results_show_the_frozen_lines(selection):
	result = run(RESULTS, selection=selection.name)
	lines = frappe.get_all("Key Account Selection Line", {"selection": selection.name}, ["*"])
	rows = by_name(result)
	assert len(rows_of(result)) == len(lines) == selection.customers_measured
	for line in lines:
		row = rows[line.customer_name]
		assert row["net_sales"] == pytest.approx(line.net_sales)
		assert row["reason"] == line.reason
		assert row["proposal_key"] == line.proposal
	# sold nothing before: the growth is not known, and not 0
	assert "sales_growth" in next(line.unknown for line in lines if line.customer_name == HOSTILE)
	assert rows[HOSTILE]["sales_growth"] is None
	assert rows["Report Southern"]["sales_growth"] == pytest.approx(-40)


def test_selection_results_count_proposals_and_decisions(selection):
	line = frappe.get_doc(
		"Key Account Selection Line", {"selection": selection.name, "customer_name": "Report Southern"}
	)
	line.decide("Override", "Bought by a competitor", "Retire")
	result = run(RESULTS, selection=selection.name)
	counts = pd.Series([row["proposal_key"] for row in rows_of(result)]).value_counts()
	summary = summary_of(result)
	names = {
		"Add": "Add",
		"Keep": "Keep",
		"Promote": "Promote",
		"Demote": "Demote",
		"Retire": "Retire",
		"None": "No Change",
	}
	assert {label: summary[label] for label in names.values()} == {
		label: int(counts.get(key, 0)) for key, label in names.items()
	}
	row = by_name(result)["Report Southern"]
	assert (row["decision"], row["outcome"], row["decision_reason"]) == (
		"Overridden",
		"Retire",
		"Bought by a competitor",
	)
	chart = result["chart"]
	drawn = sum(sum(dataset["values"]) for dataset in chart["data"]["datasets"])
	assert drawn + chart["kam"]["not_drawn"] == len(rows_of(result))


def test_selection_results_filters(selection):
	everything = rows_of(run(RESULTS, selection=selection.name))
	changes = rows_of(run(RESULTS, selection=selection.name, show="Proposed Changes"))
	assert changes and {row["proposal_key"] for row in changes} <= {"Add", "Promote", "Demote", "Retire"}
	accounts = rows_of(run(RESULTS, selection=selection.name, show="Key Accounts"))
	assert {row["customer_name"] for row in accounts} >= {"Report Group", "Report Part", "Report Southern"}
	none = rows_of(run(RESULTS, selection=selection.name, proposal="None"))
	assert len(none) == len([row for row in everything if row["proposal_key"] == "None"])
	assert {row["decision_key"] for row in none} == {"Not Needed"}
	north = rows_of(run(RESULTS, selection=selection.name, territory=NORTH))
	assert {row["territory"] for row in north} == {"Report Near North"}


def test_matrix_draws_only_known_positions(selection):
	result = run(MATRIX, selection=selection.name, show="All Lines")
	rows = by_name(result)
	# Hostile sold nothing before: growth, the only criterion of strength, is not known
	hostile = rows[HOSTILE]
	assert (hostile["strength"], hostile["quadrant"]) == (None, None)
	assert hostile["attractiveness"] is not None and "strength" in hostile["remark"]
	drawn = {account["name"] for account in result["chart"]["kam"]["accounts"]}
	assert HOSTILE not in drawn and "Report Southern" in drawn
	order = [row["quadrant"] is not None for row in rows_of(result)]
	assert order == sorted(order, reverse=True)  # those without a position stand last
	assert summary_of(result)["Position Not Known"] == order.count(False)


def test_matrix_positions_and_quadrants_by_hand(selection):
	rows = by_name(run(MATRIX, selection=selection.name))
	group = rows["Report Group"]
	assert group["attractiveness"] == pytest.approx(69, abs=0.06)  # 6,900 of 10,000
	assert group["strength"] == pytest.approx(100)  # grew by 590 %
	assert group["quadrant"] == "Strategic"
	southern = rows["Report Southern"]
	assert southern["strength"] == pytest.approx(10, abs=0.06)  # -40 % between -100 and 500
	assert southern["quadrant"] == "Streamline"
	assert group["potential"] is None  # nobody entered one: not 0


def test_matrix_uses_the_cut_lines_of_its_run(selection):
	frappe.db.set_single_value(
		"KAM Settings", {"portfolio_cut_attractiveness": 99, "portfolio_cut_strength": 1}
	)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	result = run(MATRIX, selection=selection.name)
	assert result["chart"]["kam"]["cuts"] == {"attractiveness": 50, "strength": 50}
	assert by_name(result)["Report Group"]["quadrant"] == "Strategic"


def test_matrix_with_median_cut_lines(world):
	frappe.db.set_single_value("KAM Settings", "portfolio_cut_method", "Median")
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	selection = make_selection("Report Median", "2019-01-01", "2019-12-31")
	known = [
		row
		for row in rows_of(run(MATRIX, selection=selection.name, show="All Lines"))
		if row["attractiveness"] is not None
	]
	cut = run(MATRIX, selection=selection.name)["chart"]["kam"]["cuts"]["attractiveness"]
	assert cut == pytest.approx(pd.Series([row["attractiveness"] for row in known]).median(), abs=0.06)


def test_matrix_compares_two_selections(selection):
	earlier = make_selection("Report 2018", "2018-01-01", "2018-12-31")
	result = run(MATRIX, selection=selection.name, compare_with=earlier.name)
	group = by_name(result)["Report Group"]
	assert group["attractiveness_before"] == pytest.approx(10, abs=0.06)
	assert group["strength_before"] is None
	mark = next(
		account for account in result["chart"]["kam"]["accounts"] if account["name"] == "Report Group"
	)
	assert mark["attractiveness_before"] == pytest.approx(10, abs=0.06)
	assert mark["net_sales"] == 6900


def test_the_latest_selection_with_results_is_the_default(selection):
	later = make_selection("Report Later", "2019-01-01", "2019-06-30")
	frappe.db.set_value("Key Account Selection", later.name, "run_finished", "2099-01-01")
	for report in (MATRIX, RESULTS):
		assert "Report Later" in run(report)["message"]
	later.db_set("workflow_state", "Draft")
	for report in (MATRIX, RESULTS):
		assert "Report 2019" in run(report)["message"]
		refused = run(report, selection=later.name)
		assert refused["result"] == [] and "has no results yet" in refused["message"]


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize("report", [PARETO, RANKING])
def test_a_fence_holds_for_every_total(world, as_user, report, adventureworks):
	below = frappe.db.sql_list(
		"""select child.name from `tabTerritory` child join `tabTerritory` above
		on above.name = 'Europe' and child.lft between above.lft and above.rgt"""
	)
	expected = sold_by_sql(adventureworks.COMPANY, territories=below)
	everything = sold_by_sql(adventureworks.COMPANY)
	assert 0 < len(expected) < len(everything)
	reader = b.ensure_user("report.europe@example.com", ["KAM Reader"])
	b.allow_only(reader, "Territory", "Europe")
	with as_user(reader):
		result = run(report, company=adventureworks.COMPANY, **YEAR_2019)
		by_account = run(report, company=adventureworks.COMPANY, per="Key Account", **YEAR_2019)
	sold = {customer: row["net_sales"] for customer, row in by_customer(result).items() if row["net_sales"]}
	assert sold == pytest.approx(
		{customer: total for customer, total in expected.items() if total}, abs=0.005
	)
	for shown in (result, by_account):
		assert summary_of(shown)["Net Sales"] == pytest.approx(sum(expected.values()), abs=0.01)
		assert total_row(shown)["net_sales"] == pytest.approx(sum(expected.values()), abs=0.01)
		assert "Only what you may see is counted" in shown["message"]
	shares = [row["share"] for row in rows_of(result) if row["share"]]
	assert sum(shares) == pytest.approx(100, abs=0.001)


def test_a_fenced_reader_sees_of_an_account_only_his_customers(world, as_user):
	frappe.db.set_value("Customer", world["Gamma"], "territory", SOUTH)
	with as_user(FENCED):
		rows = by_name(run(PARETO, **test_company(per="Key Account")))
	assert rows["Report Group"]["net_sales"] == 6000  # without the 900 of Gamma
	assert "Report Southern" not in rows and "Report Part" not in rows


@pytest.mark.parametrize("report", [PARETO, RANKING])
def test_a_manager_sees_only_the_customers_of_his_team(world, as_user, report):
	with as_user(MANAGER):
		assert not frappe.has_permission("Customer", "read")
		result = run(report, **test_company())
		by_account = run(report, **test_company(per="Key Account"))
	assert set(by_customer(result)) == {world["Alpha"], world["Gamma"]}
	assert summary_of(result)["Net Sales"] == 6900
	assert [row["customer_name"] for row in rows_of(by_account)] == ["Report Group"]
	types = {column["fieldname"]: column["fieldtype"] for column in result["columns"]}
	assert types["customer"] == types["territory"] == "Data"  # links would make Frappe refuse the report


def test_a_team_member_of_a_lower_account_sees_it_as_the_top(world, as_user):
	part = frappe.get_doc("Key Account", {"account_name": "Report Part"})
	part.append("team", {"user": b.ensure_user("report.part@example.com", ["Key Account Coordinator"])})
	part.save()
	with as_user("report.part@example.com"):
		rows = rows_of(run(PARETO, **test_company(per="Key Account")))
	assert [(row["customer_name"], row["net_sales"]) for row in rows] == [("Report Part", 900)]


@pytest.mark.parametrize("report", [MATRIX, RESULTS])
def test_lines_of_a_selection_follow_the_rights(selection, as_user, report):
	show = {"show": "All Lines"}
	with as_user(MANAGER):
		result = run(report, selection=selection.name, **show)
		names = {row["customer_name"] for row in rows_of(result)}
	assert names == {"Report Group", "Report Part"}
	assert str(selection.documents_measured) not in result["message"].split("Lines shown")[1]
	with as_user(FENCED):
		seen = {row["territory"] for row in rows_of(run(report, selection=selection.name, **show))}
	assert seen == {"Report Near North"}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_alone_can_run_every_report(world, as_user, role):
	user = k.ensure_role_user(role, prefix="report.role")
	with as_user(user):
		for report in REPORTS:
			result = run(report, **(test_company() if report in (PARETO, RANKING) else {}))
			assert result["message"]
			assert query_report.get_script(report)["script"]


@pytest.mark.parametrize("report", REPORTS)
def test_nobody_else_can(as_user, report):
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		run(report)


# ---------------------------------------------------------------- nothing to show


@pytest.mark.parametrize("report", [PARETO, RANKING])
def test_an_empty_company_gets_a_hint(report):
	company = b.ensure_euro_company()
	result = run(report, company=company)
	assert result["result"] == [] and result["chart"] is None
	assert "kam-hint" in result["message"] and company in result["message"]


def test_the_hint_names_the_last_document(world):
	result = run(PARETO, company=b.COMPANY, period="Rolling 12 Months", as_of="2025-06-30")
	assert result["result"] == []
	assert frappe.utils.formatdate("2019-11-30") in result["message"]


@pytest.mark.parametrize("report", [PARETO, RANKING])
def test_no_company_at_all(report, monkeypatch):
	monkeypatch.setattr("kam_erpnext.kam_erpnext.report.common.default_company", lambda: None)
	result = run(report)
	assert result["result"] == [] and "choose a company" in result["message"]


@pytest.mark.parametrize("report", [MATRIX, RESULTS])
def test_no_selection_at_all(report, as_user):
	for name in frappe.get_all("Key Account Selection", pluck="name"):
		frappe.db.set_value("Key Account Selection", name, "workflow_state", "Draft")
	result = run(report)
	assert result["result"] == [] and "kam-hint" in result["message"]
	assert "Key Account Criteria" in result["message"]
	with as_user(MANAGER):
		assert "KAM Administrator" in run(report)["message"]


@pytest.mark.parametrize(
	("report", "filters", "words"),
	[
		(PARETO, {"period": "Custom"}, "both From and To"),
		(PARETO, {"period": "Custom", "from_date": "2019-02-01", "to_date": "2019-01-01"}, "lies before"),
		(PARETO, {"period": "Last Fiscal Year", "as_of": "1990-01-01"}, "no Fiscal Year"),
		(
			RANKING,
			{"compare": "Two Fiscal Years", "fiscal_year": "1990", "against_year": "2019"},
			"no Fiscal Year",
		),
		(MATRIX, {"selection": "KAS-X"}, "KAS-X"),
		(RESULTS, {"selection": "KAS-X"}, "KAS-X"),
	],
)
def test_filters_that_cannot_be_answered_get_a_sentence(report, filters, words):
	"""A report that raises would be switched to a prepared report by Frappe 15, for everybody."""
	result = run(report, company=b.COMPANY, **filters)
	assert result["result"] == []
	assert "kam-hint" in result["message"] and words in result["message"]
	assert not frappe.message_log


def test_a_selection_the_reader_may_not_see(selection, as_user):
	frappe.share.remove("Key Account Selection", selection.name, MANAGER)
	b.allow_only(
		MANAGER, "Key Account Selection", make_selection("Report Other", "2018-01-01", "2018-12-31").name
	)
	with as_user(MANAGER):
		result = run(RESULTS, selection=selection.name)
	assert result["result"] == [] and "kam-hint" in result["message"]


# ---------------------------------------------------------------- texts, export, dashboards


def test_hostile_names_stay_text(world, selection):
	result = run(RANKING, **test_company())
	assert (
		by_customer(result)[world["Hostile"]]["customer_name"] == HOSTILE
	)  # a plain value; the page escapes it
	assert not any("<" in label for label in result["chart"]["data"]["labels"])
	frappe.db.set_single_value("KAM Settings", "concentration_warning", 1)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	message = run(PARETO, **test_company(territory=NORTH, from_date="2019-08-01", to_date="2019-08-31"))[
		"message"
	]
	assert "<img" not in message and "&lt;img" in message
	selection.db_set("title", HOSTILE)
	for report in (MATRIX, RESULTS):
		assert "<img" not in run(report, selection=selection.name)["message"]


@pytest.mark.parametrize("report", REPORTS)
def test_cells_are_plain_values(selection, report):
	result = run(report, **(test_company() if report in (PARETO, RANKING) else {"selection": selection.name}))
	assert rows_of(result)
	for row in rows_of(result):
		for value in row.values():
			assert value is None or isinstance(value, str | int | float), value
			assert not (isinstance(value, float) and value != value)  # not NaN, which JSON does not know
			if isinstance(value, str) and value != HOSTILE:
				assert "</" not in value
	json.dumps(result["chart"], allow_nan=False)
	sheet, *_layout = query_report.build_xlsx_data(frappe._dict(result), [], False, ignore_visible_idx=True)
	shown = [column["label"] for column in result["columns"] if not column.get("hidden")]
	assert sheet[0] == shown and len(sheet) == len(result["result"]) + 1


@pytest.mark.parametrize("report", REPORTS)
def test_reports_go_out_by_mail(selection, report):
	"""Auto Email Report, in all its formats."""
	filters = test_company() if report in (PARETO, RANKING) else {"selection": selection.name}
	mail = frappe.get_doc(
		{
			"doctype": "Auto Email Report",
			"report": report,
			"report_type": "Script Report",
			"user": "Administrator",
			"email_to": "owner@example.com",
			"frequency": "Weekly",
			"format": "HTML",
			"no_of_rows": 100,
			"filters": json.dumps(filters),
		}
	).insert()
	expected = "Report Alpha" if report in (PARETO, RANKING) else "Report Group"
	assert expected in mail.get_report_content()
	mail.format = "CSV"
	assert expected in mail.get_report_content()
	mail.format = "XLSX"
	assert mail.get_report_content()[:2] == b"PK"


@pytest.mark.parametrize("report", REPORTS)
def test_reports_as_shipped(report):
	doc = frappe.get_doc("Report", report)
	assert (doc.is_standard, doc.prepared_report, doc.module, doc.ref_doctype) == (
		"Yes",
		0,
		"KAM ERPNext",
		"Key Account",
	)
	assert {row.role for row in doc.roles} == {*ROLES, "System Manager"}


def test_every_figure_explains_itself(world):
	message = run(PARETO, **test_company(territory=NORTH))["message"]
	for part in (
		b.COMPANY,
		b.CURRENCY,
		"Sales Invoice",
		frappe.utils.formatdate("2019-01-01"),
		frappe.utils.formatdate("2019-12-31"),
		"365 days",
		NORTH,
		"Documents: <b>5</b>",
		"read on",
	):
		assert part in message


@pytest.mark.parametrize("chart", ["Customer Pareto Curve", "Largest Customers Against Last Year"])
def test_dashboard_charts_read_the_report(world, chart):
	doc = frappe.get_doc("Dashboard Chart", chart)
	assert doc.use_report_chart and doc.chart_type == "Report"
	json.loads(doc.custom_options)
	data = run(doc.report_name, **json.loads(doc.filters_json), **test_company())["chart"]["data"]
	assert data["labels"]
	assert all(len(dataset["values"]) == len(data["labels"]) for dataset in data["datasets"])


# ---------------------------------------------------------------- filters


def test_filters_search_for_readers_without_rights_on_masters(as_user):
	with as_user(MANAGER):
		assert not frappe.has_permission("Territory", "read")
		found = search_widget("Territory", "report n", query="kam_erpnext.api.report_filters.search")
		assert [row[0] for row in found] == ["Report Near North", NORTH]
		with pytest.raises(frappe.ValidationError, match="cannot be filtered by"):
			report_filters.search("User", "", "name", 0, 10, None)
	with as_user(FENCED):
		found = search_widget("Territory", "report", query="kam_erpnext.api.report_filters.search")
		assert {row[0] for row in found} == {"Report Near North", NORTH}
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		report_filters.search("Territory", "", "name", 0, 10, None)


def test_defaults_of_the_filters(selection, as_user):
	with as_user(MANAGER):
		found = report_filters.defaults()
	assert found["period"] == frappe.db.get_single_value("KAM Settings", "sales_window")
	assert found["company"]
	assert found["selection"] == selection.name
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		report_filters.defaults()


def test_customers_behind_an_account(world, as_user):
	group = frappe.db.get_value("Key Account", {"account_name": "Report Group"})
	southern = frappe.db.get_value("Key Account", {"account_name": "Report Southern"})
	assert report_filters.customers_of(group) == [world["Alpha"], world["Gamma"]]
	with as_user(MANAGER):
		assert report_filters.customers_of(group) == [world["Alpha"], world["Gamma"]]
		with pytest.raises(frappe.PermissionError):
			report_filters.customers_of(southern)
	frappe.db.set_value("Customer", world["Gamma"], "territory", SOUTH)
	with as_user(FENCED):
		assert report_filters.customers_of(group) == [world["Alpha"]]


# ---------------------------------------------------------------- number cards


@pytest.fixture
def in_2019(monkeypatch):
	"""The default period of the cards is 2019, the company Test Company."""
	monkeypatch.setattr(cards, "default_company", lambda: b.COMPANY)
	monkeypatch.setattr(cards, "period_of", lambda window, company: YEAR)


def test_cards_count_what_the_reader_sees(world, as_user, in_2019):
	k.make_account("Report Retired", [world["Delta"]], status="Retired")
	everything = cards.key_accounts()["value"]
	assert everything == frappe.db.count("Key Account", {"status": ("in", ("Active", "On Watch"))})
	assert cards.on_watch()["value"] == 1
	assert cards.net_sales()["value"] == 9900
	assert cards.share_of_sales()["value"] == pytest.approx(100 * 9900 / 9450, abs=0.05)
	with as_user(FENCED):
		assert cards.key_accounts()["value"] == 2
		assert cards.on_watch()["value"] == 0
		assert cards.net_sales()["value"] == 6900
		assert cards.share_of_sales()["value"] == pytest.approx(100 * 6900 / 6450, abs=0.05)
	with as_user(MANAGER):
		assert cards.key_accounts()["value"] == 2
		assert cards.net_sales()["value"] == 6900
		assert cards.share_of_sales() == "–"  # he sees nothing else, so it would always be 100 %


def test_cards_of_an_empty_company(in_2019, monkeypatch):
	monkeypatch.setattr(cards, "default_company", lambda: b.ensure_euro_company())
	assert cards.share_of_sales() == "–"
	monkeypatch.setattr(cards, "default_company", lambda: None)
	assert cards.net_sales() == cards.share_of_sales() == "–"


@pytest.mark.parametrize(
	("amount", "text"),
	[
		(0, "EUR 0"),
		(950.4, "EUR 950"),
		(9_954, "EUR 9.95 K"),
		(99_960, "EUR 100 K"),
		(1_234_567, "EUR 1.23 M"),
		(-45_600, "EUR -45.6 K"),
	],
)
def test_cards_name_a_currency_the_card_does_not_know(amount, text):
	card = cards.money(amount, "EUR")
	assert card["value"].replace("\u00a0", " ") == text
	assert card["fieldtype"] == "Data" and " " not in card["value"]
	assert sum(character.isdigit() for character in card["value"]) < 5  # the card cuts longer ones
	assert cards.money(amount, b.CURRENCY) == {"value": round(amount, 2), "fieldtype": "Currency"}


def test_cards_of_what_waits(world, selection, as_user):
	assert cards.selections_to_validate()["value"] == 1
	before = cards.nominations_to_decide()["value"]
	frappe.get_doc(
		{
			"doctype": "Key Account Nomination",
			"party_type": "Customer",
			"party": world["Zeta"],
			"reasons": "Grows",
			"company": b.COMPANY,
		}
	).insert()
	assert cards.nominations_to_decide()["value"] == before + 1
	with as_user(MANAGER):
		assert cards.nominations_to_decide()["value"] == before


@pytest.mark.parametrize(
	"card",
	[
		"key_accounts",
		"on_watch",
		"net_sales",
		"share_of_sales",
		"nominations_to_decide",
		"selections_to_validate",
	],
)
def test_cards_are_closed_to_others(as_user, card):
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		getattr(cards, card)()


# ---------------------------------------------------------------- workspaces

WORKSPACES = ("Key Accounts", "KAM Reporting", "KAM Administration")


@pytest.mark.parametrize("name", WORKSPACES)
def test_everything_on_a_workspace_exists(name):
	doc = frappe.get_doc("Workspace", name)
	assert doc.public and doc.module == "KAM ERPNext"
	for link in doc.links:
		if link.type == "Link":
			assert frappe.db.exists(link.link_type, link.link_to), link.link_to
	for shortcut in doc.shortcuts:
		assert frappe.db.exists(shortcut.type, shortcut.link_to), shortcut.label
		for condition in json.loads(shortcut.stats_filter or "[]"):
			assert len(condition) == 4  # five break version 16
	blocks = {}
	for block in json.loads(doc.content):
		blocks.setdefault(block["type"], set()).add(next(iter(block["data"].values())))
	assert blocks["card"] == {link.label for link in doc.links if link.type == "Card Break"}
	assert blocks.get("shortcut", set()) == {shortcut.label for shortcut in doc.shortcuts}
	assert blocks["number_card"] == {card.label for card in doc.number_cards}
	assert blocks.get("chart", set()) == {chart.label for chart in doc.charts}
	assert blocks.get("quick_list", set()) == {quick.label for quick in doc.quick_lists}
	assert blocks.get("custom_block", set()) == {block.custom_block_name for block in doc.custom_blocks}
	for block in doc.custom_blocks:
		assert frappe.db.exists("Custom HTML Block", block.custom_block_name)
	for card in doc.number_cards:
		number_card = frappe.get_doc("Number Card", card.number_card_name)
		assert number_card.type == "Custom" and number_card.is_public and number_card.is_standard
		assert frappe.get_attr(number_card.method) in frappe.whitelisted
		assert all(len(condition) <= 4 for condition in json.loads(number_card.filters_json or "[]"))


RELATIONSHIP_CARDS = {"Single-Threaded Accounts", "Accounts without a Champion"}


@pytest.mark.parametrize("role", ROLES)
def test_workspaces_of_each_role(as_user, role):
	with as_user(k.ensure_role_user(role, prefix="report.desk")):
		pages = {page["name"]: page for page in get_workspace_sidebar_items()["pages"]}
		assert "Key Accounts" in pages
		assert ("KAM Administration" in pages) == (role in ("KAM Administrator", "Key Account Director"))
		page = get_desktop_page(json.dumps(pages["Key Accounts"], default=str))
		cards = {card.number_card_name for card in page["number_cards"]["items"]}
		# what stands on judgements about people is offered to those who may see them
		judging = role in (
			"KAM Administrator",
			"Key Account Director",
			"Key Account Manager",
			"Executive Sponsor",
		)
		assert cards & RELATIONSHIP_CARDS == (RELATIONSHIP_CARDS if judging else set())
		assert len(cards - RELATIONSHIP_CARDS) == 20
		assert len(page["charts"]["items"]) == 2
		assert len(page["quick_lists"]["items"]) == 11
		reports = {link["link_to"] for card in page["cards"]["items"] for link in card["links"]}
		assert reports >= set(REPORTS)
		assert ("KAM Reporting" in pages) == (role != "Key Account Coordinator")
		if "KAM Reporting" not in pages:
			return
		page = get_desktop_page(json.dumps(pages["KAM Reporting"], default=str))
		assert len(page["custom_blocks"]["items"]) == 7
		assert len(page["number_cards"]["items"]) == (19 if judging else 18)


def test_workspaces_are_hidden_from_others(as_user):
	with as_user(OUTSIDER):
		pages = {page["name"] for page in get_workspace_sidebar_items()["pages"]}
	assert not pages & set(WORKSPACES)


def test_an_error_of_the_program_is_told_and_logged_and_undoes_nothing_around_it(monkeypatch):
	"""Frappe 15 makes a report that raises a prepared one for everybody. A report may be read while a plan is saved."""
	from kam_erpnext.kam_erpnext.report.customer_ranking import customer_ranking

	def broken(*_args):
		raise ZeroDivisionError("a mistake in the program")

	logged = []
	monkeypatch.setattr(customer_ranking, "compare", broken)
	monkeypatch.setattr(customer_ranking.sales, "document_count", lambda *_args: 1)
	monkeypatch.setattr(frappe, "log_error", lambda **values: logged.append((frappe.get_traceback(), values)))
	being_saved = b.ensure_territory("Saved Around A Report")
	columns, data, message, *_rest = customer_ranking.execute({"company": b.COMPANY})
	assert not columns and not data
	[(trace, values)] = logged
	assert values["title"] in message and "a mistake in the program" in trace
	assert values["defer_insert"]
	assert frappe.db.exists("Territory", being_saved)
