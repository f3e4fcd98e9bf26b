"""A format is known to everybody once its file is in the folder."""

import sys

import pytest

from analysis import export, graph_format
from analysis.graph_formats import registry
from analysis.graph_formats.registry import ExportError, graph_formats
from tests.places import DOCS

ADJACENCY = """
from analysis import graph_format

@graph_format(".adj", "a line a task: whom it harms")
def write_adjacency(graph, path):
    lines = [f"{task}: {' '.join(b for a, b in graph.harmful() if a == task)}" for task in graph]
    path.write_text("\\n".join(lines))
"""


@pytest.fixture
def new_format(tmp_path, monkeypatch):
    """A folder with one more format, found as the package's own are."""
    (tmp_path / "adjacency.py").write_text(ADJACENCY)
    monkeypatch.setattr(registry.analysis.graph_formats, "__path__", [str(tmp_path)])
    monkeypatch.setattr(registry, "_formats", dict(registry._formats))
    registry._imported.cache_clear()
    yield
    registry._imported.cache_clear()
    sys.modules.pop("analysis.graph_formats.adjacency", None)


def test_a_new_file_is_a_new_format(four_graph, tmp_path, new_format):
    assert export(four_graph, tmp_path / "graph.adj").read_text().startswith("attribute: reid")


def test_an_ending_has_one_writer():
    graph_formats()
    with pytest.raises(ExportError, match=r"\.dot have a writer already"):
        graph_format(".dot", "twice")(lambda graph, path: None)


def test_the_page_lists_every_format():
    page = (DOCS / "looking.md").read_text()
    for form in graph_formats():
        assert f"| `{form.ending}` | {form.description} |" in page
