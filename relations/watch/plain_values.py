"""Values as text that is the same in every process: numbers, texts, and containers of them."""

import re
from enum import Enum
from pathlib import PurePath

MOST_ITEMS = 100_000  # a longer container is data, not a setting
_WRITTEN = {("torch", "device"), ("torch", "dtype"), ("torch", "Size")}


def plain_text(value: object, root: str = "") -> str | None:
    """A value as text, or None where it holds anything that is not plain.

    Args:
        value: The value.
        root: A folder whose place says nothing: it is taken out of texts.

    Example:
        >>> plain_text({"b": 1, "a": (2.0, None)}) == plain_text({"a": (2.0, None), "b": 1})
        True
        >>> plain_text([object()]) is None
        True
    """
    if value is None or isinstance(value, bool | int | float | complex | bytes):
        return f"{type(value).__name__}.{value!r}" if isinstance(value, Enum) else repr(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str | PurePath):
        text = str(value)
        return repr(text.replace(root, "") if root else text)
    if isinstance(value, re.Pattern):
        return repr((value.pattern, value.flags))
    if isinstance(value, tuple | list | set | frozenset | dict | range):
        return _container_text(value, root)
    kind = type(value)
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return plain_text(value.item(), root)  # type: ignore[attr-defined]
    return repr(value) if (kind.__module__, kind.__name__) in _WRITTEN else None


def _container_text(value: tuple | list | set | frozenset | dict | range, root: str) -> str | None:
    if isinstance(value, range):
        return repr(value)
    if len(value) > MOST_ITEMS:
        return None
    items = [*value.items()] if isinstance(value, dict) else [*value]
    texts = [plain_text(item, root) for item in items]
    if None in texts:
        return None
    known = [text for text in texts if text is not None]
    ordered = known if isinstance(value, tuple | list) else sorted(known)
    brackets = "()" if isinstance(value, tuple) else "[]" if isinstance(value, list) else "{}"
    return f"{brackets[0]}{', '.join(ordered)}{brackets[1]}"
