"""Integer programming and the dynamic programme are two ways to one answer."""

import pytest

from relations.grouping.candidate import Candidate
from relations.grouping.exact import solve
from relations.grouping.milp import solve_listed
from relations.grouping.problem import Problem
from tests.relations.grouping.problems import drawn

RULES = [
    {},
    {"disjoint": True},
    {"together": (("a", "c"),)},
    {"apart": (("a", "b"),), "largest": 3},
]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize(("size", "costs"), [(4, (1.0,)), (5, (0.5, 1.0)), (6, (1.0,))])
def test_both_solvers_agree(size, costs, rules):
    problem = Problem(tuple("abcdef"[:size]), drawn(size, size, costs), 2.5, **rules)
    ours, theirs = solve(problem), solve_listed(problem)
    assert ours is not None
    assert theirs is not None
    assert theirs.exact
    assert ours.total == pytest.approx(theirs.total, abs=1e-9)
    assert theirs.total == pytest.approx(sum(theirs.gains().values()))
    assert theirs.cost <= 2.5


@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 10, 12])
def test_both_solvers_agree_on_many_tasks(size):
    problem = Problem(tuple("abcdefghijkl"[:size]), drawn(size, size), 3)
    ours, theirs = solve(problem), solve_listed(problem, seconds=600)
    assert ours is not None
    assert theirs is not None
    assert ours.total == pytest.approx(theirs.total, abs=1e-9)


def test_more_tasks_than_the_dynamic_programme_takes():
    tasks = tuple(f"t{number:02}" for number in range(30))
    pairs = [Candidate(tasks[at : at + 2], (1.0, 0.5)) for at in range(0, 30, 2)]
    alone = [Candidate((task,), (0.0,), 0.5) for task in tasks]
    choice = solve_listed(Problem(tasks, (*pairs, *alone), 15))
    assert choice is not None
    assert choice.total == pytest.approx(22.5)
    assert len(choice.networks) == 15


def test_nothing_fits():
    pairs = (Candidate(("a", "b"), (0.0, 0.0)), Candidate(("b", "c"), (0.0, 0.0)))
    assert solve_listed(Problem(("a", "b", "c"), pairs, 1)) is None
