"""What the form of a call cycle changes: putting its calls on days, and its lines while it runs.

Lines are sent as a JSON list of names of Call Cycle Line, all of one cycle. Every answer has `message` for the person who
pressed the button and `messages` (text, level) about what does not fit.
"""

import frappe
from frappe import _

from kam_erpnext.api.arguments import read_names
from kam_erpnext.kam_erpnext.doctype.call_cycle import changes, scheduling

CYCLE, LINE = "Call Cycle", "Call Cycle Line"


def _names(lines: str | list) -> list[str]:
	"""Names of lines that the caller may see, of a cycle he may change."""
	names = read_names(lines, "lines")
	frappe.get_doc(CYCLE, changes.cycle_of(names)).check_permission("write")
	seen = set(frappe.get_list(LINE, {"name": ("in", names)}, pluck="name", limit_page_length=0))
	if seen != set(names):
		frappe.throw(_("You may not see all of these lines."), frappe.PermissionError)
	return names


@frappe.whitelist(methods=["POST"])
def schedule(cycle: str) -> dict:
	"""Puts the calls of an approved cycle on days, or again after changes: `new, moved, back, dropped, unplaced, queued`.

	The first five are numbers of calls; `queued` says that a worker does it, see `progress`.
	"""
	frappe.has_permission(CYCLE, "write", doc=cycle, throw=True)
	result = scheduling.start(cycle)
	return {**result, "message": scheduling.result_text(result)}


@frappe.whitelist(methods=["GET"])
def preview(cycle: str) -> dict:
	"""What scheduling would change: `new, moved, back, dropped, unplaced, messages`. Nothing is written."""
	doc = frappe.get_doc(CYCLE, cycle)
	doc.check_permission("read")
	planned = scheduling.plan(doc)
	return {
		**scheduling.changes_of(planned).counts(),
		"unplaced": planned.unplaced_calls,
		"messages": planned.messages,
	}


@frappe.whitelist(methods=["GET"])
def progress(cycle: str) -> dict:
	"""How far a schedule is that a worker makes: `percent, message, failed, at`; empty when there was none lately."""
	frappe.has_permission(CYCLE, "read", doc=cycle, throw=True)
	return scheduling.get_progress(cycle)


@frappe.whitelist(methods=["POST"])
def add_customer(cycle: str, customer: str, method: str, calls: int, reason: str | None = None) -> dict:
	"""Adds a customer to a draft or a running cycle; `calls` are those until the cycle ends.

	Returns `line`, its name, and what `pause` returns.
	"""
	frappe.has_permission(CYCLE, "write", doc=cycle, throw=True)
	return changes.add_customer(cycle, customer, method, calls, reason)


@frappe.whitelist(methods=["POST"])
def pause(
	lines: str | list, from_date: str | None = None, to_date: str | None = None, reason: str | None = None
) -> dict:
	"""No calls from `from_date` (today) to `to_date`, both included; without it until the lines are taken up again.

	Returns `message, messages, agreed`, and of a running cycle what `schedule` returns.
	"""
	frappe.has_permission(LINE, "write", throw=True)
	return changes.pause(_names(lines), from_date, to_date, reason)


@frappe.whitelist(methods=["POST"])
def resume(lines: str | list) -> dict:
	"""Takes paused or removed lines up again. Returns what `pause` returns."""
	frappe.has_permission(LINE, "write", throw=True)
	return changes.resume(_names(lines))


@frappe.whitelist(methods=["POST"])
def hand_over(lines: str | list, user: str, from_date: str | None = None, reason: str | None = None) -> dict:
	"""Gives the calls from `from_date` (today) on to a colleague: `cycle` is the one of the colleague they went to.

	Returns `cycle`, None where the colleague has none, and what `pause` returns.
	"""
	frappe.has_permission(LINE, "write", throw=True)
	return changes.hand_over(_names(lines), user, from_date, reason)


@frappe.whitelist(methods=["POST"])
def remove(lines: str | list, reason: str | None = None) -> dict:
	"""Takes lines out of a cycle; calls that were made stay. Returns what `pause` returns."""
	frappe.has_permission(LINE, "write", throw=True)
	return changes.remove(_names(lines), reason)
