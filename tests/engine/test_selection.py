import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.criteria import CriteriaSet, LevelRule, Scoring, Screening, Threshold, evaluate
from kam_erpnext.engine.selection import PROPOSALS, STATUSES, propose

LEVELS = {"Global": 1, "National": 2, "Regional": 3}
NO_ACCOUNTS = pd.DataFrame(columns=["unit", "status", "level"])


def results(*rows, **columns) -> pd.DataFrame:
	"""One row per (unit, passes) with the rest as a sensible evaluation would fill it."""
	units = [unit for unit, _passes in rows]
	passes = [outcome for _unit, outcome in rows]
	frame = pd.DataFrame(
		{
			"classification_met": [3 if outcome else 1 for outcome in passes],
			"classification_unknown": [1 if outcome is None else 0 for outcome in passes],
			"classification_total": 3,
			"score": 50.0,
			"answered_share": 100.0,
		},
		index=pd.Index(units, name="unit", dtype=object),
	)
	for name in ("qualifies", "passes"):
		frame[name] = pd.Series(passes, index=frame.index, dtype=object)
	frame["screening_pass"] = pd.Series([True] * len(units), index=frame.index, dtype=object)
	frame["band"] = pd.Series(["Medium"] * len(units), index=frame.index, dtype=object)
	frame["level"] = pd.Series([None] * len(units), index=frame.index, dtype=object)
	for name, values in columns.items():
		frame[name] = pd.Series(values, index=frame.index, dtype=float if name == "score" else object)
	return frame


def measured(frame: pd.DataFrame, net_sales=None) -> pd.DataFrame:
	values = [0.0] * len(frame) if net_sales is None else net_sales
	return pd.DataFrame({"net_sales": values}, index=frame.index, dtype=float)


def accounts(*rows) -> pd.DataFrame:
	return pd.DataFrame(rows, columns=["unit", "status", "level"])


def propose_one(status, passes, level="National", rule_level=None, default="Regional", watch_first=True):
	frame = results(("u", passes), level=[rule_level])
	have = NO_ACCOUNTS if status is None else accounts(("u", status, level))
	row = propose(frame, measured(frame), have, LEVELS, default, watch_first).frame.iloc[0]
	return row["proposal"], row["proposed_status"], row["proposed_level"], row["reason"]


# status, passes, watch first -> proposal, proposed status
TABLE = [
	(None, True, True, "Add", "Active"),
	(None, True, False, "Add", "Active"),
	(None, False, True, "None", None),
	(None, False, False, "None", None),
	(None, None, True, "None", None),
	(None, None, False, "None", None),
	("Candidate", True, True, "Promote", "Active"),
	("Candidate", True, False, "Promote", "Active"),
	("Candidate", False, True, "Retire", "Retired"),
	("Candidate", False, False, "Retire", "Retired"),
	("Candidate", None, True, "Keep", "Candidate"),
	("Candidate", None, False, "Keep", "Candidate"),
	("Active", True, True, "Keep", "Active"),
	("Active", True, False, "Keep", "Active"),
	("Active", False, True, "Demote", "On Watch"),
	("Active", False, False, "Retire", "Retired"),
	("Active", None, True, "Keep", "Active"),
	("Active", None, False, "Keep", "Active"),
	("On Watch", True, True, "Promote", "Active"),
	("On Watch", True, False, "Promote", "Active"),
	("On Watch", False, True, "Retire", "Retired"),
	("On Watch", False, False, "Retire", "Retired"),
	("On Watch", None, True, "Keep", "On Watch"),
	("On Watch", None, False, "Keep", "On Watch"),
	("Retired", True, True, "Add", "Active"),
	("Retired", True, False, "Add", "Active"),
	("Retired", False, True, "None", "Retired"),
	("Retired", False, False, "None", "Retired"),
	("Retired", None, True, "None", "Retired"),
	("Retired", None, False, "None", "Retired"),
]


class TestTable:
	def test_the_table_is_complete(self):
		cases = {(status, passes, watch) for status, passes, watch, _proposal, _new in TABLE}
		assert len(cases) == len(TABLE) == (len(STATUSES) + 1) * 3 * 2

	@pytest.mark.parametrize(("status", "passes", "watch_first", "proposal", "proposed_status"), TABLE)
	def test_proposals(self, status, passes, watch_first, proposal, proposed_status):
		found, found_status, level, reason = propose_one(status, passes, watch_first=watch_first)
		assert (found, found_status) == (proposal, proposed_status)
		if status is None:
			assert level == ("Regional" if proposal == "Add" else None)
		else:
			assert level == "National"
		assert reason.startswith("Open: ") == (passes is None)
		assert reason.endswith(".")

	@pytest.mark.parametrize(
		("level", "rule_level", "proposal", "proposed_level"),
		[
			("National", "Global", "Promote", "Global"),
			("National", "Regional", "Demote", "Regional"),
			("National", "National", "Keep", "National"),
			("National", None, "Keep", "National"),  # the criteria say nothing about the level
			(None, "Global", "Keep", "Global"),  # no level so far: nothing to compare with
			(None, None, "Keep", "Regional"),
			("Abolished", "Global", "Keep", "Global"),
		],
	)
	def test_levels_of_active_accounts(self, level, rule_level, proposal, proposed_level):
		found, status, new_level, _reason = propose_one("Active", True, level, rule_level)
		assert (found, status, new_level) == (proposal, "Active", proposed_level)

	@pytest.mark.parametrize("status", ["Candidate", "On Watch", "Retired"])
	def test_level_when_coming_back(self, status):
		assert propose_one(status, True, "National", "Global")[2] == "Global"
		assert propose_one(status, True, "National", None)[2] == "National"
		assert propose_one(status, True, None, None)[2] == "Regional"

	def test_level_of_a_new_account(self):
		assert propose_one(None, True, rule_level="Global")[2] == "Global"
		assert propose_one(None, True, default=None)[2] is None


class TestReasons:
	def test_met_and_unmet(self):
		assert propose_one(None, True)[3] == "Meets 3 of 3 criteria; score 50.0 (Medium)."
		assert propose_one("Active", False)[3] == (
			"Meets 1 of 3 criteria; score 50.0 (Medium). Goes on watch before it is retired."
		)
		assert propose_one("On Watch", False)[3] == (
			"Meets 1 of 3 criteria; score 50.0 (Medium). Was already on watch."
		)
		assert propose_one("Active", True, "National", "Global")[3] == (
			"Meets 3 of 3 criteria; score 50.0 (Medium). Reaches level Global, now National."
		)

	def test_from_an_evaluation(self):
		criteria = CriteriaSet(
			"test",
			classification=[Threshold("net_sales", ">=", 10), Threshold("potential", ">=", 10)],
			screening=[Screening("Values our difference?", mandatory=True)],
			scoring=[Scoring("Size", 1, "linear", "net_sales", 0, 20)],
			levels=[LevelRule("Global", 1, min_score=90)],
		)
		frame = pd.DataFrame(
			{"net_sales": [20.0, 15, 5, 12], "potential": [10, math.nan, 5, 20.0]}, index=["a", "b", "c", "d"]
		)
		judged = pd.DataFrame(
			[("a", "screening", 1, "Yes"), ("b", "screening", 1, "Yes"), ("c", "screening", 1, "No")],
			columns=["unit", "table", "row", "value"],
		)
		found = propose(
			evaluate(criteria, frame, judged).results, frame, NO_ACCOUNTS, LEVELS, "Regional"
		).frame
		assert found["reason"].to_dict() == {
			"a": "Meets 2 of 2 criteria; score 100.0 (Very good).",
			"b": "Open: not known yet: Potential.",
			"d": "Open: not known yet: Values our difference?",
			"c": "Meets 0 of 2 criteria; fails the screening; not met: Net Sales, Potential, Values our "
			"difference?; score 25.0 (Moderate).",
		}
		assert found["proposed_level"].to_dict() == {"a": "Global", "b": None, "d": None, "c": None}

	def test_without_the_names_of_the_lines(self):
		frame = results(("u", None), screening_pass=[None])
		reason = propose(frame, measured(frame), NO_ACCOUNTS, LEVELS, None).frame["reason"].iloc[0]
		assert reason == (
			"Open: 1 of 3 criteria are not known and a mandatory screening question is not answered."
		)

	def test_long_lists_are_shortened(self):
		frame = results(("u", False), unmet=["a; b; c; d; e; f; g"], score=[math.nan])
		reason = propose(frame, measured(frame), NO_ACCOUNTS, LEVELS, None).frame["reason"].iloc[0]
		assert reason == "Meets 1 of 3 criteria; not met: a, b, c, d, e and 2 more."

	def test_nothing_to_classify(self):
		frame = results(("u", True), classification_total=[0], classification_met=[0])
		reason = propose(frame, measured(frame), NO_ACCOUNTS, LEVELS, None).frame["reason"].iloc[0]
		assert reason == "Passes the screening; score 50.0 (Medium)."


class TestRank:
	def test_by_score_then_sales_then_name(self):
		frame = results(
			*[(unit, True) for unit in "edcbafg"], score=[10.0, 90.0, 50.0, 50.0, 50.0, math.nan, math.nan]
		)
		found = propose(frame, measured(frame, [1, 1, 300, 100, 100, 7, math.nan]), NO_ACCOUNTS, LEVELS, None)
		assert list(found.frame.index) == ["d", "c", "a", "b", "e", "f", "g"]
		assert list(found.frame["rank"]) == [1, 2, 3, 4, 5, 6, 7]
		assert found.frame.index.name == "unit"

	@given(
		st.data(),
		st.dictionaries(
			st.text("abc", min_size=1, max_size=3),
			st.tuples(
				st.one_of(st.just(math.nan), st.integers(0, 4)),
				st.integers(0, 3),
				st.sampled_from([True, False, None]),
			),
			max_size=12,
		),
		st.dictionaries(st.text("abc", min_size=1, max_size=3), st.sampled_from(STATUSES), max_size=12),
		st.booleans(),
	)
	def test_order_of_input_changes_nothing_and_every_unit_has_one_proposal(
		self, data, units, have, watch_first
	):
		def run(names):
			frame = results(
				*[(name, units[name][2]) for name in names], score=[float(units[name][0]) for name in names]
			)
			current = accounts(*[(name, status, "National") for name, status in have.items()])
			sales = measured(frame, [units[name][1] for name in names])
			return propose(frame, sales, current, LEVELS, "Regional", watch_first).frame

		found = run(list(units))
		assert sorted(found.index) == sorted(units)
		assert list(found["rank"]) == list(range(1, len(units) + 1))
		assert found["proposal"].isin(PROPOSALS).all()
		other = run(data.draw(st.permutations(list(units))))
		pd.testing.assert_frame_equal(found, other)
		rule = {(status, passes, watch): (proposal, new) for status, passes, watch, proposal, new in TABLE}
		for name, row in found.iterrows():
			expected = rule[(have.get(name), units[name][2], watch_first)]
			assert (row["proposal"], row["proposed_status"]) == expected


class TestMaximum:
	def run(self, maximum):
		frame = results(
			("new", True), ("stays", True), ("falls", False), ("watched", False), ("never", False)
		)
		have = accounts(
			("stays", "Active", "Global"),
			("falls", "Active", "Global"),
			("watched", "On Watch", "Global"),
			("not measured", "Active", "Global"),
			("candidate not measured", "Candidate", "Global"),
			("retired not measured", "Retired", "Global"),
		)
		return propose(frame, measured(frame), have, LEVELS, "Regional", maximum=maximum).warnings

	def test_counts_what_is_left_after_the_run(self):
		# new, stays, falls (on watch) and not measured
		assert self.run(4) == []
		assert self.run(None) == []
		assert self.run(3) == [
			"This selection leads to 4 key accounts, more than the maximum of 3. Tighten the criteria or raise the "
			"maximum in the settings."
		]


class TestEdges:
	def test_no_units(self):
		found = propose(results(), measured(results()), NO_ACCOUNTS, LEVELS, None)
		assert list(found.frame.columns) == [
			"rank",
			"proposal",
			"proposed_status",
			"proposed_level",
			"reason",
		]
		assert len(found.frame) == 0

	@pytest.mark.parametrize("have", [None, pd.DataFrame()])
	def test_no_accounts(self, have):
		frame = results(("u", True))
		assert propose(frame, measured(frame), have, LEVELS, None).frame["proposal"].iloc[0] == "Add"

	def test_truth_values_from_numpy_and_pandas(self):
		frame = results(("a", True), ("b", False), ("c", None))
		for name in ("passes", "qualifies"):
			frame[name] = pd.Series([np.True_, np.False_, pd.NA], index=frame.index, dtype=object)
		found = propose(frame, measured(frame), NO_ACCOUNTS, LEVELS, None).frame
		assert list(found["proposal"]) == ["Add", "None", "None"]
		assert found.loc["c", "reason"].startswith("Open: ")

	@pytest.mark.parametrize(
		("have", "default", "rule_level", "message"),
		[
			([("u", "Sleeping", "Global")], None, None, "'u' has the unknown status 'Sleeping'"),
			([("u", "Active", "Global")] * 2, None, None, "accounts: 'u' is listed more than once"),
			([], "Galactic", None, "The default level 'Galactic' is not among the levels"),
			([], None, "Galactic", "The level 'Galactic' of the criteria is not among the levels"),
		],
	)
	def test_mistakes(self, have, default, rule_level, message):
		frame = results(("u", True), level=[rule_level])
		with pytest.raises(ValueError, match=message):
			propose(frame, measured(frame), accounts(*have), LEVELS, default)

	def test_missing_columns(self):
		frame = results(("u", True))
		with pytest.raises(ValueError, match="results: missing column band"):
			propose(frame.drop(columns="band"), measured(frame), NO_ACCOUNTS, LEVELS, None)
		with pytest.raises(ValueError, match="accounts: missing column level"):
			propose(
				frame,
				measured(frame),
				accounts(("u", "Active", "Global")).drop(columns="level"),
				LEVELS,
				None,
			)
