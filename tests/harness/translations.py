"""Texts of the app for translators: collects them from the sources, keeps kam_erpnext/locale up to date.

  python -m tests.harness.translations          says what is missing or left over, exit code 1 if anything is
  python -m tests.harness.translations --write  writes main.pot and brings the catalogues of all languages up to date

Babel is all it needs, no bench. What Frappe's own extractors find is found too, and beside it what they leave out: texts in
number cards, charts, sidebars, icons, page titles, shipped records and custom fields, and calls of `__()` inside others.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

REPO = Path(__file__).resolve().parents[2]
APP = REPO / "kam_erpnext"
LOCALE = APP / "locale"
TEMPLATE = LOCALE / "main.pot"
LEFT_OUT = {"node_modules", "dist", "locale", "__pycache__"}
LETTER = re.compile(r"[^\W\d_]")

# `_("…")` and `__("…")` as texts, wherever they stand
CALL = re.compile(
	r"""(?<![\w.$])_{1,2}\(\s*(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)\s*"""
	r"""(?=[,)])(?:,\s*(?:(?:null|\[\])\s*,|context\s*=)\s*(?P<other>["'])(?P<context>(?:(?!(?P=other)).)*)(?P=other))?""",
	re.S,
)
# Python files whose records are shipped: their texts are shown, though no function marks them
SHIPPED = (
	"setup/alarm_rules.py", "setup/call_rules.py", "setup/cost_rates.py", "setup/custom_fields.py", "setup/masters.py",
	"setup/opportunities.py", "setup/plan_templates.py", "setup/power_map_rules.py", "setup/roles.py", "setup/workflows.py",
	"setup/kanban.py", "engine/measures.py", "engine/plan_measures.py", "engine/score_measures.py", "engine/scoring.py",
)  # fmt: skip
# words of code among them
CODE = re.compile(
	r"[a-z0-9_.:/%-]*|\w+:\w+:\w+|datetime64.*|eval:.*|doc\..*|frappe\..*|[A-Z]+-[.A-Z#]*|[a-z_]+ [<>=!]+ .*",
	re.S,
)

# words that Frappe or ERPNext translate in a sense of their own. One dictionary holds the words of all apps, and ours come last: here
# labels of fields have the name of their document as context, and texts in code CONTEXT
CONTEXT = "KAM"
OWN_WORDS = frozenset((
	"About", "Accepted", "Account", "Account Name", "Accounts", "Actions", "Actual", "Against", "All Accounts",
	"Before", "Blocked", "By", "Call", "Change", "Clear", "Committed", "Condition", "Current", "Custom", "Documents",
	"Done", "Driver", "Drop", "empty", "For", "Gross Margin", "Hold", "Hours", "Interest", "Last Year", "Lead", "Left",
	"Line", "Manager", "Mandatory", "Meeting", "Met", "Milestone", "Minutes", "new", "Notes", "Objective", "On Hold",
	"Open Orders", "Open Projects", "Open Quotations", "Operations", "Order Value", "Owner", "Pass", "Passed", "Pause",
	"Performance", "Period", "Plan", "Previous", "Procurement", "Put on Hold", "Rank", "Rate", "Rating", "Reports to",
	"Responsible", "Return", "Return Against", "Review", "Running", "Sales", "Schedule", "Score", "Share", "Source",
	"Stage", "Start", "State", "Stop", "Stopped", "Support", "Target", "Targets", "Title", "To", "User",
))  # fmt: skip

Found = dict[tuple[str, str | None], list[str]]


def collect() -> Found:
	"""(text, context) -> places it comes from, in a fixed order."""
	found: Found = {}
	for path in sorted(APP.rglob("*")):
		if path.is_file() and not LEFT_OUT & {*path.relative_to(APP).parts}:
			place = path.relative_to(REPO).as_posix()
			for text, context in _texts(path):
				text = text.strip() if path.suffix == ".json" else text
				if text and LETTER.search(text) and place not in found.setdefault((text, context), []):
					found[text, context].append(place)
	return dict(sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or "")))


def _texts(path: Path) -> Iterator[tuple[str, str | None]]:
	if path.suffix == ".py":
		yield from _python(path)
	elif path.suffix in (".js", ".html"):
		yield from _script(path)
	elif path.suffix == ".json":
		document = json.loads(path.read_text(encoding="utf-8"))
		for single in document if isinstance(document, list) else [document]:
			own = single["name"] if single.get("doctype") == "DocType" else None
			yield from (
				(text, own if text in OWN_WORDS else None)
				for text in _document(single)
				if isinstance(text, str)
			)


# ---------------------------------------------------------------- kinds of sources


def _python(path: Path) -> Iterator[tuple[str, str | None]]:
	tree = ast.parse(path.read_text(encoding="utf-8"))
	for node in ast.walk(tree):
		name = getattr(getattr(node, "func", None), "id", None) or getattr(
			getattr(node, "func", None), "attr", None
		)
		if isinstance(node, ast.Call) and name in ("_", "_lt"):
			text, context = _text_of(node)
			if text:
				yield text, context
	if path.relative_to(APP).as_posix() in SHIPPED:
		for node in _constants(tree):
			yield from ((text, None) for text in node.split("\n") if not CODE.fullmatch(text))


def _text_of(call: ast.Call) -> tuple[str | None, str | None]:
	"""What a call of `_` translates, if it is a text and not worked out first, and its context."""
	values = {keyword.arg: keyword.value for keyword in call.keywords}
	first = call.args[0] if call.args else values.get("msg")
	told = [part.value if isinstance(part, ast.Constant) else None for part in (first, values.get("context"))]
	text, context = (part if isinstance(part, str) else None for part in told)
	return text, context


def _constants(tree: ast.AST) -> Iterator[str]:
	"""Texts of a module without its docstrings and the keys of its dictionaries."""
	silent = set()
	for node in ast.walk(tree):
		if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
			silent.add(id(node.value))
		elif isinstance(node, ast.Dict):
			silent |= {id(key) for key in node.keys}
		elif isinstance(node, ast.JoinedStr):
			silent |= {id(part) for part in node.values}
	for node in ast.walk(tree):
		if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
			yield node.value


def _script(path: Path) -> Iterator[tuple[str, str | None]]:
	"""Texts in JavaScript, and in templates of Jinja and of Frappe's own kind."""
	code, seen = path.read_text(encoding="utf-8"), set()
	for match in CALL.finditer(code):
		text = _unquoted(match["text"])
		seen.add(text)
		yield text, match["context"]
	if path.suffix == ".js":
		with path.open("rb") as source:  # texts that are put together of several
			for _line, message, _comments, _context in extract("javascript", source, {"__": None}):
				text = message[0] if isinstance(message, tuple) else message
				if text and text not in seen and re.search(r"\+\s*[\"']", code):
					yield text, None


def _unquoted(text: str) -> str:
	return re.sub(
		r"\\(u[0-9a-fA-F]{4}|.)",
		lambda match: (
			chr(int(match[1][1:], 16))
			if len(match[1]) > 1
			else {"n": "\n", "t": "\t"}.get(match[1], match[1])
		),
		text,
	)


def _document(document: dict) -> Iterator[str | None]:
	"""Texts of a document that ships as a file."""
	if not isinstance(document, dict):
		return
	kind = document.get("doctype")
	if kind == "DocType":
		yield from _doctype(document)
	elif kind == "Workspace":
		yield from _workspace(document)
	elif kind in PARTS:
		for field in PARTS[kind]:
			yield document.get(field)
		for rows in document.values():
			for row in rows if isinstance(rows, list) else ():
				if isinstance(row, dict):
					yield from (row.get(field) for field in ("label", "title", "description"))


PARTS = {
	"Report": ("report_name",),
	"Page": ("title",),
	"Number Card": ("label",),
	"Dashboard Chart": ("chart_name",),
	"Print Format": ("name",),
	"Workspace Sidebar": ("title",),
	"Desktop Icon": ("label",),
	"Module Onboarding": ("title", "subtitle", "success_message"),
	"Onboarding Step": ("title", "description", "action_label", "callback_title", "callback_message"),
	"Form Tour": ("title",),
	"Dashboard": ("dashboard_name",),
}


def _doctype(document: dict) -> Iterator[str | None]:
	yield document["name"]
	yield document.get("description")
	for field in document.get("fields", ()):
		yield field.get("label")
		yield field.get("description")
		options = field.get("options") or ""
		if field["fieldtype"] == "Select" and field["fieldname"] != "naming_series":
			yield from options.split("\n")
		elif field["fieldtype"] == "HTML":
			yield options
	for link in document.get("links", ()):
		yield link.get("group")
	for row in document.get("permissions", ()):
		yield row.get("role")


def _workspace(document: dict) -> Iterator[str | None]:
	yield document.get("label")
	yield document.get("title")
	for table in ("charts", "number_cards", "links", "shortcuts", "quick_lists"):
		for row in document.get(table, ()):
			yield row.get("label")
			yield row.get("description")
			if table == "shortcuts":
				yield row.get("format")
	for block in json.loads(document.get("content") or "[]"):
		if block.get("type") in ("header", "paragraph"):
			yield block["data"].get("text")


# ---------------------------------------------------------------- catalogues


def template() -> Catalog:
	"""The catalogue of all texts, without dates, so that it changes only with them."""
	catalog = Catalog(
		domain="messages", project="KAM for ERPNext", copyright_holder="KAM for ERPNext contributors"
	)
	for (text, context), places in collect().items():
		catalog.add(text, locations=[(place, None) for place in places], context=context)
	return catalog


def languages() -> list[str]:
	return sorted(path.stem for path in LOCALE.glob("*.po"))


def read(language: str) -> Catalog:
	with (LOCALE / f"{language}.po").open("rb") as source:
		return read_po(source, locale=language)


def write(catalog: Catalog, path: Path) -> None:
	path.parent.mkdir(exist_ok=True)
	with path.open("wb") as target:
		write_po(
			target,
			catalog,
			sort_output=True,
			ignore_obsolete=True,
			width=None,
			omit_header=path.suffix == ".pot",
		)


def keys(catalog: Catalog) -> set[tuple[str, str | None]]:
	return {(message.id, message.context) for message in catalog if message.id}


def missing(language: str, wanted: set[tuple[str, str | None]]) -> tuple[list, list, list]:
	"""(texts that are not in the catalogue, texts without a translation, texts nobody uses any more)."""
	catalog = read(language)
	there = keys(catalog)
	empty = [(message.id, message.context) for message in catalog if message.id and not message.string]
	return sorted(wanted - there, key=str), empty, sorted(there - wanted, key=str)


def bring_up_to_date() -> None:
	"""Writes main.pot, and gives each language the texts of today with the translations it has."""
	catalog = template()
	write(catalog, TEMPLATE)
	for language in languages():
		own = read(language)
		kept = {(message.id, message.context): message.string for message in own if message.id}
		new = template()
		new.locale = own.locale
		for message in new:
			if message.id:
				message.string = kept.get((message.id, message.context), "")
		write(new, LOCALE / f"{language}.po")


def main() -> int:
	if "--write" in sys.argv[1:]:
		bring_up_to_date()
	wanted = keys(template())
	with TEMPLATE.open("rb") as source:
		there = keys(read_po(source))
	faults = 0
	for name, (new, empty, old) in {
		"main.pot": (sorted(wanted - there, key=str), [], sorted(there - wanted, key=str)),
		**{f"{language}.po": missing(language, wanted) for language in languages()},
	}.items():
		print(
			f"{name}: {len(new)} texts missing, {len(empty)} without a translation, {len(old)} that nobody uses"
		)
		for kind, texts in (("missing", new), ("not translated", empty), ("not used", old)):
			for text, context in texts[:20]:
				print(f"  {kind}: {text!r}" + (f" ({context})" if context else ""))
		faults += len(new) + len(empty) + len(old)
	print(f"{len(wanted)} texts.")
	return 1 if faults else 0


if __name__ == "__main__":
	raise SystemExit(main())
