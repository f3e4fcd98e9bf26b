"""The house stays habitable: small files and functions, no circles of imports, few rooms a hall."""

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from tests.places import ROOT

WINGS = ("relations", "gradsplit", "analysis", "benchmarks")
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
MOST_FILES = {"gradsplit": 8, "relations": 22, "analysis": 12}


def files(*homes: str) -> list[Path]:
    return sorted(path for home in homes for path in (ROOT / home).rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """Every module or name that a file imports, wherever in the file, for types alone too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circles(paths: list[Path]) -> list[list[str]]:
    """Groups of files that import each other; a package's face hands names on and is left out."""
    modules = {name_of(path): path for path in paths if path.name != "__init__.py"}
    graph = nx.DiGraph()
    for name, path in modules.items():
        for asked in imported(path):
            target = asked if asked in modules else asked.rpartition(".")[0]
            if target in modules and target != name:
                graph.add_edge(name, target)
    return [sorted(group) for group in nx.strongly_connected_components(graph) if len(group) > 1]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its head and docstring."""
    body = function.body
    if ast.get_docstring(function) is not None and len(body) > 1:
        body = body[1:]
    return (function.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("home", ["relations", "gradsplit", "analysis"])
def test_no_files_import_each_other(home):
    assert circles(files(home)) == []


def test_a_circle_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.test_house.ROOT", tmp_path)
    (tmp_path / "wing").mkdir()
    (tmp_path / "wing" / "one.py").write_text("from wing.two import name\n")
    (tmp_path / "wing" / "two.py").write_text("def late():\n    from wing import one\n")
    assert circles(files("wing")) == [["wing.one", "wing.two"]]


def test_no_file_is_too_long():
    lengths = {name_of(path): path.read_text().count("\n") for path in files(*WINGS)}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_function_is_too_long():
    long = {
        f"{name_of(path)}.{node.name}": body_lines(node)
        for path in files(*WINGS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_lines(node) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize(("home", "most"), MOST_FILES.items())
def test_a_hall_has_few_rooms(home, most):
    assert len(list((ROOT / home).glob("*.py"))) <= most
