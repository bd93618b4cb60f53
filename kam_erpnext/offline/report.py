"""The result as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

from kam_erpnext import __version__
from kam_erpnext.engine.measures import MEASURES, measure_label
from kam_erpnext.offline import charts
from kam_erpnext.offline.run import Result, abc_matrix, abc_table, rule_text

HERE = Path(__file__).parent
ROWS = 500
RANKING_ROWS = 25
SECTIONS = (
	("summary", "Summary"),
	("pareto", "Pareto curve"),
	("abc", "ABC classes"),
	("concentration", "Concentration"),
	("ranking", "Ranking"),
	("portfolio", "Portfolio matrix"),
	("selection", "Selection results"),
	("criteria", "Criteria"),
	("data", "About the data"),
)
POLICY = (
	"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
	"base-uri 'none'; form-action 'none'"
)


def write_report(result: Result, path: Path) -> None:
	"""Write the report. Every text from the data is escaped; scripts and styles are inside the file."""
	path.write_text(build_report(result), encoding="utf-8")


def build_report(result: Result) -> str:
	"""The report as a string."""
	from plotly.offline import get_plotlyjs

	figures = {
		"chart-pareto": charts.pareto_chart(result),
		"chart-ranking": charts.ranking_chart(result),
		"chart-portfolio": charts.portfolio_chart(result),
	}
	data = json.dumps(figures, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
	for character, code in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
		data = data.replace(character, code)
	parts = {
		"summary": _summary(result),
		"pareto": _pareto(result),
		"abc": _abc(result),
		"concentration": _concentration(result),
		"ranking": _ranking(result),
		"portfolio": _portfolio(result),
		"selection": _selection(result),
		"criteria": _criteria(result),
		"data": _data(result),
	}
	links = "".join(f'<a href="#{key}">{title}</a>' for key, title in SECTIONS)
	body = "".join(f'<section id="{key}">{parts[key]}</section>' for key, _ in SECTIONS)
	# plotly's own code contains "</script" in no release; should one ever, this keeps the page whole
	plotly = get_plotlyjs().replace("</script", "<\\/script")
	return (
		'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
		f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
		'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
		f"<title>{escape(result.title)}, {result.period}</title>\n<style>{(HERE / 'report.css').read_text()}</style>\n"
		f"</head>\n<body>\n{_header(result)}\n<nav><div class='inner'>{links}</div></nav>\n<main>{body}</main>\n"
		f"<footer><div class='inner'>KAM for ERPNext {escape(__version__)}. This file contains everything it shows "
		"and loads nothing from elsewhere.</div></footer>\n"
		f'<script type="application/json" id="chart-data">{data}</script>\n<script>{plotly}</script>\n'
		f"<script>{(HERE / 'report.js').read_text()}</script>\n</body>\n</html>\n"
	)


# numbers


def amount(value, decimals: int = 0) -> str:
	"""A number with thousands separators; n/a when unknown."""
	if value is None or value != value:
		return "n/a"
	text = f"{value:,.{decimals}f}"
	return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def percent(value, decimals: int = 1, sign: bool = False) -> str:
	"""A percentage; n/a when unknown."""
	if value is None or value != value:
		return "n/a"
	return f"{value:{'+' if sign else ''},.{decimals}f} %"


def compact(value) -> str:
	"""84,462,832.80 as 84.46 m."""
	if value is None or value != value:
		return "n/a"
	for limit, unit in ((1e9, "bn"), (1e6, "m")):
		if abs(value) >= limit:
			return f"{value / limit:,.2f} {unit}"
	return amount(value)


def customers_word(result: Result) -> str:
	"""What is listed: customers, or customers and key accounts of several customers."""
	return "customers and accounts" if (result.units["customers"] > 1).any() else "customers"


def dates(text: str) -> str:
	"""Escaped text whose dates do not break across lines."""
	return re.sub(r"(\d{4}-\d\d-\d\d)", r'<span class="date">\1</span>', escape(text))


def _table(heads: list[tuple[str, str]], rows: list[list[str]]) -> str:
	"""``heads``: (title, class of the column). Cells are HTML already."""
	head = "".join(f'<th class="{css}" scope="col">{title}</th>' for title, css in heads)
	body = "".join(
		"<tr>"
		+ "".join(f'<td class="{css}">{cell}</td>' for cell, (_, css) in zip(row, heads, strict=True))
		+ "</tr>"
		for row in rows
	)
	return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


# sections


def _header(result: Result) -> str:
	facts = [
		("Period", str(result.period), ""),
		("Compared with", str(result.before), ""),
		("As of", str(result.as_of), ""),
		("Currency", result.currency, ""),
		("Documents counted", f"{result.totals['documents']:,}", ""),
		("Filters", "; ".join(result.filters) or "none", "wide"),
	]
	cells = "".join(
		f'<div class="{css}"><dt>{escape(name)}</dt><dd>{dates(value)}</dd></div>'
		for name, value, css in facts
	)
	return (
		f'<header class="top"><div class="inner"><h1>{escape(result.title)}</h1>'
		f"<p>{escape(result.criteria.name)}: {escape(rule_text(result.criteria))}</p>"
		f'<dl class="facts">{cells}</dl></div></header>'
	)


def _summary(result: Result) -> str:
	totals, currency = result.totals, escape(result.currency)
	growth = 100.0 * (totals["net_sales"] / totals["prior"] - 1) if totals["prior"] > 0 else None
	profit = totals["gross_profit"]
	margin = (
		100.0 * profit / totals["costed_sales"] if profit is not None and totals["costed_sales"] > 0 else None
	)
	now, after = result.key_accounts()
	counts = result.counts()
	moves = ", ".join(f"{counts[name]} {name.lower()}" for name in ("Add", "Promote", "Demote", "Retire"))
	top = result.concentration["cr"].get(10)
	effective = result.concentration["effective_customers"]
	cards = [
		(
			"Net sales",
			compact(totals["net_sales"]),
			f"{amount(totals['net_sales'], 2)} {currency}; {percent(growth, sign=True)} on the year before",
		),
		("Gross profit", compact(profit), f"{percent(margin)} of the sales whose cost is known"),
		(
			"Customers with sales",
			f"{totals['buying']:,}",
			f"of {totals['customers']:,} customers; {totals['documents']:,} documents, {totals['returns']:,} of them returns",
		),
		(
			"Made with the ten largest",
			percent(top),
			f"as concentrated as {amount(effective, 1)} equal customers",
		),
		("Key accounts", f"{now} → {after}", "today, and after this selection"),
		("Proposed changes", f"{sum(counts[n] for n in ('Add', 'Promote', 'Demote', 'Retire')):,}", moves),
	]
	html = "".join(
		f'<div class="card"><div class="name">{name}</div><div class="value">{value}</div>'
		f'<div class="more">{more}</div></div>'
		for name, value, more in cards
	)
	warnings = ""
	if result.warnings:
		items = "".join(f"<li>{escape(text)}</li>" for text in result.warnings)
		warnings = f'<div class="panel warn" style="margin-top:14px"><ul class="notes">{items}</ul></div>'
	return f'<h2>Summary</h2><div class="cards">{html}</div>{warnings}'


def _pareto(result: Result) -> str:
	table = abc_table(result).set_index("class")
	text = "There are no sales in this period."
	if table.at["A", "customers"]:
		text = (
			f"{table.at['A', 'customers']:,} {customers_word(result)} ({percent(table.at['A', 'customers_pct'])} of those with sales) "
			f"make {percent(table.at['A', 'sales_pct'])} of net sales. Customers with sales of zero or less are not on "
			"the curve; each curve is sorted by its own figure, largest first."
		)
	return (
		f'<h2>Pareto curve</h2><p class="lead">{text}</p><div class="panel"><div class="chart" id="chart-pareto" '
		'role="img" aria-label="Pareto curve of net sales and contribution"></div></div>'
	)


def _abc(result: Result) -> str:
	table = abc_table(result)
	rows = [
		[
			f"<b>{name}</b>" if name != "none" else "no sales",
			f"{customers:,}",
			percent(customers_pct),
			amount(net_sales),
			percent(sales_pct),
			f'<span class="bar"><i style="width:{amount(sales_pct, 1) if sales_pct == sales_pct else 0}%"></i></span>',
		]
		for name, customers, customers_pct, net_sales, sales_pct in table.itertuples(index=False, name=None)
	]
	left = _table(
		[
			("Class", ""),
			("Customers", "n"),
			("of all", "n"),
			(f"Net sales, {escape(result.currency)}", "n"),
			("Share", "n"),
			('<span class="phone-off">&nbsp;</span>', "phone-off"),
		],
		rows,
	)
	cells = abc_matrix(result)
	classes = [("A", "A"), ("B", "B"), ("C", "C"), ("none", "none")]
	head = "".join(f'<th scope="col">{text}</th>' for _, text in classes)
	body = ""
	most = max((int(v) for v in cells["customers"]), default=1)
	for sales, text in classes:
		row = f'<tr><th scope="row">{text}</th>'
		for margin, _ in classes:
			if (sales, margin) in cells.index:
				cell = cells.loc[(sales, margin)]
				shade = 0.05 + 0.22 * float(cell["customers"]) / most
				row += (
					f'<td class="cell" style="background:rgba(37,99,168,{shade:.2f})"><b>{int(cell["customers"]):,}</b>'
					f"<span>{compact(cell['net_sales'])}</span></td>"
				)
			else:
				row += '<td class="cell"><span>–</span></td>'
		body += row + "</tr>"
	matrix = (
		'<div class="scroll"><table class="matrix"><thead><tr><th scope="col" style="text-align:left">Sales ↓ '
		f"Profit →</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
	)
	return (
		'<h2>ABC classes</h2><p class="lead">A: the customers that make the first 80 % of net sales, B up to 95 %, C the '
		"rest. The matrix sets the class by sales against the class by gross profit: an A by sales that is a C by profit "
		"deserves a second look.</p>"
		f'<div class="two"><div class="panel">{left}</div><div class="panel">{matrix}</div></div>'
	)


def _concentration(result: Result) -> str:
	found = result.concentration
	bars = ""
	for top, share in found["cr"].items():
		name = "Largest customer" if top == 1 else f"Largest {top}"
		width = 0 if share is None else share
		bars += (
			f'<div class="measure"><span>{name}</span><span class="bar"><i style="width:{width:.1f}%"></i></span>'
			f"<span>{percent(share)}</span></div>"
		)
	return (
		'<h2>Concentration</h2><p class="lead">How much of net sales depends on few customers.</p>'
		f'<div class="two"><div class="panel">{bars}</div><div class="panel"><table><tbody>'
		f'<tr><td>Herfindahl index (HHI)</td><td class="n">{amount(found["hhi"])}</td></tr>'
		f'<tr><td>Equal customers with the same concentration</td><td class="n">'
		f"{amount(found['effective_customers'], 1)}</td></tr>"
		f'<tr><td>{customers_word(result).capitalize()} with sales</td><td class="n">{found["customers"]:,}</td></tr>'
		f'<tr><td>Left out: no sales or negative</td><td class="n">{found["excluded"]:,}</td></tr>'
		"</tbody></table></div></div>"
	)


def _movement(row) -> str:
	if row.status == "New":
		return '<span class="up">new</span>'
	if row.status == "Lost":
		return '<span class="down">lost</span>'
	if row.status not in ("Up", "Down", "Same"):
		return ""
	step = int(row.movement)
	if step > 0:
		return f'<span class="up">▲ {step}</span>'
	if step < 0:
		return f'<span class="down">▼ {-step}</span>'
	return '<span class="flat">=</span>'


def _ranking(result: Result) -> str:
	labels = result.units["label"]
	ranked = result.ranking[result.ranking["rank_now"].notna()]
	lost = result.ranking[result.ranking["status"] == "Lost"]

	def rows(frame):
		return [
			[
				"–" if row.rank_now is None or row.rank_now != row.rank_now else str(int(row.rank_now)),
				escape(str(labels.get(row.Index, row.Index))),
				amount(row.now),
				amount(row.before),
				percent(row.change_pct, sign=True),
				"–"
				if row.rank_before is None or row.rank_before != row.rank_before
				else str(int(row.rank_before)),
				_movement(row),
			]
			for row in frame.astype(
				{"rank_now": "float", "rank_before": "float", "movement": "float"}
			).itertuples()
		]

	heads = [
		("Rank", "n"),
		("Customer", "long"),
		(dates(str(result.period)), "n"),
		(dates(str(result.before)), "n phone-off"),
		("Change", "n"),
		("Rank before", "n phone-off"),
		("Move", "n"),
	]
	more = (
		f"The {RANKING_ROWS} largest of {len(ranked):,}; all are in the workbook. "
		if len(ranked) > RANKING_ROWS
		else ""
	)
	html = (
		f'<h2>Ranking</h2><p class="lead">Net sales of {result.period} against {result.before}, in '
		f"{escape(result.currency)}. {more}{len(lost):,} customers with sales in the earlier period have none in the later "
		'one.</p><div class="panel"><div class="chart" id="chart-ranking" role="img" aria-label="Net sales of the largest '
		'customers in both periods"></div></div>'
		f'<div class="panel">{_table(heads, rows(ranked.head(RANKING_ROWS)))}</div>'
	)
	if len(lost):
		html += f'<div class="panel"><h3 style="margin-top:0">Largest customers lost</h3>{_table(heads, rows(lost.head(8)))}</div>'
	return html


def _portfolio(result: Result) -> str:
	frame = result.portfolio
	counts = frame["quadrant"].value_counts()
	sales = frame.groupby("quadrant")["net_sales"].sum()
	meaning = {
		"Strategic": "attractive, and we are strong: invest",
		"Star": "attractive, but we are weak: build up",
		"Status": "less attractive, but we are strong: maintain",
		"Streamline": "less attractive, and we are weak: simplify",
	}
	rows = [
		[f"<b>{name}</b>", text, f"{int(counts.get(name, 0)):,}", amount(float(sales.get(name, 0.0)))]
		for name, text in meaning.items()
	]
	unknown = int(frame["quadrant"].isna().sum())
	note = f" {unknown:,} customers are not shown because one of the two is not known." if unknown else ""
	cuts = result.cuts
	lines = (
		f"Cut lines: attractiveness {amount(cuts['attractiveness'], 1)}, strength {amount(cuts['strength'], 1)}."
		if cuts["attractiveness"] == cuts["attractiveness"]
		else ""
	)
	return (
		'<h2>Portfolio matrix</h2><p class="lead">Attractiveness upwards, our relative strength to the left, area of a '
		f"bubble = net sales. {lines}{note}</p>"
		'<div class="panel"><div class="chart" id="chart-portfolio" role="img" aria-label="Portfolio matrix"></div></div>'
		'<div class="panel">'
		+ _table(
			[
				("Quadrant", ""),
				("Meaning", "phone-off"),
				("Customers", "n"),
				(f"Net sales, {escape(result.currency)}", "n"),
			],
			rows,
		)
		+ "</div>"
	)


def _met(line) -> str:
	if line.table == "scoring":
		if not line.answered:
			return '<span class="open">open</span>'
		return f"{amount(line.weighted, 1)}"
	return {
		True: '<span class="yes">yes</span>',
		False: '<span class="no">no</span>',
	}.get(line.met, '<span class="open">open</span>')


def _selection(result: Result) -> str:
	units = result.units
	shown = units.iloc[(units["proposal"] == "None").to_numpy().argsort(kind="stable")].head(ROWS)
	wanted = set(shown.index)
	lines: dict = {}
	part = result.lines[result.lines["unit"].isin(wanted)]
	for line in part.itertuples():
		lines.setdefault(line.unit, []).append(line)
	names = {"classification": "Classification", "screening": "Screening", "scoring": "Scoring"}
	rows = []
	for row in shown.itertuples():
		detail = ""
		for table in ("classification", "screening", "scoring"):
			entries = [line for line in lines.get(row.Index, []) if line.table == table]
			if not entries:
				continue
			body = "".join(
				f"<tr><td>{escape(str(line.label))}</td><td>{escape(str(line.explanation))}</td>"
				f'<td class="n">{_met(line)}</td></tr>'
				for line in entries
			)
			last = "A × B / 100" if table == "scoring" else "Met"
			detail += (
				f'<h3>{names[table]}</h3><div class="scroll"><table><thead><tr><th>Criterion</th><th>Explanation</th>'
				f'<th class="n">{last}</th></tr></thead><tbody>{body}</tbody></table></div>'
			)
		level = (
			f", {escape(row.proposed_level)}"
			if isinstance(row.proposed_level, str) and row.proposed_level
			else ""
		)
		target = f"{escape(row.proposed_status)}{level}" if isinstance(row.proposed_status, str) else ""
		today = ""
		if isinstance(row.status, str):
			today = f"today {escape(row.status)}"
			if isinstance(row.account_level, str):
				today += f", {escape(row.account_level)}"
		place = [text for text in (row.territory, row.customer_group) if text]
		if row.customers > 1:
			place.insert(0, f"{row.customers} customers")
		extra = "; ".join([escape(", ".join(place)), *([today] if today else [])]).strip("; ")
		share = "" if row.answered_share != row.answered_share else f"{row.answered_share:.0f} % answered"
		find = escape(f"{row.Index} {row.label} {row.territory} {row.customer_group}".lower())
		proposal = escape(row.proposal)
		now_to = f" <small>{target}</small>" if target and row.proposal != "None" else ""
		word = "no" if row.proposal == "None" else proposal.lower()
		rows.append(
			f'<details class="account" data-proposal="{proposal}" data-find="{find}"><summary>'
			f'<span class="rank">{int(row.rank)}</span>'
			f'<span class="who"><b>{escape(str(row.label))}</b>{now_to}<br><small>{extra}</small></span>'
			f'<span class="score">{amount(row.score, 1)}<small>{escape(row.band or "")}</small>'
			f'<span class="bar"><i style="width:{0 if row.score != row.score else row.score:.1f}%"></i></span></span>'
			f'<span class="money">{amount(row.net_sales)}</span>'
			f'<span class="proposal"><span class="badge {proposal.lower()}">{word}</span></span>'
			f'<span class="why">{escape(row.reason)}</span></summary>'
			f'<div class="lines">{detail}'
			+ (f'<p class="open">{share} of the weight of the scoring lines.</p>' if share else "")
			+ "</div></details>"
		)
	counts = result.counts()
	buttons = '<button type="button" data-proposal="" aria-pressed="true">All</button>'
	buttons += '<button type="button" data-proposal="programme" aria-pressed="false">Key accounts and changes</button>'
	buttons += "".join(
		f'<button type="button" data-proposal="{name}" aria-pressed="false">{name} {counts[name]:,}</button>'
		for name in counts
		if name != "None" and counts[name]
	)
	cut = (
		f" The first {ROWS:,} of {len(units):,} are shown; all are in the workbook."
		if len(units) > ROWS
		else ""
	)
	return (
		'<h2>Selection results</h2><p class="lead">Every customer with what is proposed and why; open a line to see each '
		f"criterion. Accounts with a proposal come first, then the others by score.{cut}</p>"
		'<div class="panel selection"><div class="tools"><input id="find" type="search" aria-label="Find a customer" '
		f'placeholder="Find a customer or territory">{buttons}</div>'
		'<div class="head"><span>Rank</span><span>Customer</span><span>Score</span>'
		f"<span>Net sales, {escape(result.currency)}</span><span>Proposal</span></div>"
		+ "".join(rows)
		+ f'<p id="nothing"{" hidden" if rows else ""}>No customer fits.</p>'
		'<p class="print-only">Customers without a proposal are not printed; all are in the workbook.</p></div>'
	)


def _criteria(result: Result) -> str:
	criteria = result.criteria
	html = (
		f'<h2>Criteria</h2><p class="lead">{escape(criteria.name)} (file {escape(result.criteria_source)}): '
		f"{escape(rule_text(criteria))}.</p>"
	)

	def value(measure, number):
		unit = MEASURES[measure].unit if measure in MEASURES else "number"
		return f"{number:,.10g}" + (" %" if unit == "percent" else "")

	if criteria.classification:
		rows = [
			[
				str(line.row),
				escape(line.label or measure_label(line.measure)),
				escape(f"{measure_label(line.measure)} {line.operator} {value(line.measure, line.value)}"),
				"mandatory" if line.mandatory else "",
			]
			for line in criteria.classification
		]
		html += f'<div class="panel"><h3 style="margin-top:0">Classification</h3>{_table([("Line", "line"), ("Criterion", ""), ("Holds when", ""), ("", "")], rows)}</div>'
	if criteria.screening:
		rows = [
			[
				str(line.row),
				escape(line.question),
				escape(f"{measure_label(line.measure)} {line.operator} {value(line.measure, line.value)}")
				if line.kind == "measured"
				else "judged by a person",
				"mandatory" if line.mandatory else "",
			]
			for line in criteria.screening
		]
		html += f'<div class="panel"><h3 style="margin-top:0">Screening</h3>{_table([("Line", "line"), ("Question", ""), ("Yes when", ""), ("", "")], rows)}</div>'
	if criteria.scoring:
		rows = []
		for line, weight in zip(criteria.scoring, criteria.normalised_weights(), strict=True):
			if line.kind == "judged":
				scale = "judged by a person, 0 to 100"
			else:
				scale = f"{measure_label(line.measure)} from {value(line.measure, line.low)} (0) to {value(line.measure, line.high)} (100)"
				if line.kind == "stepped":
					scale += f" in {line.steps} steps"
				if line.reverse:
					scale += ", reversed"
			rows.append(
				[
					str(line.row),
					escape(line.criterion),
					percent(weight),
					escape(scale),
					escape(line.dimension),
				]
			)
		html += f'<div class="panel"><h3 style="margin-top:0">Scoring</h3>{_table([("Line", "line"), ("Criterion", ""), ("Weight A", "n"), ("Evaluation B", ""), ("Counts for", "")], rows)}</div>'
	if criteria.levels:
		rows = []
		for line in sorted(criteria.levels, key=lambda rule: rule.rank):
			minima = []
			if line.min_score is not None:
				minima.append(f"score of at least {line.min_score:,.10g}")
			if line.min_net_sales is not None:
				minima.append(f"net sales of at least {line.min_net_sales:,.10g}")
			rows.append([str(line.rank), escape(line.level), " and ".join(minima) or "no minimum"])
		html += f'<div class="panel"><h3 style="margin-top:0">Levels</h3>{_table([("Rank", "line"), ("Level", ""), ("Reached with", "")], rows)}</div>'
	return html


def _data(result: Result) -> str:
	files = "".join(f"<li>{escape(name)}: {count:,} rows</li>" for name, count in result.files)
	notes = "".join(f"<li>{escape(text)}</li>" for text in result.notes)
	return (
		'<h2>About the data</h2><p class="lead">Net sales = net amounts of submitted sales invoices in company currency, '
		"returns deducted, without drafts, cancelled documents, opening entries and sales to internal customers. A figure "
		"that is not known is shown as n/a, never as 0.</p>"
		f'<div class="panel"><ul class="notes">{files}{notes}</ul></div>'
	)
