"""Kanban board of the actions. It is made once: a site may change or delete it, and migrate leaves it alone."""

import json

import frappe

BOARD = "Key Account Actions"
COLUMNS = (("Planned", "Blue"), ("In Progress", "Orange"), ("Done", "Green"), ("Dropped", "Gray"))
CARD_FIELDS = ("account_name", "responsible_name", "end_date", "priority")

# remembers that the board was made
CREATED = "kam_created_kanban_board"


def apply():
	if _created():
		return
	if not frappe.db.exists("Kanban Board", BOARD):
		board = frappe.new_doc("Kanban Board")
		board.update(
			{
				"kanban_board_name": BOARD,
				"reference_doctype": "Key Account Action",
				"field_name": "status",
				"private": 0,
				"show_labels": 0,
				"fields": json.dumps(CARD_FIELDS),
			}
		)
		for name, colour in COLUMNS:
			board.append("columns", {"column_name": name, "indicator": colour, "status": "Active"})
		board.insert(ignore_permissions=True)  # runs during install
	frappe.db.set_global(CREATED, BOARD)


def _created() -> str | None:
	# from the table: during install Frappe does not refresh the cache that get_global reads
	return frappe.db.get_value("DefaultValue", {"parent": "__global", "defkey": CREATED}, "defvalue")


def remove():
	for name in frappe.get_all("Kanban Board", {"reference_doctype": "Key Account Action"}, pluck="name"):
		frappe.delete_doc("Kanban Board", name, force=True)
	frappe.db.delete("DefaultValue", {"defkey": CREATED})
