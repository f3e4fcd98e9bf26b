"""A relation graph as a table, one line an edge."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.graph_formats.plain import plain_graph, value_name
from analysis.graph_formats.registry import graph_format
from relations.tables.csv_file import inert_row

if TYPE_CHECKING:
    from relations.graph import RelationGraph

EDGE_COLUMNS: tuple[str, ...] = ("source", "target", "change", "lower", "upper", "n", "verdict")


@graph_format(
    ".csv",
    "spreadsheets: one line an edge, fractions, an empty field is not known; reads again as a "
    "relation table",
)
def write_edge_table(graph: "RelationGraph", path: Path) -> None:
    """Write `source,target,change,lower,upper,n,verdict`, and the unit where there are several."""
    with path.open("w", newline="", encoding="utf-8") as file:
        columns = [value_name(graph) if name == "change" else name for name in EDGE_COLUMNS]
        columns += ["kind", "threshold", "unit"] if graph.mixed else []
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        for source, target, facts in plain_graph(graph).edges(data=True):
            kind = {name: graph.nodes[target].get(name) for name in columns[len(EDGE_COLUMNS) :]}
            names = dict(zip(EDGE_COLUMNS, inert_row([source, target]), strict=False))
            table.writerow({**names, **facts, **kind})
