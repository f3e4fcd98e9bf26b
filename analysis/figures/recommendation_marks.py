"""The marks of a recommendation's picture, side by side where costs are equal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

JUDGED, RUNNING = "judged on fresh seeds", "in the race to its end, not judged"
DROPPED, BELOW = "dropped in the race", "raced, lower than drawn"

_STEP = 0.008
"""Of the width: so far apart are the places that a mark tries."""

_ROOM = 0.08
"""Left free above and below what the axis of gains holds, as a share of it."""

_SIZES = {True: (0.034, 0.05), False: (0.019, 0.028)}
"""Width and height of a mark with a letter and of a small one, as shares of the axes."""


@dataclass(frozen=True)
class Mark:
    """A candidate of the picture.

    Attributes:
        name: Its name.
        cost: Operations at inference.
        gain: Over multi-head training, in points.
        lower: Lower end of the interval, in points; None where none is known.
        upper: Upper end.
        fate: What became of it: one of the four above. The gain of one that was not judged is the
            race's.
    """

    name: str
    cost: float
    gain: float
    lower: float | None = None
    upper: float | None = None
    fate: str = JUDGED

    @property
    def judged(self) -> bool:
        """Whether fresh seeds judged it."""
        return self.fate == JUDGED


def marks_of(facts: Mapping[str, Any]) -> list[Mark]:
    """Who has a gain: the judged from the best down, then the others in the race's order.

    Args:
        facts: Of `Recommended.facts()`.
    """
    costs = {one["name"]: one["operations"] for one in facts["candidates"]}
    judged = []
    for name, found in facts["judged"].items():
        mean, lower, upper = (_points(found["over_multi_head"], key) for key in _ENDS)
        if mean is not None:
            judged.append(Mark(name, costs[name], mean, lower, upper))
    judged.sort(key=lambda mark: -mark.gain)
    return [*judged, *_raced(facts)]


_ENDS = ("mean", "lower", "upper")


def _raced(facts: Mapping[str, Any]) -> Iterator[Mark]:
    """Who was raced and not judged."""
    for one in facts["candidates"]:
        gain = _points(one["over_multi_head"], "mean")
        if gain is not None and one["name"] not in facts["judged"]:
            fate = RUNNING if one["running"] else DROPPED
            yield Mark(one["name"], one["operations"], gain, fate=fate)


def _points(said: Mapping[str, Any] | None, key: str) -> float | None:
    """A fraction in points; None where it is not known."""
    value = None if said is None else said[key]
    return None if value is None else 100 * value


def lettered(marks: Iterable[Mark]) -> list[tuple[Mark, str]]:
    """Every mark with its letter, from the best of the judged down; "" of what was not judged."""
    letters = iter(ascii_uppercase)
    return [(mark, next(letters, "") if mark.judged else "") for mark in marks]


def has_front(marks: Sequence[Mark]) -> bool:
    """Whether marks differ in cost: of one cost, a front would only point to the best."""
    return len({mark.cost for mark in marks}) > 1


def front_of(marks: Sequence[Mark]) -> list[Mark]:
    """The judged that nobody judged who costs no more is ahead of, the cheapest first."""
    front: list[Mark] = []
    judged = [mark for mark in marks if mark.judged]
    for mark in sorted(judged, key=lambda mark: (mark.cost, -mark.gain)):
        if not front or mark.gain > front[-1].gain:
            front.append(mark)
    return front


def heights(marks: Sequence[Mark]) -> tuple[float, float]:
    """Ends of the axis of gains.

    It holds 0, the judged and the better half of the race, and what goes beyond them by at most as
    much as they span: one bad candidate or a huge interval does not flatten the rest.

    Example:
        >>> heights([Mark("a", 1.0, 0.0), Mark("b", 1.0, 10.0, -90.0, 110.0)])
        (-12.4, 22.4)
    """
    raced = sorted((mark.gain for mark in marks if not mark.judged), reverse=True)
    held = [0.0, *(mark.gain for mark in marks if mark.judged), *raced[: (len(raced) + 1) // 2]]
    low, high = min(held), max(held)
    reach = max(high - low, 1.0)
    near = [gain for gain in raced if gain >= low - reach]
    ends = [end for mark in marks for end in (mark.lower, mark.upper) if end is not None]
    low = min([*held, *near, *(max(end, low - reach) for end in ends)])
    high = max([*held, *(min(end, high + reach) for end in ends), low + 1.0])
    room = _ROOM * (high - low)
    return low - room, high + room


def on_the_axis(mark: Mark, low: float, high: float) -> Mark:
    """A mark as it is drawn: what lies below all that the axis holds stands at its lower edge.

    Example:
        >>> low, high = heights([Mark("best", 1.0, 1.0)])
        >>> on_the_axis(Mark("worst", 1.0, -80.0, fate=DROPPED), low, high).gain
        -0.04
    """
    room = (high - low) * _ROOM / (1 + 2 * _ROOM)
    if mark.judged or mark.gain > low + 0.999 * room:
        return mark
    return replace(mark, gain=round(low + room / 2, 12), fate=BELOW)


def side_by_side(marks: Sequence[Mark], width: float, height: float) -> dict[str, float]:
    """Where each mark stands on the axis of costs, so that none hides another.

    A mark stands at its cost unless another one is drawn there; then it goes to the nearest free
    place beside it. The front comes first and the judged before the raced, so that what matters
    most moves least.

    Args:
        marks: What is drawn.
        width: Of the axes, in costs.
        height: Of the axes, in points.

    Returns:
        Name -> place.

    Example:
        >>> twins = [Mark("one", 1.0, 2.0), Mark("other", 1.0, 2.0), Mark("worse", 1.0, 0.0)]
        >>> side_by_side(twins, width=1, height=4)
        {'one': 1.0, 'other': 1.04, 'worse': 1.0}
    """
    first = [mark.name for mark in front_of(marks)]
    order = sorted(marks, key=lambda mark: (mark.name not in first, not mark.judged))
    boxes: list[_Box] = []
    places: dict[str, float] = {}
    for mark in order:
        box = next(box for box in _beside(mark, width, height) if not any(map(box.meets, boxes)))
        boxes.append(box)
        places[mark.name] = round(box.x * width, 12)
    return {mark.name: places[mark.name] for mark in marks}


@dataclass(frozen=True)
class _Box:
    """The room of a mark with its interval, in shares of the axes."""

    x: float
    half: float
    low: float
    high: float

    def meets(self, other: "_Box") -> bool:
        apart = abs(self.x - other.x) >= self.half + other.half
        return not apart and self.low < other.high and other.low < self.high


def _beside(mark: Mark, width: float, height: float) -> Iterator[_Box]:
    """The room at its cost, then ever further to the right and to the left."""
    wide, tall = _SIZES[mark.judged]
    lower = min(mark.gain, mark.gain if mark.lower is None else mark.lower) / height - tall / 2
    upper = max(mark.gain, mark.gain if mark.upper is None else mark.upper) / height + tall / 2
    step = 0
    while True:
        for side in (1, -1) if step else (1,):
            yield _Box(mark.cost / width + side * step * _STEP, wide / 2, lower, upper)
        step += 1
