"""What the reports about the pipeline share: the deals a reader asks for, columns, and what the figures mean."""

from dataclasses import dataclass
from datetime import date

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, fmt_money, formatdate, getdate

from kam_erpnext.data import accounts, sales_ledger
from kam_erpnext.data.pipeline import OWN, PARTS, PipelineFilters, chain
from kam_erpnext.engine.pipeline import weighted_value
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.kam_erpnext.report import common, plans


@dataclass
class Question:
	"""What a reader asks for: deals of one company and of some accounts, on a day."""

	company: str
	currency: str
	as_of: date
	shown: pd.DataFrame  # accounts.accounts(), those of the filter
	key_account: str | None
	# what of other apps could not be read
	remarks: tuple[str, ...] = ()

	@property
	def accounts(self) -> tuple[str, ...] | None:
		return tuple(self.shown["key_account"]) if self.key_account else None


def question_of(filters: frappe._dict) -> Question | None:
	"""Company, day and accounts of the filters; None when no company is known."""
	company = filters.company or default_company()
	if not company:
		return None
	return Question(
		company=company,
		currency=frappe.get_cached_value("Company", company, "default_currency"),
		as_of=getdate(filters.as_of),
		shown=plans.subtree_of(accounts.accounts(), filters.key_account),
		key_account=filters.key_account or None,
	)


def read(question: Question, filters: frappe._dict) -> pd.DataFrame:
	"""Deals within the filters, with `account_name`."""
	found = chain(PipelineFilters(question.company, question.accounts, question.as_of))
	question.remarks = found.remarks
	frame = found.deals
	if filters.item_group:
		frame = of_item_group(frame, found.parts, filters.item_group)
	for field in ("responsible", "source", "kind", "status"):
		if filters.get(field):
			frame = frame[frame[field] == filters.get(field)]
	names = question.shown.set_index("key_account")["account_name"]
	return frame.assign(account_name=frame["key_account"].map(names))


def of_item_group(deals: pd.DataFrame, parts: pd.DataFrame, item_group: str) -> pd.DataFrame:
	"""Deals with nothing but their amounts in an item group and those below it; deals without any are left out."""
	groups = set(sales_ledger.subtree("Item Group", item_group).run(pluck=True))
	inside = parts[parts["item_group"].isin(groups)]
	if inside.empty:
		return deals.iloc[:0]
	amounts = inside.pivot_table(
		index=["source", "deal"], columns="part", values="amount", aggfunc="sum", fill_value=0.0
	).reindex(columns=[*PARTS], fill_value=0.0)
	frame = deals.drop(columns=[*PARTS]).merge(amounts, left_on=["source", "deal"], right_index=True)
	frame["open"] = frame["idea"] + frame["quoted"]
	frame["amount"] = frame["open"] + frame["ordered"] + frame["invoiced"]
	frame["weighted"] = weighted_value(frame)
	return frame


def people() -> dict[str, str]:
	"""Users and their names."""
	return dict(frappe.get_all("User", fields=["name", "full_name"], as_list=True, order_by=None))


def explain(question: Question, deals: pd.DataFrame, filters: frappe._dict, *more: str) -> str:
	"""The message above a report about deals."""
	sentences = [
		_("Pipeline of {0} in {1} on {2}, from {3} deals and {4} documents.").format(
			common.bold(question.company),
			question.currency,
			formatdate(question.as_of),
			common.bold(len(deals)),
			common.bold(int(deals["documents"].sum()) if len(deals) else 0),
		),
		*more,
	]
	if question.key_account:
		name = question.shown.set_index("key_account").loc[question.key_account, "account_name"]
		sentences.append(_("Only {0} and the accounts below it.").format(common.bold(name)))
	if filters.item_group:
		sentences.append(
			_("Only amounts of {0} and the item groups below it.").format(common.bold(filters.item_group))
		)
	sentences.append(_("Read on {0}.").format(common.now_text()))
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted."))
	warnings = "".join(common.warning(remark) for remark in question.remarks)
	return f'<div class="kam-explained">{" ".join(sentences)}</div>{warnings}'


def each_euro_once() -> str:
	return _(
		"Each amount stands in one place: what is invoiced is no longer ordered, what is ordered no longer quoted, what is quoted no longer an idea. Of several valid quotations of one deal the highest counts."
	)


def no_deals_hint(filters: frappe._dict) -> str:
	sentences = [_("There are no deals for these filters that you may see.")]
	if frappe.has_permission(OWN, "create"):
		sentences.append(
			_("Enter the first idea under {0}, or choose fewer filters.").format(common.list_link(OWN))
		)
	else:
		sentences.append(_("Please choose fewer filters."))
	return common.hint(*sentences)


def times_item(label: str, value: float | None) -> dict:
	"""How many times something is covered, for the summary; a dash when it is not known."""
	return {"label": label, "value": "–" if value is None else times_text(value), "datatype": "Data"}


def times_text(value: float) -> str:
	"""A multiple in the number format of the site."""
	digits = 1 if value >= 1 else 2
	return f"{fmt_money(flt(value, digits), precision=digits)} ×"


def source_text(source: str) -> str:
	"""Word for what stands for a deal."""
	return {
		"Key Account Opportunity": _("Key Account Opportunity"),
		"Opportunity": _("Opportunity"),
		"Quotation": _("Quotation"),
		"Sales Order": _("Sales Order"),
		"CRM Deal": _("CRM Deal"),
	}.get(source) or _(source)


def stage_text(stage: str) -> str:
	return {
		"Idea": _("Idea"),
		"Opportunity": _("Opportunity"),
		"Quotation": _("Quotation"),
		"Order": _("Order"),
		"Invoice": _("Invoice"),
	}[stage]
