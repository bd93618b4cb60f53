"""Kanban boards of actions and opportunities. Each is made once: a site may change or delete it, and migrate leaves it alone."""

import json

import frappe

from kam_erpnext.setup import once

ACTIONS, OPPORTUNITIES = "Key Account Actions", "Key Account Opportunities by Gate"
GATES = (
	"Contact",
	"Customer Analysis",
	"Solution Definition",
	"Presentation",
	"Quotation",
	"Qualification Tests",
	"Contract",
)
GATE_COLOURS = ("Gray", "Light Blue", "Cyan", "Blue", "Purple", "Orange", "Green")
BOARDS = (
	{
		"name": ACTIONS,
		"doctype": "Key Account Action",
		"field": "status",
		"columns": (("Planned", "Blue"), ("In Progress", "Orange"), ("Done", "Green"), ("Dropped", "Gray")),
		"cards": ("account_name", "responsible_name", "end_date", "priority"),
		"filters": [],
		"show_labels": 0,
	},
	{
		"name": OPPORTUNITIES,
		"doctype": "Key Account Opportunity",
		"field": "current_gate",
		"columns": tuple(zip(GATES, GATE_COLOURS, strict=True)),
		"cards": ("account_name", "amount", "expected_close", "priority_score"),
		"filters": [["Key Account Opportunity", "status", "in", ["Open"]]],
		"show_labels": 1,
	},
)

# remembers which boards were made
CREATED = "kam_created_kanban_board"


def apply():
	done = once.created(CREATED)
	for spec in BOARDS:
		if spec["name"] in done:
			continue
		if not frappe.db.exists("Kanban Board", spec["name"]):
			make(spec)
		done.append(spec["name"])
	once.remember(CREATED, done)


def make(spec: dict):
	board = frappe.new_doc("Kanban Board")
	board.update(
		{
			"kanban_board_name": spec["name"],
			"reference_doctype": spec["doctype"],
			"field_name": spec["field"],
			"private": 0,
			"show_labels": spec["show_labels"],
			"fields": json.dumps(spec["cards"]),
			"filters": json.dumps(spec["filters"]) if spec["filters"] else None,
		}
	)
	for name, colour in spec["columns"]:
		board.append("columns", {"column_name": name, "indicator": colour, "status": "Active"})
	board.insert(ignore_permissions=True)  # runs during install


def add_gates(gates: list[str]):
	"""Columns for the gates of a template that the board of the opportunities does not have yet."""
	if not frappe.db.exists("Kanban Board", OPPORTUNITIES):
		return
	board = frappe.get_doc("Kanban Board", OPPORTUNITIES)
	known = {row.column_name for row in board.columns}
	missing = [gate for gate in gates if gate not in known]
	for gate in missing:
		board.append("columns", {"column_name": gate, "indicator": "Gray", "status": "Active", "order": "[]"})
	if missing:
		# whoever may change gates may have their columns
		board.save(ignore_permissions=True)


def remove():
	for spec in BOARDS:
		for name in frappe.get_all("Kanban Board", {"reference_doctype": spec["doctype"]}, pluck="name"):
			frappe.delete_doc("Kanban Board", name, force=True)
	once.forget(CREATED)
