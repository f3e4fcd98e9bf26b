"""The norms of a trunk, once for each task."""

import copy
from collections.abc import Sequence

from torch import nn

from gradsplit.training.methods.own_parts.per_task import PerTask, module_named

_NORMS = nn.modules.batchnorm._NormBase | nn.GroupNorm | nn.LayerNorm


def give_own_norms(trunk: nn.Module, modules: Sequence[str], tasks: Sequence[str]) -> list[str]:
    """Give each task copies of the norms below some modules, in place.

    Args:
        trunk: The trunk.
        modules: Names of its modules; "" is all of it.
        tasks: The tasks.

    Returns:
        The names of the norms.

    Raises:
        ModuleNameError: There is no such module.

    Example:
        >>> trunk = nn.Sequential(nn.BatchNorm2d(2), nn.GroupNorm(1, 2))
        >>> give_own_norms(trunk, [""], ["pose", "reid"])
        ['0', '1']
        >>> sum(one.numel() for one in trunk.parameters())
        16
    """
    inside = {id(one) for name in modules for one in module_named(trunk, name).modules()}
    norms = {
        name: one
        for name, one in trunk.named_modules()
        if id(one) in inside and isinstance(one, _NORMS)
    }
    for name, norm in norms.items():
        trunk.set_submodule(name, PerTask({task: copy.deepcopy(norm) for task in tasks}))
    return list(norms)
