"""Shipped frequencies of calls. They are made once: a site may change or delete them, and migrate leaves them alone."""

import frappe

from kam_erpnext.data.accounts import level_ranks
from kam_erpnext.setup import once

RULE = "Call Frequency Rule"

# remembers which rules were made
CREATED = "kam_created_call_rules"
TOP_LEVEL = "top level"

# name, method, calls a period, minutes, customers, why; Talley's example: A 12, B 6, C 2 visits a year, the rest 1 call
RULES = (
	(
		"Joint Visits to the Largest Key Accounts",
		"Joint Visit",
		(1, "Quarter", 120),
		{"level": TOP_LEVEL},
		"A senior colleague comes along once a quarter, so that more than one of us knows them.",
	),
	(
		"Visits to A Customers",
		"Visit",
		(12, "Year", 60),
		{"abc_class": "A"},
		"The few customers who make most of our sales.",
	),
	(
		"Visits to B Customers",
		"Visit",
		(6, "Year", 60),
		{"abc_class": "B"},
		"Customers in the middle: every other month.",
	),
	(
		"Visits to C Customers",
		"Visit",
		(2, "Year", 45),
		{"abc_class": "C"},
		"Twice a year; phone in between.",
	),
	(
		"Phone Calls to A Customers",
		"Phone",
		(12, "Year", 20),
		{"abc_class": "A"},
		"A call between two visits.",
	),
	(
		"Phone Calls to B Customers",
		"Phone",
		(6, "Year", 20),
		{"abc_class": "B"},
		"A call between two visits.",
	),
	(
		"Phone Calls to C Customers",
		"Phone",
		(2, "Year", 15),
		{"abc_class": "C"},
		"A call between two visits.",
	),
	(
		"Phone Calls to All Others",
		"Phone",
		(1, "Year", 15),
		{},
		"Customers without sales in the last twelve months: ask once a year.",
	),
)


def apply():
	"""Make the shipped rules that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for order, (name, method, (calls, per, duration), customers, note) in enumerate(RULES, start=1):
		if name in done:
			continue
		if customers.get("level") == TOP_LEVEL:
			ranks = level_ranks()
			if not ranks:
				continue
			customers = {"level": min(ranks, key=lambda level: (ranks[level], level))}
		if not frappe.db.exists(RULE, name):
			values = {
				"rule_name": name,
				"rule_order": 10 * order,
				"method": method,
				"calls": calls,
				"per": per,
				"duration": duration,
				"note": note,
				**customers,
			}
			frappe.get_doc({"doctype": RULE, **values}).insert(ignore_permissions=True)  # runs during install
		done.append(name)
	once.remember(CREATED, done)


def remove():
	once.forget(CREATED)
