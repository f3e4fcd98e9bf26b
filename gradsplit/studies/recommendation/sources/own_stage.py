"""A last stage for each task, whole or of a low rank, alone and on top of the best balancing."""

from collections.abc import Iterator

from gradsplit.errors import GradSplitError
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
    """Those that can be built; low-rank changes where they are smaller than what they change."""
    if not known.taskset.split_modules:
        known.left_out.update(dict.fromkeys(OWN, "the task set names no split modules"))
        return {}
    try:
        sizes = {words: known.costs.of(known.of_method(words, "")) for words in OWN}
    except GradSplitError:
        return OWN  # the race says why they cannot take part
    if sizes["lora-stage"].parameters >= sizes["last-stage"].parameters:
        known.left_out["lora-stage"] = "a whole last stage for each task has fewer parameters here"
        return {"last-stage": OWN["last-stage"]}
    return OWN
