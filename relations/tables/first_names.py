"""The first of many names, and how many there are."""

from collections.abc import Iterable


def first_names(names: Iterable[str], most: int = 3) -> str:
    """Names for a message, which hundreds of them would fill.

    Example:
        >>> first_names(["a", "b"]), first_names("abcdef", most=2)
        ('a, b', 'a, b, ... (6 in all)')
    """
    told = list(names)
    more = f", ... ({len(told)} in all)" if len(told) > most else ""
    return f"{', '.join(told[:most])}{more}"
