"""What a terminal gets: no commands of others' text, and lines that are broken between words."""

import io
import warnings

import pytest
from tqdm import tqdm

from gradsplit.cli import main
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


@pytest.mark.parametrize("terminal", [True, False])
def test_notes_and_mistakes_are_broken_on_a_terminal(narrow, monkeypatch, tmp_path, terminal):
    page = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", page)
    path = tmp_path / "scores.csv"
    path.write_text("method,a,b,c\nsingle,1,2,3\nx,2,3,none\nmore,2,3,4\n")
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "--scores", "scores.csv"]) == 2
    path.write_text("method,a,b\nsingle,1,2\nx,2,3\n")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["compare", "--scores", "scores.csv", "--out", "out"]) == 0
    lines = page.getvalue().splitlines()
    note = lines[lines.index("gradsplit: note: read as") if terminal else 1 :]
    assert (max(map(len, lines)) <= 30) is terminal
    assert " ".join(" ".join(note).split()).startswith(
        "gradsplit: note: read as higher is better: a, b;"
    )


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


def test_in_a_file_who_is_not_in_the_race_is_broken_too(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    page = io.StringIO()
    print("not in the race: wider network; db-mtl; nash-mtl: no room", file=PlainOutput(page))
    assert page.getvalue().splitlines() == [
        "not in the race: wider network; db-mtl;",
        "  nash-mtl: no room",
    ]


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


class Bar:
    """A bar of progress on a terminal."""

    disable = False

    def __init__(self, page):
        self.fp, self.page = page, page

    def clear(self):
        self.page.write("<")

    def refresh(self):
        self.page.write(">")


def test_lines_are_written_above_a_bar_and_whole(monkeypatch):
    page = Terminal()
    monkeypatch.setattr(tqdm, "_instances", [Bar(page)])
    out = PlainOutput(page)
    print("two", "words", file=out)
    assert page.getvalue() == "<two words\n>"
    out.write("begun")
    assert page.getvalue() == "<two words\n>"
    monkeypatch.setattr(tqdm, "_instances", [])
    out.write(" and ended\n")
    assert page.getvalue() == "<two words\n>begun and ended\n"


def test_a_bar_does_not_keep_a_file_waiting(monkeypatch):
    page = io.StringIO()
    monkeypatch.setattr(tqdm, "_instances", [Bar(Terminal())])
    PlainOutput(page).write("begun")
    assert page.getvalue() == "begun"


def test_what_is_left_is_written_in_the_end(monkeypatch):
    page = Terminal()
    monkeypatch.setattr(tqdm, "_instances", [Bar(page)])
    out = PlainOutput(page)
    out.write("begun")
    out.flush()
    assert page.getvalue() == "begun"
