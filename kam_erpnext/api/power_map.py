"""What the Power Map form and the account page ask the server for."""

import frappe
from frappe import _
from frappe.utils import add_user_info

from kam_erpnext.data import relationships
from kam_erpnext.data.permissions import OWNER_FIELDS
from kam_erpnext.kam_erpnext.doctype.power_map.power_map import current_map, start_map
from kam_erpnext.power_map import (
	POWER_MAP,
	comparison,
	judgements,
	next_steps,
	scores,
	versions,
)
from kam_erpnext.power_map import personal_data as personal
from kam_erpnext.power_map import proposals as proposed
from kam_erpnext.power_map.versions import READING, SNAPSHOT
from kam_erpnext.printing import power_map as printing


@frappe.whitelist(methods=["POST"])
def start(key_account: str, opportunity: str | None = None, opportunity_type: str | None = None) -> str:
	"""Name of the current map of an account, or of one of its opportunities; made if there is none.

	`opportunity_type` is Key Account Opportunity or Opportunity; without it the name tells.
	"""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	existing = current_map(key_account, opportunity or None)
	if existing:
		frappe.get_doc(POWER_MAP, existing).check_permission("read")
		return existing
	frappe.has_permission(POWER_MAP, "create", throw=True)
	return start_map(key_account, opportunity or None, opportunity_type or None)


@frappe.whitelist(methods=["GET"])
def find(key_account: str) -> str | None:
	"""Name of the current map of an account, if there is one the reader may see."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	name = current_map(key_account)
	return name if name and frappe.has_permission(POWER_MAP, "read", doc=name) else None


@frappe.whitelist(methods=["GET"])
def read(power_map: str) -> dict:
	"""The stored map, for merging it with changes that were not saved yet.

	Returns `name, modified, modified_by, modified_by_name, people, judgements`.
	"""
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
	"""What the form shows beside the map itself: rights, contacts, team, versions, scores and their trend.

	Returns `can_write, can_judge, judged, judgements_unreadable, contacts, team, users, versions, scores, structure, trend,
	may_see_readings, may_forget`.
	"""
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
		"users": users_on(doc, revealed),
		"versions": versions.versions_of(doc),
		"scores": scores.scores(doc) if revealed is not None else None,
		"structure": scores.structure(doc),
		"trend": trend_of(doc) if revealed is not None else [],
		"may_see_readings": bool(frappe.has_permission(READING, "read")),
		"may_forget": may_forget(doc),
	}


@frappe.whitelist(methods=["GET"])
def proposals(power_map: str) -> list[dict]:
	"""Contacts of the account's customers that the reader may see and that are not on the map yet."""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	return proposed.proposals(doc)


@frappe.whitelist(methods=["POST"])
def keep_version(power_map: str, note: str = "") -> str:
	"""Keeps the saved map as a version. Returns the version's name."""
	frappe.get_doc(POWER_MAP, power_map).check_permission("write")
	return versions.keep(power_map, note)


@frappe.whitelist(methods=["POST"])
def restore(version: str) -> str:
	"""Puts a version in place of the current map, which is kept as a version first. Returns the current map's name."""
	doc = frappe.get_doc(POWER_MAP, version)
	doc.check_permission("read")
	return versions.restore(doc)


@frappe.whitelist(methods=["GET"])
def compare(version: str, other: str) -> dict:
	"""What changed from one version (or the current map) to another; judgements only for those who may see them.

	Returns `from, to, judged, came, left, moved, changed, links_added, links_removed, sentences`.
	"""
	old, new = frappe.get_doc(POWER_MAP, version), frappe.get_doc(POWER_MAP, other)
	for doc in (old, new):
		doc.check_permission("read")
	return comparison.compare(old, new)


@frappe.whitelist(methods=["POST"])
def make_action(power_map: str, rule: str, person: str | None = None, subject: str | None = None) -> str:
	"""Makes an action of the next step that a rule suggests; its text carries no judgement. Returns its name."""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	if not judgements.may_read(doc):
		frappe.throw(
			_(
				"The suggested next steps come from judgements, which you may not see. Please make the action yourself."
			),
			frappe.PermissionError,
		)
	return next_steps.make_action(doc, rule, person or None, subject)


@frappe.whitelist(methods=["GET"])
def picture(power_map: str, judgements: bool = False) -> str:
	"""The saved map as an SVG picture, without the judgements unless they are asked for."""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	return printing.picture(doc, judgements=judgements)


@frappe.whitelist(methods=["POST"])
def forget_person(power_map: str, person: str) -> dict:
	"""Forgets a person in all maps and versions: a nameless placeholder stays, every judgement goes.

	Returns numbers: `people`, `maps` they stood on, `deleted_copies`.
	"""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	refuse_unless_may_forget(doc)
	rows = personal.of_person(doc, person)
	personal.record(rows)
	return personal.forget(rows)


@frappe.whitelist(methods=["GET"])
def personal_data(power_map: str, person: str) -> dict:
	"""Everything the maps hold about a person: `entries`. That it was read is recorded."""
	doc = frappe.get_doc(POWER_MAP, power_map)
	doc.check_permission("read")
	refuse_unless_may_forget(doc)
	rows = personal.of_person(doc, person)
	personal.record(rows)
	return {"entries": personal.held(rows)}


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
	last = relationships.last_contacts(sorted(readable), user=frappe.session.user) if readable else {}
	return {
		person: {
			"exists": contact in found,
			"full_name": found[contact].full_name if contact in found else None,
			"image": found[contact].image if contact in readable else None,
			"last_contact": last.get(contact),
		}
		for person, contact in linked.items()
	}


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


def users_on(doc, revealed: dict | None) -> dict:
	"""Names and pictures of our people on the map, as the desk keeps them: also of those outside the team."""
	users = {user for row in doc.people for user in (row.relationship_owner, row.second_owner) if user}
	users |= {row["user"] for row in (revealed or judgements.empty())["relations"]}
	info = {}
	add_user_info(users, info)
	return info


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


def refuse_unless_may_forget(doc):
	if not may_forget(doc):
		frappe.throw(
			_(
				"Only who may delete maps can see or remove everything that is held about a person: a KAM Administrator or a Key Account Director."
			),
			frappe.PermissionError,
		)


def may_forget(doc) -> bool:
	"""Who may delete maps and their judgements may forget a person in them."""
	return bool(frappe.has_permission(POWER_MAP, "delete", doc=doc) and judgements.may_write(doc))
