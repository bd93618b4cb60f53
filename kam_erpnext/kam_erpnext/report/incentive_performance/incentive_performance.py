"""Incentives of the people a reader may see: attainment, pay-out and amount by measure, or what their customers brought."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, fmt_money, formatdate, getdate

from kam_erpnext.data import incentive_figures as data
from kam_erpnext.data import incentive_view as view
from kam_erpnext.data.incentive_access import SCHEME, pays
from kam_erpnext.data.tree import nodes
from kam_erpnext.kam_erpnext.report import common

STATEMENT = "Key Account Incentive"
MEASURES, PERSON, TERRITORY, REGION = SHOWS = (
	"Measures",
	"Contribution by Person",
	"Contribution by Territory",
	"Contribution by Region",
)
STATES = ("Draft", "Final", "Withdrawn")
CHARTED = 12
# lines of a territory that a person's contribution is divided into in the chart
PARTS = 5


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	show = filters.show if filters.show in SHOWS else MEASURES
	found = data.statements(
		data.StatementFilters(
			filters.company or None,
			getdate(filters.from_date) if filters.from_date else None,
			getdate(filters.to_date) if filters.to_date else None,
			filters.user or None,
			filters.status if filters.status in STATES else None,
		)
	)
	columns = measure_columns() if show == MEASURES else contribution_columns(show)
	if not found:
		return common.nothing(nothing_hint(), columns)
	if show == MEASURES:
		rows = [row for statement in found for row in measure_rows(statement)]
		return columns, rows, measure_message(found), measure_chart(found), measure_summary(found)
	if len({row.company for row in found}) > 1:
		hint = _("Contributions are in the currency of one company. Please choose a company.")
		return common.nothing(common.hint(hint), columns)
	frame = data.contributions(found)
	if frame.empty:
		hint = _("Nothing was sold to customers of these people that you may see in the days measured.")
		return common.nothing(common.hint(hint), columns)
	currency = found[0].currency
	rows = contribution_rows(frame, found, show)
	for row in rows:
		row["currency"] = currency
	return (
		columns,
		rows,
		contribution_message(found),
		contribution_chart(rows, show, currency),
		contribution_summary(frame, currency),
	)


# ---------------------------------------------------------------- measures


def attainment_of(statement) -> float | None:
	"""Attainment of all known lines by weight."""
	known = [line for line in statement.lines if line.known]
	whole = sum(flt(line.weight) for line in known)
	return sum(flt(line.weight) * flt(line.attainment) for line in known) / whole if whole else None


def measure_rows(statement) -> list[dict]:
	at_target = flt(statement.at_target)
	rows = [
		{
			"key": statement.name,
			"parent": None,
			"indent": 0,
			"label": statement.user_name or statement.user,
			"statement": statement.name,
			"period": f"{formatdate(statement.from_date)} – {formatdate(statement.to_date)}",
			"weight": None,
			"attainment": common.known(attainment_of(statement), 1),
			"payout": common.known(100.0 * statement.amount / at_target, 1) if at_target else None,
			"at_target": at_target,
			"amount": flt(statement.amount),
			"known": common.known(statement.known_share, 1),
			"status": _(statement.status),
			"state": statement.status,
			"how": view.scope_text(statement),
			"currency": statement.currency,
		}
	]
	for number, line in enumerate(statement.lines):
		rows.append(
			{
				"key": f"{statement.name} {number}",
				"parent": statement.name,
				"indent": 1,
				"label": _(line.measure),
				"statement": statement.name,
				"weight": flt(line.weight),
				"due": view.due_text(statement, line),
				"actual": view.shown(line.actual, line.unit, statement.currency)
				if line.actual_known
				else None,
				"attainment": common.known(line.attainment, 1) if line.known else None,
				"payout": common.known(line.payout, 1) if line.known else None,
				"at_target": view.at_target(statement, line),
				"amount": flt(line.amount),
				"known": 100.0 if line.known else 0.0,
				"how": f"{view.paid_text(statement, line)} {line.explanation or ''}",
				"currency": statement.currency,
			}
		)
	return rows


def measure_columns() -> list[dict]:
	return [
		common.text_column("label", _("Person and Measure"), 230),
		common.number_column("weight", _("Weight"), 80),
		common.number_column("due", _("Due by Now"), 125),
		common.number_column("actual", _("Actual", context="KAM"), 125),
		common.number_column("attainment", _("Attainment"), 115),
		common.number_column("payout", _("Pay-out"), 95),
		common.money_column("at_target", _("Amount at Target"), 140),
		common.money_column("amount", _("Amount"), 125),
		common.number_column("known", _("Known"), 80),
		common.text_column("status", _("Status"), 95),
		common.text_column("period", _("Period", context="KAM"), 190),
		common.text_column("how", _("How It Came About"), 420),
		common.currency_column(),
	]


def measure_message(found: list) -> str:
	sentences = [
		_(
			"Attainment: actual in percent of what was due by the day measured; of a person that of all known measures by weight. Amounts follow the pay-out curve of the scheme, its thresholds and caps."
		),
		_("What is not known pays nothing yet."),
		visible_text(),
		_("Read on {0}.").format(common.now_text()),
	]
	text = f'<div class="kam-explained">{" ".join(sentences)}</div>'
	drafts = [row for row in found if row.status == "Draft"]
	if drafts:
		running = any(not row.as_of or row.as_of < row.to_date for row in drafts)
		words = (
			_(
				"Drafts: {0} of {1} statements. Where the period is not over they say what the pace of today would pay."
			)
			if running
			else _("Drafts: {0} of {1} statements. They follow the documents until their scheme is closed.")
		)
		text += common.warning(words.format(len(drafts), len(found)))
	return text


def visible_text() -> str:
	return (
		_("You see all statements, as you pay them.")
		if pays()
		else _("You see your own statement and those of the people below you, and nobody else's.")
	)


def measure_summary(found: list) -> list[dict]:
	items = [common.count_item(_("Statements"), len(found))]
	weights = [(attainment_of(row), flt(row.at_target)) for row in found]
	known = [(value, weight) for value, weight in weights if value is not None and weight]
	whole = sum(weight for _value, weight in known)
	items.append(
		common.percent_item(
			_("Attainment"), sum(value * weight for value, weight in known) / whole if whole else None
		)
	)
	if len({row.currency for row in found}) == 1:
		currency = found[0].currency
		items += [
			common.money_item(_("Amount"), sum(flt(row.amount) for row in found), currency),
			common.money_item(_("Amount at Target"), sum(flt(row.at_target) for row in found), currency),
		]
	open_lines = sum(not line.known for row in found for line in row.lines)
	items.append(common.count_item(_("Not Known"), open_lines, "Orange" if open_lines else "Green"))
	return items


def measure_chart(found: list) -> dict:
	"""A bar for each person, or for each measure of the only one."""
	alone = found[0] if len(found) == 1 else None
	if alone:
		rows = [
			{
				"name": _(line.measure),
				"value": common.known(line.attainment, 1) if line.known else None,
				"threshold": flt(line.threshold) or None,
				"lines": [
					[_("Weight"), common.percent_text(line.weight)],
					[_("Pay-out"), common.percent_text(line.payout) if line.known else _("not known")],
					[_("Amount"), fmt_money(flt(line.amount), currency=alone.currency)],
				],
				"route": {"doctype": STATEMENT, "name": alone.name},
			}
			for line in alone.lines
		]
		heading, value = alone.user_name or alone.user, _("Attainment")
	else:
		rows = [
			{
				"name": row.user_name or row.user,
				"value": common.known(100.0 * row.amount / flt(row.at_target), 1) if row.at_target else None,
				"threshold": None,
				"lines": [
					[_("Amount"), fmt_money(flt(row.amount), currency=row.currency)],
					[_("Amount at Target"), fmt_money(flt(row.at_target), currency=row.currency)],
					[_("Status"), _(row.status)],
				],
				"route": {"doctype": STATEMENT, "name": row.name},
			}
			for row in found
		]
		heading, value = _("Amount in percent of the amount at target"), _("Paid")
	shown = rows[:CHARTED]
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["name"]) for row in shown],
			"datasets": [{"name": value, "values": [row["value"] or 0 for row in shown]}],
		},
		"fieldtype": "Percent",
		"kam": {
			"kind": "incentives",
			"rows": shown,
			"not_drawn": len(rows) - len(shown),
			"title": heading,
			"names": {"value": value, "threshold": _("Threshold"), "target": _("Target", context="KAM")},
		},
	}


# ---------------------------------------------------------------- contributions


def contribution_rows(frame: pd.DataFrame, found: list, show: str) -> list[dict]:
	people = {row.name: row.user_name or row.user for row in found}
	frame = frame.assign(territory=frame["territory"].fillna(""))
	whole = float(frame["net_sales"].sum())
	if show == PERSON:
		return person_rows(frame, found, whole)
	if show == REGION:
		regions = data.regions()
		frame = frame.assign(territory=[regions.get(name, name) for name in frame["territory"]])
		return [
			row
			for place in by_sales(frame, "territory")
			for row in place_rows(frame[frame["territory"] == place], place, people, whole, "", 0)
		]
	return territory_rows(frame, people, whole)


def figures(part: pd.DataFrame, whole: float) -> dict:
	sold, before, margin = (flt(float(part[name].sum()), 2) for name in data.FIGURES)
	return {
		"net_sales": sold,
		"last_year": before,
		"growth": common.known(common.ratio(sold - before, before), 1),
		"margin": margin,
		"margin_percent": common.known(common.ratio(margin, sold), 1),
		"share": common.known(common.ratio(sold, whole), 1),
		"customers": int(part["customers"].sum()),
	}


def by_sales(frame: pd.DataFrame, column: str) -> list[str]:
	return [*frame.groupby(column)["net_sales"].sum().sort_values(ascending=False, kind="stable").index]


def person_rows(frame: pd.DataFrame, found: list, whole: float) -> list[dict]:
	rows = []
	for name in by_sales(frame, "statement"):
		own = frame[frame["statement"] == name]
		statement = next(row for row in found if row.name == name)
		rows.append(
			{
				"key": name,
				"parent": None,
				"indent": 0,
				"label": statement.user_name or statement.user,
				"statement": name,
				"amount": flt(statement.amount),
				"how": view.scope_text(statement),
				**figures(own, whole),
			}
		)
		for place in by_sales(own, "territory"):
			part = own[own["territory"] == place]
			rows.append(
				{
					"key": f"{name} {place}",
					"parent": name,
					"indent": 1,
					"label": place or _("Without territory"),
					"place": place,
					**figures(part, whole),
				}
			)
	return rows


def place_rows(part: pd.DataFrame, place: str, people: dict, whole: float, above: str, indent: int) -> list:
	"""A territory and the people who sold there."""
	key = f"{above}/{place}"
	rows = [
		{
			"key": key,
			"parent": above or None,
			"indent": indent,
			"label": place or _("Without territory"),
			"place": place,
			**figures(part, whole),
		}
	]
	for name in by_sales(part, "statement"):
		rows.append(
			{
				"key": f"{key} {name}",
				"parent": key,
				"indent": indent + 1,
				"label": people[name],
				"statement": name,
				**figures(part[part["statement"] == name], whole),
			}
		)
	return rows


def territory_rows(frame: pd.DataFrame, people: dict, whole: float) -> list[dict]:
	"""The tree of territories without its root; people stand below the territories of their customers."""
	below, parents = nodes("Territory")
	roots = {name for name, parent in parents.items() if not parent}
	places = set(frame["territory"])
	shown = {name for name in parents if name not in roots and below[name] & places} | (places & roots)
	rows: list[dict] = []

	def add(place: str, above: str, indent: int):
		inside = {place} if place in roots else below[place]
		part = frame[frame["territory"].isin(inside)]
		own = frame[frame["territory"] == place]
		children = [
			child
			for child in by_sales_of(frame, shown, below)
			if parents.get(child) == place and place not in roots
		]
		head, *sellers = place_rows(own, place, people, whole, above, indent)
		rows.append({**head, **figures(part, whole)})
		for child in children:
			add(child, head["key"], indent + 1)
		rows.extend(sellers)

	for place in by_sales_of(frame, shown, below):
		if parents.get(place) in roots or place in roots or not parents.get(place):
			add(place, "", 0)
	if "" in places:
		rows += place_rows(frame[frame["territory"] == ""], "", people, whole, "", 0)
	return rows


def by_sales_of(frame: pd.DataFrame, places: set[str], below: dict) -> list[str]:
	"""Territories with what lies below them, by their sales."""
	sums = {
		place: float(frame.loc[frame["territory"].isin(below.get(place, {place})), "net_sales"].sum())
		for place in places
	}
	return sorted(places, key=lambda place: (-sums[place], place))


def contribution_columns(show: str) -> list[dict]:
	heading = _("Person and Territory") if show == PERSON else _("Territory and Person")
	return [
		common.text_column("label", heading, 250),
		common.money_column("net_sales", _("Net Sales"), 135),
		common.number_column("share", _("Share of All"), 110),
		common.money_column("last_year", _("Year Before"), 135),
		common.number_column("growth", _("Growth"), 95),
		common.money_column("margin", _("Margin"), 125),
		common.number_column("margin_percent", _("Margin %"), 95),
		common.number_column("customers", _("Customers"), 100),
		*(
			[common.money_column("amount", _("Incentive"), 125), common.text_column("how", _("Covers"), 240)]
			if show == PERSON
			else []
		),
		common.currency_column(),
	]


def contribution_message(found: list) -> str:
	periods = sorted({data.period_of(row) for row in found if data.period_of(row)}, key=lambda p: p.start)
	sentences = [
		_(
			"Net sales and gross profit with the customers of each person in the days measured ({0}), and the same number of days a year before."
		).format("; ".join(common.dates(period) for period in periods[:3])),
		_("Territories are those of the customers today."),
		visible_text(),
		_("Read on {0}.").format(common.now_text()),
	]
	if common.is_restricted():
		sentences.append(_("Only what you may see is counted."))
	text = f'<div class="kam-explained">{" ".join(sentences)}</div>'
	if shared := data.shared_customers(found):
		text += common.warning(
			_("{0} customers have several of these people; they count for each of them.").format(shared)
		)
	if len(periods) < len({(row.user, row.from_date) for row in found}) and len(
		{row.user for row in found}
	) < len(found):
		text += common.warning(
			_("Some people have several statements in these days; each stands for itself.")
		)
	return text


def contribution_summary(frame: pd.DataFrame, currency: str) -> list[dict]:
	sold, margin = float(frame["net_sales"].sum()), float(frame["margin"].sum())
	return [
		common.count_item(_("People"), frame["user"].nunique()),
		common.money_item(_("Net Sales"), sold, currency),
		common.money_item(_("Margin"), margin, currency),
		common.percent_item(_("Margin %"), common.ratio(margin, sold)),
		common.percent_item(
			_("Growth"), common.ratio(sold - float(frame["last_year"].sum()), float(frame["last_year"].sum()))
		),
	]


def contribution_chart(rows: list[dict], show: str, currency: str) -> dict:
	"""Bars of the first level, divided into the largest parts of the second."""
	tops = [row for row in rows if not row["indent"]][:CHARTED]
	parts: dict[str, float] = {}
	for row in rows:
		if row["indent"] == 1:
			parts[row["label"]] = parts.get(row["label"], 0.0) + row["net_sales"]
	largest = sorted(parts, key=lambda name: -parts[name])[:PARTS]

	def values(top: dict) -> list[float]:
		own = [row for row in rows if row["parent"] == top["key"]]
		found = [sum(row["net_sales"] for row in own if row["label"] == name) for name in largest]
		rest = top["net_sales"] - sum(found)
		return [*(flt(value, 2) for value in found), flt(rest, 2)]

	shares = {top["key"]: values(top) for top in tops}
	rest = any(abs(found[-1]) >= 0.005 for found in shares.values())
	drawn = [
		{
			"name": top["label"],
			"values": shares[top["key"]] if rest else shares[top["key"]][:-1],
			"total": top["net_sales"],
			"margin": top["margin"],
			"last_year": top["last_year"],
			"route": {"doctype": STATEMENT, "name": top["statement"]} if top.get("statement") else None,
		}
		for top in tops
	]
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["name"]) for row in drawn],
			"datasets": [{"name": _("Net Sales"), "values": [row["total"] for row in drawn]}],
		},
		"fieldtype": "Currency",
		"kam": {
			"kind": "contributions",
			"rows": drawn,
			"parts": [*largest, *([_("Others")] if rest else [])],
			"currency": currency,
			"names": {"total": _("Net Sales"), "margin": _("Margin"), "last_year": _("Year Before")},
		},
	}


def nothing_hint() -> str:
	if pays():
		return common.hint(
			_("There is no statement in these days. Statements are made when a {0} is submitted.").format(
				common.list_link(SCHEME)
			)
		)
	return common.hint(
		_("There is no incentive statement of you, or of somebody below you, in these days."),
		_("Who is below you is told by Reports To of the employees and by the tree of sales people."),
	)
