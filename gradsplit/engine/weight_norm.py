"""Weights that are computed from other parameters: weight norm.

Direction and length of a filter belong to that filter, so both have its owner. Parametrisations
that couple filters (spectral norm, orthogonal weights) have no rule: the update of one filter would
depend on gradients of the others.
"""

from collections.abc import Mapping

from torch import nn
from torch.nn.utils import parametrizations
from torch.nn.utils.parametrize import ParametrizationList
from torch.nn.utils.weight_norm import WeightNorm

from gradsplit.engine.channels import Channels


def weight_norm_channels(module: nn.Module, given: Mapping[str, Channels]) -> dict[str, Channels]:
    """Channels of the parameters behind a layer's weights, by name below the layer.

    Args:
        module: The layer.
        given: Channels of its weights, as its rule says.
    """
    behind_weights: dict[str, Channels] = {}
    lists = getattr(module, "parametrizations", None)
    for name, behind in lists.items() if isinstance(lists, nn.ModuleDict) else ():
        channels = given.get(name)
        if channels is not None and _is_weight_norm(behind, channels):
            key = f"parametrizations.{name}.original"
            behind_weights |= {f"{key}0": channels, f"{key}1": channels}
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm):
            channels = given.get(hook.name)
            if channels is not None and hook.dim == channels.dim and channels.groups == 1:
                behind_weights |= {f"{hook.name}_g": channels, f"{hook.name}_v": channels}
    return behind_weights


def _is_weight_norm(behind: nn.Module, channels: Channels) -> bool:
    """Whether this is one weight norm a filter and nothing else."""
    if not isinstance(behind, ParametrizationList) or len(behind) != 1 or channels.groups != 1:
        return False
    only = behind[0]
    return isinstance(only, parametrizations._WeightNorm) and only.dim == channels.dim
