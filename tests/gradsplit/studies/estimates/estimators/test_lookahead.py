import numpy as np
import pytest

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimators.lookahead import Lookahead
from tests.gradsplit.studies.estimates.awkward import Awkward
from tests.gradsplit.studies.estimates.quadratics import BOWLS, START, Quadratics

NAMES = list(BOWLS)


def loss(task, theta, floor=1.0):
    steep, centre = BOWLS[task]
    return floor + steep / 2 * np.sum((theta - np.array(centre)) ** 2)


def gradient(task, theta):
    steep, centre = BOWLS[task]
    return steep * (theta - np.array(centre))


def table(theta, rate, weights=None, floor=1.0):
    """1 - loss after / loss before, by hand."""
    weights = weights or {}
    values = np.full((3, 3), np.nan)
    for row, source in enumerate(NAMES):
        moved = theta - rate * weights.get(source, 1.0) * gradient(source, theta)
        for column, target in enumerate(NAMES):
            if row != column:
                values[row, column] = 1 - loss(target, moved, floor) / loss(target, theta, floor)
    return values


def test_one_step_by_hand():
    # theta = (1, 2). a's gradient is (1, 2), so its step of 0.1 leads to (0.9, 1.8). b's loss is
    # 1 + |theta - (3, 0)|^2: 9 before and 1 + 2.1^2 + 1.8^2 = 8.65 after.
    measured = Lookahead(every=1).measure(Quadratics(), seed=0)
    assert measured.values[0, 1] == pytest.approx(1 - 8.65 / 9, rel=1e-12)
    np.testing.assert_allclose(measured.values, table(np.array(START), 0.1), rtol=1e-12)
    assert measured.tasks == tuple(NAMES)


def test_the_mean_over_a_training_by_hand():
    taskset = Quadratics().with_recipe(steps=7, weights={"b": 0.3})
    weights = {"b": 0.3}
    theta, speed, tables = np.array(START), np.zeros(2), []
    for step in range(7):
        if step % 3 == 0:
            tables.append(table(theta, 0.1, weights))
        total = sum(weights.get(task, 1.0) * gradient(task, theta) for task in NAMES)
        speed = 0.9 * speed + total
        theta = theta - 0.1 * speed
    measured = Lookahead(every=3).measure(taskset, seed=0)
    np.testing.assert_allclose(measured.values, np.mean(tables, axis=0), rtol=1e-10)
    assert measured.diagnostics["looks"] == 3
    off = ~np.eye(3, dtype=bool)
    expected = np.std(tables, axis=0, ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(measured.se[off], expected[off], rtol=1e-9)


def test_the_optimizers_own_step_has_its_momentum():
    taskset = Quadratics().with_recipe(steps=2)
    first = np.array(START)
    speed = sum(gradient(task, first) for task in NAMES)
    second = first - 0.1 * speed
    expected = np.full((3, 3), np.nan)
    for row, source in enumerate(NAMES):
        moved = second - 0.1 * (0.9 * speed + gradient(source, second))
        for column, target in enumerate(NAMES):
            if row != column:
                expected[row, column] = 1 - loss(target, moved) / loss(target, second)
    both = Lookahead(every=1, step="optimizer").measure(taskset, seed=0).values
    np.testing.assert_allclose(2 * both - table(first, 0.1), expected, rtol=1e-10)


def test_a_loss_of_zero_has_no_ratio():
    class Finished(Quadratics):
        def loss(self, task, output, target):
            value = super().loss(task, output, target)
            return 0 * value if task == "a" else value

    measured = Lookahead().measure(Finished(), seed=0)
    assert np.isnan(measured.values[:, 0]).all()
    assert not np.isnan(measured.values[0, 1:]).any()
    assert measured.diagnostics["looks without a positive loss"] == [1, 0, 0]


def test_a_network_that_draws_numbers_is_compared_with_itself():
    # Steps of no length: with dropout drawn anew for every look, losses would differ all the same.
    still = Awkward().with_recipe(learning_rate=1e-14)
    assert np.nanmax(np.abs(Lookahead(every=1).measure(still, 0).values)) < 1e-9


def test_the_cost_is_that_of_its_passes():
    # 10 steps of 3 tasks; 2 looks of 3 backward and 3 + 9 forward passes each.
    measured = Lookahead(every=5).measure(Quadratics().with_recipe(steps=10), seed=0)
    assert measured.trainings == pytest.approx(3 + (2 * 12 + 2 * 2 * 3) / 30)


def test_options_are_checked():
    with pytest.raises(GradSplitError, match="'sgd' or 'optimizer'"):
        Lookahead(step="adam")  # type: ignore[arg-type]
    with pytest.raises(GradSplitError, match="1 or more"):
        Lookahead(every=0).measure(Quadratics(), 0)
