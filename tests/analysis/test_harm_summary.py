"""Who harms whom, on graphs whose harm is known by construction."""

import numpy as np
import pytest

from analysis import harm
from analysis.figures.graph_texts import standing_lines
from relations import ChangeMatrix, RelationGraph


def graph_of(edges: dict[tuple[str, str], float], tasks: str = "abcdef") -> RelationGraph:
    """One seed; the edges given are harmful, all others are 0."""
    mean = np.zeros((len(tasks), len(tasks)))
    for (source, target), change in edges.items():
        mean[tasks.index(source), tasks.index(target)] = change
    return RelationGraph.from_changes(ChangeMatrix(list(tasks), mean))


def test_the_largest_group_comes_first_and_order_in_it_is_the_graphs():
    pair = {("a", "b"): -0.1, ("b", "a"): -0.1}
    ring = {("f", "d"): -0.1, ("d", "e"): -0.1, ("e", "f"): -0.1}
    assert harm(graph_of(pair | ring)).groups == (("d", "e", "f"), ("a", "b"))


def test_sources_harm_and_targets_suffer():
    summary = harm(graph_of({("a", "b"): -0.1, ("a", "c"): -0.2, ("d", "c"): -0.3}))
    assert [(s.task, s.edges) for s in summary.sources] == [("a", 2), ("d", 1)]
    assert [(t.task, t.edges) for t in summary.targets] == [("c", 2), ("b", 1)]
    assert summary.targets[0].change == pytest.approx(-0.5)


def unmeasured(*known: float) -> RelationGraph:
    """Three tasks of which only the first edges of `a` are known."""
    values = np.full((3, 3), np.nan)
    values[0, 1 : 1 + len(known)] = known
    return RelationGraph.from_changes(ChangeMatrix(["a", "b", "c"], values))


def test_what_is_not_known_never_reads_as_good_news():
    assert standing_lines(harm(unmeasured()), {}) == ["Nothing is known of any edge."]
    some = standing_lines(harm(unmeasured(0.1)), {})
    assert some == ["No known edge is harmful.", "5 of 6 are unknown."]
    assert "nothing is known" in str(unmeasured())
    assert "harmful edges" not in str(unmeasured())
    assert "none of the 2 known" in str(unmeasured(0.1, 0.2))
