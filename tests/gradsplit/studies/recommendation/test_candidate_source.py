"""A source of candidates is one function in a file, as the documentation shows it."""

import inspect
import textwrap

import pytest

from gradsplit import load_taskset
from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation import candidate_source
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCosts
from gradsplit.studies.recommendation.candidate_source import Known, candidates, register_source
from tests.gradsplit.toy_tasks import Toy
from tests.places import ROOT


@pytest.fixture
def example(monkeypatch):
    """The file that the module's documentation shows; what it registers is gone after a test."""
    shown = inspect.getdoc(candidate_source).partition("::\n\n")[2]
    candidate_source.load()  # or those that there are would register meanwhile, and be gone too
    monkeypatch.setattr(candidate_source, "_SOURCES", {})
    return textwrap.dedent(shown)


def known_of(taskset, folder):
    return Known(InferenceCosts(taskset), folder, inference=1.0, networks=1)


def test_the_example_offers_its_candidate(example, tmp_path):
    exec(example, {"__name__": "quieter"})
    known = known_of(load_taskset("planted", {"steps": 2}), tmp_path)
    (quieter,) = candidates("at once", known)
    assert quieter.name == "weights:loud=0.1"
    assert quieter.method.factors == {"loud": 0.1}
    assert candidates("from relations", known) == []
    assert candidates("at once", known_of(Toy(), tmp_path)) == []


def test_the_page_shows_the_same_file(example):
    assert f"```python\n{example}\n```" in (ROOT / "docs" / "recommend.md").read_text()


def test_a_stage_that_is_none_is_refused():
    with pytest.raises(GradSplitError, match=r"`stage` must be one of at once, .* got 'later'"):
        register_source("later")
