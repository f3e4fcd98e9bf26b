"""A document as TOML; what TOML has no word for is left out of its tables and named."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w


def toml_text(document: Mapping[str, Any], heading: str) -> str:
    """The text of a TOML file.

    Args:
        document: Texts and tables. In tables, places of files become absolute texts and numbers of
            numpy plain ones.
        heading: The comment that it begins with; further lines of it begin with # themselves.

    Returns:
        The heading, a comment that names what TOML cannot say and is left out, such as None, and
        the rest, which `tomllib.loads` gives back; tuples as lists.

    Example:
        >>> print(toml_text({"taskset": "mine", "options": {"crop": None, "width": 5}}, "Mine."))
        # Mine.
        # TOML cannot say these, so their defaults hold: options.crop (None).
        taskset = "mine"
        <BLANKLINE>
        [options]
        width = 5
        <BLANKLINE>
    """
    said: dict[str, Any] = {}
    unsaid: list[str] = []
    for name, value in _plain(document).items():
        if not isinstance(value, Mapping):
            said[name] = value
            continue
        lost = [key for key, one in value.items() if not _is_sayable({key: one})]
        unsaid += [f"{name}.{_in_a_line(key)} ({_kind(value[key])})" for key in lost]
        said[name] = {key: one for key, one in value.items() if key not in lost}
    comments = [f"# {heading}"]
    if unsaid:
        comments.append(f"# TOML cannot say these, so their defaults hold: {', '.join(unsaid)}.")
    return "\n".join([*comments, tomli_w.dumps(said)])


def _plain(value: Any) -> Any:
    """A value with what has a plain counterpart turned into that, however deep."""
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _is_sayable(table: Mapping[Any, Any]) -> bool:
    """Whether TOML has words for it, which are UTF-8; not every key that is none is refused."""
    try:
        text = tomli_w.dumps(table)
        text.encode()
        tomllib.loads(text)
    except (TypeError, ValueError):
        return False
    return True


def _in_a_line(key: Any) -> str:
    """A key as a comment can hold it."""
    return key if isinstance(key, str) and key.isidentifier() else json.dumps(str(key))


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__
