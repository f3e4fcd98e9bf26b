"""The register of rules: which dimension of a layer's parameters is its output channels.

A rule is a function `rule(module) -> {parameter name: Channels}` for the parameters that lie in the
module; a dotted name is one of a submodule and comes before that submodule's own rule. It is found
by the module's type, walking up its bases, or by the qualified name of the type, for layers of
libraries that are not imported here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray
from torch import nn


@dataclass(frozen=True)
class Channels:
    """Where the output channels of a layer lie in one of its parameters.

    Attributes:
        count: Output channels of the layer: one owner each.
        dim: Dimension of the parameter that holds them.
        repeat: How often the channels follow each other in that dimension (3 for q, k, v packed).
        groups: Groups of a transposed convolution, whose weight [inputs, count / groups, ...] holds
            the output channels of group g in the g-th part of its first dimension.
    """

    count: int
    dim: int = 0
    repeat: int = 1
    groups: int = 1

    def owner_map(self, owner: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Owners in a shape that broadcasts against the parameter.

        Args:
            owner: Owner of each channel, shape [count].
            shape: Shape of the parameter.

        Returns:
            Shape with as many dimensions as the parameter, 1 where the owner does not vary.
        """
        if self.groups > 1:
            rows = owner.reshape(self.groups, self.count // self.groups)
            rows = np.repeat(rows, shape[0] // self.groups, axis=0)
            return rows.reshape(rows.shape + (1,) * (len(shape) - 2))
        dim = self.dim % len(shape)
        ones = [1] * len(shape)
        ones[dim] = self.count * self.repeat
        return np.tile(owner, self.repeat).reshape(ones)


def along(owner: NDArray[np.int64], dim: int) -> NDArray[np.int64] | None:
    """The owner of each index of one dimension, or of a vector; None if others vary too.

    Example:
        >>> along(np.array([[0], [1]]), 0)
        array([0, 1])
    """
    return owner.ravel() if owner.ndim == 1 or owner.size == owner.shape[dim] else None


Rule = Callable[[nn.Module], Mapping[str, Channels]]

_RULES: dict[type | str, Rule] = {}


def register_rule(*kinds: type | str) -> Callable[[Rule], Rule]:
    """Register a rule for layer types.

    Args:
        kinds: Types, or patterns of qualified names such as "timm.*LayerScale". Subclasses follow
            unless they have a rule of their own. Later rules come before earlier ones.

    Example:
        >>> import torch
        >>> class Scale(nn.Module):
        ...     def __init__(self, channels: int) -> None:
        ...         super().__init__()
        ...         self.gamma = nn.Parameter(torch.ones(channels))
        >>> @register_rule(Scale)
        ... def scale(module):
        ...     return {"gamma": Channels(module.gamma.shape[0])}
        >>> find_rule(Scale(4))(Scale(4))
        {'gamma': Channels(count=4, dim=0, repeat=1, groups=1)}
    """

    def register(rule: Rule) -> Rule:
        for kind in kinds:
            _RULES[kind] = rule
        return rule

    return register


_NAMED: list[tuple[Sequence[str], str, int | None]] = []


def register_names(kinds: Sequence[str], names: str, dim: int | None) -> None:
    """Register parameters of libraries that are known by their names, for layers without a rule.

    Args:
        kinds: Patterns of qualified names of layer types; subclasses follow.
        names: Patterns of names of parameters, separated by spaces.
        dim: The dimension of their channels; None: the only one that is not 1.

    Example:
        >>> register_names(["mine.*Block"], "gamma_?", None)
    """
    _NAMED.extend((kinds, name, dim) for name in names.split())


def named_channels(module: nn.Module) -> dict[str, Channels]:
    """Channels of a module's own parameters that are known by their names; the last counts."""
    channels = {}
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(module).__mro__]
    for patterns, name, dim in _NAMED:
        if not any(fnmatchcase(kind, pattern) for kind in kinds for pattern in patterns):
            continue
        for key, parameter in module._parameters.items():
            if parameter is not None and parameter.numel() > 1 and fnmatchcase(key, name):
                channels[key] = _by_name(parameter.shape, dim)
    return {key: known for key, known in channels.items() if known is not None}


def _by_name(shape: Sequence[int], dim: int | None) -> Channels | None:
    if dim is not None:
        return Channels(shape[dim], dim=dim) if len(shape) > dim else None
    long = [at for at, size in enumerate(shape) if size > 1]
    return Channels(shape[long[0]], dim=long[0]) if len(long) == 1 else None


def find_rule(module: nn.Module) -> Rule | None:
    """The rule of a module's type or of the nearest base that has one, else None."""
    for kind in type(module).__mro__:
        if kind in _RULES:
            return _RULES[kind]
        name = f"{kind.__module__}.{kind.__qualname__}"
        for key, rule in reversed(_RULES.items()):
            if isinstance(key, str) and fnmatchcase(name, key):
                return rule
    return None
