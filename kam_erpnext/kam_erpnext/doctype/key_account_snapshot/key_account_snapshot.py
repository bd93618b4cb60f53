from frappe.model.document import Document

from kam_erpnext.compat import add_index
from kam_erpnext.snapshots import SNAPSHOT


class KeyAccountSnapshot(Document):
	"""What was known of an account on a day. Made by `kam_erpnext.snapshots`, never changed afterwards."""


def on_doctype_update():
	# trends and the night before read by account, company and day
	add_index(SNAPSHOT, ["key_account", "company", "snapshot_date"])
