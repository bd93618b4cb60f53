"""The pipeline of the account: what may be won, what is ordered, and the largest deals."""

import frappe
from frappe import _
from frappe.utils import flt

from kam_erpnext.data.account_page.panel import hidden, may_read, name_or_dash, part, plain
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.pipeline import OWN, PipelineFilters, chain
from kam_erpnext.engine.pipeline import LIVE, totals

SHOWN = ("deal", "source", "title", "key_account", "customer", "status", "stage", "gate", "expected_close")


def open_deals(scope: Scope) -> dict:
	"""Deals of the account and of the accounts below it that may still be won or are not invoiced yet."""
	if not may_read(OWN):
		return hidden(OWN)
	filters = {"key_account": ["in", scope.accounts], "company": scope.company, "status": ["in", LIVE]}
	about = _(
		"Opportunities of the account, and opportunities, quotations and orders of {0} that belong to none, amounts in {1}. Each amount counts once, whether it is still an idea, quoted or ordered; weighted is the open value times its probability as far as it is known."
	).format(name_or_dash(scope.company), name_or_dash(scope.currency))
	if not scope.company:
		return part(OWN, [], filters, about, open=None, weighted=None, ordered=None, overdue=0)
	deals = chain(PipelineFilters(scope.company, scope.accounts, scope.today)).deals
	deals = deals[deals["status"].isin(LIVE) | (deals["open"] != 0) | (deals["ordered"] != 0)]
	sums = totals(deals)
	value = deals["open"] + deals["ordered"]
	deals = deals.assign(value=value).sort_values(["value", "deal"], ascending=[False, True])
	rows = []
	for row in deals.to_dict("records"):
		known = row["value"] or row["estimate"] == row["estimate"] or row["status"] not in LIVE
		late = row["status"] in LIVE and row["expected_close"] and row["expected_close"] < scope.today
		rows.append(
			{
				**{name: plain(row[name]) for name in SHOWN},
				"value": flt(row["value"], 2) if known else None,
				"probability": row["probability"] if row["probability"] == row["probability"] else None,
				"late": bool(late),
			}
		)
	return part(
		OWN,
		rows,
		filters,
		about,
		open=flt(sums.open, 2),
		weighted=flt(sums.weighted, 2) if sums.weighed_share or not sums.open else None,
		weighed_share=sums.weighed_share,
		ordered=flt(sums.ordered, 2),
		overdue=sum(row["late"] for row in rows),
		report=frappe.has_permission(OWN, "report"),
	)
