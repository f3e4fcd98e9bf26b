"""Rules: what it means to divide a layer's parameters among tasks, one file a layer family."""

from gradsplit.rules import conv, linear, norm
from gradsplit.rules.registry import Channels, Rule, find_rule, known_kinds, register_rule

__all__ = [
    "Channels",
    "Rule",
    "conv",
    "find_rule",
    "known_kinds",
    "linear",
    "norm",
    "register_rule",
]
