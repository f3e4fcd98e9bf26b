"""Names that are written from right to left, inside sentences that are not."""

import unicodedata

_LEFTWARDS = {"R", "AL"}
_ISOLATE, _END = "\u2068", "\u2069"  # what <bdi> does, as letters
_MARK = "\u200e"  # left-to-right: a letter of no width


def runs_leftwards(text: str) -> bool:
    """Whether a text has letters that are written from right to left, such as Arabic ones.

    Example:
        >>> runs_leftwards("pose"), runs_leftwards("עומק 2")
        (False, True)
    """
    return any(unicodedata.bidirectional(letter) in _LEFTWARDS for letter in text)


def isolated(name: str) -> str:
    """A name that moves nothing around it in a sentence of a page; others are left as they are.

    Without it "A harms B by 2 %" is shown as "2 % by B harms A", where A and B are Arabic.
    """
    return f"{_ISOLATE}{name}{_END}" if runs_leftwards(name) else name


def kept_in_line(name: str) -> str:
    """The same for a line of a figure, whose fonts lack the letters that isolate."""
    return f"{_MARK}{name}{_MARK}" if runs_leftwards(name) else name
