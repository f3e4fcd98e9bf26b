"""Linear layers: one owner an output feature."""

from collections.abc import Mapping

from torch import nn

from gradsplit.rules.registry import Channels, register_rule


@register_rule(nn.Linear)
def linear(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [out, in] and bias [out]."""
    count = int(module.out_features)  # type: ignore[arg-type]
    return {"weight": Channels(count), "bias": Channels(count)}
