import numpy as np
import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimators.gradients import Gradients
from gradsplit.studies.estimates.overlap import halves, shared_samples
from tests.gradsplit.studies.estimates.awkward import Awkward
from tests.gradsplit.studies.estimates.quadratics import BOWLS, START, Quadratics

THETA = np.array(START)
SLOPES = np.array([steep * (THETA - np.array(centre)) for steep, centre in BOWLS.values()])
OFF = ~np.eye(3, dtype=bool)


def cosines():
    lengths = np.linalg.norm(SLOPES, axis=1)
    return SLOPES @ SLOPES.T / np.outer(lengths, lengths)


def test_without_noise_it_is_the_cosine():
    measured = Gradients().measure(Quadratics(), seed=0)
    np.testing.assert_allclose(measured.values[OFF], cosines()[OFF], rtol=1e-6)
    np.testing.assert_allclose(measured.diagnostics["null"], 1, rtol=1e-6)
    # a's gradient (1, 2), b's (-4, 4): lengths sqrt(5) and sqrt(32), product 4.
    assert measured.values[0, 1] == pytest.approx(4 / np.sqrt(160))
    assert measured.diagnostics["magnitude ratio"][0][1] == pytest.approx(np.sqrt(5 / 32), rel=1e-5)
    assert measured.diagnostics["conflict"][0] == [None, 0, 1]


def test_the_first_order_step_by_hand():
    taskset = Quadratics().with_recipe(weights={"a": 2.0, "b": 0.3})
    measured = Gradients().measure(taskset, seed=0)
    # The source's weighted step takes 0.1 * 2 * 4 off b's loss of 9, to first order.
    assert measured.diagnostics["first order"][0][1] == pytest.approx(0.1 * 2 * 4 / 9, rel=1e-5)


@pytest.mark.long
def test_noise_alone_is_taken_out():
    noisy = Quadratics(noise=2.0).with_recipe(steps=150, learning_rate=1e-12)
    measured = Gradients(every=1).measure(noisy, seed=0)
    raw = np.array(measured.diagnostics["cosine"], dtype=float)
    error = {
        name: np.abs(values - cosines())[OFF].max()
        for name, values in (("raw", raw), ("calibrated", measured.values))
    }
    assert error["calibrated"] < 0.5 * error["raw"]
    assert all(0 < null < 0.9 for null in measured.diagnostics["null"])
    assert (measured.se[OFF] > 0).all()


@pytest.mark.long
def test_samples_in_common_do_not_count_as_agreement():
    # Same images, two tasks that only differ by name: what is left is the null of each.
    shared = Quadratics(noise=4.0, same_samples=True).with_recipe(steps=120, learning_rate=1e-12)
    apart = Quadratics(noise=4.0).with_recipe(steps=120, learning_rate=1e-12)
    one, other = (Gradients(every=1).measure(taskset, 0) for taskset in (shared, apart))
    assert (np.abs(one.values - other.values)[OFF] < 4 * np.hypot(one.se, other.se)[OFF]).all()
    # Halves are different samples even then.
    assert np.nanmax(np.array(one.diagnostics["shared samples"], dtype=float)) == 0


def test_a_task_that_is_all_noise_is_not_blown_up():
    class AllNoise(Quadratics):
        def loss(self, task, output, target):
            if task != "a":
                return super().loss(task, output, target)
            return 1 + (output[:, :2] * (target - target.new_tensor(BOWLS["a"][1]))).sum(1).mean()

    measured = Gradients(every=1).measure(
        AllNoise(noise=1.0).with_recipe(steps=60, learning_rate=1e-12), seed=0
    )
    assert abs(measured.diagnostics["null"][0]) < 4 * measured.diagnostics["null se"][0]
    assert np.nanmax(np.abs(measured.values[0] / measured.se[0])) < 6
    # Here the two halves even disagree: the error stands in for a null that has no root.
    negative = Gradients(every=1).measure(
        AllNoise(noise=1.0).with_recipe(steps=60, learning_rate=1e-12), seed=1
    )
    assert negative.diagnostics["null"][0] < 0
    assert (np.abs(negative.values[0, 1:]) < 1).all()


def test_stages_have_cosines_of_their_own():
    measured = Gradients(every=1).measure(Awkward(), seed=0)
    assert list(measured.diagnostics["stages"]) == ["0", "1", "3", "trunk"]
    np.testing.assert_allclose(
        np.array(measured.diagnostics["stages"]["trunk"], dtype=float), measured.values, rtol=1e-5
    )
    assert measured.diagnostics["stages"]["0"] != measured.diagnostics["stages"]["3"]


def test_shared_samples_and_halves():
    inputs = {"a": torch.arange(6.0).view(3, 2), "b": torch.arange(2.0, 8.0).view(3, 2)}
    np.testing.assert_allclose(shared_samples(inputs, inputs), [[1, 2 / 3], [2 / 3, 1]])
    first, second = halves((torch.arange(5), {"x": torch.arange(5) * 10}), "a")
    assert first[0].tolist() == [0, 1]
    assert second[1]["x"].tolist() == [20, 30]
    with pytest.raises(GradSplitError, match="batch_size"):
        Gradients().measure(Quadratics().with_recipe(batch_size=1), 0)
