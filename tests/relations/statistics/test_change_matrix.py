import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from relations import ChangeMatrix, RelationGraph, Task
from relations.errors import RelationsError, TaskError
from relations.runs import Outcome, Run


def runs_of(outcome, pairs):
    """Runs of tasks a and b from (a alone, b alone, a with b, b with a) a seed."""
    for seed, (a, b, a_with, b_with) in enumerate(pairs):
        yield from (
            outcome("a", seed, a),
            outcome("b", seed, b),
            outcome("a+b", seed, a_with, b_with),
        )


PAIRS = [
    (0.5003, 0.8, 0.49, 0.82),
    (0.52, 0.7907, 0.5002, 0.8),
    (0.48, 0.81, 0.47, 0.8301),
]


def test_mean_is_the_geometric_mean_of_ratios(outcome):
    changes = ChangeMatrix.from_runs([Task("a"), Task("b")], runs_of(outcome, PAIRS))
    logs = [np.log(a_with / a) for a, _, a_with, _ in PAIRS]
    assert changes.mean[1, 0] == pytest.approx(np.expm1(np.mean(logs)))
    low, high = stats.t.interval(0.95, 2, np.mean(logs), stats.sem(logs))
    assert changes.lower[1, 0] == pytest.approx(np.expm1(low))
    assert changes.upper[1, 0] == pytest.approx(np.expm1(high))
    assert changes.se[1, 0] == pytest.approx(stats.sem(logs) * (1 + changes.mean[1, 0]))
    assert changes.n.tolist() == [[0, 3], [3, 0]]
    assert changes.baseline.tolist() == pytest.approx([0.5001, 0.80023], abs=1e-5)


def test_lower_is_better_gives_minus_the_ratio_change(outcome):
    tasks = [Task("a", higher_is_better=False), Task("b")]
    changes = ChangeMatrix.from_runs(tasks, runs_of(outcome, PAIRS))
    logs = [np.log(a_with / a) for a, _, a_with, _ in PAIRS]
    assert changes.mean[1, 0] == pytest.approx(-np.expm1(np.mean(logs)))
    assert changes.lower[1, 0] < changes.mean[1, 0] < changes.upper[1, 0]
    assert changes.se[1, 0] == pytest.approx(stats.sem(logs) * np.exp(np.mean(logs)))


@given(st.floats(1e-3, 1e3), st.permutations(range(2)))
def test_scale_of_a_metric_and_order_of_tasks_do_not_matter(scale, order):
    def runs(factor):
        for seed, (a, b, a_with, b_with) in enumerate(PAIRS):
            yield Outcome(Run(("a",), seed), {"a": a * factor})
            yield Outcome(Run(("b",), seed), {"b": b})
            yield Outcome(Run(("a", "b"), seed), {"a": a_with * factor, "b": b_with})

    tasks = [Task("a"), Task("b")]
    plain = ChangeMatrix.from_runs(tasks, runs(1.0))
    other = ChangeMatrix.from_runs([tasks[i] for i in order], runs(scale))
    for name in ("mean", "lower", "upper", "se", "n"):
        expected = getattr(plain, name)[np.ix_(order, order)]
        np.testing.assert_allclose(getattr(other, name), expected, rtol=1e-9, atol=1e-9)


def test_a_table_without_repeats_is_kept_exactly_and_knows_no_uncertainty():
    changes = ChangeMatrix(["a", "b"], [[9.0, -0.01], [-1.5, 9.0]])
    assert changes.mean[0, 1] == -0.01
    assert changes.mean[1, 0] == -1.5
    assert np.isnan(changes.mean[0, 0])
    assert changes.n.tolist() == [[0, 1], [1, 0]]
    for name in ("lower", "upper", "se"):
        assert np.isnan(getattr(changes, name)).all()
    assert "no uncertainty known" in str(changes)


def test_the_baseline_is_the_mean_of_the_seeds_that_are_there(outcome):
    runs = [outcome("a", 0, 0.5), outcome("a", 1, 0.6), outcome("b", 0, 0.8)]
    baseline = ChangeMatrix.from_runs([Task("a"), Task("b")], runs).baseline
    assert baseline.tolist() == pytest.approx([0.55, 0.8])


def test_the_frame_has_names(outcome):
    frame = ChangeMatrix(["a", "b"], [[0, -0.02], [0.01, 0]]).to_frame()
    assert frame.loc["a", "b"] == -0.02
    assert (frame.index.name, frame.columns.name) == ("source", "target")


def test_text_shows_per_cent_uncertainty_and_what_is_unknown(outcome):
    runs = [*runs_of(outcome, PAIRS), outcome("c", 0, 0.4)]
    changes = ChangeMatrix.from_runs([Task("a"), Task("b"), Task("c")], runs)
    text = str(changes)
    assert "row = source, column = target (3 seeds)" in text
    half = 50 * (changes.upper - changes.lower)[1, 0]
    assert f"-2.65 ±{half:.2f}\n" in text.replace("  ", "\n")
    assert "4 edges are unknown (?)" in text


def test_wide_matrices_print_a_summary_only():
    size = 27
    text = str(ChangeMatrix([f"t{i}" for i in range(size)], np.zeros((size, size))))
    assert "27 tasks are too many to print" in text


def test_failures_are_counted_and_said(outcome):
    runs = [*runs_of(outcome, PAIRS), Outcome(Run(("a", "b"), 9), error="boom")]
    changes = ChangeMatrix.from_runs([Task("a"), Task("b")], runs)
    assert changes.failed.tolist() == [[0, 1], [1, 0]]
    assert "2 edges are unknown (?): runs failed or lack a score" in str(changes)
    assert "1 run failed; a+b seed 9: boom" in str(changes)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"by_seed": np.zeros((3, 2))}, r"shape \[seeds, 2, 2\]"),
        ({"by_seed": [[0, "x"], [0, 0]]}, "`by_seed` must hold numbers"),
        ({"by_seed": [[0, np.inf], [0, 0]]}, "`by_seed` must be finite"),
        ({"by_seed": np.zeros((2, 2)), "level": 95}, r"`level` must be in \(0, 1\)"),
        ({"by_seed": np.zeros((2, 2)), "baseline": [1]}, r"`baseline` must have the shape \[2\]"),
        ({"by_seed": np.zeros((2, 2)), "seeds": [1, 2]}, "`seeds` must name the 1 seeds"),
    ],
)
def test_arguments_that_do_not_fit(kwargs, message):
    with pytest.raises(RelationsError, match=message):
        ChangeMatrix(["a", "b"], **kwargs)


def test_doubled_tasks():
    with pytest.raises(TaskError, match="unique"):
        ChangeMatrix(["a", "a"], np.zeros((2, 2)))


def test_a_collapsed_run_among_others_is_no_change_that_can_be_averaged():
    collapsed = np.zeros((6, 2, 2))
    collapsed[2, 0, 1] = -1.0
    with pytest.raises(RelationsError, match=r"above -100 %.*-100% for a -> b.*write NaN"):
        ChangeMatrix(["a", "b"], collapsed)
    ChangeMatrix(["a", "b"], collapsed, turned=[False, True])
    with pytest.raises(RelationsError, match="a -> b"):
        ChangeMatrix(["a", "b"], -collapsed, turned=[False, True])
    assert ChangeMatrix(["a", "b"], collapsed[2]).mean[0, 1] == -1  # without repeats, as given


def test_a_selection_keeps_the_numbers_and_notes_of_its_tasks(outcome):
    changes = ChangeMatrix.from_runs([Task("a"), Task("b")], runs_of(outcome, PAIRS))
    changes.mean  # noqa: B018  a cached matrix must not be handed on
    changes.notes.update({"a": "of a", "": "of all"})
    turned = changes.select(["b", "a"])
    np.testing.assert_array_equal(turned.mean, changes.mean[::-1, ::-1])
    np.testing.assert_array_equal(turned.lower, changes.lower[::-1, ::-1])
    np.testing.assert_array_equal(turned.baseline, changes.baseline[::-1])
    assert changes.select(["b"]).notes == {"": "of all"}


def collapsed_once(outcome, score):
    """Runs of a, b and c of which one pair run gave a score without a ratio."""
    for seed in range(3):
        up = 0.01 * seed
        yield from (outcome(task, seed, 0.5 + up) for task in "abc")
        yield outcome("a+b", seed, score if seed == 1 else 0.49 + up, 0.6)
        yield from (outcome(pair, seed, 0.49 + up, 0.48) for pair in ("a+c", "b+c"))


@pytest.mark.parametrize("score", [0.0, -0.1])
def test_one_score_without_a_ratio_makes_its_edge_unknown_and_shows_the_others(outcome, score):
    tasks = [Task(name) for name in "abc"]
    changes = ChangeMatrix.from_runs(tasks, collapsed_once(outcome, score))
    whole = ChangeMatrix.from_runs(tasks, collapsed_once(outcome, 0.5))
    graph = RelationGraph.from_changes(changes)
    assert graph.with_verdict("unknown") == [("b", "a")]
    known = whole.known & changes.known
    assert known.sum() == 5
    np.testing.assert_array_equal(changes.by_seed[:, known], whole.by_seed[:, known])
    said = str(graph)
    assert f"`a` scored {score:g} in 1 of 3 runs beside b, which is harm without measure" in said
    assert "unknown, scores without a relative change: b -> a" in said
    assert "runs missing" not in said and "runs failed" not in said
    assert "? (2 of 3: -1.96)" in said


def test_a_metric_that_crosses_zero_leaves_the_other_tasks(outcome):
    runs = [
        *(outcome("nll", seed, 0.1 - 0.1 * 2 * seed) for seed in range(2)),
        *(outcome(task, seed, 0.5) for task in "ab" for seed in range(2)),
        *(outcome("a+b", seed, 0.4, 0.5) for seed in range(2)),
        *(outcome(f"{task}+nll", seed, 0.4, -0.1) for task in "ab" for seed in range(2)),
    ]
    changes = ChangeMatrix.from_runs([Task("a"), Task("b"), Task("nll", False)], runs)
    graph = RelationGraph.from_changes(changes)
    assert graph.with_verdict("unknown") == [("a", "nll"), ("b", "nll")]
    assert graph.harmful() == [("b", "a"), ("nll", "a"), ("nll", "b")]
    assert "`nll` has single-task scores of mixed sign (from -0.1 to 0.1)" in str(graph)
    assert "--without nll" in str(graph)
    assert "nll" not in str(changes.select(["a", "b"]))


@pytest.mark.parametrize(
    ("higher", "alone", "beside", "change"),
    [
        (True, 1.0, 1.1, 0.1),
        (False, 1.0, 1.1, -0.1),
        (True, -1.0, -1.1, -0.1),
        (False, -1.0, -1.1, 0.1),
    ],
)
def test_positive_is_better_whatever_the_sign_of_scores(outcome, higher, alone, beside, change):
    runs = runs_of(outcome, [(alone, 1.0, beside, 1.0)] * 3)
    mean = ChangeMatrix.from_runs([Task("a", higher), Task("b")], runs).mean
    assert mean[1, 0] == pytest.approx(change)


def test_printed_it_has_the_intervals_of_the_relation_graph_that_is_made_of_it():
    rng = np.random.default_rng(3)
    changes = ChangeMatrix(["a", "b", "c"], rng.normal(-0.02, 0.01, (4, 3, 3)))
    assert str(changes) == RelationGraph.from_changes(changes).table(changes)


def test_a_single_task_is_said_to_be_the_only_one():
    assert "a is the only task" in str(ChangeMatrix(["a"], [[np.nan]]))
