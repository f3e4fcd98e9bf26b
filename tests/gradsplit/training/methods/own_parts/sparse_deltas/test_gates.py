"""Gates: toy numbers, and the gradients that the authors' code writes out."""

import pytest
import torch
from torch import Tensor

from gradsplit.training.methods.own_parts.sparse_deltas.gates import (
    Gates,
    chance_open,
    drawn,
    settled,
)

close = torch.testing.assert_close
ALPHA = torch.tensor([5.0, 0.0, -5.0])


def written_out(alpha: Tensor) -> tuple[Tensor, Tensor]:
    """z and dz/dalpha as a product of factors, from the same draws."""
    uniform = torch.rand_like(alpha).clamp(1e-4, 1 - 1e-4)
    s = torch.sigmoid(torch.logit(uniform) + alpha)
    stretched = 3 * s - 1.5
    inside = (stretched > 0) & (stretched < 1)
    return stretched.clamp(0, 1), 3 * s * (1 - s) * inside


def test_toy_numbers() -> None:
    close(chance_open(ALPHA), torch.tensor([0.993307, 0.5, 0.006693]), atol=1e-6, rtol=0)
    assert settled(ALPHA).tolist() == [1, 0, 0]


@pytest.mark.parametrize("alpha", [5.0, 0.5, -3.0])
def test_drawn_gates_and_their_gradients(alpha: float) -> None:
    alphas = torch.full((1000,), alpha, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(0)
    wanted, slope = written_out(alphas.detach())
    torch.manual_seed(0)
    gates = drawn(alphas)
    gates.sum().backward()
    close(gates.detach(), wanted, rtol=1e-12, atol=1e-12)
    close(alphas.grad, slope, rtol=1e-9, atol=1e-12)
    assert ((gates > 0).double().mean() - torch.sigmoid(torch.tensor(alpha))).abs() < 0.03


def test_a_number_is_let_through_by_its_gate_and_its_tensors() -> None:
    gates = Gates([torch.zeros(2), torch.zeros(1, 2)])
    gates.of_numbers[0].data = torch.tensor([5.0, -5.0])
    gates.of_tensors[1].data.fill_(-5.0)
    assert [one.tolist() for one in gates.settled()] == [[1, 0], [[0, 0]]]
    draws = torch.stack([gates.drawn()[0] for _ in range(100)])
    assert (draws[:, 0] > draws[:, 1]).double().mean() > 0.9


def test_the_price_counts_gates_of_both_kinds() -> None:
    gates = Gates([torch.zeros(2, 3), torch.zeros(4)], initial=5.0)
    close(gates.price(), torch.tensor(0.993307 * (6 + 4 + 2) / 10), atol=1e-6, rtol=0)
