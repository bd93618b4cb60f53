"""Judgements about the people of a power map: kept encrypted, given out through one door.

Everything that judges a named person (buying roles, power, relationship, support, coverage, notes, influence, conflicts,
who of us knows whom) stands in one field at permission level 1, encrypted. So no list, filter, report, export, version,
deleted document or backup without the key of the site shows it. `reveal` is the door for readers, `take_over` the one
for writers. Unknown is an empty text, None or nothing at all, never 0.
"""

import json

import frappe
from cryptography.fernet import Fernet, InvalidToken
from frappe import _
from frappe.utils import encode
from frappe.utils.password import encrypt, get_encryption_key

from kam_erpnext.power_map import POWER_MAP, checks, readings

LEVEL = 1


class Unreadable(Exception):
	"""The key the judgements were encrypted with is not the key of the site any more."""


def empty() -> dict:
	return {"people": {}, "links": [], "relations": []}


# ---------------------------------------------------------------- who may


def may_read(doc, user: str | None = None) -> bool:
	"""Whether a user may see the judgements of a stored map."""
	return _may("read", doc, user)


def may_write(doc, user: str | None = None) -> bool:
	"""Whether a user may change the judgements of a stored map."""
	return _may("write", doc, user)


def _may(right: str, doc, user: str | None) -> bool:
	if doc.is_new():
		return False
	user = user or frappe.session.user
	levels = frappe.get_meta(POWER_MAP).get_permlevel_access(right, user=user)
	return LEVEL in levels and bool(frappe.has_permission(POWER_MAP, right, doc=doc, user=user))


# ---------------------------------------------------------------- reading


def reveal(doc, way: str) -> dict | None:
	"""Judgements of a map for the present user, None if he may not see them or nobody can read them any more.

	Somebody outside the account team is recorded; `way` is one of the options of Power Map Reading. Whatever a client sent
	along as the document is not trusted: the stored judgements are read and the stored map's permissions count.
	"""
	if not may_read(doc):
		return None
	try:
		judgements = decrypted(frappe.db.get_value(POWER_MAP, doc.name, "judgements"))
	except Unreadable:
		return None
	readings.record(doc, way)
	return judgements


def plain(doc) -> dict:
	"""Judgements of a map for the work of the server, not recorded. Never hand them to a reader: use `reveal`."""
	return decrypted(doc.get("judgements"))


def is_unreadable(doc) -> bool:
	try:
		plain(doc)
	except Unreadable:
		return True
	return False


def decrypted(text: str | None) -> dict:
	if not text:
		return empty()
	try:
		content = Fernet(encode(get_encryption_key())).decrypt(encode(text))
		return {**empty(), **json.loads(content)}
	except (InvalidToken, ValueError, TypeError) as error:
		raise Unreadable from error


def encrypted(judgements: dict) -> str | None:
	if judgements == empty():
		return None
	return encrypt(json.dumps(judgements, ensure_ascii=False, sort_keys=True))


# ---------------------------------------------------------------- writing


def take_over(doc):
	"""Checks and encrypts what was sent with a map; without anything sent the stored judgements stay.

	Judgements of people who are not on the map any more are removed.
	"""
	before = doc.get_doc_before_save()
	stored_text = (before.judgements if before else None) or None
	sent = doc.judgements
	if doc.flags.kam_copied_judgements or (not before and was_deleted(doc)):
		stored_text, sent = sent, None  # a version that is kept, or a deleted map that comes back
	if doc.flags.kam_judgements is not None:
		sent = None  # decided by the server: a version that is restored
	try:
		stored = decrypted(stored_text)
	except Unreadable:
		if sent and sent != stored_text:
			throw_unreadable()
		doc.judgements = stored_text
		return
	judgements = stored if doc.flags.kam_judgements is None else doc.flags.kam_judgements
	if sent and sent != stored_text:
		judgements = checks.checked(doc, parsed(sent), stored)
	judgements = checks.pruned(judgements, {row.person for row in doc.people})
	doc.judgements = stored_text if judgements == stored else encrypted(judgements)


def parsed(sent) -> dict:
	"""What a form sends: the judgements as JSON. Anything else, for instance the encrypted text of another map, is refused."""
	if isinstance(sent, str):
		try:
			sent = json.loads(sent)
		except ValueError:
			sent = None
	if not isinstance(sent, dict):
		frappe.throw(
			_(
				"The judgements that were sent are not those of this map. Please reload the map and try again."
			),
			title=_("Judgements"),
		)
	return sent


def was_deleted(doc) -> bool:
	"""Whether a new map brings the encrypted judgements of a deleted map of the same account: it is being restored."""
	if not doc.judgements or not isinstance(doc.judgements, str) or doc.judgements.startswith("{"):
		return False
	copies = frappe.get_all(
		"Deleted Document",
		{"deleted_doctype": POWER_MAP, "restored": 0, "data": ("like", f"%{doc.judgements}%")},
		pluck="data",
	)
	return any(
		copy.get("judgements") == doc.judgements and copy.get("key_account") == doc.key_account
		for copy in map(json.loads, copies)
	)


def kept_for(doc, people: set[str]) -> dict | None:
	"""Judgements of a map about these people only; None leaves what cannot be read as it is."""
	return None if is_unreadable(doc) else checks.pruned(plain(doc), people)


def throw_unreadable():
	frappe.throw(
		unreadable_message(),
		title=_("Judgements Cannot Be Read"),
	)


def unreadable_message() -> str:
	return _(
		"The judgements of this map cannot be read: the site's encryption key is not the one they were stored with. They are kept as they are. Please ask your administrator to put the former key back into the site's configuration."
	)


# ---------------------------------------------------------------- past the form


def rewrite(change, names: list[str] | None = None) -> int:
	"""Lets `change(judgements) -> judgements` work on the judgements of all maps, or of some. Returns how many changed.

	For renames, retention and personal data. A map counts as changed, so that a form that is open merges it instead of
	bringing back what is gone. What cannot be read stays as it is.
	"""
	filters = {"judgements": ("is", "set")}
	if names is not None:
		filters["name"] = ("in", names or [""])
	count = 0
	for name in frappe.get_all(POWER_MAP, filters, pluck="name", order_by="name"):
		text = frappe.db.get_value(POWER_MAP, name, "judgements", for_update=True)
		try:
			before = decrypted(text)
		except Unreadable:
			continue
		after = change(json.loads(json.dumps(before)))
		if after != before:
			frappe.db.set_value(POWER_MAP, name, "judgements", encrypted(after))
			frappe.clear_document_cache(POWER_MAP, name)
			count += 1
	return count


def rewrite_deleted_copies(change) -> int:
	"""The same for the copies Frappe keeps of deleted maps; judgements that cannot be read are removed there."""
	count = 0
	for copy in frappe.get_all("Deleted Document", {"deleted_doctype": POWER_MAP}, ["name", "data"]):
		data = json.loads(copy.data)
		try:
			before = decrypted(data.get("judgements"))
			after = change(json.loads(json.dumps(before)))
		except Unreadable:
			before, after = None, empty()
		if after != before:
			data["judgements"] = encrypted(after)
			frappe.db.set_value(
				"Deleted Document", copy.name, "data", frappe.as_json(data), update_modified=False
			)
			count += 1
	return count
