"""README is short, and says nothing that the pages it names do not say."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MOST_WORDS = 900
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text.replace("−", "-")))


def answers() -> list[str]:
    table = README.partition("| question | answer |")[2].partition("\n\n")[0]
    return [line for line in table.splitlines() if "](" in line]


def test_it_is_read_in_minutes():
    shown = re.sub(r"<!--.*?-->|</?(?:picture|source|img)\b[^>]*>", "", README, flags=re.DOTALL)
    assert len(shown.split()) <= MOST_WORDS


@pytest.mark.parametrize("answer", answers(), ids=lambda line: line.split("|")[1].strip())
def test_its_numbers_stand_on_the_page_that_it_names(answer):
    page = (ROOT / LINK.findall(answer)[0]).read_text()
    shown = re.sub(r"\]\([^)]*\)|`[^`]*`", "", answer)
    assert numbers(shown) <= numbers(page)


def test_what_recommend_prints_is_what_it_printed():
    kept = ROOT / "reports" / "recommendation" / "planted" / "recommendation.json"
    said = " ".join(json.loads(kept.read_text())["answer"].split())
    shown = README.partition("and ends with\n\n> ")[2].partition("\n\n")[0].split("\n> ...")
    assert len(shown) == 2
    for part in shown:
        assert " ".join(part.replace("\n> ", " ").split()) in said
