"""Runs every Python example of README.md and docs/*.md; tests/e2e/recipes those of docs/recipes."""

import os
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# Workers of xdist have a terminal of 80 columns that nobody looks at; texts have their usual width.
os.environ.pop("COLUMNS", None)

# Fixtures, not modules with examples: two of one name cannot both be imported for doctests.
collect_ignore_glob = ["tests/conftest.py", "tests/*/conftest.py"]
# Examples of pages, run there; importing them for doctests would register what they register.
collect_ignore_glob += ["docs/examples/*.py", "docs/examples/recipes/*.py"]


@pytest.fixture(scope="module")
def in_empty_folder(tmp_path_factory):
    """Examples write their files into a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("examples"))
        yield


@pytest.fixture(scope="module", autouse=True)
def registers_as_before():
    """What a page, an example or a test registers is not there for the files that follow."""
    from analysis.graph_formats import registry as formats
    from gradsplit.studies.diagnosis import cause
    from gradsplit.studies.recommendation import candidate_source
    from gradsplit.training.methods import registry as methods

    registers = [(methods, "_METHODS"), (cause, "_CAUSES"), (formats, "_formats")]
    registers += [(candidate_source, "_SOURCES")]
    for load in (methods.registered, cause.causes, formats.graph_formats, candidate_source.load):
        load()  # what is built in, before anything else is put beside it
    with pytest.MonkeyPatch.context() as patch:
        for module, name in registers:
            patch.setattr(module, name, dict(getattr(module, name)))
        yield


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    fixtures=["in_empty_folder", "registers_as_before"],
    path=str(Path(__file__).parent),
).pytest()
