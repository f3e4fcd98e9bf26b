"""The stops of the page's slider."""

import numpy as np
import pytest

from analysis.page.slider import slider
from relations import ChangeMatrix, RelationGraph
from tests.analysis.analysis_examples import random_changes


def found(losses, threshold=-0.01):
    """The slider of a matrix with these losses; all other changes are gains."""
    size = 2 + int(np.sqrt(len(losses)))
    mean = np.full((size, size), 0.01)
    off = [(i, j) for i in range(size) for j in range(size) if i != j]
    for edge, loss in zip(off, losses, strict=False):
        mean[edge] = loss
    changes = ChangeMatrix([f"t{i}" for i in range(size)], mean)
    return slider(RelationGraph.from_changes(changes, threshold))


@pytest.mark.parametrize(("worst", "threshold"), [(-0.3, -0.01), (-0.05, -0.2), (0.1, -0.01)])
def test_it_reaches_all_harm_and_twice_the_threshold(worst, threshold):
    moved = found([worst], threshold)
    assert moved.lowest <= min(worst, 2 * threshold)
    assert 0 < moved.step < 0.1 * -moved.lowest


@pytest.mark.parametrize("losses", [[], [-0.5], [-0.001] * 5, [-0.9, *np.linspace(-0.03, 0, 40)]])
def test_its_stops_ascend_from_the_lowest_to_zero_and_hold_the_threshold(losses):
    moved = found(losses, -0.0123)
    assert list(moved.stops) == sorted(set(moved.stops))
    assert (moved.stops[0], moved.stops[-1]) == (moved.lowest, 0.0)
    assert -0.0123 in moved.stops
    assert 100 < len(moved.stops) < 130


def test_half_of_its_way_is_where_the_edges_are():
    losses = [-0.9, *np.linspace(-0.03, -0.02, 40)]
    near = sum(-0.031 <= stop <= -0.019 for stop in found(losses).stops)
    even = 120 * 0.012 / 0.92
    assert near > 50 > 10 * even


def test_between_two_stops_lie_few_edges():
    changes = random_changes(60)
    graph = RelationGraph.from_changes(changes)
    stops = np.array(slider(graph).stops)
    losses = changes.mean[changes.mean < 0]
    inside, _ = np.histogram(losses, stops)
    assert inside.max() <= 0.03 * len(losses)


def test_stops_are_plain_numbers():
    texts = [f"{stop!r}" for stop in found([-0.08, -0.031, -0.02]).stops]
    assert max(len(text) for text in texts) <= len("-0.00123")


def test_quarters_are_five_stops_in_order():
    moved = found([-0.3])
    assert len(moved.quarters) == 5
    assert (moved.quarters[0], moved.quarters[-1]) == (moved.lowest, 0.0)
    assert moved.quarters == sorted(moved.quarters)
