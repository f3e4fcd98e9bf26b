"""A task set and its options as the tables of a configuration file that lies somewhere else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradsplit.tasksets.config import is_path, read_configuration
from gradsplit.tasksets.registry import options_of, parted


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
    tables: dict[str, Mapping[str, Any]] = {}
    own, recipe = dict[str, Any](), dict[str, Any]()
    if reference.endswith(".toml"):
        said = read_configuration(Path(reference))
        own, recipe = said.resolved(options_of(said.taskset))
        reference = said.taskset
        tables = {"absolute": said.absolute, "standardised": said.standardised}
    hints = options_of(reference)
    more, more_recipe = parted(options, hints)
    tables["options"] = {
        name: Path(value) if isinstance(value, str) and is_path(hints.get(name)) else value
        for name, value in {**own, **more}.items()
    }
    tables["recipe"] = {**recipe, **more_recipe}
    return {
        "taskset": _absolute(reference),
        **{name: table for name, table in tables.items() if table},
    }


def _absolute(reference: str) -> str:
    """A place in a file made absolute; other names as they are."""
    file, colon, attribute = reference.rpartition(":")
    return f"{Path(file).absolute()}{colon}{attribute}" if file.endswith(".py") else reference
