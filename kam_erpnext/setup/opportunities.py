"""Gates and reasons shipped with the app. Sales operations may change, disable or delete them; each is made once."""

import frappe

from kam_erpnext.setup import once

CREATED = "kam_created_opportunity_masters"
TEMPLATE, REASON = "Key Account Gate Template", "Key Account Win Loss Reason"
ACQUISITION, ORDER = "Acquisition", "Order"

# gate, days after the one before, probability once it is passed, evidence required, document
GATES = (
	("Contact", 14, 10, "Who was met at the customer, and that there is a need.", ""),
	("Customer Analysis", 21, 20, "Need, buying centre, budget and time frame of the customer.", ""),
	("Solution Definition", 30, 30, "Solution agreed with the technical people of the customer; cost estimated.", ""),
	("Presentation", 21, 40, "Who saw the solution, and what they said about it.", ""),
	("Quotation", 21, 55, "", "Quotation"),
	("Qualification Tests", 45, 75, "Result of the tests or samples, and who released them.", ""),
	("Contract", 30, 100, "Signed contract or order.", "Sales Order"),
)  # fmt: skip
ORDER_GATES = (
	("Project Set Up", 14, 0, "Team, dates and budget agreed with the customer.", "Project"),
	("First Delivery", 45, 0, "Delivered on the day promised, or what was different.", ""),
	("Acceptance", 30, 0, "Acceptance of the customer, with what is still to be mended.", ""),
	("Satisfaction Review", 60, 0, "What the customer says about it, and whether the benefit was reached.", ""),
)  # fmt: skip

TEMPLATES = (
	{
		"template_name": "Key Project",
		"phase": ACQUISITION,
		"is_default": 1,
		"description": "Seven gates from the first contact to the contract. The last one is passed by the order.",
		"gates": GATES,
	},
	{
		"template_name": "Short",
		"phase": ACQUISITION,
		"is_default": 0,
		"description": "For repeat business and small projects: need, quotation, contract.",
		"gates": (
			("Customer Analysis", 14, 25, "Need, budget and time frame of the customer.", ""),
			("Quotation", 14, 55, "", "Quotation"),
			("Contract", 30, 100, "Signed contract or order.", "Sales Order"),
		),
	},
	{
		"template_name": "Order Phase",
		"phase": ORDER,
		"is_default": 1,
		"description": "Begins when the order is won: from setting up the project to the review with the customer.",
		"gates": ORDER_GATES,
	},
)

BOTH, WON, LOST = "Won and Lost", "Won", "Lost"
REASONS = (
	("Price", BOTH),
	("Product Fit", BOTH),
	("Quality", BOTH),
	("Delivery Time", BOTH),
	("Service", BOTH),
	("Relationship", BOTH),
	("Terms of Payment", BOTH),
	("Reference or Reputation", BOTH),
	("Total Cost for the Customer", BOTH),
	("Incumbent Supplier", BOTH),
	("Found Together With the Customer", WON),
	("No Budget", LOST),
	("Project Cancelled by the Customer", LOST),
	("Customer Makes It Himself", LOST),
	("Came Too Late", LOST),
	("Decision Maker Not Reached", LOST),
	("Qualification Tests Failed", LOST),
)


def apply():
	"""Make what was never made on this site; what was deleted stays deleted."""
	done = once.created(CREATED)
	for spec in TEMPLATES:
		if _first_time(done, TEMPLATE, spec["template_name"]):
			make_template(spec)
	for reason, counts_for in REASONS:
		if _first_time(done, REASON, reason):
			document = frappe.get_doc({"doctype": REASON, "reason": reason, "counts_for": counts_for})
			document.insert(ignore_permissions=True)  # runs during install
	once.remember(CREATED, done)


def _first_time(done: list[str], doctype: str, name: str) -> bool:
	key = f"{doctype}: {name}"
	if key in done:
		return False
	done.append(key)
	return not frappe.db.exists(doctype, name)


def make_template(spec: dict):
	template = frappe.new_doc(TEMPLATE)
	for field in ("template_name", "is_default", "description"):
		template.set(field, spec[field])
	for gate, days_after, probability, evidence_required, document in spec["gates"]:
		template.append(
			"gates",
			{
				"gate": gate,
				"phase": spec["phase"],
				"days_after": days_after,
				"probability": probability,
				"evidence_required": evidence_required,
				"document": document,
			},
		)
	template.insert(ignore_permissions=True)  # runs during install


def remove():
	once.forget(CREATED)
