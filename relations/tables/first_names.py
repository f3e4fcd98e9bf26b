"""The first of many names, and how many more there are: one wording for every message."""

from collections.abc import Iterable


def first_names(names: Iterable[object], most: int = 3, *, quoted: bool = False) -> str:
    """Names for a message, which hundreds of them would fill.

    Args:
        names: In the order in which they are told.
        most: How many of them.
        quoted: Whether each stands between backticks, as what can be typed does.

    Example:
        >>> first_names(["a", "b"]), first_names("abcdef", most=2, quoted=True)
        ('a, b', '`a`, `b` and 4 more')
    """
    told = [f"`{name}`" if quoted else str(name) for name in names]
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return f"{', '.join(told[:most])}{more}"
