import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.metrics import mean_accuracy


def plain(predicted, truth):
    values = []
    for column in range(truth.shape[1]):
        counts = {(p, t): 0 for p in (False, True) for t in (False, True)}
        for p, t in zip(predicted[:, column], truth[:, column], strict=True):
            counts[bool(p), bool(t)] += 1
        positives = counts[True, True] + counts[False, True]
        negatives = counts[True, False] + counts[False, False]
        if positives and negatives:
            values.append(
                0.5 * counts[True, True] / positives + 0.5 * counts[False, False] / negatives
            )
    return sum(values) / len(values)


@given(st.data(), st.integers(2, 12), st.integers(1, 4))
@settings(deadline=None)
def test_it_is_the_plain_count(data, samples, attributes):
    truth = data.draw(arrays.arrays(bool, (samples, attributes)))
    truth[0, 0], truth[1, 0] = True, False
    predicted = data.draw(arrays.arrays(bool, (samples, attributes)))
    assert mean_accuracy(predicted, truth) == pytest.approx(plain(predicted, truth))


def test_by_hand():
    truth = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], bool)
    predicted = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], bool)
    # First: 2 of 3 and 1 of 1; second: 1 of 1 and 2 of 3.
    assert mean_accuracy(predicted, truth) == pytest.approx(5 / 6)


def test_always_saying_yes_is_chance_however_rare_the_attribute():
    truth = np.zeros((100, 1), bool)
    truth[0] = True
    assert mean_accuracy(np.ones_like(truth), truth) == 0.5


def test_an_attribute_that_all_have_does_not_count():
    truth = np.array([[1, 1], [1, 0]], bool)
    assert mean_accuracy(np.array([[0, 1], [0, 0]], bool), truth) == 1


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(GradSplitError, match="some have"):
        mean_accuracy(np.ones((3, 2), bool), np.ones((3, 2), bool))
    with pytest.raises(GradSplitError, match=r"\(3, 2\).*\(3, 1\)"):
        mean_accuracy(np.ones((3, 2), bool), np.ones((3, 1), bool))
