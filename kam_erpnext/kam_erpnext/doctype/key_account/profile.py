"""Profile of a key account: what its rows must fulfil, the history of the relationship stage, actions made from SWOT."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import flt, getdate, now_datetime

from kam_erpnext.data.permissions import customer_condition, every
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action


def validate(account):
	validate_spend(account)
	validate_indicators(account)
	validate_value_chain(account)
	validate_goals(account)
	validate_needs(account)
	validate_swot(account)


def validate_spend(account):
	if flt(account.yearly_spend) < 0:
		frappe.throw(_("Yearly Spend cannot be negative. Leave it empty when it is not known."))
	if flt(account.yearly_spend) and not account.spend_currency:
		frappe.throw(_("Please choose the Currency of the Yearly Spend (tab Profile)."))
	if account.spend_as_of and getdate(account.spend_as_of) > _end_of_this_year():
		frappe.throw(
			_(
				"Yearly Spend: As Of ({0}) lies after the end of this year. Enter what is spent, not a plan."
			).format(frappe.format(account.spend_as_of, "Date"))
		)


def validate_indicators(account):
	_refuse_twins(account, "indicators", ("indicator", "unit", "as_of"), "indicator")


def validate_value_chain(account):
	_refuse_twins(account, "value_chain", ("activity",), "activity")


def validate_goals(account):
	_refuse_twins(account, "customer_goals", ("kind", "goal"), "goal")
	_refuse_future(account, "customer_goals", "confirmed_on")


def validate_needs(account):
	_refuse_twins(account, "needs", ("need",), "need")
	_refuse_future(account, "needs", "confirmed_on")
	known = _before(account, "needs", "contact")
	changed = [row for row in account.needs if row.contact and row.contact != known.get(row.name)]
	if not changed:
		return
	ours = contacts_of(account, [row.contact for row in changed])
	for row in changed:
		if row.contact not in ours:
			frappe.throw(
				_(
					"Needs, line {0}: {1} is not a contact of a customer of this account. Choose one of its contacts, or link the contact to the customer first."
				).format(row.idx, frappe.bold(row.contact))
			)


def validate_swot(account):
	_refuse_twins(account, "swot", ("kind", "statement"), "statement")
	keep_actions(account)


def keep_actions(account):
	"""The action of a SWOT line is written by `actions_from_swot` only; what a client sends for it is ignored."""
	before = account.get_doc_before_save()
	rows = before.swot if before else []
	by_name = {row.name: row.action for row in rows}
	by_text = {(row.kind, row.statement): row.action for row in rows}
	for row in account.swot:
		row.action = by_name.get(row.name) or by_text.get((row.kind, row.statement))


def contacts_of(account, names: list[str]) -> set[str]:
	"""Those of the contacts that are linked to a customer of the account or of the accounts below it."""
	link = frappe.qb.DocType("Dynamic Link")
	member = frappe.qb.DocType("Key Account Customer")
	below = frappe.qb.DocType("Key Account")
	customer = frappe.qb.DocType("Customer")
	customers = {row.customer for row in account.customers}
	if account.lft and account.rgt:
		customers.update(
			frappe.qb.from_(member)
			.inner_join(below)
			.on((below.name == member.parent) & (member.parenttype == "Key Account"))
			.inner_join(customer)
			.on(customer.name == member.customer)
			.select(member.customer)
			.where(every([below.lft >= account.lft, below.rgt <= account.rgt, customer_condition(customer)]))
			.run(pluck=True)
		)
	if not customers:
		return set()
	return set(
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == "Contact") & link.parent.isin(names))
		.where((link.link_doctype == "Customer") & link.link_name.isin(customers))
		.run(pluck=True)
	)


def _before(account, table: str, field: str) -> dict:
	before = account.get_doc_before_save()
	return {row.name: row.get(field) for row in before.get(table)} if before else {}


def _end_of_this_year() -> date:
	return date(getdate().year, 12, 31)


def _refuse_future(account, table: str, field: str):
	for row in account.get(table):
		if row.get(field) and getdate(row.get(field)) > getdate():
			frappe.throw(
				_(
					"{0}, line {1}: {2} ({3}) lies in the future. Leave it empty until it has happened."
				).format(
					_(account.meta.get_label(table)),
					row.idx,
					_(row.meta.get_label(field)),
					frappe.format(row.get(field), "Date"),
				)
			)


def _refuse_twins(account, table: str, fields: tuple[str, ...], shown: str):
	seen = {}
	for row in account.get(table):
		key = tuple(str(row.get(field) or "").strip().casefold() for field in fields)
		if key in seen:
			frappe.throw(
				_(
					"{0}, line {1}: {2} stands in line {3} already. Please change or remove one of the two."
				).format(
					_(account.meta.get_label(table)),
					row.idx,
					frappe.bold(frappe.utils.escape_html(str(row.get(shown)))),
					seen[key],
				)
			)
		seen[key] = row.idx


# ---------------------------------------------------------------- relationship stage


def record_stage(account):
	"""One entry for every change of a stage, and for new evidence of the same stage; the note moves to the history."""
	before = account.get_doc_before_save()
	rows = before.stage_history if before else []
	account.set("stage_history", [])
	for row in rows:
		account.append("stage_history", row)
	now = (account.stage_today or None, account.stage_aimed or None)
	earlier = (before.stage_today or None, before.stage_aimed or None) if before else (None, None)
	note = (account.stage_note or "").strip()
	if now == earlier and not (note and any(now)):
		return
	account.append(
		"stage_history",
		{
			"changed_on": now_datetime(),
			"stage_today": account.stage_today,
			"stage_aimed": account.stage_aimed,
			"note": note or None,
			"changed_by": frappe.session.user,
		},
	)
	account.stage_note = None


# ---------------------------------------------------------------- SWOT and actions


def actions_from_swot(account, rows: list[str], **values) -> list[str]:
	"""Makes one action from each of the SWOT lines, names given, and writes it on the line. All or none.

	`values` are fields of the action that all of them share: `responsible`, `end_date` …; `subject` with one line only.
	"""
	lines = {row.name: row for row in account.swot}
	chosen = [lines.get(name) for name in dict.fromkeys(rows)]
	if not chosen or None in chosen:
		frappe.throw(_("Please select lines of the SWOT that have been saved."))
	for row in chosen:
		# as it is now, should somebody else have pressed the button at the same moment
		made = frappe.db.get_value(row.doctype, row.name, "action", for_update=True)
		if made:
			frappe.throw(_("SWOT, line {0}: action {1} was made from it already.").format(row.idx, made))
	subject = values.pop("subject", None) if len(chosen) == 1 else None
	return [make_from(account, row, subject or row.statement, values) for row in chosen]


def make_from(account, row, subject: str, values: dict) -> str:
	action = make_action(
		account.name,
		subject,
		origin="SWOT",
		origin_doctype=account.doctype,
		origin_name=account.name,
		origin_text=f"{_(row.kind)}: {row.statement}",
		**values,
	)
	row.db_set("action", action.name)
	return action.name


def forget_action(action, method: str | None = None):
	"""A deleted action leaves the SWOT lines it was made from, so that they can become an action again."""
	item = frappe.qb.DocType("Key Account SWOT Item")
	parents = (
		frappe.qb.from_(item).select(item.parenttype, item.parent).where(item.action == action.name).run()
	)
	if not parents:
		return
	frappe.qb.update(item).set(item.action, None).where(item.action == action.name).run()
	for doctype, name in set(parents):
		frappe.clear_document_cache(doctype, name)
