"""Power maps for tests. Everything is undone with the test."""

import json

import frappe

from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account

MAP = "Power Map"
# roles of the people of `PEOPLE`; the second manager is in no team
PEOPLE = {
	"map.manager@example.com": ["Key Account Manager", "Sales User"],
	"map.director@example.com": ["Key Account Director", "Sales User"],
	"map.sponsor@example.com": ["Executive Sponsor"],
	"map.coordinator@example.com": ["Key Account Coordinator", "Sales User"],
	"map.reader@example.com": ["KAM Reader"],
	"map.operations@example.com": ["KAM Administrator"],
	"map.system@example.com": ["System Manager"],
	"map.outsider@example.com": ["Key Account Manager", "Sales User"],
}
MANAGER, DIRECTOR, SPONSOR, COORDINATOR, READER, OPERATIONS, SYSTEM, OUTSIDER = PEOPLE


def lasting_people():
	"""The people of `PEOPLE` for the tests of a module: use it in a fixture of that scope."""
	return lasting_users(PEOPLE)


@b.as_administrator
def make_map_account(name=None, customers=(), **fields):
	"""An account with manager, coordinator and sponsor as its team; director and operations stand outside of it."""
	values = {
		"key_account_manager": MANAGER,
		"key_account_coordinator": COORDINATOR,
		"executive_sponsor": SPONSOR,
		**fields,
	}
	return make_account(name or f"Map {frappe.generate_hash(length=8)}", customers, **values)


@b.as_administrator
def make_contact(first_name, last_name=None, customer=None, email=None, **fields):
	"""A Contact, linked to a customer if one is named."""
	return frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": first_name,
			"last_name": last_name,
			"links": [{"link_doctype": "Customer", "link_name": customer}] if customer else [],
			"email_ids": [{"email_id": email, "is_primary": 1}] if email else [],
			**fields,
		}
	).insert()


def person(key, name=None, reports_to=None, kind="Person at the Customer", **fields):
	"""A row of the table of people."""
	return {"person": key, "person_name": name or key, "reports_to": reports_to, "kind": kind, **fields}


def judgements(people=None, links=(), relations=()):
	"""Judgements as the form sends them; `people` are values by key of the person."""
	return {"people": people or {}, "links": list(links), "relations": list(relations)}


@b.as_administrator
def make_map(account, people=(), judgements=None, opportunity=None):
	"""The current map of an account (document or name). `people` are rows or keys, `judgements` plain."""
	rows = [row if isinstance(row, dict) else person(row) for row in people]
	return frappe.get_doc(
		{
			"doctype": MAP,
			"key_account": getattr(account, "name", account),
			"opportunity": opportunity,
			"people": rows,
			"judgements": json.dumps(judgements) if judgements else None,
		}
	).insert()


@b.as_administrator
def change_map(name, people=None, judgements=None):
	"""Saves a map with other people or judgements, as Administrator."""
	doc = frappe.get_doc(MAP, name)
	if people is not None:
		doc.set("people", [row if isinstance(row, dict) else person(row) for row in people])
	if judgements is not None:
		doc.judgements = json.dumps(judgements)
	return doc.save()


def save_as_form(user, name, change=None, judgements=None):
	"""What the desk does: loads a map as `user`, lets `change(document as a dict)` work on it, saves it.

	Returns the answer of the server to the saving, as a dict.
	"""
	from frappe.desk.form import load, save

	with frappe_session.as_user(user):
		frappe.local.response = frappe._dict({"docs": []})
		load.getdoc(MAP, name)
		loaded = json.loads(frappe.as_json(frappe.local.response.docs[0]))
		if change:
			change(loaded)
		if judgements is not None:
			loaded["judgements"] = json.dumps(judgements)
		frappe.local.response = frappe._dict({"docs": []})
		save.savedocs(json.dumps(loaded), "Save")
		return json.loads(frappe.as_json(frappe.local.response))
