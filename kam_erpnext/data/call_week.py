"""A week of one person: how many calls stand on each day, what became of them, and how many fit into it."""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import cint

from kam_erpnext.data import call_time, calls
from kam_erpnext.data.account_page.panel import plain
from kam_erpnext.data.permissions import every
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

CYCLE = "Call Cycle"
DAYS = 7


def week(day: date, user: str) -> list[dict]:
	"""Monday to Sunday around a day: calls of the person and those he comes along on, as far as the reader may see them.

	`most` is how many calls a day holds by the cycle in force, else by the settings; None when neither says so.
	"""
	monday = day - timedelta(days=day.weekday())
	days = [monday + timedelta(days=place) for place in range(DAYS)]
	table = frappe.qb.DocType(calls.CALL)
	rows = (
		frappe.qb.from_(table)
		.select(table.planned_on, table.status, table.duration)
		.where(
			every(
				[
					(table.planned_on >= days[0]) & (table.planned_on <= days[-1]),
					(table.user == user) | (table.accompanied_by == user),
					table.status != calls.CANCELLED,
					calls.visible(table),
				]
			)
		)
		.run(as_dict=True)
	)
	found = {
		one: {
			"day": str(one),
			"calls": 0,
			"made": 0,
			"missed": 0,
			"minutes": 0,
			"most": _most(cycle),
		}
		for one, cycle in _cycles(user, days).items()
	}
	for row in rows:
		entry = found[row.planned_on]
		entry["calls"] += 1
		entry["made"] += row.status == calls.MADE
		entry["missed"] += row.status == calls.MISSED
		entry["minutes"] += cint(row.duration)
	return [found[one] for one in days]


def _most(cycle: dict | None) -> int | None:
	return cint(cycle and cycle.calls_per_day) or cint(get_settings().calls_per_day) or None


def _cycles(user: str, days: list[date]) -> dict[date, dict | None]:
	"""The approved cycle of a person on each day; what a reader may not see of it does not leave this module."""
	table = frappe.qb.DocType(CYCLE)
	rows = (
		frappe.qb.from_(table)
		.select(table.from_date, table.to_date, table.calls_per_day)
		.where((table.user == user) & (table.docstatus == 1) & (table.status == "Approved"))
		.where((table.from_date <= days[-1]) & (table.to_date >= days[0]))
		.orderby(table.from_date, order=Order.desc)
		.run(as_dict=True)
	)
	return {one: next((row for row in rows if row.from_date <= one <= row.to_date), None) for one in days}


def accompanied(day: date, user: str) -> list[dict]:
	"""Calls of a day on which the person comes along, with the name of the colleague who makes them."""
	table, colleague = frappe.qb.DocType(calls.CALL), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(table)
		.left_join(colleague)
		.on(colleague.name == table.user)
		.select(*(table[field] for field in calls.FIELDS), table.objective, table.reason)
		.select(colleague.full_name.as_("with"))
		.where(
			every(
				[
					table.planned_on == day,
					table.accompanied_by == user,
					table.status != calls.CANCELLED,
					calls.visible(table),
				]
			)
		)
		.run(as_dict=True)
	)
	for row in rows:
		row["time"] = (
			call_time.to_user_time(row["starts_at"], user).strftime("%H:%M") if row["starts_at"] else None
		)
	return [{field: plain(value) for field, value in row.items()} for row in rows]


def calendar(start: date, end: date, filters: list) -> list[dict]:
	"""Calls of the reader's list planned from `start` to `end`; those without a time last the whole day."""
	reader = frappe.session.user
	rows = frappe.get_list(
		calls.CALL,
		filters=[*filters, [calls.CALL, "planned_on", "between", [start, end]]],
		fields=[
			"name",
			"customer_name",
			"method",
			"status",
			"user",
			"planned_on",
			"starts_at",
			"duration",
		],
		order_by="planned_on asc, starts_at asc, name asc",
		limit_page_length=0,
	)
	names = dict(
		frappe.get_all(
			"User",
			{"name": ("in", list({row["user"] for row in rows}) or [""])},
			["name", "full_name"],
			as_list=True,
		)
	)
	result = []
	for row in rows:
		begins = call_time.to_user_time(row["starts_at"], reader) if row["starts_at"] else None
		last = begins + timedelta(minutes=cint(row["duration"]) or 30) if begins else None
		others = "" if row["user"] == reader else names.get(row["user"]) or row["user"] or ""
		result.append(
			{
				"name": row["name"],
				"caption": " · ".join(filter(None, (row["customer_name"], _(row["method"]), others))),
				"status": row["status"],
				"day": str(row["planned_on"]),
				"begins": str(begins or row["planned_on"]),
				"ends": str(last or row["planned_on"]),
				"all_day": 0 if begins else 1,
			}
		)
	return result
