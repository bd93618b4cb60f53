"""Earlier versions of a map: kept, restored and removed. They are Power Maps too, which nobody can change."""

import frappe
from frappe import _
from frappe.utils import nowdate

from kam_erpnext.power_map import POWER_MAP, judgements

SNAPSHOT, READING = "Power Map Snapshot", "Power Map Reading"
ROW_FIELDS = (
	"person",
	"person_name",
	"kind",
	"designation",
	"department",
	"organisation",
	"contact",
	"competitor",
	"email_id",
	"relationship_owner",
	"second_owner",
	"contact_rhythm",
	"reports_to",
	"reports_to_name",
	"x",
	"y",
	"placed",
)


def versions_of(doc) -> list[dict]:
	"""Earlier versions of the map a document is or belongs to, the newest first; for those who may read the map."""
	rows = frappe.get_list(
		POWER_MAP,
		filters={"version_of": doc.version_of or doc.name},
		fields=["name", "version", "version_date", "version_note", "people_count", "owner", "creation"],
		order_by="version desc",
		limit_page_length=0,
	)
	names = dict(
		frappe.get_all(
			"User",
			{"name": ("in", list({row.owner for row in rows}))},
			["name", "full_name"],
			as_list=True,
		)
	)
	for row in rows:
		row.kept_by_name = names.get(row.owner) or row.owner
	return rows


def keep(name: str, note: str | None = None) -> str:
	"""Keeps the stored state of a current map as a version. Returns the version's name."""
	current = frappe.get_doc(POWER_MAP, name, for_update=True)
	if not current.is_current:
		frappe.throw(_("This is an earlier version already. Please keep a version of the current map."))
	version = frappe.new_doc(POWER_MAP)
	version.update(
		{
			"key_account": current.key_account,
			"opportunity_type": current.opportunity_type,
			"opportunity": current.opportunity,
			"is_current": 0,
			"version": current.version or 1,
			"version_date": nowdate(),
			"version_note": (note or "").strip() or None,
			"version_of": current.name,
			"judgements": current.judgements,
			"people": rows_of(current),
		}
	)
	version.flags.kam_version = version.flags.kam_copied_judgements = True
	version.flags.ignore_links = True  # they were checked when the map was saved
	# whoever may change the map may keep it
	version.insert(ignore_permissions=True)
	# the map itself did not change: forms that are open stay valid
	frappe.db.set_value(POWER_MAP, name, "version", version.version + 1, update_modified=False)
	return version.name


def rows_of(doc) -> list[dict]:
	return [{field: row.get(field) for field in ROW_FIELDS} for row in doc.people]


def restore(version) -> str:
	"""Puts a version in place of the current map, which is kept as a version before. Returns the map's name.

	Judgements come back for those who may write them; for others those of the present stay, as far as they are about the
	same people.
	"""
	if version.is_current or not version.version_of:
		frappe.throw(_("This is the current map. Please choose an earlier version."))
	current = frappe.get_doc(POWER_MAP, version.version_of, for_update=True)
	current.check_permission("write")
	if judgements.may_write(current):
		if any(judgements.is_unreadable(doc) for doc in (version, current)):
			judgements.throw_unreadable()
		restored = judgements.plain(version)
	else:
		contacts = {row.person: row.contact for row in current.people}
		same = {row.person for row in version.people if contacts.get(row.person, row.contact) == row.contact}
		restored = judgements.kept_for(current, same)
	keep(current.name, _("Before version {0} was restored").format(version.version))
	current.reload()
	current.set("people", rows_of(version))
	current.flags.kam_restored = True
	current.flags.kam_judgements = restored
	current.save()
	return current.name


def keep_for_plan(plan):
	"""At the approval of a plan the current map of its account is kept, so that plan and map can be read together."""
	from kam_erpnext.kam_erpnext.doctype.power_map.power_map import current_map

	if name := current_map(plan.key_account):
		keep(name, _("Plan {0} approved").format(plan.title or plan.name))


def remove_what_belongs_to(doc):
	"""Versions, snapshots and readings go with the current map."""
	if doc.version_of:
		return
	for name in frappe.get_all(POWER_MAP, {"version_of": doc.name}, pluck="name"):
		# whoever may delete the map deletes its versions
		frappe.delete_doc(POWER_MAP, name, ignore_permissions=True, force=True)
	for doctype in (SNAPSHOT, READING):
		frappe.db.delete(doctype, {"power_map": doc.name})
