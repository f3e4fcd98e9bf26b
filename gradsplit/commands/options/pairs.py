"""Pairs of tasks from a command line."""

from collections.abc import Sequence

from gradsplit.commands.options.names import split_names


def read_pairs(words: Sequence[str], option: str) -> list[tuple[str, str]]:
    """Pairs from words such as a:b, several of which commas may join.

    Args:
        words: As they were given.
        option: Its name, for messages.

    Raises:
        GradSplitError: All that are no pairs.

    Example:
        >>> read_pairs(["reid:pose, reid:parsing"], "edges")
        [('reid', 'pose'), ('reid', 'parsing')]
    """
    from gradsplit.studies.arguments import the_pairs

    # No tuple: of two words without a colon, `the_pairs` would make one pair.
    return the_pairs(iter(split_names(words)), f"--{option}")
