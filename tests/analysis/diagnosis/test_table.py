"""The table of an edge's diagnosis."""

from math import inf, nan

from analysis.diagnosis.removed_harm import Removed, Row
from analysis.diagnosis.table import diagnosis_table

CURE = Row("2x the steps", "unfinished", Removed(0.56, 0.48, 0.64, "undecided", 5), 0.27, -0.04, 3)


def cells(row: Row) -> list[str]:
    (line,) = diagnosis_table([row]).rows
    return list(line)


def test_shares_and_changes_are_in_percent() -> None:
    assert cells(CURE) == [
        *("2x the steps", "unfinished", "56", "48 to 64", "undecided", "+27.0", "-4.0", "3"),
    ]


def test_what_is_not_known_is_a_dash() -> None:
    spoiled = Row("a", "b", Removed(nan, nan, nan, "undecided", 5), 0.1, 0.1, 0.5)
    assert cells(spoiled)[2:] == ["-", "-", "undecided", "+10.0", "+10.0", "0.5"]


def test_a_control_says_what_it_leaves_alone() -> None:
    removed = Removed(1.0, 0.8, 1.2, "removes", 5)
    assert cells(Row("half", "capacity", removed, nan, nan, 0.5))[1] == "control: all but capacity"
    assert cells(Row("labels", "data", removed, 0.1, nan, 1))[1] == "control: all but data"
    assert not CURE.control


def test_an_interval_without_an_end_says_so() -> None:
    ends = [(0.6, inf, "at least 60"), (-inf, 0.4, "at most 40"), (-inf, inf, "none to all")]
    for lower, upper, said in ends:
        row = Row("a", "b", Removed(0.5, lower, upper, "undecided", 5), 0.1, 0.1, 1)
        assert cells(row)[3] == said
