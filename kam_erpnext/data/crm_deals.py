"""Deals of Frappe CRM as a source of the pipeline. The app is optional: without it there are none.

A deal belongs to a customer that was made of it, or whose id or name is that of its organisation. Deals name no company:
they count for the default company of KAM Settings only, so that no deal stands in two companies.
"""

from collections.abc import Mapping

import frappe
from frappe.query_builder.functions import Coalesce
from frappe.utils import flt

from kam_erpnext.data.currency import exchange_rate
from kam_erpnext.data.deal_documents import CRM_DEAL, Member, Party
from kam_erpnext.data.permissions import every, fences
from kam_erpnext.engine import pipeline as engine
from kam_erpnext.extending import Deal, PipelineQuestion
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

STATUS = "CRM Deal Status"
STATUS_TYPES = {"Won": engine.WON, "Lost": engine.LOST, "On Hold": engine.ON_HOLD}


def is_installed() -> bool:
	"""Whether the site has deals of Frappe CRM."""
	return bool(frappe.db.exists("DocType", CRM_DEAL, cache=True))


def read(question: PipelineQuestion) -> list[Deal]:
	"""Deals that are neither won nor lost."""
	if not is_installed() or question.company != default_company():
		return []
	currency = frappe.get_cached_value("Company", question.company, "default_currency")
	customers = _by_organisation(question.parties)
	result = []
	for row in _rows(question.user):
		key_account, customer = question.parties.get((CRM_DEAL, row.name)) or customers.get(
			row.organization, (None, None)
		)
		status = STATUS_TYPES.get(row.type or row.status, engine.OPEN)
		if not key_account or status in (engine.WON, engine.LOST):
			continue
		value = flt(row.expected_deal_value) or flt(row.deal_value)
		rate = exchange_rate(row.currency or currency, currency, question.as_of)
		result.append(
			Deal(
				name=row.name,
				title=row.organization or row.lead_name or row.name,
				key_account=key_account,
				customer=customer,
				amount=flt(value * rate, 2) if value and rate else None,
				probability=flt(row.probability) or None,
				expected_close=row.expected_closure_date,
				started_on=row.creation.date(),
				responsible=row.deal_owner,
				status=status,
			)
		)
	return result


def _rows(user: str) -> list[dict]:
	deal = frappe.qb.DocType(CRM_DEAL)
	meta = frappe.get_meta(CRM_DEAL)
	fields = ["organization", "lead_name", "deal_owner", "status", "probability", "expected_deal_value"]
	fields += ["deal_value", "currency", "expected_closure_date"]
	# versions of Frappe CRM differ in what they have
	there = [field for field in fields if meta.has_field(field)]
	query = (
		frappe.qb.from_(deal)
		.select(deal.name, deal.creation, *[deal[field] for field in there])
		.where(every([deal.docstatus < 2, fences(CRM_DEAL, deal, user)]))
		.orderby(deal.name)
	)
	if frappe.db.exists("DocType", STATUS, cache=True) and frappe.get_meta(STATUS).has_field("type"):
		status = frappe.qb.DocType(STATUS)
		query = query.left_join(status).on(status.name == deal.status)
		query = query.select(Coalesce(status.type, "").as_("type"))
	return query.run(as_dict=True)


def _by_organisation(parties: Mapping[Party, Member]) -> dict[str, Member]:
	"""Id and name of the customers -> account and customer."""
	members = {name: member for (doctype, name), member in parties.items() if doctype == "Customer"}
	if not members:
		return {}
	customer = frappe.qb.DocType("Customer")
	names = (
		frappe.qb.from_(customer)
		.select(customer.name, customer.customer_name)
		.where(customer.name.isin(sorted(members)))
		.run()
	)
	return {**{title: members[name] for name, title in names}, **members}
