"""What is unknown is called so wherever it is shown, whatever number the seeds left over have."""

import numpy as np
import pytest

from relations import ChangeMatrix, GradientMask, RelationGraph, Task
from relations.errors import MaskError, options_named
from relations.statistics.unknown_edges import why_unknown
from relations.tables.relation_table import read_relation_table, write_relation_table

TASKS = [Task(name) for name in "abc"]


def collapsed(outcome, lost=0.0):
    """Runs of a, b and c, where b collapses beside a in two of five seeds."""
    for seed in range(5):
        alone = 0.8 + 0.01 * seed
        yield from (outcome(task, seed, alone) for task in "abc")
        yield outcome("a+b", seed, alone, lost if seed < 2 else alone - 0.001 * seed)
        yield from (outcome(pair, seed, alone, alone + 0.001 * seed) for pair in ("a+c", "b+c"))


def test_a_cell_that_lost_seeds_shows_what_is_left_as_unknown(outcome):
    changes = ChangeMatrix.from_runs(TASKS, collapsed(outcome))
    text = str(RelationGraph.from_changes(changes))
    assert "? (3 of 5: -0.36)" in text
    assert "(5 seeds)" in text.splitlines()[0]  # of the cells that are known
    assert "1 edge is unknown (?): scores without a relative change" in text
    assert "in ? (3 of 5: ...) stands the mean of the seeds that have a change" in text
    assert "`b` scored 0 in 2 of 5 runs beside a" in text and "--absolute b=-0.02" in text
    assert 'Task("b", change="absolute", threshold=-0.02)' in text
    assert "unknown, scores without a relative change: a -> b" in text
    assert "failed" not in text and "missing" not in text


def test_whatever_is_written_is_read_as_unknown(outcome, tmp_path):
    changes = ChangeMatrix.from_runs(TASKS, collapsed(outcome))
    graph = RelationGraph.from_changes(changes)
    assert changes.mean[0, 1] == pytest.approx(-0.0036, abs=1e-4)
    (tmp_path / "printed.txt").write_text(str(changes))
    (tmp_path / "relations.json").write_text(graph.to_json())
    write_relation_table(changes, tmp_path / "table.csv")
    edges = [
        f"{source},{target},{edge['change']},{edge['verdict']}"
        for source, target, edge in graph.edges(data=True)
    ]
    (tmp_path / "edges.csv").write_text("\n".join(["source,target,change,verdict", *edges]))
    for name in ("printed.txt", "relations.json", "table.csv", "edges.csv"):
        again = read_relation_table(tmp_path / name)
        assert again.known.tolist() == changes.known.tolist(), name
        assert np.isnan(again.mean[0, 1])


def test_no_spread_of_an_unknown_edge_is_no_news(outcome):
    runs = [
        *(outcome(task, seed, 0.5) for task in "ab" for seed in range(3)),
        *(outcome("a+b", seed, 0.5 + 0.01 * seed, 0.0 if seed == 0 else 0.4) for seed in range(3)),
    ]
    changes = ChangeMatrix.from_runs(TASKS[:2], runs)
    assert not changes.known[0, 1] and "no spread" not in str(changes)


@pytest.mark.parametrize(
    ("failed", "unusable", "why"),
    [
        (0, 0, "runs missing"),
        (2, 0, "runs failed or lack a score"),
        (2, 1, "runs failed or lack a score"),
        (2, 2, "scores without a relative change"),
    ],
)
def test_why_an_edge_is_unknown(failed, unusable, why):
    by_seed = np.array([[np.nan, np.nan], [0.1, np.nan]])
    lost, scores = ([[0, count], [0, 0]] for count in (failed, unusable))
    changes = ChangeMatrix(["a", "b"], by_seed, failed=lost, unusable=scores, baseline=[1, 1])
    assert changes.why_unknown() == why_unknown(changes, changes.n) == {("a", "b"): why}
    assert changes.select(["b", "a"]).why_unknown() == {("a", "b"): why}


def test_a_mask_is_refused_with_the_reason_and_the_ways_out(outcome):
    graph = RelationGraph.from_changes(ChangeMatrix.from_runs(TASKS, collapsed(outcome)))
    with pytest.raises(MaskError) as refused:
        GradientMask.from_graph(graph)
    said = str(refused.value)
    assert "a -> b (scores without a relative change)" in said
    assert "absolute={'b': -0.02}" in said and 'unknown="allow"' in said
    assert "failed" not in said
    with options_named(["absolute", "unknown"]), pytest.raises(MaskError) as refused:
        GradientMask.from_graph(graph)
    assert "`--absolute b=-0.02`" in str(refused.value)
    assert "`--unknown allow`" in str(refused.value)


def test_equal_scores_have_no_spread(outcome):
    runs = [outcome(task, seed, 0.8) for task in "ab" for seed in range(3)]
    assert "a 0.8 ±0, b 0.8 ±0" in str(ChangeMatrix.from_runs(TASKS[:2], runs))
