"""Every figure at the widths of a paper, alone and beside another: no text stands in another."""

import warnings
from functools import cache

import pytest
from matplotlib.figure import Figure

from analysis.figures.figure_file import FigureFileError, figure_of, new_axes
from analysis.figures.labels import plain
from tests.analysis.figures.every_figure import ALONE, drawings, overlapping

pytestmark = pytest.mark.long

NAMES = tuple(drawings())
# Names of several scripts, formulas that are none, and one that no line holds.
ODD = (
    "$x_1$ & y",
    "姿勢",
    "עומק",
    "e\u0301tude <b>",
    "a_name_of_forty_characters_that_goes_on_and_on",
)

usual, odd = cache(drawings), cache(lambda: drawings(ODD))


def figure(drawn) -> Figure:
    return drawn if isinstance(drawn, Figure) else figure_of(drawn)


@pytest.mark.parametrize(("width", "size"), [(3.3, 7), (6.9, 9)])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_as_wide_as_asked_for_and_every_text_stands_alone(name, width, size):
    drawn = figure(usual()[name](width=width, font_size=size))
    assert overlapping(drawn) == []
    assert drawn.get_tightbbox().width + 0.08 == pytest.approx(width, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_of_its_usual_width_every_text_stands_alone(name):
    assert overlapping(figure(usual()[name]())) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ALONE])
def test_beside_another_every_text_stands_alone(name):
    both = Figure(figsize=(6.9, 3.2), layout="constrained")
    for axes in both.subplots(1, 2):
        assert usual()[name](ax=axes, font_size=7) is axes
    assert overlapping(both) == []
    with pytest.raises(FigureFileError, match="leave `width` or `ax` out"):
        usual()[name](ax=both.axes[0], width=3.3)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_drawn_as_they_are(name):
    drawn = figure(odd()[name](width=4, font_size=7))
    assert overlapping(drawn) == []


@pytest.mark.parametrize("name", ["heatmap", "grouping", "learning curves", "recommendation"])
def test_what_is_too_narrow_is_refused(name):
    with pytest.raises(FigureFileError, match=r"`width` is 0\.5"):
        usual()[name](width=0.5)


def test_control_characters_of_a_name_are_no_lines_and_no_warnings():
    axes = new_axes(3, 2)
    axes.set_title(plain("a\tb\x1b[31m\x7f"))
    assert axes.get_title() == "a\ufffdb\ufffd[31m\ufffd"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure_of(axes).draw_without_rendering()
