import numpy as np
import pytest

from relations import ChangeMatrix
from relations.errors import RelationsError
from relations.statistics.movement import movement


def matrix(change, draw=0, noise=0.001, seeds=(0, 1, 2, 3, 4), tasks="abc"):
    true = np.zeros((len(tasks), len(tasks)))
    true[0, 1] = change
    noise = np.random.default_rng(draw).normal(0, noise, (len(seeds), len(tasks), len(tasks)))
    return ChangeMatrix(list(tasks), true + noise, seeds=seeds)


def test_an_edge_that_moves_is_named():
    found = movement(matrix(-0.35), matrix(-0.30, draw=1))
    assert found.moved() == [("a", "b")]
    assert found.mean[0, 1] == pytest.approx(0.70 / 0.65 - 1, abs=0.005)
    assert found.lower[0, 1] < found.mean[0, 1] < found.upper[0, 1]
    assert "1 changes still move" in str(found)
    assert "a -> b: -35" in str(found)


def test_edges_that_do_not_move():
    found = movement(matrix(-0.35), matrix(-0.35, draw=1))
    assert found.moved() == []
    assert "No change has decidedly moved" in str(found)


def test_only_seeds_of_both_count():
    found = movement(matrix(-0.3), matrix(-0.3, seeds=(3, 4, 7)))
    assert (found.n[~np.eye(3, dtype=bool)] == 2).all()


def test_runs_of_one_seed_are_compared_whatever_their_place():
    by_seed = 0.01 * np.arange(5)[:, None, None] * np.ones((5, 2, 2))
    first = ChangeMatrix(["a", "b"], by_seed)
    second = ChangeMatrix(["a", "b"], by_seed[[4, 3, 1]], seeds=(4, 3, 1))
    assert movement(first, second).mean[0, 1] == pytest.approx(0)
    assert movement(first, second).n[0, 1] == 3


def test_one_seed_shows_no_movement():
    found = movement(matrix(-0.3, seeds=(0,)), matrix(0.3, seeds=(0,)))
    assert found.moved() == []


def test_probes_that_cannot_be_compared():
    with pytest.raises(RelationsError, match="no seed in common"):
        movement(matrix(0.0), matrix(0.0, seeds=(8, 9)))
    with pytest.raises(RelationsError, match="the same tasks, got a, b, c and a, b"):
        movement(matrix(0.0), matrix(0.0, tasks="ab"))


def test_an_edge_that_lost_seeds_is_not_compared():
    lost = matrix(-0.3, draw=1)
    lost.failed[0, 1] = 1
    found = movement(matrix(-0.35), lost)
    assert found.n[0, 1] == 0 and found.n[1, 0] == 5
    assert "(5 edges could be compared)" in str(found)
