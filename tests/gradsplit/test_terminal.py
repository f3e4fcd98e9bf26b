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


ADVICE = (
    "Train two networks, judged on five fresh seeds: they gain +13.8 points of delta_m over one, "
    "and no task loses by sharing."
)


@pytest.mark.parametrize(("columns", "longest"), [("", 120), ("40", 40), ("200", 200)])
def test_in_a_file_sentences_are_broken_at_120_or_as_asked(columns, longest, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    page = io.StringIO()
    print(ADVICE, file=PlainOutput(page))
    lines = page.getvalue().splitlines()
    assert " ".join(lines) == ADVICE
    assert max(map(len, lines)) <= longest
    assert (len(lines) == 1) == (longest == 200)


@pytest.mark.parametrize(
    "line",
    [
        f"pose  0.81 ± 0.02  {'x ' * 60}.",
        f'  "answer": "{ADVICE}".',
        "python train.py --tasks a+b --seed 0 --scores a+b.json --device cuda --data pictures.npz",
        f"{{{ADVICE}",
    ],
)
def test_in_a_file_tables_data_and_commands_stay_whole(line):
    page = io.StringIO()
    print(line, file=PlainOutput(page))
    assert page.getvalue() == f"{line}\n"
