"""Tasks that need Frappe, run with the private environment's Python: `python -m tests.harness.inside TASK SITE …`.

The last line a task prints is its result as JSON.
"""

import json
import os
import sys

COMPANY, ABBR = "Test Company", "TC"
FIRST_YEAR, LAST_YEAR = 2016, 2027


def set_up(company=COMPANY, abbr=ABBR):
	"""Runs ERPNext's setup wizard for a company in the United States and adds fiscal years. Safe to run again."""
	import frappe
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	if not frappe.db.count("Company"):
		said = setup_complete(
			{
				"language": "English",
				"country": "United States",
				"timezone": "America/New_York",
				"currency": "USD",
				"full_name": "Site Owner",
				"email": "owner@example.com",
				"password": "admin",
				"company_name": company,
				"company_abbr": abbr,
				"chart_of_accounts": "Standard",
				"fy_start_date": "2024-01-01",
				"fy_end_date": "2024-12-31",
				"setup_demo": 0,
				"enable_telemetry": 0,
			}
		)
		if not said or said.get("status") != "ok":
			raise SystemExit(f"the setup wizard answered {said}")
	for year in range(FIRST_YEAR, LAST_YEAR + 1):
		start, end = f"{year}-01-01", f"{year}-12-31"
		if not frappe.db.exists("Fiscal Year", {"year_start_date": start, "year_end_date": end}):
			frappe.get_doc(
				{"doctype": "Fiscal Year", "year": str(year), "year_start_date": start, "year_end_date": end}
			).insert()
	if frappe.get_meta("System Settings").has_field("setup_complete"):
		frappe.db.set_single_value("System Settings", "setup_complete", 1)
	frappe.db.commit()
	return {"company": company, "fiscal_years": frappe.db.count("Fiscal Year")}


def set_up_for_tests():
	"""The wizard, then settings that only tests want."""
	import frappe

	result = set_up()
	for doctype, field, value in (
		("System Settings", "enable_scheduler", 0),
		("System Settings", "session_expiry", "170:00"),
		# tours and hints would cover what the browser tests look at
		("System Settings", "enable_onboarding", 0),
		("Stock Settings", "allow_negative_stock", 0),
		# one customer is invoiced in several currencies, and tests delete the invoices that they committed
		("Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", 1),
		("Accounts Settings", "delete_linked_ledger_entries", 1),
	):
		frappe.db.set_single_value(doctype, field, value)
	frappe.db.commit()
	return result


def load_adventureworks():
	"""Loads the AdventureWorks sample through ERPNext's documents, or says why ERPNext cannot on this database."""
	from tests.site import adventureworks, databases

	try:
		return adventureworks.load()
	except Exception as error:
		if reason := databases.failing_function(error):
			return {"not_possible": reason}
		raise


TASKS = {task.__name__: task for task in (set_up, set_up_for_tests, load_adventureworks)}


def main():
	"""Connects to the site, runs one task, prints its result."""
	task, site, *arguments = sys.argv[1:]
	import frappe

	frappe.init(site=site, sites_path=os.getcwd())
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.flags.mute_emails = True
	try:
		result = TASKS[task](*arguments)
	finally:
		frappe.destroy()
	print(json.dumps(result, default=str))


if __name__ == "__main__":
	main()
