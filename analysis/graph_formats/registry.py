"""The formats of relation graphs by the ending of a file, and the one function that writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import analysis.graph_formats
from relations.errors import RelationsError

if TYPE_CHECKING:
    from relations.graph import RelationGraph

Write = Callable[["RelationGraph", Path], None]
"""Writes a graph to a path whose folder is there."""


class ExportError(RelationsError):
    """A graph cannot be written under the asked-for name."""


@dataclass(frozen=True)
class GraphFormat:
    """A format of relation graphs.

    Attributes:
        ending: Of its files, with the dot.
        description: Who reads it and what it holds, for people who choose one.
        write: Writes it.
    """

    ending: str
    description: str
    write: Write


_formats: dict[str, GraphFormat] = {}


def graph_format(ending: str, description: str) -> Callable[[Write], Write]:
    """Register the function below as the writer of a format.

    Args:
        ending: Of its files, with the dot.
        description: Who reads it and what it holds.

    Raises:
        ExportError: The ending has a writer already.
    """

    def register(write: Write) -> Write:
        if ending in _formats:
            raise ExportError(f"Files that end in {ending} have a writer already.")
        _formats[ending] = GraphFormat(ending, description, write)
        return write

    return register


@cache
def _imported() -> None:
    """Import every file of the folder once, so that its format is known."""
    for module in iter_modules(analysis.graph_formats.__path__):
        import_module(f"analysis.graph_formats.{module.name}")


def graph_formats() -> tuple[GraphFormat, ...]:
    """All formats, by their endings. Imports nothing heavy.

    Example:
        >>> ".graphml" in [form.ending for form in graph_formats()]
        True
    """
    _imported()
    return tuple(_formats[ending] for ending in sorted(_formats))


def export(graph: "RelationGraph", path: str | Path) -> Path:
    """Write a relation graph for other programs, in the format that the file's ending names.

    The formats are those of `graph_formats()`; docs/looking.md lists them. Of an estimate's graph
    the column or attribute is called `estimate`, not `change`.

    Args:
        graph: The relations.
        path: Its ending chooses the format. Its folder is made.

    Returns:
        The path.

    Raises:
        ExportError: Another ending, or the file cannot be written.
    """
    path = Path(path)
    known = {form.ending: form for form in graph_formats()}
    form = known.get(path.suffix.lower())
    if form is None:
        raise ExportError(
            f"A graph's file must end in {', '.join(known)}, got {path.name!r}. "
            "Choose one of these endings."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        form.write(graph, path)
    except OSError as error:
        raise ExportError(f"The graph cannot be written to {path}: {error}.") from error
    return path
