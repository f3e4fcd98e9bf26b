"""The network of a base task and sparse differences: its limits, and what it counts."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.own_parts.sparse_deltas.gates import Gates
from gradsplit.training.methods.own_parts.sparse_deltas.sparse_network import (
    Deltas,
    SparseDeltaNetwork,
)
from gradsplit.training.model_size import Counts, count
from gradsplit.training.network import MultiTaskNetwork

INPUTS = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))


def network(trunk: nn.Module | None = None) -> SparseDeltaNetwork:
    """Two layers 4 x 4 with bias, heads of 3 numbers for `a`, the base, and `b`."""
    trunk = trunk or nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    shared = MultiTaskNetwork(trunk, {task: nn.Linear(4, 3, bias=False) for task in "ab"})
    shared.head("b").load_state_dict(shared.head("a").state_dict())
    return SparseDeltaNetwork(shared, "a")


def gates_of(deltas: Deltas) -> Gates:
    assert deltas.gates is not None
    return deltas.gates


def with_differences(share: float, scale: float = 1.0) -> SparseDeltaNetwork:
    """Of each tensor, the first numbers differ."""
    made = network()
    deltas = made.of("b")
    for value, alpha in zip(deltas.values, gates_of(deltas).of_numbers, strict=True):
        value.data = scale * torch.randn(value.shape)
        alpha.data.flatten()[round(share * alpha.numel()) :] = -5.0
    deltas.freeze_support()
    return made.eval()


def test_with_all_gates_shut_the_outputs_are_the_base_tasks_to_the_bit() -> None:
    shut = network().eval()
    for value, alpha in zip(shut.of("b").values, gates_of(shut.of("b")).of_numbers, strict=True):
        value.data.normal_()
        alpha.data.fill_(-5.0)
    assert torch.equal(shut(INPUTS, "b"), shut(INPUTS, "a"))
    shut.of("b").freeze_support()
    for shut.threshold in (None, 0.15):
        assert torch.equal(shut(INPUTS, "b"), shut(INPUTS, "a"))
    assert shut.of("b").size == 0


def test_freezing_keeps_what_the_gates_let_through() -> None:
    made = network()
    deltas = made.of("b")
    values = [torch.randn(one.shape) for one in deltas.values]
    for value, of_trunk in zip(values, deltas.values, strict=True):
        of_trunk.data = value.clone()
    half_open = torch.tensor(0.75 / 3 + 0.5).logit()  # settled at 0.75
    gates_of(deltas).of_numbers[0].data.fill_(float(half_open))
    before = made.eval()(INPUTS, "b")
    deltas.freeze_support()
    torch.testing.assert_close(deltas.values[0].data, 0.75 * values[0])
    torch.testing.assert_close(made(INPUTS, "b"), before)


def test_what_the_gradients_are() -> None:
    """Those of the code of the paper: dW, alpha and alpha2 get p.grad times the other factors."""
    made = network().double()
    deltas = made.of("b")
    gates = deltas.gates = Gates(list(deltas.values), initial=0.3)
    for value in deltas.values:
        value.data.normal_()
    torch.manual_seed(1)
    made.train()(INPUTS.double(), "b").square().sum().backward()
    torch.manual_seed(1)
    opened = gates.drawn()
    base = [one.detach() for one in made.trunk.parameters()]
    weights = [
        (w + z.detach() * v.detach()).requires_grad_()
        for w, z, v in zip(base, opened, deltas.values, strict=True)
    ]
    features = torch.func.functional_call(
        made.trunk, dict(zip(deltas.names, weights, strict=True)), (INPUTS.double(),)
    )
    made.head("b")(features).square().sum().backward()
    for weight, z, value in zip(weights, opened, deltas.values, strict=True):
        torch.testing.assert_close(value.grad, weight.grad * z.detach())
    of_gates = torch.autograd.grad(
        opened,
        list(gates.parameters()),
        [w.grad * v.detach() for w, v in zip(weights, deltas.values, strict=True)],
    )
    for alpha, wanted in zip(gates.parameters(), of_gates, strict=True):
        torch.testing.assert_close(alpha.grad, wanted)


def test_only_large_differences_of_activations_are_kept() -> None:
    apart = with_differences(1.0)
    plain = apart(INPUTS, "b")
    apart.threshold = 0.0
    assert torch.equal(apart(INPUTS, "b"), plain)
    apart.threshold = 0.5
    own, base = _by_hand(apart, "b"), _by_hand(apart, "a")
    _, _ = next(own), next(base)
    middle = [nn.functional.tanh(next(one)) for one in (own, base)]
    mixed = torch.where((middle[0] - middle[1]).abs() > 0.5, *middle)
    weights = list(_weights(apart, "b"))
    wanted = apart.head("b")(mixed @ weights[2].T + weights[3])
    torch.testing.assert_close(apart(INPUTS, "b"), wanted)
    assert not torch.equal(wanted, plain)
    apart.threshold = 1e9  # the inputs of all layers are the base task's
    wanted = apart.head("b")(middle[1] @ weights[2].T + weights[3])
    torch.testing.assert_close(apart(INPUTS, "b"), wanted)


def _weights(made: SparseDeltaNetwork, task: str) -> Iterator[torch.Tensor]:
    for number, one in enumerate(made.trunk.parameters()):
        yield one if task == made.base else one + made.of(task).values[number]


def _by_hand(made: SparseDeltaNetwork, task: str) -> Iterator[torch.Tensor]:
    """The input, and what the first layer makes of it."""
    weights = list(_weights(made, task))
    yield INPUTS
    yield INPUTS @ weights[0].T + weights[1]


def test_the_difference_in_training_is_the_mean_over_all_layers_inputs() -> None:
    apart = with_differences(1.0).train()
    apart.threshold = 0.1
    apart(INPUTS, "b")
    own, base = _by_hand(apart, "b"), _by_hand(apart, "a")
    _, _ = next(own), next(base)
    middle = (nn.functional.tanh(next(own)) - nn.functional.tanh(next(base))).abs()
    torch.testing.assert_close(apart.difference, middle.sum() / (2 * INPUTS.numel()))
    assert apart.difference is not None and apart.difference.requires_grad


HEADS, LAYER = 2 * 12, 2 * 16
ONE = INPUTS[:1]


@pytest.mark.parametrize(("share", "own"), [(0.0, 0), (0.25, 2 * (4 + 1)), (1.0, 2 * (16 + 4))])
def test_parameters_are_those_that_differ(share: float, own: int) -> None:
    counts = count(with_differences(share), ONE)
    assert counts.parameters == 2 * (16 + 4) + HEADS + own
    assert counts.besides["own weights [%]"] == pytest.approx(100 * own / 40)


def test_operations_are_those_of_what_differs() -> None:
    """The input is the base task's; behind the first layer all activations differ."""
    shut, some, full = (count(with_differences(share), ONE) for share in (0.0, 0.25, 1.0))
    assert shut.flops == 2 * LAYER + 2 * 2 * 12
    assert shut.besides["own activations [%]"] == 0
    assert full.flops == 4 * LAYER + 2 * 2 * 12
    assert some.flops == 2 * LAYER + 2 * 2 * 12 + 0.25 * LAYER + (0.25 + 0.25) * LAYER


def test_a_threshold_saves_operations() -> None:
    apart = with_differences(0.25)
    apart.threshold = 1e9
    assert count(apart, ONE) == Counts(
        2 * 20 + HEADS + 10,
        2 * LAYER + 2 * 2 * 12 + 2 * LAYER // 4,
        {"own weights [%]": 25.0, "own activations [%]": 0.0},
    )


def test_every_task_has_statistics_of_its_own() -> None:
    made = network(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))).train()
    made(INPUTS + 100, "b")
    base = dict(made.trunk.named_buffers())
    assert base["1.running_mean"].abs().max() == 0 and base["1.num_batches_tracked"] == 0
    kept = [one for name, one in made.of("b").named_buffers() if name.startswith("of_trunk")]
    assert kept[0].abs().max() > 1 and kept[2] == 1
    made.threshold = 0.1
    made(INPUTS, "b")  # the base task's pass is that of its use
    assert base["1.num_batches_tracked"] == 0 and made.trunk.training


class Wavering(nn.Module):
    """Calls its second layer or not, as its first weight says."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.first.weight.data.fill_(-1.0)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        features = self.first(inputs)
        return self.second(features) if self.first.weight.sum() > 0 else features


def test_a_trunk_that_goes_another_way_is_refused() -> None:
    made = network(Wavering())
    made.of("b").values[0].data.fill_(5.0)
    made.threshold = 0.1
    with pytest.raises(GradSplitError, match=r"same layers .* at `Linear`"):
        made.eval()(INPUTS, "b")
