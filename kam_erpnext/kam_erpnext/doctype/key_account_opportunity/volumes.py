"""Volumes per year: sums, profit potential as far as margins are known, and what was sold before."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt, getdate

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, resolve_window

FIRST_YEAR, LAST_YEAR = 2000, 2100


def validate(doc):
	seen = {}
	for row in doc.volumes:
		_validate_row(row)
		key = (cint(row.year), row.item_group, row.item or "")
		if key in seen:
			frappe.throw(
				_("Volumes, line {0}: {1} of {2} is in line {3} already. Please put both together.").format(
					row.idx, escape_html(row.item or row.item_group or ""), row.year, seen[key]
				)
			)
		seen[key] = row.idx
		row.margin_known = int(bool(row.margin_known or flt(row.margin)))
		row.ordered_before = 0  # shown by the form, read live
	doc.total_amount = flt(sum(flt(row.amount) for row in doc.volumes), 2)
	known = [row for row in doc.volumes if row.margin_known]
	doc.profit_potential = flt(sum(flt(row.amount) * flt(row.margin) / 100 for row in known), 2)
	doc.profit_known = (
		flt(100 * sum(flt(row.amount) for row in known) / doc.total_amount, 1) if doc.total_amount else 0
	)
	if flt(doc.amount) < 0:
		frappe.throw(_("Order Value: an amount below zero is not possible. Please enter 0 or more."))
	if not flt(doc.amount):
		doc.amount = first_year(doc)


def _validate_row(row):
	if not FIRST_YEAR <= cint(row.year) <= LAST_YEAR:
		frappe.throw(
			_("Volumes, line {0}: Year {1} is not possible. Please enter a year such as {2}.").format(
				row.idx, cint(row.year), getdate().year
			)
		)
	for field in ("amount", "qty"):
		if flt(row.get(field)) < 0:
			frappe.throw(
				_("Volumes, line {0}: {1} cannot be below zero.").format(
					row.idx, _(row.meta.get_label(field))
				)
			)
	if not -100 <= flt(row.margin) <= 100:
		frappe.throw(
			_("Volumes, line {0}: a Margin of {1} % is not possible. Please enter -100 to 100.").format(
				row.idx, flt(row.margin)
			)
		)
	if row.item:
		group, disabled = frappe.db.get_value("Item", row.item, ["item_group", "disabled"]) or (None, 0)
		if not row.item_group:
			row.item_group = group
		elif group and group not in _below(row.item_group):
			frappe.throw(
				_("Volumes, line {0}: Item {1} belongs to the Item Group {2}, not to {3}.").format(
					row.idx, escape_html(row.item), escape_html(group), escape_html(row.item_group)
				)
			)
		if disabled and row.is_new():
			frappe.throw(
				_("Volumes, line {0}: Item {1} is disabled. Please choose another one, or none.").format(
					row.idx, escape_html(row.item)
				)
			)


def _below(item_group: str) -> set[str]:
	return {item_group, *frappe.utils.nestedset.get_descendants_of("Item Group", item_group)}


def first_year(doc) -> float:
	"""Volume of the first year."""
	years = [cint(row.year) for row in doc.volumes if flt(row.amount)]
	if not years:
		return 0.0
	return flt(sum(flt(row.amount) for row in doc.volumes if cint(row.year) == min(years)), 2)


def show_year_before(doc):
	"""Net sales of the item groups in the twelve months before, as the reader may see them; not stored."""
	if not doc.volumes or not doc.company or not doc.key_account:
		return
	customers = tuple(accounts.visible_customers(doc.key_account))
	if not customers:
		return
	filters = SalesFilters(company=doc.company, source=_source(), customers=customers)
	day = getdate(doc.creation) if doc.creation else getdate()
	period = resolve_window(ROLLING_12_MONTHS, day - timedelta(days=1))
	frame = sales.net_sales(filters, period, by=("item_group",))
	sold = dict(zip(frame["item_group"], frame["net_sales"], strict=True))
	for row in doc.volumes:
		if row.item_group:
			row.ordered_before = flt(sum(sold.get(group, 0) for group in _below(row.item_group)), 2)


def _source() -> str:
	from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

	return get_settings().sales_source
