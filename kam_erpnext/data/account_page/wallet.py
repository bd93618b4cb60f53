"""Share of wallet of the account, and what is known of the competitors who get the rest."""

import frappe
from frappe import _
from frappe.utils import flt

from kam_erpnext.data import wallet
from kam_erpnext.data.account_page.panel import may_read, plain
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.intelligence import Found
from kam_erpnext.data.wallet import WALLET, Wallets
from kam_erpnext.engine.pipeline import LIVE
from kam_erpnext.engine.wallet import COMPETITOR, Totals

OPPORTUNITY = "Key Account Opportunity"
COMPETITOR_LINES = "Key Account Opportunity Competitor"
ABOUT_COMPETITOR = ("offer", "incentives", "strengths", "weaknesses", "response")


class Spending:
	"""Wallets of the newest year, read once for the figure and for the competitors; `found` is None without any."""

	def __init__(self, scope: Scope):
		self.scope = scope
		self.found: Wallets | None = None
		self.sums: Totals | None = None
		if not scope.company or not may_read(WALLET):
			return
		filters = wallet.WalletFilters(scope.company, scope.key_account)
		year = wallet.latest_year(filters, scope.today)
		if year:
			self.found = wallet.read(filters, year, scope.today, wallet.sales_period(year, scope.today))
			self.sums, _wider = self.found.totals()

	def share(self, account) -> dict | None:
		"""Share over the known wallets, else what the customer spends a year as entered on the profile, else None."""
		sums = self.sums
		if sums is None or sums.share is None:
			return yearly_spend(account)
		return {
			"share": sums.share,
			"wallet": flt(sums.wallet, 2),
			"own": flt(sums.own, 2),
			"own_elsewhere": flt(sums.own_elsewhere, 2),
			"known_cells": sums.known_cells,
			"addressable_cells": sums.addressable_cells,
			"gap": plain_amount(sums.gap),
			"year": self.found.year,
			"currency": self.found.currency,
			"from_date": str(self.found.period.start),
			"to_date": str(self.found.period.last_day),
			"report": frappe.has_permission(WALLET, "report"),
		}

	def suppliers(self) -> dict[str, dict]:
		"""Competitors named in the wallets: amount over known wallets, item groups, next end of a contract."""
		result: dict[str, dict] = {}
		for cell in self.sums.counted if self.sums else ():
			for supplier in cell.suppliers:
				if supplier.kind != COMPETITOR or not supplier.name:
					continue
				row = result.setdefault(supplier.name, {"item_groups": [], "contract_end": None})
				group = self.found.rows[cell.key].item_group
				if group not in row["item_groups"]:
					row["item_groups"].append(group)
				end = supplier.contract_end
				if end and end >= self.scope.today and (not row["contract_end"] or end < row["contract_end"]):
					row["contract_end"] = end
		for name, row in result.items():
			row["amount"] = plain_amount(self.sums.by_competitor.get(name))
		return result

	def words(self) -> dict[str, dict[str, list[str]]]:
		"""What was entered about competitors beside the amounts."""
		names = [cell.key for cell in self.sums.counted] if self.sums else []
		if not names:
			return {}
		return _words(
			frappe.get_all(
				wallet.SHARE,
				{"parent": ("in", names), "parenttype": WALLET, "competitor": ("is", "set")},
				["competitor", "offer", "incentives"],
				order_by="parent, idx",
			)
		)


def plain_amount(value: float | None) -> float | None:
	return None if value is None else flt(value, 2)


def yearly_spend(account) -> dict | None:
	if not flt(account.yearly_spend):
		return None
	return {
		"yearly_spend": flt(account.yearly_spend),
		"currency": account.spend_currency,
		"as_of": str(account.spend_as_of) if account.spend_as_of else None,
		"source": account.spend_source,
	}


def competitors(scope: Scope, spending: Spending, notes: list[Found]) -> dict:
	"""Competitors of the account and of those below it, from wallets, open opportunities and market notes."""
	rows = {name: {**row, "deals": [], "note": None} for name, row in spending.suppliers().items()}
	words = spending.words()

	def row_of(name: str) -> dict:
		empty = {"item_groups": [], "contract_end": None, "amount": None, "deals": [], "note": None}
		return rows.setdefault(name, empty)

	deals, about = _open_deals(scope)
	for name, deal in deals:
		row_of(name)["deals"].append(deal)
	_merge(words, about)
	for one in notes:
		name = one.note.competitor
		if name and row_of(name)["note"] is None:
			row_of(name)["note"] = {"name": one.note.name, "title": one.note.title}
			told = {field: one.note.get(field) for field in ("strengths", "weaknesses", "response")}
			_merge(words, _words([{"competitor": name, **told}]))
	order = sorted(rows, key=lambda name: (-(rows[name]["amount"] or 0), -len(rows[name]["deals"]), name))
	return {
		"count": len(order),
		"rows": [
			{
				"competitor": name,
				**rows[name],
				"contract_end": plain(rows[name]["contract_end"]),
				"words": {field: "; ".join(texts) for field, texts in words.get(name, {}).items()},
			}
			for name in order
		],
		"about": _(
			"Competitors named in the wallets of the newest year, in open opportunities and in market notes that matter for this account or one below it. The amount is the sum over known wallets; a competitor without an amount is not known, never zero."
		),
	}


def _open_deals(scope: Scope) -> tuple[list[tuple[str, dict]], dict]:
	if not may_read(OPPORTUNITY):
		return [], {}
	found = {
		row.name: row
		for row in frappe.get_list(
			OPPORTUNITY,
			filters={"key_account": ("in", scope.accounts), "status": ("in", LIVE)},
			fields=["name", "title"],
			order_by="name",
			limit_page_length=0,
		)
	}
	lines = frappe.get_all(
		COMPETITOR_LINES,
		{"parent": ("in", [*found] or [""]), "parenttype": OPPORTUNITY},
		["parent", "competitor", "position", "incumbent", "offer", "strengths", "weaknesses", "response"],
		order_by="parent, idx",
	)
	deals = [
		(
			line.competitor,
			{
				"name": line.parent,
				"title": found[line.parent].title,
				"position": line.position,
				"incumbent": bool(line.incumbent),
			},
		)
		for line in lines
	]
	return deals, _words(lines)


def _words(lines: list) -> dict[str, dict[str, list[str]]]:
	"""competitor -> field -> different texts."""
	result: dict[str, dict[str, list[str]]] = {}
	for line in lines:
		for field in ABOUT_COMPETITOR:
			if text := (line.get(field) or "").strip():
				texts = result.setdefault(line["competitor"], {}).setdefault(field, [])
				if text not in texts:
					texts.append(text)
	return result


def _merge(into: dict, more: dict) -> None:
	for name, fields in more.items():
		for field, texts in fields.items():
			known = into.setdefault(name, {}).setdefault(field, [])
			known += [text for text in texts if text not in known]
