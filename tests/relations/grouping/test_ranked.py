"""The best choices one after another are all choices, sorted."""

import pytest

from relations.grouping.problem import Problem
from relations.grouping.ranked import ranked_choices
from tests.relations.grouping.problems import TOY, drawn, every_choice


@pytest.mark.parametrize("disjoint", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_every_choice_comes_once_the_best_first(seed, disjoint):
    problem = Problem(("a", "b", "c"), drawn(3, seed, (0.5, 1.0)), 2, disjoint)
    listed = list(ranked_choices(problem))
    slow = sorted(every_choice(problem), key=lambda choice: -choice.total)
    assert len({choice.key() for choice in listed}) == len(listed)
    assert {choice.key() for choice in listed} == {choice.key() for choice in slow}
    totals = [choice.total for choice in listed]
    assert totals == pytest.approx([choice.total for choice in slow], abs=1e-9)


def test_the_runner_up_of_the_toy():
    first, second, *_ = ranked_choices(Problem(("a", "b", "c"), TOY, 2))
    assert (str(first), first.total) == ("a+c | b+c", pytest.approx(-2.65))
    assert second.total == pytest.approx(-2.7)
