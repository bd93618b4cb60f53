"""What differs between two states of a power map: who came, left, moved or changed, and which lines.

People are recognised by their key, and by their contact where a person was taken off the map and added again. Where the
judgements of one of the two states are not known (None) nothing judged is compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STRUCTURE = (
	"person_name",
	"kind",
	"designation",
	"department",
	"organisation",
	"competitor",
	"relationship_owner",
	"second_owner",
	"contact_rhythm",
)
JUDGED = ("roles", "power", "relationship", "support", "coverage", "coverage_wanted", "tie", "note")
LINE = ("both_ways", "strength", "note")
RELATION = ("strength", "wanted")
MUTUAL = "Conflict"


@dataclass(frozen=True)
class Change:
	"""One value of a person (or line, or relation) that is another one now; `about` is the key it belongs to."""

	about: Any
	field: str
	before: Any
	after: Any


@dataclass
class Difference:
	"""Keys are those of the newer state; people who left have those of the older one."""

	came: list[str] = field(default_factory=list)
	left: list[str] = field(default_factory=list)
	moved: list[Change] = field(default_factory=list)
	changed: list[Change] = field(default_factory=list)
	lines_added: list[dict] = field(default_factory=list)
	lines_removed: list[dict] = field(default_factory=list)
	lines_changed: list[Change] = field(default_factory=list)
	relations_changed: list[Change] = field(default_factory=list)
	judged: bool = False

	def is_empty(self) -> bool:
		"""Whether the two states are the same; whether judgements were compared does not count."""
		return self == Difference(judged=self.judged)


def difference(older: Mapping, newer: Mapping) -> Difference:
	"""Both are `{"people": {key: values}, "judgements": {...} | None}`."""
	renamed = same_people(older["people"], newer["people"])
	result = Difference()
	result.came = [key for key in newer["people"] if key not in renamed.values()]
	result.left = [key for key in older["people"] if key not in renamed]
	for old_key, key in renamed.items():
		before, after = older["people"][old_key], newer["people"][key]
		superior = before.get("reports_to") or None
		superior = renamed.get(superior, superior)
		if superior != (after.get("reports_to") or None):
			result.moved.append(Change(key, "reports_to", superior, after.get("reports_to") or None))
		result.changed += changes(key, before, after, STRUCTURE)
	if older.get("judgements") is None or newer.get("judgements") is None:
		return result
	result.judged = True
	old, new = (readable(state["judgements"]) for state in (older, newer))
	for old_key, key in renamed.items():
		result.changed += changes(key, old["people"].get(old_key, {}), new["people"].get(key, {}), JUDGED)
	compare_lines(
		result, [translated(line, renamed, "source", "target") for line in old["links"]], new["links"]
	)
	compare_relations(
		result, [translated(row, renamed, "person") for row in old["relations"]], new["relations"]
	)
	return result


def same_people(older: Mapping, newer: Mapping) -> dict[str, str]:
	"""Key of the older state -> key of the newer one, of everybody who is in both."""
	result = {key: key for key in older if key in newer}
	taken = set(result.values())
	by_contact = {}
	for key, values in newer.items():
		if values.get("contact") and key not in taken:
			by_contact.setdefault(values["contact"], key)
	for key, values in older.items():
		if key not in result and values.get("contact") in by_contact:
			result[key] = by_contact.pop(values["contact"])
	return result


def readable(judgements: Mapping) -> dict:
	"""The competitor a person is tied to is something else than the competitor an entry stands for."""
	people = {
		key: {**values, "tie": values.get("competitor") or ""} for key, values in judgements["people"].items()
	}
	return {"people": people, "links": judgements["links"], "relations": judgements["relations"]}


def translated(row: Mapping, renamed: Mapping, *fields: str) -> dict:
	"""A row of the older state with the named keys of people turned into those of the newer one."""
	return {**row, **{name: renamed.get(row[name], row[name]) for name in fields}}


def changes(about, before: Mapping, after: Mapping, fields) -> list[Change]:
	"""The named values that differ, in the order of `fields`; unknown values are None."""
	found = ((name, known(before.get(name)), known(after.get(name))) for name in fields)
	return [Change(about, name, old, new) for name, old, new in found if old != new]


def known(value):
	"""Unknown is None however it is written; 0 and False are values."""
	return None if value in ("", None) or value == [] else value


def ends(line: Mapping) -> tuple:
	"""What makes a line the same line: kind and both people, in any order for a conflict."""
	pair = (line["source"], line["target"])
	return (line["kind"], *(sorted(pair) if line["kind"] == MUTUAL else pair))


def compare_lines(result: Difference, older: list, newer: list):
	"""Notes in `result` which lines were added, removed or changed."""
	before, after = ({ends(line): line for line in lines} for lines in (older, newer))
	result.lines_added = [line for key, line in after.items() if key not in before]
	result.lines_removed = [line for key, line in before.items() if key not in after]
	for key, line in after.items():
		if key in before:
			result.lines_changed += changes(key, before[key], line, LINE)


def compare_relations(result: Difference, older: list, newer: list):
	"""Notes in `result` whose relation with whom became another one; a relation not there counts as unknown."""
	before, after = ({(row["person"], row["user"]): row for row in rows} for rows in (older, newer))
	for key in [*before, *(key for key in after if key not in before)]:
		result.relations_changed += changes(key, before.get(key, {}), after.get(key, {}), RELATION)
