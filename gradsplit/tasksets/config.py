"""A task set from a file: its name, its options and its recipe, kept in one place with the data.

taskset = "human"

[options]
mpii = "data/mpii"

[recipe]
steps = 40000

[absolute]
pose = -0.02

[compare]
methods = ["multi-head", "gradsplit"]
"""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradsplit.errors import TaskSetError, all_problems

_KEYS = {
    "taskset": str,
    "options": dict,
    "recipe": dict,
    "absolute": dict,
    "standardised": dict,
    "compare": dict,  # what `gradsplit compare` reads, see commands/options/of_file.py
    "recommended": dict,  # what `gradsplit train` reads, see studies/recommendation
}


_TABLES = ("options", "recipe", "absolute", "standardised", "compare")


@dataclass(frozen=True)
class Configuration:
    """What a file says.

    Attributes:
        path: The file.
        taskset: What it names, a place in a file relative to the configuration's made absolute.
        options: Of the task set.
        recipe: Fields of `gradsplit.training.taskset.Recipe`.
        absolute: Task -> threshold of a change in the metric's own unit.
        standardised: Task -> threshold of a change in units of the seeds' spread.
        compare: Options of a comparison.
    """

    path: Path
    taskset: str
    options: Mapping[str, Any]
    recipe: Mapping[str, Any]
    absolute: Mapping[str, Any]
    standardised: Mapping[str, Any]
    compare: Mapping[str, Any]

    def resolved(self, types_of: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Options and fields of the recipe, folders relative to the file made absolute.

        Args:
            types_of: The options that the task set has, and their types.

        Raises:
            TaskSetError: An option or a field of the recipe does not exist; all at once.
        """
        from gradsplit.training.recipe import Recipe

        fields = [item.name for item in dataclasses.fields(Recipe)]
        own = [name for name in types_of if name not in ("recipe", "tasks")]
        problems = [
            f"`{name}` in [options] is none: `{self.taskset}` has {', '.join(own) or 'none'}."
            + (" It belongs into [recipe]." if name in fields else "")
            for name in self.options
            if name not in own
        ]
        problems += [
            f"`{name}` in [recipe] is none: a recipe has {', '.join(fields)}."
            for name in self.recipe
            if name not in fields
        ]
        if problems:
            raise TaskSetError(all_problems(f"`{self.path}` cannot be used", problems))
        placed = {
            name: self.placed(value) if is_path(types_of[name]) else value
            for name, value in self.options.items()
        }
        return placed, dict(self.recipe)

    def placed(self, value: Any) -> Any:
        """A path as the file means it: relative to where the file lies."""
        if not isinstance(value, str):
            return value
        return self.path.absolute().parent / Path(value).expanduser()


def read_configuration(path: Path) -> Configuration:
    """Read a file.

    Raises:
        TaskSetError: It is missing or no TOML, names no task set, or has keys that mean nothing;
            all at once.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise TaskSetError(f"There is no configuration file `{path}`.") from None
    except (ValueError, RecursionError) as wrong:  # no TOML, no text, or nested too deeply
        raise TaskSetError(f"`{path}` is no TOML file: {wrong}.") from wrong
    problems = [
        f"`{key}` means nothing here; there are {', '.join(_KEYS)}." for key in found.keys() - _KEYS
    ]
    problems += [
        f"`{key}` must be {'a text' if kind is str else f'a table [{key}]'}, got {found[key]!r}."
        for key, kind in _KEYS.items()
        if not isinstance(found.get(key, kind()), kind)
    ]
    if "taskset" not in found:
        beside = " Give the task set, and this file by --recommended." * ("recommended" in found)
        problems.append(f'it names no task set; write e.g. taskset = "human".{beside}')
    if problems:
        raise TaskSetError(all_problems(f"`{path}` cannot be used", sorted(problems)))
    tables = (found.get(key, {}) for key in _TABLES)
    return Configuration(path, _beside(path, found["taskset"]), *tables)


def _beside(path: Path, taskset: str) -> str:
    """`file.py:attribute` with the file's place made absolute; other names as they are."""
    file, colon, attribute = taskset.rpartition(":")
    if not file.endswith(".py"):
        return taskset
    return f"{path.absolute().parent / Path(file).expanduser()}{colon}{attribute}"


def kinds(hint: Any) -> tuple[Any, ...]:
    """The types that a type hint allows: the members of a union, else itself alone.

    Example:
        >>> kinds(int | None)
        (<class 'int'>, <class 'NoneType'>)
    """
    union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    return typing.get_args(hint) if union else (hint,)


def is_path(hint: Any) -> bool:
    """Whether a type hint allows a path."""
    return any(isinstance(kind, type) and issubclass(kind, Path) for kind in kinds(hint))
