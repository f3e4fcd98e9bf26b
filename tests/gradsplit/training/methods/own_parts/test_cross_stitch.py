"""Cross-stitch: at its limit networks of their own, and in general the weighted sums."""

import json

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.own_parts.cross_stitch import CrossStitch
from gradsplit.training.methods.own_parts.fused import FusedNetwork, shares
from gradsplit.training.model_size import count
from gradsplit.training.network import build_network
from gradsplit.training.taskset import TaskSet
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.own_parts.stages.trunks import Images
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures

IDENTITY = [CrossStitch(own=1.0), CrossStitch(own=1.0, channels=True)]


def batch(taskset: TaskSet) -> Tensor:
    return next(iter(taskset.batches(taskset.task_names[0], 0)))[0]


@pytest.mark.parametrize("taskset", [Toy(), small_figures(), Images()], ids=lambda of: of.name)
@pytest.mark.parametrize("method", IDENTITY, ids=["stages", "channels"])
def test_the_identity_is_single_task_networks(taskset: TaskSet, method: CrossStitch) -> None:
    inputs = batch(taskset)
    network = method.network(taskset, taskset.task_names, 0).eval()
    for task in network.tasks:
        alone = build_network(taskset, (task,), 0).eval()
        assert torch.equal(network(inputs, task), alone(inputs, task))


@pytest.mark.parametrize(
    "method", [CrossStitch(own=1.0, rate=0.0), CrossStitch(own=1.0, rate=9.0, alone=1.0)]
)
def test_with_a_fixed_identity_it_trains_single_task_networks(method: CrossStitch) -> None:
    apart = fit(Toy(), TASKS, 3, method=method).scores
    for task in TASKS:
        assert apart[task] == pytest.approx(fit(Toy(), (task,), 3).scores[task], abs=1e-12)


def test_one_task_is_trained_as_multi_head_trains_it() -> None:
    assert fit(Toy(), ("sum",), 0, method=CrossStitch()).scores == fit(Toy(), ("sum",), 0).scores


@pytest.mark.parametrize("channels", [False, True])
def test_what_a_task_goes_by_is_the_weighted_sum_of_all(channels: bool) -> None:
    """The slow twin: loops over stages, tasks and sources."""
    network = CrossStitch(own=0.7, channels=channels).network(Toy(), TASKS, 0)
    torch.manual_seed(0)
    with torch.no_grad():
        for one in network.parameters():
            one.add_(torch.randn_like(one) / 4)
    inputs = batch(Toy())
    weights = {name: one for name, one in network.named_parameters() if "fusions" in name}
    features = [inputs] * 3
    for number, stage in enumerate(["0", "last"]):
        after = []
        for one, of_task in zip(features, network.trunk.streams.values(), strict=True):
            layer = of_task.stages[number].get_submodule(f"trunk.{stage}")
            value = one @ layer.weight.T + layer.bias
            after.append(value.tanh() if stage == "0" else value)
        features = []
        for task in range(3):
            row = weights[f"trunk.fusions.{number}.units.{task}.weight"]
            features.append(sum(row[source] * after[source] for source in range(3)))
    for number, task in enumerate(TASKS):
        expected = network.head(task)(features[number])
        torch.testing.assert_close(network(inputs, task), expected, rtol=0, atol=1e-12)


def test_a_loss_does_not_reach_a_trunk_that_it_gives_no_weight() -> None:
    tasks = ("sum", "error")
    network = CrossStitch().network(Toy(), tasks, 0)
    with torch.no_grad():
        for fusion in network.trunk.fusions:
            fusion.units[0].weight.copy_(torch.tensor([1.0, 0.0]))
    network(batch(Toy()), "sum").sum().backward()
    streams = network.trunk.streams
    assert all(not one.grad.any() for one in streams["error"].parameters())
    assert all(one.grad.any() for one in streams["sum"].parameters())
    network.zero_grad()
    network(batch(Toy()), "error").sum().backward()
    assert all(one.grad.any() for one in streams["sum"].parameters())


def test_shares_of_a_row_make_one() -> None:
    expected = [[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]
    torch.testing.assert_close(shares(0.9, 3), torch.tensor(expected))


@pytest.mark.parametrize(("channels", "weights"), [(False, 9 + 9), (True, 9 * 8 + 9 * 8)])
def test_parameters_and_operations_are_those_of_trunks_in_parallel(channels, weights) -> None:
    network = CrossStitch(channels=channels).network(Toy(), TASKS, 0)
    alone = [count(build_network(Toy(), (task,), 0), batch(Toy())[:1]) for task in TASKS]
    counted = count(network, batch(Toy())[:1])
    assert counted.parameters == sum(one.parameters for one in alone) + weights
    # A weighted sum of 3 tasks' 8 channels, for each of 3 tasks behind each of 2 stages.
    stitches = 0 if channels else 2 * 3 * 3 * 8 * 2
    assert counted.flops == sum(one.flops for one in alone) + stitches


def test_stages_say_where_and_what_follows_is_a_tasks_own() -> None:
    network = CrossStitch(("0",)).network(Toy(), TASKS, 0)
    assert len(network.trunk.fusions) == 1
    # Only the sum behind the first stage is a loss's way into other tasks' trunks.
    network(batch(Toy()), "sum").sum().backward()
    names = {name for name, one in network.named_parameters() if one.grad is not None}
    assert "trunk.streams.error.stages.0.trunk.0.weight" in names
    assert "trunk.streams.sum.rest.trunk.last.weight" in names
    assert "trunk.streams.error.rest.trunk.last.weight" not in names


def test_the_stitches_have_a_rate_of_their_own_and_no_decay() -> None:
    method, toy = CrossStitch(rate=5.0), Toy().with_recipe(weight_decay=0.1)
    network = method.network(toy, TASKS, 0)
    run = Training(toy, network, 0, method.optimizer)
    with method.training(run):
        group = run.optimizer.param_groups[-1]
    assert (group["rate"], group["weight_decay"]) == (5.0, 0.0)
    assert {id(one) for one in group["params"]} == set(map(id, network.trunk.fusions.parameters()))


def test_at_first_alone_then_joined() -> None:
    seen: list[tuple[bool, bool]] = []

    def observe(step) -> None:
        stitched = any(one.grad is not None for one in step.network.trunk.fusions.parameters())
        seen.append((step.network.joined, stitched))

    fit(Toy(), TASKS, 0, method=CrossStitch(alone=0.5), observe=observe)
    assert seen == [(False, False)] * 3 + [(True, True)] * 3


def test_tokens_are_stitched_by_their_last_dimension() -> None:
    network = CrossStitch(channels=True).network(Images(), TASKS, 0)
    assert isinstance(network, FusedNetwork)
    shapes = {one.weight.shape for fusion in network.trunk.fusions for one in fusion.units}
    assert shapes == {(3, 8)}
    fitted = fit(Images(), TASKS, 0, method=CrossStitch(channels=True))
    assert all(torch.isfinite(one).all() for one in fitted.network.parameters())


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"own": 1.5}, GradSplitError, "own=1.5"),
        ({"rate": -1.0}, GradSplitError, "rate=-1.0"),
        ({"alone": 2.0}, GradSplitError, "alone=2.0"),
        ({"stages": ("layer9",)}, ModuleNameError, "no module `layer9`"),
        ({"stages": ("last", "0")}, GradSplitError, "in this order"),
    ],
)
def test_options_that_cannot_be(options, error, says) -> None:
    with pytest.raises(error, match=says):
        fit(Toy(), TASKS, 0, method=CrossStitch(**options))


def test_settings_are_json() -> None:
    settings = CrossStitch(("0",)).settings()
    assert json.loads(json.dumps(settings)) == settings


def test_heads_are_those_of_the_seed() -> None:
    network = CrossStitch().network(Toy(), TASKS, 5)
    for task in TASKS:
        ours, theirs = network.head(task), build_network(Toy(), (task,), 5).head(task)
        assert isinstance(ours, nn.Linear)
        assert torch.equal(ours.weight, theirs.weight)
