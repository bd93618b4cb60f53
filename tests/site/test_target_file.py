"""Monthly targets from a file: the real one of AdventureWorks, every kind of mistake, and all or nothing."""

import io

import frappe
import pytest

from kam_erpnext.api import performance as api
from kam_erpnext.data import performance as p
from kam_erpnext.data import target_file
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_performance import YEAR, ask, figures, total

HEAD = "Year,EmployeeID,M01,M02,M03,M04,M05,M06,M07,M08,M09,M10,M11,M12"
NULLS = ",NULL" * 11


@pytest.fixture
def anna():
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
	return b.ensure_sales_person("Anna Target")


def make_employee(first, last, number, sales_person):
	gender = frappe.get_all("Gender", pluck="name", limit=1)[0]
	employee = frappe.get_doc(
		{
			"doctype": "Employee",
			"first_name": first,
			"last_name": last,
			"employee_number": number,
			"company": b.COMPANY,
			"gender": gender,
			"date_of_birth": "1980-01-01",
			"date_of_joining": "2015-01-01",
			"status": "Active",
		}
	).insert()
	frappe.db.set_value("Sales Person", sales_person, "employee", employee.name)
	return employee.name


def read(*lines, head=HEAD, factor=1, name="targets.csv"):
	return target_file.read("\n".join([head, *lines]).encode(), name, factor)


def problems(found):
	return [(problem["line"], problem["column"]) for problem in found.problems]


def upload(content, name="targets.csv"):
	return (
		frappe.get_doc({"doctype": "File", "file_name": name, "content": content, "is_private": 1})
		.insert()
		.name
	)


# ---------------------------------------------------------------- real input


def test_the_targets_of_adventureworks(adventureworks):
	frappe.db.set_single_value("KAM Settings", "company", adventureworks.COMPANY)
	for row in adventureworks.read("employees.csv"):
		name = f"{row['FirstName']} {row['LastName']}"
		make_employee(row["FirstName"], row["LastName"], row["EmployeeID"], name)
	content = (adventureworks.folder() / "sales_targets.csv").read_bytes()
	file = upload(content)
	found = api.check_targets(file, 1000)
	assert problems(frappe._dict(found)) == [(4, "EmployeeID")]  # the vice president's line
	assert "112432117" in found["problems"][0]["message"]
	assert (len(found["lines"]), found["without"]) == (33, 0)
	assert api.load_targets(file, 1000)["stored"] == []
	assert not frappe.db.count("Target Detail", {"parenttype": "Sales Person"})
	stored = api.load_targets(file, 1000, leave_out=True)["stored"]
	by_person = {(row["sales_person"], row["fiscal_year"]): row["amount"] for row in stored}
	assert by_person[("Jae Pak", "2019")] == 3_350_000
	expected = {}
	for row in adventureworks.read("sales_targets.csv"):
		if row["Year"] != "2019":
			continue
		for month in range(1, 13):
			cell = row[f"M{month:02d}"]
			if cell not in ("", "NULL"):
				expected[month] = expected.get(month, 0) + 1000 * float(cell)
	facts = ask(p.SALES_PERSON, companies=(adventureworks.COMPANY,), targets_from=p.ERPNEXT)
	monthly = facts.frame.groupby("period")["target"].sum()
	assert {number + 1: round(value, 2) for number, value in monthly.items() if value} == expected
	again = api.load_targets(file, 1000, leave_out=True)["stored"]
	assert all(row["before"] == row["amount"] for row in again) and len(again) == len(stored)
	assert total(
		ask(p.SALES_PERSON, companies=(adventureworks.COMPANY,), targets_from=p.ERPNEXT), "target"
	) == (pytest.approx(sum(expected.values())))


# ---------------------------------------------------------------- what is wrong is named


def test_every_problem_has_its_line_and_column(anna):
	found = read(
		f"2019,{anna},100{NULLS}",
		f"2019,Nobody,100{NULLS}",
		f"2019,{anna},5{NULLS}",
		f"2020,{anna},many,-3{',NULL' * 10}",
		f"soon,{anna},1{NULLS}",
		f"2021,,1{NULLS}",
		f"2022,{anna}{',NULL' * 12}",
		f"2023,{anna},nan,1{',' * 9}",
		f"1990,{anna},1{NULLS}",
	)
	assert problems(found) == [
		(3, "EmployeeID"),
		(4, "EmployeeID"),
		(5, "M01"),
		(5, "M02"),
		(6, "Year"),
		(7, "EmployeeID"),
		(10, "Year"),
	]
	assert "line 2" in found.problems[1]["message"] and "Fiscal Year" in found.problems[-1]["message"]
	assert found.without == 1
	assert [(line.line, line.total) for line in found.lines] == [(2, 100), (9, 1)]


@pytest.mark.parametrize(
	("content", "name", "message"),
	[
		(b"", "targets.csv", "empty"),
		(b"Year,EmployeeID,M01", "targets.csv", "M02"),
		(HEAD.encode() + b",M01", "targets.csv", "twice"),
		(b"not a workbook", "targets.xlsx", "Excel"),
		(HEAD.encode(), "targets.pdf", "neither"),
	],
)
def test_files_that_cannot_be_read(anna, content, name, message):
	with pytest.raises(frappe.ValidationError, match=message):
		target_file.read(content, name)


def test_a_factor_must_be_above_zero(anna):
	for factor in (0, -1, float("inf")):
		with pytest.raises(frappe.ValidationError, match="factor"):
			read(f"2019,{anna},1{NULLS}", factor=factor)


def test_spreadsheets_semicolons_and_decimal_commas(anna):
	from openpyxl import Workbook

	found = read(f"2019;{anna};1.234,5{';NULL' * 11}", head=HEAD.replace(",", ";"))
	assert found.lines[0].total == 1234.5
	book = Workbook()
	book.active.append(HEAD.split(","))
	book.active.append([2019, anna, 10.5, None, "NULL", *[1] * 9])
	stream = io.BytesIO()
	book.save(stream)
	found = target_file.read(stream.getvalue(), "targets.xlsx", 10)
	assert (found.lines[0].total, found.problems) == (195, [])


def test_an_employee_number_of_two_sales_people_is_not_guessed(anna):
	ben = b.ensure_sales_person("Ben Target")
	employee = make_employee("Anna", "Target", "T-77", anna)
	frappe.db.set_value("Sales Person", ben, "employee", employee)
	assert "several" in read(f"2019,T-77,1{NULLS}").problems[0]["message"]
	frappe.db.set_value("Sales Person", {"name": ["in", (anna, ben)]}, "employee", None)
	assert "linked" in read(f"2019,T-77,1{NULLS}").problems[0]["message"]


# ---------------------------------------------------------------- storing


def test_a_target_replaces_only_the_one_of_its_year_and_item_group(anna):
	group = b.ensure_item_group("Target Pumps")
	target_file.load(read(f"2019,{anna},100,200{',NULL' * 10}"))
	target_file.load(read(f"2019,{anna},50{NULLS}"), group)
	stored = target_file.load(read(f"2019,{anna},10{NULLS}"))
	assert [(row["amount"], row["before"]) for row in stored] == [(10, 300)]
	rows = frappe.get_all("Target Detail", {"parent": anna}, ["item_group", "target_amount"], order_by="idx")
	assert [(row.item_group, row.target_amount) for row in rows] == [(None, 10), (group, 50)]
	facts = ask(p.SALES_PERSON, targets_from=p.ERPNEXT)
	assert figures(facts, "target") == {anna: 60}


@pytest.fixture
def april():
	"""Fiscal years that begin in April, instead of those of the site."""
	frappe.db.delete("Fiscal Year", {"year_start_date": ["between", ["2018-01-01", "2021-01-01"]]})
	frappe.cache.delete_value("fiscal_years")
	yield
	frappe.cache.delete_value("fiscal_years")


def test_a_fiscal_year_across_two_calendar_years_keeps_the_other_one(anna, april):
	for year in (2018, 2019):
		frappe.get_doc(
			{
				"doctype": "Fiscal Year",
				"year": f"April {year}",
				"year_start_date": f"{year}-04-01",
				"year_end_date": f"{year + 1}-03-31",
			}
		).insert()
	target_file.load(read(f"2019,{anna},,,,400,,,,,,,,500"))
	target_file.load(read(f"2020,{anna},30,,,,,,,,,,,"))
	detail = frappe.db.get_value(
		"Target Detail", {"parent": anna, "fiscal_year": "April 2019"}, "target_amount"
	)
	assert detail == 930
	facts = ask(p.SALES_PERSON, targets_from=p.ERPNEXT, period=YEAR)
	assert facts.frame[facts.frame["target"] > 0].set_index("period")["target"].round(2).to_dict() == {
		3: 400,
		11: 500,
	}


def test_nothing_is_kept_when_a_form_refuses_a_target(anna, monkeypatch):
	second = b.ensure_sales_person("Zoe Target")
	from erpnext.setup.doctype.sales_person.sales_person import SalesPerson

	def refuse(document):
		if document.name == second:
			frappe.throw("not this one")

	monkeypatch.setattr(SalesPerson, "validate", refuse)
	frappe.db.savepoint("before_load")
	with pytest.raises(frappe.ValidationError, match="Line 3, Zoe Target: not this one"):
		target_file.load(read(f"2019,{anna},1{NULLS}", f"2019,{second},1{NULLS}"))
	frappe.db.rollback(save_point="before_load")
	assert not frappe.db.exists("Target Detail", {"parent": anna})


def test_who_may_load_targets(anna, as_user):
	file = upload(f"{HEAD}\n2019,{anna},5{NULLS}")
	for role in ("Key Account Manager", "Key Account Director", "KAM Reader"):
		with as_user(k.ensure_role_user(role)), pytest.raises(frappe.PermissionError):
			api.check_targets(file)
		with as_user(k.ensure_role_user(role)), pytest.raises(frappe.PermissionError):
			api.load_targets(file)
	with as_user(k.ensure_role_user("KAM Administrator")):
		with pytest.raises(frappe.PermissionError):  # somebody else's private file
			api.check_targets(file)
		own = upload(f"{HEAD}\n2019,{anna},5{NULLS}", "own.csv")
		assert api.load_targets(own)["stored"][0]["amount"] == 5
		with pytest.raises(frappe.ValidationError, match="Item Group"):
			api.load_targets(own, item_group="No such group")
