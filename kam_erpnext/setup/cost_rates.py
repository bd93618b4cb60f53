"""Shipped cost rates: one for each driver, 0 = not used. They are made once: a site may change or delete them."""

import frappe

from kam_erpnext.setup import once

RATE = "KAM Cost Rate"

# remembers which rates were made
CREATED = "kam_created_cost_rates"
FROM = "2000-01-01"
SERIES = "KCR-"

# driver, how a site finds its rate
DRIVERS = (
	("Sales Order", "Yearly cost of order entry, divided by the number of sales orders."),
	("Order Line", "What each line of an order costs beside the order itself: picking, packing, checking."),
	("Delivery", "What a delivery costs us beside the goods: handling, papers, own vehicles."),
	(
		"Weight Delivered",
		"Freight by weight, as carriers charge it. Use it instead of Shipment where shipments are not entered.",
	),
	("Return", "What it costs to take goods back: pick-up, check, credit note."),
	("Call", "Yearly cost of the field force, divided by the number of calls it makes."),
	("Issue", "Yearly cost of the service desk, divided by the number of issues it solves."),
	(
		"Timesheet",
		"100: the cost of timesheets on projects of the customer counts as booked. Timesheets on a plan are key account work and count there.",
	),
	("Shipment", "100: the amount of shipments to the customer counts as booked."),
	(
		"Money Owed Until Due",
		"Interest a year on what a customer owes between the invoice and the day it is due.",
	),
	("Money Overdue", "Interest a year on what a customer owes after the day it was due."),
)


def apply():
	"""Make the shipped rates that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for driver, note in DRIVERS:
		if driver in done:
			continue
		if not frappe.db.exists(RATE, {"driver": driver}):
			values = {"driver": driver, "rate": 0, "from_date": FROM, "note": note}
			frappe.get_doc({"doctype": RATE, **values}).insert(ignore_permissions=True)  # runs during install
		done.append(driver)
	once.remember(CREATED, done)


def remove():
	once.forget(CREATED)
	# the rates go with their table, the counter of their names is Frappe's
	frappe.db.delete("Series", {"name": SERIES})
