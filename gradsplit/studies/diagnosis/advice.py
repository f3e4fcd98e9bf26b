"""What to do about a harm whose cause is known."""

from dataclasses import dataclass

from gradsplit.studies.diagnosis.causes import CAPACITY, DATA, SCALE, STAGE, UNFINISHED, Named
from gradsplit.studies.diagnosis.extra import Extra
from gradsplit.studies.diagnosis.interventions import Intervention
from gradsplit.training.methods.last_stage import LastStage
from gradsplit.training.methods.separate_moments import SeparateMoments


@dataclass(frozen=True)
class Recommendation:
    """What to do, and what it was measured to bring.

    Attributes:
        intervention: What it follows; None is training the two tasks apart.
        target: Change of the target's mean score against the pair as it was, a fraction.
        source: The same of the source's: what it costs, when negative.
        extra: Compute beside the pair's.
    """

    intervention: Intervention | None
    target: float
    source: float
    extra: Extra


def advice(named: Named, edge: tuple[str, str], one: Intervention | None = None) -> str:
    """One sentence for people.

    Args:
        named: What the diagnosis says.
        edge: (source, target).
        one: The intervention that is followed, where one is.

    Example:
        >>> from gradsplit.studies.diagnosis.interventions import withheld
        >>> edge = ("reid", "pose")
        >>> advice(Named("stage"), edge, withheld(edge, edge, ("layer4",), "withheld"))
        'split layer4 in equal shares: keep the gradient of reid from the share of pose.'
    """
    source, target = edge
    if named.cause is None and named.open:
        return "undecided: train more seeds before anything is changed."
    if named.cause == UNFINISHED:
        return "train longer before reading or acting on this relation."
    if named.cause == SCALE and one is not None and isinstance(one.method, SeparateMoments):
        return "give each task's gradients optimizer moments of their own."
    if named.cause == SCALE:
        return (
            f"turn the loss of {source} down; `gradsplit compare` with `tuned-weights` finds "
            "by how much."
        )
    if named.cause == CAPACITY:
        return f"widen the trunk; where that is too dear, train {target} without {source}."
    if named.cause == STAGE and one is not None:
        stages = " and ".join(one.stages)
        if isinstance(one.method, LastStage):
            return f"give {target} its own {stages}; that gains more than splitting it."
        return (
            f"split {stages} in equal shares: keep the gradient of {source} from the share of "
            f"{target}."
        )
    if named.cause == DATA:
        return (
            f"train {target} without {source}, or make their data more alike: the data of "
            f"{source} harm whatever is learned on them."
        )
    return f"train {target} without {source}: nothing that was tried removes the harm."
