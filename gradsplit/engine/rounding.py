"""How far apart gradients are, and how far they may be for rounding alone."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

# More than this is no rounding, whatever a network computes in lower precision.
_MOST_NOISE = 1e-5


def relative_errors(
    gradients: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> dict[str, float]:
    """Norm of the difference over the norm of what is wanted, by name.

    A gradient that is zero but for rounding (a bias before a BatchNorm) has no scale of its own, so
    the norm counts as at least a hundredth of the largest one. Where a difference is no
    number the error is infinite: a maximum passes over NaN.
    """
    norms = {name: float(value.norm()) for name, value in wanted.items()}
    least = max(norms.values()) / 100 or 1.0
    errors = {
        name: float((gradients[name] - value).norm()) / max(norms[name], least)
        for name, value in wanted.items()
    }
    return {name: math.inf if math.isnan(error) else error for name, error in errors.items()}


def rounding_of(parameter: Tensor) -> float:
    """The largest relative error that counts as rounding in a parameter's precision."""
    return {torch.float64: 1e-12, torch.float32: 1e-5}.get(parameter.dtype, 1e-2)


def noise_floor(losses: Sequence[Tensor], parameters: Mapping[str, nn.Parameter]) -> float:
    """How far plain gradients of the same losses are apart when they are summed in another order.

    Networks with parts in lower precision, such as norms that compute in float32, round where
    losses are summed before the backward pass otherwise than where their gradients are summed
    after it.

    Args:
        losses: The losses; their graphs are kept.
        parameters: The parameters by name.

    Returns:
        Ten times the largest relative difference, at most 1e-5.
    """

    def gradients(scaled: Sequence[Tensor]) -> dict[str, Tensor]:
        found = torch.autograd.grad(
            scaled, list(parameters.values()), retain_graph=True, allow_unused=True
        )
        return {
            name: torch.zeros_like(parameter) if gradient is None else gradient.to_dense()
            for (name, parameter), gradient in zip(parameters.items(), found, strict=True)
        }

    at_once = gradients(losses)
    parts = [gradients([loss * share]) for loss in losses for share in (1 / 3, 2 / 3)]
    one_by_one = {name: sum(part[name] for part in parts) for name in parameters}
    largest = max(relative_errors(one_by_one, at_once).values())  # type: ignore[arg-type]
    return min(10 * largest, _MOST_NOISE)
