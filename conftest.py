"""Runs every Python example of README.md and docs/*.md."""

import importlib
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# Fixtures, not modules with examples: two of one name cannot both be imported for doctests.
collect_ignore_glob = ["tests/conftest.py", "tests/*/conftest.py"]


REGISTERS = (
    ("gradsplit.training.methods.registry", "_METHODS"),
    ("gradsplit.studies.diagnosis.cause", "_CAUSES"),
    ("analysis.graph_formats.registry", "_formats"),
)


@pytest.fixture(scope="module")
def in_empty_folder(tmp_path_factory):
    """Examples write their files into a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("examples"))
        yield


@pytest.fixture(scope="module")
def registers_as_before(request):
    """What the page on extending registers is not there for the tests that follow."""
    if request.path.name != "extending.md":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for place, register in REGISTERS:
            module = importlib.import_module(place)
            patch.setattr(module, register, dict(getattr(module, register)))
        yield


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    fixtures=["in_empty_folder", "registers_as_before"],
    path=str(Path(__file__).parent),
).pytest()
