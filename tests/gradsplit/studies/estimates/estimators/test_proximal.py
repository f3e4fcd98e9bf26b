import numpy as np
import pytest

from gradsplit.studies.estimates.estimators.proximal import Proximal
from gradsplit.training.seeding import seed_for
from tests.gradsplit.studies.estimates.quadratics import BOWLS, START, Quadratics

NAMES = list(BOWLS)


def losses(theta, own, floor=1.0):
    return np.array(
        [
            floor + steep / 2 * np.sum((theta - np.array(centre)) ** 2) + (own[task] - 1) ** 2
            for task, (steep, centre) in BOWLS.items()
        ]
    )


def by_hand(theta, own, speed, step, rate=0.1):
    """One sweep of SGD with momentum 0.9 through the tasks; heads start at 0 and want 1."""
    theta, own = theta.copy(), dict(own)
    trunk_speed, head_speed = speed
    head_speed = dict(head_speed)
    values = np.full((3, 3), np.nan)
    before = losses(theta, own)
    for row in np.random.default_rng(seed_for(step, "turns")).permutation(3):
        task = NAMES[row]
        steep, centre = BOWLS[task]
        trunk_speed = 0.9 * trunk_speed + steep * (theta - np.array(centre))
        theta = theta - rate * trunk_speed
        head_speed[task] = 0.9 * head_speed[task] + 2 * (own[task] - 1)
        own[task] -= rate * head_speed[task]
        after = losses(theta, own)
        values[row] = 1 - after / before
        before = after
    np.fill_diagonal(values, np.nan)
    return values


def test_turns_by_hand_with_heads_and_momentum():
    still = dict.fromkeys(NAMES, 0.0)
    first = by_hand(np.array(START), still, (np.zeros(2), still), step=0)
    one = Proximal(every=1).measure(Quadratics(own=True), seed=0)
    np.testing.assert_allclose(one.values, first, rtol=1e-10)
    # After one joint step: speeds are the gradients, heads are at 0.2.
    speed = sum(steep * (np.array(START) - np.array(centre)) for steep, centre in BOWLS.values())
    second = by_hand(
        np.array(START) - 0.1 * speed,
        dict.fromkeys(NAMES, 0.2),
        (speed, dict.fromkeys(NAMES, -2.0)),
        step=1,
    )
    two = Proximal(every=1).measure(Quadratics(own=True).with_recipe(steps=2), seed=0)
    np.testing.assert_allclose(two.values, (first + second) / 2, rtol=1e-10)


def test_the_cost_is_that_of_its_passes():
    # 10 steps of 3 tasks; 2 looks of 3 backward and 3 + 3 + 9 forward passes each.
    measured = Proximal(every=5).measure(Quadratics(own=True).with_recipe(steps=10), seed=0)
    assert measured.trainings == pytest.approx(3 + (2 * 15 + 2 * 2 * 3) / 30)
