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
from analysis.page.cells import has_repeats, shades, words_of
from analysis.page.seeds_of_edges import seeds_data
from analysis.page.slider import opening, slider
from analysis.short_names import shorten
from relations.change_kinds import ABSOLUTE, RELATIVE
from relations.statistics.corrections import look_shares
from relations.tasks import positions

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

_HERE = Path(__file__).parent
_SCRIPTS = (
    *("student", "judge", "help", "mask_file", "texts", "tables", "harm", "graph", "lists"),
    *("cell_scores", "cell_dialog", "slider", "arrange", "table_file", "link", "main"),
)
_STYLES = ("page", "summary", "relations", "cell")

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
    moved = slider(graph)
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
        "lowest": moved.lowest,
        "stops": list(moved.stops),
        "digits": 1,
        "words": words_of(changes),
        "change": _numbers(changes.mean),
        "mean": _numbers(means.mean),
        "se": _numbers(means.se),
        "df": _numbers(means.df),
        "n": changes.n.ravel().tolist(),
        "why": _why_unknown(graph),
        "known": known.ravel().astype(int).tolist(),
        "share": None if changes.looks is None else _numbers(shares),
        "turned": changes.turned.astype(int).tolist(),
        "sizes": shades(graph).ravel().tolist(),
        "kinds": _kinds(graph) if graph.mixed else None,
        "relative": graph.threshold + 0.0,
        "by_seed": seeds_data(changes),
    }


def _why_unknown(graph: "RelationGraph") -> dict[str, str]:
    """Place of an unknown edge in the matrix, row by row -> why it is unknown."""
    at = positions(graph.tasks)
    return {
        str(at[source] * len(at) + at[target]): reason
        for (source, target), reason in graph.why_unknown().items()
    }


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
