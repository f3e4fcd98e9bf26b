"""Text of others that is shown: what is invisible and commands a terminal is written out."""

import re

# Control characters but for line breaks and tabs, line separators, marks that turn the direction
# of writing or stand at the start of a file, and halves of characters, which no file can hold.
_COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_BREAKS = re.compile("[\t\n]")


def shown(text: str) -> str:
    r"""A text with its control and direction characters written out; line breaks and tabs stay.

    Example:
        >>> shown("\x1b[31mred"), shown("two\nlines"), shown("\u202egnp.exe")
        ('\\x1b[31mred', 'two\nlines', '\\u202egnp.exe')
    """
    return _COMMANDS.sub(lambda met: met[0].encode("unicode_escape").decode("ascii"), text)


def has_commands(text: str) -> bool:
    r"""Whether a text in one line has characters that are not seen but change what is.

    Example:
        >>> has_commands("姿勢 👨‍👩‍👧"), has_commands("bell\x07"), has_commands("two\nlines")
        (False, True, True)
    """
    return bool(_COMMANDS.search(text) or _BREAKS.search(text))


def cut(text: str, most: int) -> str:
    """A text of at most about so many characters; what is left out is so in the middle.

    Example:
        >>> cut("short", 10), cut("what is wrong: " + 1000 * "x" + " Do this.", 24)
        ('short', 'what is wron... (1000 characters) ...xxx Do this.')
    """
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}... ({len(text) - 2 * half} characters) ...{text[-half:]}"
