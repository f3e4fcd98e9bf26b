"""The pages of docs/recipes show the programs as they are, and are found."""

import re

import pytest

from tests.e2e.recipes.programs import FOLDER, PROGRAMS
from tests.places import DOCS, ROOT

PAGES = sorted(path for path in (DOCS / "recipes").glob("*.md") if path.stem != "index")
SHOWN = re.compile(
    r"<!-- the file docs/examples/recipes/(\w+)\.py, word for word; a test compares them -->\n"
    r"```python\n(.*?)```",
    re.DOTALL,
)
PARTS = [
    "**When you want this:**",
    "## What changes against your loop",
    "## What to watch for",
    "## Probing with it",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_its_programs_word_for_word(page):
    text = page.read_text()
    shown = SHOWN.findall(text)
    assert text.count("```python") == len(shown) > 0
    for name, code in shown:
        assert code == (FOLDER / f"{name}.py").read_text(), name


def test_every_program_is_shown_once():
    shown = [name for page in PAGES for name, _ in SHOWN.findall(page.read_text())]
    assert sorted(shown) == PROGRAMS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_parts_in_order(page):
    text = page.read_text()
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    three = text[places[1] : places[2]]
    assert re.findall(r"^\d\.", three, re.MULTILINE) == ["1.", "2.", "3."]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_index_names_a_page_in_its_table_and_its_contents(page):
    index = (DOCS / "recipes" / "index.md").read_text()
    assert f"]({page.name})" in index
    assert f"\n{page.stem}\n" in index.partition("{toctree}")[2]


@pytest.mark.parametrize("place", ["docs/index.md", "docs/your-own-tasks.md", "README.md"])
def test_the_recipes_are_named_where_one_looks(place):
    assert "recipes/index.md" in (ROOT / place).read_text()
