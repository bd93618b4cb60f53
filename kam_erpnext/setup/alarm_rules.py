"""Shipped rules of alarms. They are made once: a site may change, switch off or delete them, and migrate leaves them alone."""

import frappe

from kam_erpnext import alarms
from kam_erpnext.setup import once

# remembers which rules were made
CREATED = "kam_created_alarm_rules"

MANAGER = {"tell_manager": 1}
BOTH = {"tell_manager": 1, "tell_director": 1}
# name, what happens, threshold, days, severity, who is told, note
RULES = (
	(
		"Net sales fall against last year",
		alarms.SALES_DROP, 30, 90, "High", BOTH,
		"A quarter shows a loss early, and one late order alone raises no alarm. Find out what the customer buys elsewhere, and why.",
	),
	(
		"No order within the usual rhythm",
		alarms.ORDER_GAP, 2, 730, "Medium", MANAGER,
		"The last order is longer ago than the mean gap and two standard deviations, as only one gap in twenty would be. Call the customer.",
	),
	(
		"Only one contact person",
		alarms.SINGLE_THREAD, 1, 0, "High", MANAGER,
		"When this person leaves, the relationship does. Plan meetings with others of the map.",
	),
	(
		"Actions are overdue",
		alarms.OVERDUE_ACTIONS, 3, 7, "Medium", MANAGER,
		"Three actions a week late show that the plan stands still. Do, delegate or drop them.",
	),
	(
		"Calls were not made",
		alarms.OVERDUE_CALLS, 2, 7, "Low", MANAGER,
		"Two calls a week late and not made up for since. Make them, or change the frequency.",
	),
	(
		"A contract ends",
		alarms.CONTRACT_ENDS, 0, 90, "Medium", BOTH,
		"Three months leave time to negotiate. A later contract with the same customer ends the alarm.",
	),
	(
		"Health falls",
		alarms.HEALTH_FALLS, 15, 30, "High", BOTH,
		"Fifteen points in a month are more than ordinary movement. The scorecard shows which lines fell.",
	),
	(
		"Sales fall behind the plan",
		alarms.PLAN_BEHIND, 15, 0, "Medium", BOTH,
		"Behind the part of the target due to date, with the months of the plan taken as they are. Look for the gap in the pipeline.",
	),
	(
		"Receivables are long overdue",
		alarms.OVERDUE_RECEIVABLES, 25, 30, "Medium", MANAGER,
		"A quarter of what is outstanding is late by more than a month: often a complaint nobody has heard of. Ask before the next offer.",
	),
)  # fmt: skip


def apply():
	"""Make the shipped rules that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for name, kind, threshold, days, severity, told, note in RULES:
		if name in done:
			continue
		if not frappe.db.exists(alarms.RULE, name):
			values = {
				"rule_name": name,
				"kind": kind,
				"threshold": threshold,
				"days": days,
				"severity": severity,
				"note": note,
				"tell_manager": 0,
				**told,
			}
			frappe.get_doc({"doctype": alarms.RULE, **values}).insert(
				ignore_permissions=True  # runs during install
			)
		done.append(name)
	once.remember(CREATED, done)


def remove():
	once.forget(CREATED)
