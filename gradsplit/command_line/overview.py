"""What `gradsplit --help` shows: every command in a line or two, under what it is for."""

import inspect
import re
import textwrap
from collections.abc import Mapping
from itertools import groupby
from shutil import get_terminal_size
from typing import Any

HEADINGS = {
    1: "What helps?",
    2: "Which task harms which, and why?",
    3: "Look at what was measured",
    4: "Train",
    5: "Try and check",
}
"""Hundreds of positions -> what commands with such a position are for; those beyond are last."""

_ABOUT = (
    "Finds out which tasks harm which when they share a network, why, and which way of sharing "
    "helps, shown on fresh seeds."
)
_FURTHER = (
    "`gradsplit COMMAND --help` has the options of a command. To see one at work: "
    "`gradsplit recommend planted`."
)
_SENTENCE = re.compile(r".*?\.(?=\s|$)", re.DOTALL)


def overview(kinds: Mapping[str, type[Any]]) -> str:
    """All commands, for a terminal of this width.

    Args:
        kinds: Name -> command; the first sentence of its docstring is shown.
    """
    width = get_terminal_size().columns
    names = sorted(kinds, key=lambda name: kinds[name].POSITION)
    column = max(map(len, names)) + 4
    parts = ["usage: gradsplit [-h] [--version] COMMAND ...", textwrap.fill(_ABOUT, width)]
    for heading, some in groupby(names, lambda name: _heading(kinds[name])):
        lines = [_line(name, kinds[name], column, width) for name in some]
        parts.append("\n".join([heading, *lines]))
    return "\n\n".join([*parts, textwrap.fill(_FURTHER, width, break_on_hyphens=False)])


def _heading(kind: type[Any]) -> str:
    """What a command is for."""
    hundred = min(max(kind.POSITION // 100, min(HEADINGS)), max(HEADINGS))
    return HEADINGS[hundred]


def _line(name: str, kind: type[Any], column: int, width: int) -> str:
    """A command's name and first sentence, which stands in a column of its own."""
    told = _SENTENCE.match(inspect.getdoc(kind) or "")
    return textwrap.fill(
        " ".join(told[0].split()) if told else "",
        width,
        initial_indent=f"  {name}".ljust(column),
        subsequent_indent=" " * column,
        break_on_hyphens=False,
    )
