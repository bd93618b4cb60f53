"""Scorecard of an account on its page: health, freshness and completeness apart, their trend, and the alarms."""

import frappe

from kam_erpnext.alarms import ALARM
from kam_erpnext.alarms.texts import drill, explained
from kam_erpnext.data import scorecard, scorecard_history
from kam_erpnext.data.account_page.panel import plain
from kam_erpnext.data.account_page.scope import read_scope
from kam_erpnext.engine.scorecard import PERSPECTIVES, gaps
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

# lines named as those that could give most
GAPS = 3


def read_scorecard(account, company: str | None = None) -> dict:
	"""The panel for one reader; `known` tells whether there is a company to read documents of."""
	scope = read_scope(account, company)
	if not scope.company:
		return {"known": False, "company": None}
	score = scorecard.read([account.name], scope.company, scope.today)[account.name]
	before = scorecard_history.earlier([account.name], scope.company, scope.today).get(account.name)
	history = scorecard_history.history(account.name, scope.company, scope.today)
	alarms = scorecard_history.open_alarms([account.name], scope.company).get(account.name, [])
	settings = get_settings()
	return {
		"known": True,
		"company": scope.company,
		"health": score.health,
		"band": score.health_band,
		"bands": [{"name": name, "upper": upper} for name, upper in settings.health_bands()],
		"deductions": [{"points": row.points, "text": row.text} for row in score.deductions],
		"answered": score.health_score.answered,
		"before": {"health": before.health, "on": plain(before.snapshot_date)} if before else None,
		"movement": scorecard_history.movement(score.health, before.health if before else None),
		"freshness": score.freshness,
		"freshness_parts": [part_of(part) for part in score.freshness_parts],
		"completeness": score.completeness,
		"completeness_parts": [part_of(part) for part in score.completeness_parts],
		"score": score.score.value,
		"perspectives": [
			{
				"name": name,
				"value": score.perspectives[name].value,
				"answered": score.perspectives[name].answered,
			}
			for name in PERSPECTIVES
		],
		"gaps": gaps_of(score),
		"trend": [
			*(
				{"on": plain(shot.snapshot_date), "health": shot.health}
				for shot in history
				if shot.snapshot_date < scope.today
			),
			{"on": plain(scope.today), "health": score.health},
		],
		"alarms": [alarm_of(alarm, scope.customers) for alarm in alarms],
	}


def part_of(part) -> dict:
	return {"label": part.label, "value": part.value, "text": part.text, "route": part.route}


def gaps_of(score) -> list[dict]:
	"""Lines of the health that could give most points, largest first."""
	lines = {line.key: line for line in score.lines}
	found = [(lines[key], points) for key, points in gaps(score.health_score) if points >= 1]
	return [
		{"label": line.label, "points": points, "text": line.value.text, "route": line.value.route}
		for line, points in found[:GAPS]
	]


def alarm_of(alarm, customers: tuple[str, ...]) -> dict:
	fields = ("name", "kind", "severity", "status", "since", "muted_until", "mute_reason", "silenced_by")
	return {
		**{field: plain(alarm[field]) for field in fields},
		"text": explained(alarm),
		"drill": drill(alarm, customers),
		"may_silence": bool(
			frappe.has_permission(ALARM, "write") and frappe.has_permission(ALARM, "write", doc=alarm.name)
		),
	}
