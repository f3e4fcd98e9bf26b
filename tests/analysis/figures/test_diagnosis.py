"""The picture of an edge's diagnosis."""

from math import nan

import numpy as np
import pytest

from analysis import diagnosis_plot
from analysis.diagnosis.removed_harm import Removed, Row
from relations.errors import RelationsError


def row(share: float, lower: float, upper: float, verdict: str, source: float = 0.0) -> Row:
    return Row("withheld", "stage", Removed(share, lower, upper, verdict, 5), 0.1, source, 1.0)


def test_marks_of_decided_verdicts_are_filled_and_intervals_are_cut_off() -> None:
    rows = [row(0.9, 0.8, 3.0, "removes"), row(0.6, 0.2, 1.0, "undecided")]
    axes = diagnosis_plot(rows, title="a -> b: stage")
    drawn = [np.asarray(line.get_xdata()).tolist() for line in axes.lines]
    assert [0.8, 1.5] in drawn and [0.2, 1.0] in drawn
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert [np.asarray(mark.get_xdata()).tolist() for mark in marks] == [[0.9], [0.6]]
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [False, True]
    assert axes.get_title() == "a -> b: stage"
    # The first line is on top.
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_lines_say_the_cause_and_what_cannot_be_drawn() -> None:
    rows = [row(nan, nan, nan, "undecided"), row(0.4, nan, nan, "undecided", source=nan)]
    axes = diagnosis_plot(rows)
    assert [text.get_text() for text in axes.texts] == ["scores without a ratio"]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["withheld (stage)", "withheld (control: all but stage)"]


def test_the_axis_says_what_is_read_off_it() -> None:
    axes = diagnosis_plot([row(0.9, 0.8, 1.0, "removes"), row(0.6, 0.2, 1.0, "undecided")])
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    said = " ".join(axes.get_xlabel().split())
    assert ticks == ["none", "half", "all"]
    assert "filled: decided" in said and "empty: undecided" in said
    once = diagnosis_plot([row(0.4, nan, nan, "undecided")]).get_xlabel()
    assert "interval" not in once and "filled" not in once


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(RelationsError, match="without interventions"):
        diagnosis_plot([])
