"""What the report's script works on, and how it is put into the page safely."""

import base64
import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.curves.line_looks import line_styles
from analysis.page.cells import has_repeats, multiples, shades, words_of
from analysis.short_names import shorten
from relations.change_kinds import ABSOLUTE, RELATIVE
from relations.statistics.corrections import look_shares

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

_HERE = Path(__file__).parent
_SCRIPTS = ("student", "judge", "mask_file", "texts", "tables", "harm", "graph", "lists", "main")
_STYLES = ("page", "summary", "relations")

# What may not stand in a script element: "</script>" and "<!--" end or change it, and the two line
# separators are not JavaScript in old browsers.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


_SHORT = 24
"""Most letters of a task's name in the graph."""


def page_data(
    changes: "ChangeMatrix", graph: "RelationGraph", *, source: str, options: tuple[str, ...]
) -> dict[str, object]:
    """Everything the page's script needs to judge edges at any threshold.

    Numbers are written with all their digits, so that comparisons fall as they do in Python.

    Args:
        changes: The matrix.
        graph: The same changes, judged; gives threshold, level and correction.
        source: SOURCE as the user gave it.
        options: Further words of the command, beside threshold and policy.

    Returns:
        JSON values; matrices row by row, row = source.
    """
    means = changes.scaled_means
    known = changes.known
    shares = look_shares(changes.n, changes.looks)
    lowest, step = slider(changes, graph)
    return {
        "tasks": list(changes.tasks),
        "short": shorten(changes.tasks, _SHORT),
        "source": source,
        "options": list(options),
        "threshold": opening(graph),
        "level": graph.graph["level"],
        "correction": graph.graph["correction"],
        "repeats": has_repeats(changes),
        "unknown": len(graph.with_verdict("unknown")),
        "lowest": lowest,
        "step": step,
        "digits": 1,
        "words": words_of(changes),
        "change": _numbers(changes.mean),
        "mean": _numbers(means.mean),
        "se": _numbers(means.se),
        "df": _numbers(means.df),
        "n": changes.n.ravel().tolist(),
        "known": known.ravel().astype(int).tolist(),
        "share": None if changes.looks is None else _numbers(shares),
        "turned": changes.turned.astype(int).tolist(),
        "sizes": shades(changes, graph).ravel().tolist(),
        "kinds": _kinds(graph) if graph.mixed else None,
        "relative": graph.threshold + 0.0,
    }


def opening(graph: "RelationGraph") -> float:
    """Where the slider stands at first.

    It is the threshold, a fraction; where changes are of several units, the thresholds of all tasks
    move together, and it is -1: once each task's own.
    """
    return -1.0 if graph.mixed else graph.threshold + 0.0  # -0.0 is 0


def _kinds(graph: "RelationGraph") -> list[dict[str, object]]:
    """How each task's changes are measured and written, and how large one threshold is."""
    kinds = [graph.kind(task) for task in graph.tasks]
    return [
        {
            "facts": kind.facts(),
            "short": kind.short,
            "size": kind.size,
            "scale": 100 if kind.name == RELATIVE else 1,
            "decimals": -math.floor(math.log10(kind.size)) if kind.name == ABSOLUTE else 0,
        }
        for kind in kinds
    ]


def slider(changes: "ChangeMatrix", graph: "RelationGraph") -> tuple[float, float]:
    """The lowest threshold of the slider and its step: all harm lies within, in plain numbers.

    Where changes are of several units, both are in sizes of each task's own threshold.

    Example:
        >>> from relations.graph import RelationGraph
        >>> from relations.statistics.change_matrix import ChangeMatrix
        >>> changes = ChangeMatrix(["a", "b"], [[0, -0.163], [0.01, 0]])
        >>> slider(changes, RelationGraph.from_changes(changes))
        (-0.17, 0.001)
    """
    side_by_side = multiples(changes, graph)
    known = side_by_side[np.isfinite(side_by_side)]
    unit = 100.0 if graph.mixed else 1.0  # one threshold is about 0.01
    worst = max(-float(known.min(initial=0.0)) / unit, -2 * opening(graph) / unit, 0.02)
    step = next(step for most, step in _STEPS if worst <= most)
    reach = math.ceil(1.02 * worst / (10 * step)) * 10 * step
    return -round(unit * min(reach, 0.99 * _lowest_possible(graph) / unit), 6), step * unit


def _lowest_possible(graph: "RelationGraph") -> float:
    """How far down the slider may go: no relative threshold may reach -1."""
    if not graph.mixed:
        return 1.0
    kinds = [graph.kind(task) for task in graph.tasks]
    return min((1 / kind.size for kind in kinds if kind.name == RELATIVE), default=math.inf)


_STEPS = ((0.02, 0.0001), (0.1, 0.0005), (0.5, 0.001), (math.inf, 0.005))


def safe_json(content: object) -> str:
    r"""JSON that may stand inside a script element, whatever the names in it.

    Example:
        >>> safe_json("</script>")
        '"\\u003c/script\\u003e"'
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter, escaped in _UNSAFE.items():
        text = text.replace(letter, escaped)
    return text


def script() -> str:
    """The page's script: its files one after the other, in a scope of their own."""
    parts = [(_HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return '"use strict";\n{\n' + "\n".join(parts) + "}\n"


def style(*more: str) -> str:
    """The page's style sheet, and those of sections that not every page has."""
    names = (*_STYLES, *more)
    sheets = [(_HERE / "style" / f"{name}.css").read_text("utf-8") for name in names]
    return "\n".join([*sheets, *[line_styles()] * ("learning" in more)])


def allowed(text: str) -> str:
    """The source expression of a content security policy that allows exactly this text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _numbers(matrix: NDArray[np.float64]) -> list[float | None]:
    """A matrix row by row; NaN is null."""
    return [None if math.isnan(value) else value for value in matrix.ravel().tolist()]
