"""Rules: what it means to divide a layer's parameters among tasks, one file a layer family.

A file says which dimension of a parameter is the output channels (`register_rule`), how the layer's
function is computed in a mixed batch (`register_function`), and what its node in the autograd graph
is (`register_node`). Every file in this folder is loaded; nothing else lists them.
"""

from importlib import import_module
from pkgutil import iter_modules

from gradsplit.engine.channels import (
    Channels,
    Rule,
    find_rule,
    named_channels,
    register_names,
    register_rule,
)
from gradsplit.engine.layer_functions import attach_gradients, masked_layer, register_function
from gradsplit.engine.layer_nodes import LayerNode, register_node
from gradsplit.engine.mixed_batch import MixedBatch, OwnedTensor

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")

__all__ = [
    "Channels",
    "LayerNode",
    "MixedBatch",
    "OwnedTensor",
    "Rule",
    "attach_gradients",
    "find_rule",
    "masked_layer",
    "named_channels",
    "register_function",
    "register_names",
    "register_node",
    "register_rule",
]
