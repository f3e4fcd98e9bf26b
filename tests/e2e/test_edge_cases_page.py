"""Each line of the page of edge cases is held by a test that is there."""

import ast
import re
from functools import cache

from tests.places import DOCS, ROOT

TESTS = re.compile(r"^\|.*\| `([\w/]+\.py)::(\w+)` \|$")


@cache
def functions(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_line_names_a_test_that_is_there():
    lines = (DOCS / "edge-cases.md").read_text(encoding="utf-8").splitlines()
    heads = ("| what one does", "|---")
    cases = [line for line in lines if line.startswith("|") and not line.startswith(heads)]
    assert len(cases) > 70
    for line in cases:
        named = TESTS.match(line)
        assert named, f"no test is named: {line}"
        path, test = named.groups()
        assert (ROOT / path).is_file(), f"there is no {path}: {line}"
        assert test in functions(path), f"there is no {test} in {path}: {line}"
