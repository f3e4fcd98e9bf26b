import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relations.errors import TaskError
from relations.plan import Cost, Plan, pairwise_runs
from relations.runs import Run


@given(st.integers(1, 12), st.integers(1, 5))
def test_number_of_runs(tasks, seeds):
    runs = pairwise_runs([f"t{i}" for i in range(tasks)], range(seeds))
    assert len(runs) == len(set(runs)) == seeds * (tasks + tasks * (tasks - 1) // 2)


def test_runs_come_seed_by_seed_so_that_an_early_stop_has_whole_seeds():
    runs = pairwise_runs(["a", "b", "c"], [5, 2])
    assert [run.seed for run in runs] == [5] * 6 + [2] * 6
    assert runs[3].tasks == ("a", "b")


def test_doubled_tasks_are_refused():
    with pytest.raises(TaskError, match="unique, got a"):
        pairwise_runs(["a", "b", "a"], [0])


def plan(cost=None):
    runs = tuple(pairwise_runs(["a", "b"], range(2)))
    return Plan(("a", "b"), (0, 1), runs, done=runs[:1], failed=runs[1:2], cost=cost)


def test_failed_runs_are_missing():
    assert plan().missing == plan().runs[1:]


def test_text_names_counts():
    text = str(plan())
    assert "2 tasks (a, b), 2 seeds: 6 runs, 4 single-task and 2 others" in text
    assert "done 1, failed 1, missing 5" in text


def test_one_other_run_is_one():
    runs = tuple(pairwise_runs(["a", "b"], [0]))
    assert "3 runs, 2 single-task and 1 other\n" in str(Plan(("a", "b"), (0,), runs))


def test_cost_of_what_is_missing():
    cost = Cost({1: 60.0, 2: 100.0}, peak_memory_bytes=2**30, steps=300, measured_on="20 steps")
    assert cost.total_seconds(plan().missing) == 3 * 60 + 2 * 100
    text = str(plan(cost))
    assert "missing runs take 6.3 min one after the other" in text
    assert "300 steps a run, 1500 steps missing" in text
    assert "up to 1024 MiB" in text
    assert "measured on 20 steps" in text


def test_a_cost_that_was_not_measured_is_unknown_not_zero():
    cost = Cost({1: 60.0})
    assert cost.total_seconds([Run(("a", "b"), 0)]) is None
    assert "unknown time" in str(plan(cost))


def test_two_hundred_tasks_are_planned_in_five_seconds():
    start = time.process_time()  # of this process: others may have the machine
    runs = pairwise_runs([f"t{i}" for i in range(200)], range(5))
    assert len(runs) == 5 * (200 + 19900)
    assert time.process_time() - start < 5
