"""The directions of imports in docs/architecture.md, and what must not be imported early."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"relations", "gradsplit", "analysis"}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def allowed(path: Path, module: str) -> bool:
    """Whether the file may import the module."""
    home, top = path.relative_to(ROOT).parts[0], module.split(".")[0]
    if top not in OURS or top == home:
        return True
    parts = path.relative_to(ROOT).parts
    if home == "gradsplit" and (parts[1] in ("commands", "cli.py")):
        return True
    if home == "gradsplit":
        return module in ("relations.tasks", "relations.mask")
    return home == "analysis" and top == "relations"


def files() -> list[Path]:
    return sorted(path for home in OURS for path in (ROOT / home).rglob("*.py"))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_in_the_right_directions(path):
    wrong = {module for module in imports(path) if not allowed(path, module)}
    assert not wrong


def test_the_check_can_fail():
    assert not allowed(ROOT / "relations/plan.py", "gradsplit.fit")
    assert not allowed(ROOT / "gradsplit/fit.py", "relations.probe")
    assert not allowed(ROOT / "analysis/heatmap.py", "gradsplit")
    assert allowed(ROOT / "gradsplit/commands/probe.py", "relations.probe")


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in memory after a statement in a fresh process."""
    code = f"import sys\n{statement}\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("package", sorted(OURS))
def test_importing_a_package_does_not_import_torch(package):
    assert "torch" not in loaded_by(f"import {package}")


def test_relations_and_analysis_never_import_torch():
    statement = (
        "import relations.probe, relations.graph, relations.mask, relations.sources\n"
        "import analysis.heatmap, analysis.graph_plot, analysis.comparison"
    )
    loaded = loaded_by(statement)
    assert "torch" not in loaded
    assert "gradsplit" not in loaded


@pytest.mark.parametrize("words", [["--help"], ["probe", "--help"], ["train", "--help"]])
def test_help_imports_nothing_heavy(words):
    statement = (
        f"from gradsplit.cli import main\ntry:\n    main({words!r})\nexcept SystemExit:\n    pass"
    )
    assert not {"torch", "scipy", "matplotlib", "networkx", "pandas"} & loaded_by(statement)


def test_public_names_exist():
    statement = "\n".join(
        f"import {package}\nfor name in {package}.__all__: getattr({package}, name)"
        for package in sorted(OURS)
    )
    assert "torch" in loaded_by(statement)
