"""Losses of human image analysis, one file a task.

Each is about 1 for an untrained network's guess of nothing, but for cross-entropies, which are the
logarithm of what there is to choose from. No weight of a task is needed to bring them together.
"""

from gradsplit.losses.attribute import weighted_cross_entropy
from gradsplit.losses.parsing import pixel_cross_entropy
from gradsplit.losses.pose import heat_map_error
from gradsplit.losses.reid import batch_hard_triplet, reid_loss

__all__ = [
    "batch_hard_triplet",
    "heat_map_error",
    "pixel_cross_entropy",
    "reid_loss",
    "weighted_cross_entropy",
]
