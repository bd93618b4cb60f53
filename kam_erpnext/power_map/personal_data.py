"""What the maps hold about one person, and forgetting it: in the current maps, their versions and deleted copies.

A person is found by the contact or by an e-mail address; within one map and its versions by his key.
"""

import json

import frappe
from frappe import _
from frappe.utils import cstr, formatdate

from kam_erpnext.power_map import POWER_MAP, checks, judgements, people, readings

PERSON, ENTRY = "Power Map Person", "Power Map Entry"
FORGOTTEN = "(forgotten)"
# what tells who somebody is; the place in the organisation stays
IDENTIFYING = ("designation", "organisation", "contact", "competitor", "email_id")


# ---------------------------------------------------------------- finding


def rows_of(contacts: set[str], emails: set[str], maps: list[str] = (), key: str | None = None) -> list:
	"""Rows about one person in all maps and versions, as `parent, name, person, person_name, contact, email_id`."""
	row = frappe.qb.DocType(PERSON)
	found = []
	conditions = []
	if contacts:
		conditions.append(row.contact.isin(sorted(contacts)))
	if emails:
		conditions.append(row.email_id.isin(sorted(emails)))
	if maps and key:
		conditions.append(row.parent.isin(list(maps)) & (row.person == key))
	for condition in conditions:
		found += (
			frappe.qb.from_(row)
			.select(row.name, row.parent, row.person, row.person_name, row.contact, row.email_id)
			.where((row.parenttype == POWER_MAP) & condition)
			.run(as_dict=True)
		)
	return list({each.name: each for each in found}.values())


def of_email(email: str) -> list:
	"""Rows about whoever has an e-mail address, also as a second address of a contact or as its user."""
	contacts = set(
		frappe.get_all("Contact Email", {"email_id": email, "parenttype": "Contact"}, pluck="parent")
	)
	contacts |= set(frappe.get_all("Contact", {"email_id": email}, pluck="name"))
	contacts |= set(frappe.get_all("Contact", {"user": email}, pluck="name"))
	return rows_of(contacts, {email})


def of_person(doc, key: str) -> list:
	"""Rows about a person of a map: in all its versions, and in other maps by contact or address."""
	row = next((each for each in doc.people if each.person == key), None)
	if not row:
		frappe.throw(_("There is no person with the key {0} on this map. Please reload the map.").format(key))
	current = doc.version_of or doc.name
	family = [current, *frappe.get_all(POWER_MAP, {"version_of": current}, pluck="name")]
	# within the map by key, as long as it still stood for the same person
	same_key = [
		each
		for each in rows_of(set(), set(), family, key)
		if not (each.contact and row.contact and each.contact != row.contact)
	]
	contacts = {each.contact for each in same_key if each.contact}
	emails = {each.email_id for each in same_key if each.email_id}
	if contacts:
		emails |= set(
			frappe.get_all(
				"Contact Email",
				{"parenttype": "Contact", "parent": ("in", list(contacts))},
				pluck="email_id",
			)
		)
	more = rows_of(contacts, emails)
	return list({each.name: each for each in (*same_key, *more)}.values())


# ---------------------------------------------------------------- telling


def held(rows: list) -> list[dict]:
	"""What is held, with the judgements in words; for the person concerned and for data protection."""
	result = []
	for parent in sorted({row.parent for row in rows}):
		doc = frappe.get_doc(POWER_MAP, parent)
		keys = {row.person for row in rows if row.parent == parent}
		try:
			known = judgements.plain(doc)
		except judgements.Unreadable:
			known = None
		for row in doc.people:
			if row.person in keys:
				result.append(entry(doc, row, known))
	return result


def entry(doc, row, known: dict | None) -> dict:
	lines = [judgements.unreadable_message()] if known is None else list(in_words(doc, row.person, known))
	return {
		"name": f"{doc.name}/{row.person}",
		"email_id": row.email_id,
		"power_map": doc.name,
		"account_name": doc.account_name,
		"version_date": doc.version_date,
		"person_name": row.person_name,
		"designation": row.designation,
		"department": row.department,
		"organisation": row.organisation,
		"reports_to": row.reports_to_name,
		"relationship_owners": ", ".join(filter(None, (row.relationship_owner, row.second_owner))),
		"judgements": "\n".join(lines),
	}


def in_words(doc, key: str, known: dict):
	names = {row.person: row.person_name for row in doc.people}
	for field, value in known["people"].get(key, {}).items():
		if value in ("", None, []) or field in checks.STAMPS:
			continue
		text = ", ".join(_(each) for each in value) if isinstance(value, list) else value
		yield f"{checks.label(field)}: {_(text) if isinstance(text, str) and field != 'note' else text}"
	judged_on = known["people"].get(key, {}).get("judged_on")
	if judged_on:
		yield _("Judged on {0}").format(formatdate(judged_on))
	for link in known["links"]:
		if key in (link["source"], link["target"]):
			ends = f"{names.get(link['source'])} → {names.get(link['target'])}"
			yield ", ".join(filter(None, [f"{_(link['kind'])}: {ends}", _(link["strength"]), link["note"]]))
	for row in known["relations"]:
		if row["person"] == key:
			yield _("Relationship with {0}: strength {1}, wanted {2} (0 none to 3 trusted)").format(
				row["user"],
				*(_("not known") if row[side] is None else row[side] for side in ("strength", "wanted")),
			)


# ---------------------------------------------------------------- forgetting


def forget(rows: list) -> dict:
	"""Makes nameless placeholders of these rows and removes every judgement about them, everywhere."""
	by_map = {}
	for row in rows:
		by_map.setdefault(row.parent, []).append(row)
	for parent in sorted(by_map):
		frappe.db.get_value(POWER_MAP, parent, "name", for_update=True)
		keys = {row.person for row in by_map[parent]}
		names = {row.person_name for row in by_map[parent]} - {None, "", FORGOTTEN}
		for row in by_map[parent]:
			frappe.db.set_value(PERSON, row.name, nameless())
		for each in frappe.get_all(
			PERSON, {"parent": parent, "reports_to": ("in", list(keys))}, pluck="name"
		):
			frappe.db.set_value(PERSON, each, "reports_to_name", FORGOTTEN)
		judgements.rewrite(lambda known, keys=keys, names=names: without(known, keys, names), [parent])
		note = frappe.db.get_value(POWER_MAP, parent, "version_note")
		# the map counts as changed: a form that is open must not bring the person back
		frappe.db.set_value(POWER_MAP, parent, "version_note", blanked(note, names) if note else None)
		frappe.clear_document_cache(POWER_MAP, parent)
	copies = forget_in_deleted_copies(rows)
	return {"people": len(rows), "maps": len(by_map), "deleted_copies": copies}


def nameless() -> dict:
	return {"person_name": FORGOTTEN, "kind": people.PLACEHOLDER, **dict.fromkeys(IDENTIFYING)}


def without(known: dict, keys: set[str], names: set[str]) -> dict:
	"""Judgements without those about some people, and without their names in the notes about others."""
	everybody = {
		*known["people"],
		*(end for link in known["links"] for end in (link["source"], link["target"])),
		*(row["person"] for row in known["relations"]),
	}
	result = checks.pruned(known, everybody - keys)
	for values in (*result["people"].values(), *result["links"]):
		values["note"] = blanked(values.get("note") or "", names)
	return result


def blanked(text: str, names: set[str]) -> str:
	for name in sorted(names, key=len, reverse=True):
		text = text.replace(name, FORGOTTEN)
	return text


def forget_in_deleted_copies(rows: list) -> int:
	"""Frappe keeps deleted maps as they were; the person is forgotten there too."""
	contacts = {row.contact for row in rows if row.contact}
	emails = {row.email_id for row in rows if row.email_id}
	persons = {(row.parent, row.person) for row in rows}
	count = 0
	for copy in frappe.get_all("Deleted Document", {"deleted_doctype": POWER_MAP}, ["name", "data"]):
		data = json.loads(copy.data)
		family = {data.get("name"), data.get("version_of")}
		found = [
			row
			for row in data.get("people") or []
			if row.get("contact") in contacts
			or row.get("email_id") in emails
			or any((parent, row.get("person")) in persons for parent in family)
		]
		if not found:
			continue
		keys, names = {row["person"] for row in found}, {row["person_name"] for row in found}
		for row in data["people"]:
			if row in found:
				row.update(nameless())
			if row.get("reports_to") in keys:
				row["reports_to_name"] = FORGOTTEN
		try:
			known = without(judgements.decrypted(data.get("judgements")), keys, names - {FORGOTTEN})
			data["judgements"] = judgements.encrypted(known)
		except judgements.Unreadable:
			data["judgements"] = None
		frappe.db.set_value(
			"Deleted Document", copy.name, "data", frappe.as_json(data), update_modified=False
		)
		count += 1
	return count


# ---------------------------------------------------------------- Frappe's requests about personal data


def open_download(request, method=None):
	"""Before Frappe collects the data of a Personal Data Download Request: `Power Map Entry` answers for this user.

	Frappe's web form takes the user from the browser: somebody else's data go only to those who may make requests.
	"""
	frappe.flags.kam_personal_data_of = None
	if request.user == frappe.session.user or frappe.has_permission(request.doctype, "create"):
		frappe.flags.kam_personal_data_of = request.user


def close_download(request, method=None):
	frappe.flags.kam_personal_data_of = None


def entries(email: str) -> list[dict]:
	"""What the maps hold about a user who asked for the data; nobody else gets an answer."""
	if not email or cstr(frappe.flags.kam_personal_data_of) != email:
		return []
	rows = of_email(email)
	if email != frappe.session.user:
		record(rows)
	return held(rows)


def record(rows: list):
	"""Whoever looks up what is held about another person is recorded, team member or not."""
	for parent in sorted({row.parent for row in rows}):
		readings.record(frappe._dict(name=parent), "Personal Data", also_team=True)


def forget_on_request(request, method=None):
	"""While Frappe carries out a Personal Data Deletion Request, before it makes the address unrecognisable."""
	if request.deletion_steps and request.status in ("Pending Approval", "On Hold"):
		forget(of_email(request.email))
