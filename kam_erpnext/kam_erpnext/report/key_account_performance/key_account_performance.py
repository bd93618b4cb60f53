"""Forecast, actual, target and last year through two nested trees: accounts, territories, sales people, segments, items."""

from datetime import timedelta

import frappe
import numpy as np
from frappe import _
from frappe.utils import cint, escape_html, flt, fmt_money, formatdate, getdate

from kam_erpnext.data import forecast_accuracy, performance
from kam_erpnext.data.performance import (
	ACCOUNT,
	AMOUNT,
	CUSTOMER,
	DOCTYPES,
	ITEM_GROUP,
	MARGIN,
	MEASURES,
	PLANS,
	QUANTITY,
	SALES_PERSON,
	SEGMENT,
	TARGET_SOURCES,
	TERRITORY,
	Facts,
	Question,
)
from kam_erpnext.data.performance_rows import by_slice, derived, label_of, place_of, sums_of
from kam_erpnext.data.permissions import sees_all_accounts
from kam_erpnext.data.windows import custom_period, fiscal_year
from kam_erpnext.engine import forecast
from kam_erpnext.engine.performance import (
	MONTHLY,
	NOT_KNOWN,
	OWN,
	QUARTERLY,
	WEEKLY,
	YEARLY,
	Node,
	add_up,
	slices,
)
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.kam_erpnext.report import common

BY = {DOCTYPES[name]: name for name in (ACCOUNT, TERRITORY, SALES_PERSON, SEGMENT, ITEM_GROUP)}
# what the columns show: all figures of the whole period, or one of them in every slice
VIEWS = {
	"Forecast by Period": "forecast",
	"Actual by Period": "actual",
	"Target by Period": "target",
	"Last Year by Period": "last_year",
	"Variance by Period": "variance",
}
# whose sales are counted
KEY_ACCOUNTS, EVERYBODY = "Key Accounts", "All Customers"
WATERFALL, BULLET, TREND = "Waterfall", "Target Bullets", "Trend"
EVERY = (WEEKLY, MONTHLY, QUARTERLY, YEARLY)
FIGURES = (*performance.FIGURES, *performance.COUNTS)
BULLET_FIGURES = ("forecast", "actual", "target", "target_to_date", "last_year", "attainment", "pace")
TREND_FIGURES = ("forecast", "actual", "orders", "pipeline", "baseline", "target", "last_year")
WIDE = {"orders": 165, "pipeline": 175, "last_year_to_date": 165, "run_rate": 145}
MAXIMUM_SLICES = 110
CHARTED = 10
# lines a browser draws and folds without waiting, and how many of a node are tried until there are no more than these
MAXIMUM_LINES = 3000
FEWER = (50, 30, 20, 15, 10, 7, 5, 3)
RESTRICTIONS = (
	"key_account",
	"territory",
	"sales_person",
	"market_segment",
	"item_group",
	"customer_group",
)
TOTAL = "total"


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = question_of(filters)
	if not question:
		return common.nothing(common.company_hint(), [])
	facts = performance.read(question)
	columns = get_columns(facts, filters)
	tops = add_up(facts.frame, facts.trees, FIGURES, len(question.slices))
	if not tops:
		return common.nothing(nothing_hint(question), columns)
	whole = Node(((TOTAL, TOTAL),), np.sum([node.sums for node in tops], axis=0), FIGURES, tops)
	data = get_data(whole, facts, filters)
	past = forecast_accuracy.read(question) if question.rest else None
	return (
		columns,
		data,
		get_message(whole, facts, filters, past),
		get_chart(whole, facts, filters),
		get_summary(whole, facts, past),
	)


# ---------------------------------------------------------------- the question


def question_of(filters: frappe._dict) -> Question | None:
	"""What the filters ask; None when no company is known."""
	names = performance.companies([filters.company] if filters.company else ())
	if not names:
		return None
	main = filters.company or default_company() or names[0]
	currency = filters.currency if not filters.company else None
	currency = currency or performance.currency_of(main if main in names else names[0])
	period = period_of(filters, main)
	# parts that nothing on the page shows are not asked for: fewer sums for the database
	shown = filters.view in VIEWS or filters.chart == TREND
	every = chosen(filters.every, EVERY, MONTHLY) if shown else YEARLY
	if len(slices(period, every)) > MAXIMUM_SLICES:
		frappe.throw(
			_(
				"{0} would be cut into more than {1} parts. Please choose longer ones under Cut Into, or fewer days."
			).format(common.dates(period), MAXIMUM_SLICES)
		)
	first = BY[chosen(filters.by, tuple(BY), DOCTYPES[ACCOUNT])]
	second = BY.get(filters.then_by)
	dimensions = [first, *([second] if second and second != first else [])]
	if cint(filters.customers):
		dimensions.append(CUSTOMER)
	return Question(
		companies=names,
		currency=currency,
		period=period,
		as_of=getdate(filters.as_of) if filters.as_of else getdate(),
		every=every,
		dimensions=tuple(dimensions),
		measure=chosen(filters.measure, MEASURES, AMOUNT),
		targets_from=chosen(filters.targets_from, TARGET_SOURCES, PLANS),
		baseline=bool(cint(filters.baseline)),
		only_accounts=chosen(filters.sold_to, (KEY_ACCOUNTS, EVERYBODY), KEY_ACCOUNTS) == KEY_ACCOUNTS,
		**{name: filters.get(name) or None for name in RESTRICTIONS},
	)


def chosen(value: str | None, words: tuple[str, ...], default: str) -> str:
	return value if value in words else default


def period_of(filters: frappe._dict, company: str) -> Period:
	"""The days of the filters, else the fiscal year of today."""
	if filters.from_date or filters.to_date:
		return custom_period(filters.from_date, filters.to_date)
	start, last = fiscal_year(getdate(filters.as_of), company)
	return Period(start, last + timedelta(days=1))


# ---------------------------------------------------------------- rows


def get_data(whole: Node, facts: Facts, filters: frappe._dict) -> list[dict]:
	"""Everything as the first line, below it the nodes of the trees, the largest forecast first."""
	rows: list[dict] = []
	figure = VIEWS.get(filters.view)
	lines = Lines(whole, facts, all_of_them=bool(cint(filters.every_line)))

	def add(node: Node, label: str, parent: str | None, depth: int):
		name = f"n{len(rows)}"
		row = {"node": name, "parent_node": parent, "indent": depth, "label": label}
		row.update(cells(node, facts, figure))
		if node is not whole:
			row["dimension"], row["leaf"] = node.path[-1]
			row["own"] = int(row["leaf"] == OWN)
			if row["leaf"] in (OWN, NOT_KNOWN):
				row["leaf"] = ""
		row["place"] = frappe.as_json(place_of(node), indent=None) if node is not whole else "{}"
		rows.append(row)
		shown, others = lines.below(node)
		for child in shown:
			add(child, label_of(child, facts), name, depth + 1)
		if others:
			together = Node(node.path, np.sum([child.sums for child in others], axis=0), FIGURES)
			place = place_of(node) if node is not whole else {}
			rows.append(
				{
					"node": f"n{len(rows)}",
					"parent_node": name,
					"indent": depth + 1,
					"label": _("{0} others").format(len(others)),
					**cells(together, facts, figure),
					"others": len(others),
					"place": frappe.as_json(place, indent=None),
				}
			)

	add(whole, _("All"), None, 0)
	filters.kam_most = lines.most
	return rows


class Lines:
	"""Which lines stand by themselves: all of them, or as many of the largest in each node as a browser shows at once.

	`most` is their number in a node, None for all. The lowest lines are put together first.
	"""

	def __init__(self, whole: Node, facts: Facts, all_of_them: bool):
		self.last = facts.question.dimensions[-1]
		self.lowest_only = True
		self.most: int | None = None
		self.order: dict[int, list[Node]] = {}
		self._sort(whole, facts)
		if all_of_them or self._count(whole) <= MAXIMUM_LINES:
			return
		for self.lowest_only in (True, False):
			for self.most in FEWER:
				if self._count(whole) <= MAXIMUM_LINES:
					return

	def below(self, node: Node) -> tuple[list[Node], list[Node]]:
		"""Children that stand by themselves, and those that stand together. What a node holds itself, and what belongs to
		none, always stand by themselves."""
		children = self.order[id(node)]
		if self.most is None or (self.lowest_only and children and children[0].dimension != self.last):
			return children, []
		known = [child for child in children if child.name not in (OWN, NOT_KNOWN)]
		if len(known) <= self.most + 1:
			return children, []
		others = known[self.most :]
		left_out = {id(child) for child in others}
		return [child for child in children if id(child) not in left_out], others

	def _count(self, node: Node) -> int:
		shown, others = self.below(node)
		return 1 + bool(others) + sum(self._count(child) for child in shown)

	def _sort(self, node: Node, facts: Facts):
		self.order[id(node)] = ordered(node.children, facts)
		for child in node.children:
			self._sort(child, facts)


def ordered(nodes: list[Node], facts: Facts) -> list[Node]:
	"""What a node holds itself first, then by forecast; what is not assigned last."""
	parts = [FIGURES.index(name) for name in ("actual", "orders", "pipeline", "baseline")]
	return sorted(
		nodes,
		key=lambda node: (
			node.name == NOT_KNOWN,
			node.name != OWN,
			-round(float(node.sums[:, parts].sum()), 6),
			node.name,
		),
	)


def cells(node: Node, facts: Facts, figure: str | None) -> dict:
	values = derived(sums_of(node), facts)
	row = {name: performance.rounded(value) for name, value in values.items()}
	if figure:
		for number, value in enumerate(by_slice(node, facts, figure)):
			row[f"slice_{number}"] = performance.rounded(value)
	row["currency"] = facts.question.currency
	return row


# ---------------------------------------------------------------- columns


def get_columns(facts: Facts, filters: frappe._dict) -> list[dict]:
	question = facts.question
	money = common.money_column if question.measure != QUANTITY else quantity_column
	label = common.text_column("label", " / ".join(_(DOCTYPES[name]) for name in question.dimensions), 280)
	figure = VIEWS.get(filters.view)
	if figure:
		titles = dict(figure_titles(question))
		return [
			label,
			money(figure, _("{0}, All").format(titles[figure]), 140),
			*(
				money(f"slice_{number}", slice_title(part, question), 120)
				for number, part in enumerate(question.slices)
			),
			common.currency_column(),
		]
	percent = {"attainment": 120, "forecast_attainment": 130, "pace": 95, "growth": 110}
	columns = [label]
	for name, title in figure_titles(question):
		if name in facts.unknown or (name == "variance" and "target" in facts.unknown):
			continue
		if name in percent:
			if "target" in facts.unknown and name != "growth":
				continue
			columns.append(common.number_column(name, title, percent[name]))
		elif name != "run_rate" or ("target" not in facts.unknown and question.rest):
			columns.append(money(name, title, WIDE.get(name, 135)))
	return [*columns, common.currency_column()]


def quantity_column(fieldname: str, label: str, width: int = 120) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Float", "precision": 2, "width": width}


def figure_titles(question: Question) -> list[tuple[str, str]]:
	done = {AMOUNT: _("Actual", context="KAM"), MARGIN: _("Actual Margin"), QUANTITY: _("Actual Units")}[
		question.measure
	]
	return [
		("forecast", _("Forecast")),
		("actual", done),
		("orders", _("Open Orders Due")),
		("pipeline", _("Weighted Pipeline")),
		("baseline", _("Baseline")),
		("target", _("Target", context="KAM")),
		("target_to_date", _("Target to Date")),
		("variance", _("Variance")),
		("attainment", _("Attainment %")),
		("forecast_attainment", _("Forecast %")),
		("pace", _("Pace %")),
		("run_rate", _("Needed per Day")),
		("last_year", _("Last Year", context="KAM")),
		("last_year_to_date", _("Last Year to Date")),
		("growth", _("Growth %")),
	]


def slice_title(part: Period, question: Question) -> str:
	if question.every == WEEKLY:
		year, week, _day = part.start.isocalendar()
		return _("Week {0}/{1}").format(week, year)
	if question.every == MONTHLY:
		return formatdate(part.start, "MMM yyyy")
	if question.every == YEARLY:
		first, last = part.start.year, part.last_day.year
		return str(first) if first == last else f"{first}/{last}"
	return f"{formatdate(part.start, 'MMM yyyy')} – {formatdate(part.last_day, 'MMM yyyy')}"


# ---------------------------------------------------------------- what the figures mean


def get_message(
	whole: Node, facts: Facts, filters: frappe._dict, past: forecast_accuracy.Past | None = None
) -> str:
	question = facts.question
	source = _(get_settings().sales_source)
	what = {
		AMOUNT: _("Net sales"),
		MARGIN: _("Margin (net sales less cost of goods)"),
		QUANTITY: _("Stock units"),
	}[question.measure]
	sentences = [
		_("{0} of {1} in {2}, from submitted documents of type {3}.").format(
			what,
			common.bold(", ".join(question.companies)),
			common.dates(question.period),
			source,
		),
		_("Counted are customers of key accounts.")
		if question.only_accounts
		else _("Counted are all customers; plans have targets for key accounts only."),
		measured_text(question),
		forecast_text(facts),
		accuracy_text(question, past),
		target_text(facts),
		_("Last year: {0}; to date the same number of days.").format(
			common.dates(question.period.previous_year())
		),
	]
	if question.measure != QUANTITY:
		sentences.append(currency_text(facts))
	restricted = [
		f"{_(label)} {common.bold(filters.get(name))}"
		for name, label in (
			("key_account", "Key Account"),
			("customer_group", "Customer Group"),
			("territory", "Territory"),
			("market_segment", "Market Segment"),
			("item_group", "Item Group"),
			("sales_person", "Sales Person"),
		)
		if filters.get(name)
	]
	if restricted:
		sentences.append(
			_("Restricted to {0}; groups include everything below them.").format(", ".join(restricted))
		)
	sentences.append(
		_("Documents: {0}, read on {1}.").format(common.bold(facts.documents), common.now_text())
	)
	if common.is_restricted() or (question.only_accounts and not sees_all_accounts()):
		sentences.append(_("Only what you may see is counted."))
	message = f'<div class="kam-explained">{" ".join(filter(None, sentences))}</div>'
	if filters.kam_most:
		message += common.hint(
			_(
				"There are more than {0} lines. The {1} largest of each line stand by themselves, the others together, so that all sums are right. A click on the others opens them; Every Line shows all."
			).format(frappe.format(MAXIMUM_LINES, "Int"), filters.kam_most)
		)
	return message + "".join(common.warning(text) for text in warnings(facts))


def measured_text(question: Question) -> str:
	if not question.so_far:
		return _("The period has not begun: nothing is measured yet.")
	if not question.rest:
		return _("The period is over.")
	return _("Measured up to {0}; {1} days are left.").format(
		formatdate(question.so_far.last_day), question.rest.days
	)


def forecast_text(facts: Facts) -> str:
	question = facts.question
	if not question.rest:
		return ""
	parts = [
		_("Forecast: actual, plus orders due in the days left and not yet counted as sales"),
		_("plus deals that close in them, weighted, without what is ordered")
		if "pipeline" not in facts.unknown
		else _("without deals, which have no units"),
	]
	if question.baseline:
		parts.append(
			_(
				"plus what each customer bought in these days a year ago beyond its orders and deals (baseline)"
			)
		)
	text = ", ".join(parts) + "."
	if question.as_of < getdate():
		text += " " + _("Orders and deals are taken as they stand today.")
	return text


def accuracy_text(question: Question, past: forecast_accuracy.Past | None) -> str:
	"""How good past forecasts were, and what was compared."""
	if not question.rest or not forecast_accuracy.can_be_told(question):
		return ""
	if not past:
		return _(
			"How good past forecasts were is not known yet: there is no snapshot from before a month that is over."
		)
	found = past.accuracy
	compared = _("{0} forecasts of {1} accounts made before the month began, {2} to {3}").format(
		common.bold(found.forecasts),
		past.accounts,
		formatdate(past.first, "MMM yyyy"),
		formatdate(past.last, "MMM yyyy"),
	)
	if found.wape is None:
		return _(
			"Past forecasts: {0}. Nothing was sold in these months, so there is no error in percent."
		).format(compared)
	direction = _("too much") if found.bias > 0 else _("too little")
	return _(
		"Past forecasts: {0}. Their errors add up to {1} of what was sold (WAPE); together they expected {2} {3} (bias)."
	).format(
		compared,
		common.bold(common.percent_text(found.wape)),
		common.bold(common.percent_text(abs(found.bias))),
		direction,
	)


def target_text(facts: Facts) -> str:
	question = facts.question
	if "target" in facts.unknown:
		return _("Targets are amounts and units: there are none for margin.")
	if question.targets_from == PLANS:
		return _(
			"Targets are those of the plans in force, month by month; what a plan for a whole account gives to the plans below it counts once."
		)
	return " ".join(escape_html(text) for text in facts.notes.sentences[-1:])


def currency_text(facts: Facts) -> str:
	question = facts.question
	foreign = [
		_("{0} in {1} at {2} of {3}").format(escape_html(company), currency, f"{rate:g}", formatdate(day))
		for company, currency, rate, day in facts.rates
		if currency != question.currency
	]
	if not foreign:
		return _("Amounts are in {0}.").format(common.bold(question.currency))
	return _("Amounts are in {0}: {1}.").format(common.bold(question.currency), ", ".join(foreign))


def warnings(facts: Facts) -> list[str]:
	notes, question = facts.notes, facts.question
	found = []

	def money(value: float) -> str:
		if question.measure == QUANTITY:
			return common.bold(frappe.format(flt(value, 2), {"fieldtype": "Float", "precision": 2}))
		return common.bold(fmt_money(flt(value, 2), currency=question.currency))

	if round(notes.overdue, 2):
		found.append(
			_("Of the open orders {0} were due before today; they count as due now.").format(
				money(notes.overdue)
			)
		)
	if round(notes.undated, 2):
		found.append(
			_(
				"Open deals of {0} have no day of closing, or one that has passed: they are in no forecast."
			).format(money(notes.undated))
		)
	if round(notes.unweighted, 2):
		found.append(
			_(
				"Deals of {0} close in these days, but nobody has said how probable they are: they are not counted."
			).format(money(notes.unweighted))
		)
	if round(notes.unvalued, 2):
		found.append(
			_(
				"The margin of deals of {0} cannot be estimated, as nothing was sold: they are not counted."
			).format(money(notes.unvalued))
		)
	sentences = notes.sentences if question.targets_from == PLANS else notes.sentences[:-1]
	return found + [escape_html(text) for text in sentences]


def nothing_hint(question: Question) -> str:
	return common.hint(
		_(
			"There are no sales, open orders, deals or targets in {0}, nor sales of the year before, that you may see."
		).format(common.dates(question.period)),
		_("Please choose other days, another company or fewer filters."),
	)


def get_summary(whole: Node, facts: Facts, past: forecast_accuracy.Past | None = None) -> list[dict]:
	question = facts.question
	values = derived(sums_of(whole), facts)

	def item(label: str, value: float | None, indicator: str | None = None) -> dict:
		if value is None:
			return {"label": label, "value": "–", "datatype": "Data"}
		if question.measure == QUANTITY:
			return {"label": label, "value": flt(value, 2), "datatype": "Float", "indicator": indicator}
		return {**common.money_item(label, value, question.currency), "indicator": indicator}

	pace = values["pace"]
	items = [
		item(_("Forecast"), values["forecast"]),
		item(_("Actual", context="KAM"), values["actual"]),
		item(_("Target", context="KAM"), values["target"]),
		item(_("Last Year", context="KAM"), values["last_year"]),
		common.percent_item(_("Attainment"), values["attainment"]),
		common.percent_item(_("Pace"), pace, "Green" if (pace or 0) >= 100 else "Orange"),
	]
	if question.rest and question.so_far:
		if values["run_rate"] is not None:
			items.append(item(_("Needed per Day"), values["run_rate"]))
		items.append(
			item(
				_("At the Pace of the Days So Far"),
				forecast.linear_run_rate(values["actual"], question.period, question.as_of),
			)
		)
		items.append(
			item(
				_("With Last Year's Course"),
				forecast.last_year_pace(values["actual"], values["last_year_to_date"], values["last_year"]),
			)
		)
	if past:
		items.append(common.percent_item(_("Past Forecasts Off By"), past.accuracy.wape))
	return items


# ---------------------------------------------------------------- chart


def get_chart(whole: Node, facts: Facts, filters: frappe._dict) -> dict | None:
	kind = filters.chart or WATERFALL
	build = {BULLET: bullets, TREND: trend}.get(kind, waterfall)
	return build(whole, facts)


def parts_of(whole: Node) -> list[Node]:
	"""The lines a chart compares: those of the first level that has several, as the root of a tree says nothing new."""
	nodes = whole.children
	while len(nodes) == 1 and nodes[0].children and nodes[0].children[0].path[-1][0] == nodes[0].path[-1][0]:
		nodes = nodes[0].children
	return nodes


def waterfall(whole: Node, facts: Facts) -> dict:
	"""From last year to the forecast: what each part adds or takes, and the target as a line."""
	question = facts.question
	total = derived(sums_of(whole), facts)
	steps = []
	for node in parts_of(whole):
		values = derived(sums_of(node), facts)
		steps.append((label_of(node, facts), values["forecast"] - values["last_year"], node))
	steps = sorted((step for step in steps if abs(step[1]) >= 0.005), key=lambda step: -abs(step[1]))
	shown, others = steps[:CHARTED], steps[CHARTED:]
	shown.sort(key=lambda step: -step[1])
	rows = [{"name": _("Last Year", context="KAM"), "value": flt(total["last_year"], 2), "kind": "total"}]
	rows += [
		{"name": name, "value": flt(value, 2), "kind": "step", **opens(node)} for name, value, node in shown
	]
	if others:
		rows.append(
			{
				"name": _("{0} others").format(len(others)),
				"value": flt(sum(step[1] for step in others), 2),
				"kind": "step",
			}
		)
	parts = [
		{"name": title, "key": name, "value": flt(total[name], 2)}
		for name, title in figure_titles(question)
		if name in ("actual", "orders", "pipeline", "baseline") and total[name]
	]
	rows.append({"name": _("Forecast"), "value": flt(total["forecast"], 2), "kind": "total", "parts": parts})
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["name"]) for row in rows],
			"datasets": [{"name": _("Last Year to Forecast"), "values": [row["value"] for row in rows]}],
		},
		**of_measure(question),
		"kam": {**kam(question, "waterfall"), "rows": rows, "target": performance.rounded(total["target"])},
	}


def bullets(whole: Node, facts: Facts) -> dict | None:
	"""Actual and forecast of each part against its target."""
	rows = [(whole, _("All"))] + [
		(node, label_of(node, facts)) for node in ordered(parts_of(whole), facts)[:CHARTED]
	]
	found = []
	for node, name in rows:
		values = derived(sums_of(node), facts)
		found.append(
			{
				"name": name,
				**{key: performance.rounded(values[key]) for key in BULLET_FIGURES},
				**(opens(node) if node is not whole else {}),
			}
		)
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["name"]) for row in found],
			"datasets": [
				{"name": _("Target", context="KAM"), "values": [row["target"] or 0 for row in found]},
				{"name": _("Forecast"), "values": [row["forecast"] or 0 for row in found]},
				{"name": _("Actual", context="KAM"), "values": [row["actual"] or 0 for row in found]},
			],
		},
		**of_measure(facts.question),
		"kam": {**kam(facts.question, "bullets"), "rows": found},
	}


def trend(whole: Node, facts: Facts) -> dict:
	"""Every slice: actual and what is expected, with target and last year as lines."""
	question = facts.question
	rows = []
	for number, part in enumerate(question.slices):
		sums = dict(zip(whole.figures, whole.sums[number].tolist(), strict=True))
		values = derived(sums, facts)
		rows.append(
			{
				"name": slice_title(part, question),
				**{key: performance.rounded(values[key]) for key in TREND_FIGURES},
			}
		)
	return {
		"type": "line",
		"data": {
			"labels": [row["name"] for row in rows],
			"datasets": [
				{"name": _("Forecast"), "values": [row["forecast"] or 0 for row in rows]},
				{"name": _("Target", context="KAM"), "values": [row["target"] or 0 for row in rows]},
				{"name": _("Last Year", context="KAM"), "values": [row["last_year"] or 0 for row in rows]},
			],
		},
		**of_measure(question),
		"kam": {**kam(question, "performance"), "rows": rows, "as_of": str(question.as_of)},
	}


def of_measure(question: Question) -> dict:
	if question.measure == QUANTITY:
		return {"fieldtype": "Float"}
	return {"fieldtype": "Currency", "options": "currency", "currency": question.currency}


def kam(question: Question, kind: str) -> dict:
	"""What a chart of the app and the drill to documents need."""
	return {
		"kind": kind,
		"currency": question.currency if question.measure != QUANTITY else None,
		"names": dict(figure_titles(question)),
		"source": get_settings().sales_source,
	}


def opens(node: Node) -> dict:
	"""What a click on a mark of a chart looks at."""
	dimension, name = node.path[-1]
	return {} if name in (OWN, NOT_KNOWN) else {"dimension": dimension, "leaf": name}
