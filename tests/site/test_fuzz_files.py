"""Files that people load, with everything that can be wrong in them: monthly targets, wallets and market estimates.

A file is read or refused in words; what is wrong in it is named by line and column; nothing is stored of a file that
holds a mistake unless it may be left out. See `tests.site.fuzzing`.
"""

import io
import json
from pathlib import Path

import frappe
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.engine.wrong_files import NUMBERS, WRONG, wrong_table
from tests.site import builders as b
from tests.site import fuzz_world, fuzzing
from tests.site.fuzz_world import OPERATIONS, YEAR

MONTHS = ",".join(f"M{month:02d}" for month in range(1, 13))
TARGETS = (
	f"Year,EmployeeID,{MONTHS}\n{YEAR},Fuzz Seller{',100' * 12}\n{YEAR},Second Seller,5,,NULL{',1.5' * 9}\n"
)
WALLETS = (
	"Key Account,Item Group,Year,Company,Wallet,As Of,Competitor (Other Suppliers),Amount a Year (Other Suppliers)\n"
	"{account},Fuzz Group 1,2021,{company},1000.5,2021-06-30,Fuzz Rival,200\n"
	"{account},Fuzz Group 2,2021,{company},50,2021-06-30,,\n"
)
MARKETS = (
	"Territory,Company,From,To,Market Value,Market Units\n"
	"{territory},{company},2021-01-01,2021-12-31,1000,\n"
	"{territory},{company},2022-01-01,2022-12-31,,500\n"
)


@pytest.fixture(scope="module")
def world(site_connection):
	with fuzz_world.made() as made, fuzzing.no_jobs():
		for name in ("Fuzz Seller", "Second Seller"):
			b.ensure_sales_person(name)
		made.groups = [b.ensure_item_group(f"Fuzz Group {number}") for number in (1, 2)]
		made.files = {}
		for suffix in ("csv", "xlsx"):
			values = {
				"doctype": "File",
				"file_name": f"fuzz-{frappe.generate_hash(length=8)}.{suffix}",
				"is_private": 1,
			}
			file = frappe.get_doc({**values, "content": f"nothing yet {suffix}"}).insert()
			file.db_set("owner", OPERATIONS)  # who may read it
			made.files[suffix] = file
		frappe.db.commit()
		made.site = fuzzing.Site()
		yield made
		print(f"\nfiles: {dict(made.site.sums())}")
		for file in made.files.values():
			Path(file.get_full_path()).unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def isolation(world):
	"""The whole module is one transaction; every request is undone by itself."""


@st.composite
def workbooks(draw, text):
	"""An Excel file with some wrong cells, formulas, further sheets, or that is none."""
	if draw(st.integers(0, 9)) == 0:
		return draw(
			st.sampled_from([b"", b"PK\x03\x04", b"not a workbook", b"\xd0\xcf\x11\xe0" + b"\0" * 512])
		)
	rows = [line.split(",") for line in text.strip().split("\n")]
	for _ in range(draw(st.integers(0, 2))):
		row = draw(st.sampled_from(rows))
		row[draw(st.integers(0, len(row) - 1))] = draw(
			st.one_of(
				WRONG,
				st.sampled_from(NUMBERS),
				st.booleans(),
				st.integers(-(10**15), 10**15),
				st.dates(),
				st.datetimes(),
			)
		)
	book = Workbook()
	for row in rows:
		cells = [
			cell if not isinstance(cell, str) else "".join(sign for sign in cell if is_storable(sign))
			for cell in row
		]
		book.active.append(cells)
	if draw(st.booleans()):
		book.create_sheet("More").append(["nothing"])
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def is_storable(sign):
	"""Whether an Excel file can hold a sign."""
	return sign in "\t\n\r" or ("\x20" <= sign < "\ud800") or ("\ue000" <= sign < "\ufffe")


def files(text):
	huge = text.replace("100", "1" * 200_000, 1).encode()
	return st.one_of(
		st.tuples(
			st.just("csv"),
			st.one_of(wrong_table(text), wrong_table(text), st.just(huge), st.just(text.encode())),
		),
		st.tuples(st.just("xlsx"), workbooks(text)),
	)


def put(world, suffix, blob):
	file = world.files[suffix]
	Path(file.get_full_path()).write_bytes(blob)
	return file


def test_targets(world):
	@fuzzing.inputs(260, "targets")
	@given(files(TARGETS), st.sampled_from(["1", "1000", "0", "-1", "nan", "1e400", "x"]), st.booleans())
	def ask(sent, factor, leave_out):
		file = put(world, *sent)
		values = {"file": file.name, "factor": factor if factor != "1000" else "1"}
		answer = world.site.send("kam_erpnext.api.performance.check_targets", values, OPERATIONS)
		problems = answer.data["problems"] if answer.accepted else []
		assert all(problem["line"] and problem["column"] and problem["message"] for problem in problems)
		values["leave_out"] = str(int(leave_out))
		stored = []

		def look(answer):
			stored.append(frappe.db.count("Target Detail", {"parenttype": "Sales Person"}))

		loaded = world.site.send("kam_erpnext.api.performance.load_targets", values, OPERATIONS, look=look)
		if not answer.accepted:
			assert not loaded.accepted
		elif problems and not leave_out:
			assert loaded.data["stored"] == [] and stored == [0]
		elif loaded.accepted:
			assert stored == [len(loaded.data["stored"])] and stored != [0]

	ask()


@pytest.mark.parametrize(("doctype", "text"), [("Key Account Wallet", WALLETS), ("Market Estimate", MARKETS)])
def test_lists_for_data_import(world, doctype, text):
	right = text.format(account=world.account, company=world.company, territory=world.territory)

	@fuzzing.inputs(70, doctype)
	@given(files(right))
	def ask(sent):
		file = put(world, *sent)
		with world.site.undone():
			frappe.set_user(OPERATIONS)
			before = frappe.db.count(doctype)
			doc = frappe.get_doc(
				{"doctype": "Data Import", "reference_doctype": doctype, "import_type": "Insert New Records"}
			).insert(ignore_permissions=True)
			frappe.db.commit()
			doc.import_file = file.file_url
			try:
				doc.save(ignore_permissions=True)
			except frappe.ValidationError as error:
				frappe.db.rollback()
				world.site.counts[doctype]["refused"] += 1
				assert fuzzing.told(error)
				assert frappe.db.count(doctype) == before
				return
			frappe.db.commit()
			world.site.counts[doctype]["accepted"] += 1
			doc.get_importer().import_data()
			log = frappe.get_all(
				"Data Import Log",
				{"data_import": doc.name},
				["success", "row_indexes", "messages", "docname", "exception"],
			)
			for row in log:
				assert json.loads(row.row_indexes), row
				if row.success:
					frappe.get_doc(doctype, row.docname).run_method("validate")
				else:
					assert json.loads(row.messages or "[]") or "ValidationError" in (row.exception or ""), (
						row.exception
					)
			assert frappe.db.count(doctype) - before == sum(row.success for row in log)

	ask()


def test_the_files_are_read_when_nothing_is_wrong(world):
	"""The other tests would hold as well if everything was refused."""
	file = put(world, "csv", TARGETS.encode())
	values = {"file": file.name, "factor": "1"}
	assert world.site.send("kam_erpnext.api.performance.load_targets", values, OPERATIONS).data["stored"]
