"""Adapters for each task: nothing at first, and each trained by its own loss."""

import copy

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.methods.own_parts.adapters import AdaptedConvolution, Beside, Gate
from gradsplit.training.methods.own_parts.task_adapters import TaskAdapters
from gradsplit.training.model_size import count
from gradsplit.training.network import MultiTaskNetwork, build_network
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures

PAIR = ("pose", "parsing")
IMAGES = torch.rand(3, 3, 16, 8, generator=torch.Generator().manual_seed(0))


def adapted(**options: object) -> MultiTaskNetwork:
    return TaskAdapters(**options).network(small_figures(), PAIR, 0)


def disturb(network: nn.Module) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for one in network.parameters():
            one.add_(0.3 * torch.randn_like(one))


@pytest.mark.parametrize(
    "options", [{}, {"adapters": False}, {"gates": False}, {"norms": False}, {"modules": ("stem",)}]
)
def test_nothing_is_changed_at_first(options: dict[str, bool]) -> None:
    shared = build_network(small_figures(), PAIR, 0)
    network = adapted(**options)
    for task in PAIR:
        assert torch.equal(network(IMAGES, task), shared(IMAGES, task))


CONVOLUTIONS = [
    nn.Conv2d(4, 6, 3, padding=1),
    nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2),
    nn.Conv2d(4, 6, 5, stride=2),
    nn.Conv2d(4, 6, (3, 1), padding=(2, 0), dilation=(2, 1)),
    nn.Conv2d(4, 6, 3, padding=3),
    nn.Conv2d(4, 6, 3, padding="same", dilation=2),
    nn.Conv2d(4, 6, 2, padding="valid", stride=2),
    nn.Conv1d(4, 6, 3, stride=2),
    nn.Conv3d(4, 6, 3, padding=1),
]


@pytest.mark.parametrize("larger", CONVOLUTIONS, ids=str)
def test_an_adapter_is_the_larger_convolution_with_weights_in_its_middle_alone(larger) -> None:
    larger, inputs = copy.deepcopy(larger).double(), torch.rand(2, 4, 9, 8, 7).double()
    inputs = inputs[(..., *[0] * (3 - len(larger.stride)))]
    beside = Beside(larger)
    nn.init.normal_(beside.small.weight)
    outputs = larger(inputs)
    with torch.no_grad():
        larger.bias.zero_()
        larger.weight.zero_()
        middle = tuple((size - 1) // 2 for size in larger.kernel_size)
        larger.weight[(..., *middle)] = beside.small.weight.flatten(1).view(larger.weight.shape[:2])
    torch.testing.assert_close(beside(inputs, outputs), larger(inputs), rtol=0, atol=1e-12)


def test_the_slow_twin() -> None:
    """One convolution with an adapter and a gate, by the formulas."""
    network = adapted()
    disturb(network)
    part = network.trunk.get_submodule("layer2.0.conv1")
    assert isinstance(part, AdaptedConvolution)
    inputs = torch.randn(2, 4, 8, 4)
    part.task = "parsing"
    own, shared = part.by_task["parsing"], part.shared
    wide = shared(inputs) + torch.conv2d(inputs, own.beside.small.weight, stride=shared.stride)
    gate = own.gate.squeeze(wide.mean((2, 3))).clamp(min=0)
    gate = 2 / (1 + (-own.gate.excite(gate)).exp())
    torch.testing.assert_close(part(inputs), wide * gate[:, :, None, None])
    part.task = "pose"
    assert not torch.allclose(part(inputs), wide * gate[:, :, None, None])


def test_a_loss_trains_what_is_shared_and_its_own_adapters() -> None:
    network = adapted()
    disturb(network)
    network(IMAGES, "pose").sum().backward()
    trained = {name for name, one in network.named_parameters() if one.grad is not None}
    assert not any(".by_task.parsing" in name for name in trained)
    own = {name for name, _ in network.named_parameters() if ".by_task.pose" in name}
    assert own <= trained
    assert "trunk.layer1.0.conv1.shared.weight" in trained


def test_a_tasks_adapters_do_not_depend_on_the_others() -> None:
    both, alone = (
        TaskAdapters().network(small_figures(), tasks, 4).state_dict()
        for tasks in (PAIR, ("parsing",))
    )
    own = {key: one for key, one in alone.items() if ".by_task." in key}
    assert own and all(torch.equal(both[key], one) for key, one in own.items())


def test_parameters_by_hand() -> None:
    shared = build_network(small_figures(), PAIR, 0)
    image = IMAGES[:1]
    # A stem of 3 -> 4 channels with the norm behind it.
    adapter, gate, norm = 3 * 4, (4 * 1 + 1) + (1 * 4 + 4), 2 * 4
    sizes = {
        "stem": ({}, 2 * (adapter + gate) + norm),
        "no norms": ({"norms": False}, 2 * (adapter + gate)),
        "no gates": ({"gates": False}, 2 * adapter + norm),
        "no adapters": ({"adapters": False}, 2 * gate + norm),
    }
    for options, more in sizes.values():
        counted = count(adapted(modules=("stem",), **options), image)
        assert counted.parameters == count(shared, image).parameters + more


def test_who_looks_at_a_convolution_sees_the_shared_one() -> None:
    """A ViT of transformers asks that of its patches for its type."""
    part = adapted().trunk.get_submodule("layer2.0.conv1")
    assert part.weight is part.shared.weight
    assert part.bias is part.shared.bias


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ModuleNameError, match=r"none in the trunk of `toy`. For linear layers"):
        TaskAdapters().network(Toy(), TASKS, 0)
    with pytest.raises(ModuleNameError, match="no module `layer9`"):
        adapted(modules=("layer9",))
    with pytest.raises(GradSplitError, match="at least 1, got 0"):
        TaskAdapters(reduction=0)
    with pytest.raises(GradSplitError, match="nothing but norms for each task"):
        TaskAdapters(adapters=False, gates=False)


def test_a_gate_is_never_of_no_width() -> None:
    features: Tensor = torch.rand(2, 3, 4, 4)
    assert Gate(3, 16, like=features)(features).shape == features.shape
