"""How a table of relations or runs is read, where it does not say so itself."""

from dataclasses import dataclass
from typing import Any, Literal

from gradsplit.commands.options.names import split_names


@dataclass(kw_only=True)
class TableOptions:
    """How a table is read, where it does not say so itself."""

    column: str | None = None
    """Which column of changes to read, for a long table with several."""

    lower: tuple[str, ...] = ()
    """Tasks of a runs table whose metric is better lower; wins over what the table says."""

    unit: Literal["fraction", "per-cent"] | None = None
    """Of the numbers in a relation table that does not say."""

    rows: Literal["source", "target"] | None = None
    """What the rows of a relation table's matrix, or the outer names of nested JSON, are."""

    def table(self) -> dict[str, Any]:
        """How a table is read, as `relations.load_relations` takes it."""
        named = {name: getattr(self, name) for name in ("column", "unit", "rows")}
        return {**named, "lower": split_names(self.lower)}
