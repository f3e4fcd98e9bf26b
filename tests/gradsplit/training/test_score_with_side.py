"""A score with side scores is the judged number everywhere, and nothing else by accident."""

import copy
import json
import math
import pickle

import pytest

from gradsplit import ScoreWithSide, TaskSetTrainer
from gradsplit.errors import TaskSetError
from gradsplit.studies.scoring import score
from gradsplit.tasksets.contract import check_taskset
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.fit import fit
from gradsplit.training.score_with_side import by_name
from relations import PairwiseProbe, Task
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy


class Sided(Toy):
    """The toy tasks with a side score that is known and one that is not."""

    def score(self, task, predict):
        judged = super().score(task, predict)
        return ScoreWithSide(judged, {"squared": judged**2, "never there": math.nan})


def test_it_is_the_judged_number():
    made = ScoreWithSide(0.25, {"rank-1": 0.5})
    assert made == 0.25 and made + 1 == 1.25 and isinstance(made, float)
    assert json.dumps({"reid": made}) == '{"reid": 0.25}'
    assert type(float(made)) is float


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_keep_their_side_scores(copied):
    made = copied(ScoreWithSide(0.25, {"rank-1": 0.5}))
    assert made == 0.25 and made.side == {"rank-1": 0.5}


def test_everything_wrong_is_said_at_once():
    with pytest.raises(TaskSetError) as caught:
        ScoreWithSide(0.5, {"1/2": 0.1, " ends ": 0.2, "bell\x07": 0.3, "word": "high"})  # type: ignore[dict-item]
    for said in ("'1/2'", "' ends '", "bell", "'word' must be a number, got 'high'"):
        assert said in str(caught.value)


def test_names_of_others_become_names_of_side_scores():
    named = by_name(["a", "a", "a", "", "constant", "left\n\x1b[31marm"], range(6))
    assert list(named) == [
        "a",
        "a #2",
        "a #3",
        "(no name)",
        "constant (class)",
        r"left \x1b[31marm",
    ]
    ScoreWithSide(0.5, named)  # all of them are possible


def test_a_task_set_with_side_scores_keeps_the_contract():
    check_taskset(Sided())


def test_a_training_has_them_beside_its_scores():
    plain, fitted = fit(Toy(), ("sum", "error"), 0), fit(Sided(), ("sum", "error"), 0)
    assert fitted.scores == plain.scores and plain.side == {}
    assert all(type(value) is float for value in fitted.scores.values())
    assert fitted.side.pop("sum@squared") == fitted.scores["sum"] ** 2
    assert fitted.side.pop("error@squared") == fitted.scores["error"] ** 2
    assert list(fitted.side) == ["sum@never there", "error@never there"]
    assert all(map(math.isnan, fitted.side.values()))


def test_trained_together_they_are_those_of_a_run_of_its_own():
    runs = [(("sum",), 0), (("sum", "error"), 1)]
    for found, (tasks, seed) in zip(fit_ensemble(Sided(), runs), runs, strict=True):
        alone = fit(Sided(), tasks, seed, watch=len(tasks) == 1)
        assert found.side == pytest.approx(alone.side, nan_ok=True)


def test_the_outcome_of_a_run_keeps_those_that_are_known():
    outcome = TaskSetTrainer(Sided()).outcome(Run(("sum", "error"), 0))
    assert set(outcome.side) == {"sum@squared", "error@squared"}
    alone = TaskSetTrainer(Sided()).outcome(Run(("sum",), 0))
    assert set(alone.side) == {"sum@squared", "sum@1/2", "sum@constant"}


@pytest.mark.parametrize("executor", ["in-process", "ensemble"])
def test_a_probe_holds_them_by_source(tmp_path, executor):
    train = TaskSetTrainer(Sided().with_recipe(steps=2))
    probe = PairwiseProbe(["sum", Task("error")], train, range(2), tmp_path / "probe.db")
    changes = probe.run(executor, progress=False)
    (first, second) = changes.side
    assert (first.task, first.name) == ("sum", "squared") and second.task == "error"
    for seed in range(2):
        assert first.alone[seed] == pytest.approx(train(("sum",), seed)["sum"] ** 2)
        pair = train(("sum", "error"), seed)
        assert first.beside["error"][seed] == pytest.approx(pair["sum"] ** 2)


def test_a_network_is_scored_with_them_where_that_is_asked():
    fitted = fit(Sided(), ("sum",), 0)
    assert score(fitted.network, Sided()) == fitted.scores
    side = score(fitted.network, Sided()).side
    assert side["sum@squared"] == fitted.scores["sum"] ** 2 and set(side) == set(fitted.side)
