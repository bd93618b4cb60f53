"""Rating opportunities where they are seen side by side: in the opportunity matrix."""

import frappe
from frappe import _
from frappe.utils import cint, escape_html

from kam_erpnext.api.arguments import parsed
from kam_erpnext.data.opportunity_details import RATINGS

DOCTYPE = "Key Account Opportunity"
LIVE = ("Open", "On Hold")


@frappe.whitelist(methods=["POST"])
def rate(opportunity: str, ratings: dict | str, before: dict | str) -> dict:
	"""Rates an opportunity anew and returns its rating and priority.

	`ratings` maps some of `strategic_us, strategic_customer, effort, risk` to 1 to 5, or to nothing to take the rating
	back. `before` are the ratings the reader saw: if somebody else has changed one of them since, nothing is changed.
	"""
	doc = frappe.get_doc(DOCTYPE, opportunity)
	doc.check_permission("write")
	ratings = parsed(ratings, dict, _("Ratings must be an object with the fields and their ratings."))
	before = parsed(
		before, dict, _("Before must be an object with the fields and the ratings that were seen.")
	)
	unknown = sorted(set(ratings) - set(RATINGS))
	if unknown:
		frappe.throw(_("{0} is not a rating of an opportunity.").format(escape_html(unknown[0])))
	if doc.status not in LIVE:
		frappe.throw(
			_("{0} is {1}: only open opportunities are rated.").format(
				escape_html(doc.title), _(doc.status, context=doc.doctype)
			)
		)
	for field, seen in before.items():
		if field in RATINGS and _number(doc.get(field)) != _number(seen):
			frappe.throw(
				_(
					"{0}: somebody else has rated {1} meanwhile. Please refresh the report and try again."
				).format(_(doc.meta.get_label(field)), escape_html(doc.title)),
				frappe.TimestampMismatchError,
			)
	for field, rating in ratings.items():
		number = _number(rating)
		if number is not None and not 1 <= number <= 5:
			frappe.throw(
				_("{0}: {1} is not a rating. Please choose 1 to 5, or leave it empty.").format(
					_(doc.meta.get_label(field)), number
				)
			)
		doc.set(field, str(number) if number else "")
	doc.save()
	return {
		**{field: _number(doc.get(field)) for field in RATINGS},
		"priority": doc.priority_score if doc.priority_known else None,
		"quick_win": cint(doc.quick_win),
	}


def _number(value) -> int | None:
	return cint(value) or None
