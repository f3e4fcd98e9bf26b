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


MAY_IMPORT = {
    "relations": set(),
    "analysis": {"relations"},
    "gradsplit": {"relations"},
    "gradsplit/engine": {"gradsplit", "relations.tasks", "relations.mask"},
    "gradsplit/training": {
        *("gradsplit", "relations.tasks", "relations.change_kinds", "relations.mask"),
        *("relations.digests", "relations.runs", "relations.side_scores", "engine"),
        *("relations.running.stopping", "relations.run_files"),
        "relations.loss_curves",
    },
    "gradsplit/tasksets": {
        *("gradsplit", "relations.tasks", "relations.digests", "engine", "training"),
    },
    "gradsplit/studies": {"gradsplit", "relations", "analysis", "engine", "training", "tasksets"},
    "gradsplit/commands": {
        *("gradsplit", "relations", "analysis", "engine", "training", "tasksets", "studies"),
    },
}
"""Wing -> the wings, or the modules of another package, that its files may import."""

PUBLIC_FACE = ROOT / "gradsplit" / "__init__.py"


def wing_of(parts: tuple[str, ...]) -> str:
    """The wing of a file or module, named from the top."""
    inner = "/".join(parts[:2])
    return inner if inner in MAY_IMPORT else parts[0]


def allowed(path: Path, module: str) -> bool:
    """Whether the file may import the module."""
    parts = module.split(".")
    own, other = wing_of(path.relative_to(ROOT).parts), wing_of(tuple(parts))
    # The package's face names what users import, from every wing, and loads it late.
    if parts[0] not in OURS or own == other or path == PUBLIC_FACE:
        return True
    return other.removeprefix("gradsplit/") in MAY_IMPORT[own] or module in MAY_IMPORT[own]


def files() -> list[Path]:
    return sorted(path for home in OURS for path in (ROOT / home).rglob("*.py"))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_in_the_right_directions(path):
    wrong = {module for module in imports(path) if not allowed(path, module)}
    assert not wrong


def test_the_check_can_fail():
    assert not allowed(ROOT / "relations/plan.py", "gradsplit.training.fit")
    assert not allowed(ROOT / "gradsplit/training/fit.py", "relations.probe")
    assert not allowed(ROOT / "gradsplit/engine/split.py", "gradsplit.training.network")
    assert not allowed(
        ROOT / "gradsplit/studies/comparison/method_runs.py", "gradsplit.commands.options"
    )
    assert not allowed(ROOT / "analysis/figures/heatmap.py", "gradsplit")
    assert allowed(ROOT / "gradsplit/commands/probe.py", "relations.probe")
    assert allowed(ROOT / "gradsplit/training/fit.py", "relations.mask")


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
        "import analysis.figures.heatmap, analysis.figures.graph, analysis.comparison.comparison"
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
