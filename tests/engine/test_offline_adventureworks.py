"""AdventureWorks: 57,851 real invoice lines in one run, to the cent."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from kam_erpnext.offline import dataset, mapping
from kam_erpnext.offline.cli import select_request
from kam_erpnext.offline.run import run
from tests.engine.offline_tools import adventureworks, rows, select

FOLDER = adventureworks()
pytestmark = pytest.mark.skipif(
	FOLDER is None, reason="no AdventureWorks files: set KAM_ADVENTUREWORKS to their folder"
)


@pytest.fixture(scope="module")
def source():
	return rows(FOLDER / "reseller_sales.csv")


@pytest.fixture(scope="module")
def data():
	return dataset.load(FOLDER, mapping.load("adventureworks"))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
	from kam_erpnext.offline.cli import build_parser

	arguments = [
		"select",
		"--data",
		str(FOLDER),
		"--mapping",
		"adventureworks",
		"--criteria",
		"adventureworks",
	]
	arguments += ["--out", "unused", "--from", "2019-01-01", "--to", "2019-12-31"]
	return run(select_request(build_parser().parse_args(arguments)))


def per_reseller(source, year: str) -> dict[str, Decimal]:
	totals: dict[str, Decimal] = defaultdict(Decimal)
	for row in source:
		if row["OrderDate"].startswith(year):
			totals[row["ResellerKey"]] += Decimal(row["SalesAmount"])
	return dict(totals)


def test_all_lines_to_the_cent(data, source):
	assert len(data.lines) == len(source) == 57_851
	assert data.lines["document"].nunique() == 3_616
	assert f"{data.lines['net_sales'].sum():.2f}" == "77548570.20"
	assert sum(Decimal(row["SalesAmount"]) for row in source) == Decimal("77548570.20")
	assert int(data.lines["cost"].isna().sum()) == 76
	assert len(data.customers) == 701


def test_2019_to_the_cent_for_every_reseller(result, source):
	expected = per_reseller(source, "2019")
	assert f"{result.totals['net_sales']:.2f}" == "32500005.58"
	assert sum(expected.values()) == Decimal("32500005.58")
	assert result.totals["buying"] == len(expected) == 555
	found = result.units["net_sales"]
	assert {unit: f"{found[unit]:.2f}" for unit in expected} == {u: f"{v:.2f}" for u, v in expected.items()}
	assert found.drop(list(expected)).eq(0).all()
	assert found.idxmax() == "546"
	assert f"{found.max():.2f}" == "370540.29"
	before = per_reseller(source, "2018")
	assert f"{result.totals['prior']:.2f}" == f"{sum(before.values()):.2f}"
	assert {u: f"{v:.2f}" for u, v in result.ranking["before"].items() if v} == {
		u: f"{v:.2f}" for u, v in before.items()
	}


def test_gross_profit_leaves_out_lines_of_unknown_cost(result, source):
	profit = sum(
		Decimal(row["SalesAmount"]) - Decimal(row["TotalProductCost"])
		for row in source
		if row["OrderDate"].startswith("2019") and row["TotalProductCost"] != "NULL"
	)
	assert f"{result.totals['gross_profit']:.2f}" == f"{profit:.2f}"


def test_abc_classes_by_an_independent_count(result, source):
	values = sorted(per_reseller(source, "2019").values(), reverse=True)
	total, running, classes = sum(values), Decimal(0), Counter()
	for value in values:
		share = running / total
		classes["A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C"] += 1
		running += value
	assert result.pareto_sales["abc_class"].value_counts().to_dict() == dict(classes)


def test_names_territories_and_groups(data):
	names = data.names()
	assert names["290"] == "Friendly Bike Shop (290)"
	assert names["643"] == "Friendly Bike Shop (643)"
	assert names.is_unique
	customers = data.customers.set_index("customer")
	assert "Ware House" not in set(customers["customer_group"])
	assert (customers["customer_group"] == "Warehouse").sum() == 232
	assert data.territories.path("France") == ["All Territories", "Europe", "FR", "France"]
	assert data.territories.depth() == 4
	assert len(data.item_groups.parent) == 1 + 4 + 37
	demographics = {
		row["StoreName"]: float(row["AnnualSales"]) for row in rows(FOLDER / "store_demographics.csv")
	}
	known = customers[customers["potential"].notna()]
	assert len(known) == 697
	assert all(row.potential == demographics[row.customer_name] / 4 for row in known.itertuples())


def test_the_command_writes_both_files(tmp_path, capsys):
	code = select(FOLDER, "adventureworks", tmp_path / "out", "--mapping", "adventureworks")
	printed = capsys.readouterr().out
	assert code == 0
	assert "reseller_sales.csv: 57,851 rows" in printed
	assert "2019-06-01 to 2020-05-31" in printed
	assert {p.name for p in (tmp_path / "out").iterdir()} == {"key-accounts.html", "key-accounts.xlsx"}
