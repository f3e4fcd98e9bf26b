"""The distance from a teacher's features: toy numbers, and restated a position at a time."""

import pytest
import torch

from gradsplit.training.methods.distilled.feature_distance import FeatureDistance, distance

close = torch.testing.assert_close


def vector(*values: float) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (vector(1, 0), vector(1, 0), 0.0),
        (vector(1, 0), vector(7, 0), 0.0),  # whatever the length
        (vector(0, 3), vector(0, -3), 4.0),
        (vector(1, 0), vector(1, 1) / 2**0.5, 0.585786),
    ],
)
def test_toy_numbers(ours: torch.Tensor, theirs: torch.Tensor, expected: float) -> None:
    assert distance(ours, theirs).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "shape", [(2, 5, 3, 4), (2, 5), (2, 3, 5)], ids=["picture", "vector", "tokens"]
)
def test_it_is_its_formula(shape: tuple[int, ...]) -> None:
    """Restated; on random tensors it was also held against the authors' lines of KD4MTL."""
    torch.manual_seed(0)
    ours, theirs = torch.randn(2, 2, *shape).double()
    module = FeatureDistance(list(theirs))
    total = 0.0
    for layer, mine, taught in zip(module.maps, ours, theirs, strict=True):
        if len(shape) == 4:
            mine, taught = mine.permute(0, 2, 3, 1), taught.permute(0, 2, 3, 1)
        places = list(zip(mine.reshape(-1, 5), taught.reshape(-1, 5), strict=True))
        for f, g in places:
            mapped = layer.weight @ f
            u, v = (w / (w.square().sum() + 1e-6).sqrt() for w in (mapped, g))
            total = total + (u - v).square().sum() / len(places)
    close(module(list(ours), list(theirs)), torch.as_tensor(total))


def test_what_is_learned_are_the_maps_alone() -> None:
    torch.manual_seed(0)
    ours, theirs = torch.randn(2, 4, 3)
    module = FeatureDistance([theirs])
    ours.requires_grad_()
    module([ours], [theirs]).backward()
    assert ours.grad is not None
    assert [tuple(one.shape) for one in module.parameters()] == [(3, 3)]
    assert all(one.grad is not None for one in module.parameters())
