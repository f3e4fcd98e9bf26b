"""The exact solver against trying everything, known answers, rules and ties."""

import time

import pytest

from relations.grouping.candidate import Candidate
from relations.grouping.exact import solve
from relations.grouping.problem import Problem
from tests.relations.grouping.problems import SMALL, TOY, drawn, every_choice

ABC = ("a", "b", "c")


@pytest.mark.parametrize(
    ("networks", "total", "groups"),
    [(1, -2.95, "a+b+c"), (2, -2.65, "a+c | b+c"), (3, -2.35, "a+b | b+c | a+c")],
)
def test_the_toy_with_networks_of_one_size(networks, total, groups):
    choice = solve(Problem(ABC, TOY, networks))
    assert choice is not None
    assert (choice.total, str(choice)) == (pytest.approx(total), groups)


def test_who_is_served_by_whom():
    choice = solve(Problem(ABC, TOY, 2))
    assert choice is not None
    assert choice.serves == {"a": 0, "b": 1, "c": 0}
    assert choice.helpers() == [(), ("c",)]
    assert choice.gains() == {"a": -1.1, "b": -0.85, "c": -0.7}


@pytest.mark.parametrize("networks", [2, 3])
def test_the_toy_without_overlap(networks):
    choice = solve(Problem(ABC, TOY, networks, disjoint=True))
    assert choice is not None
    assert (choice.total, str(choice)) == (pytest.approx(-2.8), "a+c | b")


@pytest.mark.parametrize(
    ("budget", "total", "cost"), [(1, -2.95, 1), (1.5, -2.9, 1.5), (2, -2.65, 2), (2.5, -2.6, 2.5)]
)
def test_the_toy_with_small_networks(budget, total, cost):
    choice = solve(Problem(ABC, TOY[3:] + SMALL, budget))
    assert choice is not None
    assert (choice.total, choice.cost) == (pytest.approx(total), cost)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("disjoint", [False, True])
@pytest.mark.parametrize(("size", "costs", "budget"), [(3, (1.0,), 3), (4, (0.5, 1.0, 0.7), 2.2)])
def test_nothing_is_better(size, costs, budget, disjoint, seed):
    problem = Problem(tuple("abcd"[:size]), drawn(size, seed, costs), budget, disjoint)
    best = max(choice.total for choice in every_choice(problem))
    choice = solve(problem)
    assert choice is not None
    assert choice.total == pytest.approx(best, abs=1e-9)
    assert choice.cost <= budget + 1e-9


def test_of_equal_choices_the_cheaper_then_the_smaller_then_the_first_is_taken():
    pair = (Candidate(("a", "b"), (1.0, 1.0)), Candidate(("b", "c"), (1.0, 1.0)))
    alone = tuple(Candidate((task,), (1.0,)) for task in "abc")
    whole = Candidate(("a", "b", "c"), (1.0, 1.0, 1.0))
    cheap = Candidate(("a", "b", "c"), (1.0, 1.0, 1.0), 0.5)

    def best(*candidates: Candidate, budget: float = 2) -> str:
        return str(solve(Problem(ABC, candidates, budget)))

    assert best(*pair, *alone, whole) == "a+b+c"
    choice = solve(Problem(ABC, (whole, cheap), 2))
    assert choice is not None
    assert choice.cost == 0.5
    assert best(*pair, *alone) == "a | b+c"  # as many members as "a+b | c"
    assert best(*pair, *alone[:1], *alone[2:]) == "a | b+c"
    # The larger networks gain no more, so that their further members are left out.
    assert best(*pair, *alone, budget=3) == "a | b+c"


def test_values_that_differ_by_rounding_are_equal():
    third = 1 / 3
    split = (Candidate(("a",), (third,)), Candidate(("b", "c"), (third, third)))
    other = Candidate(("a", "b", "c"), (third * (1 + 1e-15), third, third))
    choice = solve(Problem(ABC, (*split, other), 2))
    assert choice is not None
    assert str(choice) == "a+b+c"


def test_rules():
    candidates = drawn(5, 1)
    tasks = tuple("abcde")

    def best(**rules: object):
        choice = solve(Problem(tasks, candidates, 3, **rules))  # type: ignore[arg-type]
        assert choice is not None
        return choice

    free = best()
    assert free.serves["a"] != free.serves["d"]
    together = best(together=(("a", "d"),))
    assert together.serves["a"] == together.serves["d"]
    assert together.total < free.total
    apart = best(apart=(("b", "e"),))
    assert not any({"b", "e"} <= set(network.tasks) for network in apart.networks)
    small = best(largest=2)
    assert max(len(network.tasks) for network in small.networks) == 2


def test_nothing_fits():
    pairs = (Candidate(("a", "b"), (0.0, 0.0)), Candidate(("b", "c"), (0.0, 0.0)))
    assert solve(Problem(ABC, pairs, 1)) is None
    assert solve(Problem(ABC, pairs, 2, disjoint=True)) is None


@pytest.mark.slow
def test_fifteen_tasks_take_less_than_a_minute():
    began = time.process_time()
    assert solve(Problem(tuple("abcdefghijklmno"), drawn(15, 0), 3)) is not None
    assert time.process_time() - began < 60
