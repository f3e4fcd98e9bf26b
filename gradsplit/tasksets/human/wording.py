"""What the data sets label, in one wording, so that networks are scored on another one's data.

Joints and classes are called alike by all readers. Attributes are called by each data set as it
likes; those of two data sets that mean the same are one here. Only what the names themselves say is
taken as the same: `UpperSplice` or `bag` are not guessed at.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.records import AttributeRecords, Records, ReidRecords

# One wording -> PA-100K, the attributes of Market-1501, RAP 1 and 2, PETA.
_SAME = {
    "female": ("Female", "female", "Femal"),
    "hat": ("Hat", "hat", "hs-Hat", "accessoryHat"),
    "glasses": ("Glasses", "hs-Glasses"),
    "long hair": ("long hair", "hs-LongHair", "hairLong"),
    "backpack": ("Backpack", "backpack", "attach-Backpack", "carryingBackpack"),
    "handbag": ("HandBag", "handbag", "attach-HandBag"),
    "shoulder bag": ("ShoulderBag", "attach-SingleShoulderBag"),
    "short sleeves": ("ShortSleeve", "short sleeves", "ub-ShortSleeve", "upperBodyShortSleeve"),
    "shorts": ("Shorts", "lowerBodyShorts"),
}
_WORDING = {name: wording for wording, names in _SAME.items() for name in names}


def worded(records: Records) -> tuple[str, ...]:
    """The names of what a head for these records gives; none for re-identification.

    Example:
        >>> known = np.zeros((0, 3), bool)
        >>> worded(AttributeRecords((), known, ("hs-Hat", "attach-Backpack", "lb-Jeans")))
        ('hat', 'backpack', 'lb-Jeans')
    """
    if isinstance(records, ReidRecords):
        return ()
    if not isinstance(records, AttributeRecords):
        return tuple(records.names)
    return tuple(_WORDING.get(name, name) for name in records.names)


def places_of(outputs: Sequence[str], names: Sequence[str]) -> NDArray[np.intp]:
    """The places of some outputs among all.

    Args:
        outputs: Some of `names`, in the same order; all of them may have a name twice.
        names: Of all outputs.

    Raises:
        TaskSetError: An output is none, or is named twice among all; all at once.

    Example:
        >>> places_of(["neck", "left ankle"], ["neck", "head top", "left ankle"])
        array([0, 2])
    """
    if tuple(outputs) == tuple(names):
        return np.arange(len(names))
    wrong = [name for name in outputs if list(names).count(name) != 1]
    if wrong:
        raise TaskSetError(
            f"Outputs must be named once among {', '.join(names)}; {', '.join(wrong)} are not."
        )
    return np.array([list(names).index(name) for name in outputs], np.intp)


def mirrored_among(mirrored: NDArray[np.intp], kept: NDArray[np.intp]) -> NDArray[np.intp]:
    """What some outputs become in the mirror, by their places among themselves.

    Args:
        mirrored: What each of all outputs becomes.
        kept: Places of those that are left.

    Raises:
        TaskSetError: One becomes an output that is left out.

    Example:
        >>> mirrored_among(np.array([0, 2, 1]), np.array([1, 2]))
        array([1, 0])
    """
    there = {int(place): number for number, place in enumerate(kept)}
    turned = [int(mirrored[place]) for place in kept]
    if any(place not in there for place in turned):
        raise TaskSetError(
            "The network knows one of two sides only, so that its picture cannot be turned: score "
            "with flip_test=false."
        )
    return np.array([there[place] for place in turned], np.intp)
