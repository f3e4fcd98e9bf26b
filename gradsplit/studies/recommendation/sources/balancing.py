"""Balancing methods that need no search: they cost nothing at inference and no runs before."""

from collections.abc import Iterator

from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import Configuration

FREE = {
    "db-mtl": "with logarithms of the losses and the tasks' gradients at one length",
    "nash-mtl": "with the tasks' gradients combined by a Nash bargain",
    "fairgrad": "with the tasks' gradients combined so that gains are shared fairly",
    "imtl-g": "with the tasks' gradients combined to an equal share along each",
    "equal-norm": "with the tasks' gradients at one mean length",
}
"""Those that led on at least one set of reports/balancing; others are asked for by name."""


@register_source("at once")
def balancing(known: Known) -> Iterator[Configuration]:
    """The balancing methods that have won before."""
    for words, what in FREE.items():
        yield known.of_method(words, f"one network {what}")
