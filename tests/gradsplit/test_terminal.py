"""What a terminal gets: no commands of others' text, and lines that are broken between words."""

import io

import pytest

from gradsplit.terminal import PlainOutput


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")


def test_a_long_line_is_broken_between_words_and_stands_further_in(narrow):
    page = Terminal()
    print(
        "  a line of words that is longer than the terminal is wide\nshort", file=PlainOutput(page)
    )
    assert page.getvalue().splitlines() == [
        "  a line of words that is",
        "    longer than the terminal",
        "    is wide",
        "short",
    ]


def test_words_and_negative_numbers_stay_whole(narrow):
    page = Terminal()
    word = "x" * 40
    print(f"{word} attribute-and-reid lose -4.86 to -11.18", file=PlainOutput(page))
    assert page.getvalue().splitlines() == [word, "  attribute-and-reid lose", "  -4.86 to -11.18"]


def test_in_a_file_every_line_stays_as_it_is(narrow):
    page = io.StringIO()
    line = "a line of words that is longer than the terminal is wide"
    print(line, file=PlainOutput(page))
    assert page.getvalue() == f"{line}\n"
