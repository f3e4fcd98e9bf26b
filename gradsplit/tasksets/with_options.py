"""A task set and its options in one word, where a command names more than one task set."""

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet

# Options begin behind the first colon that a name and "=" follow; so `file.py:attr` stays whole.
_WORD = re.compile(r"(?P<reference>.+?)(?::(?P<options>\w+=.*))?", re.DOTALL)
# A comma ends a value only where the next name follows: lists have commas of their own.
_BETWEEN = re.compile(r",(?=\w+=)")


def load_with_options(text: str) -> "TaskSet":
    """The task set of a word such as "figures:light=night,data_seed=1" or "my.py:tasks:width=8".

    Raises:
        TaskSetError: See `load_taskset`.

    Example:
        >>> load_with_options("planted:width=7,steps=20").recipe.steps
        20
    """
    from gradsplit.tasksets.registry import load_taskset

    return load_taskset(*reference_and_options(text))


def reference_and_options(text: str) -> tuple[str, dict[str, Any]]:
    """The two parts of such a word; values are read as JSON where they are JSON.

    Example:
        >>> reference_and_options("figures:light=night,widths=[8,8,8,8]")
        ('figures', {'light': 'night', 'widths': [8, 8, 8, 8]})
        >>> reference_and_options("my_tasks.py:tasks")
        ('my_tasks.py:tasks', {})
    """
    parts = _WORD.fullmatch(text)
    if parts is None or parts["options"] is None:
        return text, {}
    pairs = [pair.partition("=") for pair in _BETWEEN.split(parts["options"])]
    return parts["reference"], {name: _value(value) for name, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
