"""The whitespace matrix against ERPNext's Sales Analytics, plain sums, estimates and the rights of its readers."""

from datetime import date, timedelta
from io import BytesIO

import frappe
import pandas as pd
import pytest
from erpnext.selling.report.sales_analytics.sales_analytics import execute as sales_analytics_report
from frappe.utils import add_days, getdate, nowdate
from openpyxl import load_workbook

from kam_erpnext.api import whitespace as api
from kam_erpnext.data.whitespace import (
	ACCOUNT,
	BUYING_CENTRE,
	DIVISION,
	TERRITORY,
	WhitespaceFilters,
	read_matrix,
)
from kam_erpnext.engine.periods import Period
from kam_erpnext.whitespace import sheet
from tests.site import builders as b
from tests.site import kam_builders as kb

YEAR = Period(date(2019, 1, 1), date(2020, 1, 1))
THIS_YEAR = {"from_date": "2019-01-01", "to_date": "2019-12-31", "period": "Custom"}


def sales_analytics(tree_type, company, period=YEAR, doc_type="Sales Invoice"):
	filters = frappe._dict(
		doc_type=doc_type,
		tree_type=tree_type,
		value_quantity="Value",
		range="Yearly",
		company=company,
		from_date=str(period.start),
		to_date=str(period.last_day),
		curves="select",
	)
	return {row["entity"]: row["total"] for row in sales_analytics_report(filters)[1]}


def matrix(company=b.COMPANY, period=YEAR, **filters):
	return read_matrix(WhitespaceFilters(company, period, **filters))


def cell_of(found, row, column):
	cells = found.cells[(found.cells["row"] == row) & (found.cells["column"] == column)].to_dict("records")
	return cells[0] if cells else None


def page(**filters):
	return api.matrix({"company": b.COMPANY, **THIS_YEAR, **filters})


# ---------------------------------------------------------------- against ERPNext


@pytest.fixture
def some_accounts(adventureworks):
	"""A group with a division, and an account, of real customers."""
	customers = list(sales_analytics("Customer", adventureworks.COMPANY))
	group = kb.make_account("Group", customers[:3])
	division = kb.make_account("Division", customers[3:5], parent=group.name)
	other = kb.make_account("Other", customers[5:6])
	return frappe._dict(group=group.name, division=division.name, other=other.name, customers=customers)


@pytest.mark.parametrize("rows", [ACCOUNT, DIVISION, BUYING_CENTRE, TERRITORY])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_totals_equal_sales_analytics(adventureworks, some_accounts, rows, level):
	company = adventureworks.COMPANY
	found = matrix(company, rows=rows, level=level, all_customers=True)
	by_group = sales_analytics("Item Group", company)
	by_customer = sales_analytics("Customer", company)
	assert len(found.columns) > 1 and len(found.rows) > 1
	for column, total in found.column_totals.items():
		if column:
			assert total.net_sales == pytest.approx(by_group[column], abs=0.01), column
	assert found.total.net_sales == pytest.approx(sum(by_customer.values()), abs=0.01)
	for row, total in found.row_totals.items():
		mine = [name for name, key in found.places.row_of_customer.items() if key == row]
		assert total.net_sales == pytest.approx(sum(by_customer.get(name, 0) for name in mine), abs=0.01), row


def test_rows_of_territories_equal_sales_analytics(adventureworks):
	"""ERPNext adds up by the territory of the invoice, the matrix by that of the customer: here they are the same."""
	found = matrix(adventureworks.COMPANY, rows=TERRITORY, all_customers=True)
	by_territory = sales_analytics("Territory", adventureworks.COMPANY)
	compared = 0
	for row, total in found.row_totals.items():
		name = found.rows.at[row, "territory"]
		if name and not frappe.db.get_value("Territory", name, "is_group"):
			assert total.net_sales == pytest.approx(by_territory.get(name, 0), abs=0.01), name
			compared += 1
	assert compared


def test_orders_as_source_equal_sales_analytics(world):
	frappe.db.set_single_value("KAM Settings", "sales_source", "Sales Order")
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	b.make_order(world.first, [("WS Pump", 2, 111), ("WS Valve", 1, 50)], transaction_date="2019-03-03")
	found = matrix(item_group=world.top)
	by_group = sales_analytics("Item Group", b.COMPANY, doc_type="Sales Order")
	by_customer = sales_analytics("Customer", b.COMPANY, doc_type="Sales Order")
	for group in (world.pumps, world.valves):
		assert found.column_totals[group].net_sales == pytest.approx(by_group[group])
	assert found.row_totals[world.row].net_sales == pytest.approx(by_customer[world.first]) == 272


def test_cells_of_one_account_equal_sales_analytics(adventureworks, some_accounts):
	company, customer = adventureworks.COMPANY, some_accounts.customers[5]
	found = matrix(company, rows=ACCOUNT)
	lines = frappe.get_all(
		"Sales Invoice Item",
		filters={
			"docstatus": 1,
			"parent": (
				"in",
				frappe.get_all("Sales Invoice", {"customer": customer, "company": company}, pluck="name"),
			),
		},
		fields=["item_group", "base_net_amount", "parent"],
		order_by="name",
	)
	expected = {}
	for line in lines:
		if YEAR.contains(frappe.db.get_value("Sales Invoice", line.parent, "posting_date")):
			expected[line.item_group] = expected.get(line.item_group, 0) + line.base_net_amount
	assert expected
	for group, amount in expected.items():
		cell = cell_of(found, f"account:{some_accounts.other}", group)
		assert cell["net_sales"] == pytest.approx(amount, abs=0.005)
		assert cell["state"] == "Won"


def test_the_tree_counts_each_customer_once(adventureworks, some_accounts):
	company = adventureworks.COMPANY
	by_customer = sales_analytics("Customer", company)
	together = sum(by_customer[name] for name in some_accounts.customers[:5])
	found = matrix(company, rows=ACCOUNT)
	assert set(found.rows.index) == {f"account:{some_accounts.group}", f"account:{some_accounts.other}"}
	assert found.row_totals[f"account:{some_accounts.group}"].net_sales == pytest.approx(together)
	split = matrix(company, rows=DIVISION)
	assert split.total.net_sales == pytest.approx(found.total.net_sales)
	part = matrix(company, rows=DIVISION, key_account=some_accounts.division)
	assert list(part.rows.index) == [f"account:{some_accounts.division}"]
	assert part.total.net_sales == pytest.approx(sum(by_customer[n] for n in some_accounts.customers[3:5]))


def test_comparison_with_peers_on_real_data(adventureworks, some_accounts):
	found = matrix(adventureworks.COMPANY, rows=BUYING_CENTRE, all_customers=True)
	assert len(found.peers) > 10
	line = found.peers.iloc[0]
	assert line["buyers"] * 100 >= 40 * line["peers"]
	# the reason is printed with the figures
	about = api.cell(
		line["row"],
		line["column"],
		{
			"company": adventureworks.COMPANY,
			**THIS_YEAR,
			"rows": BUYING_CENTRE,
			"all_customers": 1,
		},
	)
	assert f"{int(line['buyers'])} of {int(line['peers'])} comparable" in about["peers"]["reason"]
	assert about["figures"]["expected"] == pytest.approx(line["expected"])
	assert about["figures"]["state"] in ("Won", "Unknown")


# ---------------------------------------------------------------- by hand


@pytest.fixture
def world():
	"""An account with two customers, and one with none yet; two item groups below Whitespace Goods."""
	top = b.ensure_item_group("Whitespace Goods", is_group=True)
	pumps, valves = (b.ensure_item_group(name, top) for name in ("WS Pumps", "WS Valves"))
	b.ensure_item("WS Pump", pumps, stock=False)
	b.ensure_item("WS Valve", valves, stock=False)
	first, second = (b.make_customer(name).name for name in ("WS North", "WS South"))
	account = kb.make_account("WS Account", [first, second])
	prospect = kb.make_account("WS Prospect", status="Candidate")
	b.make_invoice(first, [("WS Pump", 1, 700)], "2019-05-05")
	b.make_invoice(second, [("WS Pump", 1, 300)], "2019-06-06")
	return frappe._dict(
		top=top, pumps=pumps, valves=valves, first=first, second=second,
		account=account.name, prospect=prospect.name, row=f"account:{account.name}",
	)  # fmt: skip


def estimate(world, item_group, values, customer=None, account=None, year=2019):
	return api.save_estimate(account or world.account, item_group, year, b.COMPANY, values, customer)


def test_an_empty_cell_is_unknown_and_not_zero(world):
	found = matrix(item_group=world.top)
	assert list(found.columns.index) == [world.pumps, world.valves]
	assert cell_of(found, world.row, world.valves) is None
	total = found.row_totals[world.row]
	assert (total.counts["Won"], total.counts["Unknown"]) == (1, 1)
	assert (total.wallet, total.gap, total.priority, total.known) == (None, None, None, 0)
	assert total.penetration == 50
	prospect = found.row_totals[f"account:{world.prospect}"]
	assert (prospect.net_sales, prospect.wallet, prospect.penetration) == (0, None, 0)
	shown = page(item_group=world.top)
	assert None in shown["cells"]["wallet"] and 0 not in shown["cells"]["wallet"]


def test_an_estimate_makes_a_gap(world):
	estimate(world, world.pumps, {"wallet": 10000, "state": "Potential", "target_share": 40})
	cell = cell_of(matrix(item_group=world.top), world.row, world.pumps)
	assert (cell["state"], cell["wallet"], cell["gap"]) == ("Won", 10000, 3000)
	shown = page(item_group=world.top)
	row = next(row for row in shown["rows"] if row["key"] == world.row)
	assert (row["gap"], row["known"]) == (3000, 1)


def test_the_default_share_of_the_settings_is_used(world):
	estimate(world, world.valves, {"wallet": 1000})
	cell = cell_of(matrix(item_group=world.top), world.row, world.valves)
	assert (cell["state"], cell["gap"]) == ("Potential", 300)


def test_a_wallet_of_one_buying_centre(world):
	estimate(world, world.pumps, {"wallet": 2000, "target_share": 50}, customer=world.second)
	whole = matrix(item_group=world.top)
	assert cell_of(whole, world.row, world.pumps)["gap"] == 700
	split = matrix(item_group=world.top, rows=BUYING_CENTRE)
	assert cell_of(split, f"customer:{world.second}", world.pumps)["gap"] == 700
	assert pd.isna(cell_of(split, f"customer:{world.first}", world.pumps)["wallet"])


def test_what_reaches_beyond_a_cell_is_told_and_not_split(world):
	estimate(world, world.top, {"wallet": 5000})
	estimate(world, world.pumps, {"wallet": 4000})
	low = matrix(item_group=world.top)
	assert low.estimates.elsewhere == 1
	assert any("beyond a single cell" in text for text in api.warnings(low))
	high = matrix(item_group=world.top, level=1)
	assert list(high.columns.index) == [world.top]
	assert cell_of(high, world.row, world.top)["wallet"] == 5000  # the smaller one is a part of it
	buyers = matrix(item_group=world.top, rows=BUYING_CENTRE)
	assert buyers.estimates.elsewhere == 2


def test_an_estimate_of_an_earlier_year_is_carried_on(world):
	old = estimate(
		world, world.valves, {"wallet": 900, "source": "Interview", "state": "Potential"}, year=2018
	)
	assert cell_of(matrix(item_group=world.top), world.row, world.valves)["wallet"] == 900
	new = estimate(world, world.valves, {"target_share": 50, "from_wallet": old})
	assert new != old
	wallet = frappe.get_doc("Key Account Wallet", new)
	assert (wallet.year, wallet.wallet, wallet.source, wallet.target_share) == (2019, 900, "Interview", 50)
	assert cell_of(matrix(item_group=world.top), world.row, world.valves)["gap"] == 450


def test_wallets_are_compared_with_their_share_of_a_shorter_period(world):
	estimate(world, world.valves, {"wallet": 3650})
	found = matrix(period=Period(date(2019, 1, 1), date(2019, 4, 11)), item_group=world.top)
	assert cell_of(found, world.row, world.valves)["wallet"] == pytest.approx(1000)
	assert any("of a year" in note for note in api.notes(found))


def test_competitors_contracts_and_blocked_cells(world):
	rival = frappe.get_doc({"doctype": "Competitor", "competitor_name": "WS Rival"}).insert().name
	ends = str(YEAR.last_day + timedelta(days=365))
	estimate(
		world,
		world.valves,
		{"wallet": 1000, "state": "Competitor", "competitor": rival, "contract_end": ends},
	)
	found = matrix(item_group=world.top)
	cell = cell_of(found, world.row, world.valves)
	assert (cell["state"], cell["time"], str(cell["free_on"])) == ("Competitor", 0.5, ends)
	shown = page(item_group=world.top)
	assert shown["competitors"][0][2] == rival
	# the competitor can be taken out again; the rest of the wallet stays
	name = estimate(world, world.valves, {"competitor": None, "contract_end": None, "state": "Potential"})
	assert not frappe.get_doc("Key Account Wallet", name).shares
	estimate(world, world.valves, {"state": "Blocked", "blocked_reason": "No demand", "wallet": None})
	total = matrix(item_group=world.top).row_totals[world.row]
	assert (total.addressable, total.penetration) == (1, 100)


def test_deals_open_a_cell_until_it_is_invoiced(world):
	name = api.make_opportunity(
		world.account, world.valves, b.COMPANY, "Valves for the north", 500, "Administrator", world.first,
		expected_close=add_days(nowdate(), 30), reason="Nobody sells them there",
	)  # fmt: skip
	doc = frappe.get_doc("Key Account Opportunity", name)
	assert (doc.origin, doc.origin_text, doc.amount) == ("Whitespace", "Nobody sells them there", 500)
	assert [(row.item_group, row.amount) for row in doc.volumes] == [(world.valves, 500)]
	cell = cell_of(matrix(item_group=world.top), world.row, world.valves)
	assert (cell["state"], cell["open"]) == ("Open", 500)
	about = api.cell(world.row, world.valves, {"company": b.COMPANY, **THIS_YEAR, "item_group": world.top})
	assert [(deal["name"], deal["amount"]) for deal in about["deals"]] == [(name, 500)]
	b.make_invoice(world.first, [("WS Valve", 1, 500)], "2019-07-07")
	assert cell_of(matrix(item_group=world.top), world.row, world.valves)["state"] == "Won"


def test_orders_not_invoiced_are_open(world):
	b.make_order(world.second, [("WS Valve", 2, 100)], transaction_date=nowdate())
	cell = cell_of(matrix(item_group=world.top), world.row, world.valves)
	assert (cell["state"], cell["open"], cell["weighted"]) == ("Open", 200, 200)


def test_what_stands_behind_a_cell(world):
	about = api.cell(world.row, world.pumps, {"company": b.COMPANY, **THIS_YEAR, "item_group": world.top})
	assert about["sales"]["months"] == {"2019-05-01": 700, "2019-06-01": 300}
	assert about["sales"]["customers"] == {world.first: 700, world.second: 300}
	assert [row["net_sales"] for row in about["sales"]["documents"]] == [300, 700]
	assert about["sales"]["before"] == 0 and about["sales"]["count"] == 2
	assert about["item_group"] == world.pumps
	with pytest.raises(frappe.DoesNotExistError):
		api.cell("account:KA-NONE", world.pumps, {"company": b.COMPANY, **THIS_YEAR})


def test_the_wallet_of_an_account_below_is_told_with_its_account(world):
	below = kb.make_account("WS Below", [b.make_customer("WS East").name], parent=world.account)
	estimate(world, world.pumps, {"wallet": 400}, account=below.name)
	about = api.cell(world.row, world.pumps, {"company": b.COMPANY, **THIS_YEAR, "item_group": world.top})
	assert about["account"] == world.account
	assert [(row["key_account"], row["account_name"]) for row in about["estimates"]] == [
		(below.name, "WS Below")
	]


def test_filters_show_a_part_of_the_rows(world):
	found = matrix(item_group=world.top, key_account=world.account)
	assert list(found.rows.index) == [world.row]
	assert matrix(key_account="KA-NONE").rows.empty
	elsewhere = matrix(item_group=world.top, territory=b.ensure_territory("WS Elsewhere"))
	assert world.row not in elsewhere.rows.index


def test_filters_that_cannot_be(world):
	with pytest.raises(frappe.ValidationError, match="Rows cannot be"):
		page(rows="Planet")
	with pytest.raises(frappe.ValidationError, match="no field"):
		estimate(world, world.pumps, {"docstatus": 1})
	with pytest.raises(frappe.ValidationError, match="must be an object"):
		api.matrix("{not json")
	with pytest.raises(frappe.ValidationError, match="must be an object"):
		api.matrix("[1]")
	assert page(level="many", all_customers="perhaps")["rows"]  # what is no number is as if it was not given


def read_file(**filters):
	"""The file as Excel opens it: sheets as lists of rows."""
	api.export({"company": b.COMPANY, **THIS_YEAR, **filters})
	assert frappe.response["filename"] == "Whitespace.xlsx"
	return load_workbook(BytesIO(frappe.response["filecontent"]))


def values_of(sheet):
	return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_file_holds_the_matrix_with_its_totals(world):
	estimate(world, world.valves, {"state": "Internal"}, account=world.prospect)
	book = read_file(item_group=world.top)
	assert book.sheetnames == ["Matrix", "Cells"]
	rows = values_of(book["Matrix"])
	assert rows[2] == ["Row", "Belongs To", world.pumps, world.valves, "Total"]
	by_name = {row[0]: row[2:] for row in rows[3:]}
	assert by_name["WS Account"] == [1000, None, 1000]  # unknown is empty, not zero
	assert by_name["WS Prospect"] == [None, "Internal", 0]
	assert by_name["Total"] == [1000, 0, 1000]
	cells = {(row[0], row[2]): row for row in values_of(book["Cells"])}
	assert cells["WS Account", world.pumps][3:6] == ["Won", 1000, 0]
	assert cells["WS Account", world.valves][7] == "–"


def test_names_in_the_file_are_text_whatever_they_begin_with(world):
	for name in ("=1+1", "+WS", "@SUM(A1)"):
		kb.make_account(name, [b.make_customer(f"{name} Customer").name])
	book = read_file(item_group=world.top)
	for table in book.worksheets:
		kinds = {cell.value: cell.data_type for cell in table["A"]}
		assert {kinds["=1+1"], kinds["+WS"], kinds["@SUM(A1)"]} == {"s"}


def test_the_file_has_a_dash_for_what_is_unknown(world):
	estimate(world, world.pumps, {"wallet": 2000})
	rows = sheet.lines(matrix(item_group=world.top, key_account=world.account))
	assert len(rows) == 3
	pumps, valves = (next(row for row in rows if row[2] == name) for name in (world.pumps, world.valves))
	assert pumps[3:8] == ["Won", 1000, 0, 0, 2000]
	assert valves[3] == "Unknown" and valves[7] == "–"


# ---------------------------------------------------------------- two people


def test_what_somebody_else_entered_meanwhile_is_not_overwritten(world):
	# both have seen an empty cell
	first = estimate(world, world.pumps, {"wallet": 1000, "modified": ""})
	with pytest.raises(frappe.TimestampMismatchError, match="in the meantime"):
		estimate(world, world.pumps, {"wallet": 5000, "modified": ""})
	assert frappe.db.get_value("Key Account Wallet", first, "wallet") == 1000
	# and one who has seen the first amount
	seen = str(frappe.db.get_value("Key Account Wallet", first, "modified"))
	estimate(world, world.pumps, {"note": "Interview", "modified": seen})
	with pytest.raises(frappe.TimestampMismatchError, match="in the meantime"):
		estimate(world, world.pumps, {"wallet": 5000, "modified": seen})
	kept = frappe.get_doc("Key Account Wallet", first)
	assert (kept.wallet, kept.note) == (1000, "Interview")


def test_the_wallet_of_an_earlier_year_is_carried_on_by_one_only(world):
	old = estimate(world, world.valves, {"wallet": 900}, year=2018)
	estimate(world, world.valves, {"target_share": 50, "from_wallet": old, "modified": ""})
	with pytest.raises(frappe.TimestampMismatchError, match="in the meantime"):
		estimate(world, world.valves, {"target_share": 20, "from_wallet": old, "modified": ""})


@pytest.mark.commits
def test_two_people_enter_the_same_empty_cell_at_once(site_point):
	account = kb.make_account("WS Race", [b.ensure_customer("WS Racer")]).name
	group = b.ensure_item_group("WS Race Goods")
	b.ensure_company()
	frappe.db.commit()

	def write(amount):
		values = {"wallet": amount, "modified": ""}
		return lambda: api.save_estimate(account, group, 2019, b.COMPANY, values)

	first = kb.Session(write(100), hold=True)
	first.start()
	first.done.wait(60)
	second = kb.Session(write(200))
	second.start()
	kb.wait_until_blocked()
	first.let_go()
	assert first.finish() is None
	assert isinstance(second.finish(), frappe.TimestampMismatchError)
	frappe.db.rollback()
	wallets = frappe.get_all("Key Account Wallet", {"key_account": account}, pluck="wallet", order_by="name")
	assert wallets == [100]


# ---------------------------------------------------------------- rights


def test_a_manager_sees_his_own_accounts_only(world, as_user):
	manager = kb.ensure_role_user("Key Account Manager")
	mine = kb.make_account("WS Mine", [b.make_customer("WS My Customer").name], team=[manager])
	b.make_invoice("WS My Customer", [("WS Pump", 1, 50)], "2019-05-05")
	with as_user(manager):
		found = matrix(item_group=world.top, all_customers=True)
		assert list(found.rows.index) == [f"account:{mine.name}"]
		assert found.total.net_sales == 50
		assert found.column_totals[world.pumps].net_sales == 50
		assert found.documents == 1
		assert found.peers.empty  # others are no peers of his
		shown = page(item_group=world.top)
		assert [row["label"] for row in shown["rows"]] == ["WS Mine"]
		assert shown["total"]["net_sales"] == 50 and shown["columns"][0]["net_sales"] == 50
		assert "WS Account" not in frappe.as_json(shown) and world.first not in frappe.as_json(shown)
		about = api.cell(f"account:{mine.name}", world.pumps, {"company": b.COMPANY, **THIS_YEAR})
		assert about["sales"]["customers"] == {"WS My Customer": 50} and about["sales"]["count"] == 1
		assert any("Only what you may see" in note for note in api.notes(found))
		with pytest.raises(frappe.DoesNotExistError):
			api.cell(world.row, world.pumps, {"company": b.COMPANY, **THIS_YEAR})
		with pytest.raises(frappe.PermissionError):
			estimate(world, world.pumps, {"wallet": 1})
		with pytest.raises(frappe.PermissionError):
			api.make_opportunity(world.account, world.pumps, b.COMPANY, "Not mine", 1, manager)


@pytest.mark.parametrize("rows", [ACCOUNT, DIVISION, BUYING_CENTRE, TERRITORY])
def test_no_row_kind_and_no_file_shows_accounts_of_others(world, as_user, rows):
	manager = kb.ensure_role_user("Key Account Manager")
	kb.make_account("WS Mine", [b.make_customer("WS My Customer").name], team=[manager])
	b.make_invoice("WS My Customer", [("WS Pump", 1, 50)], "2019-05-05")
	estimate(world, world.pumps, {"wallet": 77777})
	with as_user(manager):
		found = matrix(rows=rows, all_customers=True)
		assert found.total.net_sales == 50 and found.total.wallet is None
		text = str(sheet.lines(found)) + frappe.as_json(api.as_page(found))
	for hidden in ("WS Account", "WS Prospect", world.first, world.second, "77777"):
		assert hidden not in text


def test_only_who_may_export_takes_the_file(world, as_user):
	with as_user(kb.ensure_role_user("KAM Reader")):
		if frappe.has_permission("Key Account", "export"):
			assert read_file(item_group=world.top)
		else:
			with pytest.raises(frappe.PermissionError):
				read_file(item_group=world.top)
	with (
		as_user(b.ensure_user("ws.nobody@example.com", ["Accounts User"])),
		pytest.raises(frappe.PermissionError),
	):
		read_file(item_group=world.top)


def test_a_hidden_competitor_is_not_named(world, as_user):
	rival, other = (
		frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert().name
		for name in ("WS Rival", "WS Other Rival")
	)
	estimate(world, world.valves, {"wallet": 1000, "state": "Competitor", "competitor": rival})
	director = kb.ensure_role_user("Key Account Director")
	b.allow_only(director, "Competitor", other)
	with as_user(director):
		assert rival not in frappe.as_json(page(item_group=world.top))


def test_a_user_permission_on_a_customer_fences_cells_and_wallets(world, as_user):
	director = kb.ensure_role_user("Key Account Director")
	estimate(world, world.pumps, {"wallet": 9000})
	estimate(world, world.valves, {"wallet": 500}, customer=world.second)
	b.allow_only(director, "Customer", world.first)
	with as_user(director):
		found = matrix(item_group=world.top)
		assert cell_of(found, world.row, world.pumps)["net_sales"] == 700
		# the wallet of the whole account is about customers he may not see: it cannot be compared with his part
		assert found.total.wallet is None
		assert found.estimates.elsewhere == 1


def test_a_reader_reads_and_changes_nothing(world, as_user):
	with as_user(kb.ensure_role_user("KAM Reader")):
		shown = page(item_group=world.top)
		assert shown["rows"] and not shown["can_estimate"] and not shown["can_make_opportunity"]
		with pytest.raises(frappe.PermissionError):
			estimate(world, world.pumps, {"wallet": 1})
		with pytest.raises(frappe.PermissionError):
			api.make_opportunity(world.account, world.pumps, b.COMPANY, "No", 1, frappe.session.user)


def test_somebody_without_a_role_is_refused(world, as_user):
	with (
		as_user(b.ensure_user("ws.nobody@example.com", ["Accounts User"])),
		pytest.raises(frappe.PermissionError),
	):
		page()


def test_queries_do_not_grow_with_rows(world, monkeypatch):
	def queries():
		count = 0
		original = frappe.db.sql

		def counted(*args, **kwargs):
			nonlocal count
			count += 1
			return original(*args, **kwargs)

		with monkeypatch.context() as patch:
			patch.setattr(frappe.db, "sql", counted)
			matrix()
		return count

	queries()
	before = queries()
	for number in range(5):
		customer = b.make_customer(f"WS More {number}").name
		kb.make_account(f"WS More {number}", [customer])
		b.make_invoice(customer, [("WS Pump", 1, 10)], "2019-05-05")
	assert queries() <= before + 1


def test_the_day_is_the_last_one_of_the_period():
	assert matrix().year == 2019
	assert matrix(period=Period(getdate("2018-07-01"), getdate("2019-07-01"))).year == 2019
