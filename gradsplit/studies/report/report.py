"""One HTML page that needs no network: matrix, graph, mask, undecided edges, runs."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.studies.recommendation.files.recommendation_file import (
    RECOMMENDATION,
    read_recommendation,
)
from relations.errors import GroupingError, RelationsError, TableError

if TYPE_CHECKING:
    from analysis.diagnosis.diagnosis_file import DiagnosedEdge
    from analysis.page.grouped import Grouped
    from relations.statistics.change_matrix import ChangeMatrix
    from relations.statistics.corrections import Correction
    from relations.tables.change_cells import Unit
    from relations.tables.orientation import Rows

COMPARISON = "comparison.csv"
SIDE_SCORES = "side_scores.csv"
GROUPING = "grouping.json"


def report(
    source: str | Path,
    out: str | Path,
    *,
    title: str | None = None,
    threshold: float | None = None,
    level: float = 0.95,
    correction: "Correction" = "holm",
    column: str | None = None,
    lower: Sequence[str] = (),
    unit: "Unit | None" = None,
    rows: "Rows | None" = None,
    tasks: Sequence[str] = (),
    without: Sequence[str] = (),
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> Path:
    """Write the page of a source, as `gradsplit report` does.

    A comparison, a grouping and a diagnosis that lie beside the runs, `comparison.csv` with
    `side_scores.csv`, `grouping.json` and `diagnosis.json`, are shown too, and with a
    `recommendation.json` the page opens.

    Args:
        source: A probe's folder, a ledger, a relation table or a runs table.
        out: The page, .html.
        title: Above the page; "Recommendation" or "Task relations" and the folder's name when None.
        threshold: See `relations.load_relations`, as for all that follow.
        level: See there.
        correction: See there.
        column: See there.
        lower: See there.
        unit: See there.
        rows: See there.
        tasks: See there.
        without: See there.
        absolute: See there.
        standardised: See there.

    Returns:
        Where it was written.

    Raises:
        RelationsError: The source cannot be read or is an estimate, or `out` is no page's name.
    """
    from analysis.page.report import Report, report_html
    from analysis.text_file import write_text
    from gradsplit.studies.noted import noted
    from gradsplit.studies.report.made_again import Reading, commands, grouping_command
    from relations.judged import judged_changes

    page = _checked(Path(out))
    reading = Reading(
        source=str(source),
        threshold=threshold,
        level=level,
        correction=correction,
        column=column,
        lower=tuple(lower),
        unit=unit,
        rows=rows,
        tasks=tuple(tasks),
        without=tuple(without),
        absolute=dict(absolute or {}),
        standardised=dict(standardised or {}),
    )
    with noted() as notes:
        changes, graph = judged_changes(**vars(reading))
    trainings = _trainings(source, changes)
    studies = _studies(Path(source), changes.tasks)
    content = Report(
        changes=changes,
        graph=graph,
        source=reading.source,
        title=title or _title(Path(source), studies),
        options=reading.words(),
        **trainings,
        **studies,
        commands=commands(reading, str(out), title, trainings.get("ran"), studies["recommended"]),
        grouped_by=grouping_command(reading, trainings.get("ran")),
        notes=notes,
    )
    write_text(page, report_html(content))
    return page


def _title(source: Path, studies: Mapping[str, Any]) -> str:
    """The usual title, of what the page opens with."""
    what = "Task relations" if studies["recommended"] is None else "Recommendation"
    return f"{what}: {source.resolve().name}"


def _checked(out: Path) -> Path:
    """The page's file, refused before anything is read when its name is no page's."""
    if out.suffix.lower() not in (".html", ".htm"):
        raise RelationsError(
            f"The report's file must end in .html, got {out.name!r}. Use --out report.html."
        )
    return out


def _trainings(source: str | Path, changes: "ChangeMatrix") -> dict[str, Any]:
    """What a ledger knows of its trainings, as the page takes it; nothing of a table."""
    from analysis.curves.trained_curves import ledger_curves
    from analysis.page.moved import movements
    from analysis.page.ran import Ran
    from relations.sources import ledger_of

    ledger = ledger_of(source)
    if ledger is None:
        return {}
    ran = Ran.from_ledger(ledger)
    moved = [] if ran is None else movements(ledger, ran, changes)
    return {"ran": ran, "trained": ledger_curves(ledger), "moved": moved}


def _studies(source: Path, tasks: Sequence[str]) -> dict[str, Any]:
    """What other commands have found out about the same tasks, as the page takes it."""
    from gradsplit.studies.report.former_studies import refuse_former_reading

    refuse_former_reading(source)
    return {
        "comparison": _rows(source, COMPARISON),
        "side_scores": _side_scores(source),
        "grouped": _grouped(source, tasks),
        "recommended": _recommended(source, tasks),
        "diagnosed": _diagnosed(source),
    }


def _beside(source: Path, name: str) -> Path | None:
    """The file of that name beside the runs, if there is one."""
    path = (source if source.is_dir() else source.parent) / name
    return path if path.is_file() else None


def _recommended(source: Path, tasks: Sequence[str]) -> dict[str, Any] | None:
    """The recommendation that lies beside the runs.

    Raises:
        TableError: It is no recommendation's file, or lacks tasks of the runs.
    """
    path = _beside(source, RECOMMENDATION)
    return None if path is None else read_recommendation(path, tasks)


def _diagnosed(source: Path) -> "tuple[DiagnosedEdge, ...] | None":
    """The diagnosis that lies beside the runs.

    Raises:
        TableError: It is no diagnosis' file.
    """
    from analysis.diagnosis.diagnosis_file import DIAGNOSIS, read_diagnosis

    path = _beside(source, DIAGNOSIS)
    return None if path is None else read_diagnosis(path)


def _grouped(source: Path, tasks: Sequence[str]) -> "Grouped | None":
    """The grouping that lies beside the runs.

    Raises:
        GroupingError: It is no grouping's file, or lacks tasks of the runs.
    """
    from analysis.page.grouped import Grouped
    from relations.grouping.budget_curve import BudgetCurve
    from relations.grouping.grouping import Grouping

    path = _beside(source, GROUPING)
    if path is None:
        return None
    grouping = Grouping.load(path)
    if lacking := [task for task in tasks if task not in grouping.tasks]:
        raise GroupingError(
            f"`{path}` is of the tasks {', '.join(grouping.tasks)}, without {', '.join(lacking)} "
            f"of the runs beside it. Leave {'it' if len(lacking) == 1 else 'them'} out with "
            f"`--without {' '.join(lacking)}`, write it again with `gradsplit group`, or move it "
            "away."
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    curve = content.get("budgets")
    if curve is not None:
        curve = BudgetCurve.from_facts(grouping.tasks, curve, relative=grouping.relative)
    return Grouped(grouping, content.get("judged") or {}, curve)


def _side_scores(source: Path) -> list[list[str]]:
    """The rows of a comparison's side scores, the header first; none without a comparison.

    Raises:
        TableError: They are no such rows.
    """
    rows = _rows(source, SIDE_SCORES) if _beside(source, COMPARISON) is not None else None
    if rows is None:
        return []
    if rows[0] != ["method", "seed", "task", "score"] or not all(
        _is_number(r[3]) for r in rows[1:]
    ):
        raise TableError(
            f"`{_beside(source, SIDE_SCORES)}` must have the columns method, seed, task and score, "
            "the last a number. Write it again with `gradsplit compare`, or move it away."
        )
    return rows


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(source: Path, name: str) -> list[list[str]] | None:
    """The rows of a comparison's file that lies beside the runs, the header first; None: no row.

    Raises:
        TableError: It is no csv file of a comparison.
    """
    path = _beside(source, name)
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TableError(f"`{path}` cannot be read as CSV ({error}).") from error
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if len(rows) == 1 and name == SIDE_SCORES:  # as releases wrote it where no run had a side score
        return None
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise TableError(
            f"`{path}` must have a header and rows as long as it. Write it again with "
            "`gradsplit compare`, or move it away."
        )
    return rows
