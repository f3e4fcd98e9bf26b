"""What a grouping may cost."""

import pytest

from gradsplit.studies.grouping.cost import GroupingCost
from relations.plan import Cost


def test_runs_and_time():
    cost = GroupingCost("abcd", (0, 1), 2, 5, Cost({1: 1.0, 2: 2.0}))
    assert cost.candidate_runs == 5 * 2  # every group of three or four tasks
    assert cost.judging_runs == (2 + 1 + 4) * 5
    assert cost.seconds == (10 + 15) * 4.0 + 20 * 1.0
    assert "at most 10 runs of candidates" in str(cost)
    assert "2.0 min" in str(cost)


@pytest.mark.parametrize("cost", [None, Cost({1: 1.0})])
def test_no_time_where_none_was_measured(cost):
    whole = GroupingCost(tuple(map(str, range(12))), (0,), 2, cost=cost)
    assert whole.candidate_runs == 2 * 78
    assert whole.seconds is None
    assert str(whole).endswith("fresh seeds")


def test_one_run_is_not_many():
    assert "at most 1 run of candidates" in str(GroupingCost("abc", (0,), 2))
