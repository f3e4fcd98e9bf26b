"""What stands behind ± is named beside it: a standard error here, half an interval in a matrix."""

from analysis import heatmap
from analysis.comparison.cells import ERRORS
from analysis.comparison.comparison import Comparison
from analysis.comparison.table import comparison_table


def compared(seeds):
    runs = {
        "single": {seed: {"a": 0.5 + seed / 100, "b": 0.4} for seed in range(seeds)},
        "joint": {seed: {"a": 0.4 + seed / 50, "b": 0.5} for seed in range(seeds)},
    }
    return Comparison(runs)


def test_a_table_says_what_its_errors_are():
    table = comparison_table(compared(3))
    assert any("±" in cell for row in table.rows for cell in row) and ERRORS in table.notes


def test_a_table_of_one_seed_has_none():
    table = comparison_table(compared(1))
    assert not any("±" in cell for row in table.rows for cell in row)
    assert ERRORS not in table.notes


def drawn(changes, **options):
    axes = heatmap(changes, **options)
    (legend,) = axes.figure.legends
    return axes, [text.get_text() for text in legend.get_texts()]


def test_the_key_of_a_heatmap_says_what_half_widths_are(four_changes):
    axes, said = drawn(four_changes, width=3.8)
    written = [text.get_text() for text in axes.texts]
    assert any("±" in text for text in written) and "±: half of the interval" in said


def test_the_key_says_nothing_of_half_widths_that_are_not_there(four_changes):
    for options in ({"second_line": "n", "width": 3.8}, {}):
        axes, said = drawn(four_changes, **options)
        assert not any("±" in text.get_text() for text in axes.texts)
        assert "±: half of the interval" not in said
