import json

import numpy as np
import pytest

from relations import ChangeMatrix, RelationGraph, Task
from relations.runs import Outcome, Run
from relations.statistics.learning import learning_warnings, learnt_tasks


def alone(task, seed, score, earlier=None, constant=None):
    side = {f"{task}@1/2": earlier, f"{task}@constant": constant}
    known = {name: value for name, value in side.items() if value is not None}
    return Outcome(Run((task,), seed), {task: score}, side=known)


def test_movement_and_distance_from_a_constant_are_mean_relative_changes():
    runs = [alone("a", 0, 0.8, 0.7, 0.5), alone("a", 1, 0.9, 0.8, 0.5)]
    (seen,) = learnt_tasks([Task("a"), Task("b")], runs).values()
    assert seen.moved == pytest.approx(np.mean([0.1 / 0.7, 0.1 / 0.8]))
    assert seen.over_constant == pytest.approx(np.mean([0.3 / 0.5, 0.4 / 0.5]))
    assert (seen.score, seen.constant) == (pytest.approx(0.85), 0.5)
    assert seen.still_moves and not seen.barely


def test_lower_is_better_turns_both():
    runs = [alone("a", 0, 0.95, 1.0, 1.0)]
    (seen,) = learnt_tasks([Task("a", higher_is_better=False)], runs).values()
    assert seen.moved == pytest.approx(0.05) and seen.over_constant == pytest.approx(0.05)
    assert seen.barely


@pytest.mark.parametrize(
    ("score", "earlier", "constant", "says"),
    [
        (0.80, 0.79, 0.5, None),
        (0.80, 0.74, 0.5, "still moving in the second half of the training: a (+8%)"),
        (0.54, 0.54, 0.5, "hardly better than a constant answer: a (0.54 against 0.5)"),
        (0.48, 0.48, 0.5, "hardly better than a constant answer: a (0.48 against 0.5)"),
        (0.80, 0.85, 0.5, None),
        (0.80, None, None, None),
    ],
)
def test_what_is_warned_of(score, earlier, constant, says):
    learnt = learnt_tasks([Task("a")], [alone("a", 0, score, earlier, constant)])
    lines = learning_warnings(learnt)
    assert (lines == []) if says is None else (len(lines) == 1 and says in lines[0])


@pytest.mark.parametrize(
    ("rises", "score", "asks"),
    [(True, 67.0, "lower"), (False, 80.0, "higher"), (True, 69.5, None), (False, 67.0, None)],
)
def test_a_score_worse_than_a_constant_answers_asks_which_way_is_better(rises, score, asks):
    task = Task("euros", higher_is_better=rises)
    learnt = learnt_tasks([task], [alone("euros", 0, score, constant=70.6)])
    doubts = learning_warnings(learnt)[1:]
    assert learnt["euros"].better == asks
    assert [f"--{asks} euros" in line for line in doubts] == [True] * (asks is not None)


def test_an_absolute_change_has_its_own_threshold():
    task = Task("r2", change="absolute", threshold=-0.02)
    moves = learnt_tasks([task], [alone("r2", 0, 0.3, 0.15, -0.5)])["r2"]
    rests = learnt_tasks([task], [alone("r2", 0, 0.3, 0.25, 0.15)])["r2"]
    assert moves.still_moves and not moves.barely
    assert not rests.still_moves and rests.barely


def test_files_say_what_each_task_scores_alone():
    runs = [
        outcome
        for seed, score in enumerate([0.8, 0.9])
        for outcome in (
            alone("a", seed, score, 0.79, 0.5),
            Outcome(Run(("b",), seed), {"b": 0.5}),
            Outcome(Run(("a", "b"), seed), {"a": 0.7, "b": 0.5}),
        )
    ]
    graph = RelationGraph.from_changes(ChangeMatrix.from_runs([Task("a"), Task("b")], runs))
    written = json.loads(graph.to_json())["alone"]
    assert written["a"]["mean"] == pytest.approx(0.85) and written["a"]["n"] == 2
    assert written["a"]["sd"] == pytest.approx(np.std([0.8, 0.9], ddof=1))
    assert written["a"]["still moves"] is True and written["a"]["barely learnt"] is False
    assert written["b"] == {"mean": 0.5, "sd": 0.0, "n": 2, "higher_is_better": True}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_files_say_which_scores_are_better(sign):
    runs = [Outcome(Run((task,), 0), {task: sign * 0.5}) for task in "ab"]
    runs.append(Outcome(Run(("a", "b"), 0), {"a": sign * 0.4, "b": sign * 0.4}))
    tasks = [Task("a"), Task("b", higher_is_better=False)]
    written = ChangeMatrix.from_runs(tasks, runs).alone_facts()["alone"]
    assert [written[task]["higher_is_better"] for task in "ab"] == [True, False]


def test_a_part_of_the_matrix_keeps_what_is_known_of_its_tasks():
    runs = [alone("a", 0, 0.5, 0.3), alone("b", 0, 0.5, 0.5), alone("c", 0, 0.5)]
    changes = ChangeMatrix.from_runs([Task("a"), Task("b"), Task("c")], runs)
    assert set(changes.learnt) == {"a", "b"}
    assert set(changes.select(["c", "b"]).learnt) == {"b"}


def test_scores_that_are_equal_but_for_rounding_have_no_unit():
    task = Task("nll", higher_is_better=False, change="standardised", threshold=-1.0)
    runs = [alone("nll", 0, 0.1 + 0.2, 0.301), alone("nll", 1, 0.3, 0.301)]
    (seen,) = learnt_tasks([task], runs).values()
    assert np.isnan(seen.moved) and not seen.still_moves
