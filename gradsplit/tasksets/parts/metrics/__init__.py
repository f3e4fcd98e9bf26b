"""Metrics of human image analysis, on numpy arrays; higher is better for all of them."""

from gradsplit.tasksets.parts.metrics.attributes import accuracy_by_attribute, mean_accuracy
from gradsplit.tasksets.parts.metrics.keypoints import KeyPoints, pck
from gradsplit.tasksets.parts.metrics.parsing import (
    iou_by_class,
    label_counts,
    mean_class_accuracy,
    mean_iou,
    pixel_accuracy,
)
from gradsplit.tasksets.parts.metrics.retrieval import Retrieval, retrieval

__all__ = [
    "KeyPoints",
    "Retrieval",
    "accuracy_by_attribute",
    "iou_by_class",
    "label_counts",
    "mean_accuracy",
    "mean_class_accuracy",
    "mean_iou",
    "pck",
    "pixel_accuracy",
    "retrieval",
]
