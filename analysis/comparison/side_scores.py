"""Side scores of compared methods: shown beside the judged ones, and in no difference or test."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from analysis.comparison.cells import with_uncertainty
from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import SeedMean
from analysis.figures.labels import score_digits
from analysis.text_table import Table
from relations.side_scores import parted, side_name
from relations.tables.csv_file import inert_row


class SideRow(NamedTuple):
    """One side score of all methods.

    Attributes:
        task: Whose.
        name: Of the score, such as "rank-1".
        means: Method -> mean over its seeds; none of a method that does not know it.
    """

    task: str
    name: str
    means: Mapping[str, SeedMean]

    @property
    def spread(self) -> float:
        """The largest mean minus the smallest; NaN where fewer than two methods know it."""
        found = [mean.mean for mean in self.means.values()]
        return max(found) - min(found) if len(found) > 1 else math.nan


def side_rows(comparison: Comparison) -> list[SideRow]:
    """Every side score, by task; of a task those first in which the methods differ most.

    Whether a side score is better higher is not known, so nothing is said of gain or loss.
    """
    names = dict.fromkeys(name for _, _, side in _runs(comparison) for name in side)
    rows = []
    for key in names:
        task, name = _parts(key, comparison)
        rows.append(SideRow(task, name, _means(comparison, key)))
    order = {task: place for place, task in enumerate(comparison.tasks)}
    return sorted(rows, key=lambda row: (order[row.task], -np.nan_to_num(row.spread, nan=-1.0)))


def side_table(comparison: Comparison) -> Table:
    """Side scores for people: a line a score, a column a method, mean ± standard error."""
    rows = []
    for row in side_rows(comparison):
        digits = score_digits(np.array([mean.mean for mean in row.means.values()]))
        cells = [_cell(row.means.get(method), digits) for method in comparison.methods]
        rows.append([side_name(row.task, row.name), *cells])
    note = (
        "Means over seeds ± standard error; of a task those first in which the methods differ "
        "most. None of them is judged: which way is better is not known here."
    )
    return Table(["side score", *comparison.methods], rows, [note])


def side_csv(comparison: Comparison) -> str:
    """Every side score: method, seed, task, score, as in scores.csv; a task is `reid@rank-1`.

    `analysis.read_scores` reads it back where its lines stand below those of scores.csv.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "seed", "task", "score"])
    for method, seed, side in _runs(comparison):
        writer.writerows(
            inert_row([method, seed, name, repr(float(value))]) for name, value in side.items()
        )
    return text.getvalue()


def side_note(comparison: Comparison) -> Iterator[str]:
    """That there are side scores, and where."""
    rows = side_rows(comparison)
    if rows:
        tasks = ", ".join(dict.fromkeys(row.task for row in rows))
        yield f"Side scores, not judged: {len(rows)} of {tasks}, in side_scores.txt and .csv."


def without_side(
    names: Sequence[str], wanted: Sequence[str] = ()
) -> tuple[list[str], dict[str, str]]:
    """Tasks of a table, and which of its names are side scores of one of them.

    Args:
        names: Of what a table has scores of.
        wanted: Names that are tasks because somebody said so.

    Returns:
        The tasks; side score -> its task.

    Example:
        >>> without_side(["reid", "reid@rank-1", "pose"])
        (['reid', 'pose'], {'reid@rank-1': 'reid'})
    """
    found = {
        name: own[0]
        for name in names
        if name not in wanted and (own := parted(name, [one for one in names if one != name]))
    }
    return [name for name in names if name not in found], found


def _runs(comparison: Comparison) -> Iterator[tuple[str, int, Mapping[str, float]]]:
    for method in comparison.methods:
        for seed, side in comparison.side.get(method, {}).items():
            yield method, seed, side


def _parts(key: str, comparison: Comparison) -> tuple[str, str]:
    parts = parted(key, comparison.tasks)
    assert parts is not None  # a comparison refuses others
    return parts


def _means(comparison: Comparison, key: str) -> dict[str, SeedMean]:
    """Of the methods that know it, over the seeds that they are compared on."""
    means = {}
    for method in comparison.methods:
        runs = comparison.side.get(method, {})
        used = comparison.changes(method)
        known = [runs[seed][key] for seed in used if key in runs.get(seed, {})]
        if known:
            means[method] = SeedMean.of(np.array(known))
    return means


def _cell(mean: SeedMean | None, digits: int) -> str:
    return "" if mean is None else with_uncertainty(f"{mean.mean:.{digits}f}", mean.se, digits)
