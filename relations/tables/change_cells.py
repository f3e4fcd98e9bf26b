"""What a number of a relation table means: a fraction, or per cent. It is never guessed."""

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

Unit = Literal["fraction", "per-cent"]

_AMBIGUOUS = 0.1
_UNKNOWN = ("", "?", "na", "n/a", "nan", "null", "none")
_INTERVAL = re.compile(r"±|\[")
_PER_CENT = re.compile(r"%|(?<![a-z])(pct|per[ _-]?cent(age)?s?)(?![a-z])", re.IGNORECASE)
_FRACTION = re.compile(r"(?<![a-z])fractions?(?![a-z])", re.IGNORECASE)


def unit_of(heading: str) -> Unit | None:
    """The unit that a heading names; None when it names none.

    Example:
        >>> unit_of("change (%)"), unit_of("change_pct"), unit_of("percentile"), unit_of("change")
        ('per-cent', 'per-cent', None, None)
    """
    if _PER_CENT.search(heading):
        return "per-cent"
    return "fraction" if _FRACTION.search(heading) else None


def parse_change(text: str, unit: Unit | None = None) -> float | None:
    """A cell as a fraction; None when it is empty or says that nothing is known.

    Args:
        text: The cell. A per cent sign wins over the unit; an interval behind ± or [ is left, but
            for a sign at its end. What a printed matrix shows of an unknown edge,
            `? (3 of 5: -0.17)`, is unknown.
        unit: Of cells without a sign; a fraction when None.

    Raises:
        ValueError: It is no finite number.

    Example:
        >>> parse_change("-2.16%"), parse_change("0.5 %"), parse_change("-0.01"), parse_change("")
        (-0.0216, 0.005, -0.01, None)
        >>> parse_change("-2.16 ±0.3", "per-cent"), parse_change("? (3 of 5: -0.17)", "per-cent")
        (-0.0216, None)
        >>> parse_change("-2.16 ± 0.3 %")
        -0.0216
    """
    cleaned = _INTERVAL.split(text.replace("−", "-"))[0].strip()
    if cleaned.lower() in _UNKNOWN or cleaned.startswith("?"):
        return None
    # A sign behind the interval is of both. In decimals, so that -1% is exactly -0.01, not one
    # rounding beside it.
    per_cent = cleaned.endswith("%") or text.rstrip().endswith("%") or unit == "per-cent"
    try:
        value = float(Decimal(cleaned.rstrip("%").strip()) / (100 if per_cent else 1))
    except ArithmeticError:  # no number, or one that Decimal cannot hold
        raise ValueError(text) from None
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def unit_problems(cells: Iterable[tuple[int, str]], unit: Unit | None) -> list[str]:
    """The question that numbers raise whose unit nobody has said; empty when they raise none.

    Args:
        cells: Line numbers and cells that can be read.
        unit: What is known of the unit.
    """
    if unit is not None:
        return []
    cells = list(cells)
    # Beside cells with a sign, a number this large is more likely one whose sign is left out.
    largest = _AMBIGUOUS if any("%" in cell for _, cell in cells) else 1
    for line, cell in cells:
        change = parse_change(cell)
        if change is None or "%" in cell:
            continue
        if abs(change) > largest or "±" in cell or "[" in cell:
            return [
                f"line {line}: is {cell!r} in per cent, or is it the fraction that stands for "
                f"{100 * change:+g} %? Write a % sign into the cells or `%` or `fraction` into the "
                "header, or say --unit per-cent or --unit fraction."
            ]
    return []
