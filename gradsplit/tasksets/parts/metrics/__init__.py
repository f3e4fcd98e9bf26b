"""Metrics of human image analysis, on numpy arrays; higher is better for all of them."""

from gradsplit.tasksets.parts.metrics.attributes import mean_accuracy
from gradsplit.tasksets.parts.metrics.keypoints import KeyPoints, pck
from gradsplit.tasksets.parts.metrics.parsing import iou_by_class, label_counts, mean_iou
from gradsplit.tasksets.parts.metrics.retrieval import Retrieval, retrieval

__all__ = [
    "KeyPoints",
    "Retrieval",
    "iou_by_class",
    "label_counts",
    "mean_accuracy",
    "mean_iou",
    "pck",
    "retrieval",
]
