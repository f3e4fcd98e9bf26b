"""The slow way of mode="feature": hooks on the split layers' outputs, one backward pass a task.

It knows nothing of the graph: which dimension holds the channels is said by the layer's type.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError

_CHANNELS_LAST = (nn.Linear, nn.Bilinear, nn.Embedding)
_CHANNELS_SECOND = (
    nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
    nn.GroupNorm, nn.modules.batchnorm._NormBase,
)  # fmt: skip


class MaskedOutputs:
    """Hooks that mask the gradient of what each split layer gives, for one task at a time.

    Args:
        model: The network.
        split: What is split, and the mask.

    Raises:
        NotExactError: The type of a split layer does not say where its output channels lie.
    """

    def __init__(self, model: nn.Module, split: GradSplit) -> None:
        self._split = split
        self._row: NDArray[np.bool_] | None = None
        self._called: set[str] = set()
        self._layers: dict[str, tuple[nn.Module, NDArray[np.int64], int | None]] = {}
        owners = {id(entry.parameter): entry.owner for entry in split.entries}
        for name, layer in model.named_modules():
            held = [owners[id(p)] for p in layer._parameters.values() if id(p) in owners]
            if held:
                dim = _channel_dim(name, layer)
                self._layers[name] = layer, _channel_owner(layer, held), dim

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Inside, forward passes are prepared for `gradients`."""
        handles = [
            layer.register_forward_hook(self._hook(name, owner, dim))
            for name, (layer, owner, dim) in self._layers.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()
        never = sorted(set(self._layers) - self._called)
        if never:
            raise NotExactError(
                f"`{never[0]}` is not called: its parameters are used elsewhere, and the reference "
                "of mode='feature' knows outputs of layers that are called. Call the layer, or "
                "leave it out of the split modules."
            )

    def gradients(
        self, losses: Mapping[str, Tensor], parameters: Mapping[str, nn.Parameter]
    ) -> dict[str, Tensor]:
        """The sum over tasks of what their losses send through the channels they may update.

        Args:
            losses: A scalar loss a task, of forward passes inside `watching`; graphs are kept.
            parameters: The parameters to differentiate by, by name.
        """
        totals = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        for task, loss in losses.items():
            self._row = self._split.may_update[self._split.tasks.index(task)]
            with self._split.unmasked():
                of_task = torch.autograd.grad(
                    loss, list(parameters.values()), retain_graph=True, allow_unused=True
                )
            self._row = None
            for name, gradient in zip(totals, of_task, strict=True):
                if gradient is not None:
                    totals[name] = totals[name] + gradient.to_dense()
        return totals

    def _hook(self, name: str, owner: NDArray[np.int64], dim: int | None) -> Callable[..., None]:
        def mask(gradient: Tensor, dim: int) -> Tensor | None:
            if self._row is None:
                return None
            shape = [1] * gradient.ndim
            shape[dim] = len(owner)
            allowed = torch.from_numpy(self._row[owner]).to(gradient.device).reshape(shape)
            return torch.where(allowed, gradient, torch.zeros_like(gradient))

        def prepare(module: nn.Module, inputs: object, output: Tensor) -> None:  # noqa: ARG001
            self._called.add(name)
            if output.requires_grad:
                at = _of_length(name, output, len(owner)) if dim is None else dim
                output.register_hook(partial(mask, dim=at))

        return prepare


def _channel_owner(layer: nn.Module, held: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The owner of each output channel: that of the bias, or of the weight if there is none."""
    owner = min(held, key=lambda owner: owner.ndim)
    if isinstance(layer, nn.modules.conv._ConvTransposeNd) and owner.ndim > 1:
        # Rows of the weight are inputs: those of one group are alike.
        owner = owner[:: max(1, len(owner) // layer.groups)]
    return owner.ravel()


def _of_length(name: str, output: Tensor, channels: int) -> int:
    """The dimension of the channels by their number: the second or the last."""
    dims = [dim for dim in {1, output.ndim - 1} if output.shape[dim] == channels]
    if len(dims) == 1:
        return dims[0]
    raise NotExactError(
        f"The reference of mode='feature' does not know where the {channels} channels of `{name}` "
        f"lie in its output of shape {tuple(output.shape)}. Check with another size of input."
    )


def _channel_dim(name: str, layer: nn.Module) -> int | None:
    if isinstance(layer, nn.LayerNorm):
        # A subclass may turn maps around: LayerNorm2d of timm and torchvision.
        plain = type(layer).forward is nn.LayerNorm.forward
        return -len(layer.normalized_shape) if plain else None
    if isinstance(layer, _CHANNELS_LAST):
        return -1
    if isinstance(layer, _CHANNELS_SECOND):
        return 1
    raise NotExactError(
        f"`{name}` is a {type(layer).__name__}: the reference of mode='feature' does not know "
        "where its output channels lie. Check the network without it in the split modules."
    )
