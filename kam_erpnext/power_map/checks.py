"""Checks of judgements that a form sends: every mistake is named with the person it concerns."""

import frappe
from frappe import _
from frappe.utils import cint, escape_html, nowdate

BUYING_ROLES = ("User", "Influencer", "Buyer", "Decider", "Gatekeeper", "Initiator", "Sponsor", "Champion")
POWERS = ("High", "Medium", "Low")
RELATIONSHIPS = ("Positive", "Neutral", "Poor")
COVERAGES = ("No Contact", "Brief", "Multiple", "In Depth")
LINK_KINDS = ("Influence", "Conflict", "Competitor Contact")
STRENGTHS = ("Weak", "Medium", "Strong")
STAMPS = ("judged_on", "judged_by")
NOTE_LENGTH = 2000

CHOICES = {
	"power": POWERS,
	"relationship": RELATIONSHIPS,
	"coverage": COVERAGES,
	"coverage_wanted": COVERAGES,
}
PERSON_KEYS = {"roles", *CHOICES, "support", "competitor", "note"}
LINK_KEYS = {"id", "source", "target", "kind", "both_ways", "strength", "note"}
RELATION_KEYS = {"person", "user", "strength", "wanted"}


def label(key: str) -> str:
	return {
		"roles": _("Buying Roles"),
		"power": _("Decision Power"),
		"relationship": _("Relationship"),
		"support": _("Support", context="KAM"),
		"coverage": _("Coverage"),
		"coverage_wanted": _("Coverage Wanted"),
		"competitor": _("Tied to Competitor"),
		"note": _("Note"),
		"strength": _("Strength"),
		"wanted": _("Strength Wanted"),
		"kind": _("Kind of Link"),
	}.get(key, key)


class Names:
	"""How persons of a map are called in messages."""

	def __init__(self, doc, *more):
		self.names = {row.person: row.person_name for each in (*more, doc) if each for row in each.people}

	def __call__(self, person) -> str:
		return escape_html(str(self.names.get(person) or person or _("(nobody)")))

	def __contains__(self, person) -> bool:
		return isinstance(person, str) and person in self.names


def checked(doc, sent: dict, stored: dict) -> dict:
	"""The judgements of a map as they are to be stored, stamped with day and user where they changed."""
	names = Names(doc, doc.get_doc_before_save())
	refuse_keys(sent, {"people", "links", "relations"}, _("Judgements"))
	people, links, relations = (sent.get(key) or {} for key in ("people", "links", "relations"))
	if not isinstance(people, dict) or not all(isinstance(part or [], list) for part in (links, relations)):
		frappe.throw(_("The judgements that were sent cannot be understood. Please reload the map."))
	result = {"people": {}, "links": [], "relations": []}
	for person, values in people.items():
		known(names, person)
		judgement = person_values(names(person), values or {}, stored["people"].get(person) or {})
		if judgement:
			result["people"][person] = judgement
	stored_links = {link["id"]: link for link in stored["links"]}
	by_ends, ids = {}, set()
	for values in links or []:
		link = link_values(names, values, stored_links, ids)
		by_ends[_ends(link)] = link  # the same line drawn by two people is one line
	result["links"] = list(by_ends.values())
	stored_relations = {(row["person"], row["user"]): row for row in stored["relations"]}
	by_pair, users = {}, existing_users(relations)
	for values in relations or []:
		relation = relation_values(names, values, stored_relations, users)
		if relation:
			by_pair[(relation["person"], relation["user"])] = relation
	result["relations"] = list(by_pair.values())
	return result


def _ends(link: dict) -> tuple:
	ends = (link["source"], link["target"])
	return (link["kind"], *(sorted(ends) if link["kind"] == "Conflict" else ends))


def person_values(name: str, values: dict, stored: dict) -> dict | None:
	refuse_keys(values, PERSON_KEYS | {*STAMPS, "confirmed"}, name)
	roles = values.get("roles") or []
	if not isinstance(roles, list) or any(role not in BUYING_ROLES for role in roles):
		refuse(name, "roles", roles, BUYING_ROLES)
	result = {"roles": [role for role in BUYING_ROLES if role in roles]}
	for key, options in CHOICES.items():
		result[key] = choice(name, key, values.get(key), options)
	result["support"] = number(name, "support", values.get("support"), -2, 2)
	result["competitor"] = values.get("competitor") or ""
	if result["competitor"] and result["competitor"] != stored.get("competitor"):
		if not isinstance(result["competitor"], str) or not frappe.db.exists(
			"Competitor", result["competitor"]
		):
			refuse(name, "competitor", result["competitor"])
	result["note"] = note(name, values.get("note"))
	if not any(value not in ("", None, []) for value in result.values()):
		return None
	return stamped(result, stored, confirmed=bool(values.get("confirmed")))


def link_values(names: Names, values: dict, stored: dict, ids: set) -> dict:
	if not isinstance(values, dict):
		frappe.throw(_("The judgements that were sent cannot be understood. Please reload the map."))
	source, target = values.get("source"), values.get("target")
	known(names, source)
	known(names, target)
	about = f"{names(source)} → {names(target)}"
	refuse_keys(values, LINK_KEYS | {*STAMPS}, about)
	if source == target:
		frappe.throw(_("{0} cannot be linked to himself or herself.").format(names(source)))
	kind = choice(about, "kind", values.get("kind"), LINK_KINDS)
	if not kind:
		refuse(about, "kind", "", LINK_KINDS)
	link_id = values.get("id")
	if not isinstance(link_id, str) or not 0 < len(link_id) <= 20 or link_id in ids:
		link_id = f"l{frappe.generate_hash(length=8)}"
	ids.add(link_id)
	result = {
		"id": link_id,
		"source": source,
		"target": target,
		"kind": kind,
		"both_ways": bool(cint(values.get("both_ways"))),
		"strength": choice(about, "strength", values.get("strength"), STRENGTHS) or "Medium",
		"note": note(about, values.get("note")),
	}
	return stamped(result, stored.get(link_id) or {})


def existing_users(relations: list) -> set[str]:
	sent = [row.get("user") for row in relations or [] if isinstance(row, dict)]
	wanted = {user for user in sent if isinstance(user, str)}
	return set(frappe.get_all("User", {"name": ("in", list(wanted))}, pluck="name")) if wanted else set()


def relation_values(names: Names, values: dict, stored: dict, users: set[str]) -> dict | None:
	if not isinstance(values, dict):
		frappe.throw(_("The judgements that were sent cannot be understood. Please reload the map."))
	person, user = values.get("person"), values.get("user")
	known(names, person)
	name = names(person)
	refuse_keys(values, RELATION_KEYS | {*STAMPS}, name)
	before = stored.get((person, user)) or {} if isinstance(user, str) else {}
	if not before and not (isinstance(user, str) and user in users):
		frappe.throw(
			_("{0}: there is no user {1}. Please choose a colleague from the list.").format(
				name, escape_html(str(user or _("(nobody)")))
			)
		)
	result = {
		"person": person,
		"user": user,
		"strength": number(name, "strength", values.get("strength"), 0, 3),
		"wanted": number(name, "wanted", values.get("wanted"), 0, 3),
	}
	if result["strength"] is None and result["wanted"] is None:
		return None
	return stamped(result, before)


def stamped(values: dict, stored: dict, confirmed: bool = False) -> dict:
	"""Day and user of the judgement: those of the last change or confirmation, whatever a client says."""
	unchanged = stored and all(stored.get(key) == value for key, value in values.items())
	if unchanged and not confirmed:
		return stored
	return {**values, "judged_on": nowdate(), "judged_by": frappe.session.user}


# ---------------------------------------------------------------- single values


def known(names: Names, person):
	if person not in names:
		frappe.throw(
			_("There is no person with the key {0} on this map. Please reload the map.").format(
				escape_html(str(person))
			)
		)


def refuse_keys(values, allowed: set, name: str):
	if not isinstance(values, dict):
		frappe.throw(_("The judgements that were sent cannot be understood. Please reload the map."))
	unknown = sorted(str(key) for key in values if key not in allowed)
	if unknown:
		frappe.throw(_("{0}: a map knows nothing called {1}.").format(name, escape_html(", ".join(unknown))))


def choice(name: str, key: str, value, options) -> str:
	if not value:
		return ""
	if value not in options:
		refuse(name, key, value, options)
	return value


def number(name: str, key: str, value, low: int, high: int) -> int | None:
	if value is None or value == "":
		return None
	try:
		if isinstance(value, bool) or int(value) != float(value) or not low <= int(value) <= high:
			raise ValueError
	except (TypeError, ValueError, OverflowError):
		refuse(name, key, value, [f"{low} … {high}"])
	return int(value)


def note(name: str, value) -> str:
	text = str(value or "").strip()
	if len(text) > NOTE_LENGTH:
		frappe.throw(
			_("{0}: the note is longer than {1} characters. Please shorten it.").format(name, NOTE_LENGTH)
		)
	return text


def refuse(name: str, key: str, value, options=()):
	message = _("{0}: {1} cannot be {2}.").format(
		name, label(key), escape_html(str(value or _("empty", context="KAM")))
	)
	if options:
		message += " " + _("Possible are: {0}.").format(", ".join(_(option) for option in options))
	frappe.throw(message)


# ---------------------------------------------------------------- people who left


def pruned(judgements: dict, people: set[str]) -> dict:
	"""Without what is said about people who are not on the map."""
	return {
		"people": {key: values for key, values in judgements["people"].items() if key in people},
		"links": [
			link for link in judgements["links"] if link["source"] in people and link["target"] in people
		],
		"relations": [row for row in judgements["relations"] if row["person"] in people],
	}
