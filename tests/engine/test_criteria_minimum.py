"""A minimum score decides who passes, and says so."""

import pandas as pd
import pytest

from kam_erpnext.engine.criteria import CriteriaSet, Scoring, evaluate
from kam_erpnext.engine.measures import MEASURES
from kam_erpnext.engine.selection import propose


def criteria(minimum):
	return CriteriaSet(
		"Score only",
		scoring=[Scoring("Revenue", weight=10, measure="net_sales", low=0, high=100)],
		min_score=minimum,
	)


MEASURED = pd.DataFrame({"net_sales": [80.0, 50.0, 20.0, None]}, index=["big", "edge", "small", "unknown"])


def test_only_those_at_or_above_the_minimum_pass():
	results = evaluate(criteria(50), MEASURED).results
	assert results["passes"].to_dict() == {"big": True, "edge": True, "small": False, "unknown": None}
	assert results.loc["small", "unmet"] == "score of at least 50"
	assert results.loc["unknown", "open"] == "score of at least 50"
	assert results.loc["big", "unmet"] == ""


def test_without_a_minimum_everybody_passes():
	assert list(evaluate(criteria(None), MEASURED).results["passes"]) == [True] * 4


def test_proposals_follow_the_minimum():
	results = evaluate(criteria(50), MEASURED).results
	frame = propose(results, MEASURED, None, {"Territory": 4}, "Territory").frame
	assert frame["proposal"].to_dict() == {"big": "Add", "edge": "Add", "small": "None", "unknown": "None"}


@pytest.mark.parametrize(("minimum", "problem"), [(101, "between 0 and 100"), (-1, "between 0 and 100")])
def test_an_impossible_minimum_is_a_problem(minimum, problem):
	assert [p.field for p in criteria(minimum).problems(MEASURES)] == ["min_score"]
	assert problem in criteria(minimum).problems(MEASURES)[0].message


def test_a_minimum_without_scoring_lines_is_a_problem():
	from kam_erpnext.engine.criteria import Threshold

	lonely = CriteriaSet("X", classification=[Threshold("net_sales", ">=", 1)], min_score=10)
	assert [p.field for p in lonely.problems(MEASURES)] == ["min_score"]
