"""Monthly targets of sales people from a CSV or Excel file into ERPNext's own targets and Monthly Distributions.

The file has a column for the year, one for the employee or sales person, and M01 to M12; empty cells and NULL mean that
there is no target. What is wrong is told by line and column. Nothing is stored unless everything can be.
"""

import csv
import io
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.utils import cstr, flt
from frappe.utils.xlsxutils import read_xlsx_file_from_attached_file

from kam_erpnext.data.plan_figures import MONTH_NAMES, distribution
from kam_erpnext.data.windows import fiscal_years
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.targets import spread
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.offline.values import is_empty, number, number_style

MONTHS = tuple(f"M{month:02d}" for month in range(1, 13))
YEAR_NAMES = ("year",)
PERSON_NAMES = ("employeeid", "employee", "employeenumber", "salesperson", "person")
MAXIMUM = 5000
FIRST_YEAR, LAST_YEAR = 1980, 2199


@dataclass
class Line:
	"""One line of the file that can be loaded: target of a sales person by month, in units of currency."""

	line: int
	person: str
	sales_person: str
	year: int
	months: dict[date, float]

	@property
	def total(self) -> float:
		return flt(sum(self.months.values()), 2)


@dataclass
class Targets:
	"""What a file holds: lines that can be loaded, problems, and how many lines have no target at all."""

	lines: list[Line] = field(default_factory=list)
	problems: list[dict] = field(default_factory=list)
	without: int = 0

	def problem(self, line: int, column: str, message: str):
		self.problems.append({"line": line, "column": column, "message": message})


def read(content: bytes, filename: str, factor: float = 1.0) -> Targets:
	"""Reads a file; `factor` is what a number in it stands for, 1000 when it is in thousands."""
	factor = flt(factor)
	if not factor > 0 or math.isinf(factor):
		frappe.throw(
			_("The factor must be a number above 0, for example 1000 when the file is in thousands.")
		)
	rows = _rows(content, filename)
	found = Targets()
	if not rows:
		frappe.throw(_("{0} is empty.").format(filename))
	columns = _columns(rows[0][1])
	if len(rows) - 1 > MAXIMUM:
		frappe.throw(_("{0} has more than {1} lines. Please load it in parts.").format(filename, MAXIMUM))
	numbers = [cell for _line, row in rows[1:] for cell in _months_of(row, columns)]
	style = number_style(numbers, ".")
	people, years = _People(), _Years()
	seen: dict[tuple[str, str], int] = {}
	for line, row in rows[1:]:
		_read_line(found, line, row, columns, style, factor, people, years, seen)
	return found


def _rows(content: bytes, filename: str) -> list[tuple[int, list]]:
	"""Lines with their numbers in the file; empty ones are left out."""
	if not content:
		return []
	if filename.lower().endswith(".xlsx"):
		try:
			rows = read_xlsx_file_from_attached_file(fcontent=content)
		except Exception:
			frappe.throw(
				_("{0} cannot be read as an Excel file. Please save it as .xlsx or .csv.").format(filename)
			)
	elif filename.lower().endswith((".csv", ".txt", ".tsv")):
		rows = _csv(content)
	else:
		frappe.throw(_("{0} is neither a .csv nor an .xlsx file.").format(filename))
	return [(line, row) for line, row in enumerate(rows, 1) if any(cstr(cell).strip() for cell in row)]


def _csv(content: bytes) -> list[list[str]]:
	for encoding in ("utf-8-sig", "cp1252"):
		try:
			text = content.decode(encoding)
			break
		except UnicodeDecodeError:
			continue
	else:
		frappe.throw(_("The file cannot be read as text. Please save it as CSV in UTF-8."))
	first = text.split("\n", 1)[0]
	delimiter = max(",;\t", key=first.count)
	reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
	try:
		return list(reader)
	except csv.Error as error:
		frappe.throw(_("Line {0}: the line cannot be read ({1}).").format(reader.line_num, error))


def _columns(header: list) -> dict[str, int]:
	"""Place of each column by `year`, `person` and M01 to M12."""
	names = ["".join(ch for ch in cstr(cell).lower() if ch.isalnum()) for cell in header]
	found: dict[str, int] = {}
	for key, words in (("year", YEAR_NAMES), ("person", PERSON_NAMES)):
		place = next((names.index(word) for word in words if word in names), None)
		if place is not None:
			found[key] = place
	for month in MONTHS:
		place = next(
			(names.index(word) for word in (month.lower(), f"m{int(month[1:])}") if word in names), None
		)
		if place is not None:
			found[month] = place
	missing = [
		title
		for key, title in (("year", "Year"), ("person", "EmployeeID"), *((month, month) for month in MONTHS))
		if key not in found
	]
	if missing:
		frappe.throw(
			_(
				"The first line must name the columns Year, EmployeeID (or Sales Person) and M01 to M12. Missing: {0}."
			).format(", ".join(missing))
		)
	twice = sorted({names[place] for place in found.values() if names.count(names[place]) > 1})
	if twice:
		frappe.throw(_("The first line names a column twice: {0}.").format(", ".join(twice)))
	return found


def _cell(row: list, place: int):
	return row[place] if place < len(row) else None


def _months_of(row: list, columns: dict[str, int]) -> list:
	return [_cell(row, columns[month]) for month in MONTHS]


def _read_line(found, line, row, columns, style, factor, people, years, seen):
	before = len(found.problems)
	year = _year(found, line, _cell(row, columns["year"]))
	person = _plain(_cell(row, columns["person"]))
	sales_person = None
	if not person:
		found.problem(line, "EmployeeID", _("There is no employee or sales person."))
	else:
		sales_person, why = people.find(person)
		if not sales_person:
			found.problem(line, "EmployeeID", why)
	months: dict[date, float] = {}
	for number_of_month, (name, cell) in enumerate(zip(MONTHS, _months_of(row, columns), strict=True), 1):
		value = _amount(found, line, name, cell, style)
		if value and year:
			months[date(year, number_of_month, 1)] = value * factor
	if year and months:
		for month in (min(months), max(months)):
			if not years.of(month):
				found.problem(
					line,
					"Year",
					_("There is no Fiscal Year for {0}. Please create it first.").format(
						month.strftime("%m/%Y")
					),
				)
				break
	if year and sales_person:
		first = seen.setdefault((sales_person, cstr(year)), line)
		if first != line:
			found.problem(
				line,
				"EmployeeID",
				_("{0} has a line for {1} already: line {2}. Please keep one of them.").format(
					sales_person, year, first
				),
			)
	if len(found.problems) > before:
		return
	if not months:
		found.without += 1
		return
	found.lines.append(Line(line, person, sales_person, year, months))


def _plain(cell) -> str:
	"""An identifier as text; a spreadsheet keeps numbers as 61161660.0."""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	return "" if is_empty(cell) else cstr(cell).strip()


def _year(found: Targets, line: int, cell) -> int | None:
	text = _plain(cell)
	if text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR:
		return int(text)
	found.problem(line, "Year", _("{0} is not a year such as 2026.").format(text or _("An empty cell")))
	return None


def _amount(found: Targets, line: int, column: str, cell, style) -> float | None:
	if is_empty(cell):
		return None
	try:
		value = number(cell, style)
	except ValueError:
		value = None
	if value is None or not math.isfinite(value):
		found.problem(line, column, _("{0} is not a number.").format(cstr(cell).strip()[:60]))
		return None
	if value < 0:
		found.problem(
			line, column, _("{0} is below 0; a target cannot be negative.").format(cstr(cell).strip()[:60])
		)
		return None
	return value


class _People:
	"""Sales people by name, by their employee and by the number of the employee."""

	def __init__(self):
		person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
		rows = (
			frappe.qb.from_(person)
			.left_join(employee)
			.on(employee.name == person.employee)
			.select(person.name, person.employee, employee.employee_number, person.enabled)
			.run(as_dict=True)
		)
		self.found: dict[str, set[str]] = defaultdict(set)
		for row in rows:
			for key in (row.name, row.employee, row.employee_number):
				if key:
					self.found[cstr(key).strip().lower()].add(row.name)
		self.employees = {
			cstr(key).strip().lower(): name
			for name, key_number in frappe.get_all(
				"Employee", fields=["name", "employee_number"], as_list=True, order_by="name"
			)
			for key in (name, key_number)
			if key
		}

	def find(self, text: str) -> tuple[str | None, str]:
		names = self.found.get(text.lower(), set())
		if len(names) == 1:
			return next(iter(names)), ""
		if names:
			return None, _("{0} stands for several sales people: {1}.").format(text, ", ".join(sorted(names)))
		if text.lower() in self.employees:
			return None, _(
				"No sales person is linked to employee {0}. Please enter the employee in the Sales Person."
			).format(self.employees[text.lower()])
		return None, _(
			"There is no sales person, and no employee of a sales person, with the number or name {0}."
		).format(text)


class _Years:
	"""Fiscal years of the company by month."""

	def __init__(self):
		self.company = default_company()
		self.known: dict[date, tuple | None] = {}

	def of(self, month: date) -> tuple | None:
		"""Name and period of the fiscal year of a month; None when there is none."""
		if month not in self.known:
			try:
				self.known[month] = fiscal_years(month, self.company, 1)[0]
			except frappe.ValidationError:
				frappe.clear_last_message()
				self.known[month] = None
		return self.known[month]


# ---------------------------------------------------------------- storing


def load(found: Targets, item_group: str | None = None) -> list[dict]:
	"""Stores the lines as targets of their sales people. Returns `sales_person, fiscal_year, amount, before` of each.

	A target of the same person, fiscal year and item group is replaced. Raises an error that names the line when a form
	refuses it; the caller's transaction then keeps nothing.
	"""
	years = _Years()
	by_person: dict[str, dict[str, dict[date, float]]] = defaultdict(lambda: defaultdict(dict))
	line_of: dict[str, int] = {}
	told: dict[str, set[int]] = defaultdict(set)
	for line in found.lines:
		line_of.setdefault(line.sales_person, line.line)
		told[line.sales_person].add(line.year)
		for month, amount in line.months.items():
			by_person[line.sales_person][years.of(month)[0]][month] = amount
	result = []
	for person, targets in by_person.items():
		document = frappe.get_doc("Sales Person", person, for_update=True)
		for fiscal_year, months in targets.items():
			same = _same(document, fiscal_year, item_group)
			# a fiscal year may reach into calendar years the file says nothing about
			span = years.of(min(months))[1]
			kept = _months(same, span)
			months = {
				**{month: amount for month, amount in kept.items() if month.year not in told[person]},
				**months,
			}
			amount = flt(sum(months.values()), 2)
			name = _distribution(person, fiscal_year, item_group, months)
			before = sum(flt(row.target_amount) for row in same) if same else None
			_put(document, same, fiscal_year, item_group, amount, name)
			result.append(
				{"sales_person": person, "fiscal_year": fiscal_year, "amount": amount, "before": before}
			)
		try:
			# the caller has checked that the user may load targets; sales operations hold no right on Sales Person
			document.save(ignore_permissions=True)
		except frappe.ValidationError as error:
			frappe.throw(_("Line {0}, {1}: {2}").format(line_of[person], person, error), type(error))
	return result


def _same(document, fiscal_year: str, item_group: str | None) -> list:
	"""Targets a sales person has for a fiscal year and item group."""
	return [
		row
		for row in document.targets
		if row.fiscal_year == fiscal_year and (row.item_group or "") == (item_group or "")
	]


def _months(rows: list, span: Period) -> dict[date, float]:
	"""What targets say for the months of their fiscal year."""
	sums: dict[date, float] = defaultdict(float)
	for row in rows:
		percentages = distribution(row.distribution_id) if row.distribution_id else None
		try:
			parts = spread(max(flt(row.target_amount), 0.0), span, percentages)
		except ValueError:  # a distribution without a percentage
			parts = spread(max(flt(row.target_amount), 0.0), span)
		for month, amount in parts.items():
			sums[month] += float(amount)
	return {month: amount for month, amount in sums.items() if amount}


def _put(document, same: list, fiscal_year: str, item_group: str | None, amount: float, name: str):
	"""Enters a target, instead of those there are."""
	values = {
		"fiscal_year": fiscal_year,
		"item_group": item_group or None,
		"target_amount": amount,
		"distribution_id": name,
	}
	if same:
		same[0].update(values)
		for row in same[1:]:
			document.remove(row)
	else:
		document.append("targets", values)


def _distribution(person: str, fiscal_year: str, item_group: str | None, months: dict[date, float]) -> str:
	"""The Monthly Distribution of a target, written anew."""
	parts = [person, fiscal_year, *([item_group] if item_group else [])]
	name = " · ".join(parts)[:140]
	total = sum(months.values())
	shares = {month.month: 100.0 * amount / total for month, amount in months.items()}
	if frappe.db.exists("Monthly Distribution", name):
		document = frappe.get_doc("Monthly Distribution", name)
	else:
		document = frappe.new_doc("Monthly Distribution")
		document.distribution_id = name
	document.fiscal_year = fiscal_year
	document.set(
		"percentages",
		[
			{"month": title, "percentage_allocation": shares.get(number_of_month, 0.0)}
			for number_of_month, title in enumerate(MONTH_NAMES, 1)
		],
	)
	# as for the sales person; a Monthly Distribution is otherwise a matter of the accounts department
	document.save(ignore_permissions=True)
	return document.name
