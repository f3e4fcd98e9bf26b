"""The options of a task set as JSON values, for its fingerprint."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from gradsplit.training.fingerprint import without_addresses


def options_in(taskset: object) -> dict[str, Any]:
    """The dataclass fields of a task set other than its recipe and tasks, as JSON values."""
    if not dataclasses.is_dataclass(taskset):
        return {}
    skipped = {"recipe", "tasks", "name"}
    return {
        item.name: _plain(getattr(taskset, item.name))
        for item in dataclasses.fields(taskset)
        if item.name not in skipped
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it; what JSON has not is written as text, as far as that is lasting.

    The code of a function, and what an object holds, are watched: see `relations.watch`.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set):
        return without_addresses(f"{{{', '.join(sorted(map(repr, value)))}}}")
    return without_addresses(str(value))
