"""The report: one page that needs no network, with a slider for the threshold."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.graph_parts import KINDS
from analysis.figures.labels import change_text, percent, score_digits, threshold_text
from analysis.page.cells import (
    INTERVALS_UP_TO,
    NUMBERS_UP_TO,
    WORDS_UP_TO,
    has_repeats,
    interval_text,
    mask_rows,
    matrix_rows,
    shade_limit,
)
from analysis.page.doubts import doubts
from analysis.page.embed import allowed, opening, page_data, safe_json, script, slider, style
from analysis.page.ran import Moved, Ran, ran_texts

if TYPE_CHECKING:
    import jinja2

    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

_MOVED_LISTED = 30
_ROOMY_UP_TO = 40  # tasks whose cells without numbers may be larger
_UPRIGHT_OVER = 6  # more tasks than these have their names upright over the columns


@dataclass(frozen=True)
class Command:
    """A command line and what it is for."""

    purpose: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report is made of.

    Attributes:
        changes: The matrix.
        graph: The same changes, judged at the threshold the page opens with.
        source: SOURCE as the user gave it.
        title: Above the page.
        options: Further words of the command that reads the source the same way.
        ran: The trainings; None when the source is a table.
        moved: What moves between lengths of training.
        comparison: Rows of a comparison's csv file, the header first; None when there is none.
        commands: How to make all this again.
    """

    changes: "ChangeMatrix"
    graph: "RelationGraph"
    source: str
    title: str = "Task relations"
    options: tuple[str, ...] = ()
    ran: Ran | None = None
    moved: Sequence[Moved] = ()
    comparison: Sequence[Sequence[str]] | None = None
    comparison_file: str = "comparison.csv"
    commands: Sequence[Command] = field(default=())


def report_html(report: Report) -> str:
    """The report as the text of one HTML file.

    Everything in it is inline and a content security policy forbids all else, so that it makes no
    request. The script judges edges as `RelationGraph.from_changes` does and makes masks as
    `GradientMask.from_graph` does, at any threshold. Equal input gives equal text.

    Args:
        report: What it shows.

    Returns:
        HTML, about 0.3 MB and 250 bytes more for each edge.
    """
    look, act = style(), script()
    changes, graph = report.changes, report.graph
    tasks = list(graph.tasks)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=report.title,
            version=version("gradsplit"),
            style=look,
            script=act,
            style_hash=allowed(look),
            script_hash=allowed(act),
            data=safe_json(page_data(changes, graph, source=report.source, options=report.options)),
            tasks=tasks,
            compact=len(tasks) > NUMBERS_UP_TO,
            wordless=len(tasks) > WORDS_UP_TO,
            roomy=len(tasks) <= _ROOMY_UP_TO,
            upright=len(tasks) > _UPRIGHT_OVER,
            repeats=has_repeats(changes),
            source_word=report.source,
            commands=report.commands,
            looks=changes.looks,
            **_relations(report),
            **_evidence(report),
        )
    )


def _relations(report: Report) -> dict[str, Any]:
    """The sections that follow the threshold, as they stand when the page opens."""
    from relations.mask import GradientMask

    changes, graph = report.changes, report.graph
    lowest, step = slider(changes, graph)
    # Unknown edges are shown as allowed until the reader answers; the download waits for that.
    mask = GradientMask.from_graph(graph, unknown="allow")
    counts = _counts(graph, len(mask.blocked()))
    threshold = _place(opening(graph), graph)
    return {
        "counts": counts,
        "facts": _facts(report),
        "threshold": f"{opening(graph):.12g}",
        "mixed": graph.mixed,
        "units": [f" [{graph.kind(task).short}]" if graph.mixed else "" for task in graph.tasks],
        "own": ", ".join(
            f"{task} {threshold_text(graph.threshold_of(task), graph.kind(task))}"
            for task in (graph.tasks if graph.mixed else ())
        ),
        "warnings": report.changes.warnings,
        "threshold_text": threshold,
        "lowest": lowest,
        "lowest_text": _place(lowest, graph),
        "step": step,
        "sentence": f"{threshold}: {_sentence(counts)}.",
        "matrix": {
            "rows": matrix_rows(changes, graph),
            "intervals": len(graph.tasks) <= INTERVALS_UP_TO and has_repeats(changes),
        },
        "kinds": _kinds(has_repeats(changes)),
        "singles": _singles(changes),
        "limit": _limit(shade_limit(changes, graph), graph),
        "level": f"{graph.graph['level']:.0%}",
        "correction": _CORRECTIONS[graph.graph["correction"]],
        "mask": mask_rows(mask),
        "mask_command": "",
    }


def _place(value: float, graph: "RelationGraph") -> str:
    """A place on the slider in words."""
    if graph.mixed:
        return f"{-value + 0.0:.12g} × each task's own threshold"
    return percent_of(value)


def _limit(limit: float, graph: "RelationGraph") -> str:
    """Where the colours end, in words."""
    return f"{limit:g} thresholds of the column" if graph.mixed else f"{100 * limit:g} %"


def _sentence(counts: Mapping[str, int]) -> str:
    """How many edges are harmful, of those that are known."""
    if counts["unknown"] and counts["unknown"] == counts["edges"]:
        return "nothing is known of any edge"
    unknown = f"; {counts['unknown']} unknown" if counts["unknown"] else ""
    return f"{counts['harmful']} of {counts['edges']} edges harmful{unknown}"


def _kinds(repeats: bool) -> list[tuple[str, str]]:
    """Kinds of edges in the graph's legend; without repeats all are undecided and none says so."""
    if repeats:
        return [(kind, style.text) for kind, style in KINDS.items()]
    return [(f"{effect} undecided", f"{effect} by its value") for effect in ("harmful", "helpful")]


_CORRECTIONS = {
    "holm": "all edges together (Holm)",
    "bh": "by the share of wrong ones among the decided (Benjamini-Hochberg)",
    "none": "each edge for itself",
}


def _evidence(report: Report) -> dict[str, Any]:
    """The sections that stay as they are."""
    cost = None if report.ran is None else report.ran.cost
    comparison = None
    if report.comparison is not None:
        header, *rows = report.comparison
        shown = [[_rounded(cell) for cell in row] for row in rows]
        comparison = {"header": header, "rows": shown, "file": report.comparison_file}
    return {
        "doubts": doubts(report.changes, report.graph, cost),
        "movements": [_movement(moved) for moved in report.moved],
        "comparison": comparison,
        "ran": None if report.ran is None else asdict(ran_texts(report.ran, report.changes)),
    }


def _counts(graph: "RelationGraph", blocked: int) -> dict[str, int]:
    """How many edges are what."""
    return {
        "edges": graph.number_of_edges(),
        "harmful": len(graph.harmful()),
        "sure": len(graph.with_verdict("harmful")),
        "safe": len(graph.with_verdict("not harmful")),
        "undecided": len(graph.with_verdict("undecided")),
        "unknown": len(graph.with_verdict("unknown")),
        "blocked": blocked,
    }


def _facts(report: Report) -> str:
    """The report in one line."""
    counts = report.changes.n[report.changes.n > 0]
    tasks = f"{len(report.graph.tasks)} tasks, {report.graph.number_of_edges()} edges"
    if not counts.size:
        return f"{tasks}, no runs yet, from {report.source}"
    low, high = counts.min(), counts.max()
    seeds = f"{high} seed{'s' * bool(high > 1)}" if low == high else f"{low} to {high} seeds"
    return f"{tasks}, {seeds} an edge, from {report.source}"


def _singles(changes: "ChangeMatrix") -> list[str]:
    """Single-task scores below the matrix; nothing when none is known."""
    scores = changes.baseline
    if not np.isfinite(scores).any():
        return []
    digits = score_digits(scores)
    return ["–" if math.isnan(score) else f"{score:.{digits}f}" for score in scores.tolist()]


def _movement(moved: Moved) -> dict[str, Any]:
    """One comparison of two lengths of training, in words."""
    if moved.movement is None:
        return {"name": moved.name, "problem": moved.problem}
    found = moved.movement
    place = {task: i for i, task in enumerate(found.tasks)}
    sizes = np.abs(found.mean) / np.array([kind.size for kind in found.kinds])
    edges = sorted(found.moved(), key=lambda edge: -sizes[place[edge[0]], place[edge[1]]])
    rows = []
    for source, target in edges[:_MOVED_LISTED]:
        at = place[source], place[target]
        kind = found.kinds[place[target]]
        rows.append(
            {
                "source": source,
                "target": target,
                "first": change_text(found.first[at], kind),
                "second": change_text(found.second[at], kind),
                "mean": change_text(found.mean[at], kind),
                "ends": interval_text(found.lower[at], found.upper[at], kind),
            }
        )
    compared = int((found.n > 1).sum())
    return {"name": moved.name, "rows": rows, "moved": len(edges), "compared": compared}


def percent_of(threshold: float) -> str:
    """A threshold in per cent with as many digits as it has.

    Example:
        >>> percent_of(-0.01), percent_of(-0.0125), percent_of(0.0)
        ('−1 %', '−1.25 %', '0 %')
    """
    text = percent(threshold, 10).rstrip("0").rstrip(".")
    return f"{text or '0'} %"


def _rounded(cell: str) -> str:
    """A number of a csv file with four figures; other texts as they are."""
    try:
        value = float(cell)
    except ValueError:
        return cell
    return cell if value.is_integer() else f"{value:.4g}"


def _environment() -> "jinja2.Environment":
    """Templates that escape every value, and refuse names that do not exist."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("analysis.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["as_json"] = lambda value: json.dumps(value, ensure_ascii=False)
    environment.filters["inline"] = Markup  # our own script and style, and data made safe
    return environment
