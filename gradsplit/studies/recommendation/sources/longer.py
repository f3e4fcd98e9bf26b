"""Twice the steps: where training stopped too early, nothing else need be changed."""

from collections.abc import Iterator

from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration

FACTOR = 2
LONGER = f"{MULTI_HEAD}, {FACTOR} x steps"


@register_source("at once")
def longer(known: Known) -> Iterator[Configuration]:  # noqa: ARG001 - every task set can
    """Plain training for longer."""
    yield Configuration(LONGER, f"one network {FACTOR} times as long", steps=FACTOR)
