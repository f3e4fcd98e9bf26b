"""What to do about a harm whose cause is known."""

from collections.abc import Sequence

from gradsplit.diagnose.causes import CAPACITY, SCALE, STAGE, UNFINISHED, Named


def advice(named: Named, edge: tuple[str, str], stages: Sequence[str] = ()) -> str:
    """One sentence for people.

    Args:
        named: What the diagnosis says.
        edge: (source, target).
        stages: The stages whose split removes the harm, where one does.

    Example:
        >>> advice(Named("stage"), ("reid", "pose"), ("layer4",))
        'split layer4 with the mask: keep the gradient of reid from the share of pose.'
    """
    source, target = edge
    if named.cause is None and named.open:
        return "undecided: train more seeds before anything is changed."
    return {
        UNFINISHED: "train longer before reading or acting on this relation.",
        SCALE: f"turn the loss of {source} down; `gradsplit compare` with `tuned-weights` finds "
        "by how much.",
        CAPACITY: f"widen the trunk; where that is too dear, train {target} without {source}.",
        STAGE: f"split {' and '.join(stages)} with the mask: keep the gradient of {source} from "
        f"the share of {target}.",
        None: f"train {target} without {source}: nothing that was tried removes the harm.",
    }[named.cause]
