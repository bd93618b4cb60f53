"""The sample data set and its generator."""

from collections import Counter

from kam_erpnext.offline import dataset, sample
from kam_erpnext.offline.sample.generate import generate
from tests.engine.offline_tools import rows


def test_generating_again_gives_the_same_bytes(tmp_path):
	generate(tmp_path)
	shipped = {path.name: path.read_bytes() for path in sample.DATA.iterdir()}
	assert {path.name for path in tmp_path.iterdir()} == set(shipped)
	for path in tmp_path.iterdir():
		assert path.read_bytes() == shipped[path.name], path.name


def test_it_is_small_enough_to_ship():
	assert sum(path.stat().st_size for path in sample.DATA.iterdir()) < 1_500_000


def test_it_holds_what_real_exports_hold():
	data = dataset.load(sample.DATA)
	customers, lines = data.customers, data.lines
	assert (~customers["is_internal_customer"]).sum() >= 220
	assert customers["is_internal_customer"].sum() == 3
	assert customers["customer_name"].duplicated().sum() == 1
	assert {"draft", "cancelled", "opening", "internal"} == set(data.excluded)
	assert len(set(customers["customer"]) - set(lines["customer"])) > 10
	months = lines["date"].dt.to_period("M").nunique()
	assert months == 36
	assert data.territories.depth() == 4
	assert data.territories.path("Vienna Region") == ["World", "Europe", "Austria", "Vienna Region"]
	assert lines["is_return"].sum() > 20
	assert (lines.loc[lines["is_return"], "net_sales"] < 0).all()
	assert 0 < lines["cost"].isna().sum() < len(lines)
	assert len({row["Currency"] for row in rows(sample.DATA / "Sales Invoice.csv")}) > 4
	year = lines[lines["date"].dt.year == 2025].groupby("customer")["net_sales"].sum()
	assert (year < 0).sum() == 1
	assert set(customers["territory"]) <= set(data.territories.parent)
	assert set(lines["item_group"]) <= set(data.item_groups.parent)


def test_its_key_accounts_and_judgements_name_its_customers():
	ids = {row["ID"] for row in rows(sample.DATA / "Customer.csv")}
	accounts = rows(sample.ACCOUNTS)
	assert {row["Customer"] for row in accounts} <= ids
	assert set(Counter(row["Status"] for row in accounts)) == {"Active", "On Watch", "Candidate", "Retired"}
	names = ids | {row["Key Account"] for row in accounts}
	assert {row["Customer"] for row in rows(sample.JUDGEMENTS)} <= names
