"""The sections that follow the threshold, as they stand when the page opens."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.color_end import color_end, decided_beyond
from analysis.figures.graph_parts import KINDS
from analysis.figures.labels import score_texts, threshold_text
from analysis.figures.palette import FEW
from analysis.helpful import open_help
from analysis.page.cells import (
    INTERVALS_UP_TO,
    has_repeats,
    mask_rows,
    matrix_rows,
    pale,
)
from analysis.page.slider import opening, slider
from analysis.writing_direction import isolated
from relations.change_kinds import ChangeKind
from relations.statistics.unknown_edges import reasons_text

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix


def judged_sections(changes: "ChangeMatrix", graph: "RelationGraph", source: str) -> dict[str, Any]:
    """The sections that follow the threshold, as they stand when the page opens."""
    from relations.mask import GradientMask

    # Unknown edges are shown as allowed until the reader answers; the download waits for that.
    mask = GradientMask.from_graph(graph, unknown="allow")
    counts = _counts(graph, len(mask.blocked()))
    threshold = _place(opening(graph), graph)
    singles = _singles(changes)
    return {
        "counts": counts,
        "unknown_why": reasons_text(graph.why_unknown().values()),
        "facts": _facts(changes, graph, source),
        "pair_seeds": _seeds(changes),
        "directions": _directions(changes),
        "threshold": f"{opening(graph):.12g}",
        "mixed": graph.mixed,
        "units": [f" [{graph.kind(task).short}]" if graph.mixed else "" for task in graph.tasks],
        "own": ", ".join(
            f"{isolated(task)} {threshold_text(graph.threshold_of(task), graph.kind(task))}"
            for task in (graph.tasks if graph.mixed else ())
        ),
        "threshold_text": threshold,
        **_slider_texts(graph),
        "sentence": f"{threshold}: {_sentence(counts)}.",
        "matrix": {
            "rows": matrix_rows(changes, graph),
            "intervals": len(graph.tasks) <= INTERVALS_UP_TO and has_repeats(changes),
            "pale": pale(changes, graph),
        },
        "kinds": _kinds(has_repeats(changes)),
        "singles": singles,
        "spread": any(spread for _, spread in singles),
        "limit": _limit(changes, graph),
        "level": f"{graph.graph['level']:.0%}",
        "correction": _CORRECTIONS[graph.graph["correction"]],
        "mask": mask_rows(mask),
        "mask_command": "",
    }


def _slider_texts(graph: "RelationGraph") -> dict[str, Any]:
    """Where the slider begins and ends, and what stands below it."""
    moved = slider(graph)
    return {
        "lowest": moved.lowest,
        "step": moved.step,
        "last_stop": len(moved.stops) - 1,
        "first_stop": moved.stops.index(opening(graph)),
        "stop_texts": [
            f"{-stop + 0.0:.12g} ×" if graph.mixed else _place(stop, graph)
            for stop in moved.quarters
        ],
    }


def _place(value: float, graph: "RelationGraph") -> str:
    """A place on the slider in words."""
    if graph.mixed:
        return f"{-value + 0.0:.12g} × each task's own threshold"
    return threshold_text(value, ChangeKind())


def _limit(changes: "ChangeMatrix", graph: "RelationGraph") -> str:
    """Where the colours end, in words."""
    end = color_end(graph)
    text = f"{end:g} thresholds of the column" if graph.mixed else f"{100 * end:g} %"
    largest = pale(changes, graph) and len(graph.tasks) <= FEW
    if largest and (beyond := decided_beyond(graph, end)):
        are = "changes lie" if beyond > 1 else "change lies"
        return f"{text} and beyond, where {beyond} decided {are}"
    return f"{text} and more" + (", as far as decided changes go" if largest else "")


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
        "open_help": len(open_help(graph)),
    }


def _facts(changes: "ChangeMatrix", graph: "RelationGraph", source: str) -> str:
    """The report in one line."""
    source = source if Path(source).name else Path(source).resolve().name  # of "." nothing is seen
    counts = changes.n[changes.known]
    tasks = f"{len(graph.tasks)} tasks, {graph.number_of_edges()} edges"
    if not counts.size:
        return f"{tasks}, no pair trained, from {source}"
    return f"{tasks}, {_seeds(changes)} an edge, from {source}"


def _seeds(changes: "ChangeMatrix") -> str:
    """On how many seeds the known edges are, in words; empty where none is known."""
    counts = changes.n[changes.known]
    if not counts.size:
        return ""
    low, high = counts.min(), counts.max()
    return f"{high} seed{'s' * bool(high > 1)}" if low == high else f"{low} to {high} seeds"


def _directions(changes: "ChangeMatrix") -> list[str]:
    """Which scores of a task are better, of those whose scores are known."""
    return [
        f"{isolated(task)} {'higher' if rises else 'lower'}"
        for task, rises, scores in zip(changes.tasks, changes.rises, changes.alone.T, strict=True)
        if np.isfinite(scores).any()
    ]


def _singles(changes: "ChangeMatrix") -> list[tuple[str, str]]:
    """Single-task scores below the matrix, each with its spread; nothing when none is known."""
    scores = changes.baseline
    if not np.isfinite(scores).any():
        return []
    roomy = len(scores) <= INTERVALS_UP_TO
    pairs = zip(scores.tolist(), changes.baseline_spread.tolist(), strict=True)
    texts = [score_texts(score, spread) for score, spread in pairs]
    return [(score, spread if roomy else "") for score, spread in texts]
