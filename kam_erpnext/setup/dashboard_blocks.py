"""Charts of our reports as blocks for workspaces. They are made once: a site may change or delete them."""

import frappe

from kam_erpnext.setup import once
from kam_erpnext.setup.roles import ROLES

BLOCK = "Custom HTML Block"
# what each shows stands in public/js/dashboard/blocks.js, under the same name
BLOCKS = (
	"KAM Roll-up",
	"KAM Targets",
	"KAM Trend",
	"KAM Profit",
	"KAM Scorecard",
	"KAM Portfolio",
	"KAM Pipeline",
)

# remembers which blocks were made
CREATED = "kam_created_dashboard_blocks"


def apply():
	"""Make the blocks that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for name in BLOCKS:
		if name in done:
			continue
		if not frappe.db.exists(BLOCK, name):
			make(name)
		done.append(name)
	once.remember(CREATED, done)


def make(name: str):
	block = frappe.new_doc(BLOCK)
	block.update(
		{"html": "<div></div>", "script": f'kam.dashboard.show(root_element, "{name}");', "style": ""}
	)
	for role in (*ROLES, "System Manager"):
		block.append("roles", {"role": role})
	block.insert(ignore_permissions=True, set_name=name)  # runs during install


def remove():
	for name in BLOCKS:
		if frappe.db.exists(BLOCK, name):
			# runs during uninstall
			frappe.delete_doc(BLOCK, name, force=True, ignore_permissions=True)
	once.forget(CREATED)
