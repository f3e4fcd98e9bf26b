"""Small nonlinear task sets with one known cause of harm, two, or none.

What harms is put there on purpose; beside each set stands its oracle, the same set with that put
right: what it removes of the harm on fresh seeds says how much of the harm it is.
"""

from dataclasses import dataclass, replace

from diagnosis_tasks import Nonlinear, Wants

from gradsplit import Recipe


@dataclass(frozen=True)
class Known:
    """A set and what is known of it.

    Attributes:
        taskset: The set.
        causes: What may be named: what was put there, and what is another word for it.
        oracle: The same without it; None where nothing harms.
        stage: The stage that is the place of the conflict, where that is known.
    """

    taskset: Nonlinear
    causes: tuple[str, ...]
    oracle: Nonlinear | None
    stage: str | None = None


_TARGET = Wants(1, inputs=4, outputs=2, noise=0.3)
_SOURCE = Wants(2, first=8, inputs=8, outputs=8, noise=0.3)
_NOISY = replace(_SOURCE, noise=1.0)


def known_sets() -> dict[str, Known]:
    """All sets by name."""
    return {known.taskset.name: known for known in _scales() + _rooms() + _data() + _features()}


def _scales() -> list[Known]:
    """What is loud, weakly so, stopped early, or both."""
    loud = _set("loud", replace(_NOISY, loudness=100))
    weak = _set("weakly loud", replace(_NOISY, loudness=6))
    both = _set("short and loud", replace(_NOISY, loudness=30)).with_recipe(steps=60)
    short = _set("short", _SOURCE, width=32).with_recipe(steps=40)
    return [
        Known(loud, ("loss scale",), replace(loud, source=_NOISY)),
        Known(weak, ("loss scale",), replace(weak, source=_NOISY)),
        Known(
            both,
            ("loss scale", "unfinished training"),
            replace(both, source=_NOISY).with_recipe(steps=600),
        ),
        Known(short, ("unfinished training",), short.with_recipe(steps=600)),
    ]


def _rooms() -> list[Known]:
    """What lacks room, everywhere or in one layer."""
    narrow = _set("narrow", _SOURCE, width=4)
    early = replace(_set("early layer", _SOURCE), early=4, late=24)
    both = replace(_set("loud and narrow", replace(_SOURCE, loudness=20)), early=24, late=4)
    return [
        Known(narrow, ("capacity", "stage"), narrow.with_width(8)),
        Known(early, ("stage", "capacity"), replace(early, early=32)),
        Known(
            both,
            ("loss scale", "stage", "capacity"),
            replace(both, late=32, source=_SOURCE),
        ),
    ]


def _data() -> list[Known]:
    """What lies in the source's data, and a source that helps."""
    alike = replace(_TARGET, samples=2000)
    norm = replace(_set("batch norm", replace(alike, shift=2.0, spread=3.0)), norm=True)
    world = _set("other world", replace(alike, shift=3.0, spread=3.0))
    noise = _set("memorised noise", replace(_SOURCE, noise=3.0, samples=40))
    return [
        Known(norm, ("batch statistics",), replace(norm, source=alike)),
        Known(world, ("data",), replace(world, source=alike)),
        Known(noise, ("memorised noise",), replace(noise, source=replace(_SOURCE, samples=None))),
        Known(_set("no harm", alike), (), None),
    ]


def _features() -> list[Known]:
    """What each wants is a list of features, so that the truth follows from their number and worth.

    A feature is a tanh of one input. It takes a unit of `early`, which has eight, and a unit more
    keeps the feature that is worth most.
    """
    alike = Wants(1, worth=(0.235,) * 4 + (0.06,) * 2, loudness=6)
    room = _wanting("room for two", replace(alike, first=6), alike, steps=2000)
    source = Wants(2, worth=(0.05,) * 20, loudness=40)
    target = Wants(1, first=20, worth=_UNEVEN, loudness=4, samples=20000)
    greedy = _wanting("greedy source", source, target)
    elsewhere = _wanting(
        "other features",
        source,
        replace(
            target,
            first=0,
            worth=(0.0,) * 20 + _UNEVEN,
            elsewhere=(0.1,) * 20 + (0.0,) * 4,
            loudness=24,
        ),
    )
    like = replace(source, first=20, worth=_UNEVEN, loudness=8)
    return [
        Known(room, ("capacity",), room.with_width(4)),
        Known(greedy, ("stage",), replace(greedy, source=like), stage="early"),
        Known(elsewhere, ("data",), replace(elsewhere, source=like)),
    ]


_UNEVEN = (0.91, 0.03, 0.03, 0.03)
"""One feature that is loud at first, and three that any other may push out."""


def _wanting(name: str, source: Wants, target: Wants, steps: int = 600) -> Nonlinear:
    recipe = Recipe(steps, 32, "adam", 1e-2)
    return Nonlinear(name, source, target, early=8, late=24, inputs=24, recipe=recipe)


def _set(name: str, source: Wants, width: int = 12) -> Nonlinear:
    return Nonlinear(name, source, _TARGET, early=width, late=width)
