"""What kind of shared weight each parameter of a trunk is, and how branches of it are fused."""

import torch
from torch import nn

from gradsplit.training.methods.merged.shared_weights import fuse, shared_weights

close = torch.testing.assert_close


class Awkward(nn.Module):
    """A position table, a scale of residuals, a temperature, attention and a frozen layer."""

    def __init__(self) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(1, 7, 4))
        self.gamma = nn.Parameter(torch.ones(4))
        self.temperature = nn.Parameter(torch.tensor(1.0))
        self.weight = nn.Parameter(torch.tensor(1.0))
        self.attention = nn.MultiheadAttention(4, 2)
        self.norm = nn.LayerNorm(4)
        self.patches = nn.Conv2d(3, 4, 2)
        self.frozen = nn.Linear(4, 4).requires_grad_(False)


def test_every_parameter_has_a_kind() -> None:
    found = {one.name: (one.kind, one.table, one.routed) for one in shared_weights(Awkward())}
    assert found == {
        "positions": ("connections", (1, 7), False),
        "gamma": ("shift", (4,), False),
        "temperature": ("shift", (), False),
        "weight": ("shift", (), False),
        "attention.in_proj_weight": ("connections", (12, 4), False),
        "attention.in_proj_bias": ("bias", (12,), False),
        "attention.out_proj.weight": ("connections", (4, 4), True),
        "attention.out_proj.bias": ("bias", (4,), False),
        "norm.weight": ("scale", (4,), False),
        "norm.bias": ("shift", (4,), False),
        "patches.weight": ("connections", (4, 3), True),
        "patches.bias": ("bias", (4,), False),
    }


def test_limits_of_a_fusion() -> None:
    start, changes = torch.randn(4, 3, 2, 2), torch.randn(3, 4, 3, 2, 2)
    weights = torch.rand(3, 4, 3)
    close(fuse(start, changes, torch.ones(3, 4, 3), 1e-20), start + changes.mean(0))
    close(fuse(start, changes[:1], weights[:1], 1e-20), start + changes[0])
    weights[1] = 0
    two = fuse(start, changes[[0, 2]], weights[[0, 2]], 1e-20)
    close(fuse(start, changes, weights, 1e-20), two)
    assert torch.equal(fuse(start, changes, 0 * weights, 1e-20), start)
    alike = changes[:1].expand(3, -1, -1, -1, -1)
    close(fuse(start, alike, torch.rand(3, 4, 3), 1e-20), start + changes[0])


def test_a_connection_counts_for_all_of_its_kernel() -> None:
    changes, weights = torch.randn(2, 4, 3, 5), torch.rand(2, 4, 3)
    fused = fuse(torch.zeros(4, 3, 5), changes, weights, 0.0)
    for o in range(4):
        for i in range(3):
            (q, p), (ours, theirs) = weights[:, o, i], changes[:, o, i]
            close(fused[o, i], (q * ours + p * theirs) / (q + p))
