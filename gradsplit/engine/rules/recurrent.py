"""Recurrent layers: one owner a hidden unit, with all its gates."""

from collections.abc import Mapping

from torch import nn

from gradsplit.engine.channels import Channels, register_rule

_GATES = {nn.LSTM: 4, nn.GRU: 3, nn.RNN: 1, nn.LSTMCell: 4, nn.GRUCell: 3, nn.RNNCell: 1}


@register_rule(*_GATES)
def recurrent(module: nn.Module) -> Mapping[str, Channels]:
    """Weights and biases [gates x hidden, ...] of all layers; projections [out, ...]."""
    gates = next(count for kind, count in _GATES.items() if isinstance(module, kind))
    hidden = Channels(int(module.hidden_size), repeat=gates)  # type: ignore[arg-type]
    return {
        name: Channels(len(parameter)) if name.startswith("weight_hr") else hidden
        for name, parameter in module._parameters.items()
        if parameter is not None
    }
