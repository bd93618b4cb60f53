"""Checks of the people on a map: keys, reporting lines, contacts; every mistake names the person and the remedy."""

import re

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from kam_erpnext.power_map import POWER_MAP, judgements

PERSON = "Power Map Person"
AT_CUSTOMER, PLACEHOLDER, OUTSIDE_PERSON, OUTSIDE_BODY, COMPETITOR = (
	"Person at the Customer",
	"Placeholder",
	"Outside Person",
	"Outside Body",
	"Competitor",
)
KEY = re.compile(r"[A-Za-z0-9_-]{1,20}")
CONTACT_FIELDS = (
	"name",
	"first_name",
	"middle_name",
	"last_name",
	"full_name",
	"designation",
	"department",
	"company_name",
	"email_id",
)


def validate(doc):
	before = doc.get_doc_before_save()
	refuse_rows_of_others(doc)
	set_keys(doc, before)
	clean(doc)
	if not doc.flags.kam_version and not doc.flags.kam_restored:
		refuse_changed_contacts(doc, before)
		refuse_double_contacts(doc, before)
		take_from_contacts(doc, before)
		warn_of_doubles(doc, before)
	validate_names(doc)
	validate_superiors(doc)


def name_of(row) -> str:
	return escape_html(row.person_name or _("line {0}").format(row.idx))


# ---------------------------------------------------------------- rows and keys


def refuse_rows_of_others(doc):
	"""A client may name rows; those of another map would be torn out of it."""
	names = [row.name for row in doc.people if row.name]
	if not names:
		return
	for row in frappe.get_all(PERSON, {"name": ("in", names)}, ["name", "parent", "parenttype"]):
		if row.parent != doc.name or row.parenttype != POWER_MAP:
			person = next(each for each in doc.people if each.name == row.name)
			frappe.throw(
				_(
					"{0} was sent as a line of another map. Please reload the map and add the person again."
				).format(name_of(person))
			)


def set_keys(doc, before):
	"""Every person has a key of his own, which stays: links and judgements refer to it."""
	stored = {row.name: row.person for row in before.people} if before else {}
	seen = {}
	for row in doc.people:
		row.person = stored.get(row.name) or row.person or new_key()
		if not KEY.fullmatch(str(row.person)):
			frappe.throw(
				_("{0} has a key that cannot be used: {1}. Please add the person again.").format(
					name_of(row), escape_html(str(row.person))
				)
			)
		if row.person in seen:
			frappe.throw(
				_(
					"{0} and {1} (lines {2} and {3}) have the same key. Please remove one of them and add it again."
				).format(name_of(seen[row.person]), name_of(row), seen[row.person].idx, row.idx)
			)
		seen[row.person] = row


def new_key() -> str:
	return f"p{frappe.generate_hash(length=8)}"


def clean(doc):
	for row in doc.people:
		for field in ("person_name", "designation", "department", "organisation"):
			row.set(field, " ".join(str(row.get(field) or "").split()) or None)
		if row.kind != COMPETITOR:
			row.competitor = None
		if row.kind == COMPETITOR and row.competitor:
			row.person_name = row.person_name or row.competitor
		if row.kind in (PLACEHOLDER, OUTSIDE_BODY, COMPETITOR) and row.contact:
			if row.kind == PLACEHOLDER:
				row.kind = AT_CUSTOMER  # the person looked for was found
			else:
				frappe.throw(
					_(
						"{0} is kept as {1} and cannot have a contact. Please choose Outside Person, or take the contact out."
					).format(name_of(row), _(row.kind))
				)
		if row.second_owner and row.second_owner == row.relationship_owner:
			row.second_owner = None


def validate_names(doc):
	for row in doc.people:
		if row.person_name:
			continue
		if row.kind == COMPETITOR:
			frappe.throw(_("Line {0}: please choose the competitor, or give it a name.").format(row.idx))
		frappe.throw(
			_(
				"Line {0}: please enter a name. For somebody you do not know yet choose the kind Placeholder and say whom you look for, for example Head of Purchasing."
			).format(row.idx)
		)


# ---------------------------------------------------------------- reporting lines


def validate_superiors(doc):
	by_key = {row.person: row for row in doc.people}
	for row in doc.people:
		row.reports_to = cstr(row.reports_to) or None
		if row.reports_to == row.person:
			frappe.throw(
				_("{0} cannot report to himself or herself. Please choose another superior.").format(
					name_of(row)
				)
			)
		if row.reports_to and row.reports_to not in by_key:
			frappe.throw(
				_(
					"The superior of {0} ({1}) is not on this map. Please choose another superior, or none."
				).format(name_of(row), escape_html(row.reports_to_name or row.reports_to))
			)
		row.reports_to_name = by_key[row.reports_to].person_name if row.reports_to else None
	if circle := find_circle({row.person: row.reports_to for row in doc.people}):
		names = [name_of(by_key[key]) for key in circle]
		frappe.throw(
			_(
				"These reporting lines run in a circle: {0}. Please let one of them report to somebody else, or to nobody."
			).format(" → ".join([*names, names[0]])),
			title=_("Circular Reporting Lines"),
		)


def find_circle(superiors: dict) -> list | None:
	"""Keys of a circle of people who report to each other, None if there is none."""
	finished = set()
	for start in superiors:
		path, position, key = [], {}, start
		while key and key not in finished:
			if key in position:
				return path[position[key] :]
			position[key] = len(path)
			path.append(key)
			key = superiors.get(key)
		finished.update(path)
	return None


# ---------------------------------------------------------------- contacts


def customers_of(key_account: str) -> set[str]:
	"""Customers of an account and of the accounts below it."""
	account, member = frappe.qb.DocType("Key Account"), frappe.qb.DocType("Key Account Customer")
	bounds = frappe.db.get_value("Key Account", key_account, ["lft", "rgt"])
	if not bounds:
		return set()
	return set(
		frappe.qb.from_(account)
		.inner_join(member)
		.on((member.parent == account.name) & (member.parenttype == "Key Account"))
		.select(member.customer)
		.where((account.lft >= bounds[0]) & (account.rgt <= bounds[1]))
		.run(pluck=True)
	)


def drop_vanished_contacts(doc):
	"""A contact that is gone leaves the person on the map, by name."""
	contacts = {row.contact for row in doc.people if row.contact}
	if not contacts:
		return
	existing = set(frappe.get_all("Contact", {"name": ("in", list(contacts))}, pluck="name"))
	for row in doc.people:
		if row.contact and row.contact not in existing:
			row.contact = None


def refuse_changed_contacts(doc, before):
	"""Judgements about one person must not come to stand at another by an exchange of the contact.

	Who may judge can see and mend it and is told; others add the other person instead.
	"""
	stored = {row.person: row for row in before.people} if before else {}
	for row in doc.people:
		old = stored.get(row.person)
		if not (old and old.contact and row.contact and old.contact != row.contact):
			continue
		if doc.flags.ignore_permissions or judgements.may_write(doc):
			frappe.msgprint(
				_(
					"{0} was linked to the contact {1}. Please check whether the judgements kept here are about {2}."
				).format(escape_html(old.person_name), escape_html(old.contact), escape_html(row.contact)),
				indicator="orange",
				alert=True,
			)
			continue
		frappe.throw(
			_(
				"{0} is linked to the contact {1}. Please add {2} as a person of their own instead of exchanging the contact, as others may have noted something about {0}."
			).format(escape_html(old.person_name), escape_html(old.contact), escape_html(row.contact)),
			title=_("Another Person"),
		)


def refuse_double_contacts(doc, before):
	"""The same contact twice; only a warning where two contacts were merged since."""
	stored = {row.person: row.contact for row in before.people} if before else {}
	seen = {}
	for row in doc.people:
		if not row.contact:
			continue
		first = seen.setdefault(row.contact, row)
		if first is row:
			continue
		message = _(
			"{0} is on this map twice (lines {1} and {2}, contact {3}). Please remove one of the two."
		).format(name_of(row), first.idx, row.idx, escape_html(row.contact))
		if stored.get(row.person) == stored.get(first.person) == row.contact:
			frappe.msgprint(message, indicator="orange", title=_("Person Twice"))
		else:
			frappe.throw(message, title=_("Person Twice"))


def take_from_contacts(doc, before):
	"""Name, title and e-mail of those with a contact; a contact that is new here must be one the user may read."""
	stored = {row.person: row for row in before.people} if before else {}
	contacts = read_contacts([row.contact for row in doc.people if row.contact])
	known = {row.contact for row in stored.values()}
	readable = readable_contacts(doc, [name for name in contacts if name not in known])
	readable |= known
	customers = customers_of(doc.key_account)
	outside = []
	for row in doc.people:
		old = stored.get(row.person)
		if not row.contact:
			# only a contact brings an address; it stays with the person when the contact is deleted
			row.email_id = old.email_id if old and old.person_name == row.person_name else None
			continue
		contact = contacts[row.contact]
		if not old or old.contact != row.contact:
			if row.contact not in readable:
				frappe.throw(
					_(
						"{0}: you may not see the contact {1}. Please enter the name without a contact."
					).format(name_of(row), escape_html(row.contact)),
					frappe.PermissionError,
				)
			if row.kind == AT_CUSTOMER and contact.customers and not contact.customers & customers:
				outside.append(
					f"{escape_html(full_name(contact))} ({escape_html(', '.join(sorted(contact.customers)))})"
				)
		row.person_name = full_name(contact)[:140]
		row.designation = contact.designation or row.designation
		row.department = contact.department or row.department
		row.organisation = row.organisation or contact.company_name
		row.email_id = contact.email_id or None
	if outside:
		frappe.msgprint(
			_(
				"Contacts of another customer: {0}. If they do not work at the customer, choose Outside Person as their kind."
			).format(", ".join(outside)),
			indicator="blue",
			alert=True,
		)


def readable_contacts(doc, names: list[str]) -> set[str]:
	"""Those of the contacts that the user may read."""
	if doc.flags.ignore_permissions:
		return set(names)
	if not names or not frappe.has_permission("Contact", "read"):
		return set()
	filters = {"name": ("in", names)}
	return set(frappe.get_list("Contact", filters=filters, pluck="name", limit_page_length=0))


def read_contacts(names: list[str]) -> dict[str, frappe._dict]:
	"""Contacts by name, each with the set of its customers; for the server's work."""
	if not names:
		return {}
	contacts = {
		row.name: row for row in frappe.get_all("Contact", {"name": ("in", names)}, list(CONTACT_FIELDS))
	}
	for contact in contacts.values():
		contact.customers = set()
	links = frappe.get_all(
		"Dynamic Link",
		{"parenttype": "Contact", "parent": ("in", names), "link_doctype": "Customer"},
		["parent", "link_name"],
	)
	for link in links:
		contacts[link.parent].customers.add(link.link_name)
	return contacts


def full_name(contact) -> str:
	parts = (contact.first_name, contact.middle_name, contact.last_name)
	return " ".join(filter(None, parts)) or contact.full_name or contact.name


def warn_of_doubles(doc, before):
	"""Two people of one name in one department are probably one; they are named when one of them is new."""
	stored = {(row.person, row.person_name, row.department) for row in before.people} if before else set()
	seen, doubles = {}, []
	for row in doc.people:
		if row.kind == PLACEHOLDER:
			continue
		same = ((row.person_name or "").casefold(), (row.department or "").casefold())
		first = seen.setdefault(same, row)
		if first is not row and (first.contact != row.contact or not row.contact):
			if not {(each.person, each.person_name, each.department) for each in (first, row)} <= stored:
				doubles.append(_("{0} (lines {1} and {2})").format(name_of(row), first.idx, row.idx))
	if doubles:
		frappe.msgprint(
			_(
				"On this map twice with the same name and department: {0}. Please remove one if it is the same person."
			).format(", ".join(doubles)),
			indicator="orange",
			alert=True,
		)
