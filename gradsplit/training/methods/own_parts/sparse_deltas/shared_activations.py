"""Activations that one pass through a trunk takes from another one of the same input."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from gradsplit.errors import GradSplitError

_LAYERS = (nn.Linear, nn.modules.conv._ConvNd)

OnCall = Callable[[nn.Module, Tensor], Tensor | None]
"""(layer, its input) -> what the layer gets instead, or None to leave it."""


@dataclass
class LayerCall:
    """A layer's call in a pass through a trunk.

    Attributes:
        layer: A linear or convolution layer.
        inputs: What it got.
        flops: Operations of the call, where they are counted.
    """

    layer: nn.Module
    inputs: Tensor
    flops: int = 0


@contextmanager
def _before_layers(trunk: nn.Module, act: OnCall) -> Iterator[None]:
    """Inside, `act` is asked before each call of a linear or convolution layer."""

    def hook(layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        instead = act(layer, inputs[0]) if inputs else None
        return None if instead is None else (instead, *inputs[1:])

    with ExitStack() as hooks:
        for layer in trunk.modules():
            if isinstance(layer, _LAYERS):
                hooks.callback(layer.register_forward_pre_hook(hook).remove)
        yield


@contextmanager
def listened(trunk: nn.Module, counter: FlopCounterMode | None = None) -> Iterator[list[LayerCall]]:
    """Inside, the calls of linear and convolution layers are written down, in their order.

    Args:
        trunk: Whose layers.
        counter: Counts operations already.
    """
    calls: list[LayerCall] = []
    running: list[tuple[LayerCall, int]] = []

    def note(layer: nn.Module, inputs: Tensor) -> None:
        calls.append(LayerCall(layer, inputs))
        if counter is not None:
            running.append((calls[-1], counter.get_total_flops()))

    def ended(*_: object) -> None:
        if counter is not None:
            call, before = running.pop()
            call.flops = counter.get_total_flops() - before

    with _before_layers(trunk, note), ExitStack() as hooks:
        for layer in trunk.modules():
            if isinstance(layer, _LAYERS):
                hooks.callback(layer.register_forward_hook(ended).remove)
        yield calls


@contextmanager
def taking_over(
    trunk: nn.Module, calls: Sequence[LayerCall], threshold: float
) -> Iterator[list[Tensor]]:
    """Inside, layers get another pass's inputs where their own differ by no more than a threshold.

    Args:
        trunk: Whose layers.
        calls: Of the other pass.
        threshold: In units of the activations.

    Yields:
        For each call, the share of its inputs that stayed its own.
    """
    own: list[Tensor] = []

    def mixed(layer: nn.Module, inputs: Tensor) -> Tensor:
        theirs = same_call(calls, len(own), layer, inputs).inputs
        different = (inputs - theirs).abs() > threshold
        own.append(different.double().mean())
        return torch.where(different, inputs, theirs)

    with _before_layers(trunk, mixed):
        yield own


def mean_difference(ours: Sequence[LayerCall], theirs: Sequence[LayerCall]) -> Tensor:
    """The mean absolute difference of the inputs of all calls of two passes, 0 without calls."""
    total, numbers = torch.zeros(()), 0
    for number, own in enumerate(ours):
        across = same_call(theirs, number, own.layer, own.inputs)
        total = total.to(own.inputs) + (own.inputs - across.inputs).abs().sum()
        numbers += own.inputs.numel()
    return total / max(1, numbers)


def same_call(
    calls: Sequence[LayerCall], number: int, layer: nn.Module, inputs: Tensor
) -> LayerCall:
    """Another pass's call of the same number.

    Raises:
        GradSplitError: The other pass went another way.
    """
    call = calls[number] if number < len(calls) else None
    if call is None or call.layer is not layer or call.inputs.shape != inputs.shape:
        raise GradSplitError(
            "Activations can be shared only by passes that call the same layers in the same order "
            "with inputs of the same shape, and the trunk's way depends on its weights at "
            f"`{type(layer).__name__}`."
        )
    return call
