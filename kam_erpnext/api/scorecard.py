"""What the page of a key account asks for about its scorecard."""

import frappe

from kam_erpnext.data.account_page import scorecard


@frappe.whitelist(methods=["GET"])
@frappe.read_only()
def panel(key_account: str, company: str | None = None) -> dict:
	"""Health, freshness, completeness, their trend and the alarms of an account, as the reader may see them."""
	account = frappe.get_doc("Key Account", key_account)
	account.check_permission("read")
	return scorecard.read_scorecard(account, company or None)
