"""The statement of an incentive on one page: what is paid, why, and the person's place on the pay-out curve."""

from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data import incentive_view
from kam_erpnext.printing import charts, show

COLOURS = {"Draft": charts.AMBER, "Final": charts.TEAL, "Withdrawn": charts.RED}


def kam_incentive(doc) -> dict:
	"""Everything the print format shows."""
	page = show.page_setup()
	seen = incentive_view.view(doc)
	lines = [
		{
			**line,
			"number": number,
			"target": line["due"] if line["due"] is not None else show.UNKNOWN,
			"actual": line["actual"] if line["actual"] is not None else show.UNKNOWN,
			"attained": show.percent(line["attainment"], 1),
			"payout": show.percent(line["payout"], 1),
			"weight": show.percent(line["weight"], 1),
			"bar": charts.progress_bar(
				min(line["attainment"], 100.0) if line["known"] else None, state_of(line), page["rtl"]
			),
			"amount": show.money(line["amount"], doc.currency, 2),
			"at_target": show.money(line["at_target"], doc.currency, 2),
		}
		for number, line in enumerate(seen["lines"], 1)
	]
	return show.escaped(
		{
			"page": page,
			"head": {
				"name": doc.name,
				"person": doc.user_name or doc.user,
				"title": doc.scheme_title,
				"period": show.days(doc.from_date, doc.to_date),
				"company": doc.company,
				"scope": seen["scope"],
				"as_of": show.day(doc.as_of),
				"status": _(doc.status, context=doc.doctype),
				"status_colour": COLOURS[doc.status],
			},
			"tiles": _tiles(doc),
			"messages": seen["messages"],
			"lines": lines,
			"before_cap": show.money(doc.before_cap, doc.currency, 2),
			"capped": flt(doc.before_cap) > flt(doc.amount),
			"cap": show.percent(doc.cap, 1),
			"amount": show.money(doc.amount, doc.currency, 2),
			"curve": charts.payout_curve(seen["curve"], seen["lines"]),
			"points": points_of(seen["curve"]),
			"rules": show.lines(doc.note),
			"note": _("Figures read on {0}.").format(show.moment(doc.calculated_on)),
		}
	)


def state_of(line: dict) -> str | None:
	"""Word of the colour of a bar."""
	if not line["known"]:
		return None
	return "On Track" if line["attainment"] >= 100 else "At Risk" if line["payout"] else "Missed"


def _tiles(doc) -> list[dict]:
	paid = 100 * flt(doc.amount) / flt(doc.at_target) if flt(doc.at_target) else None
	return [
		{
			"label": _("Amount"),
			"value": show.money(doc.amount, doc.currency, 2),
			"note": _state_of(doc),
			"colour": charts.BLUE,
		},
		{
			"label": _("Amount at Target"),
			"value": show.money(doc.at_target, doc.currency, 2),
			"note": _("when everything is reached"),
		},
		{
			"label": _("Paid"),
			"value": show.percent(paid, 1),
			"note": _("of the amount at target"),
		},
		{
			"label": _("Known"),
			"value": show.percent(doc.known_share, 1),
			"note": _("of the weight of all measures"),
		},
	]


def _state_of(doc) -> str:
	if doc.status == "Final":
		return _("final")
	running = not doc.as_of or getdate(doc.as_of) < getdate(doc.to_date)
	return _("at the pace of today") if running else _("as documents say today")


def points_of(knots: list) -> str:
	"""The curve in words."""
	return ", ".join(
		_("{0} from {1}").format(show.percent(payout, 1), show.percent(attainment, 1))
		for attainment, payout in knots
	)
