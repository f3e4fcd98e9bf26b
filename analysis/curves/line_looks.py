"""How the line of a partner looks, the same in figures and on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5F5F5F")
"""Of Okabe and Ito (2008), and grey; apart with all common colour blindnesses."""
DARK_COLOURS = ("#6DB9EE", "#FF9252", "#3ECF9F", "#E79BC6", "#F0B93C", "#A5DCFF", "#A9ABB4")
"""The same on a dark page."""
STROKES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1, 1.5), (5, 2, 1, 2))
"""Lengths of dashes and gaps in widths of the line; none of a solid one."""

# Of a line on the page, in its pixels.
_PIXELS = 1.5


@dataclass(frozen=True)
class LineLook:
    """The look of one line.

    Attributes:
        colour: Place of its colour.
        stroke: Place of its stroke.
    """

    colour: int
    stroke: int


def partner_look(place: int) -> LineLook:
    """The look of the partner at a place among all tasks, whoever else is shown.

    Colour and stroke both change from one partner to the next, and 28 differ in one of them: lines
    of the same stroke differ in lightness, so that they are told apart in grey.

    Example:
        >>> partner_look(8)
        LineLook(colour=1, stroke=0)
    """
    return LineLook(place % len(COLOURS), place % len(STROKES))


def company_looks(tasks: Sequence[str], companies: Mapping[str, str | None]) -> dict[str, LineLook]:
    """The look of each line that is neither alone nor with all, in the order of a legend.

    Partners come first, as they stand among all tasks; whoever is more than one partner follows
    with the looks that no task has.

    Args:
        tasks: All of them.
        companies: Label -> the one partner; None where there is more than one.

    Example:
        >>> looks = company_looks(["a", "b", "c", "d"], {"with b, c": None, "with b": "b"})
        >>> [(label, look.colour) for label, look in looks.items()]
        [('with b', 1), ('with b, c', 4)]
    """
    others = [label for label, partner in companies.items() if partner is None]
    places = {label: tasks.index(one) for label, one in companies.items() if one is not None}
    ordered = dict(sorted(places.items(), key=lambda item: item[1]))
    ordered |= {label: len(tasks) + place for place, label in enumerate(others)}
    return {label: partner_look(place) for label, place in ordered.items()}


def line_styles() -> str:
    """The style sheet of these lines, for elements with the classes c0, c1 ... and s0, s1 ..."""
    rules = []
    for colours, around in (
        (COLOURS, "{}"),
        (DARK_COLOURS, "@media (prefers-color-scheme: dark) {{ {} }}"),
    ):
        named = (f"--c{place}: {colour.lower()};" for place, colour in enumerate(colours))
        rules.append(around.format(f".learning {{ {' '.join(named)} }}"))
    rules += [f".c{place} {{ --own: var(--c{place}); }}" for place in range(len(COLOURS))]
    for place, dashes in enumerate(STROKES):
        if dashes:
            lengths = " ".join(f"{_PIXELS * one:g}" for one in dashes)
            rules.append(f".line.s{place} {{ stroke-dasharray: {lengths}; }}")
    return "\n".join(rules)
