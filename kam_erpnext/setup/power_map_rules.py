"""Shipped rules of a good power map. They are made once: a site may change or delete them, and migrate leaves them alone."""

import frappe

from kam_erpnext.setup import once

RULE = "Power Map Rule"

# remembers which rules were made
CREATED = "kam_created_power_map_rules"

# name, weight, condition and what it needs, next step; steps become actions, which more people read than may see
# judgements, so they name what to do and never what we think of somebody
RULES = (
	(
		"The decider is known",
		2,
		{"condition": "Role Filled", "role": "Decider", "minimum": 1},
		"Find out who decides, and enter this person on the map.",
	),
	(
		"A champion is found",
		2,
		{"condition": "Role Filled", "role": "Champion", "minimum": 1},
		"Look for somebody who gains from our success and has a say, and win this person as our champion.",
	),
	(
		"The buyer is known",
		1,
		{"condition": "Role Filled", "role": "Buyer", "minimum": 1},
		"Find out who negotiates and signs, and enter this person on the map.",
	),
	(
		"A user is known",
		1,
		{"condition": "Role Filled", "role": "User", "minimum": 1},
		"Visit the people who work with what we supply, and enter one of them on the map.",
	),
	(
		"An influencer is known",
		1,
		{"condition": "Role Filled", "role": "Influencer", "minimum": 1},
		"Ask whose advice counts in decisions, and enter this person on the map.",
	),
	(
		"At least three people are in contact",
		2,
		{"condition": "People in Contact", "minimum": 3},
		"Arrange a talk with more people: {0}.",
	),
	(
		"People with high power are covered",
		2,
		{"condition": "Powerful People Covered", "power": "High", "coverage": "Multiple"},
		"Plan a meeting with {0}.",
	),
	(
		"The champion supports us",
		1,
		{"condition": "Role Supports", "role": "Champion", "minimum": 1},
		"Talk with {0} about the benefit of working with us.",
	),
	(
		"Nobody with high power works against us",
		1,
		{"condition": "No Opponent", "power": "High"},
		"Talk with {0} about what they expect of a supplier.",
	),
	(
		"No poor relationship with people who have power",
		1,
		{"condition": "No Poor Relationship", "power": "Medium"},
		"Meet {0} together with a senior colleague.",
	),
	(
		"Contact in time with people who have power",
		1,
		{"condition": "Contact in Time", "power": "Medium"},
		"Get in touch with {0}.",
	),
	(
		"People with power have an owner of the relationship",
		1,
		{"condition": "Owner Named", "power": "Medium"},
		"Agree who of us owns the relationship with {0}.",
	),
	(
		"At least two of us know people there",
		1,
		{"condition": "Our People Involved", "minimum": 2},
		"Introduce a second colleague to the people at the customer.",
	),
)


def apply():
	"""Make the shipped rules that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for order, (name, weight, condition, next_step) in enumerate(RULES, start=1):
		if name in done:
			continue
		if not frappe.db.exists(RULE, name):
			values = {
				"rule_name": name,
				"rule_order": 10 * order,
				"weight": weight,
				"next_step": next_step,
				**condition,
			}
			frappe.get_doc({"doctype": RULE, **values}).insert(ignore_permissions=True)  # runs during install
		done.append(name)
	once.remember(CREATED, done)


def remove():
	once.forget(CREATED)
