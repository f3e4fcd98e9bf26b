"""Calls of functions of torch, as a mode sees them, and the tensors in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import resolve_name


class Call(NamedTuple):
    """A call of a function of torch, with its arguments."""

    func: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]


def function_name(func: Callable[..., Any]) -> str:
    """The name of a function of torch, for messages."""
    return resolve_name(func) or getattr(func, "__name__", repr(func))


def mapped(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """Arguments or results with every tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple) and not isinstance(value, torch.Size):
        items = [mapped(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def tensors_in(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among arguments or results."""
    tensors: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, list | tuple):
            tensors += tensors_in(value)
    return tensors
