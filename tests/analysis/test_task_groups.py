"""Many tasks in few groups."""

import subprocess
import sys

import numpy as np
import pytest

from analysis.task_groups import task_groups
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import made_changes, random_changes


def graph_of(mean, spread=0.0001, **options) -> RelationGraph:
    return RelationGraph.from_changes(made_changes(mean, spread=spread, **options))


def rings(*sizes: int, apart: int = 0) -> np.ndarray:
    """Changes of tasks each of which harms the next one of its ring."""
    mean = np.zeros((sum(sizes) + apart,) * 2)
    start = 0
    for size in sizes:
        for at in range(size):
            mean[start + at, start + (at + 1) % size] = -0.05
        start += size
    return mean


def test_tasks_that_harm_each_other_are_a_group_and_the_others_apart():
    mean = rings(3, 4, 3, apart=2)
    mean[0, 3] = -0.02
    mean[1, 4] = -0.09
    found = task_groups(graph_of(mean))
    names = [f"task-{at:02d}" for at in range(12)]
    assert [set(group) for group in found.groups] == [
        set(names[3:7]), set(names[:3]), set(names[7:10]),
    ]  # fmt: skip
    assert found.apart == ("task-10", "task-11")
    assert [(one.source, len(one.edges)) for one in found.within] == [(0, 4), (1, 3), (2, 3)]
    (between,) = found.between
    assert (between.source, between.target) == (1, 0)
    assert between.edges == (("task-01", "task-04"), ("task-00", "task-03"))
    assert between.decided == 2
    assert between.size == pytest.approx(11, abs=0.1)


def test_a_component_of_nearly_all_tasks_is_divided():
    blocks = np.arange(30) // 10
    mean = np.where(blocks[:, None] == blocks[None], -0.06, 0.0)
    mean[0, 10] = mean[10, 20] = mean[20, 0] = -0.02  # harm travels from every task to every other
    found = task_groups(graph_of(mean))
    assert sorted(map(sorted, found.groups)) == [
        [f"task-{at:02d}" for at in range(start, start + 10)] for start in (0, 10, 20)
    ]
    assert len(found.between) == 3


def test_every_harmful_edge_is_counted_once():
    graph = RelationGraph.from_changes(random_changes(60))
    for sure in (False, True):
        found = task_groups(graph, sure=sure)
        counted = [edge for one in (*found.between, *found.within) for edge in one.edges]
        assert sorted(counted) == sorted(graph.harmful(sure=sure))
        shown = [task for group in found.groups for task in group]
        assert sorted([*shown, *found.apart]) == sorted(graph.tasks)


def test_the_smallest_groups_are_one():
    found = task_groups(graph_of(rings(*[3] * 20)), most=6)
    assert found.rest
    assert [len(group) for group in found.groups] == [3, 3, 3, 3, 3, 45]
    assert not task_groups(graph_of(rings(3, 3)), most=6).rest


def test_without_harm_all_tasks_are_apart():
    found = task_groups(graph_of(np.zeros((5, 5))))
    assert (found.groups, len(found.apart)) == ((), 5)


def test_groups_do_not_hang_on_the_hash_of_names():
    code = (
        "from analysis.task_groups import task_groups; from relations import RelationGraph;"
        "from tests.analysis.analysis_examples import random_changes;"
        "print(task_groups(RelationGraph.from_changes(random_changes(50))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "OMP_NUM_THREADS": "1"},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1
