"""What the report Account Profitability asks the server for."""

from dataclasses import replace

import frappe
from frappe import _

from kam_erpnext.api.arguments import parsed, single_values
from kam_erpnext.data import accounts, profit_lines
from kam_erpnext.data.sales_ledger import subtree
from kam_erpnext.kam_erpnext.report import common, plans

# fields of a row that narrow what is asked for
NODES = {"territory": "Territory", "customer_group": "Customer Group", "market_segment": None}


@frappe.whitelist(methods=["GET"])
@frappe.read_only()
def lines(filters: str | dict, row: str | dict) -> dict:
	"""What is behind one row: `steps, drivers, unused, work, company, currency, period`.

	`filters` are those of the report, `row` holds what the row stands for: `customer`, `key_account`, `territory`,
	`customer_group` or `market_segment`.
	"""
	frappe.has_permission("Key Account", "report", throw=True)
	asked = single_values(parsed(filters, dict, _("Filters: the filters of the report could not be read.")))
	node = single_values(parsed(row, dict, _("Row: the line of the report could not be read.")))
	scope = common.read_scope(asked)
	if not scope:
		frappe.throw(_("Please choose a company."))
	sold = replace(scope.sales, **{field: node[field] for field in NODES if narrows(field, node, asked)})
	worked: list[str] = []
	account = node.key_account or asked.key_account
	if account:
		frappe.get_doc("Key Account", account).check_permission("read")
		sold = replace(sold, customers=tuple(accounts.visible_customers(account)) or ("",))
		# where a filter shows only some customers, work is shared out and cannot be told by documents
		if node.key_account and not any(asked.get(field) for field in common.RESTRICTIONS):
			worked = plans.subtree_of(accounts.accounts(), account)["key_account"].tolist()
	if node.customer:
		sold = replace(sold, customers=(node.customer,))
	found = profit_lines.explained(sold, scope.period, worked)
	return {
		**found,
		"company": scope.sales.company,
		"currency": scope.currency,
		"period": common.dates(scope.period),
	}


def narrows(field: str, node: dict, asked: dict) -> bool:
	"""Whether a row lies within the filter; a row above it holds nothing but what the filter shows."""
	if not node.get(field):
		return False
	if not asked.get(field) or not NODES[field]:
		return True
	return node[field] in subtree(NODES[field], asked[field]).run(pluck=True)
