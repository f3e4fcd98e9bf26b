"""Texts that were written for a terminal, as a page writes them."""

import re

_NEGATIVE = re.compile(r"(?<![^ (])-(?=\d+\.\d)")


def typeset(text: str) -> str:
    """The same text with a true minus before its decimal numbers.

    Names such as `multi-head` and `task -1` keep their hyphens.

    Example:
        >>> typeset("mean -1.35%, 0.20 points behind multi-head (-1.0 to +2.0)")
        'mean −1.35%, 0.20 points behind multi-head (−1.0 to +2.0)'
    """
    return _NEGATIVE.sub("−", text)
