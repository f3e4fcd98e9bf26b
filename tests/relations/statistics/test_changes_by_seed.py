import numpy as np
import pytest

from relations.runs import Outcome, Run
from relations.statistics.changes_by_seed import change_of_scores, changes_by_seed
from relations.tasks import Task

A, B = Task("a"), Task("b")


def test_a_ledger_that_knows_no_task_yet_has_no_changes():
    assert changes_by_seed([], []).changes.shape == (0, 0, 0)


def test_row_is_the_source_and_column_the_target(outcome):
    runs = [outcome("a", 0, 0.5), outcome("b", 0, 0.8), outcome("a+b", 0, 0.55, 0.6)]
    changes = changes_by_seed([A, B], runs).changes[0]
    assert changes[1, 0] == pytest.approx(0.1)  # b with a: what b does to a
    assert changes[0, 1] == pytest.approx(-0.25)
    assert np.isnan(np.diag(changes)).all()


def test_the_order_of_tasks_in_a_run_does_not_matter(outcome):
    singles = [outcome("a", 0, 0.5), outcome("b", 0, 0.8)]
    one = changes_by_seed([A, B], [*singles, outcome("a+b", 0, 0.55, 0.6)]).changes
    two = changes_by_seed([A, B], [*singles, outcome("b+a", 0, 0.6, 0.55)]).changes
    np.testing.assert_array_equal(one, two)


def test_lower_is_better_is_turned(outcome):
    runs = [outcome("a", 0, 2.0), outcome("b", 0, 1.0), outcome("a+b", 0, 1.5, 1.0)]
    paired = changes_by_seed([Task("a", higher_is_better=False), B], runs)
    assert paired.changes[0, 1, 0] == pytest.approx(0.25)
    assert paired.turned.tolist() == [True, False]


def test_a_change_of_scores_is_positive_when_better():
    assert change_of_scores(1.1, 1.0, higher_is_better=True) == pytest.approx(0.1)
    assert change_of_scores(0.9, 1.0, higher_is_better=False) == pytest.approx(0.1)
    assert change_of_scores(-0.9, -1.0, higher_is_better=True) == pytest.approx(0.1)


def test_negative_scores_keep_positive_is_better(outcome):
    # A log-likelihood: higher is better, all negative; from -2 to -1.5 is an improvement.
    runs = [outcome("a", 0, -2.0), outcome("b", 0, 1.0), outcome("a+b", 0, -1.5, 1.0)]
    paired = changes_by_seed([A, B], runs)
    assert paired.changes[0, 1, 0] == pytest.approx(0.25)
    assert paired.turned.tolist() == [True, False]


def test_runs_are_paired_by_seed(outcome):
    runs = [
        outcome("a", 0, 0.5),
        outcome("a", 1, 1.0),
        outcome("b", 0, 0.8),
        outcome("a+b", 1, 0.9, 0.8),
    ]
    paired = changes_by_seed([A, B], runs)
    assert paired.seeds == (0, 1)
    assert np.isnan(paired.changes[0]).all()  # no pair run of seed 0
    assert paired.changes[1, 1, 0] == pytest.approx(-0.1)
    assert np.isnan(paired.changes[1, 0, 1])  # no single-task run of b with seed 1


def test_tasks_whose_runs_have_no_seed_in_common_are_told(outcome):
    runs = [
        outcome("a", 0, 0.5),
        outcome("b", 0, 0.5),
        outcome("b", 7, 0.5),
        outcome("a+b", 7, 0.4, 0.5),
    ]
    notes = changes_by_seed([A, B], runs).notes
    assert list(notes) == ["a"]
    assert notes["a"].startswith("`a` was trained in pairs with seeds 7 and alone with 0:")
    runs.append(outcome("a", 7, 0.5))
    assert not changes_by_seed([A, B], runs).notes


def test_failed_runs_are_counted_on_the_edges_they_take_away(outcome):
    c = Task("c")
    runs = [
        outcome("a", 0, 0.5),
        Outcome(Run(("b",), 0), error="boom"),
        Outcome(Run(("a", "c"), 0), error="boom"),
    ]
    failed = changes_by_seed([A, B, c], runs).failed
    assert failed.tolist() == [[0, 1, 1], [0, 0, 0], [1, 1, 0]]


def test_joint_runs_and_other_tasks_are_left_out(outcome):
    runs = [outcome("a", 0, 0.5), outcome("a+b+c", 7, 0.1, 0.2, 0.3), outcome("a+z", 8, 0.1, 0.2)]
    assert changes_by_seed([A, B], runs).seeds == (0,)


def test_a_baseline_of_zero_names_the_task_and_the_remedy(outcome):
    paired = changes_by_seed([A, B], [outcome("a", 0, 0.0), outcome("b", 0, 0.8)])
    assert paired.failed.tolist() == [[0, 0], [1, 0]]
    assert list(paired.notes) == ["a"]
    for words in ("`a` has a single-task score (the baseline) of zero", "--absolute a=-0.02"):
        assert words in paired.notes["a"]


def test_a_score_of_zero_beside_another_task_takes_away_that_edge(outcome):
    runs = [outcome("a", 0, 0.5), outcome("b", 0, 0.8), outcome("a+b", 0, 0.0, 0.8)]
    paired = changes_by_seed([A, B], runs)
    assert paired.failed.tolist() == [[0, 0], [1, 0]]
    assert np.isnan(paired.changes[0, 1, 0]) and paired.changes[0, 0, 1] == 0
    assert paired.unusable.tolist() == paired.failed.tolist()
    said = "`a` scored 0 in 1 of 1 runs beside b, which is harm without measure: no relative change"
    assert paired.notes["a"].startswith(said)


def test_a_score_of_zero_is_no_harm_where_lower_is_better(outcome):
    runs = [outcome("a", 0, 0.5), outcome("b", 0, 0.8), outcome("a+b", 0, 0.0, 0.8)]
    note = changes_by_seed([Task("a", higher_is_better=False), B], runs).notes["a"]
    assert note.startswith("`a` scored 0 in 1 of 1 runs beside b: no relative change (its log is")


def test_scores_of_mixed_sign_take_away_the_edges_of_their_task(outcome):
    runs = [
        outcome("a", 0, 0.5),
        outcome("a", 1, -0.5),
        outcome("b", 0, 0.8),
        outcome("a+b", 0, 0.4, -0.1),
    ]
    paired = changes_by_seed([A, B], runs)
    assert paired.failed.tolist() == paired.unusable.tolist() == [[0, 1], [2, 0]]
    assert np.isnan(paired.changes).all()
    assert "`a` has single-task scores of mixed sign (from -0.5 to 0.5)" in paired.notes["a"]
    assert "`b` scored -0.1 in 1 of 1 runs beside a, which is harm" in paired.notes["b"]
