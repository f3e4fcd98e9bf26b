"""Backpacks, shoulder bags and handbags."""

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.figure import Figure, capsule, slab, torso_width
from gradsplit.tasksets.figures.drawing.people import BAGS
from gradsplit.tasksets.figures.drawing.raster import Bar
from gradsplit.tasksets.figures.drawing.segments import Segment

Bools = NDArray[np.bool_]


def backpack(figure: Figure, shown: Bools) -> Bar:
    """A backpack behind the shoulders, for those who have one and are `shown`, [N]."""
    people = figure.people
    back = np.stack([np.sin(figure.poses.yaw), np.zeros_like(figure.poses.yaw)], axis=1)
    away = (back * figure.length(0.1)[:, None]).astype(np.float32)
    thorax, pelvis = figure.at("thorax"), figure.at("pelvis")
    width = torso_width(figure, 0.095, 0.055)
    bar = slab(
        figure,
        thorax * np.float32(1.0) - away,
        thorax * np.float32(0.25) + pelvis * np.float32(0.75) - away,
        (width * 0.85, width),
        0.02,
        people.bag,
        segment=Segment.BACKPACK,
    )
    bar.shown = (people.bag_kind == BAGS.index("backpack")) & shown
    return bar


def strap(figure: Figure) -> Bar:
    """The strap of a shoulder bag, from the right shoulder to the left hip."""
    bar = capsule(
        figure,
        figure.at("right shoulder") * np.float32(0.7) + figure.at("thorax") * np.float32(0.3),
        figure.at("left hip"),
        (0.012, 0.012),
        figure.people.bag,
        Segment.STRAP,
    )
    bar.shown = figure.people.bag_kind == BAGS.index("shoulder bag")
    return bar


def side_bag(figure: Figure, shown: Bools) -> Bar:
    """A shoulder bag at the left hip, or a handbag below the left hand."""
    people = figure.people
    in_hand = (people.bag_kind == BAGS.index("handbag"))[:, None]
    place = np.where(in_hand, figure.at("left hand"), figure.at("left hip"))
    size = figure.length(np.where(in_hand[:, 0], 0.05, 0.045))
    down = np.stack([np.zeros_like(size), size], axis=1)
    bar = Bar(
        start=(place + down * 0.3).astype(np.float32),
        end=(place + down * 2.0).astype(np.float32),
        width=np.stack([size * 1.0, size * 1.15], axis=1).astype(np.float32),
        reach=(size * 0.2).astype(np.float32),
        corner=(size * 0.35).astype(np.float32),
        colour=people.bag,
        segment=np.full(len(size), Segment.BAG, np.uint8),
    )
    bar.shown = (people.bag_kind >= BAGS.index("shoulder bag")) & shown
    return bar
