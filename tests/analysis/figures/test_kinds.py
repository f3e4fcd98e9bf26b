"""Figures and files of relations whose changes are of several units."""

import csv

import networkx as nx
import numpy as np
import pytest

from analysis import export, graph_plot, heatmap
from analysis.figures.graph import drawn_edges
from analysis.harm_summary import harm
from relations import ChangeMatrix, RelationGraph, Task, read_relation_table

TASKS = (
    Task("pose"),
    Task("r2", change="absolute", threshold=-0.02),
    Task("nll", higher_is_better=False, change="standardised", threshold=-2.0),
)
MEAN = [[0, -0.05, -1.0], [-0.03, 0, 5.0], [0.005, -0.01, 0]]


@pytest.fixture
def graph():
    return RelationGraph.from_changes(ChangeMatrix(TASKS, MEAN))


def texts(axes, gid=None):
    return [text.get_text() for text in axes.texts if gid is None or text.get_gid() == gid]


def test_a_heatmap_names_units_and_colours_sizes_of_the_threshold(graph):
    axes = heatmap(graph.changes, graph)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["pose [−1 %]", "r2 [−0.02 abs.]", "nll [−2 sd]"]
    shown = axes.collections[0].get_array().reshape(3, 3)
    wanted = np.array(MEAN) / [0.01, 0.02, 2.0]
    off = ~np.eye(3, dtype=bool)
    assert np.allclose(shown[off], wanted[off], rtol=1e-12)
    assert texts(axes, "change") == ["−0.050", "−1.0", "−3.00", "+5.0", "+0.50", "−0.010"]
    bar = next(part for part in axes.child_axes if part.get_gid() == "color bar")
    label = " ".join(bar.get_ylabel().split())
    assert "in sizes of its column's threshold" in label and "%" not in label


def test_a_graph_draws_the_largest_in_sizes_of_the_threshold(graph):
    kinds = drawn_edges(graph)
    assert kinds["harmful undecided"] == [("r2", "pose"), ("pose", "r2")]
    assert kinds["helpful undecided"] == [("r2", "nll")]
    shown = texts(graph_plot(graph), "change")
    assert set(shown) == {"−0.050 abs.", "−3.0 %", "+5.0 sd"}


def test_sums_of_harm_are_in_thresholds(graph):
    summed = harm(graph)
    assert summed.mixed
    assert {one.task: round(one.change, 9) for one in summed.sources} == {"r2": -3.0, "pose": -2.5}


def test_an_edge_table_says_kind_and_threshold_and_reads_again(graph, tmp_path):
    export(graph, tmp_path / "edges.csv")
    with (tmp_path / "edges.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["target"]: (row["kind"], row["threshold"]) for row in rows} == {
        "pose": ("relative", "-0.01"),
        "r2": ("absolute", "-0.02"),
        "nll": ("standardised", "-2.0"),
    }
    read = read_relation_table(tmp_path / "edges.csv")
    assert np.array_equal(read.mean, graph.changes.mean, equal_nan=True)
    assert RelationGraph.from_changes(read).harmful() == graph.harmful()


@pytest.mark.parametrize("ending", [".graphml", ".gexf"])
def test_nodes_of_xml_formats_carry_kind_unit_and_threshold(graph, tmp_path, ending):
    export(graph, tmp_path / f"graph{ending}")
    read = {".graphml": nx.read_graphml, ".gexf": nx.read_gexf}[ending](tmp_path / f"graph{ending}")
    assert {task: (read.nodes[task]["kind"], read.nodes[task]["threshold"]) for task in read} == {
        "pose": ("relative", -0.01),
        "r2": ("absolute", -0.02),
        "nll": ("standardised", -2.0),
    }
    if ending == ".graphml":
        assert read.graph["threshold"] == -0.01


def test_dot_carries_the_thresholds(graph, tmp_path):
    export(graph, tmp_path / "graph.dot")
    assert '"r2" [kind="absolute", unit="the metric\'s own unit", threshold="-0.02"];' in (
        (tmp_path / "graph.dot").read_text()
    )
