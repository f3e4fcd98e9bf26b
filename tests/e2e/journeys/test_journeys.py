"""Every journey of the documentation leads to its first result, as its page says."""

import shutil

import pytest

from tests.e2e.journeys.console import run_page
from tests.places import DOCS, EXAMPLES

pytestmark = pytest.mark.long

PAGES = sorted((DOCS / "journeys").glob("*.md"))
A_PAGE = 560  # words, its commands and what they print among them


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_journey_goes_as_its_page_says(page, tmp_path, monkeypatch):
    for example in EXAMPLES.glob("*.py"):
        shutil.copy(example, tmp_path)
    monkeypatch.chdir(tmp_path)
    run_page(page, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_journey_is_a_page_and_says_where_to_go_on(page):
    text = page.read_text()
    assert len(text.split()) <= A_PAGE
    assert text.startswith("# I have ")
    assert "\nNext: [" in text


@pytest.mark.parametrize("place", ["docs/index.md", "README.md"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_journey_is_named_where_one_begins(page, place):
    assert f"journeys/{page.name}" in (DOCS.parent / place).read_text()
