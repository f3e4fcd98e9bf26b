"""Runs every Python example of README.md and docs/*.md."""

from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# Fixtures, not modules with examples: two of one name cannot both be imported for doctests.
collect_ignore_glob = ["tests/conftest.py", "tests/*/conftest.py"]


@pytest.fixture(scope="module")
def in_empty_folder(tmp_path_factory):
    """Examples write their files into a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("examples"))
        yield


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    fixtures=["in_empty_folder"],
    path=str(Path(__file__).parent),
).pytest()
