"""Loss curves: thinned by means, kept with their run, read back from a ledger."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe
from relations.ledger.ledger import Ledger
from relations.loss_curves import POINTS, LossCurve
from relations.runs import Outcome, Run
from relations.tasks import Task
from tests.gradsplit.toy_tasks import Toy

RUN = Run(("sum", "error"), 3)


@given(st.integers(1, 2000), st.integers(0, 100))
def test_a_curve_is_the_means_of_its_stretches(count, seed):
    losses = np.random.default_rng(seed).uniform(0.1, 9, count)
    curve = LossCurve.of(losses.tolist())
    assert curve.steps == curve.ends[-1] == count and len(curve.means) <= POINTS
    assert len(curve.means) * curve.every >= count > (len(curve.means) - 1) * curve.every
    starts = (0, *curve.ends)
    for mean, first, last in zip(curve.means, starts, starts[1:], strict=False):
        assert mean == pytest.approx(losses[first:last].mean(), rel=1e-4)
    whole = sum(
        mean * (last - first)
        for mean, first, last in zip(curve.means, starts, starts[1:], strict=False)
    )
    assert whole == pytest.approx(losses.sum(), rel=1e-4)


def test_a_short_training_keeps_every_step():
    curve = LossCurve.of([3.0, 2.0, 1.0])
    assert (curve.every, curve.means, curve.ends) == (1, (3.0, 2.0, 1.0), (1, 2, 3))
    assert LossCurve.of([]).means == ()


@pytest.mark.parametrize(
    "executor", ["in-process", pytest.param("processes", marks=pytest.mark.slow), "ensemble"]
)
def test_a_probe_keeps_them_of_every_run(tmp_path, executor):
    train = TaskSetTrainer(Toy())
    probe = PairwiseProbe(["sum", Task("error")], train, range(2), tmp_path / "probe.db")
    probe.run(executor, progress=False)
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        curves = ledger.loss_curves()
    assert len(curves) == 6
    fitted = train.fitted(("sum", "error"), 1)
    for task, curve in curves[Run(("sum", "error"), 1)].items():
        assert curve.means == pytest.approx(fitted.losses[task], rel=1e-4)


def book(path):
    ledger = Ledger(path)
    ledger.register([Task("sum"), Task("error")], {})
    ledger.add([RUN])
    return ledger


def outcome(**curves):
    return Outcome(RUN, {"sum": 0.5, "error": 0.4}, curves=curves)


def test_the_first_curve_stays_as_the_first_scores_do(tmp_path):
    with book(tmp_path / "probe.db") as ledger:
        assert ledger.loss_curves() == {}
        assert ledger.record(outcome(sum=LossCurve.of([2.0, 1.0])))
        assert not ledger.record(outcome(sum=LossCurve.of([9.0])))
        assert ledger.loss_curves() == {RUN: {"sum": LossCurve(2, 1, (2.0, 1.0))}}
        assert next(ledger.outcomes()).curves == {}  # read for themselves alone


def test_a_curve_that_cannot_be_written_leaves_no_scores_either(tmp_path):
    class Broken(LossCurve):
        def __init__(self):
            object.__setattr__(self, "means", {1, 2})

    with book(tmp_path / "probe.db") as ledger:
        with pytest.raises(TypeError):
            ledger.record(outcome(sum=Broken()))
        assert ledger.state(RUN) == "planned"


@pytest.mark.parametrize(
    "damage",
    [
        "no json",
        "[]",
        json.dumps({"sum": 1}),
        json.dumps({"sum": {"steps": 2, "every": 1, "means": [1.0]}}),
        json.dumps({"sum": {"steps": 2, "every": 0, "means": []}}),
        json.dumps({"sum": {"steps": 1, "every": 1, "means": ["x"]}}),
        json.dumps({"depth": {"steps": 1, "every": 1, "means": [1.0]}}),
    ],
)
def test_damaged_ones_are_left_out(tmp_path, damage):
    with book(tmp_path / "probe.db") as ledger:
        ledger.record(outcome(sum=LossCurve.of([2.0, 1.0])))
        ledger._execute("UPDATE loss_curves SET json = ?", (damage,))
        assert ledger.loss_curves() == {}
        assert next(ledger.outcomes()).scores is not None


def test_names_that_command_a_terminal_are_left_out_of_side_scores(tmp_path):
    with book(tmp_path / "probe.db") as ledger:
        ledger.record(Outcome(RUN, {"sum": 0.5, "error": 0.4}, side={"sum@a": 1.0}))
        text = json.dumps({"sum@\x1b[31m": 1.0, "sum@a": 2.0, "sum@b": math.inf})
        ledger._execute("UPDATE side_scores SET json = ?", (text,))
        assert next(ledger.outcomes()).side == {"sum@a": 2.0}
