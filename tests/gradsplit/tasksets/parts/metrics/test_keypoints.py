import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.metrics import pck


def plain(predicted, truth, labelled, size, threshold):
    right = counted = 0
    for image in range(len(size)):
        for joint in range(truth.shape[1]):
            if not labelled[image][joint]:
                continue
            counted += 1
            dx = predicted[image][joint][0] - truth[image][joint][0]
            dy = predicted[image][joint][1] - truth[image][joint][1]
            right += (dx**2 + dy**2) ** 0.5 <= threshold * size[image]
    return right / counted


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 5))
@settings(deadline=None)
def test_it_is_the_plain_count(seed, images, joints):
    rng = np.random.default_rng(seed)
    predicted, truth = rng.random((2, images, joints, 2))
    labelled = rng.random((images, joints)) < 0.7
    labelled[0, 0] = True
    size = rng.uniform(0.2, 2, images)
    found = pck(predicted, truth, labelled, size, threshold=0.3)
    assert found.mean == pytest.approx(plain(predicted, truth, labelled, size, 0.3))
    for joint in np.flatnonzero(labelled.any(axis=0)):
        one = slice(joint, joint + 1)
        alone = plain(predicted[:, one], truth[:, one], labelled[:, one], size, 0.3)
        assert found.by_joint[joint] == pytest.approx(alone)
    assert np.isnan(found.by_joint[~labelled.any(axis=0)]).all()


def test_by_hand_the_limit_itself_is_right():
    truth = np.zeros((2, 1, 2))
    predicted = np.array([[[3.0, 4.0]], [[3.0, 4.1]]])
    assert pck(predicted, truth, np.ones((2, 1)), [10.0, 10.0]).mean == 0.5


def test_what_cannot_be_judged_is_refused():
    places = np.zeros((2, 3, 2))
    with pytest.raises(GradSplitError, match="labelled"):
        pck(places, places, np.zeros((2, 3)), [1.0, 1.0])
    with pytest.raises(GradSplitError, match="above 0"):
        pck(places, places, np.ones((2, 3)), [1.0, 0.0])
    with pytest.raises(GradSplitError, match=r"\(2, 4\)"):
        pck(places, places, np.ones((2, 4)), [1.0, 1.0])
