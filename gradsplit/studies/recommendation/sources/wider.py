"""One wider network, at what the inference budget allows: the plain cure for a narrow trunk."""

from collections.abc import Iterator

from gradsplit.errors import TaskSetError
from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.racing.race import SAME_COST


@register_source("at once")
def wider(known: Known) -> Iterator[Configuration]:
    """A width whose operations are about the budget: they grow with its square."""
    if known.inference <= SAME_COST:
        return
    factor = round(known.inference**0.5, 2)
    try:
        known.taskset.with_width(factor)
    except TaskSetError as wrong:
        known.left_out["wider network"] = str(wrong)
        return
    what = f"one network {factor:g} times as wide"
    yield Configuration(f"{MULTI_HEAD}, {factor:g} x width", what, width=factor)


@register_source("on the best balancing")
def balanced_wider(known: Known) -> Iterator[Configuration]:
    """The same on top of the best balancing."""
    for plain in wider(known):
        if known.balance:
            best = known.of_method(known.balance, f"{plain.what}, balanced by {known.balance}")
            name = f"{known.balance}, {plain.width:g} x width"
            yield Configuration(name, best.what, best.method, best.words, width=plain.width)
