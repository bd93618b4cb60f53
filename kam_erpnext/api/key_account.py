"""What the Key Account and Customer forms ask the server for."""

import frappe
from frappe import _

from kam_erpnext.api.answers import TreeNode
from kam_erpnext.api.arguments import read_names
from kam_erpnext.data import account_page, accounts
from kam_erpnext.data.permissions import account_condition, every
from kam_erpnext.kam_erpnext.doctype.key_account.profile import actions_from_swot


@frappe.whitelist(methods=["GET"])
@frappe.read_only()
def profile(key_account: str, company: str | None = None) -> dict:
	"""Everything the page of an account shows, as the reader may see it; see `data.account_page`."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	return account_page.read_page(key_account, company or None)


@frappe.whitelist(methods=["POST"])
def swot_to_actions(
	key_account: str,
	rows: str | list,
	responsible: str,
	end_date: str,
	subject: str | None = None,
	start_date: str | None = None,
	priority: str | None = None,
	description: str | None = None,
	plan: str | None = None,
) -> list[str]:
	"""Makes an action of each SWOT line and notes it on the line; `rows` are names of lines or their JSON.

	Returns the names of the actions.
	"""
	account = frappe.get_doc("Key Account", key_account)
	account.check_permission("write")
	names = read_names(rows, "rows")
	values = {
		"subject": subject,
		"responsible": responsible,
		"start_date": start_date,
		"end_date": end_date,
		"priority": priority,
		"description": description,
		"plan": plan,
	}
	return actions_from_swot(account, names, **{field: value for field, value in values.items() if value})


@frappe.whitelist(methods=["GET"])
def of_customer(customer: str) -> dict | None:
	"""Key account of a customer for the indicator on the Customer form; None if there is none or it is hidden.

	Returns `name, account_name, status, level, key_account_manager`.
	"""
	frappe.get_doc("Customer", customer).check_permission("read")
	if not frappe.has_permission("Key Account", "read"):
		return None
	account, member = frappe.qb.DocType("Key Account"), frappe.qb.DocType("Key Account Customer")
	rows = (
		frappe.qb.from_(account)
		.inner_join(member)
		.on((member.parent == account.name) & (member.parenttype == "Key Account"))
		.select(
			account.name, account.account_name, account.status, account.level, account.key_account_manager
		)
		.where(every([member.customer == customer, account_condition(account)]))
		.run(as_dict=True)
	)
	return rows[0] if rows else None


@frappe.whitelist(methods=["GET", "POST"])  # Frappe's tree view asks with POST
def tree_nodes(
	doctype: str, parent: str | None = None, is_root: bool = False, **filters: str
) -> list[TreeNode]:
	"""Children of a node of the Key Account tree that the reader may see: `value, title, expandable, status, level`.

	An account whose parent is hidden from the reader stands at the top.
	"""
	if doctype != "Key Account":
		frappe.throw(_("This tree shows key accounts only."))
	frappe.has_permission("Key Account", "read", throw=True)
	frame = accounts.accounts()
	visible = set(frame["key_account"])
	parents = frame["parent_key_account"].where(frame["parent_key_account"].isin(visible), "")
	wanted = "" if is_root or not parent or parent == _root_label() else parent
	chosen = frame[parents == wanted]
	return [
		{
			"value": row.key_account,
			"title": row.account_name,
			"expandable": int((parents == row.key_account).any()),
			"status": row.status,
			"level": row.level,
		}
		for row in chosen.itertuples()
	]


def _root_label() -> str:
	return _("All Key Accounts")
