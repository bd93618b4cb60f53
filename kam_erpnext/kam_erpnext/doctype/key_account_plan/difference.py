"""What differs between two versions of a plan, in words. Lines are recognised by their code or by what they are about."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, cstr, flt, formatdate, getdate, strip_html

# table -> field that tells lines apart
KEYS = {
	"objectives": "code",
	"budget": "code",
	"targets": "item_group",
	"competition": "competitor",
	"risks": "risk",
	"success_factors": "factor",
	"resources": "resource",
	"questions": "question",
	"swot": "statement",
	"team": "user",
}
# what a line is called in a sentence
NAMES = {
	"objectives": ("code", "objective"),
	"budget": ("code", "purpose"),
	"competition": ("competitor_name",),
	"team": ("full_name",),
}
# results and calculated fields are no changes of the plan
LEFT_OUT = {
	"status", "workflow_state", "title", "currency", "account_name", "prepared_by", "sent_by", "sent_on", "approved_by",
	"approved_by_name", "approved_on", "approver_role", "rejection_reason", "closing_note", "version", "first_version",
	"amended_from", "frozen", "completeness", "progress", "total_spent", "committed", "spent", "value", "value_known",
	"value_on", "state", "remark", "code", "responsible_name", "competitor_name", "baseline_known", "before", "action",
	"last_objective", "last_budget_line", "key_account", "company", "months", "blocks", "full_name", "user", "next_review",
}  # fmt: skip
LAYOUT = ("Section Break", "Column Break", "Tab Break", "HTML", "Heading", "Fold")
LONGEST = 140


def difference(new, old, permlevels=(0,)) -> list[dict]:
	"""Changes from `old` to `new` as `section, kind (changed, added, removed), text`; fields the reader may not see
	are left out."""
	changes = []
	for df in new.meta.fields:
		if df.fieldname in LEFT_OUT or df.fieldtype in LAYOUT or cint(df.permlevel) not in permlevels:
			continue
		if df.fieldtype == "Table":
			changes += _table(new, old, df)
		elif (before := _shown(old, df)) != (after := _shown(new, df)):
			changes.append(_change(df, None, before, after))
	return changes


def _table(new, old, df):
	olds, news = _by_key(old, df.fieldname), _by_key(new, df.fieldname)
	section = _(df.label)
	for key in [*olds, *(key for key in news if key not in olds)]:
		before, after = olds.get(key), news.get(key)
		if not before:
			yield _row(section, "added", _("{0} added{1}"), df.fieldname, after)
		elif not after:
			yield _row(section, "removed", _("{0} removed{1}"), df.fieldname, before)
		else:
			yield from _fields(section, df.fieldname, after, before)


def _row(section, kind, text, table, row):
	figure = next((field for field in ("amount", "planned", "target") if flt(row.get(field))), None)
	more = f" ({_shown(row, row.meta.get_field(figure))})" if figure else ""
	return {"section": section, "kind": kind, "text": text.format(_name(table, row), more)}


def _fields(section, table, after, before):
	for df in after.meta.fields:
		if df.fieldname in LEFT_OUT or df.fieldtype in LAYOUT or df.fieldname == KEYS[table]:
			continue
		old, new = _shown(before, df), _shown(after, df)
		if old != new:
			yield {**_change(df, _name(table, after), old, new), "section": section}


def _change(df, name, before, after) -> dict:
	label = _("Target", context="KAM") if df.fieldname == "amount" else _(df.label)
	of = _("{0} of {1}").format(label, name) if name else label
	before, after = _parts(before, after)
	text = _("{0}: {1} → {2}").format(
		of, before or _("empty", context="KAM"), after or _("empty", context="KAM")
	)
	return {"section": _(df.label), "kind": "changed", "text": text}


def _by_key(plan, table) -> dict:
	"""Lines by their key; equal keys are told apart by their order."""
	rows, seen = {}, {}
	for row in plan.get(table):
		key = cstr(row.get(KEYS.get(table, "idx")))
		seen[key] = seen.get(key, 0) + 1
		rows[(key, seen[key])] = row
	return rows


def _name(table, row) -> str:
	if table == "targets":
		return row.item_group or _("everything else")
	fields = NAMES.get(table, (KEYS.get(table, "idx"),))
	return _cut(": ".join(cstr(row.get(field)) for field in fields if row.get(field)))


def _shown(doc, df) -> str:
	"""Value as a reader knows it. People appear by the name kept beside the link."""
	value = doc.get(df.fieldname)
	if df.fieldname == "baseline" and not cint(doc.get("baseline_known")):
		return ""
	if df.fieldname == "responsible":
		return doc.get("responsible_name") or cstr(value)
	if df.fieldtype in ("Currency", "Float", "Percent", "Int"):
		return _number(doc, df, flt(value))
	if df.fieldtype == "Check":
		return _("Yes") if cint(value) else _("No")
	if isinstance(value, date) or df.fieldtype == "Date":
		return formatdate(getdate(value)) if value else ""
	if df.fieldtype == "Select":
		return _(cstr(value))
	return " ".join(strip_html(cstr(value)).split())


def _number(doc, df, value) -> str:
	if df.fieldtype == "Currency":
		return frappe.format(value, {"fieldtype": "Currency"}, currency=doc.get("currency"))
	text = f"{value:,.10g}"
	return f"{text} %" if df.fieldtype == "Percent" else text


def _parts(before: str, after: str) -> tuple[str, str]:
	"""Long texts from shortly before the first word that differs."""
	if max(len(before), len(after)) <= LONGEST:
		return before, after
	pairs = enumerate(zip(before, after, strict=False))
	same = next((index for index, (old, new) in pairs if old != new), min(len(before), len(after)))
	start = before.rfind(" ", 0, max(same - LONGEST // 4, 0)) + 1
	lead = "…" if start else ""
	return tuple(_cut(f"{lead}{text[start:]}") if text[start:] else text for text in (before, after))


def _cut(text: str) -> str:
	return f"{text[: LONGEST - 1]}…" if len(text) > LONGEST else text
