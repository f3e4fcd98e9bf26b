import math
import re
from itertools import chain
from pathlib import Path

import pytest

from relations.change_kinds import EXAMPLES, ChangeKind
from relations.errors import TaskError
from relations.tasks import Task, measured


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ChangeKind(), "-5.00%"),
        (ChangeKind("absolute", -0.02), "-0.0500 abs."),
        (ChangeKind("absolute", -5.0), "-0.05 abs."),
        (ChangeKind("absolute", -300.0), "+0 abs."),
        (ChangeKind("standardised", -1.0), "-0.05 sd"),
    ],
)
def test_a_change_is_written_with_its_unit(kind, text):
    assert kind.text(-0.05) == text


def test_per_cent_stands_behind_relative_changes_alone():
    for kind in (ChangeKind("absolute", -1.0), ChangeKind("standardised", -1.0)):
        assert "%" not in kind.text(-0.5)


@pytest.mark.parametrize("kind", ["absolute", "standardised"])
@pytest.mark.parametrize("threshold", [None, 0.1, math.nan, -math.inf, True, "-1"])
def test_a_kind_without_a_possible_threshold_is_refused_by_the_tasks_name(kind, threshold):
    with pytest.raises(TaskError, match=r"`nll`.*threshold"):
        Task("nll", change=kind, threshold=threshold)


def test_a_relative_change_has_the_graphs_threshold():
    with pytest.raises(TaskError, match=r"`pose` has a relative change.*Leave it out"):
        Task("pose", threshold=-0.02)
    assert ChangeKind().at(-0.02).threshold == -0.02
    assert ChangeKind("absolute", -0.5).at(-0.02).threshold == -0.5


def test_an_unknown_kind_is_refused():
    with pytest.raises(TaskError, match="'relative', 'absolute', 'standardised', got 'log'"):
        Task("nll", change="log", threshold=-1)


def test_tasks_are_measured_otherwise_by_name():
    tasks = [Task("pose"), Task("nll", higher_is_better=False), Task("r2")]
    pose, nll, r2 = measured(tasks, {"r2": -0.02}, {"nll": -1})
    assert (pose, nll.higher_is_better) == (Task("pose"), False)
    assert (nll.kind, r2.kind) == (ChangeKind("standardised", -1), ChangeKind("absolute", -0.02))


def test_a_misspelt_task_is_answered_with_the_one_meant():
    with pytest.raises(TaskError, match=r"`dpeth` is not one of them.*`depth`"):
        measured([Task("depth")], {"dpeth": -0.02})
    with pytest.raises(TaskError, match="more than once"):
        measured([Task("r2")], {"r2": -0.02}, {"r2": -1})


def test_kinds_are_written_and_read_again():
    for kind in (ChangeKind().at(-0.01), ChangeKind("standardised", -1.0, 0.25)):
        assert ChangeKind.of_facts(kind.facts()) == kind


def test_an_end_that_runs_away_is_no_bound():
    assert ChangeKind().text(-2e78) == "no bound" and ChangeKind().number(5e9) == "no bound"
    assert ChangeKind().text(90.0) == "+9000.00%"
    assert ChangeKind("absolute", -1.0).text(-2e6) == "-2000000.00 abs."


@pytest.mark.parametrize(("kind", "example"), [("absolute", "-0.02"), ("standardised", "-1")])
def test_a_threshold_is_suggested_in_the_unit_of_its_kind(kind, example):
    with pytest.raises(TaskError, match=f"e.g. threshold={example}[.]"):
        ChangeKind(kind)


def test_messages_suggest_one_absolute_threshold():
    root = Path(__file__).resolve().parents[2]
    files = [
        path
        for part in ("relations", "gradsplit", "analysis")
        for path in (root / part).rglob("*.py")
    ]
    said = [
        re.findall(r"--absolute \S+?=(-[0-9.]+[0-9])", path.read_text(encoding="utf-8"))
        for path in files
    ]
    assert set(chain(*said)) == {str(EXAMPLES["absolute"])}
