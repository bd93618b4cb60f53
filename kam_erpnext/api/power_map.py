"""What the Power Map form and the account page ask the server for."""

import frappe
from frappe import _

from kam_erpnext.data.permissions import OWNER_FIELDS
from kam_erpnext.kam_erpnext.doctype.power_map.power_map import current_map, start_map
from kam_erpnext.power_map import POWER_MAP, judgements, versions

READING, SNAPSHOT = "Power Map Reading", "Power Map Snapshot"


@frappe.whitelist(methods=["POST"])
def start(key_account: str, opportunity: str | None = None) -> str:
	"""Name of the current map of an account, or of one of its opportunities; made if there is none."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	existing = current_map(key_account, opportunity or None)
	if existing:
		frappe.get_doc(POWER_MAP, existing).check_permission("read")
		return existing
	frappe.has_permission(POWER_MAP, "create", throw=True)
	return start_map(key_account, opportunity or None)


@frappe.whitelist(methods=["GET"])
def find(key_account: str) -> str | None:
	"""Name of the current map of an account, if there is one the reader may see."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	name = current_map(key_account)
	return name if name and frappe.has_permission(POWER_MAP, "read", doc=name) else None


@frappe.whitelist(methods=["GET"])
def read(power_map: str) -> dict:
	"""The stored map, for merging it with changes that were not saved yet."""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	return {
		"name": doc.name,
		"modified": str(doc.modified),
		"modified_by": doc.modified_by,
		"modified_by_name": full_name(doc.modified_by),
		"people": [
			row.as_dict(no_default_fields=True) | {"name": row.name, "idx": row.idx} for row in doc.people
		],
		"judgements": judgements.reveal(doc, "Form"),
	}


@frappe.whitelist(methods=["GET"])
def state(power_map: str) -> dict:
	"""What the form shows beside the map itself: rights, contacts, team, versions, scores and their trend."""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	revealed = judgements.reveal(doc, "Form")
	unreadable = judgements.may_read(doc) and judgements.is_unreadable(doc)
	return {
		"can_write": bool(doc.is_current and frappe.has_permission(POWER_MAP, "write", doc=doc)),
		"can_judge": bool(doc.is_current and revealed is not None and judgements.may_write(doc)),
		"judged": revealed is not None,
		"judgements_unreadable": judgements.unreadable_message() if unreadable else None,
		"contacts": contacts_of(doc),
		"team": team_of(doc.key_account),
		"versions": versions.versions_of(doc),
		"scores": scores_of(doc) if revealed is not None else None,
		"structure": structure_of(doc),
		"trend": trend_of(doc) if revealed is not None else [],
		"may_see_readings": bool(frappe.has_permission(READING, "read")),
		"may_forget": may_forget(doc),
	}


def contacts_of(doc) -> dict:
	"""By person with a contact: whether it still exists, its name and picture, and the last contact with it."""
	linked = {row.person: row.contact for row in doc.people if row.contact}
	if not linked:
		return {}
	found = {
		row.name: row
		for row in frappe.get_all(
			"Contact", {"name": ("in", list(linked.values()))}, ["name", "full_name", "image"]
		)
	}
	readable = set()
	if frappe.has_permission("Contact", "read"):
		readable = set(
			frappe.get_list(
				"Contact", filters={"name": ("in", list(found))}, pluck="name", limit_page_length=0
			)
		)
	last = last_contacts(sorted(readable))
	return {
		person: {
			"exists": contact in found,
			"full_name": found[contact].full_name if contact in found else None,
			"image": found[contact].image if contact in readable else None,
			"last_contact": last.get(contact),
		}
		for person, contact in linked.items()
	}


def last_contacts(contacts: list[str]) -> dict:
	try:
		from kam_erpnext.data import relationships
	except ImportError:
		return {}
	return relationships.last_contacts(contacts, user=frappe.session.user) if contacts else {}


def scores_of(doc) -> dict | None:
	try:
		from kam_erpnext.power_map import scores
	except ImportError:
		return None
	return scores.scores(doc)


def structure_of(doc) -> dict:
	try:
		from kam_erpnext.power_map import scores
	except ImportError:
		return {}
	return scores.structure(doc)


def team_of(key_account: str) -> list[dict]:
	"""Users with a part on the account, named once, with what they do there."""
	account = frappe.get_doc("Key Account", key_account)
	functions = {}
	for field in OWNER_FIELDS:
		if user := account.get(field):
			functions.setdefault(user, _(account.meta.get_label(field)))
	people = account.people()
	for row in account.team:
		if row.user in people:
			functions.setdefault(row.user, _(row.function or ""))
	names = {
		row.name: row.full_name
		for row in frappe.get_all("User", {"name": ("in", list(functions))}, ["name", "full_name"])
	}
	return [
		{
			"user": user,
			"full_name": names.get(user) or user,
			"initials": initials(names.get(user) or user),
			"function": function,
		}
		for user, function in functions.items()
	]


def initials(name: str) -> str:
	words = name.split()
	return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def full_name(user: str) -> str:
	return frappe.db.get_value("User", user, "full_name") or user


def trend_of(doc) -> list[dict]:
	"""Snapshots of the current map, the oldest first, as far as the reader may see them."""
	if not frappe.has_permission(SNAPSHOT, "read"):
		return []
	return frappe.get_list(
		SNAPSHOT,
		filters={"power_map": doc.version_of or doc.name},
		fields=[
			"taken_on",
			"people",
			"threads",
			"our_people",
			"coverage",
			"role_completeness",
			"support_index",
			"rule_score",
			"status_ladder",
			"unknown",
		],
		order_by="taken_on asc",
		limit_page_length=0,
	)


def may_forget(doc) -> bool:
	"""Who may delete maps and their judgements may forget a person in them."""
	return bool(frappe.has_permission(POWER_MAP, "delete", doc=doc) and judgements.may_write(doc))
