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
