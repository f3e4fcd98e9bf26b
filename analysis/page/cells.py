"""The cells of the report's matrix and mask, as they stand before anyone moves the slider."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.labels import percent
from analysis.figures.palette import color_limit

if TYPE_CHECKING:
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
}
WORDS_WITHOUT_REPEATS = {
    "harmful": {**WORDS["harmful"], "undecided": "harmful by its value"},
    "other": {**WORDS["other"], "undecided": "not harmful by its value"},
}
_DOUBT = {
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
        change: In per cent, "?" where nothing is known.
        ends: The interval its verdict is read from, in per cent; empty where none is known.
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


def shades(changes: "ChangeMatrix") -> np.ndarray:
    """[T, T] integers 0 to 5: how deep a cell's colour is, by the size of its change."""
    sizes = np.nan_to_num(np.abs(changes.mean)) / color_limit(changes.mean)
    return np.ceil(np.clip(sizes, 0, 1) * SHADES).astype(int)


def matrix_rows(changes: "ChangeMatrix", graph: "RelationGraph") -> list[Row]:
    """The rows of the matrix at the graph's threshold."""
    depth = shades(changes).tolist()
    words = words_of(changes)
    harmful = set(graph.harmful())
    rows = []
    for i, source in enumerate(graph.tasks):
        cells: list[Cell | None] = [None] * len(graph.tasks)
        for j, target in enumerate(graph.tasks):
            if i != j:
                edge = graph.edges[source, target]
                name, verdict = _state(edge, (source, target) in harmful, graph.threshold, words)
                cells[j] = Cell(f"{name} l{depth[i][j]}", _change(edge), _ends(edge), verdict)
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


def words_of(changes: "ChangeMatrix") -> dict[str, dict[str, str]]:
    """What verdicts are called; without repeats there is no uncertainty to speak of."""
    return WORDS if has_repeats(changes) else WORDS_WITHOUT_REPEATS


def has_repeats(changes: "ChangeMatrix") -> bool:
    """Whether any edge has two seeds, so that its uncertainty is known."""
    return bool((changes.n > 1).any())


def percent_text(change: float, digits: int = 2) -> str:
    """A change in per cent, a dash where it is not known."""
    return "–" if np.isnan(change) else f"{percent(change, digits)} %"


def interval_text(lower: float, upper: float, digits: int = 2) -> str:
    """An interval in per cent, a dash where it is not known."""
    if np.isnan(lower):
        return "–"
    return f"{percent(lower, digits)} to {percent(upper, digits)} %"


def _state(
    edge: dict, harmful: bool, threshold: float, words: dict[str, dict[str, str]]
) -> tuple[str, str]:
    """A cell's classes without its shade, and its verdict in words; as in script/tables.js."""
    doubt = _DOUBT[edge["verdict"]]
    if doubt == "open":
        return "unknown open", words["other"]["open"]
    if harmful:
        return f"harmful {doubt}", words["harmful"][doubt]
    state = "helpful" if edge["change"] > -threshold else "between"
    return f"{state} {doubt}", words["other"][doubt]


def _change(edge: dict) -> str:
    """The change of a cell; one that is not to be believed is not shown."""
    return "?" if edge["verdict"] == "unknown" else percent(edge["change"])


def _ends(edge: dict) -> str:
    """The second line of a cell."""
    if np.isnan(edge["lower"]) or edge["verdict"] == "unknown":
        return ""
    return f"{percent(edge['lower'])} to {percent(edge['upper'])}"
