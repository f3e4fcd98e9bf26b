"""Comparisons of methods on tasks whose change is not relative."""

import csv
import io

import numpy as np
import pytest

from analysis.comparison.comparison import Comparison
from analysis.comparison.numbers import comparison_csv
from analysis.comparison.scores_table import read_scores
from analysis.comparison.table import comparison_table
from relations.change_kinds import ChangeKind
from relations.errors import ScoreError

KINDS = {"r2": ChangeKind("absolute", -0.02), "nll": ChangeKind("standardised", -1.0)}
SINGLE = {0: {"pose": 0.8, "r2": -0.1, "nll": 0.2}, 1: {"pose": 0.9, "r2": 0.1, "nll": -0.4}}
SHARED = {0: {"pose": 0.76, "r2": -0.2, "nll": 0.5}, 1: {"pose": 0.9, "r2": 0.2, "nll": -0.4}}


def compared(kinds=KINDS):
    scores = {"single": SINGLE, "multi-head": SHARED}
    return Comparison(scores, higher_is_better={"nll": False}, kinds=kinds)


def test_changes_are_in_the_unit_of_their_kind():
    changes = compared().changes("multi-head")
    spread = np.std([0.2, -0.4], ddof=1)
    assert changes[0] == pytest.approx({"pose": -0.05, "r2": -0.1, "nll": -0.3 / spread})


def test_delta_m_is_of_relative_tasks_and_the_foot_says_so():
    comparison = compared()
    assert comparison.delta_m("multi-head").mean == pytest.approx(-0.025)
    table = comparison_table(comparison, "multi-head")
    assert table.notes[0] == (
        "Δm leaves out r2 (absolute), nll (standardised): it divides by the single-task score, "
        "which is not defined for them. It is the mean over pose."
    )


def test_without_a_relative_task_there_is_no_delta_m():
    kinds = {**KINDS, "pose": ChangeKind("absolute", -0.01)}
    table = comparison_table(compared(kinds))
    assert [row[-1] for row in table.rows] == ["–", "–"]
    assert "No task is left" in table.notes[0]


def test_all_tasks_count_when_one_chooses():
    comparison = compared()
    spread = np.std([0.2, -0.4], ddof=1)
    first = np.mean([-0.05, 0.01 / 0.02 * -0.1, 0.01 * -0.3 / spread])
    second = np.mean([0.0, 0.01 / 0.02 * 0.1, 0.0])
    assert comparison.gain("multi-head") == pytest.approx((first + second) / 2)
    relative = Comparison({"single": {0: {"a": 1.0, "b": 2.0}}, "x": {0: {"a": 1.1, "b": 1.9}}})
    assert relative.gain("x") == relative.delta_m("x").mean


def test_the_csv_names_the_kind_of_a_change():
    (row, _) = csv.DictReader(io.StringIO(comparison_csv(compared())))
    assert {"pose_change", "r2_change_absolute", "nll_change_standardised"} <= set(row)


def test_a_score_without_ratio_names_the_option():
    with pytest.raises(ScoreError, match=r"--absolute r2=-0\.02"):
        compared({})


def test_a_spread_needs_two_seeds():
    with pytest.raises(ScoreError, match="`nll` are in units of the spread"):
        Comparison({"single": {0: SINGLE[0]}, "x": {0: SHARED[0]}}, kinds=KINDS)


def test_a_table_of_scores_is_told_how_to_measure(tmp_path):
    (tmp_path / "scores.csv").write_text("method,pose,r2\nsingle,0.8,-0.1\nx,0.76,-0.2\n")
    read = read_scores(tmp_path / "scores.csv", absolute={"r2": -0.02})
    assert read.changes("x")[0] == pytest.approx({"pose": -0.05, "r2": -0.1})
    with pytest.raises(ScoreError, match="no task r3"):
        read_scores(tmp_path / "scores.csv", absolute={"r3": -0.02})
