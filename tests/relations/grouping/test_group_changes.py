"""Changes of the members of joint networks, against hand-sized scores."""

import math

import numpy as np
import pytest

from relations import ChangeMatrix, Outcome, Run, Task
from relations.errors import GroupingError
from relations.grouping.group_changes import GroupChanges

TASKS = (Task("a"), Task("b", higher_is_better=False), Task("c"))


def done(tasks: str, seed: int, **scores: float) -> Outcome:
    return Outcome(Run(tuple(tasks), seed), scores=scores)


def runs() -> list[Outcome]:
    return [
        *(done("a", seed, a=2.0) for seed in (0, 1)),
        *(done("b", seed, b=4.0) for seed in (0, 1)),
        *(done("c", seed, c=1.0) for seed in (0, 1)),
        done("abc", 0, a=2.2, b=5.0, c=1.0),
        done("abc", 1, a=2.0, b=3.2, c=1.5),
        done("ab", 0, a=1.0, b=4.0),
    ]


def test_means_are_those_of_log_ratios():
    means = GroupChanges.from_outcomes(TASKS, runs()).means()
    assert set(means) == {("a", "b", "c"), ("a", "b")}
    a, b, c = means["a", "b", "c"]
    assert a == pytest.approx(math.sqrt(1.1) - 1)
    assert b == pytest.approx(1 - math.sqrt(1.25 * 0.8))
    assert c == pytest.approx(math.sqrt(1.5) - 1)
    assert means["a", "b"] == pytest.approx([-0.5, 0.0])


def test_means_of_some_seeds():
    changes = GroupChanges.from_outcomes(TASKS, runs())
    means = changes.means(np.array([1, 1]))
    assert means["a", "b", "c"] == pytest.approx([0.0, 0.2, 0.5])
    assert ("a", "b") not in means  # it has no run of that seed


def test_a_pair_with_a_failed_run_or_an_unusable_score_is_left_out_with_a_note():
    failed = Outcome(Run(("a", "b"), 1), error="out of memory")
    zero = done("ac", 0, a=2.0, c=0.0)
    changes = GroupChanges.from_outcomes(TASKS, [*runs(), failed, zero])
    assert set(changes.means()) == {("a", "b", "c")}
    assert changes.lost == set()
    first, second, third = changes.notes
    assert third == "not known, runs missing: b+c"
    assert first == "not known, runs failed or lack a score: a+b"
    assert "scores without a relative change" in second and second.endswith(": a+c")


@pytest.mark.parametrize(
    "outcome",
    [Outcome(Run(("a", "b", "c"), 0), error="out of memory"), done("abc", 0, a=-1.0, b=4.0, c=1.0)],
)
def test_a_larger_group_without_a_change_is_lost_and_not_merely_unknown(outcome):
    others = [one for one in runs() if len(one.run.tasks) < 3]
    changes = GroupChanges.from_outcomes(TASKS, [*others, outcome])
    assert changes.lost == {("a", "b", "c")}
    assert np.isnan(changes.means()["a", "b", "c"]).all()
    assert "a+b+c" in changes.notes[0]


def test_a_larger_group_that_drawn_seeds_do_not_know_is_not_predicted_for_them():
    one_seed = [one for one in runs() if one.run != Run(("a", "b", "c"), 1)]
    means = GroupChanges.from_outcomes(TASKS, one_seed).means(np.array([1, 1]))
    assert np.isnan(means["a", "b", "c"]).all()


def test_pairs_of_a_change_matrix():
    by_seed = np.array([[[np.nan, 0.1], [0.2, np.nan]], [[np.nan, 0.21], [0.2, np.nan]]])
    changes = ChangeMatrix(["a", "b"], by_seed)
    means = GroupChanges.from_changes(changes).means()
    assert means["a", "b"] == pytest.approx([changes.mean[1, 0], changes.mean[0, 1]])
    lost = ChangeMatrix(["a", "b"], by_seed, failed=[[0, 1], [0, 0]])
    assert GroupChanges.from_changes(lost).means() == {}


def test_a_pair_that_nobody_ran_is_named():
    known = [one for one in runs() if set(one.run.tasks) != {"a", "b"}]
    changes = GroupChanges.from_outcomes(TASKS, known)
    assert "a+b" in changes.notes[0]


def test_changes_that_cannot_be_summed_are_refused():
    mixed = (TASKS[0], Task("r2", change="absolute", threshold=-0.02))
    with pytest.raises(GroupingError, match="a: relative, r2: absolute"):
        GroupChanges.from_outcomes(mixed, [])


def test_standardised_changes_are_in_units_of_the_spread():
    tasks = tuple(Task(name, change="standardised", threshold=-1.0) for name in "ab")
    outcomes = [
        *(done("a", seed, a=score) for seed, score in enumerate((-1.0, 1.0))),
        *(done("b", seed, b=score) for seed, score in enumerate((0.0, 4.0))),
        *(done("ab", seed, a=0.0, b=4.0) for seed in (0, 1)),
    ]
    changes = GroupChanges.from_outcomes(tasks, outcomes)
    assert not changes.relative
    assert changes.means()["a", "b"] == pytest.approx([0.0, 2.0 / math.sqrt(8)])


def test_a_task_that_was_never_trained_alone_is_refused():
    failed = Outcome(Run(("c",), 0), error="out of memory")
    others = [one for one in runs() if one.run.tasks != ("c",)]
    with pytest.raises(GroupingError, match="no single-task score of c to hold"):
        GroupChanges.from_outcomes(TASKS, [*others, failed])


@pytest.mark.parametrize(
    "lost",
    [
        Outcome(Run(("c",), 2), error="out of memory"),
        done("c", 2, c=0.0),
        done("c", 2, c=-1.0),
    ],
)
def test_pairs_are_unknown_where_the_edges_of_a_change_matrix_are(lost):
    outcomes = [
        *runs(),
        *(done("ac", seed, a=2.0, c=1.1) for seed in (0, 1)),
        *(done("bc", seed, b=4.0, c=1.1) for seed in (0, 1)),
    ]
    assert len(GroupChanges.from_outcomes(TASKS, outcomes).means()) == 4
    changes = ChangeMatrix.from_runs(TASKS, [*outcomes, lost])
    groups = GroupChanges.from_outcomes(TASKS, [*outcomes, lost])
    assert list(GroupChanges.from_changes(changes).means()) == [("a", "b")]
    assert [group for group in groups.means() if len(group) == 2] == [("a", "b")]
    assert groups.lost == {("a", "b", "c")}


def test_a_group_of_a_run_that_lacks_a_score_is_not_known():
    half = Outcome(Run(("a", "c"), 0), {"a": 2.0, "c": math.nan}, error="the score of c is empty")
    changes = GroupChanges.from_outcomes(TASKS, [*runs(), half])
    assert ("a", "c") not in changes.means()
    assert changes.notes[0] == "not known, runs failed or lack a score: a+c"
