"""A table in four formats."""

import csv

import pytest

from analysis.text_table import Table
from relations.errors import RelationsError

TABLE = Table(("method", "Δm [%]"), (("a_b & c", "−1.2 ± 0.3"), ("x|y, $z$", "+4.0")))


def test_text_is_aligned():
    lines = TABLE.text().splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1] == "a_b & c   −1.2 ± 0.3"


WIDE = Table(
    ("method", "pose", "reid", "Δm", "p"),
    (
        ("multi-head", "0.80", "0.70", "-1.0", ""),
        ("a very long name of a method", "1", "2", "3", "4"),
    ),
    ("below the table stands a note of some words",),
    starts=(1, 3),
)


def test_columns_that_do_not_fit_go_below_by_what_belongs_together():
    blocks = WIDE.text(34).split("\n\n")
    assert [block.splitlines()[0].split() for block in blocks] == [
        ["method", "pose", "reid"], ["method", "Δm", "p"],
    ]  # fmt: skip
    assert max(map(len, WIDE.text(34).splitlines())) <= 34
    assert "a very l…a method" in blocks[1]
    assert "below the table stands a note of\n  some words" in blocks[1]


def test_a_table_that_fits_is_one_block():
    plain = WIDE.text().splitlines()
    assert WIDE.text(200).splitlines() == plain
    # A stretch that is too wide by itself is broken where it must be.
    assert len(WIDE.text(22).split("\n\n")) == 3


def test_names_are_not_shortened_to_the_same():
    names = ("split:modules=layer3+layer4", "split:modules=layer2+layer4")
    text = Table(("method", "score"), [(name, "1") for name in names]).text(30)
    assert len({line.split()[0] for line in text.splitlines()}) == 3


def test_markdown_has_a_rule_and_escapes_bars():
    lines = TABLE.markdown().splitlines()
    assert lines[1] == "| --- | ---: |"
    assert "x\\|y, $z$" in lines[3]


def test_csv_reads_back():
    assert list(csv.reader(TABLE.csv().splitlines())) == [
        list(TABLE.header),
        *map(list, TABLE.rows),
    ]


def test_latex_escapes_what_latex_would_read():
    latex = TABLE.latex()
    assert r"a\_b \& c & $-$1.2 $\pm$ 0.3 \\" in latex
    assert r"x|y, \$z\$" in latex
    assert r"$\Delta$m [\%]" in latex
    assert latex.startswith(r"\begin{tabular}{lr}")


def test_rows_of_another_length_are_refused():
    with pytest.raises(RelationsError, match="must have 2 cells like its header, rows 1"):
        Table(("a", "b"), (("1", "2"), ("3",)))
