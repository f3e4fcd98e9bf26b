"""Soft shapes painted into many images at once.

The one primitive is a bar: a line with a width at each end and rounded corners. A limb, a torso, a
head, a bag and a lamp post are all bars. Every bar is painted for all images together, each image
within the smallest window that holds the largest of them, so a hand costs a hand's pixels. Edges
are smoothed over one pixel by the signed distance to the outline. Source: our choice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]
_Place = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]
# The images that show a bar, and the first row and column of its window in each.

# Brightness across a bar: lit from the upper left, darker along the outline, so that an arm is
# seen in front of a torso of the same colour.
_LIGHT = (-0.8, -0.6)
_ROUNDNESS = 0.16
_OUTLINE = 0.35


@dataclass
class Bar:
    """One shape for each of N images; all lengths in pixels, x to the right, y down.

    Attributes:
        start: [N, 2] middle of one end, x and y.
        end: [N, 2] middle of the other end.
        width: [N, 2] half widths at start and end.
        reach: [N] how far the bar goes on beyond both ends.
        corner: [N] radius of the corners; the half width gives a capsule.
        colour: [N, 3] in 0..1.
        segment: [N] what the bar is a part of; written where it covers more than half a pixel.
        second: [N, 3] the other colour: beyond the cut, or of the pattern.
        second_segment: [N] the segment beyond the cut.
        cut: [N] where along the bar the second colour begins, 0 at start, 1 at end; 2 for never.
        pattern: [N] stripes along the bar (period in pixels, above 0), across it (below 0), or none
            (0); the stripes take the second colour.
        shown: [N] whether the bar is painted at all.
        flat: No shading, for scenery.
    """

    start: Floats
    end: Floats
    width: Floats
    reach: Floats
    corner: Floats
    colour: Floats
    segment: Bytes
    second: Floats | None = None
    second_segment: Bytes | None = None
    cut: Floats | None = None
    pattern: Floats | None = None
    shown: NDArray[np.bool_] | None = None
    flat: bool = False


class Canvas:
    """N images being painted.

    Args:
        pictures: [N, 3, H, W] in 0..1; painted over in place.

    Attributes:
        pictures: The same array.
        segments: [N, H, W] segment of the topmost bar in each pixel, 0 where there is none.
    """

    def __init__(self, pictures: Floats) -> None:
        self.pictures = pictures
        self.segments: Bytes = np.zeros(pictures.shape[:1] + pictures.shape[2:], np.uint8)

    def paint(self, bar: Bar) -> None:
        """Paint one bar over every image that shows it.

        Cost: proportional to the images shown times the window of the largest of them.
        """
        size = self.segments.shape[1:]
        low, high = _box(bar)
        inside = ((high >= 0) & (low < (size[1], size[0]))).all(axis=1)
        rows = np.flatnonzero(inside if bar.shown is None else inside & bar.shown)
        if not len(rows):
            return
        low = np.maximum(low[rows], 0)
        extent = np.minimum(high[rows], (size[1] - 1, size[0] - 1)) - low + 1
        wide, tall = (int(most) for most in extent.max(axis=0))
        left = np.minimum(low[:, 0], size[1] - wide)
        top = np.minimum(low[:, 1], size[0] - tall)
        cover, along, across, distance = _cover(bar, rows, left, top, (tall, wide))
        paint = _colours(bar, rows, along, across, distance)
        place = (rows, top, left)
        self._blend(place, cover, paint)
        self._label(bar, place, cover, along)

    def _blend(self, place: _Place, cover: Floats, paint: Floats) -> None:
        rows, top, left = place
        shape = cover.shape[1:]
        windows = sliding_window_view(self.pictures, shape, axis=(2, 3), writeable=True)
        old = windows[rows, :, top, left]
        paint -= old
        paint *= cover[:, None]
        paint += old
        windows[rows, :, top, left] = paint

    def _label(self, bar: Bar, place: _Place, cover: Floats, along: Floats) -> None:
        rows = place[0]
        windows = sliding_window_view(self.segments, cover.shape[1:], axis=(1, 2), writeable=True)
        new = np.broadcast_to(bar.segment[rows, None, None], cover.shape)
        if bar.cut is not None and bar.second_segment is not None:
            beyond = along > bar.cut[rows, None, None]
            new = np.where(beyond, bar.second_segment[rows, None, None], new)
        windows[place] = np.where(cover > 0.5, new, windows[place])


def _box(bar: Bar) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last pixel (x, y) that a bar can touch, one row an image; may lie outside."""
    most = bar.width.max(axis=1) + bar.reach + 1.0
    low = np.minimum(bar.start, bar.end) - most[:, None]
    high = np.maximum(bar.start, bar.end) + most[:, None]
    return np.floor(low).astype(np.intp), np.floor(high).astype(np.intp)


def _cover(
    bar: Bar, rows: NDArray[np.intp], left: NDArray, top: NDArray, shape: tuple[int, int]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Share of each pixel of the window that the bar covers, and where the pixel lies in the bar.

    Returns:
        cover in 0..1; along: 0 at start and 1 at end, clipped; across: the signed distance from the
        bar's line; distance: to the outline, negative inside; all [len(rows), *shape].
    """
    start, end = bar.start[rows], bar.end[rows]
    middle = (start + end) / 2
    axis = end - start
    length = np.sqrt((axis**2).sum(axis=1))
    axis = np.where(length[:, None] > 1e-3, axis / np.maximum(length, 1e-3)[:, None], (0, 1))
    half = (np.maximum(length, 1e-3) / 2).astype(np.float32)
    ax, ay = (axis[:, i, None, None].astype(np.float32) for i in (0, 1))
    x = (left[:, None] + np.arange(shape[1]) + 0.5 - middle[:, :1]).astype(np.float32)[:, None, :]
    y = (top[:, None] + np.arange(shape[0]) + 0.5 - middle[:, 1:]).astype(np.float32)[:, :, None]
    lengthwise = x * ax + y * ay
    across = y * ax - x * ay
    along = np.clip(lengthwise / (2 * half)[:, None, None] + np.float32(0.5), 0, 1)
    corner = bar.corner[rows, None, None]
    width = bar.width[rows]
    side = along * (width[:, 1] - width[:, 0])[:, None, None] + (width[:, 0, None, None] - corner)
    over_u = np.abs(lengthwise) - ((half + bar.reach[rows])[:, None, None] - corner)
    over_v = np.abs(across) - side
    distance = np.minimum(np.maximum(over_u, over_v), 0) - corner
    distance += np.sqrt(np.maximum(over_u, 0) ** 2 + np.maximum(over_v, 0) ** 2)
    return np.clip(np.float32(0.5) - distance, 0, 1), along, across, distance


def _colours(
    bar: Bar, rows: NDArray[np.intp], along: Floats, across: Floats, distance: Floats
) -> Floats:
    """Colour of the bar in each pixel of the window, [len(rows), 3, h, w]."""
    colour = bar.colour[rows, :, None, None]
    if bar.second is not None:
        part = np.zeros_like(along)
        if bar.cut is not None:
            part = (along > bar.cut[rows, None, None]).astype(np.float32)
        if bar.pattern is not None:
            length = np.sqrt(((bar.end - bar.start)[rows] ** 2).sum(axis=1))[:, None, None]
            period = bar.pattern[rows, None, None]
            place = np.where(period > 0, along * length, across)
            stripes = np.sin(place * (2 * np.pi / np.where(period == 0, 1, np.abs(period))))
            part = np.maximum(part, np.where(period == 0, 0, np.clip(stripes * 2 + 0.5, 0, 1)))
        change = (bar.second - bar.colour)[rows, :, None, None]
        colour = colour + change * part.astype(np.float32)[:, None]
    if bar.flat:
        return np.broadcast_to(colour, (len(rows), 3, *along.shape[1:])).astype(np.float32)
    return colour * _shade(bar, rows, across, distance)[:, None]


def _shade(bar: Bar, rows: NDArray[np.intp], across: Floats, distance: Floats) -> Floats:
    """Brightness factor: round towards the light, darker within about a pixel of the outline."""
    axis = bar.end[rows] - bar.start[rows]
    length = np.maximum(np.sqrt((axis**2).sum(axis=1)), 1e-3)
    towards = (axis[:, 0] * _LIGHT[1] - axis[:, 1] * _LIGHT[0]) / length
    width = np.maximum(bar.width[rows].max(axis=1), 1e-3)
    slope = (towards / width * _ROUNDNESS).astype(np.float32)[:, None, None]
    edge = np.maximum(1, width / 3).astype(np.float32)[:, None, None]
    outline = np.clip(distance / edge + 1, 0, 1) * np.float32(_OUTLINE)
    return 1 + slope * across - outline
