"""A measure that is read from a Report, with the rights of the reader."""

import json
import re
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import cint, cstr, flt, strip_html

if TYPE_CHECKING:
	from kam_erpnext.data.objectives import Subject

REPORT_TYPES = ("Query Report", "Script Report", "Custom Report")
PLACEHOLDERS = ("company", "key_account", "customer", "customers", "from_date", "to_date")
SUM, AVERAGE, LAST_ROW, NUMBER_OF_ROWS = "Sum", "Average", "Last Row", "Number of Rows"
WORD = re.compile(r"\{(\w+)\}")

# value, documents, explanation, route
Answer = tuple[float | None, int | None, str, dict | None]


def measure_report(measure, subject: "Subject") -> Answer:
	"""Runs the report of a measure and returns its value; never raises: what goes wrong is the explanation."""
	report = measure.report
	if not report or not frappe.db.exists("Report", report):
		return None, None, _("The report {0} no longer exists.").format(report or ""), None
	try:
		filters = fill(parse_filters(measure.report_filters), values_of(subject))
		frappe.get_doc("Report", report).check_permission("read")
		columns, rows = run(report, filters)
		value = take(rows, measure.report_column, measure.report_value)
	except frappe.PermissionError:
		frappe.clear_messages()
		return None, None, _("Not known: you may not see the report {0}.").format(report), None
	except (
		Exception
	) as error:  # reports are written by anybody: whatever they raise is told, not shown as a crash
		frappe.clear_messages()
		return None, None, _("The report {0} could not be read: {1}").format(report, plain(error)), None
	if value is None and measure.report_column not in {column["fieldname"] for column in columns}:
		text = _("The report {0} has no column {1}.").format(report, measure.report_column)
	else:
		text = _("{0} of {1} in the report {2}, rows: {3}, {4}.").format(
			_(measure.report_value),
			measure.report_column or _("rows"),
			report,
			len(rows),
			subject.days(),
		)
	if value is None:
		text += " " + _("Not known: no row holds a number.")
	route = {"report": report, "filters": {key: value for key, value in filters.items()}}
	return value, None, text, route


def run(report: str, filters: dict) -> tuple[list[dict], list[dict]]:
	"""Columns and rows of a report for the user of this session, without the row of totals."""
	from frappe.desk import query_report

	result = query_report.run(
		report, filters=dict(filters), ignore_prepared_report=True, are_default_filters=False
	)
	columns = list(result.get("columns") or [])
	rows = list(result.get("result") or [])
	if rows and result.get("add_total_row"):
		rows.pop()
	names = [column["fieldname"] for column in columns]
	rows = [row if isinstance(row, dict) else dict(zip(names, row, strict=False)) for row in rows if row]
	return columns, rows


def take(rows: list[dict], column: str | None, how: str) -> float | None:
	"""The value of a measure from the rows of its report; None when no row holds a number."""
	if how == NUMBER_OF_ROWS:
		return float(len(rows))
	numbers = [number for number in (number_of(row.get(column)) for row in rows) if number is not None]
	if not numbers:
		return None
	if how == LAST_ROW:
		return numbers[-1]
	return flt(sum(numbers) / (len(numbers) if how == AVERAGE else 1), 6)


def number_of(value) -> float | None:
	"""A number of a cell; None for what is empty or a text."""
	if value is None or value == "" or isinstance(value, bool):
		return None
	try:
		return float(value)
	except (TypeError, ValueError):
		return None


def parse_filters(text: str | None) -> dict:
	"""Filters of a measure; raises ValidationError with what is wrong and how to mend it."""
	try:
		filters = json.loads(text or "{}")
	except (ValueError, RecursionError) as error:
		frappe.throw(
			_("Report Filters is not valid JSON ({0}). Write for example {1}.").format(
				error, '{"company": "{company}", "from_date": "{from_date}"}'
			)
		)
	if not isinstance(filters, dict):
		frappe.throw(
			_("Report Filters must be one JSON object, for example {0}.").format('{"company": "{company}"}')
		)
	unknown = set(WORD.findall(json.dumps(filters))) - set(PLACEHOLDERS)
	if unknown:
		frappe.throw(
			_("Report Filters: {0} is not replaced by anything. Use {1}.").format(
				", ".join(sorted(f"{{{name}}}" for name in unknown)),
				", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
			)
		)
	return filters


def fill(value, values: dict):
	"""Filters with their placeholders replaced; a text that is a placeholder takes the value as it is, a list too."""
	if isinstance(value, dict):
		return {key: fill(item, values) for key, item in value.items()}
	if isinstance(value, list):
		filled = []
		for item in value:
			new = fill(item, values)
			filled.extend(new if isinstance(item, str) and isinstance(new, list) else [new])
		return filled
	if not isinstance(value, str):
		return value
	alone = WORD.fullmatch(value.strip())
	if alone and alone.group(1) in values:
		return values[alone.group(1)]
	return WORD.sub(lambda found: _text(values.get(found.group(1), found.group(0))), value)


def values_of(subject: "Subject") -> dict:
	return {
		"company": subject.company,
		"key_account": subject.plan.key_account,
		"customer": subject.customers[0] if subject.customers else None,
		"customers": list(subject.customers),
		"from_date": str(subject.period.start),
		"to_date": str(subject.last_day),
	}


def report_problem(report: str | None) -> str | None:
	"""Why a report cannot be used as a measure, or None."""
	row = report and frappe.db.get_value("Report", report, ["report_type", "disabled"], as_dict=True)
	if not row:
		return _("There is no Report {0}. Please choose an existing one.").format(report or _("(empty)"))
	if cint(row.disabled):
		return _("The Report {0} is disabled. Please choose another one.").format(report)
	if row.report_type not in REPORT_TYPES:
		return _("The Report {0} is of type {1}. Please choose a {2}.").format(
			report, _(row.report_type), f" {_('or')} ".join(_(kind) for kind in REPORT_TYPES)
		)


def plain(error: Exception) -> str:
	"""An error in words."""
	return strip_html(cstr(error)).strip()[:300] or type(error).__name__


def _text(value) -> str:
	return ", ".join(map(cstr, value)) if isinstance(value, list) else cstr(value)
