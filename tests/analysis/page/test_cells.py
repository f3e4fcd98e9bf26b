"""The report's cells before anyone moves the slider."""

import numpy as np
import pytest

from analysis.page.cells import mask_rows, matrix_rows
from relations import ChangeMatrix, GradientMask, RelationGraph


def cell(change: float, *, failed: int = 0, spread: float = 0.0005):
    """The cell of a -> b in a matrix of three seeds."""
    samples = np.full((3, 2, 2), 0.0) + np.array([-spread, 0, spread])[:, None, None]
    samples[:, 0, 1] += change
    lost = np.array([[0, failed], [0, 0]])
    changes = ChangeMatrix(["a", "b"], samples, failed=lost)
    return matrix_rows(changes, RelationGraph.from_changes(changes))[0].cells[1]


@pytest.mark.parametrize(
    ("change", "kind"),
    [(-0.05, "harmful"), (-0.004, "between"), (0.004, "between"), (0.05, "helpful")],
)
def test_a_change_is_of_the_kind_that_its_size_says(change, kind):
    assert cell(change).name.split()[0] == kind


def test_an_undecided_edge_keeps_its_kind():
    assert cell(-0.05, spread=0.05).name.startswith("harmful")
    assert cell(-0.05, spread=0.05).verdict != cell(-0.05).verdict


def test_of_an_unknown_edge_nothing_is_shown():
    unknown = cell(-0.05, failed=1)
    assert (unknown.change, unknown.ends) == ("?", "")
    assert unknown.name.startswith("unknown")


def test_the_interval_stands_below_the_change():
    shown = cell(-0.05)
    assert shown.change == "−5.0"
    lower, upper = shown.ends.split(" to ")
    assert lower.startswith("−5") and upper.startswith("−4")


def test_a_loss_trains_its_own_group_and_what_it_may():
    mask = GradientMask(["a", "b"], [[True, False], [True, True]])
    assert [row.cells for row in mask_rows(mask)] == [["self", "no"], ["yes", "self"]]
