"""Trying things out in the middle of a training, and leaving no trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.training.optimizers import step_with

Rewind = Callable[[], None]
"""Puts everything back as it was, at once."""


@contextmanager
def untouched(network: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[Rewind]:
    """A block after which network, optimizer and random state are bit for bit as before.

    Restored are parameters, buffers, gradients, training modes, the optimizer's state and options,
    and torch's global generators (of the CPU and of the network's device).

    Args:
        network: May be changed in place inside, by an optimizer's step or by hand.
        optimizer: May make steps inside.

    Yields:
        A function that puts everything but the generators back at once, to try the next thing.

    Example:
        >>> layer = nn.Linear(1, 1)
        >>> before = layer.weight.item()
        >>> with untouched(layer, torch.optim.SGD(layer.parameters(), lr=1.0)):
        ...     _ = nn.init.zeros_(layer.weight)
        >>> layer.weight.item() == before
        True
    """
    parameters = list(network.parameters())
    tensors = [*parameters, *network.buffers()]
    values = [tensor.detach().clone() for tensor in tensors]
    # Nothing writes into a gradient that the optimizer was given: a reference will do.
    gradients = [parameter.grad for parameter in parameters]
    modes = [(module, module.training) for module in network.modules()]
    restore_optimizer = _snapshot(optimizer)

    def rewind() -> None:
        with torch.no_grad():
            for tensor, value in zip(tensors, values, strict=True):
                tensor.copy_(value)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        for module, mode in modes:
            module.training = mode
        restore_optimizer()

    device = parameters[0].device
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        for parameter in parameters:
            parameter.grad = None
        try:
            yield rewind
        finally:
            rewind()


def try_step(optimizer: torch.optim.Optimizer) -> None:
    """A step of some of an optimizer's parameters, those with a gradient; inside `untouched` only.

    Torch's fused SGD cannot step when some parameters have momentum and others have not yet, so
    that a plain implementation makes this step; the option is put back by `untouched`.
    """
    if isinstance(optimizer, torch.optim.SGD):
        for group in optimizer.param_groups:
            group["fused"] = False
    step_with(optimizer)


def _snapshot(optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    """A function that puts an optimizer's state and options back."""
    states = {
        parameter: {name: _copy(value) for name, value in state.items()}
        for parameter, state in optimizer.state.items()
    }
    options = [
        {name: value for name, value in group.items() if name != "params"}
        for group in optimizer.param_groups
    ]

    def restore() -> None:
        for parameter in list(optimizer.state):
            if parameter not in states:
                del optimizer.state[parameter]  # made by a first step that was only tried
        with torch.no_grad():
            for parameter, saved in states.items():
                now = optimizer.state[parameter]
                for name, value in saved.items():
                    if isinstance(value, Tensor):
                        now[name].copy_(value)
                    else:
                        now[name] = value
        for group, saved in zip(optimizer.param_groups, options, strict=True):
            group.update(saved)

    return restore


def _copy(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value
