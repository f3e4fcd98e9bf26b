import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.metrics import mean_iou


def plain(predicted, truth, classes):
    values = []
    for label in range(classes):
        p = {at for at, value in np.ndenumerate(predicted) if value == label}
        t = {at for at, value in np.ndenumerate(truth) if value == label}
        if p | t:
            values.append(len(p & t) / len(p | t))
    return sum(values) / len(values)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 6))
@settings(deadline=None)
def test_it_is_the_plain_count(seed, images, classes):
    rng = np.random.default_rng(seed)
    predicted, truth = rng.integers(0, classes, (2, images, 3, 4)).astype(np.uint8)
    assert mean_iou(predicted, truth, 6) == pytest.approx(plain(predicted, truth, 6))


def test_by_hand():
    assert mean_iou([[0, 0], [1, 2]], [[0, 1], [1, 1]], 3) == pytest.approx((1 / 2 + 1 / 3 + 0) / 3)


def test_many_classes_in_bytes_do_not_overflow():
    truth = np.arange(200, dtype=np.uint8)
    assert mean_iou(truth, truth, 200) == 1


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(GradSplitError, match="shape"):
        mean_iou([0, 1], [0], 2)
    with pytest.raises(GradSplitError, match=r"0\.\.1, got labels from 0 to 2"):
        mean_iou([0, 1], [0, 2], 2)
    with pytest.raises(GradSplitError, match="pixels"):
        mean_iou([], [], 2)
