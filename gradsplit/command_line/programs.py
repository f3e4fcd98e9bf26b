"""A training program that is given to a command which can do nothing with it."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from gradsplit.errors import GradSplitError

_OPTION = "--command"
IN_QUOTES = (
    '`--command` takes the whole command in quotes: --command "{start} --tasks {{tasks}} ...", and '
    "behind it the names, --tasks NAME,NAME."
)
"""What is said where the words of a program stand beside each other; `start` is its first ones."""


def refuse_program(words: Sequence[str], kind: type[Any], name: str) -> None:
    """Say what does take a program, where a command takes task sets or results only.

    Args:
        words: Behind the command's name.
        kind: The command, a dataclass of its options.
        name: Its name.

    Raises:
        GradSplitError: A program is given, and the command takes none.
    """
    given = any(word == _OPTION or word.startswith(f"{_OPTION}=") for word in words)
    if given and _OPTION[2:] not in {each.name for each in fields(kind)}:
        raise GradSplitError(
            f"`gradsplit {name}` takes no `{_OPTION}`. For a program of your own there are "
            "`gradsplit plan`, `probe` and `recommend`; relations, heatmap, graph, mask, group and "
            "report read the folder of its probe. What else trains needs a task set in Python."
        )
