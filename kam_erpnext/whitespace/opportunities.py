"""A Key Account Opportunity made of a cell."""

import frappe
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet import key_of

OPPORTUNITY = "Key Account Opportunity"


def make(
	key_account: str,
	item_group: str,
	company: str,
	title: str,
	amount: float,
	responsible: str,
	customer: str | None = None,
	expected_close: str | None = None,
	kind: str = "Idea",
	reason: str | None = None,
) -> str:
	"""Makes the opportunity with the volume of one year and tells where it came from. Returns its name."""
	if not title.strip():
		frappe.throw(_("Please enter a title for the opportunity."))
	if flt(amount) < 0:
		frappe.throw(_("The amount cannot be negative."))
	year = getdate(expected_close).year
	cell = frappe._dict(
		key_account=key_account, customer=customer, item_group=item_group, year=year, company=company
	)
	doc = frappe.get_doc(
		{
			"doctype": OPPORTUNITY,
			"title": title.strip(),
			"key_account": key_account,
			"customer": customer,
			"company": company,
			"kind": kind,
			"responsible": responsible,
			"expected_close": expected_close,
			"amount": flt(amount, 2),
			"volumes": [{"year": year, "item_group": item_group, "amount": flt(amount, 2)}],
			"origin": "Whitespace",
			"origin_text": reason,
			"cell_key": key_of(cell),
		}
	)
	return doc.insert().name
