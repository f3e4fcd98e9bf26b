"""The interventions' methods against the slow, obviously right way, in float64."""

import pytest
import torch

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.tasksets.causes.task_sets import early_stage, late_stage, loud_loss
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.quiet_source import QuietSource
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.step import Step
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy

PAIR = ("sum", "error")
CUT = GradientMask(PAIR, [[True, False], [True, True]])


def toy(loudness: float = 1.0) -> Toy:
    return Toy().with_recipe(steps=4, weights={"sum": loudness}, weight_decay=0.01)


@pytest.mark.parametrize("loudness", [20.0, 0.001])
def test_the_source_is_turned_down_by_the_norms_so_far(loudness: float) -> None:
    taskset, squares, factors = toy(loudness), dict.fromkeys(PAIR, 0.0), []

    def check(now: Step) -> None:
        parameters = list(now.network.parameters())
        count = len(list(now.network.trunk.parameters()))
        found = {}
        for task in PAIR:
            loss = taskset.recipe.weights.get(task, 1.0) * now.loss(task)
            found[task] = torch.autograd.grad(loss, parameters, allow_unused=True)
            squares[task] += sum(one.square().sum().item() for one in found[task][:count])
        factors.append(min(1.0, (squares["error"] / squares["sum"]) ** 0.5))
        for place, one in enumerate(parameters):
            source, target = (found[task][place] for task in PAIR)
            wanted = (0 if source is None else factors[-1] * source) + (
                0 if target is None else target
            )
            torch.testing.assert_close(one.grad, wanted, rtol=1e-10, atol=1e-14)

    fit(taskset, PAIR, 0, method=QuietSource(*PAIR), observe=check)
    assert (max(factors) < 0.5) if loudness > 1 else (factors == [1.0] * 4)


def test_a_quiet_source_is_left_alone() -> None:
    plain = fit(toy(0.001), PAIR, 0).network.state_dict()
    turned = fit(toy(0.001), PAIR, 0, method=QuietSource(*PAIR)).network.state_dict()
    for name, value in plain.items():
        torch.testing.assert_close(turned[name], value, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "method",
    [QuietSource(*PAIR), MaskedTraining(CUT, ("last",)), MaskedTraining(CUT, ("0", "last"))],
    ids=["quiet", "last stage", "everywhere"],
)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_many_runs_of_a_method_at_once_are_runs_of_their_own(
    method: Method, optimizer: str
) -> None:
    taskset = toy(20.0).with_recipe(optimizer=optimizer)
    together = fit_ensemble(taskset, [(PAIR, 0), (PAIR, 3)], method=method)
    for seed, member in zip((0, 3), together, strict=True):
        alone = fit(taskset, PAIR, seed, method=method)
        assert not isinstance(member, GradSplitError)
        for name, value in alone.network.state_dict().items():
            torch.testing.assert_close(
                member.network.state_dict()[name], value, rtol=1e-9, atol=1e-11
            )


@pytest.mark.parametrize(
    "method", [QuietSource("source", "target"), MultiHead()], ids=["quiet", ""]
)
def test_gradients_of_any_layout_reach_the_optimizer(method: Method, monkeypatch) -> None:
    # Without a method the gradients come from one backward; here each task's by itself.
    monkeypatch.setattr(MultiHead, "together", lambda *_: lambda _: None)
    taskset, tasks = loud_loss().with_recipe(steps=6), ("source", "target")
    member = fit_ensemble(taskset, [(tasks, 0)], method=method)[0]
    alone = fit(taskset, tasks, 0, method=method)
    assert not isinstance(member, GradSplitError)
    for name, value in alone.network.state_dict().items():
        torch.testing.assert_close(member.network.state_dict()[name], value, rtol=1e-3, atol=1e-5)


def test_what_cannot_be_trained_together_is_refused() -> None:
    with pytest.raises(GradSplitError, match="only with the same tasks"):
        fit_ensemble(toy(), [(PAIR, 0), (PAIR[:1], 0)], method=QuietSource(*PAIR))
    for method in (DropGrad(), MaskedTraining(CUT, mode="feature")):
        with pytest.raises(GradSplitError, match="one by one"):
            fit_ensemble(toy(), [(PAIR, 0)], method=method)


def test_source_and_target_must_be_tasks_of_the_run() -> None:
    for source, target in (("sum", "sum"), ("sum", "class.sign")):
        with pytest.raises(GradSplitError, match="must be two tasks of the run"):
            fit(toy(), PAIR, 0, method=QuietSource(source, target))


def test_trunks_get_wider() -> None:
    shapes = [tuple(one.shape) for one in late_stage().with_width(2).trunk().parameters()]
    assert shapes == [(24,), (16, 24)]
    shapes = [tuple(one.shape) for one in early_stage().with_width(2).trunk().parameters()]
    assert shapes == [(16, 24), (48, 16)]
    small = Figures(widths=(8, 12, 16, 16)).with_width(0.5)
    assert small.widths == (4, 8, 8, 8)
    assert small.settings() != Figures(widths=(8, 12, 16, 16)).settings()
    with pytest.raises(TaskSetError, match="no width to change"):
        Toy().with_width(2)


def test_a_wider_set_is_another_set_for_the_ledger() -> None:
    assert loud_loss().with_width(2).settings() != loud_loss().settings()
