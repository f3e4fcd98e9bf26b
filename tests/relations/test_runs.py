import pytest

from relations.errors import ScoreError
from relations.runs import Run, checked_scores


def test_equal_runs_are_one_run():
    assert Run(("a", "b"), 1) == Run(("a", "b"), 1)
    assert len({Run(("a",), 0), Run(("a",), 0), Run(("a",), 0, "long")}) == 2


def test_scores_of_other_tasks_are_left_out():
    assert checked_scores(Run(("a",), 0), {"a": 1, "b": 2}) == {"a": 1.0}


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"b": 0.5}, "no score for `a` .*there are scores for: b"),
        ({"a": float("nan")}, "`a` must be finite, got nan"),
        ({"a": float("-inf")}, "`a` must be finite, got -inf"),
        ({"a": "good"}, "`a` must be a number, got 'good'"),
        ({"a": None}, "`a` must be a number, got None"),
        (0.5, "(?s)must return a score for each task.*got a float:\n0.5"),
        ([0.5], r"(?s)as \{task: score\}; got a list:\n\[0.5\]"),
        (None, "got None. Does the function end with `return`"),
    ],
)
def test_unsound_scores_say_what_is_wrong(scores, message):
    with pytest.raises(ScoreError, match=message):
        checked_scores(Run(("a",), 0), scores)


def test_all_problems_come_at_once():
    with pytest.raises(ScoreError) as caught:
        checked_scores(Run(("a", "b", "c"), 4), {"a": float("nan"), "b": 1.0})
    assert "a+b+c seed 4" in str(caught.value)
    assert "`a` must be finite" in str(caught.value)
    assert "no score for `c`" in str(caught.value)
