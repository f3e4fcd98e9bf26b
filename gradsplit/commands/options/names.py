"""Names on the command line."""

from collections.abc import Sequence


def split_names(words: Sequence[str]) -> tuple[str, ...]:
    """Names that stand in words of their own or are joined by commas.

    Example:
        >>> split_names(["pose,reid", "depth"])
        ('pose', 'reid', 'depth')
    """
    parts = (part.strip() for word in words for part in word.split(","))
    return tuple(part for part in parts if part)
