"""Tasks that harm alike, or suffer alike, stand side by side."""

import numpy as np
import pytest

from analysis.figures.ordering import task_order


def neighbours(order: np.ndarray, first: int, second: int) -> bool:
    positions = order.tolist()
    return abs(positions.index(first) - positions.index(second)) == 1


def test_given_is_as_it_is():
    assert task_order(np.eye(5)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("turn", [False, True], ids=["they harm alike", "they suffer alike"])
def test_alike_tasks_are_neighbours(turn):
    changes = np.zeros((6, 6))
    changes[[0, 5], 2] = -0.5
    changes[[1, 4], 3] = -0.2
    order = task_order(changes.T if turn else changes, "cluster")
    assert neighbours(order, 0, 5)
    assert neighbours(order, 1, 4)
