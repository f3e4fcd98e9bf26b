"""Losses of human image analysis, one file a task.

Untrained networks start at losses of one order of magnitude: 1 for pose, about 1 for attributes,
the logarithm of the number of classes for parsing (3.0 of 20) and of identities for reid (6.6 of
751, and the triplet's margin). No weight of a task is needed to bring them together.
"""

from gradsplit.tasksets.parts.losses.attribute import weighted_cross_entropy
from gradsplit.tasksets.parts.losses.parsing import pixel_cross_entropy
from gradsplit.tasksets.parts.losses.pose import heat_map_error
from gradsplit.tasksets.parts.losses.reid import batch_hard_triplet, reid_loss

__all__ = [
    "batch_hard_triplet",
    "heat_map_error",
    "pixel_cross_entropy",
    "reid_loss",
    "weighted_cross_entropy",
]
