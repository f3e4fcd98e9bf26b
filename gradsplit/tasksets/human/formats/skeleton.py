"""The sixteen joints that MPII and LIP both label, in the order of both."""

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.poses import JOINTS


def _other_side(name: str) -> str:
    """The joint that this one becomes in the mirror."""
    side, _, rest = name.partition(" ")
    return f"{ {'right': 'left', 'left': 'right'}[side] } {rest}" if side in SIDES else name


SIDES = ("right", "left")
MIRRORED: NDArray[np.intp] = np.array([JOINTS.index(_other_side(name)) for name in JOINTS], np.intp)
"""[16] the joint that each of `JOINTS` becomes when the picture is mirrored."""
