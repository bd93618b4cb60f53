"""Market notes: capturing one from another document, and those that matter for an account."""

import frappe
from frappe import _

from kam_erpnext.api.arguments import parsed
from kam_erpnext.data import intelligence
from kam_erpnext.data.intelligence import NOTE

# documents a note can be captured from; each names its account in `key_account`
ORIGINS = ("Key Account Business Review", "Key Account Opportunity", "Customer Call")
ENTERED = (
	"title",
	"kind",
	"direction",
	"impact",
	"confidentiality",
	"valid_until",
	"source",
	"what",
	"response",
	"territory",
	"market_segment",
	"segment",
	"item_group",
	"key_account",
	"competitor",
)


@frappe.whitelist(methods=["POST"])
def capture(origin_doctype: str, origin_name: str, values: str | dict) -> str:
	"""Makes a note out of a review, an opportunity or a call the caller may read. Returns its name."""
	frappe.has_permission(NOTE, "create", throw=True)
	if origin_doctype not in ORIGINS:
		frappe.throw(_("Market notes are not captured from {0}.").format(_(origin_doctype)))
	origin = frappe.get_doc(origin_doctype, origin_name)
	origin.check_permission("read")
	entered = parsed(values, dict, _("Values: the note must be given as its fields and their values."))
	note = frappe.new_doc(NOTE)
	note.update({field: entered[field] for field in ENTERED if entered.get(field)})
	note.origin_doctype, note.origin_name = origin.doctype, origin.name
	note.insert()
	return note.name


@frappe.whitelist(methods=["GET"])
def of_document(origin_doctype: str, origin_name: str) -> list[dict]:
	"""Notes captured from a document, as far as the reader may see them: `name, title, kind, impact`."""
	frappe.has_permission(NOTE, "read", throw=True)
	frappe.get_doc(origin_doctype, origin_name).check_permission("read")
	return frappe.get_list(
		NOTE,
		filters={"origin_doctype": origin_doctype, "origin_name": origin_name},
		fields=["name", "title", "kind", "impact"],
		order_by="creation desc",
		limit_page_length=0,
	)


@frappe.whitelist(methods=["GET"])
def for_account(key_account: str) -> list[dict]:
	"""Notes that matter for one account today, most important first, each with `reason`, as the reader may see them."""
	frappe.has_permission(NOTE, "read", throw=True)
	frappe.get_doc("Key Account", key_account).check_permission("read")
	fields = ("name", "title", "kind", "direction", "impact", "noted_on", "response")
	return [
		{
			**{field: one.note[field] for field in fields},
			"reason": intelligence.reason_in_words(one.matches[0]),
		}
		for one in intelligence.found_for(intelligence.current_notes(), [key_account])
	]
