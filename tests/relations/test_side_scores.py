import json

import pytest

from relations import PairwiseProbe
from relations.errors import ScoreError
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run
from relations.side_scores import scored, side_scores
from relations.tasks import Task

RUN = Run(("pose", "reid"), 0)


def test_side_scores_are_those_of_the_runs_tasks():
    given = {"pose": 0.5, "reid": 0.4, "pose@1/2": 0.3, "depth@1/2": 0.2, "pose@constant": 1}
    assert side_scores(RUN, given) == {"pose@1/2": 0.3, "pose@constant": 1.0}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "0.3"])
def test_a_side_score_that_is_no_number_costs_no_run(value):
    outcome = scored(RUN, {"pose": 0.5, "reid": 0.4, "pose@1/2": value})
    assert outcome.scores == {"pose": 0.5, "reid": 0.4}
    assert outcome.side == {}


def test_a_score_itself_is_still_needed():
    with pytest.raises(ScoreError, match="no score for `reid`"):
        scored(RUN, {"pose": 0.5, "reid@1/2": 0.4})


def test_the_ledger_keeps_them(tmp_path):
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("pose"), Task("reid")], {})
        ledger.add([RUN])
        ledger.record(Outcome(RUN, {"pose": 0.5, "reid": 0.4}, side={"pose@1/2": 0.3}))
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        (outcome,) = ledger.outcomes()
    assert outcome.side == {"pose@1/2": 0.3}
    assert outcome.scores == {"pose": 0.5, "reid": 0.4}


@pytest.mark.parametrize("damage", ["no json", "[1]", json.dumps({"pose@1/2": "x"})])
def test_damaged_ones_are_left_out(tmp_path, damage):
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("pose"), Task("reid")], {})
        ledger.add([RUN])
        ledger.record(Outcome(RUN, {"pose": 0.5, "reid": 0.4}, side={"pose@1/2": 0.3}))
        ledger._execute("UPDATE side_scores SET json = ?", (damage,))
        (outcome,) = ledger.outcomes()
    assert outcome.side == {} and outcome.scores is not None


def train(tasks, seed):
    scores = dict.fromkeys(tasks, 0.5 + seed / 1000)
    if len(tasks) == 1:
        (task,) = tasks
        scores |= {f"{task}@1/2": 0.3, f"{task}@constant": 0.49}
    return scores


@pytest.mark.parametrize("executor", ["in-process", "processes"])
def test_a_function_of_ones_own_may_give_them(tmp_path, executor):
    probe = PairwiseProbe(["pose", "reid"], train, range(2), tmp_path / "probe.db")
    changes = probe.run(executor, progress=False)
    assert changes.learnt["pose"].still_moves and changes.learnt["pose"].barely
    first, *_ = str(changes).splitlines()
    assert first.startswith("train longer before these changes are believed")
    assert "pose (0.5005 against 0.49)" in first and "reid (+67%)" in first
