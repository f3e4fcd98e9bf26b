"""The search finds what is best where that is known, and says that it is a search."""

import time

import numpy as np
import pytest

from relations.errors import GroupingError
from relations.grouping.exact import solve
from relations.grouping.local_search import search
from relations.grouping.predicted import Predictor, every_group
from relations.grouping.problem import Problem


def drawn_pairs(size: int, seed: int) -> np.ndarray:
    pairs = np.random.default_rng(seed).normal(0, 0.1, (size, size))
    np.fill_diagonal(pairs, np.nan)
    return pairs


@pytest.mark.parametrize("disjoint", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_it_comes_near_the_best(seed, disjoint):
    pairs, tasks = drawn_pairs(8, seed), tuple("abcdefgh")
    measured = {
        (tasks[one], tasks[other]): np.array([pairs[other, one], pairs[one, other]])
        for one in range(8)
        for other in range(one + 1, 8)
    }
    best = solve(Problem(tasks, every_group(tasks, measured), 3, disjoint))
    found = search(tasks, Predictor(pairs), 3, disjoint=disjoint)
    assert best is not None
    assert found is not None
    assert not found.exact
    assert 0.95 * best.total <= found.total <= best.total + 1e-9
    members = [task for network in found.networks for task in network.tasks]
    assert not disjoint or len(set(members)) == len(members)


def test_blocks_of_friends_are_found():
    size, blocks = 40, 4
    same = np.equal.outer(np.arange(size) % blocks, np.arange(size) % blocks)
    pairs = np.where(same, 0.05, -0.05)
    tasks = [f"t{at}" for at in range(size)]
    found = search(tasks, Predictor(pairs), blocks)
    assert found is not None
    assert found.total == pytest.approx(0.05 * size)
    for network in found.networks:
        assert len({int(task[1:]) % blocks for task in network.tasks}) == 1


def test_unknown_pairs_are_refused():
    pairs = drawn_pairs(4, 0)
    pairs[1, 2] = np.nan
    with pytest.raises(GroupingError, match="unknown are 1 edges, such as b with c"):
        search("abcd", Predictor(pairs), 2)


def test_a_network_that_was_trained_and_has_no_change_is_not_taken():
    size = 8
    tasks, pairs = tuple("abcdefgh"), np.full((size, size), 0.05)
    lost = {tuple(range(size)): np.full(size, np.nan)}
    assert search(tasks, Predictor(pairs, measured=lost), 1) is None
    found = search(tasks, Predictor(pairs, measured=lost), 2)
    assert found is not None
    assert tasks not in [network.tasks for network in found.networks]
    assert found.total == pytest.approx(0.05 * size)


@pytest.mark.slow
def test_two_hundred_tasks_take_less_than_a_minute():
    began = time.process_time()
    search([f"t{at}" for at in range(200)], Predictor(drawn_pairs(200, 0)), 5)
    assert time.process_time() - began < 60
