"""Side scores of a probe: by target and source, outside of every change."""

import csv
import io
import json
import math

import pytest

from relations.graph import RelationGraph
from relations.runs import Outcome, Run
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.side_means import side_csv, side_of_runs, side_text
from relations.tasks import Task

TASKS = ("pose", "reid", "a@b")


def outcome(tasks, seed, **side):
    run = Run(tasks, seed)
    given = {name.replace("__", "@"): value for name, value in side.items()}
    return Outcome(run, scores=dict.fromkeys(tasks, 0.5), side=given)


RUNS = [
    outcome(("pose",), 0, pose__head=0.9, **{"pose@1/2": 0.4, "pose@constant": 0.1}),
    outcome(("pose",), 1, pose__head=0.7),
    outcome(("reid",), 0, reid__top=0.2),
    outcome(("pose", "reid"), 0, pose__head=0.6, reid__top=0.3, reid__last=0.1),
    outcome(("pose", "reid", "a@b"), 0, pose__head=0.0),
    outcome(("a@b",), 0, **{"a@b@c": 1.0}),
]


def test_they_are_kept_by_target_and_source():
    head, top, last, of_strange = side_of_runs(TASKS, RUNS)
    assert (head.task, head.name, head.alone) == ("pose", "head", {0: 0.9, 1: 0.7})
    assert head.beside == {"reid": {0: 0.6}}
    assert head.mean() == pytest.approx(0.8) and head.spread == pytest.approx(0.2)
    assert top.beside == {"pose": {0: 0.3}} and top.alone == {0: 0.2}
    assert last.alone == {} and math.isnan(last.mean()) and math.isnan(last.spread)
    assert (of_strange.task, of_strange.name) == ("a@b", "c")


def test_changes_are_the_same_with_and_without_them():
    tasks = [Task(name) for name in TASKS]
    bare = [Outcome(one.run, scores=one.scores) for one in RUNS]
    with_side, without = (ChangeMatrix.from_runs(tasks, runs) for runs in (RUNS, bare))
    assert with_side.side and not without.side
    assert (with_side.n == without.n).all()
    judged = [RelationGraph.from_changes(one).verdicts() for one in (with_side, without)]
    assert judged[0] == judged[1]


def test_what_tells_of_learning_is_needed_for_what_is_said_of_it():
    changes = ChangeMatrix.from_runs([Task(name) for name in TASKS], RUNS)
    assert set(changes.learnt) == {"pose"}  # the others know side scores of their metric only


def test_a_selection_has_those_between_its_tasks():
    changes = ChangeMatrix.from_runs([Task(name) for name in TASKS], RUNS)
    (head,) = changes.select(["pose", "a@b"]).side[:1]
    assert head.beside == {} and head.alone == {0: 0.9, 1: 0.7}
    assert [score.task for score in changes.select(["reid"]).side] == ["reid", "reid"]


def test_json_holds_means_and_numbers_of_seeds():
    changes = ChangeMatrix.from_runs([Task(name) for name in TASKS], RUNS)
    facts = json.loads(RelationGraph.from_changes(changes).to_json())["side_scores"]
    assert facts[0]["alone"] == {"mean": pytest.approx(0.8), "n": 2}
    assert facts[2] == {
        "task": "reid",
        "name": "last",
        "alone": {"mean": None, "n": 0},
        "beside": {"pose": {"mean": 0.1, "n": 1}},
    }


def test_the_table_leaves_open_what_is_not_known():
    lines = side_text(side_of_runs(TASKS, RUNS), TASKS).splitlines()
    assert lines[0].split() == ["side", "score", "alone", "with", "pose", "with", "reid"]
    assert lines[3].split() == ["reid@last", "0.1"]
    assert all(len(line) <= 120 for line in lines)


def test_every_value_is_in_the_csv():
    rows = list(csv.reader(io.StringIO(side_csv(side_of_runs(TASKS, RUNS)))))
    assert rows[0] == ["target", "side_score", "source", "seed", "value"]
    assert ["pose", "head", "", "1", "0.7"] in rows
    assert ["reid", "top", "pose", "0", "0.3"] in rows
    assert len(rows) == 1 + 7
