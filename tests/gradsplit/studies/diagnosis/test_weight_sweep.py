"""A sweep of the source's weight: trained, judged, said and drawn."""

from pathlib import Path

import numpy as np
import pytest

from analysis import diagnosis_plot
from analysis.diagnosis.removed_harm import Removed, Row
from analysis.diagnosis.weight_curve import WeightCurve, weight_curve
from gradsplit import diagnose
from gradsplit.studies.diagnosis.weight_sweep import WEIGHTS, sweep, weighted
from gradsplit.tasksets.causes.task_sets import loud_loss
from relations.change_kinds import ChangeKind

EDGE, KIND = ("source", "target"), ChangeKind(threshold=-0.01)
SPREAD = np.array([-0.002, 0.0, 0.001, 0.002, -0.001])


def curve(*changes: float) -> WeightCurve:
    return weight_curve(WEIGHTS, [change + SPREAD for change in changes], KIND)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((0.01, -0.01, -0.1, -0.3), "weak"),
        ((-0.05, -0.06, -0.1, -0.3), "strong"),
        ((-0.01, -0.06, -0.1, -0.3), "undecided"),
    ],
)
def test_transfer_is_read_from_the_intervals_that_are_shown(
    changes: tuple[float, ...], said: str
) -> None:
    seen = curve(*changes)
    assert seen.transfer == said
    assert seen.to_dict()["transfer"] == said
    assert seen.lower[0] < seen.changes[0] < seen.upper[0]
    assert (seen.lower[0] > -0.01) == (said == "weak")
    assert said in str(seen).rpartition(": ")[2]


def test_a_weight_that_spoils_the_target_decides_nothing() -> None:
    spoiled = [-0.05 + SPREAD, np.full(5, np.nan), -0.1 + SPREAD, -0.3 + SPREAD]
    seen = weight_curve(WEIGHTS, spoiled, KIND)
    assert seen.transfer == "undecided"
    assert seen.to_dict()["changes"][1] is None
    assert "; 0.3: - (- to -); " in str(seen)


def test_the_source_s_weight_is_changed_on_top_of_the_recipe_s() -> None:
    taskset = loud_loss().with_recipe(weights={"source": 0.5, "target": 2.0})
    changed = weighted(EDGE, 3.0).changed(taskset)
    assert changed.recipe.weights == {"source": 1.5, "target": 2.0}
    assert [what.name for what in sweep(EDGE)] == [f"source's loss x{w}" for w in (0.1, 0.3, 3)]


@pytest.mark.slow
def test_it_is_an_option_of_a_diagnosis(tmp_path: Path) -> None:
    short = loud_loss().with_recipe(steps=40)
    found = diagnose(
        short, [EDGE], tmp_path, seeds=2, sweep=True, executor="ensemble", progress=False
    )
    (diagnosis,) = found.diagnoses
    assert diagnosis.curve is not None
    assert "by weight of the source's loss [%]: 0.1: " in str(diagnosis)
    assert diagnosis.curve.changes[2] == pytest.approx(diagnosis.change)
    spent = sum(row.cost for row in diagnosis.rows)
    assert str(diagnosis).endswith(f"cost: {spent + 3:g} pair runs a seed")


def test_it_is_drawn_below_the_shares() -> None:
    row = Row("a", "b", Removed(0.5, 0.1, 0.9, "undecided", 5), 0.1, 0.1, 1.0)
    above = diagnosis_plot([row], curve=curve(0.0, -0.01, -0.1, -0.3))
    figure = above.get_figure(root=True)
    assert figure is not None
    below = figure.axes[1]
    assert below.get_xlabel() == "weight of the source's loss (weak negative transfer)"
    drawn = np.asarray(below.lines[0].get_ydata(), dtype=float)
    assert drawn == pytest.approx([0.0, -1.0, -9.5, -25.9], abs=0.2)


def test_a_loss_that_doubles_is_a_hundred_per_cent_worse() -> None:
    doubled = [-np.log(2) + SPREAD for _ in WEIGHTS]
    seen = weight_curve(WEIGHTS, doubled, KIND, turned=True)
    assert seen.changes[0] == pytest.approx(-np.expm1(np.log(2) - SPREAD.mean()))
    assert seen.lower[0] < seen.changes[0] < seen.upper[0] < 0
