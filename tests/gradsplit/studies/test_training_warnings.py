"""Warnings of unfinished training reach whoever reads a study's answer."""

import json

import pytest

from gradsplit import Task, compare, group, recommend_function
from gradsplit.studies.comparison import method_runs
from gradsplit.studies.training_warnings import mind, training_warnings
from gradsplit.studies.variant_runs import VariantRuns
from relations import Ledger, Run
from relations.runs import Outcome
from relations.side_scores import EARLIER, side_name
from tests.gradsplit.toy_tasks import Toy

MOVING = "train longer before these changes are believed; "


def place_of(folder, side):
    place = VariantRuns(Toy(), folder / "probe.db", progress=False)
    with Ledger(place.ledger) as book:
        book.register(place.taskset.measured_tasks, {})
        for run in (Run((task,), 0) for task in place.taskset.task_names):
            book.add([run])
            seen = {
                side_name(task, name): 1.0 + value
                for task in run.tasks
                for name, value in side.items()
            }
            book.record(Outcome(run, dict.fromkeys(run.tasks, 1.0), side=seen))
    return place


def test_tasks_alone_say_whether_training_is_finished(tmp_path):
    (said,) = training_warnings(place_of(tmp_path, {EARLIER: -0.3}))
    assert said.startswith(MOVING)
    assert "sum (+43%), class.sign (+43%)" in said
    assert mind(said) == f"Mind: {said}."


@pytest.mark.parametrize("side", [{}, {EARLIER: 0.0}])
def test_nothing_is_said_where_training_is_over_or_nothing_known(side, tmp_path):
    assert training_warnings(place_of(tmp_path, side)) == []


def train(tasks, seed):
    """Scores of which the half before the end is known."""
    joint = 0.02 * (len(tasks) > 1)
    scores = dict.fromkeys(tasks, 0.8 - joint + 0.001 * (seed % 3))
    return {**scores, **{side_name(task, EARLIER): 0.5 for task in tasks}}


def test_a_recommendation_says_it_right_after_its_answer(tmp_path):
    tasks = [Task("pose"), Task("reid")]
    told = []
    best = recommend_function(train, tasks, tmp_path, runs=40, race_seeds=3, judge_seeds=3,
                              progress=False, tell=told.append)  # fmt: skip
    (warning,) = best.warnings
    assert warning.startswith(MOVING)
    assert str(best).startswith(f"{best.answer}\n\n{mind(warning)}\n\n")
    assert str(best).count(warning) == 1
    assert told[told.index(best.answer) + 1] == mind(warning)
    assert json.loads((tmp_path / "recommendation.json").read_text())["warnings"] == [warning]


@pytest.mark.long
def test_a_comparison_says_it_below_its_table(tmp_path):
    compared = compare(Toy(), ["multi-head"], tmp_path, seeds=2, costs=False, progress=False)
    note = compared.comparison.notes[0]
    assert note.startswith(f"Mind: {MOVING}")
    written = " ".join((tmp_path / "comparison.txt").read_text().split())
    assert note in written
    assert note in " ".join(str(compared).split())
    assert method_runs.SINGLE in compared.comparison.methods


@pytest.mark.long
@pytest.mark.parametrize("train", [0, 1])
def test_a_grouping_says_it_judged_or_not(train, tmp_path):
    grouped = group(Toy(), 2, tmp_path, seeds=2, judge_seeds=2, train=train, progress=False)
    assert f"Mind: {MOVING}" in str(grouped)
    assert str(grouped).count(MOVING) == 1 + str(grouped.grouping).count(MOVING)
