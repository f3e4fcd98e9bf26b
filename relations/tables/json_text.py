"""JSON of others: whatever cannot be taken at its word is one kind of error."""

import json
import math
from collections import Counter
from typing import Any


def read_json(text: str) -> Any:
    """What a JSON text holds.

    Raises:
        ValueError: It is not complete, too deeply nested or too long a number to be read, or names
            a key of an object twice, of which one would be lost.

    Example:
        >>> read_json('{"pose": 0.5}')
        {'pose': 0.5}
        >>> read_json('{"pose": 0.5, "pose": 0.6}')
        Traceback (most recent call last):
        ValueError: the key "pose" is there more than once in one object
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_value(value: Any) -> Any:
    """A value as JSON has it: neither NaN nor infinity, what is not known or has no end is None.

    Example:
        >>> json_value(float("nan")), json_value(0.5)
        (None, 0.5)
    """
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {json.dumps(twice)} is there more than once in one object")
    return content
