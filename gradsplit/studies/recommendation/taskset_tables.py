"""A task set and its options as the tables of a configuration file that lies somewhere else."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradsplit.tasksets.config import is_path, read_configuration
from gradsplit.tasksets.registry import options_of


def taskset_tables(reference: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What loads the same task set again; places of files made absolute.

    Args:
        reference: See `gradsplit.load_taskset`.
        options: As given there.

    Returns:
        `taskset`, and of `absolute`, `standardised`, `options` and `recipe` the tables that hold
        something.

    Raises:
        TaskSetError: There is no such task set or configuration.

    Example:
        >>> taskset_tables("planted", {"width": 5, "steps": 30})
        {'taskset': 'planted', 'options': {'width': 5}, 'recipe': {'steps': 30}}
    """
    from gradsplit.training.recipe import Recipe

    tables: dict[str, Mapping[str, Any]] = {}
    if reference.endswith(".toml"):
        said = read_configuration(Path(reference))
        placed = said.resolved(options_of(said.taskset))
        reference, options = said.taskset, {**placed, **options}
        tables = {"absolute": said.absolute, "standardised": said.standardised}
    hints = options_of(reference)
    recipe = {item.name for item in dataclasses.fields(Recipe)}
    tables["options"] = {
        name: Path(value) if isinstance(value, str) and is_path(hints.get(name)) else value
        for name, value in options.items()
        if name not in recipe
    }
    tables["recipe"] = {name: value for name, value in options.items() if name in recipe}
    return {
        "taskset": _absolute(reference),
        **{name: table for name, table in tables.items() if table},
    }


def _absolute(reference: str) -> str:
    """A place in a file made absolute; other names as they are."""
    file, colon, attribute = reference.rpartition(":")
    return f"{Path(file).absolute()}{colon}{attribute}" if file.endswith(".py") else reference
