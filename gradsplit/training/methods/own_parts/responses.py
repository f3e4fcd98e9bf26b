"""The axes of what layers respond to data: where a filter bank is cut out of a trained network."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn


def response_axes(
    trunk: nn.Module, layers: Mapping[str, tuple[nn.Module, Tensor, int]], inputs: Iterable[Tensor]
) -> dict[str, Tensor]:
    """The axes of what layers give, by the variance along them, largest first.

    Args:
        trunk: Evaluated as in use, and left as it was.
        layers: Name -> layer of the trunk, its weights [O, ...], groups of its outputs.
        inputs: Batches.

    Returns:
        Name -> [groups, O / groups, O / groups], in each group's columns the eigenvectors of the
        covariance of the layer's outputs over samples and places, which sum and products are kept
        of in float64. A layer that nobody calls has those of W W^T, as for white inputs.

    Example:
        >>> layer = nn.Linear(2, 2, bias=False)
        >>> with torch.no_grad(): _ = layer.weight.copy_(torch.diag(torch.tensor([1.0, 3.0])))
        >>> batch = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        >>> axes = response_axes(layer, {"only": (layer, layer.weight, 1)}, [batch])["only"]
        >>> axes[0].abs().tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    moments = {name: _Moments(*described) for name, described in layers.items()}
    training = [module for module in trunk.modules() if module.training]
    with ExitStack() as hooks, torch.no_grad():
        for name, (layer, _, _) in layers.items():
            hooks.callback(layer.register_forward_hook(moments[name].see).remove)
        trunk.eval()
        for batch in inputs:
            trunk(batch)
    for module in training:
        module.training = True
    return {name: of_layer.axes() for name, of_layer in moments.items()}


class _Moments:
    """Number, sum and products of a layer's outputs, by group."""

    def __init__(self, layer: nn.Module, weight: Tensor, groups: int) -> None:
        self._weight = weight.detach()
        self._channel = 1 if isinstance(layer, nn.modules.conv._ConvNd) else -1
        width = len(weight) // groups
        self._count, self._sum = 0, torch.zeros(groups, width, dtype=torch.float64)
        self._products = torch.zeros(groups, width, width, dtype=torch.float64)

    def see(self, layer: nn.Module, inputs: Any, outputs: Any) -> None:  # noqa: ARG002 - of hooks
        if not isinstance(outputs, Tensor):
            return  # Attention gives more than its projections.
        rows = outputs.movedim(self._channel, -1).reshape(-1, *self._sum.shape).double().cpu()
        self._count += len(rows)
        self._sum += rows.sum(0)
        self._products += torch.einsum("ngi,ngj->gij", rows, rows)

    def axes(self) -> Tensor:
        if self._count:
            mean = self._sum / self._count
            spread = self._products / self._count - mean[:, :, None] * mean[:, None]
        else:
            rows = self._weight.double().cpu().reshape(*self._sum.shape, -1)
            spread = rows @ rows.mT
        return torch.linalg.eigh(spread).eigenvectors.flip(2).to(self._weight)
