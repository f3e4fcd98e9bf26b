"""The table of tools in the documentation is that of the registry, and its tests exist."""

import ast
import importlib
import re

import pytest

from tests.gradsplit.engine.tools.tools_table import TOOLS, table
from tests.places import DOCS, ROOT

HERE = ROOT / "tests" / "gradsplit" / "engine"
NAMED = [test for tool in TOOLS for test in tool.tests]


def test_the_page_has_the_table_of_the_registry():
    page = (DOCS / "engine.md").read_text()
    assert table() in page, "print it: python -m tests.gradsplit.engine.tools.tools_table"


@pytest.mark.parametrize("test", NAMED)
def test_each_named_test_exists(test):
    path, name, check = re.fullmatch(r"([\w/]+\.py)::(\w+)(?:\[(.+)\])?", test).groups()
    tree = ast.parse((HERE / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if check:
        module = path.removesuffix(".py").replace("/", ".")
        assert check in importlib.import_module(f"tests.gradsplit.engine.{module}").CHECKS


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_what_is_said_of_a_tool_is_tested(tool):
    assert bool(tool.tests) == (tool.exact != "not tried")


def test_no_tool_is_there_twice():
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
