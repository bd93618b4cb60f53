"""Data Import of wallets and market estimates: a faulty line is named and set aside, the rest is imported."""

import csv
import io
import json
import re
from datetime import date
from pathlib import Path

import frappe
import pytest
from openpyxl import Workbook

from kam_erpnext.api import imports
from kam_erpnext.integration.data_import import plain_number
from tests.site import builders as b
from tests.site import kam_builders as k

WALLET_HEAD = [
	"Key Account", "Item Group", "Year", "Company", "Wallet", "As Of", "Competitor (Other Suppliers)",
	"Amount a Year (Other Suppliers)",
]  # fmt: skip


@pytest.fixture
def world():
	for name in ("Import Rival", "Import Second"):
		if not frappe.db.exists("Competitor", name):
			frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert()
	return frappe._dict(
		account=k.make_account("Import Account", [b.ensure_customer("Import Customer")]).name,
		groups=[b.ensure_item_group(f"Import Group {number}") for number in range(1, 6)],
		company=b.ensure_company(),
	)


def as_csv(rows, delimiter=","):
	stream = io.StringIO()
	csv.writer(stream, delimiter=delimiter).writerows(rows)
	return stream.getvalue()


def as_xlsx(rows):
	book, stream = Workbook(), io.BytesIO()
	for row in rows:
		book.active.append(row)
	book.save(stream)
	return stream.getvalue()


def make_import(doctype, rows, import_type="Insert New Records", file_name="list.csv", content=None):
	doc = frappe.get_doc(
		{"doctype": "Data Import", "reference_doctype": doctype, "import_type": import_type}
	).insert()
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": file_name,
			"content": content or as_csv(rows),
			"attached_to_doctype": "Data Import",
			"attached_to_name": doc.name,
			"is_private": 1,
		}
	).insert()
	doc.import_file = file.file_url
	doc.save()
	frappe.db.commit()  # a line that fails is rolled back
	return doc


def start(doc):
	doc.get_importer().import_data()
	doc.reload()
	return frappe.get_all(
		"Data Import Log",
		{"data_import": doc.name},
		["success", "row_indexes", "messages"],
		order_by="log_index",
	)


def faulty_file(doc):
	name = frappe.db.get_value(
		"File", {"attached_to_name": doc.name, "file_name": ("like", "list-to-correct%")}, "name"
	)
	return list(csv.reader(io.StringIO(frappe.get_doc("File", name).get_content().removeprefix("\ufeff"))))


def wallets(world):
	return frappe.get_all(
		"Key Account Wallet",
		{"key_account": world.account},
		["item_group", "wallet", "wallet_known"],
		order_by="item_group",
	)


def test_faulty_lines_are_named_and_the_rest_is_imported(world):
	g1, g2, g3, g4, _g5 = world.groups
	rows = [
		WALLET_HEAD,
		[world.account, g1, 2019, world.company, "1,000.50", "2019-06-30", "Import Rival", 200],
		["", "", "", "", "", "", "Import Second", 100],
		[world.account, "No Such Group", 2019, world.company, 50, "2019-06-30", "", ""],
		[world.account, g2, 2019, world.company, "12k", "2019-06-30", "", ""],
		[world.account, g3, 2019, world.company, 30, "30th of June", "", ""],
		[world.account, "", 2019, world.company, 30, "2019-06-30", "", ""],
		[world.account, g4, 2019, world.company, 40, "2019-06-30", "", ""],
		["", "", "", "", "", "", "Nobody Known", 10],
		[world.account, g3, 2019, world.company, "", "2019-06-30", "", ""],
	]
	doc = make_import("Key Account Wallet", rows)
	assert doc.payload_count == 1
	text = frappe.get_all("Comment", {"reference_name": doc.name, "comment_type": "Info"}, pluck="content")[
		-1
	]
	for line, column in (
		(4, "Item Group"),
		(5, "Wallet"),
		(6, "As Of"),
		(7, "Item Group"),
		(9, "Competitor"),
	):
		assert f"Line {line}, <strong>{column}" in text.replace("<b>", "<strong>")
	assert doc.import_file in text  # by which the form knows the message
	log = start(doc)
	assert doc.status == "Success"
	assert [(row.success, json.loads(row.row_indexes)) for row in log] == [(1, [2, 3])]
	assert [tuple(row.values()) for row in wallets(world)] == [(g1, 1000.5, 1)]
	faulty = faulty_file(doc)
	assert faulty[0][-2:] == ["Line", "Problem"]
	assert [row[-2] for row in faulty[1:]] == ["4", "5", "6", "7", "8", "9"]
	assert "12k is not a number" in faulty[2][-1]


def test_a_corrected_file_is_imported_as_it_is(world):
	g1, g2 = world.groups[:2]
	doc = make_import(
		"Key Account Wallet",
		[
			WALLET_HEAD,
			[world.account, g1, 2019, world.company, 10, "2019-06-30", "", ""],
			[world.account, g2, 2019, world.company, "ten", "2019-06-30", "", ""],
		],
	)
	start(doc)
	rows = faulty_file(doc)
	rows[1][4] = "20"
	start(make_import("Key Account Wallet", rows))
	assert [row.wallet for row in wallets(world)] == [10, 20]


def test_what_the_wallet_refuses_names_its_line_too(world):
	g1, g2 = world.groups[:2]
	doc = make_import(
		"Key Account Wallet",
		[
			WALLET_HEAD,
			[world.account, g1, 2019, world.company, 100, "2019-06-30", "Import Rival", 200],
			[world.account, g2, 2019, world.company, 10, "2019-06-30", "", ""],
		],
	)
	log = start(doc)
	assert doc.status == "Partial Success"
	failed = next(row for row in log if not row.success)
	assert json.loads(failed.row_indexes) == [2] and "Wallet: the other suppliers" in failed.messages
	assert [row.item_group for row in wallets(world)] == [g2]


def test_a_file_without_a_good_line_is_refused(world):
	with pytest.raises(frappe.ValidationError, match=r"Nothing in this file.*Line 2"):
		make_import(
			"Key Account Wallet",
			[WALLET_HEAD, [world.account, "No Such", 2019, world.company, 1, "2019-06-30", "", ""]],
		)


def test_wallets_are_updated(world):
	g1 = world.groups[0]
	start(
		make_import(
			"Key Account Wallet",
			[WALLET_HEAD, [world.account, g1, 2019, world.company, 10, "2019-06-30", "", ""]],
		)
	)
	name = frappe.db.get_value("Key Account Wallet", {"key_account": world.account})
	start(make_import("Key Account Wallet", [["ID", "Wallet"], [name, 77]], "Update Existing Records"))
	assert wallets(world)[0].wallet == 77


def test_market_estimates(world):
	land = b.ensure_territory("Import Land")
	head = ["Territory", "Company", "From", "To", "Market Value", "Market Units"]
	doc = make_import(
		"Market Estimate",
		[
			head,
			[land, world.company, "2019-01-01", "2019-12-31", 1000, ""],
			["Atlantis", world.company, "2019-01-01", "2019-12-31", 1000, ""],
			[land, world.company, "2020-01-01", "2020-12-31", "", ""],
			[land, world.company, "2019-05-01", "2019-06-30", 5, ""],
		],
	)
	log = start(doc)
	assert [row.success for row in log] == [1, 0]
	assert "already covers" in log[1].messages and json.loads(log[1].row_indexes) == [5]
	assert frappe.db.count("Market Estimate", {"territory": land}) == 1
	assert [row[-2] for row in faulty_file(doc)[1:]] == ["3"]


def reasons(doc):
	return {int(row[-2]): row[-1] for row in faulty_file(doc)[1:]}


def faults(world, day):
	"""A file with one fault of each kind, and what is said about it by line."""
	g1, g2, _g3, g4, g5 = world.groups
	rows = [
		[*WALLET_HEAD, "State", "Wallet Known"],
		[world.account, g1, 2019, world.company, 1000.5, day, "Import Rival", 200, "", ""],
		["Nobody", g2, 2019, world.company, 50, day, "", "", "", ""],
		["Import Account", g2, 2019, world.company, 50, day, "", "", "", ""],
		[world.account, g2, 2019, world.company, "12k", day, "", "", "", ""],
		[world.account, g2, 2019, world.company, 50, "30th of June", "", "", "", ""],
		[world.account, g2, 2019, world.company, 50, day, "", "", "Promising", ""],
		[world.account, g2, 2019.5, world.company, 50, day, "", "", "", ""],
		[world.account, g2, 2019, world.company, "", day, "", "", "", "perhaps"],
		[world.account, g1, 2019, world.company, 7, day, "", "", "", ""],
		[world.account, g4, 2019, world.company, 100, day, "Import Rival", 200, "", ""],
		[world.account, g5, 2019, world.company, 400, day, "", "", "Potential", ""],
	]
	said = {
		3: "Key Account: there is no Key Account Nobody",
		4: f"Key Account: Import Account is a name; please enter the ID {world.account}",
		5: "Wallet: 12k is not a number",
		6: "As Of: 30th of June is not a date like yyyy-mm-dd",
		7: "State: Promising is none of: Unknown, Potential, Competitor, Internal, Blocked",
		8: "Year: 2019.5 is not a whole number",
		9: "Wallet Known: perhaps is neither 1 (yes) nor 0 (no)",
	}
	return rows, said


@pytest.mark.parametrize("kind", ["csv", "semicolons", "xlsx"])
def test_every_fault_is_told_in_files_of_every_kind(world, kind):
	rows, said = faults(world, date(2019, 6, 30) if kind == "xlsx" else "2019-06-30")
	if kind == "xlsx":
		doc = make_import("Key Account Wallet", None, file_name="list.xlsx", content=as_xlsx(rows))
	else:
		text = "\ufeff" + as_csv(rows, ";") if kind == "semicolons" else as_csv(rows)
		doc = make_import("Key Account Wallet", None, content=text)
	assert doc.payload_count == 4 and reasons(doc) == said
	assert faulty_file(doc)[1][5] == "2019-06-30"  # not the midnight of that day
	log = start(doc)
	lines = [(row.success, json.loads(row.row_indexes)) for row in log]
	if (
		frappe.db.db_type == "postgres"
	):  # where Frappe forgets a refused line when the next one is refused too
		assert lines == [(1, [2]), (0, [11]), (1, [12])]
	else:
		assert lines == [(1, [2]), (0, [10]), (0, [11]), (1, [12])]
		assert "already holds" in log[1].messages
	assert "the other suppliers" in log[-2].messages
	found = wallets(world)
	assert [(row.item_group, row.wallet) for row in found] == [
		(world.groups[0], 1000.5),
		(world.groups[4], 400),
	]


def test_a_file_without_a_needed_column_is_refused(world):
	with pytest.raises(frappe.ValidationError, match=r"Line 1.*Year.*this column is missing"):
		make_import("Key Account Wallet", [["Key Account", "Item Group"], [world.account, world.groups[0]]])
	with pytest.raises(frappe.ValidationError, match=r"Line 1.*ID.*this column is missing"):
		make_import("Key Account Wallet", [["Wallet"], [5]], "Update Existing Records")


def test_an_update_of_nothing_is_told(world):
	with pytest.raises(frappe.ValidationError, match=r"Line 2.*ID.*there is no Key Account Wallet KAW-no"):
		make_import("Key Account Wallet", [["ID", "Wallet"], ["KAW-no", 5]], "Update Existing Records")


def test_other_doctypes_are_left_alone(world):
	doc = make_import("Territory", [["Territory Name", "Parent Territory"], ["Import New Land", "Atlantis"]])
	assert doc.import_file.endswith("list.csv") or "list" in doc.import_file
	assert not frappe.db.exists("File", {"attached_to_name": doc.name, "file_name": ("like", "%-ready%")})


def sent_list(doctype, year):
	imports.template(doctype, year)
	assert frappe.response["result"].startswith("\ufeff")  # spreadsheet programs read umlauts
	return list(csv.reader(io.StringIO(frappe.response["result"][1:])))


def test_the_list_of_wallets_holds_what_is_missing(world):
	g1 = world.groups[0]
	b.make_invoice("Import Customer", [(b.ensure_item("Import Item", g1, stock=False), 1, 50)], "2019-03-03")
	rows = sent_list("Key Account Wallet", 2019)
	mine = [row for row in rows[1:] if row[0] == world.account]
	assert len(mine) == 1 and mine[0][3] == g1
	mine[0][rows[0].index("Wallet")] = "500"
	start(make_import("Key Account Wallet", [rows[0], *mine]))
	assert wallets(world)[0].wallet == 500
	assert not [row for row in sent_list("Key Account Wallet", 2019)[1:] if row[0] == world.account]


def test_the_list_of_markets_holds_what_is_missing(world):
	land = b.ensure_territory("Import Land")
	b.ensure_customer("Import Lander", territory=land)
	rows = sent_list("Market Estimate", 2019)
	assert land in [row[0] for row in rows[1:]]
	with pytest.raises(frappe.ValidationError, match="no list for"):
		imports.template("Customer", 2019)


@pytest.mark.parametrize(
	"value, number",
	[
		(5, 5), (2.5, 2.5), ("5", "5"), ("1,234", "1234"), ("1,234.5", "1234.5"), (" 7 ", "7"), ("-3.5", "-3.5"),
		("12k", None), ("1.234,5", None), ("n/a", None), ("1,2,3", None), ("", None), ("1,25", None), ("12,34,567", "1234567"), ("1,234,567.5", "1234567.5"),
	],
)  # fmt: skip
def test_numbers(value, number):
	assert plain_number(value) == number


def test_the_examples_of_the_documentation_are_imported():
	"""docs/data-import.md: an account with two customers, then one below it, named by the number the first one got."""
	page = (Path(__file__).parents[2] / "docs" / "data-import.md").read_text(encoding="utf-8")
	first, second = re.findall(r"```\n(Account Name,.*?)```", page, re.S)
	for customer in ("Harbour Hospital", "Harbour Clinic", "Harbour North Ltd"):
		b.ensure_customer(customer)
	for user in ("anna@example.com", "ben@example.com"):
		b.ensure_user(user, ["Key Account Manager"])
	log = start(make_import("Key Account", None, content=first))
	assert [row.success for row in log] == [1]
	group = frappe.get_doc("Key Account", {"account_name": "Harbour Group"})
	assert [row.customer for row in group.customers] == ["Harbour Hospital", "Harbour Clinic"]
	log = start(make_import("Key Account", None, content=second.replace("KA-00001", group.name)))
	assert [row.success for row in log] == [1]
	north = frappe.get_doc("Key Account", {"account_name": "Harbour North"})
	assert (north.parent_key_account, north.level, north.key_account_manager) == (
		group.name,
		"Regional",
		"ben@example.com",
	)


def test_what_may_be_imported_is_what_the_documentation_says():
	page = (Path(__file__).parents[2] / "docs" / "data-import.md").read_text(encoding="utf-8")
	told = re.search(r"documents that allow it: (.*?)\.", page, re.S)[1]
	allowed = frappe.get_all("DocType", {"module": "KAM ERPNext", "allow_import": 1}, pluck="name")
	assert {" ".join(name.split()) for name in re.findall(r"\*([^*]+)\*", told)} == set(allowed)
