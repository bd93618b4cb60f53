"""Ten thousand units in one run, a sample of them checked against plain arithmetic unit by unit."""

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from kam_erpnext.engine.criteria import CriteriaSet, LevelRule, Scoring, Screening, Threshold, evaluate
from kam_erpnext.engine.measures import MEASURES, Facts, measure_units
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.selection import STATUSES, propose

CUSTOMERS = 12_000
GROUPS = 1_000  # accounts of three customers each; the other customers stand alone
UNITS = CUSTOMERS - 3 * GROUPS + GROUPS
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
LEVELS = {"Global": 1, "National": 2, "Regional": 3}

CRITERIA = CriteriaSet(
	"large",
	rule="n_of_m",
	n=3,
	classification=[
		Threshold("net_sales", ">=", 9_000, mandatory=True),
		Threshold("potential", ">=", 8_000),
		Threshold("cumulative_share", "<", 80),
		Threshold("gross_margin", ">=", 10),
		Threshold("sales_growth", ">", 0),
	],
	screening=[
		Screening("Values our difference?", mandatory=True),
		Screening("Profit in two years", "measured", "profitable_years", ">=", 2, mandatory=True),
		Screening("Image customer?"),
	],
	scoring=[
		Scoring("Size", 25, "linear", "net_sales", 0, 40_000),
		Scoring("Potential", 20, "stepped", "potential", 0, 40_000, steps=4),
		Scoring("Breadth", 10, "linear", "item_groups", 0, 12),
		Scoring("Frequency", 10, "linear", "order_frequency", 0, 4),
		Scoring("Late payer", 10, "linear", "payment_delay", -10, 30, reverse=True),
		Scoring("Recency", 5, "linear", "days_since_last_order", 365, 0),
		Scoring("Relationship", 20, "judged", dimension="Strength"),
	],
	levels=[LevelRule("Global", 1, 60, 20_000), LevelRule("National", 2, 40), LevelRule("Regional", 3)],
)


@pytest.fixture(scope="module")
def world():
	rng = np.random.default_rng(20240229)
	names = np.array([f"C{number:05d}" for number in range(CUSTOMERS)], dtype=object)
	count = 90_000
	sales = pd.DataFrame(
		{
			"customer": rng.choice(names[: CUSTOMERS - 500], count),  # 500 bought nothing
			"item_group": rng.choice([f"G{number}" for number in range(15)], count),
			"qty": rng.integers(-2, 20, count),
			"net_sales": np.round(rng.lognormal(6.5, 1.2, count) * rng.choice([1, 1, 1, 1, -0.2], count), 2),
		}
	)
	sales["cost"] = np.where(
		rng.random(count) < 0.3, np.nan, np.round(sales["net_sales"] * rng.normal(0.8, 0.1, count), 2)
	)
	some = rng.random(CUSTOMERS)
	facts = Facts(
		period=YEAR,
		as_of=YEAR.last_day,
		sales=sales,
		prior=pd.DataFrame(
			{"customer": names, "net_sales": np.round(rng.normal(6_000, 4_000, CUSTOMERS), 2)}
		)[some < 0.9],
		activity=pd.DataFrame(
			{
				"customer": names,
				"documents": rng.integers(0, 60, CUSTOMERS),
				"last_date": [
					None if days > 700 else YEAR.last_day - timedelta(days=int(days))
					for days in rng.integers(0, 800, CUSTOMERS)
				],
			}
		),
		payments=pd.DataFrame(
			{
				"customer": names,
				"paid": np.round(rng.lognormal(8, 1, CUSTOMERS), 2),
				"paid_days": np.round(rng.normal(20_000, 60_000, CUSTOMERS), 2),
			}
		)[some < 0.8],
		yearly=pd.DataFrame(
			{
				"customer": np.repeat(names, 4),
				"years_ago": np.tile(np.arange(4), CUSTOMERS),
				"gross_profit": np.where(
					rng.random(4 * CUSTOMERS) < 0.05, np.nan, np.round(rng.normal(300, 300, 4 * CUSTOMERS), 2)
				),
			}
		),
		customers=pd.DataFrame(
			{
				"customer": names,
				"potential": np.where(some < 0.4, np.nan, np.round(rng.lognormal(9.3, 0.8, CUSTOMERS), 2)),
				"market_value": np.where(some < 0.5, np.nan, 1e6),
			}
		),
	)
	unit = [f"A{number // 3:05d}" if number < 3 * GROUPS else names[number] for number in range(CUSTOMERS)]
	membership = pd.DataFrame({"customer": names, "unit": unit, "root": True})
	measures = measure_units(facts, membership)

	units = measures.index.to_numpy(dtype=object)
	answers = rng.choice(["Yes", "Yes", "Yes", "No", "Unknown"], len(units))
	points = rng.integers(0, 101, len(units))
	judged = rng.random(len(units)) < 0.7
	judgements = pd.concat(
		[
			pd.DataFrame({"unit": units, "table": "screening", "row": 1, "value": answers}).astype(object),
			pd.DataFrame({"unit": units, "table": "scoring", "row": 7, "value": points}).astype(object)[
				judged
			],
		],
		ignore_index=True,
	)
	accounts = pd.DataFrame(
		{
			"unit": units[:GROUPS],
			"status": rng.choice(STATUSES, GROUPS),
			"level": rng.choice(list(LEVELS), GROUPS),
		}
	)
	evaluation = evaluate(CRITERIA, measures, judgements)
	proposals = propose(evaluation.results, measures, accounts, LEVELS, "Regional", maximum=35)
	return {
		"facts": facts,
		"membership": membership,
		"measures": measures,
		"judgements": judgements,
		"accounts": accounts,
		"evaluation": evaluation,
		"proposals": proposals,
	}


def sample(world) -> list[str]:
	units = list(world["measures"].index)
	return units[:40] + units[GROUPS : GROUPS + 40] + units[-40:]  # the last ones bought nothing


def test_shapes(world):
	assert world["measures"].shape == (UNITS, len(MEASURES))
	assert len(world["evaluation"].results) == UNITS == 10_000
	assert len(world["evaluation"].lines) == UNITS * 15
	assert world["evaluation"].lines.groupby("unit").size().eq(15).all()
	assert sorted(world["proposals"].frame["rank"]) == list(range(1, UNITS + 1))
	assert len(world["proposals"].warnings) == 1
	# every outcome occurs, so the sample means something
	for column in ("qualifies", "screening_pass", "passes"):
		assert {True, False, None} == set(
			world["evaluation"].results[column].where(lambda x: x.notna(), None)
		)
	assert set(world["proposals"].frame["proposal"]) == {"Add", "Keep", "Promote", "Demote", "Retire", "None"}


def rows_by_customer(frame: pd.DataFrame) -> dict:
	rows = {}
	for row in frame.to_dict("records"):
		rows.setdefault(row["customer"], []).append(row)
	return rows


def test_measures_against_plain_arithmetic(world):
	facts, measures = world["facts"], world["measures"]
	by_customer = {
		name: rows_by_customer(getattr(facts, name))
		for name in ("sales", "prior", "activity", "payments", "yearly", "customers")
	}
	members = {}
	for row in world["membership"].itertuples():
		members.setdefault(row.unit, []).append(row.customer)

	def rows(name, unit):
		return [row for customer in members[unit] for row in by_customer[name].get(customer, [])]

	company = math.fsum(facts.sales["net_sales"])
	company_profit = math.fsum(
		row["net_sales"] - row["cost"]
		for row in facts.sales.to_dict("records")
		if not math.isnan(row["cost"])
	)
	unit_sales = {
		unit: round(math.fsum(row["net_sales"] for row in rows("sales", unit)), 6) for unit in members
	}
	positive = math.fsum(value for value in unit_sales.values() if value > 0)

	for unit in sample(world):
		lines = rows("sales", unit)
		costed = [row for row in lines if not math.isnan(row["cost"])]
		sales = unit_sales[unit]
		profit = math.fsum(row["net_sales"] - row["cost"] for row in costed)
		costed_sales = math.fsum(row["net_sales"] for row in costed)
		before = math.fsum(row["net_sales"] for row in rows("prior", unit))
		groups = {}
		for row in lines:
			groups[row["item_group"]] = groups.get(row["item_group"], 0) + row["net_sales"]
		dates = [row["last_date"] for row in rows("activity", unit) if row["last_date"] is not None]
		paid = math.fsum(row["paid"] for row in rows("payments", unit))
		potentials = [row["potential"] for row in rows("customers", unit) if not math.isnan(row["potential"])]
		markets = [
			row["market_value"] for row in rows("customers", unit) if not math.isnan(row["market_value"])
		]
		years, first_known = 0, False
		for ago in range(4):
			known = [
				row["gross_profit"]
				for row in rows("yearly", unit)
				if row["years_ago"] == ago and not math.isnan(row["gross_profit"])
			]
			first_known = first_known or (ago == 0 and bool(known))
			if not known or math.fsum(known) <= 0:
				break
			years += 1
		profit_known = bool(costed) or not lines
		expected = {
			"net_sales": sales,
			"share_of_sales": 100 * sales / company,
			"cumulative_share": 100
			* math.fsum(value for value in unit_sales.values() if value > 0 and value > sales)
			/ positive,
			"gross_profit": profit if profit_known else math.nan,
			"gross_margin": 100 * profit / costed_sales if costed and costed_sales > 0 else math.nan,
			"contribution": 100 * profit / company_profit if profit_known else math.nan,
			"sales_growth": 100 * (sales - before) / before if before > 0 else math.nan,
			"item_groups": sum(1 for value in groups.values() if round(value, 6) > 0),
			"order_frequency": sum(row["documents"] for row in rows("activity", unit))
			/ (366 / (365.25 / 12)),
			"days_since_last_order": (YEAR.last_day - max(dates)).days if dates else math.nan,
			"payment_delay": math.fsum(row["paid_days"] for row in rows("payments", unit)) / paid
			if paid > 0
			else math.nan,
			"potential": math.fsum(potentials) if potentials else math.nan,
			"market_share_value": 100 * sales / max(markets) if markets else math.nan,
			"profitable_years": years if first_known else math.nan,
			"market_share_units": math.nan,
			"influence_reach": math.nan,
		}
		assert measures.loc[unit].to_dict() == pytest.approx(expected, rel=1e-7, abs=1e-5, nan_ok=True), unit


TESTS = {
	">=": lambda value, limit: value >= limit,
	">": lambda value, limit: value > limit,
	"<": lambda value, limit: value < limit,
}


def test_evaluation_against_plain_logic(world):
	measures, results = world["measures"], world["evaluation"].results
	judged = {(row.unit, row.table): row.value for row in world["judgements"].itertuples()}
	explained = {unit: frame for unit, frame in world["evaluation"].lines.groupby("unit", sort=False)}
	for unit in sample(world):
		values = measures.loc[unit]

		def test_of(line, values=values):
			value = values[line.measure]
			return None if math.isnan(value) else bool(TESTS[line.operator](value, line.value))

		met = [test_of(line) for line in CRITERIA.classification]
		possible = [outcome is not False for outcome in met]
		certain = [outcome is True for outcome in met]
		if not possible[0] or sum(possible) < CRITERIA.n:
			qualifies = False
		elif certain[0] and sum(certain) >= CRITERIA.n:
			qualifies = True
		else:
			qualifies = None
		answer = {"Yes": True, "No": False}.get(judged.get((unit, "screening")))
		required = [answer, test_of(CRITERIA.screening[1])]
		screening = False if False in required else None if None in required else True
		both = [qualifies, screening]
		passes = False if False in both else None if None in both else True

		points = []
		for line in CRITERIA.scoring:
			if line.kind == "judged":
				points.append((line.weight, judged.get((unit, "scoring"))))
				continue
			value = values[line.measure]
			if math.isnan(value):
				points.append((line.weight, None))
				continue
			part = min(max((value - line.low) / (line.high - line.low), 0), 1)
			if line.kind == "stepped":
				part = min(int(part * line.steps), line.steps - 1) / (line.steps - 1)
			points.append((line.weight, 100 * (1 - part if line.reverse else part)))
		answered = sum(weight for weight, point in points if point is not None)
		score = (
			sum(weight * point for weight, point in points if point is not None) / answered
			if answered
			else math.nan
		)

		found = results.loc[unit]
		assert found["qualifies"] is qualifies
		assert found["screening_pass"] is screening
		assert found["passes"] is passes
		assert found["classification_met"] == sum(certain)
		assert found["classification_unknown"] == met.count(None)
		assert found["score"] == pytest.approx(score, abs=1e-6, nan_ok=True)
		assert found["answered_share"] == pytest.approx(answered)
		level = (
			"Global"
			if score >= 60 and values["net_sales"] >= 20_000
			else "National"
			if score >= 40
			else "Regional"
		)
		assert found["level"] == level
		lines = explained[unit]
		assert list(lines["met"][:5]) == met
		weights = [25, 20, 10, 10, 10, 5, 20]
		assert list(lines["a"][8:]) == pytest.approx(weights)
		assert lines["weighted"].sum() == pytest.approx(
			sum(weight * point / 100 for weight, point in points if point is not None), abs=1e-6
		)
		assert lines["explanation"].str.len().gt(5).all()


def test_proposals_against_plain_rules(world):
	frame, results = world["proposals"].frame, world["evaluation"].results
	ranked = sorted(
		results.index,
		key=lambda unit: (
			-results.loc[unit, "score"] if not math.isnan(results.loc[unit, "score"]) else math.inf,
			-world["measures"].loc[unit, "net_sales"],
			unit,
		),
	)
	assert list(frame.index) == ranked
	current = world["accounts"].set_index("unit")
	for unit in sample(world):
		status = current["status"].get(unit)
		passes, level = results.loc[unit, "passes"], results.loc[unit, "level"]
		row = frame.loc[unit]
		if passes is None:
			expected = ("None", status) if status in (None, "Retired") else ("Keep", status)
		elif status is None:
			expected = ("Add", "Active") if passes else ("None", None)
		elif status == "Retired":
			expected = ("Add", "Active") if passes else ("None", "Retired")
		elif status == "Active":
			if not passes:
				expected = ("Demote", "On Watch")
			else:
				step = LEVELS[current.loc[unit, "level"]] - LEVELS[level]
				expected = ("Promote" if step > 0 else "Demote" if step < 0 else "Keep", "Active")
		else:
			expected = ("Promote", "Active") if passes else ("Retire", "Retired")
		assert (row["proposal"], row["proposed_status"]) == expected, unit
		if passes:
			assert row["proposed_level"] == level
	after = int(frame["proposed_status"].isin(["Active", "On Watch"]).sum())
	assert f"leads to {after} key accounts, more than the maximum of 35" in world["proposals"].warnings[0]
