"""Meta-GF's and DR-MGF's formulas: toy numbers, and restated a connection at a time.

On random tensors they were also held against the authors' own functions, `meta_fusingGradigent`,
`fusing_bn_new`, `meta_fusingModel` and `weighting_themodel` of github.com/SYVAE/DR-MGF.
"""

import math
from collections.abc import Iterator
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from gradsplit.training.methods.merged.dr_mgf import RoutedFusion, fusion_weight, route
from gradsplit.training.methods.merged.fusion import Fusion
from gradsplit.training.methods.merged.meta_gf import LogisticFusion
from gradsplit.training.methods.merged.shared_weights import fuse

close = torch.testing.assert_close
TASKS = ("a", "b", "c")
TOY_CHANGES = torch.tensor([[[1.0, 1.0]], [[3.0, -1.0]]])


def trunk() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 2), nn.GroupNorm(2, 4), nn.Conv2d(4, 2, 1)).double()


def moves(fusion: Fusion) -> list[Tensor]:
    """Random changes of three branches."""
    return [torch.randn(3, *one.parameter.shape).double() for one in fusion.shared]


def drawn(fusion: Fusion) -> list[Tensor]:
    """The same, the tables being random too."""
    with torch.no_grad():
        for table in (*fusion.learned, *getattr(fusion, "importances", ())):
            table.normal_()
    return moves(fusion)


def places(parameter: Tensor) -> Iterator[tuple[int, ...]]:
    """The places of all its numbers."""
    return product(*map(range, parameter.shape))


def test_toy_numbers() -> None:
    importances = torch.tensor([[[3.0, 1.0]], [[1.0, 1.0]]])
    weights = fusion_weight("connections", importances, torch.full((2, 1, 2), 1e-3))
    close(weights, 1e-3 * torch.tensor([[[0.75, 0.25]], [[0.5, 0.5]]]))
    fused = fuse(torch.zeros(1, 2), TOY_CHANGES, weights, RoutedFusion.least)
    close(fused, torch.tensor([[1.8, -1 / 3]]))
    learned = torch.tensor([math.log(3), 0.0]).view(2, 1, 1).expand(2, 1, 2)
    fused = fuse(torch.zeros(1, 2), TOY_CHANGES, learned.sigmoid(), LogisticFusion.least)
    close(fused, torch.tensor([[1.8, 0.2]]))


@torch.no_grad()
def test_meta_gf_is_its_formula() -> None:
    torch.manual_seed(0)
    fusion = LogisticFusion(trunk(), TASKS)
    changes = drawn(fusion)
    fused = fusion.fused(changes)
    for one, moved, table in zip(fusion.shared, changes, fusion.learned, strict=True):
        for place in places(one.parameter):
            above, below = 0.0, 1e-10
            for k in range(3):
                weight = 1 / (1 + math.exp(-table[k][place[:2]].item()))
                above += weight * moved[k][place].item()
                below += weight
            expected = one.parameter[place].item() + above / below
            assert fused[one.name][place].item() == pytest.approx(expected, rel=1e-12)


@torch.no_grad()
def test_dr_mgf_is_its_formula() -> None:
    torch.manual_seed(1)
    fusion = RoutedFusion(trunk(), TASKS)
    changes = drawn(fusion)
    fused = fusion.fused(changes)
    tables = zip(fusion.shared, changes, fusion.importances, fusion.learned, strict=True)
    for one, moved, importances, scales in tables:
        for place in places(one.parameter):
            above, below = 0.0, 1e-20
            for k in range(3):
                weight, sizes = abs(scales[k][place[:2]].item()), importances[k].abs()
                row = sizes[place[0]] if one.kind == "connections" else sizes
                if one.kind in ("connections", "scale"):
                    weight *= sizes[place[:2]].item() / (row.sum().item() + 1e-10)
                if one.kind == "bias":
                    weight = 1.0
                above += weight * moved[k][place].item()
                below += weight
            expected = one.parameter[place].item() + above / below
            assert fused[one.name][place].item() == pytest.approx(expected, rel=1e-12)


def test_what_they_start_from() -> None:
    layers = trunk()
    logistic, routed = LogisticFusion(layers, TASKS), RoutedFusion(layers, TASKS)
    changes = moves(routed)
    for fusion in (logistic, routed):  # the plain mean
        for one, moved in zip(fusion.shared, changes, strict=True):
            close(fusion.fused(changes)[one.name], one.parameter + moved.mean(0))
    assert [one.name for one, _ in routed.routes] == ["0.weight", "2.weight"]
    close(routed.importances[0][1], layers[0].weight.flatten(2).norm(dim=2))
    assert routed.seen("a") == {}
    routed.routing = True
    for name, seen in routed.seen("a").items():  # at first a route changes next to nothing
        close(seen, layers.get_parameter(name), rtol=1e-3, atol=0)


def test_a_route_is_its_formula() -> None:
    torch.manual_seed(2)
    weight, importances = torch.randn(4, 3, 2, 2).double(), torch.randn(3, 4, 3).double()
    for task in range(3):
        routed = route(weight, importances, task)
        for o in range(4):
            for i in range(3):
                length = 0.0
                for k in range(3):
                    p = (
                        importances[k, o, i].abs()
                        / (1e-4 * importances[k, o].abs().sum() + 1) ** 0.75
                    )
                    length += (10 if k == task else 1) * p / 12
                kernel = weight[o, i]
                close(routed[o, i], kernel / kernel.square().sum().sqrt() * length)


def test_a_kernel_of_one_number_keeps_its_sign() -> None:
    weight = nn.Parameter(torch.tensor([[-2.0, 3.0]]))
    importances = torch.ones(2, 1, 2, requires_grad=True)
    routed = route(weight, importances, 0)
    assert routed.sign().tolist() == [[-1.0, 1.0]]
    routed.sum().backward()
    assert weight.grad.tolist() == [[0.0, 0.0]]
    assert importances.grad.abs().min() > 0
