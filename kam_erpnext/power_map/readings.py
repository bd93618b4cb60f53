"""Who outside the account team read judgements about people."""

import frappe
from frappe.utils import add_to_date, now_datetime

from kam_erpnext.data.permissions import in_account_team
from kam_erpnext.power_map import POWER_MAP

READING = "Power Map Reading"
# what a form asks for in the same minute is one reading
SAME_READING_SECONDS = 60


def record(doc, way: str, also_team: bool = False):
	"""Records that the present user reads judgements of a map, unless he is in the account team."""
	user = frappe.session.user
	stored = frappe.db.get_value(POWER_MAP, doc.name, ["key_account", "version_of"], as_dict=True)
	if not stored or (not also_team and in_account_team(stored.key_account, user)):
		return
	# readings of a version stand with the current map: one list says who read it
	values = {"power_map": stored.version_of or doc.name, "read_by": user, "way": way}
	since = add_to_date(now_datetime(), seconds=-SAME_READING_SECONDS)
	if frappe.db.exists(READING, {**values, "read_on": (">", since)}):
		return
	reading = frappe.get_doc({"doctype": READING, "key_account": stored.key_account, **values})
	reading.read_on = now_datetime()
	reading.insert(ignore_permissions=True)  # nobody may write them by hand
	# most readings happen in GET requests, which Frappe undoes otherwise
	frappe.local.flags.commit = True
