"""What changed between two versions of a map, in sentences; judgements only for those who may see them."""

import frappe
from frappe import _
from frappe.utils import cint

from kam_erpnext.engine.map_difference import STRUCTURE, Change, Difference, difference
from kam_erpnext.power_map import checks, judgements


def compare(old, new) -> dict:
	"""From one version of a map to another: keys of people, changes, and everything in sentences for the reader."""
	if (old.version_of or old.name) != (new.version_of or new.name):
		frappe.throw(
			_("{0} and {1} are not versions of the same map. Please choose two versions of one map.").format(
				old.title or old.name, new.title or new.name
			)
		)
	both = [judgements.reveal(doc, "Comparison") for doc in (old, new)]
	found = difference(*(frame(doc, revealed) for doc, revealed in zip((old, new), both, strict=True)))
	return {
		"from": heading(old),
		"to": heading(new),
		"judged": found.judged,
		"came": found.came,
		"left": found.left,
		"moved": [vars(change) for change in found.moved],
		"changed": [vars(change) for change in found.changed],
		"links_added": found.lines_added,
		"links_removed": found.lines_removed,
		"sentences": list(Words(old, new).sentences(found)),
	}


def heading(doc) -> dict:
	return {
		"name": doc.name,
		"version": doc.version,
		"version_date": doc.version_date,
		"is_current": cint(doc.is_current),
	}


def frame(doc, revealed: dict | None) -> dict:
	people = {
		row.person: {
			**{field: row.get(field) for field in (*STRUCTURE, "contact", "reports_to")},
			"contact_rhythm": cint(row.contact_rhythm) or None,
		}
		for row in doc.people
	}
	return {"people": people, "judgements": revealed}


class Words:
	def __init__(self, old, new):
		self.meta = frappe.get_meta("Power Map Person")
		self.names = {row.person: row.person_name for doc in (old, new) for row in doc.people}

	def sentences(self, found: Difference):
		"""Each as `{part, text}`, in plain text."""
		for key in found.came:
			yield _part("came", _("{0} came onto the map.").format(self.name(key)))
		for key in found.left:
			yield _part("left", _("{0} left the map.").format(self.name(key)))
		for change in found.moved:
			yield _part("moved", self.moved(change))
		for change in found.changed:
			yield _part("changed", self.changed(change))
		for line in found.lines_added:
			yield _part("links_added", _("New: {0}.").format(self.line(line)))
		for line in found.lines_removed:
			yield _part("links_removed", _("Not any more: {0}.").format(self.line(line)))
		for change in found.lines_changed:
			kind, source, target = change.about
			about = self.line({"kind": kind, "source": source, "target": target})
			yield _part("changed", self.told(about, change))
		for change in found.relations_changed:
			person, user = change.about
			about = _("{0} and {1}").format(user_name(user), self.name(person))
			yield _part("changed", self.told(about, change))

	def name(self, key) -> str:
		return self.names.get(key) or str(key)

	def moved(self, change: Change) -> str:
		if not change.after:
			return _("{0} no longer reports to {1}.").format(
				self.name(change.about), self.name(change.before)
			)
		if not change.before:
			return _("{0} now reports to {1}.").format(self.name(change.about), self.name(change.after))
		return _("{0} now reports to {1} instead of {2}.").format(
			self.name(change.about), self.name(change.after), self.name(change.before)
		)

	def changed(self, change: Change) -> str:
		return self.told(self.name(change.about), change)

	def told(self, about: str, change: Change) -> str:
		label = self.label(change.field)
		if change.field == "note":  # long texts stay where they are
			return _("{0}: note changed.").format(about)
		return _("{0}: {1} {2} → {3}").format(
			about, label, self.shown(change.field, change.before), self.shown(change.field, change.after)
		)

	def label(self, field: str) -> str:
		if field == "tie":
			return checks.label("competitor")
		if field == "both_ways":
			return _("Both Ways")
		return _(self.meta.get_label(field)) if field in STRUCTURE else checks.label(field)

	def shown(self, field: str, value) -> str:
		if value is None:
			return _("not known")
		if isinstance(value, list):
			return ", ".join(_(each) for each in value)
		if isinstance(value, bool):
			return _("Yes") if value else _("No")
		if field in ("relationship_owner", "second_owner"):
			return user_name(value)
		if field == "support":
			return f"{value:+d}" if value else "0"
		if field in ("person_name", "designation", "department", "organisation", "competitor", "tie"):
			return value
		return _(value) if isinstance(value, str) else str(value)

	def line(self, line: dict) -> str:
		text = {
			"Influence": _("{0} influences {1}"),
			"Conflict": _("conflict between {0} and {1}"),
			"Competitor Contact": _("contact of {0} with {1}"),
		}[line["kind"]]
		return text.format(self.name(line["source"]), self.name(line["target"]))


def _part(part: str, text: str) -> dict:
	return {"part": part, "text": text}


def user_name(user: str) -> str:
	return frappe.db.get_value("User", user, "full_name") or user
