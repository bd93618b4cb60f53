"""Wallets: what is entered, who may see it, and the share the ledger gives them."""

from datetime import date

import frappe
import pytest
from frappe.utils import add_days, getdate, today

from kam_erpnext.api import wallet as api
from kam_erpnext.data import wallet as data
from kam_erpnext.data.wallet import WalletFilters
from kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet import (
	clear_cell,
	key_of,
	read_cell,
	set_cell,
)
from kam_erpnext.kam_erpnext.report.share_of_wallet.share_of_wallet import execute
from tests.site import builders as b
from tests.site import kam_builders as k

YEAR = 2019


@pytest.fixture
def world():
	"""An account with two buying centres, a tree of item groups, and sales of 2019."""
	goods = b.ensure_item_group("Wallet Goods", is_group=True)
	pumps = b.ensure_item_group("Wallet Pumps", parent=goods)
	valves = b.ensure_item_group("Wallet Valves", parent=goods)
	items = {
		pumps: b.ensure_item("Wallet Pump", pumps, stock=False),
		valves: b.ensure_item("Wallet Valve", valves, stock=False),
	}
	plant = b.ensure_customer("Wallet Plant")
	office = b.ensure_customer("Wallet Office")
	account = k.make_account("Wallet Account", [plant, office]).name
	return frappe._dict(
		account=account, plant=plant, office=office, goods=goods, pumps=pumps, valves=valves, sold=items
	)


def sell(world, group, amount, customer=None, day="2019-03-05"):
	return b.make_invoice(customer or world.plant, [(world.sold[group], 1, amount)], day)


def make_wallet(world, group=None, wallet=1000, **fields):
	values = {
		"key_account": world.account,
		"item_group": group or world.pumps,
		"year": YEAR,
		"company": b.COMPANY,
		"wallet": wallet,
		"as_of": "2019-06-30",
		**fields,
	}
	return frappe.get_doc({"doctype": "Key Account Wallet", **values}).insert()


def rival(name="Wallet Rival"):
	if not frappe.db.exists("Competitor", name):
		frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert()
	return name


def share(amount=None, competitor=None, **fields):
	row = {"supplier_kind": "Competitor", "competitor": competitor or rival(), **fields}
	return row if amount is None else {**row, "amount": amount}


def run(**filters):
	columns, rows, message, chart, summary = execute(
		frappe._dict({"company": b.COMPANY, "year": YEAR, **filters})
	)[:5]
	return frappe._dict(columns=columns, rows=rows, message=message, chart=chart, summary=summary)


def row_of(report, label):
	return next(frappe._dict(row) for row in report.rows if row["label"] == label)


# ---------------------------------------------------------------- what is entered


def test_a_wallet_knows_its_currency_and_what_is_known(world):
	doc = make_wallet(world, shares=[share(200), share(competitor=rival("Wallet Second"))])
	assert (doc.currency, doc.wallet_known, doc.state) == ("USD", 1, "Competitor")
	assert [row.amount_known for row in doc.shares] == [1, 0]
	assert make_wallet(world, world.valves, wallet=0).wallet_known == 0
	assert make_wallet(world, world.goods, wallet=0, wallet_known=1).state == "Unknown"


@pytest.mark.parametrize(
	"fields, message",
	[
		({"year": 1900}, "Year must lie between"),
		({"target_share": 101}, "Share Aimed At must lie"),
		({"our_rank": 3, "suppliers": 2}, r"Our Rank \(3\) cannot be above"),
		({"state": "Blocked"}, "Why Blocked"),
		({"as_of": "tomorrow"}, "lies in the future"),
		({"customer": "_stranger"}, "Buying Centre: .* is no customer"),
		({"shares": ["share 600", "other 500"]}, r"Wallet: the other suppliers have .*1,100"),
		({"shares": ["share 10", "share 20"]}, "line 2: .* is listed twice"),
		({"shares": ["nobody"]}, "line 1: please choose the Competitor"),
		({"suppliers": 2, "shares": ["rank 3"]}, r"line 1: Rank \(3\) cannot be above"),
	],
)
def test_what_cannot_be_is_refused_with_its_name(world, fields, message):
	rows = {
		"share 600": lambda: share(600),
		"other 500": lambda: share(500, rival("Wallet Second")),
		"share 10": lambda: share(10),
		"share 20": lambda: share(20),
		"nobody": lambda: {"supplier_kind": "Competitor", "amount": 1},
		"rank 3": lambda: share(1, rank=3),
	}
	fields = dict(fields)
	if "shares" in fields:
		fields["shares"] = [rows[name]() for name in fields["shares"]]
	if fields.get("as_of"):
		fields["as_of"] = add_days(today(), 1)
	if fields.get("customer"):
		fields["customer"] = b.ensure_customer("Wallet Stranger")
	with pytest.raises(frappe.ValidationError, match=message):
		make_wallet(world, **fields)


def test_one_wallet_for_a_cell(world):
	there = make_wallet(world)
	with pytest.raises(frappe.DuplicateEntryError, match=f"Item Group: wallet {there.name} already holds"):
		make_wallet(world)
	make_wallet(world, customer=world.plant)
	make_wallet(world, year=YEAR - 1)
	there.wallet = 500
	there.save()


def test_a_cell_is_read_and_written(world):
	cell = (world.account, world.pumps, YEAR)
	assert read_cell(*cell, company=b.COMPANY) is None
	first = set_cell(*cell, {"wallet": 100, "note": "Call"}, company=b.COMPANY)
	assert (first.wallet, first.wallet_known, first.state) == (100, 1, "Potential")
	second = set_cell(*cell, {"wallet": 0}, company=b.COMPANY, modified=first.modified)
	assert (second.name, second.wallet, second.wallet_known, second.note) == (first.name, 0, 1, "Call")
	third = set_cell(*cell, {"wallet": None, "state": "Unknown"}, company=b.COMPANY)
	assert (third.wallet, third.wallet_known, third.state) == (0, 0, "Unknown")
	with pytest.raises(frappe.TimestampMismatchError, match="in the meantime"):
		set_cell(*cell, {"wallet": 5}, company=b.COMPANY, modified="2001-01-01 00:00:00")
	with pytest.raises(frappe.ValidationError, match="no field owner"):
		set_cell(*cell, {"owner": "x"}, company=b.COMPANY)
	set_cell(*cell, {"shares": [share(30)]}, company=b.COMPANY)
	assert read_cell(*cell, company=b.COMPANY).shares[0].amount_known == 1
	clear_cell(*cell, company=b.COMPANY)
	assert read_cell(*cell, company=b.COMPANY) is None


@pytest.mark.commits
def test_two_people_fill_the_same_cell_at_once(site_point):
	account = k.make_account("Wallet Race", [b.ensure_customer("Wallet Racer")]).name
	group = b.ensure_item_group("Wallet Race Goods")
	b.ensure_company()
	frappe.db.commit()

	def write(**values):
		return lambda: set_cell(account, group, YEAR, values, company=b.COMPANY).name

	first = k.Session(write(wallet=100), hold=True)
	first.start()
	first.done.wait(60)
	second = k.Session(write(note="Second"))
	second.start()
	k.wait_until_blocked()
	first.let_go()
	assert first.finish() is None and second.finish() is None
	frappe.db.rollback()
	assert first.result == second.result
	assert frappe.db.count("Key Account Wallet", {"key_account": account}) == 1
	kept = frappe.get_doc("Key Account Wallet", first.result)
	assert (kept.wallet, kept.note) == (100, "Second")


def test_keys_follow_renamed_records(world):
	doc = make_wallet(world, customer=world.plant)
	new = frappe.rename_doc("Item Group", world.pumps, "Wallet Pumps New")
	doc.reload()
	assert doc.item_group == new and doc.cell_key == key_of(doc)
	frappe.rename_doc("Customer", world.plant, "Wallet Plant New")
	doc.reload()
	assert doc.cell_key == key_of(doc)
	with pytest.raises(frappe.DuplicateEntryError):
		make_wallet(world, new, customer="Wallet Plant New")


def test_merged_item_groups_keep_both_wallets(world):
	one, two = make_wallet(world, world.pumps, 100), make_wallet(world, world.valves, 50)
	frappe.rename_doc("Item Group", world.valves, world.pumps, merge=True)
	keys = [frappe.db.get_value("Key Account Wallet", doc.name, "cell_key") for doc in (one, two)]
	assert len(set(keys)) == 2


# ---------------------------------------------------------------- shares


def test_share_over_known_wallets_beside_their_coverage(world):
	sell(world, world.pumps, 300)
	sell(world, world.valves, 70, world.office)
	make_wallet(world, shares=[share(250), {"supplier_kind": "Made by the Customer", "amount": 150}])
	make_wallet(world, world.valves, wallet=0)  # not known
	row = row_of(run(item_group=world.goods), "Wallet Account")
	assert (row.wallet, row.own, row.share) == (1000, 300, 30)
	assert (row.competitors, row.internal, row.unknown, row.addressable) == (250, 150, 300, 850)
	assert row.own_elsewhere == 70
	# two customers, two item groups; the wallet of the pumps covers both customers
	assert (row.known_cells, row.addressable_cells, row.coverage) == (2, 4, 50)
	assert row.top_competitor.startswith("Wallet Rival (25")
	assert row.gap == 0 if frappe.get_single("KAM Settings").target_share == 30 else row.gap >= 0


def test_unknown_is_never_zero(world):
	sell(world, world.pumps, 300)
	make_wallet(world, wallet=0)
	row = row_of(run(item_group=world.goods), "Wallet Account")
	assert (row.wallet, row.share, row.own, row.unknown, row.addressable, row.gap) == (None,) * 6
	assert row.own_elsewhere == 300 and row.coverage == 0
	make_wallet(world, world.valves, wallet=0, wallet_known=1)
	row = row_of(run(item_group=world.goods), "Wallet Account")
	assert (row.wallet, row.share) == (0, None)


def test_the_ledger_moves_the_share(world):
	make_wallet(world)
	invoice = sell(world, world.pumps, 300)
	assert row_of(run(), "Wallet Account").share == 30
	b.make_return(invoice, "2019-04-01")
	assert row_of(run(), "Wallet Account").share == 0


def test_wallets_in_each_other_count_once(world):
	sell(world, world.pumps, 100)
	whole = make_wallet(world, world.goods, 2000)
	detail = make_wallet(world, world.pumps, 500)
	row = row_of(run(), "Wallet Account")
	assert (row.wallet, row.share) == (2000, 5)
	assert row_of(run(by="Item Group"), "Wallet Pumps").share == 20
	rows = {row["name"]: row for row in run(by="Wallet").rows}
	assert rows[whole.name]["counted"] and not rows[detail.name]["counted"]
	assert whole.name in rows[detail.name]["counts"]


def test_a_wider_wallet_is_not_split(world):
	make_wallet(world, world.goods, 2000)
	report = run(item_group=world.pumps)
	assert row_of(report, "Wallet Account").wallet is None
	assert "wider than these filters" in report.message
	assert row_of(run(by="Buying Centre"), "Wallet Plant").wallet is None


def test_accounts_below_count_once_in_those_above(world):
	sell(world, world.pumps, 100)
	group = k.make_account("Wallet Group", [b.ensure_customer("Wallet Head Office")], level="Global").name
	frappe.get_doc("Key Account", world.account).update({"parent_key_account": group}).save()
	make_wallet(world)
	other = frappe._dict(world, account=group)
	make_wallet(other, world.goods, 4000)
	report = run()
	assert row_of(report, "Wallet Account").wallet == 1000
	assert row_of(report, "Wallet Group").wallet == 4000
	assert row_of(report, "Wallet Group").share == 2.5


def test_years(world):
	sell(world, world.pumps, 300)
	sell(world, world.pumps, 500, day="2018-05-05")
	make_wallet(world)
	make_wallet(world, year=2018)
	rows = run(by="Year").rows
	assert [(row["label"], row["share"], row["share_before"]) for row in rows] == [
		("2019", 30, 50),
		("2018", 50, None),
	]
	assert row_of(run(), "Wallet Account").share_before == 50
	assert execute(frappe._dict(company=b.COMPANY, year=2017))[1] == []
	assert "2019, 2018" in execute(frappe._dict(company=b.COMPANY, year=2017))[2]


def test_the_running_year_stands_for_twelve_months():
	period = data.sales_period(2025, date(2025, 6, 30))
	assert (period.start, period.last_day) == (date(2024, 7, 1), date(2025, 6, 30))
	period = data.sales_period(2024, date(2025, 6, 30))
	assert (period.start, period.last_day) == (date(2024, 1, 1), date(2024, 12, 31))
	with pytest.raises(frappe.ValidationError, match="has not begun"):
		data.sales_period(2026, date(2025, 6, 30))


def test_contracts_and_ranks(world):
	sell(world, world.pumps, 200)
	make_wallet(
		world, our_rank=1, suppliers=3, shares=[share(300, contract_end=add_days(today(), 30), rank=2)]
	)
	row = frappe._dict(run(by="Wallet").rows[0])
	assert (row.locked, row.addressable) == (300, 700)
	assert (row.estimated_share, row.estimated_wallet, row.rank) == (50, 400, "1 / 3")
	assert row.contract_end == getdate(add_days(today(), 30))
	assert row_of(run(), "Wallet Account").share == 20  # the estimate enters no total


def test_parts_above_the_wallet_are_told(world):
	sell(world, world.pumps, 900)
	make_wallet(world, shares=[share(300)])
	assert "exceed the wallet" in run().message


def test_figures_of_the_form(world):
	sell(world, world.pumps, 300)
	sell(world, world.pumps, 100, day="2018-03-03")
	doc = make_wallet(world, our_rank=1, suppliers=2, shares=[share(250, rank=2)])
	make_wallet(world, year=2018)
	found = api.figures(doc.name)
	assert (found["now"]["share"], found["now"]["unknown"]) == (30, 450)
	assert [row["share"] for row in found["years"]] == [30, 10]
	assert found["estimate"]["share"] == pytest.approx(66.7)
	assert found["estimate"]["others"] == [{"name": "Wallet Rival", "share": pytest.approx(33.3)}]


def test_a_year_is_copied_where_nothing_is(world):
	make_wallet(world)
	make_wallet(world, world.valves, shares=[share(10)])
	make_wallet(world, world.valves, 77, year=2020)
	assert api.copy_year(world.account, YEAR, 2020, b.COMPANY) == {"copied": 1, "kept": 1}
	copy = read_cell(world.account, world.pumps, 2020, company=b.COMPANY)
	assert copy.wallet == 1000 and "Copied from 2019" in copy.note
	assert read_cell(world.account, world.valves, 2020, company=b.COMPANY).wallet == 77


# ---------------------------------------------------------------- who sees what


def test_wallets_of_the_own_accounts_only(world, as_user):
	sell(world, world.pumps, 100)
	make_wallet(world)
	other = k.make_account("Wallet Other", [b.ensure_customer("Wallet Other Plant")]).name
	make_wallet(frappe._dict(world, account=other), wallet=5000)
	manager = k.ensure_role_user("Key Account Manager", prefix="wallet")
	frappe.get_doc("Key Account", world.account).update({"key_account_manager": manager}).save()
	with as_user(manager):
		report = run()
		assert [row["label"] for row in report.rows] == ["Wallet Account"]
		assert report.rows[0]["wallet"] == 1000 and report.rows[0]["own"] == 100
		assert [row["wallet"] for row in run(by="Wallet").rows] == [1000]
		assert run(key_account=other).rows == []
		assert set_cell(world.account, world.valves, YEAR, {"wallet": 1}, company=b.COMPANY)
		with pytest.raises(frappe.PermissionError):
			set_cell(other, world.valves, YEAR, {"wallet": 1}, company=b.COMPANY)
		with pytest.raises(frappe.PermissionError):
			read_cell(other, world.pumps, YEAR, company=b.COMPANY)
		with pytest.raises(frappe.PermissionError):
			api.copy_year(other, YEAR, 2020, b.COMPANY)
		found = api.buying_centres("Customer", "Wallet", "name", 0, 20, {"key_account": world.account})
		assert [*found] == [(world.office, world.office), (world.plant, world.plant)]
	reader = k.ensure_role_user("KAM Reader", prefix="wallet")
	with as_user(reader):
		assert {row["label"] for row in run().rows} >= {"Wallet Account", "Wallet Other"}
		with pytest.raises(frappe.PermissionError):
			set_cell(world.account, world.valves, YEAR, {"wallet": 2}, company=b.COMPANY)


def test_a_share_needs_all_customers_of_its_wallet(world, as_user):
	sell(world, world.pumps, 100)
	sell(world, world.pumps, 200, world.office)
	make_wallet(world)
	make_wallet(world, world.valves, 400, customer=world.plant)
	director = k.ensure_role_user("Key Account Director", prefix="wallet")
	frappe.get_doc(
		{"doctype": "User Permission", "user": director, "allow": "Customer", "for_value": world.plant}
	).insert()
	with as_user(director):
		report = run()
		row = row_of(report, "Wallet Account")
		assert (row.wallet, row.own_elsewhere) == (400, 100)
		assert "do not see all customers" in report.message
		hidden = next(row for row in run(by="Wallet").rows if row["item_group"] == world.pumps)
		assert (hidden["own"], hidden["share"]) == (None, None)


def test_the_columns_do_not_depend_on_the_rows(world):
	report = execute(frappe._dict(company=b.COMPANY, year=2001, by="Wallet"))
	assert report[1] == [] and report[0]
	assert data.latest_year(WalletFilters(b.COMPANY, world.account)) is None
