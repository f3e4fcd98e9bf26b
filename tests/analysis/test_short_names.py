"""Names in pictures and tables stay apart when they are shortened."""

import itertools
import random

import pytest

from analysis.short_names import shorten

HANDS = [f"segmentation-of-{side}-{part}-in-photographs" for side, part in
         itertools.product(("left", "right"), ("hand", "foot"))]  # fmt: skip


def test_short_names_stay_as_they_are_and_long_ones_lose_their_middle():
    assert shorten(["pose", "re-identification"], 9) == ["pose", "re-i…tion"]
    assert shorten([], 9) == []


@pytest.mark.parametrize("width", [14, 18, 24])
def test_what_names_differ_in_stays(width):
    short = shorten(HANDS, width)
    assert max(map(len, short)) <= width
    for name, (side, part) in zip(
        short, itertools.product(("left", "right"), ("hand", "foot")), strict=True
    ):
        assert f"{side}-{part}" in name


def test_the_beginning_and_the_end_are_what_is_left_where_nothing_is_shared():
    assert shorten(["segmentation-of-left-hand", "segmentation-of-left-foot"], 11) == [
        "segme…-hand",
        "segme…-foot",
    ]


def test_only_those_that_would_look_alike_are_shortened_in_another_way():
    short = shorten([*HANDS, "re-identification-of-people"], 14)
    assert short[-1] == shorten(["re-identification-of-people"], 14)[0]
    assert "…" in short[-1]


def test_whatever_the_names_they_stay_as_distinct_as_they_were():
    draw = random.Random(0)
    for _ in range(2000):
        names = [
            "".join(draw.choice("ab-") for _ in range(draw.randint(0, 30)))
            for _ in range(draw.randint(1, 6))
        ]
        short = shorten(names, draw.randint(3, 20))
        assert len(set(short)) == len(set(names)), names
        assert [names.index(name) for name in names] == [short.index(name) for name in short]
        assert all(len(new) <= len(old) for new, old in zip(short, names, strict=True))


def test_no_name_is_longer_than_asked_for_where_there_is_a_way():
    names = ["q" * 300 + str(number) + "r" * 300 for number in range(100, 300)]
    short = shorten(names, 24)
    assert max(map(len, short)) <= 24
    assert [name.strip("qr…") for name in short] == [str(number) for number in range(100, 300)]
