"""What README, documentation and examples import is what the three packages name as public."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import DOCS, ROOT

PACKAGES = ("relations", "gradsplit", "analysis")
PAGES = sorted(
    [ROOT / "README.md", *DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb"), *DOCS.rglob("*.py")]
)
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
DIRECTIVE = re.compile(r"^\.\. auto\w+:: +([\w.]+)", re.MULTILINE)


def codes(page: Path) -> Iterator[str]:
    """The pieces of Python code of a page."""
    text = page.read_text()
    if page.suffix == ".py":
        yield text
    elif page.suffix == ".md":
        yield from BLOCK.findall(text)
    else:
        cells = (cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
        yield from ("".join(cell["source"]) for cell in cells)


def imports(code: str) -> Iterator[tuple[str, str | None]]:
    """(module, name) of every import; lines of a notebook that are no Python are passed over."""
    plain = "\n".join(
        line for line in code.splitlines() if not line.lstrip().startswith(("%", "!"))
    )
    for node in ast.walk(ast.parse(plain)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def private(code: str) -> list[str]:
    """The imports of a piece of code that are not public."""
    ours = [(m, name) for m, name in imports(code) if m.split(".")[0] in PACKAGES]
    return [
        f"{module}: {name or 'the module itself'}"
        for module, name in ours
        if module not in PACKAGES
        or (name is not None and name not in importlib.import_module(module).__all__)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_imports_public_names_only(page):
    assert [line for code in codes(page) for line in private(code)] == []


def test_the_check_can_fail():
    assert private("from relations.graph import RelationGraph") == [
        "relations.graph: RelationGraph"
    ]
    assert private("from analysis import nothing") == ["analysis: nothing"]
    assert private("import gradsplit\nfrom gradsplit import GradSplit") == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(package):
    named = set(DIRECTIVE.findall((DOCS / f"api-{package}.md").read_text()))
    public = {f"{package}.{name}" for name in importlib.import_module(package).__all__}
    assert public - named == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_reference_documents_nothing_else(package):
    named = DIRECTIVE.findall((DOCS / f"api-{package}.md").read_text())
    assert [name for name in named if name.count(".") != 1] == []


@pytest.mark.parametrize("name", ["graph", "heatmap", "mask", "relations", "plan"])
def test_a_command_without_a_function_names_what_does_the_same(name):
    code = f"import sys, gradsplit\ntry: gradsplit.{name}\nexcept AttributeError as e: print(e)\n"
    code += "print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    said, torch = ran.stdout.splitlines()
    assert torch == "False"
    names = re.findall(r"\b(analysis|relations|gradsplit)\.(\w+)", said)
    assert names
    for package, part in names:
        assert part in importlib.import_module(package).__all__
