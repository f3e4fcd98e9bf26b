"""Exported graphs are read back by their formats' own readers, types intact."""

import csv
import json
import math

import networkx as nx
import numpy as np
import pytest

from analysis.graph_formats.edge_table import EDGE_COLUMNS
from analysis.graph_formats.registry import ExportError, export, graph_formats
from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_graph import estimate_graph
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import ODD_NAMES, random_changes


def same(got: dict, expected: dict) -> bool:
    """Equal in values and in types, what is not known left out."""
    known = {
        name: value
        for name, value in expected.items()
        if not (isinstance(value, float) and math.isnan(value))
    }
    return {name: got.get(name) for name in known} == known and all(
        type(got[name]) is type(value) for name, value in known.items()
    )


@pytest.mark.parametrize(
    ("ending", "read"), [(".graphml", nx.read_graphml), (".gexf", nx.read_gexf)]
)
def test_networkx_reads_it_back(four_graph, tmp_path, ending, read):
    back = read(export(four_graph, tmp_path / f"graph{ending}"))
    assert back.is_directed()
    assert set(back.nodes) == set(four_graph.nodes)
    assert set(back.edges) == set(four_graph.edges)
    for edge in four_graph.edges:
        assert same(back.edges[edge], four_graph.edges[edge]), edge


def test_graphml_keeps_what_the_verdicts_depend_on(four_graph, tmp_path):
    back = nx.read_graphml(export(four_graph, tmp_path / "graph.graphml"))
    assert same(back.graph, four_graph.graph | {})
    assert type(back.graph["threshold"]) is float


def test_an_unknown_edge_has_no_change_in_the_file(four_graph, tmp_path):
    back = nx.read_graphml(export(four_graph, tmp_path / "graph.graphml"))
    facts = back.edges["pose", "attribute"]
    assert facts["verdict"] == "unknown"
    assert "change" not in facts


def test_the_edge_table_reads_back(four_graph, tmp_path):
    with export(four_graph, tmp_path / "new" / "edges.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == EDGE_COLUMNS
    assert len(rows) == 12
    for row in rows:
        facts = four_graph.edges[row["source"], row["target"]]
        assert row["verdict"] == facts["verdict"]
        assert int(row["n"]) == facts["n"]
        for name in ("change", "lower", "upper"):
            assert row[name] == ("" if math.isnan(facts[name]) else repr(facts[name]))


def strict(text: str) -> dict:
    """JSON as the standard has it, without NaN and Infinity."""

    def refuse(constant: str):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_is_the_graphs_own_and_reads_back(four_graph, tmp_path):
    back = strict(export(four_graph, tmp_path / "new" / "graph.json").read_text(encoding="utf-8"))
    assert back == strict(four_graph.to_json())
    assert tuple(back["tasks"]) == four_graph.tasks
    edges = {(edge.pop("source"), edge.pop("target")): edge for edge in back["edges"]}
    assert set(edges) == set(four_graph.edges)
    for edge, facts in edges.items():
        assert same(facts, four_graph.edges[edge]), edge
    unknown = edges["pose", "attribute"]
    assert unknown["verdict"] == "unknown"
    assert [unknown[name] for name in ("change", "lower", "upper")] == [None] * 3


def test_odd_names_survive_json(tmp_path):
    tasks = [*ODD_NAMES, 'quo"te', "back\\", "日本", "a\x01"]
    graph = RelationGraph.from_changes(random_changes(len(tasks), tasks=tasks))
    back = strict(export(graph, tmp_path / "odd.json").read_text(encoding="utf-8"))
    assert back["tasks"] == tasks
    assert {(edge["source"], edge["target"]) for edge in back["edges"]} == set(graph.edges)


def test_an_estimate_in_json_has_no_changes(tmp_path):
    samples = np.array([[[np.nan, -0.2], [np.nan, np.nan]]])
    estimate = Estimate("by hand", "cosine", ("pose", "reid"), (0,), samples)
    graph = estimate_graph(estimate, Cut())
    back = strict(export(graph, tmp_path / "graph.json").read_text(encoding="utf-8"))
    assert "edges" not in back and back["unit"] == "cosine"
    assert back["values"] == [[None, -0.2], [None, None]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pydot calls pyparsing by old names
@pytest.mark.parametrize("tasks", [None, [*ODD_NAMES, 'quo"te', "back\\", "日本"]])
def test_dot_is_read_back_by_pydot(tmp_path, tasks):
    pydot = pytest.importorskip("pydot")
    changes = random_changes(len(tasks) if tasks else 4, tasks=tasks)
    graph = RelationGraph.from_changes(changes)
    (back,) = pydot.graph_from_dot_file(export(graph, tmp_path / "graph.dot"), encoding="utf-8")

    def plain(text: str) -> str:
        return text.strip('"').replace('\\"', '"').replace("\\\\", "\\")

    edges = {(plain(e.get_source()), plain(e.get_destination())): e for e in back.get_edges()}
    assert set(edges) == set(graph.edges)
    harmful = set(graph.harmful())
    for name, edge in edges.items():
        assert float(plain(edge.get("change"))) == graph.edges[name]["change"]
        assert (plain(edge.get("style")) == "solid") == (name in harmful)


@pytest.mark.parametrize("ending", [".graphml", ".gexf"])
def test_odd_names_survive_xml(tmp_path, ending):
    graph = RelationGraph.from_changes(random_changes(len(ODD_NAMES), tasks=ODD_NAMES))
    path = export(graph, tmp_path / f"odd{ending}")
    back = nx.read_graphml(path) if ending == ".graphml" else nx.read_gexf(path)
    assert set(back.nodes) == set(ODD_NAMES)


def test_control_characters_are_refused_by_name(tmp_path):
    graph = RelationGraph.from_changes(random_changes(3, tasks=["a\x01", "b", "c\x02"]))
    with pytest.raises(ExportError, match=r"(?s)'a\\x01'.*'c\\x02'"):
        export(graph, tmp_path / "graph.gexf")


def test_another_ending_is_refused_with_the_endings_there_are(four_graph, tmp_path):
    with pytest.raises(ExportError) as error:
        export(four_graph, tmp_path / "graph.xlsx")
    assert all(form.ending in str(error.value) for form in graph_formats())


def test_a_place_that_cannot_be_written_is_an_error_of_the_user(four_graph, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        export(four_graph, tmp_path / "file" / "graph.dot")
