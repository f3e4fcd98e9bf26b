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
    value = parse_change(words[0])
    if value is None:
        raise ValueError(f"write a fraction such as -0.01 or -1%, got {words[0]!r}")
    return value


Fraction = Annotated[
    float,
    tyro.constructors.PrimitiveConstructorSpec(
        nargs=1,
        metavar="FRACTION",
        instance_from_str=_fraction,
        is_instance=lambda value: isinstance(value, float),
        str_from_instance=lambda value: [str(value)],
    ),
]
"""The type of an option that is a fraction."""
