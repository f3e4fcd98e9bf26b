"""Frozen filters that each task mixes: the same network at first, and nothing shared is trained."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.own_parts.filter_bank import Modulators
from gradsplit.training.methods.own_parts.per_task import TaskPart
from gradsplit.training.methods.own_parts.rcm import Rcm
from gradsplit.training.methods.own_parts.responses import response_axes
from gradsplit.training.network import MultiTaskNetwork, build_network
from relations import ChangeMatrix, PairwiseProbe
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures

PAIR = ("pose", "parsing")
IMAGES = torch.rand(3, 3, 16, 8, generator=torch.Generator().manual_seed(0))


class Attending(Toy):
    """A trunk with torch's attention, biases, a LayerNorm and a grouped convolution."""

    def trunk(self) -> nn.Module:
        layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
        pieces = nn.Sequential(nn.Linear(5, 8), nn.Unflatten(1, (4, 2)))
        pieces.append(nn.Conv1d(4, 6, 1, groups=2))
        ends = nn.Sequential(nn.Flatten(), nn.Linear(12, self.width))
        trunk = nn.Sequential(pieces, nn.Flatten(), nn.Unflatten(1, (3, 4)), layer, ends)
        return trunk.double()


def trained_names(network: nn.Module) -> set[str]:
    return {name for name, one in network.named_parameters() if one.requires_grad}


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("batches", [0, 2])
def test_it_begins_as_the_network_that_is_there(batches: int, normalised: bool) -> None:
    method, inputs = Rcm(batches, normalised), torch.randn(4, 5, dtype=torch.float64)
    for taskset in (Toy(), Attending()):
        wanted = build_network(taskset, TASKS, 0).eval()
        network = method.network(taskset, TASKS, 0).eval()
        for task in TASKS:
            torch.testing.assert_close(
                network(inputs, task), wanted(inputs, task), rtol=0, atol=1e-12
            )
    wanted = build_network(small_figures(), PAIR, 0).double()
    network, images = method.network(small_figures(), PAIR, 0).double(), IMAGES.double()
    # The bank is made in single precision, and its rows are normalised.
    torch.testing.assert_close(network(images, "pose"), wanted(images, "pose"), rtol=0, atol=1e-5)


def test_nothing_that_is_trained_is_shared() -> None:
    for taskset in (Toy(), Attending()):
        network = Rcm().network(taskset, TASKS, 0)
        own = {
            f"trunk.{name}.{part}"
            for name, module in network.trunk.named_modules()
            if isinstance(module, TaskPart)
            for part, _ in module.named_parameters()
        }
        of_trunk = {name for name in trained_names(network) if name.startswith("trunk.")}
        assert of_trunk == own
        network(torch.randn(4, 5, dtype=torch.float64), "error").sum().backward()
        moved = {name for name, one in network.named_parameters() if one.grad is not None}
        assert moved and all(".error" in name for name in moved if name in own)


def test_the_relations_are_exactly_zero(tmp_path: Path) -> None:
    """No task's score depends on who is trained along; without the method, it does."""

    def changes(method: Method) -> ChangeMatrix:
        def train(tasks: tuple[str, ...], seed: int) -> dict[str, float]:
            return fit(Toy(), tasks, seed, method=method).scores

        ledger = tmp_path / f"{method.name}.db"
        return PairwiseProbe(Toy().tasks, train=train, seeds=range(2), ledger=ledger).run()

    off = ~np.eye(len(TASKS), dtype=bool)
    assert (changes(Rcm()).mean[off] == 0).all()
    assert (changes(MultiHead()).mean[off] != 0).any()


def test_the_bank_stays_and_mixtures_move() -> None:
    fitted = fit(Toy(), TASKS, 0, method=Rcm())
    at_first = Rcm().network(Toy(), TASKS, 0).state_dict()
    for name, value in fitted.network.state_dict().items():
        same = torch.equal(value, at_first[name])
        assert same == name.endswith(".original")


def test_the_axes_are_the_eigenvectors_of_the_covariance() -> None:
    torch.manual_seed(0)
    layer, inputs = nn.Linear(7, 4), torch.randn(50, 6, 7)
    (axes,) = response_axes(layer, {"only": (layer, layer.weight, 1)}, inputs.split(20))["only"]
    responses = layer(inputs).detach().reshape(-1, 4).double().numpy()
    values, vectors = np.linalg.eigh(np.cov(responses.T, bias=True))
    cosines = np.abs((axes.double().numpy() * vectors[:, ::-1]).sum(0))
    np.testing.assert_allclose(cosines, 1, atol=1e-5)
    turned = np.cov((responses @ axes.double().numpy()).T, bias=True)
    np.testing.assert_allclose(turned, np.diag(values[::-1]), atol=1e-5)


def test_the_axes_of_a_layer_that_nobody_calls() -> None:
    layer = nn.Linear(3, 2, bias=False)
    (axes,) = response_axes(layer, {"only": (layer, layer.weight, 1)}, [])["only"]
    spread = axes.mT @ layer.weight @ layer.weight.mT @ axes
    assert spread[0, 1].item() == pytest.approx(0, abs=1e-6)
    assert spread[0, 0] > spread[1, 1]


def test_a_grouped_convolution_is_decomposed_by_group_and_evaluated_as_in_use() -> None:
    torch.manual_seed(0)
    trunk = nn.Sequential(nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6), nn.Dropout())
    layer, images = trunk[0], torch.randn(5, 4, 6, 5)
    before = {key: value.clone() for key, value in trunk.state_dict().items()}
    axes = response_axes(trunk, {"only": (layer, layer.weight, 2)}, [images])["only"]
    assert axes.shape == (2, 3, 3)
    given = layer(images).detach().movedim(1, -1).reshape(-1, 2, 3)[:, 1]
    turned = torch.cov((given @ axes[1]).mT, correction=0)
    assert torch.allclose(turned, torch.diag(turned.diagonal()), atol=1e-5)
    assert all(torch.equal(before[key], value) for key, value in trunk.state_dict().items())
    assert trunk[2].training


@pytest.mark.parametrize("groups", [1, 2])
def test_mixing_filters_is_a_1x1_convolution_behind_the_bank(groups: int) -> None:
    torch.manual_seed(0)
    bank, images = torch.randn(6, 4 // groups, 3, 3), torch.randn(2, 4, 7, 6)
    mix = Modulators(torch.randn(groups, 6 // groups, 6 // groups), ["a"], normalised=True)
    with torch.no_grad():
        mix.length["a"].mul_(3)
    behind = 3 * mix.mixture["a"].reshape(6, 6 // groups)[:, :, None, None]
    ours = torch.conv2d(images, mix(bank), groups=groups)
    given = torch.conv2d(images, bank, groups=groups)
    torch.testing.assert_close(ours, torch.conv2d(given, behind, groups=groups))


def test_a_merged_network_is_an_ordinary_one_with_the_same_answers() -> None:
    network = fit(Attending(), TASKS, 0, method=Rcm()).network
    inputs = torch.randn(4, 5, dtype=torch.float64)
    for task in TASKS:
        merged = network.for_use(task)
        assert type(merged) is MultiTaskNetwork
        assert not any(isinstance(one, TaskPart) for one in merged.modules())
        torch.testing.assert_close(merged(inputs, task), network(inputs, task), rtol=0, atol=1e-12)


def test_what_cannot_be_is_refused() -> None:
    class Turned(Toy):
        def trunk(self) -> nn.Module:
            return nn.Sequential(nn.Unflatten(1, (5, 1)), nn.ConvTranspose1d(5, 8, 1)).double()

    with pytest.raises(ModuleNameError, match="`1` is a ConvTranspose1d"):
        Rcm(0).network(Turned(), TASKS, 0)
    with pytest.raises(ModuleNameError, match="no linear layer, convolution or attention in 1"):
        Rcm(modules=("1",)).network(Toy(), TASKS, 0)
    with pytest.raises(GradSplitError, match="`batches` must be 0 or more"):
        Rcm(-1)
