"""Market estimates and the share of the markets that the ledger gives."""

import frappe
import pytest

from kam_erpnext.data.facts import read_facts
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.report.market_share.market_share import execute
from tests.site import builders as b
from tests.site import kam_builders as k

FROM, TO = "2019-01-01", "2019-12-31"


@pytest.fixture
def world():
	"""A nation with two regions, a customer in each, two item groups."""
	nation = b.ensure_territory("Share Nation", is_group=True)
	north = b.ensure_territory("Share North", parent=nation)
	south = b.ensure_territory("Share South", parent=nation)
	goods = b.ensure_item_group("Share Goods", is_group=True)
	pumps = b.ensure_item_group("Share Pumps", parent=goods)
	valves = b.ensure_item_group("Share Valves", parent=goods)
	return frappe._dict(
		nation=nation,
		north=north,
		south=south,
		goods=goods,
		pumps=pumps,
		valves=valves,
		pump=b.ensure_item("Share Pump", pumps, stock=False),
		valve=b.ensure_item("Share Valve", valves, stock=False),
		polar=b.ensure_customer("Share Polar", territory=north),
		sunny=b.ensure_customer("Share Sunny", territory=south),
	)


def sell(customer, item, amount, qty=1, day="2019-03-05"):
	return b.make_invoice(customer, [(item, qty, amount / qty)], day)


def rival(name="Share Rival"):
	if not frappe.db.exists("Competitor", name):
		frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert()
	return name


def estimate(territory, value=0, units=0, item_group=None, **fields):
	values = {"company": b.COMPANY, "from_date": FROM, "to_date": TO, **fields}
	return frappe.get_doc(
		{
			"doctype": "Market Estimate",
			"territory": territory,
			"item_group": item_group,
			"market_value": value,
			"market_units": units,
			**values,
		}
	).insert()


def run(**filters):
	values = {"company": b.COMPANY, "period": "Custom", "from_date": FROM, "to_date": TO, **filters}
	_columns, rows, message, chart, summary = execute(frappe._dict(values))[:5]
	return frappe._dict(
		rows={row["label"]: frappe._dict(row) for row in rows}, message=message, chart=chart, summary=summary
	)


def test_share_by_territory_region_and_nation(world):
	sell(world.polar, world.pump, 200, qty=10)
	sell(world.sunny, world.valve, 100, qty=5)
	estimate(
		world.north,
		1000,
		100,
		competitors=[{"competitor": rival(), "market_value": 300, "market_units": 20}],
		reliability="High",
	)
	estimate(world.south, 500, reliability="Low")
	rows = run(territory=world.nation).rows
	north, nation = rows[world.north], rows[world.nation]
	assert (north.market, north.own, north.share, north.share_units) == (1000, 200, 20, 10)
	assert (north.competitors, north.others) == (300, 500)
	assert north.top_competitor.startswith("Share Rival (30")
	assert (nation.market, nation.own, nation.share, nation.reliability) == (1500, 300, 20, "Low")
	assert (nation.market_units, nation.own_units, nation.share_units) == (100, 10, 10)
	assert (north.indent, nation.indent) == (1, 0)


def test_the_chart_shows_both_shares_of_the_lowest_markets(world):
	sell(world.polar, world.pump, 200, qty=10)
	estimate(world.north, 1000, 100)
	estimate(world.south, 500)
	drawn = run(territory=world.nation).chart["kam"]
	assert drawn["kind"] == "market" and drawn["opens"]
	rows = {row["name"]: (row["share"], row["share_units"], row["territory"]) for row in drawn["rows"]}
	assert rows == {world.north: (20, 10, world.north), world.south: (0, None, world.south)}


def test_sales_without_an_estimate_stand_beside(world):
	sell(world.polar, world.pump, 200)
	sell(world.sunny, world.pump, 900)
	estimate(world.north, 1000)
	row = run(territory=world.nation).rows[world.nation]
	assert (row.market, row.own, row.own_elsewhere, row.share) == (1000, 200, 900, 20)
	south = run(territory=world.nation).rows[world.south]
	assert (south.market, south.share, south.own, south.own_elsewhere) == (None, None, None, 900)


def test_share_by_item_group(world):
	sell(world.polar, world.pump, 200)
	sell(world.polar, world.valve, 50)
	estimate(world.north, 1000, item_group=world.pumps)
	rows = run(by="Item Group", territory=world.nation).rows
	assert (rows[world.pumps].share, rows[world.valves].share) == (20, None)
	goods = rows[world.goods]
	assert (goods.market, goods.own, goods.own_elsewhere, goods.share) == (1000, 200, 50, 20)
	estimate(world.north, 5000, item_group=world.goods)
	assert run(by="Item Group", territory=world.nation).rows[world.goods].share == 5


def test_share_of_an_account_is_that_of_the_measure(world):
	sell(world.polar, world.pump, 200, qty=4)
	estimate(world.nation, 4000, 40)
	estimate(world.north, 1000)
	account = k.make_account("Share Account", [world.polar, world.sunny]).name
	row = run(by="Key Account", key_account=account).rows["Share Account"]
	assert (row.market, row.share) == (4000, 5)  # the larger of its two markets
	period = Period(frappe.utils.getdate(FROM), frappe.utils.getdate("2020-01-01"))
	facts = read_facts(SalesFilters(b.COMPANY), period, period.last_day, {"market_share_value"})
	known = facts.customers.set_index("customer").loc[[world.polar, world.sunny], "market_value"]
	assert known.max() == row.market


def test_competitors_of_an_account_come_from_its_wallets(world):
	sell(world.polar, world.pump, 200)
	estimate(world.north, 1000)
	account = k.make_account("Share Account", [world.polar]).name
	frappe.get_doc(
		{
			"doctype": "Key Account Wallet",
			"key_account": account,
			"item_group": world.pumps,
			"year": 2019,
			"company": b.COMPANY,
			"wallet": 600,
			"shares": [{"supplier_kind": "Competitor", "competitor": rival(), "amount": 150}],
		}
	).insert()
	row = run(by="Key Account").rows["Share Account"]
	assert row.competitors == 150 and row.top_competitor.startswith("Share Rival (25")


def test_us_against_competitors(world):
	sell(world.polar, world.pump, 200, qty=10)
	sell(world.polar, world.pump, 100, day="2018-03-05")
	rows = [
		{"competitor": rival(), "market_value": 300},
		{"competitor": rival("Share Second"), "market_units": 40},
	]
	estimate(world.north, 1000, 100, competitors=rows)
	estimate(world.north, 1000, from_date="2018-01-01", to_date="2018-12-31")
	rows = run(by="Competitor", territory=world.north).rows
	assert (rows["Us"].share, rows["Us"].share_units, rows["Us"].share_before, rows["Us"].change) == (
		20,
		10,
		10,
		10,
	)
	assert (rows["Share Rival"].share, rows["Share Rival"].share_units) == (30, None)
	assert (rows["Share Second"].share, rows["Share Second"].share_units) == (None, 40)
	assert (rows["Others, not named"].share, rows["Others, not named"].share_units) == (50, 50)


def test_half_a_year_of_estimates_is_told(world):
	sell(world.polar, world.pump, 200)
	estimate(world.north, 500, to_date="2019-07-02")
	report = run(territory=world.north)
	row = report.rows[world.north]
	assert row.market == pytest.approx(500 * 365 / 183, abs=0.01)
	assert row.covered == 50 and "only a part of these days" in report.message


def test_nothing_known_says_what_to_do(world):
	estimate(world.north, 500, from_date="2015-01-01", to_date="2015-12-31")
	report = run(from_date="2012-01-01", to_date="2012-12-31")
	assert report.rows == {} and "2015" in report.message


def test_a_fenced_reader_sees_his_territory_only(world, as_user):
	sell(world.polar, world.pump, 200)
	sell(world.sunny, world.pump, 900)
	estimate(world.north, 1000)
	estimate(world.south, 1000)
	director = k.ensure_role_user("Key Account Director", prefix="share")
	b.allow_only(director, "Territory", world.north)
	with as_user(director):
		report = run()
		assert world.south not in report.rows
		assert report.rows[world.north].share == 20
		assert "Only what you may see" in report.message


# ---------------------------------------------------------------- what is entered


@pytest.mark.parametrize(
	"rows, message",
	[
		([("Share Rival", 600, 0), ("Share Second", 500, 0)], "Market Value: the competitors have"),
		([("Share Rival", 1, 0), ("Share Rival", 1, 0)], "line 2: Share Rival is listed twice"),
		([("Share Rival", 0, 0)], "line 1: please enter the Sales or the Units"),
		([("Share Rival", 0, 90), ("Share Second", 0, 20)], "Market Units: the competitors have"),
	],
)
def test_competitors_that_cannot_be(world, rows, message):
	rival(), rival("Share Second")
	competitors = [
		{"competitor": name, "market_value": value, "market_units": units} for name, value, units in rows
	]
	with pytest.raises(frappe.ValidationError, match=message):
		estimate(world.north, 1000, 100, competitors=competitors)
