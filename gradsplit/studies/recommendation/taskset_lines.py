"""A task set and its options as lines of a configuration file that lies somewhere else."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradsplit.tasksets.config import is_path, read_configuration
from gradsplit.tasksets.registry import options_of


def taskset_lines(reference: str, options: Mapping[str, Any]) -> list[str]:
    """The lines that load the same task set again; places of files made absolute.

    Args:
        reference: See `gradsplit.load_taskset`.
        options: As given there.
    """
    from gradsplit.training.recipe import Recipe

    tables: dict[str, dict[str, Any]] = {}
    if reference.endswith(".toml"):
        said = read_configuration(Path(reference))
        reference, options = said.taskset, {**said.options, **said.recipe, **options}
        tables = {"absolute": dict(said.absolute), "standardised": dict(said.standardised)}
    hints = options_of(reference)
    recipe = {item.name for item in dataclasses.fields(Recipe)}
    own = {
        name: str(Path(value).absolute()) if is_path(hints.get(name)) else value
        for name, value in options.items()
        if name not in recipe
    }
    tables["options"] = own
    tables["recipe"] = {name: value for name, value in options.items() if name in recipe}
    lines = [f"taskset = {toml_value(_absolute(reference))}"]
    for name, table in tables.items():
        if table:
            lines += ["", f"[{name}]"]
            lines += [f"{toml_value(key)} = {toml_value(value)}" for key, value in table.items()]
    return lines


def _absolute(reference: str) -> str:
    """A place in a file made absolute; other names as they are."""
    file, colon, attribute = reference.rpartition(":")
    return f"{Path(file).absolute()}{colon}{attribute}" if file.endswith(".py") else reference


def toml_value(value: Any) -> str:
    """A value as TOML has it; a JSON text is a TOML one.

    Example:
        >>> toml_value({"pose": 0.5}), toml_value((1, 2)), toml_value("figures")
        ('{"pose" = 0.5}', '[1, 2]', '"figures"')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{toml_value(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(str(value), ensure_ascii=False)
