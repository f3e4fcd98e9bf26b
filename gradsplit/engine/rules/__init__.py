"""Rules: what it means to divide a layer's parameters among tasks, one file a layer family.

A file holds the layout rule (which dimension of a parameter is its output channels) and how the
layer's function is computed in a mixed batch.
"""

from gradsplit.engine.rules import attention, conv, elementwise, embedding, libraries, linear, norm
from gradsplit.engine.rules.functions import Divided, register_function
from gradsplit.engine.rules.registry import Channels, Rule, find_rule, register_rule

__all__ = [
    "Channels",
    "Divided",
    "Rule",
    "attention",
    "conv",
    "elementwise",
    "embedding",
    "find_rule",
    "libraries",
    "linear",
    "norm",
    "register_function",
    "register_rule",
]
