"""Help is decided where the interval lies above 0, not where harm alone is ruled out."""

import numpy as np
import pytest

from analysis.figures.graph import drawn_edges, graph_plot
from analysis.figures.heatmap import heatmap
from analysis.figures.heatmap_marks import Cells
from analysis.helpful import helpful_edges, open_help
from analysis.page.cells import matrix_rows
from relations import ChangeMatrix, RelationGraph


@pytest.fixture
def changes() -> ChangeMatrix:
    """a -> b is 1.6 % better, from about -0.5 to 3.7; b -> a 3 %, well above 0; c neither."""
    seeds = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    samples = np.zeros((5, 3, 3))
    samples[:, 0, 1] = 0.016 + 0.0125 * seeds
    samples[:, 1, 0] = 0.03 + 0.002 * seeds
    samples[:, 2, 0] = 0.03 + 0.08 * seeds
    samples[:, 2, 1] = 0.001 * seeds
    return ChangeMatrix(["a", "b", "c"], samples)


@pytest.fixture
def graph(changes) -> RelationGraph:
    graph = RelationGraph.from_changes(changes)
    assert graph.edges["a", "b"]["verdict"] == "not harmful"
    assert -0.01 < graph.edges["a", "b"]["lower"] < 0 < graph.edges["b", "a"]["lower"]
    assert graph.edges["c", "a"]["verdict"] == "undecided"
    return graph


def test_help_is_decided_where_the_interval_lies_above_nothing(graph):
    assert helpful_edges(graph) == {("a", "b"): False, ("b", "a"): True, ("c", "a"): False}
    assert open_help(graph) == [("a", "b")]


def test_the_graph_draws_it_in_its_own_stroke_and_hides_it_with_the_undecided(graph):
    edges = drawn_edges(graph)
    assert edges["helpful"] == [("b", "a")]
    assert set(edges["helpful undecided"]) == {("a", "b"), ("c", "a")}
    assert drawn_edges(graph, undecided=False)["helpful undecided"] == []
    legend = [text.get_text() for text in graph_plot(graph).get_legend().get_texts()]
    assert "helpful, interval above 0: 1" in legend
    assert "helpful by the mean, undecided: 2" in legend


def test_the_heatmap_pales_it_and_says_so(changes, graph):
    axes = heatmap(changes, graph)
    cells = Cells.of(graph, np.arange(3))
    assert np.argwhere(cells.open_help).tolist() == [[0, 1]]
    (pale,) = (one for one in axes.patches if one.get_gid() == "pale")
    corners = pale.get_path().vertices.reshape(-1, 5, 2)[:, 0]
    assert (1.0, 0.0) in {tuple(corner) for corner in corners.tolist()}
    (legend,) = axes.figure.legends
    assert "paler, unmarked: help undecided: 1" in [one.get_text() for one in legend.get_texts()]


def test_the_page_says_it_in_words(changes, graph):
    rows = matrix_rows(changes, graph)
    unsure, sure = rows[0].cells[1], rows[1].cells[0]
    assert unsure.name.startswith("helpful open-help decided")
    assert unsure.verdict == "not harmful, decided; helpful by the mean, undecided"
    assert sure.name.startswith("helpful decided")
    assert sure.verdict == "helpful, decided"
