"""The demonstration from end to end: what stands in the report and in the workbook."""

import json
import re
from collections import defaultdict
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
import pytest

from kam_erpnext.offline import sample
from kam_erpnext.offline.cli import main
from tests.engine.offline_tools import (
	CRITERIA,
	CUSTOMERS,
	HEADER,
	INVOICES,
	criteria_file,
	export,
	rows,
	select,
)


class Page(HTMLParser):
	"""Collects sections, texts, tags that load something and the order of tags."""

	LOADING = {"src", "href", "srcset", "data", "action", "poster", "background"}
	VOID = {"meta", "link", "br", "img", "input", "hr"}

	def __init__(self, text):
		super().__init__()
		self.ids, self.loads, self.texts, self.open, self.badly_closed = [], [], [], [], []
		self.tags = []
		self.scripts = {}
		self.feed(text)

	def handle_starttag(self, tag, attributes):
		self.tags.append(tag)
		attributes = dict(attributes)
		if "id" in attributes:
			self.ids.append(attributes["id"])
		self.loads += [(tag, name, value) for name, value in attributes.items() if name in self.LOADING]
		self.loads += [(tag, "style", v) for n, v in attributes.items() if n == "style" and "url(" in v]
		if tag not in self.VOID:
			self.open.append((tag, attributes))

	def handle_endtag(self, tag):
		if not self.open or self.open[-1][0] != tag:
			self.badly_closed.append(tag)
		else:
			self.open.pop()

	def handle_data(self, text):
		if self.open and self.open[-1][0] == "script":
			self.scripts[self.open[-1][1].get("id", len(self.scripts))] = text
		elif self.open and self.open[-1][0] != "style":
			self.texts.append(text.strip())

	@property
	def text(self):
		return " ".join(t for t in self.texts if t)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
	folder = tmp_path_factory.mktemp("demo") / "new" / "folder"
	assert main(["demo", "--out", str(folder)]) == 0
	return folder


@pytest.fixture(scope="module")
def html(demo):
	return (demo / "key-accounts.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html):
	return Page(html)


@pytest.fixture(scope="module")
def book(demo):
	return openpyxl.load_workbook(demo / "key-accounts.xlsx")


@pytest.fixture(scope="module")
def expected():
	"""Net sales and gross profit per customer and year, by the csv module alone."""
	internal = {r["ID"] for r in rows(sample.DATA / "Customer.csv") if r["Is Internal Customer"] == "1"}
	sales: dict = defaultdict(Decimal)
	profit: dict = defaultdict(Decimal)
	documents = set()
	head = None
	for row in rows(sample.DATA / "Sales Invoice.csv"):
		if row["ID"]:
			head = row
		if head["Status"] in ("Draft", "Cancelled") or head["Is Opening Entry"] == "Yes":
			continue
		if head["Customer"] in internal:
			continue
		year = head["Date"][:4]
		amount = Decimal(row["Net Amount (Company Currency) (Items)"])
		rate = Decimal(row["Incoming Rate (Costing) (Items)"])
		sales[head["Customer"], year] += amount
		if rate:
			profit[head["Customer"], year] += amount - rate * Decimal(row["Quantity (Items)"])
		if year == "2025":
			documents.add(head["ID"])
	return sales, profit, documents


@pytest.fixture(scope="module")
def unit_of():
	return {row["Customer"]: row["Key Account"] or row["Customer"] for row in rows(sample.ACCOUNTS)}


def by_unit(values: dict, year: str, unit_of: dict) -> dict[str, Decimal]:
	result: dict = defaultdict(Decimal)
	for (customer, of_year), value in values.items():
		if of_year == year:
			result[unit_of.get(customer, customer)] += value
	return dict(result)


def sheet_rows(sheet, width=None):
	head = [c.value for c in sheet[1]][:width]
	return [dict(zip(head, row, strict=False)) for row in sheet.iter_rows(min_row=2, values_only=True)]


# report


def test_report_has_every_section_and_chart(page):
	wanted = [
		"summary",
		"pareto",
		"abc",
		"concentration",
		"ranking",
		"portfolio",
		"selection",
		"criteria",
		"data",
	]
	assert [name for name in page.ids if name in wanted] == wanted
	assert {"chart-pareto", "chart-ranking", "chart-portfolio", "chart-data"} <= set(page.ids)
	assert len(page.ids) == len(set(page.ids))


def test_report_is_well_formed(page):
	assert page.badly_closed == []
	assert page.open == []


def test_report_loads_nothing_from_elsewhere(page, html):
	assert {(tag, value[:1]) for tag, _, value in page.loads} == {("a", "#")}
	assert "link" not in page.tags and "img" not in page.tags and "iframe" not in page.tags
	style = html[html.index("<style>") : html.index("</style>")]
	assert "url(" not in style and "@import" not in style
	assert "default-src 'none'" in html
	assert "Plotly.newPlot" in html and len(page.scripts[1]) > 1_000_000


def test_report_states_where_its_figures_come_from(page, expected):
	sales, _, documents = expected
	total = sum(v for (_, year), v in sales.items() if year == "2025")
	for text in (
		"2025-01-01",
		"2025-12-31",
		"Compared with",
		"As of",
		"Currency EUR",
		"Company: Halden Medical",
		f"Documents counted {len(documents):,}",
		f"{total:,.2f} EUR",
		"Left out: 10 drafts (10 lines).",
	):
		assert text in page.text, text


def test_report_charts_hold_the_figures(page, expected, unit_of):
	charts = json.loads(page.scripts["chart-data"])
	sales = sorted((v for v in by_unit(expected[0], "2025", unit_of).values() if v > 0), reverse=True)
	curve = next(t for t in charts["chart-pareto"]["data"] if t.get("name") == "Net sales")
	assert curve["x"][0] == curve["y"][0] == 0
	assert curve["y"][1] == pytest.approx(float(100 * sales[0] / sum(sales)), abs=0.001)
	assert (curve["x"][-1], curve["y"][-1]) == (100, 100)
	assert len(curve["x"]) == len(sales) + 1
	assert any(t.get("name") == "Contribution (gross profit)" for t in charts["chart-pareto"]["data"])
	now = next(t for t in charts["chart-ranking"]["data"] if "2025" in t["name"])
	assert now["x"][::-1] == [float(v) for v in sales[:15]]
	portfolio = charts["chart-portfolio"]
	low, high = portfolio["layout"]["xaxis"]["range"]
	assert low > high, "high strength stands on the left"
	notes = " ".join(note["text"] for note in portfolio["layout"]["annotations"])
	assert all(name in notes for name in ("Strategic", "Star", "Status", "Streamline"))
	corner = {
		n["text"].split("</b>")[0][3:]: (n["xanchor"], n["yanchor"])
		for n in portfolio["layout"]["annotations"]
	}
	assert corner["Strategic"] == ("left", "top") and corner["Streamline"] == ("right", "bottom")


def test_every_customer_stands_in_the_report_with_reason_and_lines(html, book):
	units = sheet_rows(book["Selection"])
	parts = html.split('<details class="account"')[1:]
	assert len(parts) == len(units) == 244
	by_name = {re.search(r"<b>(.*?)</b>", part).group(1): part for part in parts}
	assert len(by_name) == len(parts)
	for unit in units[:40]:
		name = unit["Customer or key account"].replace("&", "&amp;")
		assert unit["Reason"].replace("&", "&amp;").replace(">", "&gt;") in by_name[name]
		assert by_name[name].count("<tr><td>") == 6 + 2 + 6
	proposals = [re.search(r'data-proposal="(\w+)"', part).group(1) for part in parts]
	changing = [p for p in proposals if p != "None"]
	assert proposals[: len(changing)] == changing
	assert {"Add", "Keep", "Promote", "Demote", "Retire"} <= set(changing)


def test_texts_from_the_data_are_escaped_everywhere(tmp_path, capsys):
	evil = "<script>alert(1)</script>\"&'<b>"
	customers = CUSTOMERS.replace("Beta Clinic", '"' + evil.replace('"', '""') + '"').replace(
		"Alpha Clinic,Clinics,North", "=1+1,Clinics,<i>North</i>"
	)
	criteria = CRITERIA.replace('"Sales"', "'<u>Sales</u></script>'").replace('"Test"', "'<h1>Test</h1>'")
	out = tmp_path / "out"
	accounts = tmp_path / "accounts.csv"
	accounts.write_text("Customer,Key Account,Status\nC-2,<img src=x>,Active\n")
	code = select(
		export(tmp_path / "in", customers=customers),
		criteria_file(tmp_path, criteria),
		out,
		"--accounts",
		accounts,
	)
	assert code == 0, capsys.readouterr().err
	text = (out / "key-accounts.html").read_text(encoding="utf-8")
	page = Page(text)
	assert page.badly_closed == [] and page.open == []
	assert page.tags.count("script") == 3
	assert "img" not in page.tags and "i" in page.tags  # <i> is the report's own bar
	assert "<u>" not in text and "<h1>Test" not in text and "<i>North" not in text
	assert "<img src=x>" in page.text
	sheet = openpyxl.load_workbook(out / "key-accounts.xlsx")["Selection"]
	names = {row[2].value: row[2] for row in sheet.iter_rows(min_row=2)}
	assert names["=1+1"].data_type == "s"
	json.loads(page.scripts["chart-data"])


# workbook


def test_workbook_sheets_are_ready_to_use(book):
	names = ["Summary", "Selection", "Criteria lines", "Ranking", "ABC", "Portfolio"]
	assert book.sheetnames == names
	for name in names[1:]:
		sheet = book[name]
		assert sheet.freeze_panes and sheet.freeze_panes.endswith("2")
		assert sheet.auto_filter.ref.startswith("A1:")
		assert sheet.max_row == int(re.sub(r"\D", "", sheet.auto_filter.ref.split(":")[1]))
		assert all(sheet.column_dimensions[c.column_letter].width >= 7 for c in sheet[1] if c.value)
	money = {c.value: c.column for c in book["Selection"][1]}["Net Sales"]
	assert book["Selection"].cell(2, money).number_format == "#,##0.00"


def test_workbook_agrees_with_an_independent_count(book, expected, unit_of):
	sales, profit = (by_unit(values, "2025", unit_of) for values in expected[:2])
	before = by_unit(expected[0], "2024", unit_of)
	for unit in sheet_rows(book["Selection"]):
		key = unit["Id"]
		assert Decimal(str(unit["Net Sales"])) == sales.get(key, Decimal(0))
		if unit["Gross Profit"] is not None and key in profit:
			assert unit["Gross Profit"] == pytest.approx(float(profit[key]), abs=0.005)
	abc = sheet_rows(book["ABC"], 11)
	ranked = sorted((v for v in sales.values() if v > 0), reverse=True)
	assert [row["Net sales"] for row in abc if row["Rank"]] == [float(v) for v in ranked]
	running, total = Decimal(0), sum(ranked)
	for row in abc[: len(ranked)]:
		share = running / total
		assert row["Class by sales"] == (
			"A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C"
		)
		running += Decimal(str(row["Net sales"]))
	assert all(row["Class by sales"] is None for row in abc[len(ranked) :])
	ranking = sheet_rows(book["Ranking"])
	heads = list(ranking[0])
	order = {row["Id"]: row["Rank"] for row in ranking if row["Rank"]}
	assert [order[u] for u, v in sorted(sales.items(), key=lambda p: -p[1]) if v > 0] == list(
		range(1, len(ranked) + 1)
	)
	# the year before has the same number of days: 2024-12-31 does not belong to it
	assert heads[4] == "Net sales 2024-01-01 to 2024-12-30"
	late = defaultdict(Decimal)
	head = None
	for row in rows(sample.DATA / "Sales Invoice.csv"):
		head = row if row["ID"] else head
		if head["Date"] == "2024-12-31" and head["Status"] not in ("Draft", "Cancelled"):
			late[unit_of.get(head["Customer"], head["Customer"])] += Decimal(
				row["Net Amount (Company Currency) (Items)"]
			)
	for row in ranking:
		assert row[heads[4]] == pytest.approx(
			float(before.get(row["Id"], 0) - late.get(row["Id"], 0)), abs=0.005
		)


def test_workbook_scores_follow_from_their_lines(book):
	lines = defaultdict(list)
	for line in sheet_rows(book["Criteria lines"]):
		lines[line["Id"]].append(line)
	for unit in sheet_rows(book["Selection"]):
		own = lines[unit["Id"]]
		met = [line["Met"] for line in own if line["Kind"] == "Classification"]
		assert len(met) == 6
		assert unit["Criteria met"] == met.count("yes")
		assert unit["Criteria open"] == met.count("open")
		scoring = [line for line in own if line["Kind"] == "Scoring" and line["Answered"] == "yes"]
		weight = sum(line["Weight A"] for line in scoring)
		assert unit["Answered weight"] == pytest.approx(weight)
		if weight:
			points = sum(line["Weight A"] * line["Evaluation B"] for line in scoring)
			assert unit["Score"] == pytest.approx(points / weight, abs=1e-4)
		else:
			assert unit["Score"] is None
		if unit["Qualifies"] == "yes":
			assert met.count("yes") >= 3


def test_summary_sheet(book, expected):
	summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
	total = sum(v for (_, year), v in expected[0].items() if year == "2025")
	assert summary["Net sales"] == float(total)
	assert summary["Documents counted"] == len(expected[2])
	assert summary["Currency"] == "EUR"
	assert str(summary["Last day"])[:10] == "2025-12-31"


# unusual data


def outputs(tmp_path, *more, invoices=INVOICES, customers=CUSTOMERS, criteria=CRITERIA):
	out = tmp_path / "out"
	code = select(
		export(tmp_path / "in", invoices, customers),
		criteria_file(tmp_path, criteria),
		out,
		"--as-of",
		"2025-12-31",
		*more,
	)
	assert code == 0
	book = openpyxl.load_workbook(out / "key-accounts.xlsx")
	return (out / "key-accounts.html").read_text(encoding="utf-8"), book


@pytest.mark.parametrize(
	"invoices",
	[HEADER + "\n", INVOICES.replace("2025-", "2019-").replace("2024-", "2018-")],
	ids=["no invoice at all", "no invoice in the window"],
)
def test_no_sales_give_a_result_and_a_warning(tmp_path, capsys, invoices):
	html, book = outputs(tmp_path, invoices=invoices)
	assert "There is no invoice from 2025-01-01 to 2025-12-31" in Page(html).text
	assert "There is no invoice" in capsys.readouterr().out
	units = sheet_rows(book["Selection"])
	assert [unit["Net Sales"] for unit in units] == [0, 0, 0]
	assert all(unit["Share of Company Sales"] is None for unit in units)


def test_nobody_at_all(tmp_path):
	html, book = outputs(tmp_path, invoices=HEADER + "\n", customers="ID,Customer Name\n")
	assert book["Selection"].max_row == 1
	assert "No customer fits." in html


def test_returns_and_purchases_that_cancel_out(tmp_path):
	text = HEADER + (
		"\nS-1,C-1,2025-01-10,Acme,Paid,0,No,0,EUR,1,I,G,2,200.10,60"
		"\nS-2,C-1,2025-01-11,Acme,Return,1,No,0,EUR,1,I,G,-2,-200.10,60"
		"\nS-3,C-2,2025-01-11,Acme,Return,1,No,0,EUR,1,I,G,-1,-50,60\n"
	)
	html, book = outputs(tmp_path, invoices=text)
	units = {unit["Id"]: unit for unit in sheet_rows(book["Selection"])}
	assert {key: unit["Net Sales"] for key, unit in units.items()} == {"C-1": 0, "C-2": -50, "C-3": 0}
	assert all(unit["ABC by sales"] is None for unit in units.values())
	assert "n/a" in Page(html).text


def test_disabled_customers_are_not_looked_at_but_their_sales_count(tmp_path):
	customers = "ID,Customer Name,Disabled\nC-1,A,1\nC-2,B,0\n"
	html, book = outputs(tmp_path, customers=customers)
	assert [unit["Id"] for unit in sheet_rows(book["Selection"])] == ["C-2"]
	assert sheet_rows(book["Selection"])[0]["Share of Company Sales"] == pytest.approx(100 * 80.05 / 280.15)
	assert "Disabled customers are not looked at: 1." in html


def test_filters_keep_shares_of_the_whole_company(tmp_path):
	html, book = outputs(tmp_path, "--territory", "South")
	units = {unit["Id"]: unit for unit in sheet_rows(book["Selection"])}
	assert set(units) == {"C-2", "C-3"}
	assert units["C-2"]["Share of Company Sales"] == pytest.approx(100 * 80.05 / 280.15)
	assert "Territory: South and everything below it" in Page(html).text


def test_many_rows_stay_readable(tmp_path):
	customers = "ID,Customer Name\n" + "".join(f"C-{n},Shop {n}\n" for n in range(1200))
	lines = [f"S-{n},C-{n},2025-05-05,Acme,Paid,0,No,0,EUR,1,I,G,1,{n + 1},0" for n in range(1200)]
	html, book = outputs(tmp_path, invoices=HEADER + "\n" + "\n".join(lines) + "\n", customers=customers)
	assert html.count('<details class="account"') == 500
	assert "The first 500 of 1,200 are shown; all are in the workbook." in html
	assert book["Selection"].max_row == 1201
	assert len(html) < 7_500_000
