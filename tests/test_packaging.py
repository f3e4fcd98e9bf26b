"""What is installed is what is there; every dependency has its reason and its pinned version."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OURS = ("relations", "gradsplit", "analysis")


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for home in OURS for path in (ROOT / home).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_package_says_that_it_is_typed():
    assert all((ROOT / home / "py.typed").is_file() for home in OURS)


def requirements() -> list[str]:
    project = PROJECT["project"]
    optional = project.get("optional-dependencies", {}).values()
    listed = project["dependencies"] + [line for extra in optional for line in extra]
    return [line for line in listed if not line.startswith("gradsplit[")]


def test_every_dependency_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text()
    for requirement in requirements():
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert re.search(r"#\s*\S+", line), f"{requirement} has no reason beside it"


def test_every_dependency_is_pinned_for_the_tests():
    pinned = {
        re.split(r"[=\[]", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    for requirement in requirements():
        name = re.split(r"[<>=\[]", requirement)[0].lower().replace("_", "-")
        assert name in pinned, f"{name} is not in constraints.txt"
