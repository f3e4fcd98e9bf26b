"""The citation file is valid YAML and says what the package and docs/citing.md say."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())


def test_version_and_licence_are_the_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (CITATION["version"], CITATION["license"]) == (project["version"], project["license"])


def test_the_paper_is_that_of_the_page():
    paper = CITATION["preferred-citation"]
    page = (ROOT / "docs" / "citing.md").read_text()
    authors = re.split(r"\s+and\s+", re.findall(r"author += \{([^}]*)\},", page)[0])
    assert authors == [f"{one['family-names']}, {one['given-names']}" for one in paper["authors"]]
    assert paper["title"] in page
    assert paper["doi"] in page
