import math

import numpy as np
import pytest

from gradsplit.tasksets.figures.drawing.raster import Bar, Canvas


def bar(start, end, width, *, reach=0.0, corner=0.0, colour=(1.0, 0.5, 0.0), segment=3, **more):
    def one(value):
        return np.array([value], np.float32)

    return Bar(
        start=one(start),
        end=one(end),
        width=one(width),
        reach=one(reach),
        corner=one(corner),
        colour=one(colour),
        segment=np.array([segment], np.uint8),
        flat=True,
        **more,
    )


def distance(x, y, shape):
    """Signed distance to a bar's outline, in words: along, across, round the corner."""
    (ax, ay), (bx, by) = shape.start[0], shape.end[0]
    length = math.hypot(bx - ax, by - ay)
    ux, uy = (bx - ax) / length, (by - ay) / length
    mx, my = (ax + bx) / 2, (ay + by) / 2
    along = (x - mx) * ux + (y - my) * uy
    across = abs((y - my) * ux - (x - mx) * uy)
    part = min(max(along / length + 0.5, 0), 1)
    half = shape.width[0][0] + part * (shape.width[0][1] - shape.width[0][0])
    corner = shape.corner[0]
    u = abs(along) - (length / 2 + shape.reach[0] - corner)
    v = across - (half - corner)
    outside = math.hypot(max(u, 0), max(v, 0))
    return outside + min(max(u, v), 0) - corner


def slow(shape, height, width):
    picture, segments = np.zeros((3, height, width)), np.zeros((height, width), int)
    for row in range(height):
        for column in range(width):
            cover = min(max(0.5 - distance(column + 0.5, row + 0.5, shape), 0), 1)
            picture[:, row, column] = cover * shape.colour[0]
            if cover > 0.5:
                segments[row, column] = shape.segment[0]
    return picture, segments


SHAPES = {
    "capsule": bar((4, 5), (14, 15), (3, 3), reach=3, corner=3),
    "tapered": bar((5, 4), (12, 18), (4, 2), reach=2, corner=2),
    "box": bar((10, 3), (10, 12), (5, 5), corner=0.5),
    "leaves the picture": bar((-5, 10), (8, 10), (4, 4), reach=4, corner=4),
    "outside": bar((-30, 10), (-20, 10), (4, 4), reach=4, corner=4),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_painting_is_the_slow_rule_pixel_by_pixel(shape):
    canvas = Canvas(np.zeros((1, 3, 24, 20), np.float32))
    canvas.paint(shape)
    picture, segments = slow(shape, 24, 20)
    np.testing.assert_allclose(canvas.pictures[0], picture, atol=2e-5)
    np.testing.assert_array_equal(canvas.segments[0], segments)


def test_the_window_of_a_large_neighbour_changes_nothing():
    small, large = bar((4, 5), (6, 7), (1, 1), reach=1, corner=1), SHAPES["tapered"]
    names = ("start", "end", "width", "reach", "corner", "colour", "segment")
    both = Bar(
        **{n: np.concatenate([getattr(small, n), getattr(large, n)]) for n in names}, flat=True
    )
    together = Canvas(np.full((2, 3, 24, 20), 0.3, np.float32))
    together.paint(both)
    for row, shape in enumerate((small, large)):
        alone = Canvas(np.full((1, 3, 24, 20), 0.3, np.float32))
        alone.paint(shape)
        np.testing.assert_allclose(together.pictures[row], alone.pictures[0], atol=1e-6)
        np.testing.assert_array_equal(together.segments[row], alone.segments[0])


def test_what_is_not_shown_is_not_painted():
    shape = SHAPES["box"]
    hidden = Bar(**{**vars(shape), "shown": np.array([False])})
    canvas = Canvas(np.zeros((1, 3, 24, 20), np.float32))
    canvas.paint(hidden)
    assert not canvas.pictures.any()
    assert not canvas.segments.any()


def test_beyond_the_cut_colour_and_segment_change():
    shape = bar(
        (10, 2),
        (10, 18),
        (4, 4),
        second=np.array([[0.0, 0.0, 1.0]], np.float32),
        second_segment=np.array([9], np.uint8),
        cut=np.array([0.5], np.float32),
    )
    canvas = Canvas(np.zeros((1, 3, 24, 20), np.float32))
    canvas.paint(shape)
    assert (canvas.segments[0, 5, 10], canvas.segments[0, 15, 10]) == (3, 9)
    np.testing.assert_allclose(canvas.pictures[0, :, 15, 10], (0, 0, 1))


def test_later_bars_lie_on_top():
    canvas = Canvas(np.zeros((1, 3, 24, 20), np.float32))
    canvas.paint(bar((10, 2), (10, 18), (4, 4), segment=1))
    canvas.paint(bar((2, 10), (18, 10), (4, 4), segment=2, colour=(0.0, 1.0, 0.0)))
    assert (canvas.segments[0, 10, 10], canvas.segments[0, 3, 10]) == (2, 1)
    np.testing.assert_allclose(canvas.pictures[0, :, 10, 10], (0, 1, 0))
