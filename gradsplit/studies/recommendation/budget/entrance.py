"""Which of the candidates that are offered can take part within the budgets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.racing.race import SAME_COST

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.budget.limits import Limits
    from gradsplit.studies.recommendation.candidate_source import Known
    from gradsplit.studies.recommendation.configuration import Configuration


def admitted(
    offered: "Sequence[Configuration]", known: "Known", limits: "Limits", room: int, seeds: int
) -> "list[Configuration]":
    """Those that the budgets allow, each once; `known.left_out` says why others do not take part.

    Args:
        offered: In the order in which they get room.
        known: What is known so far.
        limits: How many trainings there may be.
        room: Trainings that may still be made.
        seeds: How many seeds each is trained on at once.
    """
    taking: dict[str, Configuration] = {}
    for one in offered:
        if one.name in taking:
            continue
        try:
            _check_affordable(known, one)
        except GradSplitError as wrong:
            known.left_out[one.name] = str(wrong).partition("\n")[0]
            continue
        price = seeds * one.trainings
        if price > room:
            known.left_out[one.name] = limits.no_room
            continue
        room -= price
        taking[one.name] = one
    return list(taking.values())


def _check_affordable(known: "Known", one: "Configuration") -> None:
    """Refuse what costs too much at inference.

    Raises:
        GradSplitError: It costs more than is allowed, or cannot be built.
    """
    operations = known.costs.of(one).operations
    if operations > SAME_COST * known.inference:
        raise GradSplitError(
            f"takes {operations:.1f} times the operations at inference, above {known.inference:g}"
        )
