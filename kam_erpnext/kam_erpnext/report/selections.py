"""Frozen lines of selections, as the reports on a selection read them."""

import frappe
from frappe import _
from frappe.utils import formatdate

from kam_erpnext.compat import from_json
from kam_erpnext.kam_erpnext.doctype.key_account_selection.run import DOCTYPE, LINE
from kam_erpnext.kam_erpnext.report import common

# states in which a selection has results
WITH_RESULTS = ("Approved", "To Validate", "Rejected")
SHOWN_FIRST = ("Approved", "To Validate")


def latest() -> str | None:
	"""The selection that was run last among those approved or to be validated that the reader may see."""
	names = frappe.get_list(
		DOCTYPE,
		filters={"workflow_state": ("in", SHOWN_FIRST), "docstatus": ("<", 2)},
		pluck="name",
		order_by="run_finished desc, name desc",
		limit=1,
	)
	return names[0] if names else None


def read(name: str | None):
	"""A selection with results, the latest when no name is given; None if there is none."""
	name = name or latest()
	if not name:
		return None
	selection = frappe.get_doc(DOCTYPE, name)
	selection.check_permission("read")
	if selection.workflow_state not in WITH_RESULTS:
		frappe.throw(
			_(
				"Selection {0} has no results yet: it is {1}. Please run it first, or choose another one."
			).format(frappe.bold(name), _(selection.workflow_state or "Draft"))
		)
	return selection


def lines(selection: str, fields: tuple[str, ...], **filters) -> list[frappe._dict]:
	"""Visible lines of a selection by rank; figures that are not known are None.

	`measures` (if asked for) is read from its JSON.
	"""
	conditions = [["selection", "=", selection]]
	conditions += [[field, *condition] for field, condition in filters.items() if condition]
	rows = frappe.get_list(
		LINE,
		filters=conditions,
		fields=["name", "unknown", *fields],
		order_by="`tabKey Account Selection Line`.`rank` asc",
		limit_page_length=0,
	)
	for row in rows:
		for field in (row.pop("unknown") or "").split(", "):
			if field in row:
				row[field] = None
		if "measures" in row:
			row.measures = from_json(row.measures or "{}")
	return rows


def below(territory: str | None) -> tuple | None:
	"""Condition for a territory and everything below it."""
	return ("descendants of (inclusive)", territory) if territory else None


def explain(selection, shown: int, *more: str) -> str:
	"""What the frozen figures of a selection mean, as HTML."""
	restricted = common.is_restricted(to_accounts=True)
	sentences = [
		_("Selection {0}: {1}, {2}.").format(
			common.form_link(DOCTYPE, selection.name, selection.title),
			_(selection.workflow_state),
			_("criteria {0}").format(common.form_link("Key Account Criteria", selection.criteria)),
		),
		_(
			"Net sales of {0} in {1} from {2} to {3}, read from documents of type {4} and frozen on {5}."
		).format(
			common.bold(selection.company),
			selection.currency,
			formatdate(selection.from_date),
			formatdate(selection.to_date),
			_(selection.sales_source),
			frappe.format(selection.run_finished, "Datetime"),
		),
		*more,
	]
	if restricted:
		sentences.append(_("Lines shown: {0}.").format(common.bold(shown)))
		sentences.append(
			_("Only what you may see is shown; each line keeps the figures of the whole account.")
		)
	else:
		sentences.append(
			_("Lines shown: {0} of {1}; documents read: {2}.").format(
				common.bold(shown), selection.customers_measured, common.bold(selection.documents_measured)
			)
		)
	return f'<div class="kam-explained">{" ".join(sentences)}</div>'


def no_selection_hint() -> str:
	sentences = [_("There is no selection with results that you may see.")]
	if frappe.has_permission(DOCTYPE, "create"):
		sentences.append(
			_("Submit {0}, then create and run a {1}.").format(
				common.list_link("Key Account Criteria"), common.list_link(DOCTYPE)
			)
		)
	else:
		sentences.append(_("Selections are run by the roles KAM Administrator and Key Account Director."))
	return common.hint(*sentences)


def no_lines_hint() -> str:
	return common.hint(_("No line of this selection fits the filters, or you may see none of its customers."))
