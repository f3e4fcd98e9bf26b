"""A figure is drawn again until it is as wide as it should be."""

import pytest

from analysis.figures.figure_file import FigureFileError, new_axes
from analysis.figures.fitting import fitted, saved_width


def test_the_size_is_found_though_texts_do_not_grow_with_it():
    sizes: list[float] = []

    def draw(size):
        sizes.append(size)
        axes = new_axes(size + 1, 2)
        axes.set_ylabel("as high as it is")
        return axes

    axes = fitted(draw, 3.3, 1.0, slope=1.0, least=0.5)
    assert saved_width(axes) == pytest.approx(3.28, abs=0.02)
    assert len(sizes) <= 5


def test_what_does_not_converge_is_never_too_wide():
    def draw(size):
        return new_axes(4.0 if size > 1 else 2.0, 2)

    axes = fitted(draw, 3.3, 1.0, slope=1.0, least=0.1)
    assert saved_width(axes) < 3.3


def test_what_is_too_wide_at_its_smallest_is_refused():
    with pytest.raises(FigureFileError, match="`width` is 3"):
        fitted(lambda size: new_axes(5.0, 2), 3.0, 1.0, slope=1.0, least=0.5)
