"""What *Key Account Performance* asks the server for: the documents behind a figure, and targets from a file."""

import frappe
from frappe import _

from kam_erpnext.api.arguments import parsed, read_names, single_values
from kam_erpnext.data import performance_documents, target_file
from kam_erpnext.setup.roles import ADMINISTRATOR

# sales operations, and who keeps the sales people in ERPNext
MAY_LOAD = (ADMINISTRATOR, "Sales Master Manager", "System Manager")


@frappe.whitelist(methods=["GET"])
@frappe.read_only()
def documents(figure: str, place: dict | str, filters: dict | str) -> dict:
	"""Doctype and list filters of the documents behind a figure of a line: `doctype, filters`, or `message`.

	`place` tells the line by its dimensions, `filters` are those of the report.
	"""
	frappe.has_permission("Key Account", "report", throw=True)
	told = _("{0} must be an object with names and values.")
	line = parsed(place, dict, told.format(_("Place")))
	asked = parsed(filters, dict, told.format(_("Filters")))
	# dimensions in which the line stands for itself alone
	own = read_names(line.pop("own", None) or [], "own")
	return performance_documents.behind(figure, {**single_values(line), "own": own}, single_values(asked))


@frappe.whitelist(methods=["POST"])
def check_targets(file: str, factor: float = 1.0) -> dict:
	"""What a file of monthly targets holds, without storing anything: `lines, problems, without`."""
	frappe.only_for(MAY_LOAD, message=True)
	return _told(_read(file, factor))


@frappe.whitelist(methods=["POST"])
def load_targets(
	file: str, factor: float = 1.0, item_group: str | None = None, leave_out: bool = False
) -> dict:
	"""Stores the targets of a file: `stored`, and what `check_targets` returns.

	With problems nothing is stored unless `leave_out` says that the lines concerned may be left out.
	"""
	frappe.only_for(MAY_LOAD, message=True)
	found = _read(file, factor)
	if found.problems and not leave_out:
		return {"stored": [], **_told(found)}
	if not found.lines:
		frappe.throw(_("The file holds no target that can be loaded."))
	if item_group and not frappe.db.exists("Item Group", item_group):
		frappe.throw(_("There is no Item Group {0}.").format(item_group))
	return {"stored": target_file.load(found, item_group or None), **_told(found)}


def _read(file: str, factor: float) -> target_file.Targets:
	document = frappe.get_doc("File", file)
	document.check_permission("read")
	content = document.get_content()
	content = content.encode() if isinstance(content, str) else content
	return target_file.read(content, document.file_name, factor)


def _told(found: target_file.Targets) -> dict:
	return {
		"lines": [
			{
				"line": line.line,
				"person": line.person,
				"sales_person": line.sales_person,
				"year": line.year,
				"months": len(line.months),
				"total": line.total,
			}
			for line in found.lines
		],
		"problems": found.problems,
		"without": found.without,
	}
