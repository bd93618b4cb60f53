"""Account scorecard: all accounts side by side, or one account line by line with every point traceable."""

from datetime import date
from html import unescape

import frappe
from frappe import _
from frappe.utils import cint, formatdate, getdate

from kam_erpnext.alarms import OPEN
from kam_erpnext.alarms.texts import explained
from kam_erpnext.data import accounts, scorecard, scorecard_history
from kam_erpnext.data.permissions import own_accounts
from kam_erpnext.data.scorecard import AccountScore
from kam_erpnext.engine.scorecard import PERSPECTIVES
from kam_erpnext.engine.selection import COUNTED_STATUSES
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import (
	AT_RISK,
	HEALTHY,
	WATCH,
	default_company,
	get_settings,
)
from kam_erpnext.kam_erpnext.report import common, plans
from kam_erpnext.kam_erpnext.report.calls import names_of

BANDS = (AT_RISK, WATCH, HEALTHY)
INDICATORS = {AT_RISK: "Red", WATCH: "Orange", HEALTHY: "Green"}
# accounts of the heat map; the table has them all
CHARTED = 25
# months of the trend of one account
TREND_MONTHS = 24
DIGITS = {"percent": 1, "days": 0, "count": 0, "points": 1, "money": 0}


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	company = filters.company or default_company()
	if not company:
		return common.nothing(common.hint(_("Please choose a company, or set one in KAM Settings.")))
	on = getdate(filters.as_of)
	if on > getdate():
		return common.nothing(
			common.hint(_("{0} lies ahead. Please choose today or an earlier day.").format(formatdate(on)))
		)
	if filters.key_account:
		return of_one(filters.key_account, company, on)
	return of_many(filters, company, on)


# ---------------------------------------------------------------- many accounts


def of_many(filters: frappe._dict, company: str, on: date) -> common.Report:
	tree = chosen_accounts(filters)
	columns = list_columns()
	found = scorecard.read([*tree["key_account"]], company, on)
	if not found:
		return common.nothing(nothing_hint(filters), columns)
	before = scorecard_history.earlier(found, company, on)
	alarms = scorecard_history.open_alarms(found, company)
	people = names_of(tree["key_account_manager"].dropna())
	rows = []
	for line in tree.itertuples():
		score = found.get(line.key_account)
		if score and (not filters.band or score.health_band == filters.band):
			rows.append(
				list_row(score, line, people, before.get(line.key_account), alarms.get(line.key_account, []))
			)
	if filters.falling:
		rows = [row for row in rows if row["movement"] == scorecard_history.FALLING]
	if not rows:
		return common.nothing(nothing_hint(filters), columns)
	rows.sort(key=by_health)
	return (
		columns,
		rows,
		list_message(company, on, rows, filters),
		list_chart(rows, on),
		list_summary(rows),
	)


def chosen_accounts(filters: frappe._dict):
	"""Visible accounts in the programme within the filters, with their manager."""
	tree = accounts.accounts()
	tree = tree[tree["status"].isin(COUNTED_STATUSES)]
	if filters.level:
		tree = tree[tree["level"] == filters.level]
	if cint(filters.mine):
		tree = tree[tree["key_account"].isin(own_accounts())]
	if filters.territory:
		tree = tree[tree["key_account"].isin(accounts.in_territory(filters.territory))]
	if filters.segment:
		tree = tree[tree["key_account"].isin(accounts.in_segment(filters.segment))]
	managers = dict(
		frappe.get_all(
			"Key Account",
			{"name": ["in", [*tree["key_account"]] or [""]]},
			["name", "key_account_manager"],
			as_list=True,
		)
	)
	tree = tree.assign(key_account_manager=[managers.get(name) for name in tree["key_account"]])
	return tree[tree["key_account_manager"] == filters.manager] if filters.manager else tree


def list_row(score: AccountScore, line, people: dict, before, alarms: list) -> dict:
	then = before.health if before else None
	standing = [alarm for alarm in alarms if alarm.status == OPEN]
	return {
		"key_account": score.account,
		# Frappe keeps a name with < in it as HTML
		"account_name": unescape(score.account_name),
		"level": line.level and _(line.level),
		"manager": people.get(line.key_account_manager, ""),
		"health": common.known(score.health, 0),
		"band": _(score.health_band) if score.health_band else _("Not known"),
		"band_key": score.health_band,
		"movement": scorecard_history.movement(score.health, then),
		"trend": None if score.health is None or then is None else round(score.health - then),
		"trend_since": str(before.snapshot_date) if before else None,
		**{name.lower(): common.known(score.perspectives[name].value, 0) for name in PERSPECTIVES},
		"score": common.known(score.score.value, 0),
		"answered": common.known(score.score.answered, 0),
		"freshness": common.known(score.freshness, 0),
		"completeness": common.known(score.completeness, 0),
		"alarms": len(standing),
		"muted": len(alarms) - len(standing),
		"severity": standing[0].severity if standing else None,
		"alarm_texts": "\n".join(explained(alarm) for alarm in standing),
		"deductions": "\n".join(row.text for row in score.deductions),
	}


def by_health(row: dict) -> tuple:
	"""The weakest first; what is not known comes last."""
	return (row["health"] is None, row["health"] or 0, row["account_name"])


def list_columns() -> list[dict]:
	return [
		common.text_column("account_name", _("Key Account"), 220),
		common.number_column("health", _("Health"), 95),
		common.text_column("band", _("Band"), 105),
		common.number_column("trend", _("3 Months"), 105),
		count_column("alarms", _("Alarms"), 85),
		*(common.number_column(name.lower(), _(name), 112) for name in PERSPECTIVES),
		common.number_column("score", _("Score", context="KAM"), 90),
		common.number_column("answered", _("Known %"), 95),
		common.number_column("freshness", _("Freshness"), 105),
		common.number_column("completeness", _("Completeness"), 125),
		common.text_column("level", _("Level"), 100),
		common.text_column("manager", _("Manager", context="KAM"), 150),
		{**common.text_column("key_account", _("Key Account ID"), 110), "hidden": 1},
	]


def count_column(fieldname: str, label: str, width: int) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Int", "width": width, "disable_total": 1}


def list_message(company: str, on: date, rows: list[dict], filters: frappe._dict) -> str:
	settings = get_settings()
	compared = [row for row in rows if row["trend"] is not None]
	sentences = [
		_(
			"Scorecards of {0} key accounts with the documents of {1}, as of {2}; each with the accounts below it."
		).format(common.bold(len(rows)), common.bold(company), formatdate(on)),
		_(
			"Health is read from documents only, freshness says how recently what we know was confirmed, completeness how much is filled in: they stay three numbers. Scores are those of the lines that are known; Known % says how much of the weight that is."
		),
		_("Up to {0} an account is {1}, up to {2} it is on {3}.").format(
			cint(settings.health_at_risk), _(AT_RISK), cint(settings.health_watch), _(WATCH)
		),
		_(
			"3 Months compares the health with the snapshot taken three months before, which {0} of the accounts have."
		).format(common.bold(len(compared))),
	]
	chosen = [
		text
		for given, text in (
			(filters.level, _("level {0}").format(filters.level)),
			(filters.band, _("band {0}").format(_(filters.band or ""))),
			(filters.territory, _("territory {0} and below").format(filters.territory)),
			(filters.segment, _("segment {0}").format(filters.segment)),
			(filters.manager, names_of([filters.manager]).get(filters.manager, filters.manager)),
			(cint(filters.mine), _("accounts you look after")),
			(cint(filters.falling), _("falling health")),
		)
		if given
	]
	if chosen:
		sentences.append(_("Only {0}.").format(", ".join(map(common.bold, chosen))))
	return explained_message(sentences)


def explained_message(sentences: list[str]) -> str:
	sentences = [*sentences, _("Read on {0}.").format(common.now_text())]
	if common.is_restricted(to_accounts=True):
		sentences.append(
			_(
				"Only accounts and customers you may see are counted; snapshots of an account of which you may not see every customer are left out."
			)
		)
	return f'<div class="kam-explained">{" ".join(sentences)}</div>'


def list_summary(rows: list[dict]) -> list[dict]:
	counts = {band: sum(row["band_key"] == band for row in rows) for band in BANDS}
	falling = sum(row["movement"] == scorecard_history.FALLING for row in rows)
	alarms = sum(row["alarms"] for row in rows)
	unknown = len(rows) - sum(counts.values())
	return [
		common.count_item(_("Key Accounts"), len(rows)),
		*(
			common.count_item(_(band), counts[band], INDICATORS[band] if counts[band] else None)
			for band in BANDS
		),
		*([common.count_item(_("Health Not Known"), unknown)] if unknown else []),
		common.count_item(_("Falling Health"), falling, "Orange" if falling else "Green"),
		common.count_item(_("Open Alarms"), alarms, "Red" if alarms else "Green"),
	]


def list_chart(rows: list[dict], on: date) -> dict:
	shown = [row for row in rows if row["health"] is not None][:CHARTED]
	settings = get_settings()
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["account_name"]) for row in shown],
			"datasets": [{"name": _("Health"), "values": [row["health"] for row in shown]}],
		},
		"fieldtype": "Int",
		"kam": {
			"kind": "scorecards" if shown else None,
			"bands": [cint(settings.health_at_risk), cint(settings.health_watch)],
			"not_drawn": len(rows) - len(shown),
			"rows": [
				{
					"key_account": row["key_account"],
					"name": row["account_name"],
					"band": row["band"],
					"health": row["health"],
					"before": None if row["trend"] is None else row["health"] - row["trend"],
					"since": row["trend_since"],
					"scores": [row[name.lower()] for name in PERSPECTIVES],
					"freshness": row["freshness"],
					"completeness": row["completeness"],
					"alarms": row["alarms"],
				}
				for row in shown
			],
			"labels": {"perspectives": [_(name) for name in PERSPECTIVES]},
		},
	}


def nothing_hint(filters: frappe._dict) -> str:
	if any(filters.get(name) for name in ("level", "band", "territory", "segment", "manager")) or (
		cint(filters.mine) or cint(filters.falling)
	):
		return common.hint(_("No key account that you may see answers these filters. Choose fewer filters."))
	return common.hint(
		_("There are no key accounts in the programme that you may see: they must be Active or On Watch.")
	)


# ---------------------------------------------------------------- one account


def of_one(account: str, company: str, on: date) -> common.Report:
	plans.subtree_of(accounts.accounts(), account)  # says so when it may not be seen
	score = scorecard.read([account], company, on)[account]
	alarms = scorecard_history.open_alarms([account], company).get(account, [])
	history = scorecard_history.history(account, company, on, TREND_MONTHS)
	before = scorecard_history.earlier([account], company, on).get(account)
	return (
		line_columns(),
		line_rows(score, alarms),
		line_message(score, before),
		line_chart(score, history),
		line_summary(score, before, alarms),
	)


def line_columns() -> list[dict]:
	return [
		common.text_column("label", _("Line", context="KAM"), 250),
		{**common.text_column("value", _("Value"), 120), "align": "right"},
		common.number_column("points", _("Points"), 100),
		common.text_column("text", _("How It Came About"), 620),
		common.number_column("weight", _("Weight %"), 95),
		common.number_column("share", _("Share", context="KAM"), 85),
		common.text_column("range", _("0 to 100 Points"), 150),
	]


def line_rows(score: AccountScore, alarms: list) -> list[dict]:
	rows = []
	for name in PERSPECTIVES:
		found = score.perspectives[name]
		rows.append(
			head(
				name,
				_(name),
				found.value,
				_("{0} of the weight is known.").format(common.percent_text(found.answered)),
			)
		)
		rows += [score_line(line, score.currency) for line in score.lines if line.perspective == name]
	rows += health_rows(score)
	rows.append(
		head(
			"freshness",
			_("Freshness"),
			score.freshness,
			why_unknown(score, "freshness") or _("The mean of its parts."),
		)
	)
	rows += [part_row("freshness", part) for part in score.freshness_parts]
	rows.append(
		head(
			"completeness",
			_("Completeness"),
			score.completeness,
			why_unknown(score, "completeness") or _("The mean of its parts."),
		)
	)
	rows += [part_row("completeness", part) for part in score.completeness_parts]
	if alarms:
		standing = sum(alarm.status == OPEN for alarm in alarms)
		rows.append(
			head(
				"alarms",
				_("Alarms"),
				None,
				_("{0} open, {1} muted.").format(standing, len(alarms) - standing),
			)
		)
		rows += [alarm_row(alarm) for alarm in alarms]
	return rows


def row(key: str, parent: str | None, label: str, **values) -> dict:
	return {
		"key": key,
		"parent": parent,
		"indent": 1 if parent else 0,
		"label": label,
		**dict.fromkeys(("value", "points", "weight", "share", "range", "text", "route")),
		"is_group": not parent,
		**values,
	}


def head(key: str, label: str, points: float | None, text: str) -> dict:
	return row(key, None, label, points=common.known(points, 0), text=text)


def score_line(line, currency: str) -> dict:
	unit = line.value.unit
	return row(
		f"line {line.key}",
		line.perspective,
		line.label,
		value=value_text(line.value.value, unit, currency),
		points=common.known(line.points, 0),
		weight=common.known(line.weight, 1),
		share=common.known(line.share, 1),
		range=_("{0} to {1}").format(bound_text(line.worst, unit), bound_text(line.best, unit)),
		text=line.value.text,
		route=line.value.route,
		is_unknown=line.value.value is None,
	)


def health_rows(score: AccountScore) -> list[dict]:
	band = _(score.health_band) if score.health_band else _("Not known")
	points = {point.key: point for point in score.health_score.points}
	rows = [head("health", _("Health"), score.health, _("{0}. From documents only.").format(band))]
	for line in score.lines:
		point = points.get(line.key)
		if not point:
			continue
		rows.append(
			row(
				f"health {line.key}",
				"health",
				line.label,
				value=value_text(line.value.value, line.value.unit, score.currency),
				points=common.known(point.points, 0),
				weight=common.known(point.weight, 1),
				share=common.known(point.share, 1),
				text=_("The line of {0}.").format(_(line.perspective)),
				is_unknown=point.points is None,
			)
		)
	rows += [
		row(
			f"deduction {found.key}",
			"health",
			_("Deduction"),
			share=-found.points,
			text=found.text,
			is_deduction=True,
		)
		for found in score.deductions
	]
	return rows


def part_row(parent: str, part) -> dict:
	return row(
		f"{parent} {part.key}",
		parent,
		part.label,
		points=common.known(part.value, 0),
		text=part.text,
		route=part.route,
	)


def alarm_row(alarm) -> dict:
	text = explained(alarm)
	if alarm.status != OPEN:
		text = _("{0} Muted until {1}: {2}").format(
			text, formatdate(alarm.muted_until), alarm.mute_reason or ""
		)
	return row(
		f"alarm {alarm.name}",
		"alarms",
		_(alarm.kind),
		value=_(alarm.severity),
		text=_("{0} Since {1}.").format(text, formatdate(alarm.since)),
		route={"doctype": "Key Account Alarm", "name": alarm.name},
		severity=alarm.severity if alarm.status == OPEN else None,
	)


def why_unknown(score: AccountScore, name: str) -> str | None:
	return score.unknown.get(name)


def value_text(value: float | None, unit: str, currency: str) -> str:
	"""A value with its unit; a dash when it is not known."""
	if value is None:
		return "–"
	if unit == "money":
		return frappe.utils.fmt_money(value, 0, currency)
	text = frappe.utils.fmt_money(value, DIGITS[unit])
	return {
		"percent": lambda: _("{0} %").format(text),
		"days": lambda: _("{0} days").format(text),
	}.get(unit, lambda: text)()


def bound_text(value: float, unit: str) -> str:
	"""A bound of a line with as many digits as it was entered with."""
	text = f"{value:g}"
	return _("{0} %").format(text) if unit == "percent" else text


def line_message(score: AccountScore, before) -> str:
	sentences = [
		_("Scorecard of {0} with the accounts below it, documents of {1}, as of {2}.").format(
			common.bold(unescape(score.account_name)), common.bold(score.company), formatdate(score.on)
		),
		_(
			"Points go from 0 to 100 between the two bounds of a line. The share is what a line gives to the score of its perspective: its points, times its weight among the lines that are known. Health counts the lines that stand on documents, less deductions for risks."
		),
	]
	if before:
		sentences.append(
			_("On {0} the health was {1}.").format(
				formatdate(before.snapshot_date), common.bold(round(before.health))
			)
		)
	else:
		sentences.append(_("There is no snapshot of three months before to compare with."))
	return explained_message(sentences)


def line_summary(score: AccountScore, before, alarms: list) -> list[dict]:
	standing = [alarm for alarm in alarms if alarm.status == OPEN]
	health = points_item(_("Health"), score.health, INDICATORS.get(score.health_band))
	if score.health is not None:
		health["value"] = _("{0} {1}").format(round(score.health), _(score.health_band))
	items = [health]
	if before and score.health is not None:
		change = round(score.health - before.health)
		items.append(
			{
				"label": _("Health, 3 Months"),
				"value": f"{'▲' if change > 0 else '▼' if change < 0 else '='} {abs(change)}",
				"datatype": "Data",
				"indicator": "Green" if change > 0 else "Red" if change < 0 else None,
			}
		)
	return [
		*items,
		points_item(_("Freshness"), score.freshness),
		points_item(_("Completeness"), score.completeness),
		points_item(_("Score", context="KAM"), score.score.value),
		common.percent_item(_("Known %"), score.score.answered),
		common.count_item(_("Open Alarms"), len(standing), "Red" if standing else "Green"),
	]


def points_item(label: str, value: float | None, indicator: str | None = None) -> dict:
	shown = "–" if value is None else str(round(value))
	return {"label": label, "value": shown, "datatype": "Data", "indicator": indicator}


def line_chart(score: AccountScore, history: list) -> dict:
	settings = get_settings()
	trend = [
		{
			"day": str(shot.snapshot_date),
			"label": formatdate(shot.snapshot_date),
			"health": common.known(shot.health, 1),
			"score": common.known(shot.score, 1),
		}
		for shot in history
		if shot.snapshot_date < score.on
	]
	trend.append(
		{
			"day": str(score.on),
			"label": formatdate(score.on),
			"health": common.known(score.health, 1),
			"score": common.known(score.score.value, 1),
		}
	)
	bars = [
		*(
			{
				"label": _(name),
				"value": common.known(score.perspectives[name].value, 1),
				"answered": common.known(score.perspectives[name].answered, 0),
			}
			for name in PERSPECTIVES
		),
	]
	return {
		"type": "bar",
		"data": {
			"labels": [bar["label"] for bar in bars],
			"datasets": [{"name": _("Points"), "values": [bar["value"] or 0 for bar in bars]}],
		},
		"fieldtype": "Int",
		"kam": {
			"kind": "scorecard",
			"account": unescape(score.account_name),
			"bars": bars,
			"trend": trend,
			"bands": [{"name": _(name), "upper": upper} for name, upper in settings.health_bands()],
		},
	}
