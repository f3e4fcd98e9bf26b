"""Pairs of tasks from a command line."""

from collections.abc import Sequence

from gradsplit.commands.options.names import split_names
from gradsplit.errors import GradSplitError


def read_pairs(words: Sequence[str], option: str, form: str = "a:b") -> list[tuple[str, str]]:
    """Pairs from words such as a:b, several of which commas may join.

    Args:
        words: As they were given.
        option: Its name, for messages.
        form: What a pair looks like, for messages.

    Raises:
        GradSplitError: One is not of that form.

    Example:
        >>> read_pairs(["reid:pose, reid:parsing"], "edges")
        [('reid', 'pose'), ('reid', 'parsing')]
    """
    pairs = []
    for part in split_names(words):
        one, colon, other = part.partition(":")
        if not (one and colon and other):
            raise GradSplitError(f"`--{option}` takes {form},..., got {part!r}.")
        pairs.append((one, other))
    return pairs
