"""A last stage for each task, whole or of a low rank, alone and on top of the best balancing."""

from collections.abc import Iterator

from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import Configuration

OWN = {
    "last-stage": "one network with a last stage for each task",
    "lora-stage": "one network with low-rank changes of the last stage for each task",
}


@register_source("at once")
def own_stage(known: Known) -> Iterator[Configuration]:
    """Own last stages by themselves."""
    for words, what in _possible(known).items():
        yield known.of_method(words, what)


@register_source("on the best balancing")
def balanced_own_stage(known: Known) -> Iterator[Configuration]:
    """The same on top of the best balancing."""
    for words, what in _possible(known).items():
        if known.balance:
            yield known.of_method(known.balanced(words), f"{what}, balanced by {known.balance}")


def _possible(known: Known) -> dict[str, str]:
    if known.taskset.split_modules:
        return OWN
    why = "the task set names no split modules"
    known.left_out.update(dict.fromkeys(OWN, why))
    return {}
