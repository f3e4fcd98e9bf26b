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


def sentence(text: str) -> str:
    """A line of the terminal as a sentence of the page; what it quotes as code stays as it is.

    Example:
        >>> sentence("far from all other seeds: a -> b (-7.50% beside -0.10% to +0.20%)")
        'Far from all other seeds: a -> b (−7.50% beside −0.10% to +0.20%).'
        >>> sentence("Do seeds matter?"), sentence("`a-b` is called so: `--threshold -0.01`")
        ('Do seeds matter?', '`a-b` is called so: `--threshold -0.01`.')
    """
    parts = text.split("`")
    parts[::2] = map(typeset, parts[::2])
    text = "`".join(parts)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
