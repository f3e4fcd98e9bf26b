"""A fraction on the command line, which may be written in per cent: -0.01 or -1%."""

from collections.abc import Sequence
from typing import Annotated

import tyro

from relations.tables.change_cells import parse_change


def _fraction(words: Sequence[str]) -> float:
    """A word as a fraction.

    Raises:
        ValueError: It is no number.

    Example:
        >>> _fraction(["-1%"]), _fraction(["-0.01"])
        (-0.01, -0.01)
    """
    try:
        value = parse_change(words[0])
    except ValueError:
        value = None
    if value is None:
        raise ValueError(f"write a fraction such as 0.01, or 1% with a sign, got {words[0]!r}")
    return value


_READING = tyro.constructors.PrimitiveConstructorSpec(
    nargs=1,
    metavar="FRACTION",
    instance_from_str=_fraction,
    is_instance=lambda value: value is None or isinstance(value, float),
    str_from_instance=lambda value: [str(value)],
)

Fraction = Annotated[float, _READING]
"""The type of an option that is a fraction."""

GivenFraction = Annotated[float | None, _READING]
"""The type of an option that is a fraction, None when it is not given."""
