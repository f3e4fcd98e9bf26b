"""A run that diverged has no score; it counts as the worst, in every mean, and is listed."""

import math

import numpy as np
import pytest

from analysis import Comparison, comparison_table
from analysis.comparison.numbers import comparison_csv
from analysis.comparison.table import moved_table
from relations.change_kinds import ChangeKind
from relations.errors import ScoreError

NAN = float("nan")
LOST = {"pose": NAN, "error": NAN}
SINGLE = {seed: {"pose": 0.8, "error": 2.0} for seed in (0, 1)}


def made(joint: dict | None = None, kinds: dict | None = None) -> Comparison:
    scores = {
        "single": SINGLE,
        "joint": joint or {0: {"pose": 0.4, "error": 7.0}, 1: {"pose": 0.8, "error": 2.0}},
        "split": {0: {"pose": 0.8, "error": 2.0}, 1: LOST},
    }
    return Comparison(scores, higher_is_better={"error": False}, kinds=kinds or {})


def test_it_counts_as_all_lost_or_as_the_worst_run_of_all():
    changes = made().changes("split")
    assert changes[0] == {"pose": 0.0, "error": 0.0}
    # Half of the pose was lost at worst; the worst error is 250 % more.
    assert changes[1] == {"pose": -1.0, "error": -2.5}
    assert made().delta_m("split").mean == pytest.approx(np.mean([0, (-1.0 - 2.5) / 2]))
    assert made().gain("split") == made().delta_m("split").mean


def test_the_scores_are_those_of_such_changes():
    comparison = made()
    assert comparison.score("split", "pose").mean == pytest.approx(np.mean([0.8, 0.0]))
    assert comparison.score("split", "error").mean == pytest.approx(np.mean([2.0, 7.0]))


def test_the_log_mean_has_lost_all():
    log = made().delta_m_log("split")
    assert log.mean == -1
    assert math.isnan(log.se)


def test_other_kinds_lose_a_threshold_or_the_worst():
    kinds = {"error": ChangeKind("absolute", -0.5)}
    assert made(kinds=kinds).changes("split")[1] == {"pose": -1.0, "error": -5.0}
    same = made({0: SINGLE[0], 1: SINGLE[1]}, kinds)
    assert same.changes("split")[1] == {"pose": -1.0, "error": -0.5}


def test_it_is_in_differences_and_listed():
    comparison = made()
    difference = comparison.difference("split", "joint")
    assert difference.n == 2
    joint = list(comparison.deltas("joint").values())
    assert difference.mean == pytest.approx(np.mean([0 - joint[0], -1.75 - joint[1]]))
    notes = comparison_table(comparison, "joint").notes
    assert any(note.startswith("Diverged: split (seed 1). Such a run counts") for note in notes)
    rows = comparison_csv(comparison).splitlines()
    at = rows[0].split(",").index("diverged")
    assert [row.split(",")[at] for row in rows[1:]] == ["0", "0", "1"]


def test_a_method_of_which_all_runs_diverged():
    comparison = Comparison({"single": SINGLE, "joint": dict.fromkeys(SINGLE, LOST)})
    assert comparison.delta_m("joint").mean == -1
    assert "nan" not in comparison_table(comparison).text()
    assert moved_table(comparison, comparison).rows[1] == ["joint", "–", "–"]


def test_one_score_that_is_missing_is_no_divergence():
    with pytest.raises(ScoreError, match="the score of `pose` is nan"):
        made({0: {"pose": NAN, "error": 1.0}, 1: SINGLE[1]})


def test_single_task_training_must_not_diverge():
    with pytest.raises(ScoreError, match="`single`, seed 1: the score of `pose` is nan"):
        Comparison({"single": {0: SINGLE[0], 1: LOST}, "joint": SINGLE})
