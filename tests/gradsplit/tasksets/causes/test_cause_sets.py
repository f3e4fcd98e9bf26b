"""The planted causes: what the closed form says of each set."""

import pytest
import torch

from gradsplit.tasksets.causes.task_sets import (
    Gains,
    TwoStages,
    early_stage,
    late_stage,
    loud_loss,
    narrow_trunk,
    no_harm,
    short_training,
)
from gradsplit.tasksets.planted.task_set import INPUTS
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit

HARMED = {"loud": loud_loss(), "late": late_stage(), "early": early_stage()}
FREE = [short_training(), no_harm()]


def harm(taskset: TwoStages) -> float:
    return -float(taskset.population_changes()[0, 1])


@pytest.mark.parametrize("taskset", [*HARMED.values(), narrow_trunk()], ids=lambda one: one.name)
def test_the_source_harms_at_the_end_of_training(taskset: TwoStages) -> None:
    assert harm(taskset) > 0.05
    assert taskset.population_scores(["target"])["target"] == pytest.approx(1)


@pytest.mark.parametrize("taskset", FREE, ids=lambda one: one.name)
def test_nothing_harms_at_the_end_of_training(taskset: TwoStages) -> None:
    assert harm(taskset) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("taskset", HARMED.values(), ids=HARMED)
def test_twice_the_width_leaves_the_harm_of_a_greedy_source(taskset: TwoStages) -> None:
    assert harm(taskset.with_width(2)) == pytest.approx(harm(taskset))
    # Half of the trunk is enough for the target alone, so room is not what it lacks.
    alone = taskset.with_width(0.5).population_scores(["target"])
    assert alone["target"] == pytest.approx(1)


def test_twice_the_width_removes_the_harm_of_a_narrow_trunk() -> None:
    assert harm(narrow_trunk()) == pytest.approx(0.12)
    assert harm(narrow_trunk().with_width(2)) == pytest.approx(0, abs=1e-12)
    alone = narrow_trunk().with_width(0.5).population_scores(["target"])
    assert alone["target"] == pytest.approx(0.88)


def quiet(taskset: TwoStages) -> TwoStages:
    """The source's loss weighted so that both tasks' labels have the same variance."""
    scales = {task: plant.scale**2 for task, plant in taskset.plants.items()}
    return taskset.with_recipe(weights={"source": scales["target"] / scales["source"]})


def test_equal_losses_remove_the_harm_of_a_loud_loss_and_of_nothing_else() -> None:
    assert harm(quiet(loud_loss())) == pytest.approx(0, abs=1e-12)
    for taskset in (HARMED["late"], HARMED["early"], narrow_trunk()):
        assert harm(quiet(taskset)) == pytest.approx(harm(taskset))


@pytest.mark.parametrize("taskset", HARMED.values(), ids=HARMED)
def test_the_targets_share_of_the_narrow_stage_holds_all_it_wants(taskset: TwoStages) -> None:
    rows = min(taskset.early or INPUTS, taskset.width) // 2
    assert len(taskset.plants["target"].dimensions) <= rows
    assert len(narrow_trunk().plants["target"].dimensions) > 4


def kept(rows: torch.Tensor) -> torch.Tensor:
    """The projection on the rows' span."""
    basis = torch.linalg.svd(rows, full_matrices=False).Vh
    return basis.T @ basis


def test_gains_cannot_turn_rows_that_hold_inputs() -> None:
    stream = torch.Generator().manual_seed(0)
    rows = torch.zeros(4, INPUTS, dtype=torch.float64)
    rows[:, 20:] = torch.randn(4, 4, generator=stream, dtype=torch.float64)
    gains = torch.exp(torch.randn(INPUTS, generator=stream, dtype=torch.float64))
    torch.testing.assert_close(kept(rows * gains), kept(rows), rtol=1e-9, atol=1e-9)
    # A full first stage can.
    turned = rows @ torch.randn(INPUTS, INPUTS, generator=stream, dtype=torch.float64)
    assert (kept(turned) - kept(rows)).abs().max() > 0.1


def test_gains_start_at_one_and_hardly_move() -> None:
    inputs = torch.randn(3, INPUTS)
    torch.testing.assert_close(Gains(INPUTS)(inputs), inputs)
    taskset = late_stage()
    bound = 0.01 * taskset.recipe.learning_rate * taskset.recipe.steps
    short = taskset.with_recipe(steps=30)
    trained = fit(short, ("source", "target"), 0).network.trunk.get_submodule("early").weight
    assert isinstance(trained, torch.Tensor)
    assert 0 < (0.01 * trained - 1).abs().max() < bound * 30 / taskset.recipe.steps
    assert bound < 0.07


@pytest.mark.parametrize(
    "name",
    ["loud-loss", "late-stage", "early-stage", "narrow-trunk", "short-training", "none"],
)
def test_they_have_built_in_names(name: str) -> None:
    assert load_taskset(f"cause-{name}", {"steps": "9"}).name == f"cause-{name}"
