"""Reading exports: ERPNext's own quirks, other people's spreadsheets, and errors that name file, line and column."""

import datetime

import pandas as pd
import pytest

from kam_erpnext.offline import dataset
from kam_erpnext.offline.problems import DataError, InputError
from tests.engine.offline_tools import CUSTOMERS, HEADER, INVOICES, export


def problems(folder, **kwargs) -> list[str]:
	with pytest.raises(DataError) as caught:
		dataset.load(folder, **kwargs)
	return [str(problem) for problem in caught.value.problems]


def sales(data) -> dict:
	return data.lines.groupby("customer")["net_sales"].sum().round(2).to_dict()


def test_net_sales_of_an_export(tmp_path):
	data = dataset.load(export(tmp_path))
	assert sales(data) == {"C-1": 200.10, "C-2": 120.05}
	assert list(data.lines["document"]) == ["SINV-1", "SINV-1", "SINV-2", "SINV-3", "SINV-8"]
	assert data.excluded == {"draft": (1, 1), "cancelled": (1, 1), "opening": (1, 1), "internal": (1, 1)}
	assert (data.currency, data.company) == ("EUR", "Acme")
	assert data.territories.below("World") == {"World", "North", "South"}


def test_following_item_rows_take_the_document_and_nothing_else(tmp_path):
	text = "\n".join(
		[
			HEADER,
			"SINV-1,C-1,2025-01-10,Acme,Paid,1,No,0,EUR,1.0,I-1,Pumps,-2,-200,60",
			",,,,,,,,,,I-2,Sets,-1,-10,4",
			"SINV-2,C-2,2025-02-01,,Paid,,,,,,I-1,Pumps,1,80,60",
		]
	)
	lines = dataset.load(export(tmp_path, text)).lines
	assert list(lines["customer"]) == ["C-1", "C-1", "C-2"]
	assert list(lines["is_return"]) == [True, True, False]
	assert list(lines["date"].dt.date) == [
		datetime.date(2025, 1, 10),
		datetime.date(2025, 1, 10),
		datetime.date(2025, 2, 1),
	]


def test_cost_is_unknown_when_the_rate_is_zero_or_missing(tmp_path):
	lines = dataset.load(export(tmp_path)).lines.set_index(["document", "item_code"])
	assert lines.at[("SINV-1", "I-1"), "cost"] == 120.0
	assert lines.at[("SINV-3", "I-1"), "cost"] == -60.0
	assert pd.isna(lines.at[("SINV-8", "I-3"), "cost"])


def test_quantity_is_counted_in_stock_units(tmp_path):
	text = (
		"ID,Customer,Date,Docstatus,Quantity (Items),UOM Conversion Factor (Items),"
		"Net Amount (Company Currency) (Items),Incoming Rate (Costing) (Items)\n"
		"S-1,C-1,2025-01-01,1,2,12,100,3\n"
	)
	line = dataset.load(export(tmp_path, text)).lines.iloc[0]
	assert (line["qty"], line["cost"]) == (24.0, 72.0)


@pytest.mark.parametrize(
	"header",
	[
		"name,customer,posting_date,docstatus,item_code,item_group,qty,base_net_amount",
		"ID,Customer,Date,Docstatus,Item (Items),Item Group (Items),Quantity (Items),Net Amount (Company Currency) (Items)",
		"ID,Customer,Posting Date,Docstatus,Item Code (Sales Invoice Item),Item Group (Sales Invoice Item),"
		"Qty (Sales Invoice Item),Net Amount (Company Currency) (Sales Invoice Item)",
		"id,CUSTOMER, posting  date ,docstatus,items.item_code,items.item_group,items.qty,items.base_net_amount",
		"ID,Customer,Posting Date,Docstatus,Item Code,Item Group,Qty,Net Amount (Company Currency)",
	],
	ids=["fieldnames", "export", "report view", "dotted", "bare labels"],
)
def test_every_way_erpnext_calls_its_columns(tmp_path, header):
	data = dataset.load(export(tmp_path, f"{header}\nS-1,C-1,2025-01-01,1,I-1,Pumps,3,99.90\n"))
	line = data.lines.iloc[0]
	assert (line["document"], line["item_group"], line["qty"], line["net_sales"]) == (
		"S-1",
		"Pumps",
		3.0,
		99.9,
	)


def test_columns_of_other_child_tables_and_of_the_items_do_not_mix(tmp_path):
	header = (
		"ID,Customer,Date,Docstatus,ID (Items),Amount (Payment Schedule),Item (Items),"
		"Net Amount (Company Currency) (Items),Net Amount (Company Currency) (Taxes)"
	)
	text = f"{header}\nS-1,C-1,2025-01-01,1,row1,50,I-1,100,7\n,,,,,50,,,\n,,,,row2,,I-2,11,8\n"
	data = dataset.load(export(tmp_path, text))
	assert list(data.lines["net_sales"]) == [100.0, 11.0]
	assert list(data.lines["document"]) == ["S-1", "S-1"]


def test_total_row_of_the_report_view_is_not_a_document(tmp_path):
	text = (
		"Sr,ID,Customer,Date,Docstatus,Net Amount (Company Currency) (Sales Invoice Item)\n"
		"1,S-1,C-1,2025-01-01,1,100\n2,S-1,C-1,2025-01-01,1,50\n3,Total,,,2,150\n"
	)
	assert sales(dataset.load(export(tmp_path, text))) == {"C-1": 150.0}


def test_data_export_template(tmp_path):
	text = "\n".join(
		[
			'"Data Import Template"',
			'"Table:","Sales Invoice"',
			'""',
			'"Notes:"',
			'"Please do not change the template headings."',
			'"DocType:","Sales Invoice","","","","~","Sales Invoice Item","items"',
			'"Column Labels:","ID","Customer","Date","Docstatus","","ID","Net Amount (Company Currency)"',
			'"Column Name:","name","customer","posting_date","docstatus","~","name","base_net_amount"',
			'"Mandatory:","Yes","Yes","Yes","No","","Yes","No"',
			'"Start entering data below this line"',
			'"","""S-1""","C-1","2025-01-01","1","","""r1""","100.5"',
			'"","","","","","","""r2""","10"',
		]
	)
	data = dataset.load(export(tmp_path, text))
	assert list(data.lines["net_sales"]) == [100.5, 10.0]
	assert set(data.lines["document"]) == {"S-1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(tmp_path, encoding):
	folder = export(tmp_path)
	customers = CUSTOMERS.replace("Beta Clinic", "Zürcher Höhenklinik")
	(folder / "Customer.csv").write_bytes(customers.encode(encoding))
	data = dataset.load(folder)
	assert data.names()["C-2"] == "Zürcher Höhenklinik"
	assert any("Windows-1252" in note for note in data.notes) == (encoding == "cp1252")


@pytest.mark.parametrize("first", ["", "sep=;\n"])
def test_spreadsheet_with_semicolons_and_decimal_commas(tmp_path, first):
	text = (
		first
		+ "ID;Customer;Date;Docstatus;Item (Items);Quantity (Items);Net Amount (Company Currency) (Items)\r\n"
		"S-1;C-1;31-01-2025;1;I-1;2;1.234,50\r\n"
		";;;;I-2;1.000;12,5\r\n"
		'S-2;C-2;01-02-2025;1;"I;3";1;-0,05\r\n'
	)
	data = dataset.load(export(tmp_path, text))
	assert list(data.lines["net_sales"]) == [1234.5, 12.5, -0.05]
	assert list(data.lines["qty"]) == [2.0, 1000.0, 1.0]
	assert data.lines["date"].iloc[2] == pd.Timestamp(2025, 2, 1)
	assert data.lines["item_code"].iloc[2] == "I;3"


def test_return_is_seen_without_its_column(tmp_path):
	text = "name,customer,posting_date,docstatus,base_net_amount\nS-1,C-1,2025-01-01,1,100\nS-2,C-1,2025-01-02,1,-40\n"
	lines = dataset.load(export(tmp_path, text)).lines
	assert list(lines["is_return"]) == [False, True]


def test_internal_customer_is_known_from_the_customer_when_the_invoice_does_not_say(tmp_path):
	text = "name,customer,posting_date,docstatus,base_net_amount\nS-1,C-1,2025-01-01,1,100\nS-2,C-4,2025-01-02,1,40\n"
	data = dataset.load(export(tmp_path, text))
	assert sales(data) == {"C-1": 100.0}
	assert data.excluded == {"internal": (1, 1)}


def test_internal_transfer_is_known_from_the_status(tmp_path):
	text = "name,customer,posting_date,status,base_net_amount\nS-1,C-1,2025-01-01,Paid,100\n"
	data = dataset.load(export(tmp_path, text + "S-2,C-2,2025-01-02,Internal Transfer,40\n"))
	assert sales(data) == {"C-1": 100.0}


def test_status_words_count_when_docstatus_is_missing_and_neither_is_told(tmp_path):
	text = "name,customer,posting_date,base_net_amount\nS-1,C-1,2025-01-01,100\n"
	data = dataset.load(export(tmp_path, text))
	assert sales(data) == {"C-1": 100.0}
	assert any("no status column" in note for note in data.notes)


def test_customers_without_a_customer_file_come_from_the_invoices(tmp_path):
	data = dataset.load(export(tmp_path, customers=None))
	assert set(data.customers["customer"]) == {"C-1", "C-2"}
	assert any("no customer file" in note for note in data.notes)


def test_customer_only_in_the_invoices_is_kept_and_told(tmp_path):
	data = dataset.load(
		export(tmp_path, INVOICES + "SINV-9,C-9,2025-04-01,Acme,Paid,0,No,0,EUR,1,I,G,1,5,0\n")
	)
	assert sales(data)["C-9"] == 5.0
	assert any("C-9" in note for note in data.notes)


def test_two_customers_of_one_name_stay_apart(tmp_path):
	names = dataset.load(export(tmp_path)).names()
	assert names["C-1"] == "Alpha Clinic (C-1)"
	assert names["C-3"] == "Alpha Clinic (C-3)"
	assert names["C-2"] == "Beta Clinic"


def test_profile_numbers_of_zero_are_unknown(tmp_path):
	customers = "ID,Customer Name,Potential\nC-1,A,0\nC-2,B,7\n"
	data = dataset.load(export(tmp_path, customers=customers)).customers.set_index("customer")
	assert pd.isna(data.at["C-1", "potential"])
	assert data.at["C-2", "potential"] == 7.0


def test_parquet_gives_what_csv_gives(tmp_path):
	plain = dataset.load(export(tmp_path / "csv"))
	folder = tmp_path / "parquet"
	folder.mkdir()
	for name in ("Sales Invoice", "Customer", "Territory"):
		pd.read_csv(tmp_path / "csv" / f"{name}.csv").to_parquet(folder / f"{name}.parquet")
	other = dataset.load(folder)
	assert sales(other) == sales(plain)
	assert other.excluded == plain.excluded


def test_typed_parquet_with_documents_and_lines_apart(tmp_path):
	pd.DataFrame(
		{
			"name": ["S-1", "S-2"],
			"customer": ["C-1", "C-2"],
			"posting_date": [datetime.date(2025, 1, 1), datetime.date(2025, 1, 2)],
			"docstatus": [1, 2],
			"is_return": [0, 0],
		}
	).to_parquet(tmp_path / "tabSales Invoice.parquet")
	pd.DataFrame(
		{
			"parent": ["S-1", "S-1", "S-2"],
			"item_code": ["I", "J", "K"],
			"qty": [1.0, 2.0, 3.0],
			"base_net_amount": [10.25, 5.5, 7.0],
			"incoming_rate": [2.0, None, 1.0],
		}
	).to_parquet(tmp_path / "tabSales Invoice Item.parquet")
	data = dataset.load(tmp_path)
	assert sales(data) == {"C-1": 15.75}
	assert data.lines["cost"].isna().sum() == 1


def test_several_files_of_one_table_are_read_together(tmp_path):
	folder = export(tmp_path)
	head = HEADER + "\n"
	(folder / "Sales Invoice (1).csv").write_text(
		head + "SINV-20,C-2,2023-04-01,Acme,Paid,0,No,0,EUR,1,I,G,1,5,0\n"
	)
	assert sales(dataset.load(folder))["C-2"] == 125.05
	(folder / "Sales Invoice (1).csv").write_text(
		head + "SINV-1,C-2,2023-04-01,Acme,Paid,0,No,0,EUR,1,I,G,1,5,0\n"
	)
	found = problems(folder)
	assert len(found) == 1
	assert "in one file only" in found[0] and '"SINV-1"' in found[0]


# errors


def test_a_wrong_number_is_told_by_file_line_and_column(tmp_path):
	found = problems(export(tmp_path, INVOICES.replace("100.10", "a lot")))
	assert found == [
		'Sales Invoice.csv, line 3, column "Net Amount (Company Currency) (Items)": '
		'expected a number such as 1234.56, found "a lot"'
	]


def test_lines_are_counted_as_in_an_editor(tmp_path):
	text = 'ID,Customer,Remark,Date,Docstatus,base_net_amount\nS-1,C-1,"two\nlines",2025-01-01,1,5\n\nS-2,C-1,,soon,1,5\n'
	assert problems(export(tmp_path, text)) == [
		'Sales Invoice.csv, line 5, column "Date": expected a date such as 2025-03-31, found "soon"'
	]


def test_missing_column_is_told_with_what_the_file_has(tmp_path):
	text = "ID,Customer,Date,Net Total\nS-1,C-1,2025-01-01,5\n"
	assert problems(export(tmp_path, text)) == [
		'Sales Invoice.csv, line 1: expected a column "Net Amount (Company Currency) (Items)" (field base_net_amount) '
		"in the Sales Invoice file, found the columns ID, Customer, Date, Net Total"
	]


@pytest.mark.parametrize(
	("old", "new", "expected"),
	[
		("SINV-2,C-2,", "SINV-2,,", 'line 4, column "Customer": expected a value, found an empty cell'),
		("SINV-2,C-2,", ",C-2,", 'line 4, column "ID": expected the number of the document'),
		("2025-02-01", "", 'line 4, column "Date": expected a date such as 2025-03-31, found an empty cell'),
		(",-1,-100.00", ",-1,", "found an empty cell"),
		(
			"Return,1",
			"Return,maybe",
			'column "Is Return (Credit Note)": expected 0 or 1 (or Yes / No), found "maybe"',
		),
		("EUR,1.0,I-1,Pumps,2", "EUR,1.0,I-1,Pumps,2,9,9,9,9", "line 2: expected 15 cells as in the heading"),
		(",Date,", ",Customer,", "expected each column once"),
		(",Date,", ",Day,", 'expected a column "Date" (field posting_date)'),
	],
)
def test_what_can_be_wrong_with_invoices(tmp_path, old, new, expected):
	assert old in INVOICES
	assert any(expected in text for text in problems(export(tmp_path, INVOICES.replace(old, new, 1))))


def test_one_document_has_one_customer_and_one_date(tmp_path):
	text = (
		"name,customer,posting_date,docstatus,base_net_amount\n"
		"S-1,C-1,2025-01-01,1,5\nS-1,C-2,2025-01-01,1,5\nS-1,C-1,2025-01-09,1,5\n"
	)
	assert problems(export(tmp_path, text)) == [
		'Sales Invoice.csv, line 3, column "customer": expected the same in all lines of S-1 (C-1), found "C-2"',
		'Sales Invoice.csv, line 4, column "posting_date": expected the same in all lines of S-1 (2025-01-01), '
		'found "2025-01-09"',
	]


def test_unknown_docstatus(tmp_path):
	text = "name,customer,posting_date,docstatus,base_net_amount\nS-1,C-1,2025-01-01,3,5\n"
	assert problems(export(tmp_path, text)) == [
		'Sales Invoice.csv, line 2, column "docstatus": expected 0 (draft), 1 (submitted) or 2 (cancelled), found "3"'
	]


def test_customer_twice(tmp_path):
	found = problems(export(tmp_path, customers=CUSTOMERS + "C-2,Again,Clinics,South,0,\n"))
	assert found == [
		'Customer.csv, line 6, column "ID": expected each customer once (this one is also in Customer.csv, line 3), '
		'found "C-2"'
	]


def test_territory_above_itself(tmp_path):
	folder = export(tmp_path)
	(folder / "Territory.csv").write_text("ID,Parent Territory\nA,B\nB,A\n")
	assert "A is above itself" in problems(folder)[0]


def test_at_most_twenty_problems_are_shown_and_all_are_counted(tmp_path):
	rows = "".join(f"S-{n},C-1,2025-01-01,1,x{n}\n" for n in range(30))
	folder = export(tmp_path, "name,customer,posting_date,docstatus,base_net_amount\n" + rows)
	with pytest.raises(DataError) as caught:
		dataset.load(folder)
	text = str(caught.value)
	assert caught.value.total == 30
	assert text.startswith("30 problems in the data:")
	assert text.count("Sales Invoice.csv, line") == 20
	assert text.endswith("... and 10 more")


def test_numbers_of_two_conventions_in_one_file(tmp_path):
	text = "name,customer,posting_date,docstatus,base_net_amount\n" + "".join(
		f'S-{n},C-1,2025-01-01,1,"{amount}"\n' for n, amount in enumerate(["1.234,50", "10,50", "99.50"])
	)
	assert problems(export(tmp_path, text)) == [
		'Sales Invoice.csv, line 4, column "base_net_amount": expected a number with a decimal comma like the others in '
		'this file, found "99.50"'
	]


@pytest.mark.parametrize(
	("content", "expected"),
	[
		(b"", "found an empty file"),
		(b"\x81\x8d\xff garbage", "expected text in UTF-8-SIG or CP1252"),
		(b'name,customer\n"open,x\n', "found the columns name, customer"),
	],
)
def test_files_that_are_no_tables(tmp_path, content, expected):
	folder = export(tmp_path)
	(folder / "Sales Invoice.csv").write_bytes(content)
	assert any(expected in text for text in problems(folder))


def test_broken_parquet(tmp_path):
	(tmp_path / "Sales Invoice.parquet").write_bytes(b"PAR1 not really")
	assert problems(tmp_path) == ["Sales Invoice.parquet: expected a Parquet file, found something else"]


def test_no_folder_and_no_invoices(tmp_path):
	with pytest.raises(InputError, match="no such folder"):
		dataset.load(tmp_path / "nowhere")
	(tmp_path / "notes.csv").write_text("a,b\n")
	with pytest.raises(InputError, match=r'"Sales Invoice.csv".*The folder has: notes.csv'):
		dataset.load(tmp_path)


def test_two_companies_have_to_be_told_apart(tmp_path):
	folder = export(tmp_path, INVOICES.replace("SINV-2,C-2,2025-02-01,Acme", "SINV-2,C-2,2025-02-01,Other"))
	with pytest.raises(InputError, match=r"2 companies \(Acme, Other\).*--company"):
		dataset.load(folder)
	assert sales(dataset.load(folder, company="Other")) == {"C-2": 80.05}
	data = dataset.load(folder, company="Acme")
	assert sales(data) == {"C-1": 200.10, "C-2": 40.0}
	assert data.excluded["company"] == (1, 1)
	with pytest.raises(InputError, match='no invoice of the company "Nobody"'):
		dataset.load(folder, company="Nobody")


def test_headings_only_give_an_empty_data_set(tmp_path):
	data = dataset.load(export(tmp_path, HEADER + "\n"))
	assert len(data.lines) == 0
	assert len(data.customers) == 4


def test_customer_field_of_the_criteria_is_read_or_asked_for(tmp_path):
	customers = "ID,Customer Name,Number of Beds\nC-1,A,120\nC-2,B,\n"
	data = dataset.load(export(tmp_path, customers=customers), fields=["number_of_beds"])
	assert data.customers.set_index("customer")["number_of_beds"].to_dict()["C-1"] == 120.0
	with pytest.raises(InputError, match='customer field "staff"'):
		dataset.load(export(tmp_path, customers=customers), fields=["staff"])
	bad = customers.replace("120", "many")
	assert problems(export(tmp_path, customers=bad), fields=["number_of_beds"]) == [
		'Customer.csv, line 2, column "Number of Beds": expected a number such as 1234.56, found "many"'
	]
