"""A score as tables have it: a number, or one in per cent."""

import re

_PER_CENT = re.compile(r"(.*\d\.?)\s*%", re.DOTALL)


def score_in(text: str) -> float | None:
    """The number that a cell holds, of one in per cent its fraction; None when it is no number.

    Example:
        >>> score_in("0.81"), score_in("81 %"), score_in("high")
        (0.81, 0.81, None)
    """
    sign = _PER_CENT.fullmatch(text.strip())
    try:
        # Parsed as written, so that 81.3 % and 0.813 are the same number to the last bit.
        return float(f"{sign[1]}e-2") if sign else float(text)
    except ValueError:
        return None
