"""NDDR: at its limit networks of their own, and in general one layer on all features."""

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.nddr import Nddr
from gradsplit.training.model_size import count
from gradsplit.training.network import build_network
from gradsplit.training.taskset import TaskSet
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.own_parts.stages.trunks import Images
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures


def batch(taskset: TaskSet) -> Tensor:
    return next(iter(taskset.batches(taskset.task_names[0], 0)))[0]


@pytest.mark.parametrize("taskset", [Toy(), small_figures(), Images()], ids=lambda of: of.name)
def test_own_features_alone_without_a_norm_are_single_task_networks(taskset: TaskSet) -> None:
    inputs = batch(taskset)
    network = Nddr(own=1.0, norm="none").network(taskset, taskset.task_names, 0).eval()
    for task in network.tasks:
        alone = build_network(taskset, (task,), 0).eval()
        assert torch.equal(network(inputs, task), alone(inputs, task))


def test_with_fixed_layers_it_trains_single_task_networks() -> None:
    apart = fit(Toy(), TASKS, 3, method=Nddr(own=1.0, norm="none", rate=0.0)).scores
    for task in TASKS:
        assert apart[task] == pytest.approx(fit(Toy(), (task,), 3).scores[task], abs=1e-12)


def test_one_task_is_trained_as_multi_head_trains_it() -> None:
    assert fit(Toy(), ("sum",), 0, method=Nddr()).scores == fit(Toy(), ("sum",), 0).scores


def test_the_layers_start_with_shares_of_the_identity() -> None:
    network = Nddr().network(Toy(), TASKS, 0)
    reduce = network.trunk.fusions[0].units[1][0]
    eye = torch.eye(8, dtype=torch.float64)
    expected = torch.cat([0.05 * eye, 0.9 * eye, 0.05 * eye], dim=1)
    torch.testing.assert_close(reduce.weight[:, :, 0], expected, rtol=0, atol=1e-7)
    assert reduce.bias is None


def test_maps_are_reduced_place_by_place() -> None:
    """The slow twin: a convolution of torch's own, GroupNorm and ReLU behind the last stage."""
    figures = small_figures()
    tasks = figures.task_names
    network = Nddr(("layer4",)).network(figures, tasks, 0)
    unit = network.trunk.fusions[0].units[2]
    with torch.no_grad():
        unit[0].weight.normal_()
    inputs = batch(figures)
    features = [one.stages[0](inputs) for one in network.trunk.streams.values()]
    values = nn.functional.conv2d(torch.cat(features, 1), unit[0].weight[..., None])
    groups = unit[1].num_groups
    values = nn.functional.group_norm(values, groups, unit[1].weight, unit[1].bias).relu()
    outputs = network.head(tasks[2])(values)
    torch.testing.assert_close(network(inputs, tasks[2]), outputs)


def test_a_relu_stands_where_the_stage_ended_in_one() -> None:
    def last_layers(taskset: TaskSet) -> list[type[nn.Module]]:
        network = Nddr().network(taskset, taskset.task_names, 0)
        return [type(fusion.units[0][-1]) for fusion in network.trunk.fusions]

    assert last_layers(small_figures()) == [nn.ReLU] * 4
    assert last_layers(Toy()) == [nn.GroupNorm] * 2


def test_parameters_and_operations() -> None:
    network = Nddr().network(Toy(), TASKS, 0)
    alone = [count(build_network(Toy(), (task,), 0), batch(Toy())[:1]) for task in TASKS]
    counted = count(network, batch(Toy())[:1])
    # Behind 2 stages, for each of 3 tasks: 24 -> 8 channels, and a norm's scale and shift.
    assert counted.parameters == sum(one.parameters for one in alone) + 2 * 3 * (24 * 8 + 16)
    assert counted.flops == sum(one.flops for one in alone) + 2 * 3 * 2 * 24 * 8


@pytest.mark.parametrize("norm", ["group", "batch", "none"])
@pytest.mark.parametrize("taskset", [Toy(), Images()], ids=lambda of: of.name)
def test_every_norm_trains(taskset: TaskSet, norm) -> None:
    scores = [fit(taskset, TASKS, 0, method=Nddr(norm=norm)).scores for _ in range(2)]
    assert scores[0] == scores[1]
    assert all(torch.isfinite(torch.tensor(one)) for one in scores[0].values())


def test_a_norm_that_does_not_exist() -> None:
    with pytest.raises(GradSplitError, match="must be one of group, batch, none, got 'layer'"):
        Nddr(norm="layer")
