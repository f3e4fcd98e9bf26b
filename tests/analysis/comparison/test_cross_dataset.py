"""Own and cross-dataset scores side by side, each delta_m against single on its own set."""

import csv

import pytest

from analysis import Comparison
from analysis.comparison.cross_dataset import cross_csv, cross_scores_csv, cross_table


def of(pose, reid=None):
    """Scores of three methods and two seeds, the second a hundredth better."""
    tasks = {"pose": pose, **({} if reid is None else {"reid": reid})}

    def run(at, seed):
        return {task: scores[at] + seed / 100 for task, scores in tasks.items()}

    methods = ("single", "multi-head", "gradsplit")
    return {method: {seed: run(at, seed) for seed in (0, 1)} for at, method in enumerate(methods)}


@pytest.fixture
def comparison():
    night = Comparison(of([0.4, 0.2, 0.3]), notes=["reid is left out: why."])
    return Comparison(of([0.8, 0.6, 0.7], [0.5, 0.5, 0.5]), cross={"night": night})


def test_each_set_has_its_own_delta_m_and_difference(comparison):
    table = cross_table(comparison, "multi-head")
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    assert [row["method"] for row in rows] == ["single", "multi-head", "gradsplit"]
    assert rows[2]["pose"].startswith("0.705") and rows[2]["pose on night"].startswith("0.305")
    assert rows[0]["Δm on night [%]"] == "0.0"
    own, night = comparison.delta_m("gradsplit"), comparison.cross["night"].delta_m("gradsplit")
    assert rows[2]["Δm [%]"].startswith(f"−{-100 * own.mean:.1f}")
    assert rows[2]["Δm on night [%]"].startswith(f"−{-100 * night.mean:.1f}")
    assert rows[2]["− multi-head on night"].startswith("+24.")
    assert "reid on night" not in table.header
    assert "night: reid is left out: why." in table.notes


def test_without_a_baseline_there_are_no_differences(comparison):
    assert not [name for name in cross_table(comparison).header if name.startswith("−")]


def test_the_numbers_are_unrounded(comparison):
    lines = list(csv.DictReader(cross_csv(comparison, "multi-head").splitlines()))
    assert [(one["set"], one["method"]) for one in lines] == [
        (name, method) for name in ("own", "night") for method in comparison.methods
    ]
    assert float(lines[5]["delta_m"]) == comparison.cross["night"].delta_m("gradsplit").mean
    assert lines[4]["difference"] == "" and float(lines[5]["difference"]) > 0.24
    scores = cross_scores_csv(comparison).splitlines()
    assert scores[0] == "set,method,seed,task,score" and "night,gradsplit,1,pose,0.31" in scores
