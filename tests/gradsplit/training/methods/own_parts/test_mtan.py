"""MTAN: with open masks multi-head, and in general masks of what the last blocks see."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks import SmallResNet
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.mtan import Mtan
from gradsplit.training.model_size import count
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.own_parts.stages.trunks import Images
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures


def two_blocks() -> nn.Module:
    return SmallResNet(widths=(4, 4, 8, 8), blocks=(2, 2, 2, 2), stem_stride=1)


BLOCKS = Images(make=two_blocks)


def batch(taskset: TaskSet) -> Tensor:
    return next(iter(taskset.batches(taskset.task_names[0], 0)))[0]


def open_masks(network: MultiTaskNetwork) -> None:
    for masks in network.trunk.masks.values():
        for mask in masks:
            nn.init.zeros_(mask[4].weight)
            nn.init.constant_(mask[4].bias, 60.0)


@pytest.mark.parametrize("taskset", [Toy(), small_figures(), BLOCKS, Images()])
def test_open_masks_are_multi_head(taskset: TaskSet) -> None:
    network = Mtan().network(taskset, taskset.task_names, 0).eval()
    multi_head = build_network(taskset, taskset.task_names, 0).eval()
    inputs = batch(taskset)
    for task in network.tasks:
        assert not torch.equal(network(inputs, task), multi_head(inputs, task))
    open_masks(network)
    for task in network.tasks:
        assert torch.equal(network(inputs, task), multi_head(inputs, task))


def test_masks_are_made_of_what_the_last_block_sees() -> None:
    """The slow twin: the trunk's own blocks, torch's own layers for maps."""
    network = Mtan(reduction=2).network(BLOCKS, TASKS, 0)
    trunk = build_network(BLOCKS, TASKS, 0).trunk
    inputs, task = batch(BLOCKS), TASKS[1]
    masks, transitions = network.trunk.masks[task], network.trunk.transitions
    features, attended = trunk.stem(inputs), None
    for number, stage in enumerate([trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4]):
        seen = stage[0](features)
        features = stage[1](seen)
        if attended is not None:
            if attended.shape[-1] != seen.shape[-1]:
                attended = F.max_pool2d(attended, 2)
            seen = torch.cat([seen, attended], 1)
        first, norm, _, last, last_norm, _ = masks[number]
        value = F.conv2d(seen, first.weight[..., None], first.bias)
        value = F.group_norm(value, norm.num_groups, norm.weight, norm.bias).relu()
        value = F.conv2d(value, last.weight[..., None], last.bias)
        value = F.group_norm(value, last_norm.num_groups, last_norm.weight, last_norm.bias)
        attended = value.sigmoid() * features
        if number < 3:
            convolution, rest = transitions[number]
            value = F.conv2d(attended, convolution.weight, padding=1)
            attended = F.group_norm(value, rest[0].num_groups, rest[0].weight, rest[0].bias).relu()
    expected = network.head(task)(attended)
    torch.testing.assert_close(network(inputs, task), expected)


def test_parameters_of_a_resnet_18_and_four_tasks() -> None:
    """As LibMTL's masks have them: 4,184,576 for four tasks."""
    big = Images(make=lambda: SmallResNet(widths=(64, 128, 256, 512), blocks=(2, 2, 2, 2)))
    network = Mtan().network(big, TASKS, 0)
    a_task = sum(one.numel() for one in network.trunk.masks[TASKS[0]].parameters())
    assert 4 * a_task == 4_184_576
    shared = sum(one.numel() for one in network.trunk.transitions.parameters())
    widths = [(64, 128), (128, 256), (256, 512)]
    assert shared == sum(9 * before * after + 2 * after for before, after in widths)


def test_the_trunk_is_counted_once_and_masks_once_a_task() -> None:
    inputs = batch(BLOCKS)[:1]
    network = Mtan().network(BLOCKS, TASKS, 0)
    multi_head = count(build_network(BLOCKS, TASKS, 0), inputs)
    masks = [(4, 4, 16), (8, 4, 8), (16, 8, 4), (16, 8, 2)]  # channels in, out, height
    of_masks = sum(2 * (seen + out) * out * height**2 for seen, out, height in masks)
    transitions = [(4, 4, 16), (4, 8, 8), (8, 8, 4)]
    of_transitions = sum(2 * 9 * seen * out * height**2 for seen, out, height in transitions)
    counted = count(network, inputs)
    assert counted.flops == multi_head.flops + 3 * (of_masks + of_transitions)
    beside = [network.trunk.masks, network.trunk.transitions]
    assert counted.parameters == multi_head.parameters + sum(
        one.numel() for part in beside for one in part.parameters()
    )


def test_masks_of_a_task_do_not_depend_on_the_others() -> None:
    both, alone = (Mtan().network(Toy(), tasks, 0) for tasks in (TASKS, TASKS[1:2]))
    inputs = batch(Toy())
    assert torch.equal(both(inputs, TASKS[1]), alone(inputs, TASKS[1]))


@pytest.mark.parametrize("norm", ["group", "batch", "none"])
@pytest.mark.parametrize("taskset", [Toy(), Images(), BLOCKS])
def test_every_norm_trains(taskset: TaskSet, norm) -> None:
    scores = [fit(taskset, TASKS, 0, method=Mtan(norm=norm)).scores for _ in range(2)]
    assert scores[0] == scores[1]
    assert all(torch.isfinite(torch.tensor(one)) for one in scores[0].values())


def test_stages_say_where() -> None:
    network = Mtan(("0",)).network(Toy(), TASKS, 0)
    assert [len(masks) for masks in network.trunk.masks.values()] == [1, 1, 1]
    assert [name for name, _ in network.trunk.shared.rest.trunk.named_children()] == ["last"]


@pytest.mark.parametrize("options", [{"reduction": 0}, {"norm": "layer"}])
def test_options_that_cannot_be(options) -> None:
    with pytest.raises(GradSplitError, match="must be"):
        Mtan(**options)
