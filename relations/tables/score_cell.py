"""A score as tables have it: a number, or one in per cent; with a spread in tables of papers."""

import re

_PER_CENT = re.compile(r"(.*\d\.?)\s*%", re.DOTALL)
_AMOUNT = r"\d*\.?\d+(?:e[+-]?\d+)?"
_BESIDE = rf"(?:±|\+/?[-−]|\\pm)\s*{_AMOUNT}"
_AROUND = rf"\(\s*±?\s*{_AMOUNT}\s*\)|\[[^\]]*\]"
_SPREAD = re.compile(rf"([+-]?{_AMOUNT}\s*%?)\s*(?:{_BESIDE}|{_AROUND})\s*(%?)", re.IGNORECASE)


def without_spread(text: str) -> str:
    """A cell without the spread or interval behind its number; any other as it is.

    Example:
        >>> without_spread("52.3 ± 0.4"), without_spread("52.3 (1)"), without_spread("52 +/- 1 %")
        ('52.3', '52.3', '52%')
        >>> without_spread("52.3 [51, 53]"), without_spread("52.3"), without_spread("52.3 (+0.4)")
        ('52.3', '52.3', '52.3 (+0.4)')
    """
    found = _SPREAD.fullmatch(text.strip())
    if found is None:
        return text
    mean = found[1].strip()
    # A sign behind the spread is of both.
    return mean if mean.endswith("%") else mean + found[2]


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
