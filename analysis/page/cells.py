"""The cells of the report's matrix and mask, as they stand before anyone moves the slider."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.color_end import color_end
from analysis.figures.labels import change_text, number_text
from analysis.figures.ordering import comparable
from analysis.helpful import helpful_edges

if TYPE_CHECKING:
    from relations.change_kinds import ChangeKind
    from relations.graph import RelationGraph
    from relations.mask import GradientMask
    from relations.statistics.change_matrix import ChangeMatrix

SHADES = 5
INTERVALS_UP_TO = 12
"""Tasks up to which a cell has room for its interval."""
NUMBERS_UP_TO = 24
"""Tasks up to which cells show their numbers unasked."""
WORDS_UP_TO = 100
"""Tasks up to which cells hold text at all: a browser lays out 80,000 empty cells, not texts."""

WORDS = {
    "harmful": {
        "decided": "harmful, decided",
        "undecided": "harmful by the mean, undecided",
        "open": "unknown",
    },
    "other": {
        "decided": "not harmful, decided",
        "undecided": "not harmful by the mean, undecided",
        "open": "unknown",
    },
    "helpful": {
        "decided": "helpful, decided",
        "open help": "not harmful, decided; helpful by the mean, undecided",
        "undecided": "not harmful by the mean, undecided",
        "open": "unknown",
    },
}
WORDS_WITHOUT_REPEATS = {
    "harmful": {**WORDS["harmful"], "undecided": "harmful by its value"},
    "other": {**WORDS["other"], "undecided": "not harmful by its value"},
    "helpful": {**WORDS["helpful"], "undecided": "not harmful by its value"},
}
_CERTAINTY = {
    "harmful": "decided",
    "not harmful": "decided",
    "undecided": "undecided",
    "unknown": "open",
}


@dataclass(frozen=True)
class Cell:
    """One edge as a cell.

    Attributes:
        name: Its classes in the style sheet.
        change: In the unit of its column, "?" where nothing is known.
        ends: The interval its verdict is read from; empty where none is known.
        verdict: For a screen reader.
    """

    name: str
    change: str
    ends: str
    verdict: str


@dataclass(frozen=True)
class Row:
    """One source (or loss) and its cells; the cell of the task itself is None (or "self")."""

    task: str
    cells: list[Cell | None] | list[str]


def shades(graph: "RelationGraph") -> np.ndarray:
    """[T, T] integers 0 to 5: how deep a cell's colour is, by the size of its change.

    By the verdicts at the graph's threshold, so that no colour moves with the slider.
    """
    sizes = np.nan_to_num(np.abs(comparable(graph))) / color_end(graph)
    return np.ceil(np.clip(sizes, 0, 1) * SHADES).astype(int)


def matrix_rows(changes: "ChangeMatrix", graph: "RelationGraph") -> list[Row]:
    """The rows of the matrix at the graph's threshold."""
    depth = shades(graph).tolist()
    kinds = [graph.kind(task) for task in graph.tasks]
    words = words_of(changes)
    harmful, helpful = set(graph.harmful()), helpful_edges(graph)
    rows = []
    for i, source in enumerate(graph.tasks):
        cells: list[Cell | None] = [None] * len(graph.tasks)
        for j, target in enumerate(graph.tasks):
            if i != j:
                edge = graph.edges[source, target]
                helps = helpful.get((source, target))
                name, verdict = _state(edge, (source, target) in harmful, helps, words)
                change, ends = _change(edge, kinds[j]), _ends(edge, kinds[j])
                cells[j] = Cell(f"{name} l{depth[i][j]}", change, ends, verdict)
        rows.append(Row(source, cells))
    return rows


def mask_rows(mask: "GradientMask") -> list[Row]:
    """The rows of the mask: "yes", "no" and, on the diagonal, "self"."""
    rows = []
    for i, loss in enumerate(mask.tasks):
        words = ["yes" if allowed else "no" for allowed in mask.may_update[i].tolist()]
        words[i] = "self"
        rows.append(Row(loss, words))
    return rows


def pale(changes: "ChangeMatrix", graph: "RelationGraph") -> bool:
    """Whether undecided cells are paler: as in the figure, where some are decided."""
    decided = len(graph.with_verdict("harmful")) + len(graph.with_verdict("not harmful"))
    return has_repeats(changes) and decided > 0


def words_of(changes: "ChangeMatrix") -> dict[str, dict[str, str]]:
    """What verdicts are called; without repeats there is no uncertainty to speak of."""
    return WORDS if has_repeats(changes) else WORDS_WITHOUT_REPEATS


def has_repeats(changes: "ChangeMatrix") -> bool:
    """Whether any edge has two seeds, so that its uncertainty is known."""
    return bool((changes.n > 1).any())


def interval_text(lower: float, upper: float, kind: "ChangeKind") -> str:
    """An interval with its unit, a dash where it is not known."""
    if np.isnan(lower):
        return "–"
    return f"{number_text(lower, kind, 2)} to {change_text(upper, kind, 2)}"


def _state(
    edge: dict, harmful: bool, helps: bool | None, words: dict[str, dict[str, str]]
) -> tuple[str, str]:
    """A cell's classes without its shade, and its verdict in words; as in script/tables.js.

    `helps` says whether help is decided, and is None where the mean is not of help.
    """
    certainty = _CERTAINTY[edge["verdict"]]
    if certainty == "open":
        return "unknown open", words["other"]["open"]
    if harmful:
        return f"harmful {certainty}", words["harmful"][certainty]
    if helps is None:
        return f"between {certainty}", words["other"][certainty]
    if certainty == "decided" and not helps:
        return f"helpful open-help {certainty}", words["helpful"]["open help"]
    return f"helpful {certainty}", words["helpful"][certainty]


def _change(edge: dict, kind: "ChangeKind") -> str:
    """The change of a cell; one that is not to be believed is not shown."""
    return "?" if edge["verdict"] == "unknown" else number_text(edge["change"], kind)


def _ends(edge: dict, kind: "ChangeKind") -> str:
    """The second line of a cell."""
    if np.isnan(edge["lower"]) or edge["verdict"] == "unknown":
        return ""
    return f"{number_text(edge['lower'], kind)} to {number_text(edge['upper'], kind)}"
