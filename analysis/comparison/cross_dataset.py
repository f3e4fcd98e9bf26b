"""Own and cross-dataset scores of the same networks in one table, delta_m of both side by side."""

import csv
import io
from collections.abc import Iterator, Mapping

import numpy as np

from analysis.comparison.cells import ERRORS, exact, in_percent, p_text, with_uncertainty
from analysis.comparison.comparison import Comparison
from analysis.comparison.questions import Answer
from analysis.comparison.table import baseline_answers
from analysis.figures.labels import score_digits
from analysis.text_table import Table
from relations.tables.csv_file import inert_row

OWN = "own"
"""Name of the task set that was trained on, where sets have names."""

_Answers = Mapping[str, Mapping[str, Answer]]


def cross_table(comparison: Comparison, baseline: str | None = None) -> Table:
    """Scores on the own and on every other task set, side by side.

    Args:
        comparison: With `cross`.
        baseline: A method; the difference of every other one to it is shown for each set.

    Returns:
        One row a method: every task's own score and that on each other set (mean ± standard error);
        delta_m of each set; with a baseline the difference in points, paired by seed, and its p by
        the paired t-test, corrected for the methods of one set (Holm). Below it stands what is left
        out.

    Raises:
        RelationsError: The baseline is not a method.
    """
    sets = {OWN: comparison, **comparison.cross}
    answers = {name: baseline_answers(one, baseline) for name, one in sets.items()}
    parts = [
        [column for task in comparison.tasks for column in _scores(task, sets)],
        [_deltas(name, one) for name, one in sets.items()],
        [] if baseline is None else [*_differences(baseline, comparison.methods, answers)],
    ]
    columns = [["method", *comparison.methods], *(column for part in parts for column in part)]
    header, *rows = map(list, zip(*columns, strict=True))
    starts = np.cumsum([1, *(len(part) for part in parts)]).tolist()[:-1]
    return Table(header, rows, list(_foot(comparison)), starts)


def cross_csv(comparison: Comparison, baseline: str | None = None) -> str:
    """The numbers of `cross_table`, unrounded, a line a set and method; empty where not known.

    Columns: set, method, n, delta_m, delta_m_se, difference, difference_se, p_holm (fractions).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["set", "method", "n", "delta_m", "delta_m_se", "difference", "difference_se", "p_holm"]
    )
    for name, one in {OWN: comparison, **comparison.cross}.items():
        answers = baseline_answers(one, baseline)
        for method in one.methods:
            delta, answer = one.delta_m(method), answers.get(method)
            values = [delta.mean, delta.se]
            if answer is not None:
                values += [answer.difference.mean, answer.difference.se, answer.p_holm]
            cells = [exact(float(value)) for value in values]
            writer.writerow(inert_row([name, method, delta.n, *cells, *[""] * (5 - len(cells))]))
    return text.getvalue()


def cross_scores_csv(comparison: Comparison) -> str:
    """Every cross-dataset score: set, method, seed, task, score; nan of a run that diverged."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["set", "method", "seed", "task", "score"])
    for name, one in comparison.cross.items():
        for method, runs in one.scores.items():
            for seed, scores in runs.items():
                writer.writerows(
                    inert_row([name, method, seed, task, repr(float(score))])
                    for task, score in scores.items()
                )
    return text.getvalue()


def _on(name: str) -> str:
    """The end of a column's name."""
    return "" if name == OWN else f" on {name}"


def _scores(task: str, sets: Mapping[str, Comparison]) -> Iterator[list[str]]:
    for name, one in sets.items():
        if task not in one.tasks:
            continue
        means = [one.score(method, task) for method in one.methods]
        digits = score_digits(np.array([mean.mean for mean in means]))
        texts = [with_uncertainty(f"{mean.mean:.{digits}f}", mean.se, digits) for mean in means]
        yield [f"{task}{_on(name)}", *texts]


def _deltas(name: str, one: Comparison) -> list[str]:
    texts = [
        "0.0" if method == one.single and one.in_delta_m else in_percent(one.delta_m(method))
        for method in one.methods
    ]
    return [f"Δm{_on(name)} [%]", *texts]


def _differences(baseline: str, methods: tuple[str, ...], answers: _Answers) -> Iterator[list[str]]:
    for name, of_set in answers.items():
        found = [of_set.get(method) for method in methods]
        texts = ["" if one is None else in_percent(one.difference) for one in found]
        yield [f"− {baseline}{_on(name)}", *texts]
        yield [f"p Holm{_on(name)}", *("" if one is None else p_text(one.p_holm) for one in found)]


def _foot(comparison: Comparison) -> Iterator[str]:
    if any(len(comparison.changes(method)) > 1 for method in comparison.methods):
        yield ERRORS
    yield (
        f"On another set: the same networks, scored on its held-out data. Its Δm is against "
        f"{comparison.single} on the same set."
    )
    for name, one in comparison.cross.items():
        yield from (f"{name}: {note}" for note in one.notes)
