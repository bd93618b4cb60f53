"""Puts scorecards together: lines, points, health, freshness, completeness and the figures of a snapshot."""

from collections.abc import Sequence
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, flt

from kam_erpnext.data.scorecard import AccountScore, Deduction, Line
from kam_erpnext.data.scorecard.measures import MEASURES
from kam_erpnext.data.scorecard.upkeep import Upkeep
from kam_erpnext.data.scorecard.values import Value, not_then
from kam_erpnext.data.scorecard.world import World
from kam_erpnext.engine import scorecard as engine
from kam_erpnext.engine.score_measures import CATALOGUE, DATED
from kam_erpnext.engine.scorecard import PERSPECTIVES, Score

MEASURE = "KAM Scorecard Measure"
RECORD_FIELDS = (
	"name", "measure_name", "measure_key", "perspective", "weight", "worst", "best", "level", "in_health",
)  # fmt: skip
# figures of a snapshot, all of them amounts in company currency
FIGURES = (
	"net_sales_year",
	"net_sales",
	"last_year",
	"margin",
	"target",
	"target_to_date",
	"invoiced",
	"orders",
	"pipeline",
	"forecast",
)


def scores(
	accounts: Sequence[str], company: str, on: date, user: str | None = None
) -> dict[str, AccountScore]:
	"""Scorecards of the accounts the reader may see."""
	world = World(accounts, company, on, user)
	if not world.names:
		return {}
	records, upkeep = read_records(), Upkeep(world)
	return {account: _Card(world, upkeep, records, account).card() for account in world.names}


def read_records() -> list[frappe._dict]:
	"""Enabled lines of the scorecard in their order; those that cannot be measured are left out."""
	rows = frappe.get_all(MEASURE, {"enabled": 1}, [*RECORD_FIELDS], order_by="line_order asc, name asc")
	return [
		row
		for row in rows
		if row.measure_key in CATALOGUE and flt(row.worst) != flt(row.best) and flt(row.weight) > 0
	]


def records_of(records: Sequence[frappe._dict], level: str | None) -> list[frappe._dict]:
	"""Lines that count for an account of a level: one for its level takes the place of the one for all."""
	own = {row.measure_key for row in records if row.level and row.level == level}
	return [row for row in records if row.level == level or (not row.level and row.measure_key not in own)]


class _Card:
	"""The scorecard of one account."""

	def __init__(self, world: World, upkeep: Upkeep, records: Sequence[frappe._dict], account: str):
		self.world, self.upkeep, self.account = world, upkeep, account
		self.records = records_of(records, world.accounts[account].level)
		self.values: dict[str, Value] = {key: read(world, account) for key, read in MEASURES.items()}
		self.unknown: dict[str, str] = {}

	def card(self) -> AccountScore:
		world, account = self.world, self.account
		measured = [
			engine.Measure(
				row.name,
				row.perspective,
				flt(row.weight),
				self.values[row.measure_key].value,
				flt(row.worst),
				flt(row.best),
			)
			for row in self.records
		]
		perspectives = {
			name: self._honest(score, name) for name, score in engine.by_perspective(measured).items()
		}
		healthy = {row.name for row in self.records if row.in_health and CATALOGUE[row.measure_key].documents}
		health_score = engine.score([row for row in measured if row.key in healthy])
		deductions = self._deductions()
		health = engine.health(health_score, [row.points for row in deductions])
		freshness = self.upkeep.freshness(account) if world.present else []
		completeness = self.upkeep.completeness(account) if world.present else []
		figures, months = self._figures(), self._months()
		for name in ("freshness", "completeness"):
			if not world.present:
				self.unknown[name] = not_then(world.on)
		return AccountScore(
			account=account,
			account_name=world.accounts[account].account_name,
			company=world.company,
			currency=world.currency,
			on=world.on,
			values=self.values,
			lines=self._lines(measured, perspectives),
			score=self._honest(engine.score(measured)),
			perspectives=perspectives,
			health=health,
			health_band=engine.band(health, world.settings.health_bands()),
			health_score=health_score,
			deductions=deductions,
			freshness=_mean(freshness),
			freshness_parts=freshness,
			completeness=engine.completeness(part.value for part in completeness),
			completeness_parts=completeness,
			figures=figures,
			months=months,
			unknown=self.unknown,
			rhythm=world.rhythm_of(account),
		)

	def _honest(self, score: Score, perspective: str | None = None) -> Score:
		"""Of a day long over a score is known only if all of its lines are: another mix of them would look like a change."""
		rows = [row for row in self.records if perspective in (None, row.perspective)]
		if self.world.present or all(row.measure_key in DATED for row in rows):
			return score
		return Score(None, score.answered, score.points)

	def _lines(self, measured: list, perspectives: dict[str, Score]) -> tuple[Line, ...]:
		points = {point.key: point for score in perspectives.values() for point in score.points}
		return tuple(
			Line(
				key=row.name,
				label=_(row.measure_name),
				measure=row.measure_key,
				perspective=row.perspective,
				worst=flt(row.worst),
				best=flt(row.best),
				in_health=bool(row.in_health) and CATALOGUE[row.measure_key].documents,
				value=self.values[row.measure_key],
				points=points[row.name].points,
				weight=points[row.name].weight,
				share=points[row.name].share,
			)
			for row in sorted(self.records, key=lambda row: PERSPECTIVES.index(row.perspective))
		)

	# ------------------------------------------------------------ risks

	def _deductions(self) -> list[Deduction]:
		"""Risks that show in documents; each takes off as many points as KAM Settings say, 0 leaves it out."""
		settings, world = self.world.settings, self.world
		found = []
		people = self.values["people_met"].value
		if people is not None and people <= 1:
			found.append(
				(
					"single_thread",
					settings.deduct_single_thread,
					_("The account hangs on one thread: {0} people are in contact.").format(int(people)),
				)
			)
		rhythm = world.rhythm_of(self.account)
		if rhythm and rhythm.unusual:
			found.append(
				(
					"order_gap",
					settings.deduct_order_gap,
					_("No purchase for {0} days; up to {1} are usual for this account.").format(
						rhythm.days, round(rhythm.limit)
					),
				)
			)
		days = self.values["contract_days"].value
		if days is not None and days <= cint(settings.contract_warning_days):
			found.append(
				(
					"contract",
					settings.deduct_contract,
					_("A contract ends in {0} days.").format(int(days)),
				)
			)
		return [Deduction(key, flt(points), text) for key, points, text in found if flt(points) > 0]

	# ------------------------------------------------------------ figures

	def _figures(self) -> dict[str, float | None]:
		world, account = self.world, self.account
		found: dict[str, float | None] = dict.fromkeys(FIGURES)
		if not world.customers[account]:
			self._not_known(FIGURES, _("The account has no customers that you may see."))
			return found
		net, cost = (world.total(world.sold[name], account) for name in ("net_sales", "cost"))
		found |= {"net_sales_year": flt(net, 2), "margin": flt(net - cost, 2)}
		row = world.rolled.get(account)
		if row is None:
			self._not_known(FIGURES[1:3] + FIGURES[4:], world.problem)
			return found
		found |= {
			"net_sales": flt(row["actual"], 2),
			"last_year": flt(row["last_year_to_date"], 2),
			"invoiced": flt(row["actual"], 2),
		}
		if not world.present:
			self._not_known(
				("target", "target_to_date", "orders", "pipeline", "forecast"), not_then(world.on)
			)
			return found
		if row["targets"]:
			found |= {name: flt(row[name], 2) for name in ("target", "target_to_date")}
		else:
			self._not_known(
				("target", "target_to_date"), _("No plan in force sets a target for the account.")
			)
		found |= {name: flt(row[name], 2) for name in ("orders", "pipeline")}
		found["forecast"] = flt(found["invoiced"] + found["orders"] + found["pipeline"], 2)
		return found

	def _not_known(self, names: Sequence[str], why: str):
		for name in names:
			self.unknown[name] = why

	def _months(self) -> list[dict]:
		"""Forecast of the coming months; of a day long over nobody knows what it was."""
		if not self.world.present or not self.world.customers[self.account]:
			self.unknown["forecasts"] = (
				_("The account has no customers that you may see.")
				if self.world.present
				else not_then(self.world.on)
			)
			return []
		if self.account not in self.world.ahead:
			self.unknown["forecasts"] = self.world.problem
		return self.world.ahead.get(self.account, [])


def _mean(parts: list) -> float | None:
	return sum(part.value for part in parts) / len(parts) if parts else None
