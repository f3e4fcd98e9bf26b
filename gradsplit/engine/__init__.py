"""Attach a gradient mask to a network: three regimes, each exact against the reference."""

from importlib.metadata import version

from gradsplit.engine.oldest_torch import refuse_older

refuse_older(version("torch"))
