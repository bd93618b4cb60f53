"""Priority of an opportunity: the rating of the engine with the weights of KAM Settings, and its formula in words."""

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import cint, flt, fmt_money

from kam_erpnext.data.currency import exchange_rate
from kam_erpnext.engine import opportunity as engine
from kam_erpnext.engine.opportunity import Answers, Priority
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

DOCTYPE = "Key Account Opportunity"
OPEN = ("Open", "On Hold")
RATINGS = ("strategic_us", "strategic_customer", "effort", "risk")
FIELDS = (*RATINGS, "amount", "probability", "probability_by_hand", "company", "currency")
SCORES = ("priority_score", "priority_known", "quick_win", "priority_text")


def validate(doc):
	for field in RATINGS:
		value = str(doc.get(field) or "").strip()
		if value and value not in ("1", "2", "3", "4", "5"):
			frappe.throw(
				_("{0}: {1} is not a rating. Please choose 1 to 5, or leave it empty.").format(
					_(doc.meta.get_label(field)), frappe.utils.escape_html(value)
				)
			)
	if not 0 <= flt(doc.probability) <= 100:
		frappe.throw(
			_("Probability: {0} % is not possible. Please enter 0 to 100.").format(flt(doc.probability))
		)
	rate(doc)


def rate(doc):
	"""The priority as long as there is something to decide; afterwards it stays as it was."""
	if doc.status in OPEN or doc.is_new():
		doc.update(scores(doc, reference_for(doc)))
		return
	before = doc.get_doc_before_save()
	if before:
		doc.update({field: before.get(field) for field in SCORES})


def scores(row, reference: float | None, settings=None) -> dict:
	"""Values of the fields of the rating, of a document or a row with FIELDS."""
	settings = settings or get_settings()
	priority = priority_of(row, reference, settings)
	return {
		"priority_score": flt(priority.score, 1),
		"priority_known": flt(priority.known, 1),
		"quick_win": int(priority.quick_win),
		"priority_text": text_of(priority, reference, settings, row),
	}


def priority_of(row, reference: float | None, settings=None) -> Priority:
	settings = settings or get_settings()
	return engine.prioritise(answers_of(row), reference, weights(settings), threshold(settings))


def answers_of(row) -> Answers:
	"""Number columns are never empty: no order value is 0, and a probability of 0 counts when somebody entered it."""
	rated = {field: cint(row.get(field)) or None for field in RATINGS}
	known = flt(row.get("probability")) or cint(row.get("probability_by_hand"))
	return Answers(
		value=flt(row.get("amount")) or None,
		probability=flt(row.get("probability")) if known else None,
		**rated,
	)


def weights(settings) -> dict[str, float]:
	return {part: flt(settings.get(f"weight_{part}")) for part in engine.PARTS}


def threshold(settings) -> float:
	return flt(settings.quick_win_score) or engine.QUICK_WIN_SCORE


def labels() -> dict[str, str]:
	meta = frappe.get_meta(DOCTYPE)
	return {
		engine.VALUE: _("Order Value", context="KAM"),
		**{part: _(meta.get_label(part)) for part in engine.PARTS if part != engine.VALUE},
	}


def text_of(priority: Priority, reference: float | None, settings, row) -> str:
	"""The formula with its numbers, against what the value was measured, and what is not answered."""
	names = labels()
	lines = []
	if priority.score is None:
		lines.append(_("Nothing is rated yet."))
	else:
		lines.append(engine.formula(priority, names))
		if flt(settings.reference_amount) and reference:
			lines.append(
				_(
					"Order Value is measured against {0}: 50 × log10(1 + 99 × value ÷ {0}), at most 100."
				).format(fmt_money(reference, 0, row.get("currency")))
			)
		elif reference:
			lines.append(
				_(
					"Order Value is measured against the largest open opportunity of the company, by its logarithm."
				)
			)
	missing = [names[key] for key in engine.unanswered(priority)]
	if missing:
		lines.append(
			_("Not answered and left out: {0}. Known for {1} % of the weight.").format(
				", ".join(missing), f"{priority.known:.0f}"
			)
		)
	return "\n".join(lines)


# ---------------------------------------------------------------- what the order value is measured against


def reference_amount(company: str | None, settings=None) -> float | None:
	"""Reference of KAM Settings in the currency of a company, else the largest open opportunity of the company."""
	settings = settings or get_settings()
	if flt(settings.reference_amount):
		return _in_currency_of(company, settings)
	return largest_open(company)


def reference_for(doc) -> float | None:
	"""The reference with what is just being saved."""
	if flt(get_settings().reference_amount):
		return reference_amount(doc.company)
	others = largest_open(doc.company, but=doc.name)
	return max(others or 0, flt(doc.amount) if doc.status in OPEN else 0) or None


def _in_currency_of(company, settings) -> float | None:
	if not company or not settings.company or company == settings.company:
		return flt(settings.reference_amount)
	ours = frappe.get_cached_value("Company", settings.company, "default_currency")
	theirs = frappe.get_cached_value("Company", company, "default_currency")
	rate = exchange_rate(ours, theirs, frappe.utils.nowdate())
	return flt(settings.reference_amount) * rate if rate else None


def largest_open(company: str | None, but: str | None = None) -> float | None:
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(Max(table.amount))
		.where((table.company == company) & table.status.isin(OPEN))
	)
	if but:
		query = query.where(table.name != but)
	return flt(query.run()[0][0]) or None


def follow_reference(doc):
	"""Others are measured against the largest open opportunity: they follow when that one changes."""
	if flt(get_settings().reference_amount):
		return
	before = doc.get_doc_before_save()
	was = flt(before.amount) if before and before.status in OPEN else 0
	now = flt(doc.amount) if doc.status in OPEN and frappe.db.exists(DOCTYPE, doc.name) else 0
	if not before and not now:  # deleted
		was = flt(doc.amount)
	others = largest_open(doc.company, but=doc.name) or 0
	if max(was, others) != max(now, others):
		rate_again(doc.company)


def rate_again(company: str | None = None):
	"""Rates all open opportunities again, of one company or of all; only what changed is written."""
	filters = {"status": ("in", OPEN), **({"company": company} if company else {})}
	rows = frappe.get_all(DOCTYPE, filters, ["name", *FIELDS, *SCORES], order_by="name")
	settings = frappe.get_doc("KAM Settings")
	references = {}
	for row in rows:
		if row.company not in references:
			references[row.company] = reference_amount(row.company, settings)
		new = scores(row, references[row.company], settings)
		if any(row[field] != new[field] for field in SCORES):
			frappe.db.set_value(DOCTYPE, row.name, new, update_modified=False)


def settings_changed(doc, method=None):
	"""KAM Settings were saved: weights and reference count at once."""
	before = doc.get_doc_before_save()
	fields = ("reference_amount", "quick_win_score", "company", *(f"weight_{part}" for part in engine.PARTS))
	if before and all(before.get(field) == doc.get(field) for field in fields):
		return
	rate_again()
