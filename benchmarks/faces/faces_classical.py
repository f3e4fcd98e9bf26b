"""Without a network: the nearest photograph, and ridge regression on edge directions.

A floor for what the photographs tell: nothing to train for long, nothing to tune on the way.
"""

import numpy as np

from gradsplit.tasksets.faces.images import standardised
from gradsplit.tasksets.faces.task_set import Faces

CELL, DIRECTIONS, RIDGE = 4, 8, 0.3


def ridge(taskset: Faces, task: str, seed: int) -> tuple[float, float]:
    """Ridge regression on the classes, from `edges` of the photographs.

    Returns:
        The accuracy on test and on training photographs.
    """
    (train, train_class), (test, test_class) = _both(taskset.for_seed(seed), task)
    train, test = edges(train), edges(test)
    mean, spread = train.mean(0), train.std(0) + 1e-6
    train, test = (train - mean) / spread, (test - mean) / spread
    wanted = np.eye(len(taskset.classes(task)))[train_class]
    kernel = train @ train.T
    kernel += RIDGE * np.trace(kernel) / len(kernel) * np.eye(len(kernel))
    weights = train.T @ np.linalg.solve(kernel, wanted - wanted.mean(0))
    right, learnt = (test @ weights).argmax(1) == test_class, (train @ weights).argmax(1)
    return float(right.mean()), float((learnt == train_class).mean())


def nearest(taskset: Faces, task: str, seed: int) -> tuple[float, float]:
    """The class of the training photograph with the least squared distance of the pixels.

    Returns:
        The accuracy on test photographs, and 1: a training photograph is nearest to itself.
    """
    (train, train_class), (test, test_class) = _both(taskset.for_seed(seed), task)
    # All photographs have the same length once standardised, so the nearest is the most alike.
    alike = test.reshape(len(test), -1) @ train.reshape(len(train), -1).T
    return float((train_class[alike.argmax(1)] == test_class).mean()), 1.0


def _both(seen: Faces, task: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Standardised photographs [N, H, W] and classes [N] of training and test."""
    parts = (seen.samples(task, "train"), seen.samples(task, "test"))
    return [(standardised(images)[:, 0].numpy(), target.numpy()) for images, target in parts]


def edges(images: np.ndarray) -> np.ndarray:
    """[N, H, W] -> [N, features]: in every cell, how strong the edges of each direction are.

    Each cell's histogram is divided by its length. Source: Dalal and Triggs, "Histograms of
    Oriented Gradients for Human Detection", without overlapping blocks.
    """
    down, across = np.gradient(images, axis=1), np.gradient(images, axis=2)
    strength = np.hypot(across, down)
    direction = np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS
    count, height, width = images.shape
    high, wide = height // CELL, width // CELL
    histogram = np.zeros((count, high, wide, DIRECTIONS))
    for number in range(DIRECTIONS):
        apart = np.abs((direction - number + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
        share = np.clip(1 - apart, 0, None) * strength
        cells = share[:, : high * CELL, : wide * CELL].reshape(count, high, CELL, wide, CELL)
        histogram[..., number] = cells.sum((2, 4))
    histogram /= np.linalg.norm(histogram, axis=-1, keepdims=True) + 0.1
    return histogram.reshape(count, -1)
