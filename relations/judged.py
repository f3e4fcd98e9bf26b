"""The relation graph of what a user has: measured changes at a threshold, an estimate at a cut."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from relations.errors import RelationsError
from relations.estimates.cut import Cut
from relations.estimates.estimate_file import is_estimate_file, load_estimate
from relations.estimates.estimate_graph import EstimateGraph, estimate_graph
from relations.graph import RelationGraph
from relations.seeds import DEFAULT_HARM_THRESHOLD
from relations.sources import load_changes
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.corrections import Correction
from relations.tables.change_cells import Unit
from relations.tables.orientation import Rows
from relations.tasks import given_names


def load_relations(
    source: str | Path,
    *,
    threshold: float | None = None,
    cut: str | None = None,
    level: float = 0.95,
    correction: Correction = "holm",
    column: str | None = None,
    lower: str | Sequence[str] = (),
    unit: Unit | None = None,
    rows: Rows | None = None,
    tasks: str | Sequence[str] = (),
    without: str | Sequence[str] = (),
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> RelationGraph:
    r"""The relations of a source, judged; printed, they are what `gradsplit relations` shows.

    Args:
        source: A probe's folder, a ledger, a relation table, a runs table or an estimate's file.
        threshold: Of relative changes: below it is harm, in (-1, 0]; -0.01 when None.
        cut: Of an estimate, which has a unit of its own: see `Cut`; "sign" when None.
        level: Confidence level of verdicts.
        correction: How the number of edges is accounted for.
        column: Which column of a long relation table.
        lower: Tasks of a runs table whose metric is better lower; they win over what it says.
        unit: Of a relation table that does not say: "fraction" or "per-cent".
        rows: What the rows of a relation table's matrix name: "source" or "target".
        tasks: Only these, in this order; all when empty.
        without: Tasks to leave out.
        absolute: Task -> threshold of tasks whose change is measured in the metric's own unit, such
            as {"r2": -0.02}; for metrics that cross zero.
        standardised: Task -> threshold of tasks whose change is measured in standard deviations of
            the single-task score over seeds, such as {"nll": -1}.

    Returns:
        The graph; an `EstimateGraph` when the source is an estimate.

    Raises:
        RelationsError: The source cannot be read, or an option has no effect on it, such as a
            threshold on an estimate, or a cut on changes.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = Path(folder) / "table.csv"
        ...     _ = table.write_text("source,target,change\npose,reid,-2%\nreid,pose,1%\n")
        ...     load_relations(table).harmful()
        [('pose', 'reid')]
    """
    how = {
        "column": column,
        "lower": lower,
        "unit": unit,
        "rows": rows,
        "tasks": tasks,
        "without": without,
        "absolute": absolute,
        "standardised": standardised,
    }
    if is_estimate_file(source):
        asked = how | {"threshold": threshold}
        return _of_estimate(
            source, cut, [name for name, value in asked.items() if value or value == 0]
        )
    if cut is not None:
        raise RelationsError("`--cut` is for estimates; give changes a --threshold.")
    _, graph = judged_changes(source, threshold, level, correction, **how)
    return graph


def judged_changes(
    source: str | Path,
    threshold: float | None,
    level: float,
    correction: Correction,
    *,
    lower: str | Sequence[str] = (),
    **how: Any,
) -> tuple[ChangeMatrix, RelationGraph]:
    """Measured changes and their graph; see `load_relations` for the arguments.

    Raises:
        EstimateError: The source is an estimate; its numbers are no changes.
        RelationsError: It cannot be read.
    """
    directions = dict.fromkeys(given_names(lower), False) or None
    changes = load_changes(source, higher_is_better=directions, level=level, **how)
    if threshold is not None and not changes.relative.any():
        raise RelationsError(
            f"--threshold is of relative changes, and those of `{source}` are all absolute or "
            "standardised, judged at the threshold of their task: it would change nothing. Leave "
            "it out."
        )
    threshold = DEFAULT_HARM_THRESHOLD if threshold is None else threshold
    graph = RelationGraph.from_changes(
        changes, threshold=threshold, level=level, correction=correction
    )
    return changes, graph


def _of_estimate(source: str | Path, cut: str | None, asked: Sequence[str]) -> EstimateGraph:
    estimate = load_estimate(source)
    if asked:
        raise RelationsError(
            f"`{source}` is an estimate, in another unit ({estimate.unit}) than changes: "
            f"{', '.join(f'--{name}' for name in asked)} would change nothing. It is cut by --cut: "
            "sign, a share such as 20%, or a number in that unit."
        )
    return estimate_graph(estimate, Cut(cut or "sign"))
