"""The power map on paper and as a picture: what its reader may see, in the look of the drawing in the form.

Judgements leave through `judgements.reveal` only, so that whoever stands outside the account team is recorded. They are
never in a print that is attached to a mail, and no version for a customer holds a map.
"""

from collections.abc import Callable, Sequence

import frappe
from frappe import _
from frappe.utils import date_diff, getdate, nowdate

from kam_erpnext.power_map import POWER_MAP, scores
from kam_erpnext.power_map.evaluation import moment_of
from kam_erpnext.power_map.judgements import reveal
from kam_erpnext.printing import charts, map_drawing, show
from kam_erpnext.printing.map_drawing import Card, Drawing, Part
from kam_erpnext.printing.map_layout import Family, places

ENDED = ("Closed", "Superseded", "Cancelled")
# a letter's size on the pages, in units of the drawing; see templates/print/style.html
EM = 10.6
LANDSCAPE, PORTRAIT = (98.0, 45.0, 57.0), (67.0, 60.0, 80.0)  # width, height of the whole, height of a part
# scales at which all of a card can be read, of parts, and beyond which a picture is not blown up
READABLE, PARTS, LARGEST = 0.54, (0.66, 0.6, 0.55, 0.5), 0.9
MANY_MONTHS = 60


# ---------------------------------------------------------------- endpoints of other modules


def picture(doc, judgements: bool = False) -> str:
	"""The map as an SVG file. Without judgements, unless they are asked for and the reader may see them."""
	revealed = reveal(doc, "Drawing") if judgements else None
	if judgements and revealed is None:
		frappe.throw(_("You may not see the judgements of this map."), frappe.PermissionError)
	drawing = drawing_of(doc, revealed)
	drawing.title = heading(doc)
	drawing.note = _note(doc, revealed is not None)
	return map_drawing.picture(drawing)


def kam_power_map(doc) -> dict:
	"""Jinja: the map with everything its reader may see."""
	return _printed(doc, _reveal_on_paper)


def kam_power_map_structure(doc) -> dict:
	"""Jinja: the map without judgements, whoever prints it."""
	return _printed(doc, lambda _doc: None)


def map_of_plan(plan) -> dict | None:
	"""The map that belongs to a plan, for its full print; None when there is none that the reader may see."""
	name = name_for_plan(plan)
	if not name:
		return None
	doc = frappe.get_doc(POWER_MAP, name)
	if not _mailed() and not doc.has_permission("read"):
		return None
	revealed = _reveal_on_paper(doc)
	return {
		"title": _("Power map")
		if doc.is_current
		else _("Power map as of {0}").format(show.day(doc.version_date)),
		"confidential": ""
		if revealed is None
		else _("Confidential: for the account team and the programme only."),
		**pages(drawing_of(doc, revealed), PORTRAIT),
	}


def name_for_plan(plan) -> str | None:
	"""The current map of the account; of a plan that has ended, the last version kept until then."""
	filters = {"key_account": plan.key_account, "opportunity": ("is", "not set"), "people_count": (">", 0)}
	if plan.status not in ENDED:
		return frappe.db.get_value(POWER_MAP, {**filters, "is_current": 1})
	kept = frappe.parse_json(plan.get("frozen") or "{}") or {}
	ended = (kept.get("closed") or kept.get("approved") or {}).get("taken_on") or plan.to_date or nowdate()
	found = frappe.get_all(
		POWER_MAP,
		filters={**filters, "is_current": 0, "version_date": ("<=", getdate(ended))},
		order_by="version_date desc, version desc",
		pluck="name",
		limit=1,
	)
	return found[0] if found else None


# ---------------------------------------------------------------- what a reader sees


def _mailed() -> bool:
	"""Frappe attaches prints to mails as Administrator; who reads them is not known."""
	return bool(frappe.flags.ignore_print_permissions)


def _reveal_on_paper(doc) -> dict | None:
	return None if _mailed() else reveal(doc, "Print")


def heading(doc) -> str:
	subject = " · ".join(filter(None, (doc.account_name or doc.key_account, doc.opportunity)))
	return _("Power map: {0}").format(subject)


def _note(doc, judged: bool) -> str:
	kept = show.day(nowdate() if doc.is_current else doc.version_date)
	parts = [_("As of {0}.").format(kept)]
	if not doc.is_current:
		parts.append(_("Version {0}.").format(doc.version))
	if judged:
		parts.append(_("Confidential: holds judgements about people. For the account team only."))
	return " ".join(parts)


# ---------------------------------------------------------------- the drawing


def drawing_of(doc, revealed: dict | None) -> Drawing:
	"""The cards and lines of a map. `revealed` are judgements its reader may see, or None."""
	rows = [row.as_dict() for row in doc.people]
	at = places(rows)
	names = user_names(rows)
	last = scores.structure(doc, frappe.session.user)["last_contact"]
	judged = revealed["people"] if revealed else {}
	cards = [
		Card(
			person=row.person,
			name=row.person_name or "",
			kind=row.kind,
			x=at[row.person][0],
			y=at[row.person][1],
			title=row.designation or "",
			department=row.department or "",
			organisation=row.organisation or "",
			contact=since(doc, last.get(row.person)),
			reports_to=row.reports_to or "",
			owners=tuple(initials(names.get(user, user)) for user in owners_of(row)),
			judged=judged.get(row.person, {}) if revealed is not None else None,
			placed=bool(row.placed),
		)
		for row in rows
	]
	return Drawing(cards, revealed["links"] if revealed else [], revealed is not None)


def owners_of(row) -> list[str]:
	return [user for user in (row.relationship_owner, row.second_owner) if user]


def user_names(rows: Sequence[dict]) -> dict[str, str]:
	users = {user for row in rows for user in owners_of(row)}
	if not users:
		return {}
	return dict(frappe.get_all("User", {"name": ("in", sorted(users))}, ["name", "full_name"], as_list=True))


def initials(name: str) -> str:
	return "".join(word[0] for word in name.replace("@", " ").split()[:2]).upper()


def since(doc, last) -> str:
	"""How long ago the last contact was, seen from the day of the map."""
	if not last:
		return ""
	days = max(0, date_diff(moment_of(doc).date(), getdate(last)))
	return _("{0} d").format(days) if days < MANY_MONTHS else _("{0} mo").format(round(days / 30))


# ---------------------------------------------------------------- pages


def pages(drawing: Drawing, sizes: tuple[float, float, float]) -> dict:
	"""The whole map, its parts when it cannot be read as a whole, and the legend; heights in em."""
	width, height, height_of_part = (size * EM for size in sizes)
	whole = Part(drawing.bounds(), frozenset(card.person for card in drawing.cards))
	scale = _scale(whole, width, height)
	parts = _parts(drawing, width, height_of_part) if scale < READABLE else []
	legend, legend_height = map_drawing.legend_alone(drawing, width)
	return {
		# readable on a page of its own, it is not shown twice
		"whole": _page(drawing, whole, scale, map_drawing.frames(parts)) if len(parts) != 1 else None,
		"parts": [
			{
				"label": _("Part {0} of {1}").format(number, len(parts)) if len(parts) > 1 else "",
				**_page(drawing, part, min(PARTS[0], _scale(part, width, height_of_part))),
			}
			for number, part in enumerate(parts, 1)
		],
		"legend": legend,
		"legend_height": round(legend_height / EM, 1),
	}


def _parts(drawing: Drawing, width: float, height: float) -> list[Part]:
	"""As few parts as can be read, as large as that many allow."""
	found = [drawing.parts(width / scale, height / scale) for scale in PARTS]
	return min(found, key=len)


def _scale(part: Part, width: float, height: float) -> float:
	left, top, right, bottom = part.box
	return min(LARGEST, width / (right - left), height / (bottom - top))


def _page(drawing: Drawing, part: Part, scale: float, over: str = "") -> dict:
	_left, top, _right, bottom = part.box
	return {
		"svg": map_drawing.window(drawing, part, scale, over),
		"height": round((bottom - top) * scale / EM, 1),
	}


# ---------------------------------------------------------------- the print of a map


def _printed(doc, seen: Callable) -> dict:
	# what a client sends along as the document is not trusted
	doc = frappe.get_doc(POWER_MAP, doc.name)
	if not _mailed() and not doc.has_permission("read"):
		frappe.throw(_("You may not see this map."), frappe.PermissionError)
	revealed = seen(doc)
	found = scores.scores(doc, way="Print") if revealed is not None else None
	doc.title = heading(doc)  # of the page and the file
	return show.escaped(
		{
			"page": show.page_setup(),
			"account": doc.account_name or doc.key_account,
			"opportunity": doc.opportunity,
			"name": doc.name,
			"status": _("Current", context="KAM") if doc.is_current else _("Version {0}").format(doc.version),
			"status_colour": charts.TEAL if doc.is_current else charts.GREY,
			"as_of": show.day(nowdate() if doc.is_current else doc.version_date),
			"version_note": doc.version_note,
			"judged": revealed is not None,
			"people_count": len(doc.people),
			"map": pages(drawing_of(doc, revealed), LANDSCAPE) if doc.people else None,
			"people": _people(doc, revealed),
			"links": _links(doc, revealed),
			"tiles": _tiles(found) if found else [],
			"warnings": [_with_names(doc, warning) for warning in found["warnings"]] if found else [],
			"rules": _rules(found) if found else [],
			"note": _note(doc, revealed is not None),
		}
	)


def _people(doc, revealed: dict | None) -> list[dict]:
	"""Everybody, superiors before those who report to them."""
	rows = {row.person: row for row in doc.people}
	family = Family([row.as_dict() for row in doc.people])
	names = user_names(list(rows.values()))
	last = scores.structure(doc, frappe.session.user)["last_contact"]
	judged = revealed["people"] if revealed else {}
	return [
		{
			"depth": min(depth, 6),
			"name": row.person_name,
			"kind": "" if row.kind == map_drawing.AT_CUSTOMER else _(row.kind),
			"placeholder": row.kind == map_drawing.PLACEHOLDER,
			"title": row.designation,
			"where": " · ".join(filter(None, (row.department, row.organisation))),
			"reports_to": row.reports_to_name,
			"owners": ", ".join(names.get(user, user) for user in owners_of(row)) or show.UNKNOWN,
			"last_contact": show.day(getdate(last[row.person])) if row.person in last else show.UNKNOWN,
			**_judged(judged.get(row.person) or {}),
		}
		for row, depth in ((rows[key], depth) for key, depth in _in_order(family))
	]


def _in_order(family: Family):
	def walk(key: str, depth: int):
		yield key, depth
		for name in family.reports(key):
			yield from walk(name, depth + 1)

	for root in family.roots:
		yield from walk(root, 0)


def _judged(values: dict) -> dict:
	coverage, wanted = values.get("coverage"), values.get("coverage_wanted")
	text = _(coverage) if coverage else show.UNKNOWN
	if wanted and wanted != coverage:
		text += f" → {_(wanted)}"
	support = values.get("support")
	return {
		"roles": ", ".join(
			label for role, label in map_drawing.role_names() if role in (values.get("roles") or ())
		),
		"power": _(values["power"]) if values.get("power") else show.UNKNOWN,
		"relationship": _(values["relationship"]) if values.get("relationship") else show.UNKNOWN,
		"colour": map_drawing.RELATIONSHIPS[values.get("relationship") or ""][0],
		"support": show.UNKNOWN if support is None else map_drawing.signed(support),
		"coverage": text,
		"competitor": values.get("competitor"),
		"remark": values.get("note"),
	}


def _links(doc, revealed: dict | None) -> list[dict]:
	if not revealed:
		return []
	names = {row.person: row.person_name for row in doc.people}
	return [
		{
			"kind": _(link["kind"]),
			"between": f"{names[link['source']]} {'↔' if link.get('both_ways') or link['kind'] == 'Conflict' else '→'} {names[link['target']]}",
			"strength": _(link.get("strength") or "Medium"),
			"remark": link.get("note"),
		}
		for link in sorted(revealed["links"], key=lambda link: link["kind"])
		if link["source"] in names and link["target"] in names
	]


def _tiles(found: dict) -> list[dict]:
	threads, status, roles = found["threads"], found["status"], found["roles"]
	return [
		{
			"label": _("Coverage"),
			"value": show.percent(found["coverage"]["value"]),
			"note": _answered(found["coverage"]),
		},
		{
			"label": _("Support", context="KAM"),
			"value": show.UNKNOWN
			if found["support"]["value"] is None
			else map_drawing.signed(found["support"]["value"]),
			"note": _answered(found["support"]),
		},
		{
			"label": _("Roles filled"),
			"value": show.percent(roles["value"]),
			"note": _("missing: {0}").format(", ".join(_(role) for role in roles["missing"]))
			if roles["missing"]
			else "",
		},
		{
			"label": _("Rules met"),
			"value": _("{0} of 5").format(show.number(found["rules"]["score"], 1))
			if found["rules"]["score"] is not None
			else show.UNKNOWN,
			"note": _("weighted"),
		},
		{
			"label": _("Status"),
			"value": show.UNKNOWN if status["value"] is None else _("{0} of 3").format(status["value"]),
			"note": "",
		},
		{
			"label": _("In contact with"),
			"value": show.UNKNOWN
			if threads["count"] is None
			else _("{0} of {1}").format(threads["count"], threads["people"]),
			"note": _("single-threaded") if threads["single"] else "",
			"colour": charts.RED if threads["single"] else None,
		},
	]


def _answered(score: dict) -> str:
	answered = score.get("answered")
	return _("{0} known").format(show.percent(100 * answered)) if answered is not None else ""


def _with_names(doc, warning: dict) -> str:
	names = {row.person: row.person_name for row in doc.people}
	people = [names[key] for key in warning.get("people") or () if key in names]
	return f"{warning['text']} ({', '.join(people)})" if people else warning["text"]


def _rules(found: dict) -> list[dict]:
	signs = {True: "✓", False: "✗", None: "?"}
	colours = {True: charts.TEAL, False: charts.RED, None: charts.GREY}
	return [
		{
			"sign": signs[rule["met"]],
			"colour": colours[rule["met"]],
			"rule": _(rule["rule"]),
			"why": rule["why"],
			"next_step": "" if rule["met"] else rule["next_step"],
		}
		for rule in found["rules"]["rules"]
	]
