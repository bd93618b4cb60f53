"""Data Import of wallets and market estimates: faulty lines are set aside, named by line and column, the rest is imported.

Frappe refuses a whole file for one unknown name, and reads a number it does not understand as 0. Before an import
starts, a copy of the file takes its place in which the faulty lines are empty: the lines keep their numbers. What was set
aside is attached as a file of its own, with the reason beside each line; corrected, it can be imported as it is. Files
are read as spreadsheet programs write them: with a byte order mark, with semicolons or tabs, with dates that are dates.
"""

import csv
import io
import re
from datetime import datetime, time

import frappe
from frappe import _
from frappe.core.doctype.data_import.importer import INVALID_VALUES, ImportFile, get_user_format
from frappe.utils import cstr, escape_html, flt, strip_html
from frappe.utils.data import get_number_format_info

from kam_erpnext import compat

# doctype -> fields of which at least one tells something; a line of a list without any of them was left empty
IMPORTED = {
	"Key Account Wallet": (
		"wallet", "wallet_known", "our_rank", "blocked_reason", "supplier_kind", "competitor", "amount", "state",
	),
	"Market Estimate": ("market_value", "market_units"),
}  # fmt: skip
NUMBERS = ("Currency", "Float", "Percent", "Int")
PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
YES_OR_NO = ("0", "1", "0.0", "1.0", "t", "f", "true", "false", "yes", "no", "y", "n")  # as Frappe reads them
MARK = "\ufeff"  # tells spreadsheet programs that a text is UTF-8
SHOWN = 20


def before_validate(doc, method=None):
	"""Refuses a file that cannot be read at all: Frappe ends with an error of the library it reads files with."""
	if (
		doc.reference_doctype not in IMPORTED
		or not doc.import_file
		or not doc.has_value_changed("import_file")
	):
		return
	try:
		sheet = Sheet(doc.reference_doctype, doc.import_file, None, doc.import_type)
		if not compat.imports_cells_of_any_kind_as_names():
			refuse_what_is_no_name(sheet)
		doc.set_payload_count()  # as Frappe does next
	except (frappe.ValidationError, frappe.PermissionError):
		raise
	except Exception:  # whatever the libraries raise for files that are not what their name says
		frappe.throw(
			_("Import File: {0} cannot be read. Please save it as .xlsx, or as .csv in UTF-8.").format(
				escape_html(doc.import_file.rsplit("/", 1)[-1])
			),
			title=_("Data Import"),
		)


def refuse_what_is_no_name(sheet):
	"""Names the first cell that holds a date, a time or a fraction where the name of a record belongs."""
	names = [column for column in sheet.columns if column.df and column.df.fieldtype == "Link"]
	for row in sheet.data:
		for column in names:
			value = row.data[column.index] if column.index < len(row.data) else None
			if value is not None and not isinstance(value, (str, int)):
				frappe.throw(
					_(
						"Line {0}, column {1}: {2} is not a name. Please format the cell as text and write the name"
						" of a record there."
					).format(
						row.row_number, escape_html(cstr(column.header_title)), escape_html(cstr(value))
					),
					title=_("Data Import"),
				)


def on_update(doc, method=None):
	"""Sets faulty lines aside before the import of a file starts."""
	if doc.reference_doctype not in IMPORTED or not doc.import_file or doc.status != "Pending":
		return
	options = frappe.parse_json(doc.template_options or "{}")
	checked = CheckedFile(doc.reference_doctype, doc.import_file, options, doc.import_type)
	if not checked.problems and not checked.changed:
		return
	if not checked.good_lines:
		frappe.throw(
			_("Nothing in this file can be imported.") + problem_list(checked.problems),
			title=_("Data Import"),
		)
	faulty = None
	if checked.problems:
		faulty = attach(doc, "to-correct", checked.faulty_rows())
	ready = attach(doc, "ready", checked.ready_rows())
	doc.db_set(
		{"import_file": ready.file_url, "payload_count": checked.good_documents, "template_warnings": ""}
	)
	if faulty:
		text = _(
			"Lines set aside: {0}. They stand in the attached file {1}: correct them and import that file. The other {2} can be imported now, from the file {3}."
		).format(
			len({problem["line"] for problem in checked.problems}),
			file_link(faulty),
			checked.good_documents,
			file_link(ready),
		)
		listed = problem_list(checked.problems)
		# the form shows it as long as this file is the one to import
		doc.add_comment("Info", f"{text}{listed}")
		frappe.msgprint(f"{text}{listed}", title=_("Faulty Lines"), indicator="orange")


def file_link(file) -> str:
	return f'<a href="{escape_html(file.file_url)}">{escape_html(file.file_name)}</a>'


def problem_list(problems: list[dict]) -> str:
	"""The problems as a list, the first ones of many."""
	lines = [
		"<li>"
		+ _("Line {0}, {1}: {2}").format(
			problem["line"], frappe.bold(escape_html(problem["column"])), escape_html(problem["message"])
		)
		+ "</li>"
		for problem in problems[:SHOWN]
	]
	if len(problems) > SHOWN:
		lines.append("<li>" + _("and {0} more").format(len(problems) - SHOWN) + "</li>")
	return f"<ul>{''.join(lines)}</ul>"


def attach(doc, suffix: str, rows: list[list]):
	stem = re.sub(r"(-(ready|to-correct)[0-9a-f]{0,6})?\.\w+$", "", doc.import_file.rsplit("/", 1)[-1])
	stream = io.StringIO()
	csv.writer(stream).writerows([shown(value) for value in row] for row in rows)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{stem}-{suffix}.csv",
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"is_private": 1,
			"content": (MARK if suffix == "to-correct" else "") + stream.getvalue(),
		}
	)
	# the importer may attach to his own import, whatever his rights on files are
	return file.insert(ignore_permissions=True)


class Sheet(ImportFile):
	"""Frappe's reader for files as they come out of a spreadsheet program. `rewritten`: Frappe itself cannot read it."""

	rewritten = False

	def read_content(self, content, extension):
		"""The rows; a text separated by semicolons or tabs is told by a heading that is a single column otherwise."""
		if extension != "csv":
			return super().read_content(content, extension)
		mark = MARK if isinstance(content, str) else MARK.encode()
		plain = content.removeprefix(mark)
		rows = super().read_content(plain, extension)
		self.rewritten = plain != content
		heading = next((row for row in rows if any(row)), [""])
		separator = next((sign for sign in ";\t" if sign in cstr(heading[0])), None)
		if not separator or any(heading[1:]):
			return rows
		self.rewritten = True
		text = plain if isinstance(plain, str) else plain.decode("utf-8", "replace")
		return [
			[cell.strip() or None for cell in row]
			for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
		]


class CheckedFile:
	"""A file for Data Import, read with Frappe's own reader, and what is wrong with its lines.

	`problems`: dicts `line, column, message`; `good_lines`: row numbers that can be imported; `changed`: numbers were
	rewritten or empty lines left out.
	"""

	def __init__(self, doctype: str, file: str, options, import_type: str):
		self.doctype = doctype
		self.is_new = import_type == "Insert New Records"
		self.file = Sheet(doctype, file, frappe._dict(options) if options else None, import_type)
		self.problems: list[dict] = []
		self.rows = [list(row) for row in self.file.raw_data]
		self.changed = self.file.rewritten
		self.good_lines: set[int] = set()
		self.good_documents = 0
		self.columns = [column for column in self.file.columns if column.df and not column.skip_import]
		self.payloads = self.file.get_payloads_for_import() if self.columns else []
		self.problems += self.missing_columns()
		if not self.problems:
			self.check()

	def missing_columns(self) -> list[dict]:
		"""Columns without which no line can be imported."""
		given = {column.df.fieldname for column in self.columns if column.df.parent == self.doctype}
		if not self.is_new:
			missing = [] if "name" in given else [_("ID")]
		else:
			first = (self.payloads[0].doc if self.payloads else None) or {}
			missing = [
				_(df.label)
				for df in frappe.get_meta(self.doctype).get("fields", {"reqd": 1})
				if df.fieldname not in given and not first.get(df.fieldname)
			]
		line = self.file.header.row_number
		return [
			{"line": line, "column": label, "message": _("this column is missing in the heading")}
			for label in missing
		]

	def check(self):
		for payload in self.payloads:
			problems = [
				problem
				for place, row in enumerate(payload.rows)
				for problem in self.problems_of(row, payload.doc, first=place == 0)
			]
			lines = [row.row_number for row in payload.rows]
			if problems:
				self.problems += problems
			elif self.is_new and self.is_left_empty(payload):
				self.changed = True
			else:
				self.good_lines.update(lines)
				self.good_documents += 1

	def problems_of(self, row, doc, first: bool) -> list[dict]:
		found = []
		for warning in row.warnings:
			if warning.get("type") == "info":
				continue
			column = self.column_of(warning)
			if column:
				value = row.data[column.index]
				found.append(self.problem(row, column.header_title, message_for(column, value, warning)))
			else:
				label = frappe.parse_json(warning.get("field") or "{}").get("label")
				found.append(self.problem(row, label or _("the whole line"), strip_html(warning["message"])))
		for column in self.columns:
			if column.index >= len(row.data):
				continue
			value = row.data[column.index]
			if value in INVALID_VALUES:
				if first and self.is_needed(column.df) and not doc.get(column.df.fieldname):
					found.append(self.problem(row, column.header_title, _("is empty")))
			elif message := self.number_problem(row, column, value):
				found.append(self.problem(row, column.header_title, message))
			elif not self.is_new and column.df.fieldname == "name" and column.df.parent == self.doctype:
				if not frappe.db.exists(self.doctype, value):
					message = _("there is no {0} {1}").format(_(self.doctype), value)
					found.append(self.problem(row, column.header_title, message))
		return found

	def is_needed(self, df) -> bool:
		return df.parent == self.doctype and bool(df.reqd if self.is_new else df.fieldname == "name")

	def number_problem(self, row, column, value) -> str | None:
		"""What is wrong with a number; one in the format of the site is rewritten as Frappe reads it."""
		if column.df.fieldtype == "Check" and cstr(value).strip().lower() not in YES_OR_NO:
			return _("{0} is neither 1 (yes) nor 0 (no)").format(value)
		if column.df.fieldtype not in NUMBERS:
			return None
		number = plain_number(value)
		if number is None:
			return _("{0} is not a number").format(value)
		if column.df.fieldtype == "Int" and flt(number) % 1:
			return _("{0} is not a whole number").format(value)
		if number != value:
			self.rows[row.row_number - 1][column.index] = number
			self.changed = True
		return None

	def problem(self, row, column: str, message: str) -> dict:
		return {"line": row.row_number, "column": cstr(column), "message": message}

	def column_of(self, warning: dict):
		"""The column a warning of Frappe's reader is about."""
		if warning.get("field"):
			field = frappe.parse_json(warning["field"])
			for column in self.columns:
				if column.df.fieldname == field.get("fieldname") and (
					not field.get("parent") or column.df.parent == field["parent"]
				):
					return column
		elif warning.get("col"):
			return self.file.columns[int(warning["col"]) - 1]
		return None

	def is_left_empty(self, payload) -> bool:
		telling = IMPORTED[self.doctype]
		return not any(
			column.df.fieldname in telling and row.data[column.index] not in INVALID_VALUES
			for row in payload.rows
			for column in self.columns
			if column.index < len(row.data)
		)

	def ready_rows(self) -> list[list]:
		"""The file with the other lines emptied, so that every line keeps its number."""
		width = len(self.file.columns)
		head = self.file.header.row_number
		return [
			row if number == head or number in self.good_lines else [""] * width
			for number, row in enumerate(self.rows, start=1)
		]

	def faulty_rows(self) -> list[list]:
		"""What was set aside, as it stood, with line and reason behind it."""
		reasons: dict[int, list[str]] = {}
		for problem in self.problems:
			reasons.setdefault(problem["line"], []).append(f"{problem['column']}: {problem['message']}")
		result = [
			[*(column.header_title for column in self.file.columns), _("Line", context="KAM"), _("Problem")]
		]
		for payload in self.payloads:
			lines = [row.row_number for row in payload.rows]
			if reasons.keys() & set(lines):
				result += [
					[*row.data, row.row_number, "; ".join(reasons.get(row.row_number, ()))]
					for row in payload.rows
				]
		return result


def message_for(column, value, warning: dict) -> str:
	"""What Frappe's reader warns of, in words that say what to enter."""
	df = column.df
	if df.fieldtype == "Link":
		return unknown_name(df.options, value)
	if df.fieldtype == "Select":
		options = ", ".join(option for option in cstr(df.options).split("\n") if option)
		return _("{0} is none of: {1}").format(value, options)
	if df.fieldtype == "Date":
		return _("{0} is not a date like {1}").format(value, get_user_format(column.date_format))
	return strip_html(warning["message"])


def unknown_name(doctype: str, value) -> str:
	"""Says that there is no such record, and which one it may be when its title was entered in place of its ID."""
	title = frappe.get_meta(doctype).title_field
	if title and frappe.has_permission(doctype, "read"):
		found = frappe.get_list(
			doctype, {title: cstr(value)}, pluck="name", order_by="name", limit_page_length=2
		)
		if len(found) == 1:
			return _("{0} is a name; please enter the ID {1}").format(value, found[0])
	return _("there is no {0} {1}").format(_(doctype), value)


def shown(value):
	"""A cell as text: a date without the time a spreadsheet program adds to it."""
	if isinstance(value, datetime):
		return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
	return value


def plain_number(value):
	"""A number as Frappe reads it, from one in the number format of the site; None if it is none."""
	if isinstance(value, (int, float)):
		return value
	text = cstr(value).strip().replace("\u00a0", " ")
	number_format = frappe.db.get_default("number_format") or "#,###.##"
	decimal, group, _digits = get_number_format_info(number_format)
	decimal, group = decimal or ".", group or ","
	sign = re.escape(group)  # the last group has three digits, also where others have two
	grouped = rf"-?\d{{1,3}}({sign}\d{{2,3}})*{sign}\d{{3}}({re.escape(decimal)}\d+)?"
	single = rf"-?\d+({re.escape(decimal)}\d+)?"
	if re.fullmatch(grouped, text) or re.fullmatch(single, text):
		text = text.replace(group, "").replace(decimal, ".")
	if not PLAIN_NUMBER.fullmatch(text):
		return None
	return value if text == value else text
