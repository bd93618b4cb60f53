"""What the selection form asks the server for."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from kam_erpnext.api.answers import SelectionLines, SelectionSummary
from kam_erpnext.api.arguments import read_names
from kam_erpnext.data.permissions import selection_line_query
from kam_erpnext.kam_erpnext.doctype.key_account_selection import run
from kam_erpnext.kam_erpnext.doctype.key_account_selection.apply import CHANGES
from kam_erpnext.kam_erpnext.doctype.key_account_selection.run import DOCTYPE, LINE

PAGE = 50
SHOWN = (
	"name", "rank", "customer", "customer_name", "key_account", "territory", "status_before", "level", "net_sales",
	"currency", "gross_profit", "share_of_sales", "abc_class", "margin_class", "score", "answered_share", "band",
	"meets_criteria", "criteria_met", "proposal", "proposed_status", "proposed_level", "reason", "decision",
	"decided_outcome", "decided_level", "decision_reason", "decided_by", "decided_on", "assessment", "quadrant", "unknown",
)  # fmt: skip


@frappe.whitelist(methods=["GET"])
def progress(selection: str) -> dict:
	"""State of the run: `state, percent, message, at, stale` (no report for a while: its worker may be gone)."""
	doc = frappe.get_doc(DOCTYPE, selection)
	doc.check_permission("read")
	reported = run.get_progress(selection)
	if reported.get("token") != doc.run_token:
		reported = {}
	last = frappe.utils.get_datetime(reported.get("at") or doc.run_started)
	silent = (frappe.utils.now_datetime() - last).total_seconds() if last else 0
	return {
		"state": doc.workflow_state,
		"percent": reported.get("percent", 0),
		"message": reported.get("message") or _("Waiting for a worker"),
		"silent_seconds": int(silent),
	}


@frappe.whitelist(methods=["POST"])
def restart(selection: str) -> None:
	"""Start a run again whose worker is gone."""
	frappe.get_doc(DOCTYPE, selection).check_permission("write")
	run.restart(selection)


@frappe.whitelist(methods=["GET"])
def summary(selection: str) -> SelectionSummary:
	"""Counts of visible lines by proposal, decision and class: `proposals, classes, undecided, open, lines`."""
	frappe.get_doc(DOCTYPE, selection).check_permission("read")
	line = frappe.qb.DocType(LINE)
	query = (
		frappe.qb.from_(line)
		.select(
			line.proposal, line.decision, line.abc_class, line.meets_criteria, Count(line.name).as_("lines")
		)
		.where(line.selection == selection)
		.groupby(line.proposal, line.decision, line.abc_class, line.meets_criteria)
	)
	rows = query.where(_visible(line)).run(as_dict=True)
	result = {"proposals": {}, "classes": {}, "undecided": 0, "open": 0, "lines": 0}
	for row in rows:
		result["lines"] += row.lines
		result["proposals"][row.proposal] = result["proposals"].get(row.proposal, 0) + row.lines
		result["classes"][row.abc_class or ""] = result["classes"].get(row.abc_class or "", 0) + row.lines
		if row.proposal in CHANGES and not row.decision:
			result["undecided"] += row.lines
		if row.meets_criteria == "Open":
			result["open"] += row.lines
	return result


@frappe.whitelist(methods=["GET"])
def lines(
	selection: str,
	show: str = "proposals",
	proposal: str | None = None,
	search: str | None = None,
	start: int = 0,
) -> SelectionLines:
	"""One page of lines: `rows, total, page`.

	`show`: proposals (what would change), undecided, open, accounts (existing key accounts) or all.
	"""
	frappe.get_doc(DOCTYPE, selection).check_permission("read")
	filters = [["selection", "=", selection]]
	if show == "proposals":
		filters.append(["proposal", "in", list(CHANGES)])
	elif show == "undecided":
		filters += [["proposal", "in", list(CHANGES)], ["decision", "in", ["", None]]]
	elif show == "open":
		filters.append(["meets_criteria", "=", "Open"])
	elif show == "accounts":
		filters.append(["status_before", "is", "set"])
	elif show != "all":
		frappe.throw(_("Unknown value {0} for show.").format(show))
	if proposal:
		filters.append(["proposal", "=", proposal])
	if search:
		filters.append(["customer_name", "like", f"%{search}%"])
	return {
		"rows": frappe.get_list(
			LINE,
			filters=filters,
			fields=list(SHOWN),
			order_by="`tabKey Account Selection Line`.`rank` asc",
			start=max(start, 0),
			page_length=PAGE,
		),
		"total": len(frappe.get_list(LINE, filters=filters, pluck="name", limit_page_length=0)),
		"page": PAGE,
	}


@frappe.whitelist(methods=["POST"])
def decide(
	selection: str,
	lines: str | list,
	decision: str,
	reason: str | None = None,
	outcome: str | None = None,
	level: str | None = None,
) -> int:
	"""Decide lines (names, as a list or its JSON) of a selection that is validated; returns how many were decided."""
	names = read_names(lines, "lines")
	doc = frappe.get_doc(DOCTYPE, selection, for_update=True)
	doc.check_permission("write")
	if doc.workflow_state != "To Validate":
		frappe.throw(
			_("Selection {0} is {1}; lines can be decided only while it is validated.").format(
				selection, _(doc.workflow_state)
			)
		)
	for name in names:
		line = frappe.get_doc(LINE, name)
		if line.selection != selection:
			frappe.throw(_("Line {0} does not belong to selection {1}.").format(name, selection))
		line.check_permission("read")
		line.decide(decision, reason, outcome, level)
	return len(names)


@frappe.whitelist(methods=["POST"])
def accept_all(selection: str, proposal: str | None = None) -> int:
	"""Accept every proposal that is not decided yet, or those of one kind. Returns how many were decided."""
	frappe.get_doc(DOCTYPE, selection).check_permission("write")
	filters = [
		["selection", "=", selection],
		["proposal", "in", [proposal] if proposal else list(CHANGES)],
		["decision", "in", ["", None]],
	]
	names = frappe.get_list(LINE, filters=filters, pluck="name", limit_page_length=0)
	return decide(selection, names, "Accept")


def _visible(line):
	condition = selection_line_query()
	if not condition:
		return line.name.isnotnull()
	return line.name.isin(frappe.get_list(LINE, pluck="name", limit_page_length=0) or [""])
