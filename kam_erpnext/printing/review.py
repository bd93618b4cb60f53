"""Prints of a Key Account Business Review: the internal one and the customer's version.

A review is printed with the figures it holds: they are frozen when it is submitted. The customer's version shows what
is named in this module and nothing else.
"""

import frappe
from frappe import _
from frappe.utils import cint, cstr, flt, getdate

from kam_erpnext.printing import charts, show
from kam_erpnext.printing.plan import PRIVATE_MEASURES, SHAREABLE_MEASURES, clipped, measure_key, visible

OURS, CUSTOMERS = "Ours", "Customer's"
CHART = (400, 215)

# figures of a review that a customer may read: its own purchases and our service, nothing that judges or counts profit
FIGURES_FOR_CUSTOMER = frozenset({"net_sales", "orders", "item_groups", "open_orders", "open_issues"})
BY_ITEM_GROUP = "line:"
# its months are then not those of all purchases
ONLY_PLANNED = "planned_sales"


# ---------------------------------------------------------------- jinja methods


def kam_review(doc) -> dict:
	"""The whole review."""
	review = visible(doc)
	page = show.page_setup()
	months = _months(review)
	return show.escaped(
		{
			"page": page,
			"head": _head(review),
			"summary": show.lines(review.get("summary")),
			"figures": [_figure(row, review.currency) for row in figures_in_order(review)],
			"chart": charts.months_chart(months, review.currency, *CHART),
			"objectives": [
				_objective(row, review.currency, page["rtl"]) for row in review.get("objectives") or []
			],
			"carried": [
				{
					"subject": row.subject,
					"owner": row.responsible_name or show.UNKNOWN,
					"due": show.day(row.end_date),
					"late": bool(row.end_date and getdate(row.end_date) < getdate(review.review_date)),
					"status": _(row.status or ""),
					"comment": row.comment,
				}
				for row in review.get("carried") or []
			],
			"agenda": _agenda(review),
			"attendees": _attendees(review),
			"deals": _deals(review),
			"ratings": _ratings(review),
			"decisions": _decisions(review),
			"note": _("Figures frozen on {0}.").format(show.moment(review.get("figures_on")))
			if review.docstatus and review.get("figures_on")
			else _("Draft: the figures are frozen when the review is submitted."),
		}
	)


def kam_review_for_customer(doc) -> dict:
	"""What a customer may read of a review. Fields, rows and figures are named here one by one."""
	page = show.page_setup()
	date = show.day(doc.review_date)
	# the browser and the PDF show the title of the document in their own title
	doc.title = f"{doc.account_name}: {date}"
	return show.escaped(
		{
			"page": page,
			"account": doc.account_name,
			"company": doc.company,
			"date": date,
			"place": doc.get("place") or show.UNKNOWN,
			"period": show.days(doc.from_date, doc.to_date),
			"draft": not cint(doc.docstatus),
			"figures": [
				_figure_for_customer(row, doc.currency)
				for row in figures_in_order(doc)
				if figure_shown_to_customer(row)
			],
			"chart": _chart_for_customer(doc),
			"objectives": _objectives_for_customer(doc, page["rtl"]),
			"agenda": [
				{"topic": row.topic, "minutes": cint(row.minutes), "lead": row.lead, "outcome": row.outcome}
				for row in doc.get("agenda") or []
			],
			"attendees": _attendees(doc),
			"satisfaction": _(doc.get("satisfaction") or "") or None,
			"decisions": [
				{
					"decision": row.decision,
					"owner": show.person(row.responsible),
					"due": show.day(row.due),
				}
				for row in doc.get("decisions") or []
			],
			"next_review": show.day(doc.get("next_review")),
		}
	)


# ---------------------------------------------------------------- parts


def _head(review) -> dict:
	return {
		"name": review.name,
		"account": review.account_name or review.key_account,
		"title": review.title,
		"plan": review.get("plan"),
		"company": review.company,
		"date": show.day(review.review_date),
		"place": review.get("place") or show.UNKNOWN,
		"period": show.days(review.from_date, review.to_date),
		"next_review": show.day(review.get("next_review")),
		"status": [_("Draft"), _("Submitted"), _("Cancelled")][cint(review.docstatus)],
		"status_colour": [charts.GREY, charts.TEAL, charts.RED][cint(review.docstatus)],
	}


def _months(review) -> list[dict]:
	return frappe.parse_json(review.get("months")) or []


def figures_in_order(review) -> list:
	"""Sales by item group stand below sales."""
	rows = list(review.get("figures") or [])
	groups = [row for row in rows if cstr(row.key).startswith(BY_ITEM_GROUP)]
	sales = [row for row in rows if row.key in ("net_sales", ONLY_PLANNED)]
	return sales + groups + [row for row in rows if row not in sales and row not in groups]


def unknown_columns(row) -> set[str]:
	return set(cstr(row.get("unknown")).replace(",", " ").split())


def _figure(row, currency) -> dict:
	values = {
		name: None if name in unknown_columns(row) else row.get(name)
		for name in ("value", "before", "target")
	}
	unit = row.unit or "currency"
	reached = (
		100 * flt(values["value"]) / flt(values["target"])
		if show.known(values["value"]) and flt(values["target"]) > 0
		else None
	)
	return {
		"figure": _(row.figure or ""),
		"value": show.quantity(values["value"], unit, currency),
		"before": show.quantity(values["before"], unit, currency),
		"by_group": cstr(row.key).startswith(BY_ITEM_GROUP),
		"change": _change(values["value"], values["before"], row.unit) or show.UNKNOWN,
		"target": show.quantity(values["target"], unit, currency),
		"reached": show.percent(reached),
	}


def _figure_for_customer(row, currency) -> dict:
	figure = _figure(row, currency)
	return {name: figure[name] for name in ("figure", "by_group", "value", "before", "change")}


def _change(value, before, unit) -> str | None:
	"""Growth in percent; for a share the difference in points."""
	if cstr(unit).lower() in ("percent", "%"):
		if not show.known(value) or not show.known(before):
			return None
		points = flt(flt(value) - flt(before), 1)
		return _("{0} points").format(f"{'+' if points > 0 else ''}{show.number(points, 1)}")
	return show.change(value, before)


def _objective(row, currency, rtl: bool) -> dict:
	hidden = unknown_columns(row)
	progress = None if "progress" in hidden or "value" in hidden else clipped(row.progress)
	return {
		"code": row.code,
		"objective": row.objective,
		"whose": _(row.belongs_to or ""),
		"customers": row.belongs_to == CUSTOMERS,
		"target": show.quantity(None if "target" in hidden else row.target, row.unit, currency),
		"value": show.quantity(None if "value" in hidden else row.value, row.unit, currency),
		"progress": show.percent(progress),
		"bar": charts.progress_bar(progress, row.state, rtl),
		"state": _(row.state or ""),
		"colour": charts.STATE_COLOURS.get(row.state, charts.SOFT),
		"comment": row.comment,
	}


def _agenda(review) -> list[dict]:
	return [
		{"topic": row.topic, "minutes": cint(row.minutes), "lead": row.lead, "outcome": row.outcome}
		for row in review.get("agenda") or []
	]


def _attendees(review) -> list[dict]:
	sides = []
	for side, title in ((OURS, _("For {0}").format(review.company)), (CUSTOMERS, None)):
		rows = [
			{
				"name": row.full_name or show.UNKNOWN,
				"function": _(row.function or ""),
				"attended": cint(row.attended),
			}
			for row in review.get("attendees") or []
			if row.side == side
		]
		sides.append({"title": title or _("For {0}").format(review.account_name), "rows": rows})
	return sides


def _deals(review) -> list[dict]:
	return [
		{
			"kind": _(row.kind),
			"won": row.kind == "Won",
			"deal": row.deal,
			"amount": show.money(row.amount, review.currency) if flt(row.amount) else show.UNKNOWN,
			"reason": row.reason,
			"competitor": row.competitor,
		}
		for row in review.get("deals") or []
	]


def _ratings(review) -> list[dict]:
	rows = []
	for rating, remark in (("satisfaction", "satisfaction_note"), ("relationship", "relationship_note")):
		if not review.get(rating) and not review.get(remark):
			continue
		rows.append(
			{
				"label": _(review.meta.get_label(rating)),
				"rating": _(review.get(rating) or "") or show.UNKNOWN,
				"stars": cint(cstr(review.get(rating))[:1]),
				"text": show.lines(review.get(remark)),
				"confidential": review.meta.get_field(rating).permlevel > 0,
			}
		)
	return rows


def _decisions(review) -> list[dict]:
	return [
		{
			"decision": row.decision,
			"owner": show.person(row.responsible),
			"due": show.day(row.due),
			"action": row.get("action"),
		}
		for row in review.get("decisions") or []
	]


# ---------------------------------------------------------------- the customer's version


def figure_shown_to_customer(row) -> bool:
	key = cstr(row.key)
	return not cint(row.is_margin) and (key in FIGURES_FOR_CUSTOMER or key.startswith(BY_ITEM_GROUP))


def _chart_for_customer(review):
	"""Its purchases by month, without what we had planned."""
	if any(row.key == ONLY_PLANNED for row in review.get("figures") or []):
		return None
	months = [{name: row.get(name) for name in ("month", "actual", "before")} for row in _months(review)]
	return charts.months_chart(months, review.currency, *CHART, target=False)


def _objectives_for_customer(review, rtl: bool) -> list[dict]:
	"""Those of the customer, and of ours those the plan marks for the customer."""
	in_plan = _objectives_of_plan(review.get("plan"))
	shown = []
	for row in review.get("objectives") or []:
		planned = in_plan.get(row.code) or frappe._dict()
		if not (row.belongs_to == CUSTOMERS or cint(planned.for_customer)) or row.state == "Dropped":
			continue
		key = measure_key(planned.measure)
		if key in PRIVATE_MEASURES:
			continue
		data = _objective(row, review.currency, rtl)
		if key and key not in SHAREABLE_MEASURES:
			data.update(
				target=show.UNKNOWN, value=show.UNKNOWN, progress=show.UNKNOWN, bar=charts.progress_bar(None)
			)
		shown.append(
			{name: data[name] for name in ("objective", "customers", "target", "value", "progress", "bar")}
		)
	return shown


def _objectives_of_plan(plan: str | None) -> dict:
	if not plan:
		return {}
	rows = frappe.get_all(
		"Key Account Plan Objective",
		filters={"parenttype": "Key Account Plan", "parent": plan},
		fields=["code", "for_customer", "measure"],
		order_by="idx asc",
	)
	return {row.code: row for row in rows}
