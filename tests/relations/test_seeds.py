import pytest

from relations.errors import RelationsError
from relations.seeds import Seeds, parse_seeds


@pytest.mark.parametrize(
    ("seeds", "looks"),
    [
        (Seeds(3, 10), (3, 4, 6, 8, 10)),
        (Seeds(2, 3), (2, 3)),
        (Seeds(3, 20), (3, 4, 6, 8, 11, 15, 20)),
    ],
)
def test_looks_grow_by_a_third(seeds, looks):
    assert seeds.looks == looks


@pytest.mark.parametrize(
    "text", ["0", "-3", "3..", "a", "3.10", "", "10001", "9" * 5000, f"2..{'9' * 5000}"]
)
def test_texts_that_are_neither(text):
    with pytest.raises(RelationsError, match=r"`seeds` must be a number such as 5"):
        parse_seeds(text)


@pytest.mark.parametrize("text", ["1..5", "5..5", "7..3", "3..10001"])
def test_ranges_that_make_no_sense(text):
    with pytest.raises(RelationsError, match="at least 2 to more than that"):
        parse_seeds(text)


def test_levels_are_checked():
    with pytest.raises(RelationsError, match="`threshold`"):
        Seeds(3, 10, threshold=0.1)
    with pytest.raises(RelationsError, match="`correction`"):
        Seeds(3, 10, correction="x")  # type: ignore[arg-type]
