"""Each method against what it must be by its definition, on a small network in float64."""

import json
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import pytest
import torch
import torchjd.aggregation
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.batches import next_batch
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.aggregated import AGGREGATORS, Aggregated
from gradsplit.training.methods.balancing.db_mtl import DbMtl
from gradsplit.training.methods.balancing.dwa import Dwa
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.balancing.fairgrad import FairGrad
from gradsplit.training.methods.balancing.famo import Famo
from gradsplit.training.methods.balancing.gls import Gls
from gradsplit.training.methods.balancing.gradnorm import GradNorm, last_weight
from gradsplit.training.methods.balancing.imtl_l import ImtlL
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.balancing.pcd import PriorityConstrained
from gradsplit.training.methods.balancing.random_loss_weights import RandomLossWeights
from gradsplit.training.methods.balancing.scalarized import Scalarized
from gradsplit.training.methods.balancing.stch import Stch
from gradsplit.training.methods.balancing.uncertainty import Uncertainty
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.masked.shuffled import ShuffledMask, identity, shuffled, transposed
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead, PlainSum
from gradsplit.training.methods.own_parts.batch_norm import BatchNormTrunk
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.separate_moments import SeparateMoments
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.step import Backward, Losses
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy

TASKS = Toy().task_names
CUT = GradientMask(
    tasks=TASKS, may_update=[[True, False, True], [True, True, True], [False, True, True]]
)
EVERY = [
    MultiHead(),
    LossWeights({"sum": 0.5}),
    LossWeights({"sum": 0.5}, of=MaskedTraining(CUT)),
    MaskedTraining(CUT),
    ShuffledMask(CUT),
    DropGrad(0.5),
    LastStage(),
    GradNorm(),
    DbMtl(),
    ImtlL(),
    Uncertainty(),
    Famo(),
    Dwa(),
    Gls(),
    Stch(),
    EqualNorm(),
    FairGrad(),
    PriorityConstrained("sum"),
    RandomLossWeights(),
    Scalarized("cosmos", 1.0),
    Scalarized("pbi", 1.0),
    *(Aggregated(kind) for kind in AGGREGATORS),
]


class OnlyOne(PlainSum):
    """Trains one of the tasks."""

    def __init__(self, task: str) -> None:
        self._task = task

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        with super().training(run) as backward:
            yield lambda losses: backward([one for one in losses if one[0] == self._task])


def losses_of(network: MultiTaskNetwork, toy: Toy) -> Iterator[tuple[str, Tensor]]:
    """The losses of one step, each computed when it is reached."""
    for task in network.tasks:
        inputs, target = next_batch(toy.batches(task, 0), task)
        yield task, toy.loss(task, network(inputs, task), target)


def gradients(
    method: Method, tasks: tuple[str, ...] = TASKS, steps: int = 1, seed: int = 0
) -> dict[str, Tensor]:
    toy = Toy()
    network = method.network(toy, tasks, 0)
    with method.training(Training(toy, network, seed, method.optimizer)) as backward:
        for _ in range(steps):
            network.zero_grad()
            backward(losses_of(network, toy))
    return {
        name: one.grad.clone() for name, one in network.named_parameters() if one.grad is not None
    }


def one_by_one(factors: Mapping[str, float] = {}) -> dict[str, dict[str, Tensor]]:
    """The slow twin: every task's own gradients, computed alone."""
    found = {}
    for task in TASKS:
        toy = Toy()
        network = build_network(toy, TASKS, 0)
        for name, loss in losses_of(network, toy):
            if name == task:
                (loss * factors.get(task, 1.0)).backward()
        found[task] = {
            name: torch.zeros_like(one) if one.grad is None else one.grad.clone()
            for name, one in network.named_parameters()
        }
    return found


def assert_equal(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", EVERY, ids=lambda one: one.settings()["method"])
def test_trains_and_leaves_nothing_behind(method: Method) -> None:
    fitted = fit(Toy(), TASKS, 0, method=pickle.loads(pickle.dumps(method)))
    assert all(np.isfinite(score) for score in fitted.scores.values())
    assert not any(one._backward_hooks for one in fitted.network.parameters())
    assert json.loads(json.dumps(method.settings())) == method.settings()
    again = fit(Toy(), TASKS, 0, method=method)
    assert again.scores == fitted.scores


def test_settings_tell_methods_apart() -> None:
    texts = [json.dumps(method.settings(), sort_keys=True) for method in EVERY]
    assert len(set(texts)) == len(texts)


def test_loss_weights_are_factors_of_the_gradients() -> None:
    factors = {"sum": 0.25, "class.sign": 3.0}
    own = one_by_one(factors)
    summed = {name: sum(own[task][name] for task in TASKS) for name in own["sum"]}
    assert_equal(gradients(LossWeights(factors)), summed)


def test_loss_weights_go_with_other_methods() -> None:
    factors = {"sum": 0.25, "class.sign": 3.0}
    alone = {task: gradients(LossWeights(factors, of=OnlyOne(task))) for task in TASKS}
    own = one_by_one(factors)
    for task in TASKS:
        assert_equal(alone[task], own[task])
    weighted = LossWeights({"sum": 0.5}, of=MaskedTraining(CUT))
    assert weighted.settings()["of"] == MaskedTraining(CUT).settings()
    last = LossWeights({}, of=LastStage())
    assert_equal(gradients(last), gradients(LastStage()))
    adam = Toy().with_recipe(optimizer="adam", weight_decay=0.0)
    scores = [
        fit(adam, TASKS, 0, method=one).scores
        for one in (SeparateMoments(), LossWeights({"sum": 8.0}, of=SeparateMoments()), None)
    ]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)  # a factor of eight moves nothing
    assert scores[0] != pytest.approx(scores[2], rel=1e-6)


def test_loss_weights_are_checked() -> None:
    with pytest.raises(GradSplitError, match=r"`sum` must be above 0.*\n.*`error`"):
        LossWeights({"sum": 0.0, "error": -1.0})
    with pytest.raises(GradSplitError, match="given for pose; the tasks are sum"):
        fit(Toy(), TASKS, 0, method=LossWeights({"pose": 2.0}))


def test_dropgrad_without_dropping_is_multi_head() -> None:
    assert_equal(gradients(DropGrad(0.0)), gradients(MultiHead()))


def test_dropgrad_keeps_or_drops_a_channel_of_one_task() -> None:
    plain = gradients(MultiHead(), ("sum",))
    dropped = []
    for steps in range(1, 50):
        found = gradients(DropGrad(0.25), ("sum",), steps)
        for name in ("trunk.last.weight", "trunk.last.bias"):
            kept = (found[name] != 0).reshape(8, -1).any(dim=1)
            # A channel's gradient is there as it is, or not at all.
            torch.testing.assert_close(found[name][kept], plain[name][kept], rtol=0, atol=1e-15)
            dropped.append(1 - kept.double().mean().item())
        others = {name: one for name, one in found.items() if "last" not in name}
        assert_equal(others, plain)
    # 49 runs x 16 draws: a standard error of 0.015.
    assert abs(np.mean(dropped) - 0.25) < 0.06


def test_dropgrad_draws_for_each_task() -> None:
    own = one_by_one()
    found = gradients(DropGrad(0.5))["trunk.last.weight"]
    parts = torch.stack([own[task]["trunk.last.weight"] for task in TASKS])
    subsets = torch.tensor([[n >> i & 1 for i in range(3)] for n in range(8)]).double()
    sums = torch.einsum("st,tci->sci", subsets, parts)
    distance = (sums - found).abs().amax(dim=2)
    assert (distance.amin(dim=0) < 1e-14).all()
    assert len(set(distance.argmin(dim=0).tolist())) > 2


def test_dropgrad_draws_for_each_seed() -> None:
    name = "trunk.last.weight"
    drawn = [gradients(DropGrad(0.5), steps=3, seed=seed)[name] for seed in (0, 1, 0)]
    assert torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[1])


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_dropgrad_checks_its_rate(rate: float) -> None:
    with pytest.raises(GradSplitError, match="0 <= rate < 1"):
        DropGrad(rate)


def test_a_trunk_of_their_own_for_all_is_single_task_training() -> None:
    apart = fit(Toy(), TASKS, 3, method=LastStage(("0", "last"))).scores
    for task in TASKS:
        assert apart[task] == pytest.approx(fit(Toy(), (task,), 3).scores[task], abs=1e-12)


def test_last_stage_copies_the_split_modules_only() -> None:
    def sizes(network: nn.Module) -> int:
        return sum(one.numel() for one in network.parameters())

    shared = build_network(Toy(), TASKS, 0)
    copied = LastStage().network(Toy(), TASKS, 0)
    last = sizes(shared.trunk.get_submodule("last"))
    assert sizes(copied) == sizes(shared) + 2 * last
    assert copied.task_specific == ("last",)
    with pytest.raises(ModuleNameError):
        LastStage(()).network(Toy(), TASKS, 0)


def small_figures() -> Figures:
    return Figures(height=16, width=8, pictures=40, identities=10, widths=(4, 4, 4, 4))


def test_one_task_has_the_same_batch_norm_either_way() -> None:
    figures = small_figures().with_recipe(steps=2, batch_size=4)
    scores = [
        fit(figures, ("pose",), 0, method=BatchNormTrunk(by_task)).losses["pose"]
        for by_task in (False, True)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_task_batch_norm_keeps_statistics_apart() -> None:
    network = BatchNormTrunk(by_task=True).network(small_figures(), ("pose", "parsing"), 0).train()
    for task, mean in (("pose", 0.0), ("parsing", 5.0)):
        network(torch.randn(4, 3, 16, 8) + mean, task)
    norm = network.trunk.get_submodule("stem.1")
    means = {task: one.running_mean.abs().max().item() for task, one in norm.by_task.items()}
    assert means["parsing"] > 3 * means["pose"] > 0
    assert not any(isinstance(one, nn.GroupNorm) for one in network.trunk.modules())


def test_batch_norm_needs_a_norm_to_replace() -> None:
    with pytest.raises(GradSplitError, match="no GroupNorm"):
        fit(Toy(), TASKS, 0, method=BatchNormTrunk())


def test_gradnorm_first_step_has_equal_weights() -> None:
    assert_equal(gradients(GradNorm()), gradients(MultiHead()))


def test_gradnorm_makes_norms_equal() -> None:
    """alpha 0: one task's gradient is 9 times the other's, so its weight falls to 0.2 of 2."""

    class Loud(Toy):
        def trunk(self) -> nn.Module:
            return nn.Sequential(nn.Linear(1, 1, bias=False)).double()

    network = MultiTaskNetwork(Loud().trunk(), {"sum": nn.Identity(), "error": nn.Identity()})
    one = torch.ones(1, 1, dtype=torch.float64)
    method = GradNorm(alpha=0.0, learning_rate=0.01)
    with method.training(Training(Loud(), network, 0, method.optimizer)) as backward:
        for _ in range(600):
            network.zero_grad()
            backward(iter([("sum", 9 * network(one, "sum").sum()),
                           ("error", network(one, "error").sum())]))  # fmt: skip
            gradient = network.trunk[0].weight.grad.item()
    # Weights w and 2 - w with 9 w = 2 - w: w = 0.2, and the sum of gradients is 9 w + 2 - w = 3.6.
    assert gradient == pytest.approx(3.6, abs=0.2)


def test_gradnorm_pulls_up_what_has_learned_less() -> None:
    """Equal gradients; one loss stays where it began, the other falls to a tenth."""
    network = MultiTaskNetwork(
        nn.Linear(1, 1, bias=False).double(), {"sum": nn.Identity(), "error": nn.Identity()}
    )
    ones = torch.ones(1, 1, dtype=torch.float64)
    method = GradNorm(alpha=1.5, learning_rate=0.01)
    weights = []
    network.trunk.weight.register_hook(lambda gradient: weights.append(gradient.item()))
    with method.training(Training(Toy(), network, 0, method.optimizer)) as backward:
        for share in (1.0, *[0.1] * 20):
            outputs = {task: network(ones, task).sum() for task in network.tasks}
            # Their gradients are 1 whatever the losses are.
            backward((task, outputs[task] - outputs[task].detach() + level)
                     for task, level in (("sum", 1.0), ("error", share)))  # fmt: skip
    first, last = weights[:2], weights[-2:]
    assert first == [1.0, 1.0]
    assert last[0] > 1.1
    assert last[0] + last[1] == pytest.approx(2.0)


def test_gradnorms_weights_sum_to_the_number_of_tasks() -> None:
    network = MultiHead().network(Toy(), TASKS, 0)
    run = Training(Toy(), network, 0, MultiHead().optimizer)
    outputs = []

    def noted(losses: Losses) -> None:
        for task, loss in losses:
            outputs.append(loss.item() / run.taskset.loss(task, *forward(task)).item())
            loss.backward()

    def forward(task: str) -> tuple[Tensor, object]:
        inputs, target = next_batch(Toy().batches(task, 0), task)
        return network(inputs, task), target

    with GradNorm(learning_rate=0.2).around(run) as act:
        for _ in range(10):
            act(noted, losses_of(network, Toy()))
    weights = np.array(outputs).reshape(10, 3)
    assert weights.sum(axis=1) == pytest.approx(3.0, abs=1e-6)
    assert weights[-1].std() > 0.1


def test_gradnorm_is_checked() -> None:
    with pytest.raises(GradSplitError, match="alpha >= 0"):
        GradNorm(alpha=-1.0)
    with pytest.raises(GradSplitError, match="trainable weight"):
        last_weight(nn.ReLU())


@pytest.mark.filterwarnings("ignore:You are solving a parameterized problem")
@pytest.mark.parametrize(
    "kind",
    [
        "upgrad",
        "mgda",
        "imtl-g",
        "aligned-mtl",
        "cagrad",
        "nash-mtl",
        "excess-mtl",
        "krum",
        "trimmed-mean",
    ],
)
def test_aggregated_is_the_aggregator_of_the_tasks_gradients(kind: str) -> None:
    own = one_by_one()
    names = [name for name in own["sum"] if name.startswith("trunk.")]
    matrix = torch.stack(
        [torch.cat([own[task][name].flatten() for name in names]) for task in TASKS]
    )
    options = {
        "cagrad": {"c": 0.5},
        "nash-mtl": {"n_tasks": 3},
        "krum": {"n_byzantine": 0},
        "trimmed-mean": {"trim_number": 1},
    }.get(kind, {})
    wanted = getattr(torchjd.aggregation, AGGREGATORS[kind])(**options)(matrix)
    found = gradients(Aggregated(kind))
    ours = torch.cat([found[name].flatten() for name in names])
    torch.testing.assert_close(ours, wanted, rtol=1e-6, atol=1e-9)
    heads = {name: one for name, one in found.items() if name.startswith("heads.")}
    assert_equal(heads, {name: sum(own[task][name] for task in TASKS) for name in heads})


def test_cr_mogm_is_the_running_mean_of_mgda() -> None:
    rows = torch.randn(2, 3, 5, dtype=torch.float64)
    run = Training(Toy(), MultiHead().network(Toy(), TASKS, 0), 0, MultiHead().optimizer)
    combine = Aggregated("cr-mogm").combine(run)
    mgda = torchjd.aggregation.MGDAWeighting()
    kept = mgda(rows[0] @ rows[0].T)
    for step in rows:
        kept = 0.9 * kept + 0.1 * mgda(step @ step.T)
        torch.testing.assert_close(combine(step), kept @ step)


@pytest.mark.parametrize("kind", ["krum", "trimmed-mean"])
def test_who_is_in_the_middle_of_two_is_refused(kind: str) -> None:
    with pytest.raises(GradSplitError, match=f"`{kind}` needs 3 tasks or more.*sum, error"):
        fit(Toy(), TASKS[:2], 0, method=Aggregated(kind))


def test_pcd_follows_the_primary_task() -> None:
    rows = torch.tensor([[1.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)
    run = Training(Toy(), MultiHead().network(Toy(), TASKS[:2], 0), 0, MultiHead().optimizer)
    first, second = (PriorityConstrained(task, tau=0.0).combine(run)(rows) for task in TASKS[:2])
    # The primary gradient without what is against the other's, at the primary's length.
    torch.testing.assert_close(first, torch.tensor([0.5, 0.5]).double() * 2**0.5)
    torch.testing.assert_close(second, torch.tensor([0.0, 2**0.5]).double())
    with pytest.raises(GradSplitError, match=r"`class.sign` is to come first.*sum, error"):
        PriorityConstrained("class.sign").combine(run)
    with pytest.raises(GradSplitError, match="from 0 to 1, got 2"):
        PriorityConstrained("sum", tau=2)


def test_an_unknown_aggregator_is_refused() -> None:
    with pytest.raises(GradSplitError, match="no aggregator `best`; there are pcgrad"):
        Aggregated("best")


masks = st.integers(2, 5).flatmap(
    lambda size: st.lists(
        st.lists(st.booleans(), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


@given(masks, st.integers(0, 1000))
def test_shuffled_masks_as_much_elsewhere(cells: list[list[bool]], seed: int) -> None:
    may_update = np.array(cells) | np.eye(len(cells), dtype=bool)
    mask = GradientMask(tasks=[f"t{n}" for n in range(len(cells))], may_update=may_update)
    drawn = shuffled(mask, seed).may_update
    assert drawn.sum() == may_update.sum()
    assert drawn.diagonal().all()
    blocked = (~may_update).sum()
    free = len(cells) * (len(cells) - 1)
    assert np.array_equal(drawn, may_update) == (blocked in (0, free))
    assert np.array_equal(drawn, shuffled(mask, seed).may_update)


def test_masks_are_shuffled_anew_for_every_seed() -> None:
    four = [f"t{number}" for number in range(4)]
    mask = GradientMask(four, np.triu(np.ones((4, 4), dtype=bool)))
    drawn = {shuffled(mask, seed).may_update.tobytes() for seed in range(10)}
    assert len(drawn) > 5


def test_other_masks() -> None:
    assert transposed(CUT).may_update.tolist() == CUT.may_update.T.tolist()
    assert identity(CUT).may_update.tolist() == np.eye(3, dtype=bool).tolist()
    drawn = shuffled(CUT, 7)
    assert_equal(gradients(ShuffledMask(CUT), seed=7), gradients(MaskedTraining(drawn)))


class Assigned(MultiHead):
    """Multi-head by gradients that are computed aside and assigned, as methods may do."""

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        def backward(losses: Losses) -> None:
            total = sum(loss for _, loss in losses)
            trained = list(run.network.parameters())
            for one, gradient in zip(trained, torch.autograd.grad(total, trained), strict=True):
                # Any memory layout is allowed: this is not that of a channels_last kernel.
                one.grad = gradient.contiguous()

        yield backward


def test_assigned_gradients_train_the_elements_they_belong_to() -> None:
    figures = small_figures().with_recipe(steps=3, batch_size=4)
    ours, plain = (
        fit(figures, ("pose", "parsing"), 0, method=one) for one in (Assigned(), MultiHead())
    )
    kernel = plain.network.trunk.get_submodule("layer4.0.conv1").weight
    assert not kernel.is_contiguous()
    for task in ("pose", "parsing"):
        assert ours.losses[task] == pytest.approx(plain.losses[task], rel=1e-4)
