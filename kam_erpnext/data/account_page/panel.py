"""Panels: what the parts of the page share."""

from datetime import date, datetime

import frappe

ROWS = 5  # lines a panel shows


def part(doctype: str, rows: list[dict], filters: dict | None = None, about: str = "", **values) -> dict:
	"""A panel: the first lines, how many there are, how they were found and the list that shows them all."""
	return {
		"doctype": doctype,
		"readable": True,
		"count": len(rows),
		"rows": rows[:ROWS],
		"filters": filters,
		"about": about,
		**values,
	}


def hidden(doctype: str) -> dict:
	"""A panel whose documents the reader may not read: nothing of it is shown."""
	return {"doctype": doctype, "readable": False, "count": None, "rows": []}


def may_read(doctype: str) -> bool:
	return bool(frappe.db.exists("DocType", doctype, cache=True)) and frappe.has_permission(doctype, "read")


def listed(doctype: str, filters: dict, fields: list[str], order_by: str) -> list[dict]:
	"""All documents of a list as the reader sees it."""
	rows = frappe.get_list(doctype, filters=filters, fields=fields, order_by=order_by, limit_page_length=0)
	return [{field: plain(value) for field, value in row.items()} for row in rows]


def plain(value):
	return str(value) if isinstance(value, date | datetime) else value


def name_or_dash(value: str | None) -> str:
	return value or "–"
