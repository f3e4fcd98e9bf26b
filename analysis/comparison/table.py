"""The comparison as a table like a paper's: scores, delta_m, differences, costs."""

import numpy as np

from analysis.comparison.comparison import Comparison, SeedMean
from analysis.figures.labels import percent, score_digits
from analysis.text_table import Table
from relations.change_kinds import RELATIVE
from relations.statistics.corrections import holm


def comparison_table(comparison: Comparison, baseline: str | None = None) -> Table:
    """Scores of every task and delta_m of every method, with standard errors.

    Args:
        comparison: The methods.
        baseline: A method; the difference of every other method to it is shown, paired by seed,
            with p-values of the paired t-test corrected for their number (Holm).

    Returns:
        One row a method: seeds, a column a task (mean ± standard error), delta_m in per cent, the
        difference in points, p, costs. Nothing stands after "±" with one seed.

    Raises:
        RelationsError: The baseline is not a method.
    """
    digits = {
        task: score_digits(np.array([comparison.score(m, task).mean for m in comparison.methods]))
        for task in comparison.tasks
    }
    header = ["method", "seeds", *comparison.tasks, "Δm [%]"]
    rows = []
    for method in comparison.methods:
        scores = [comparison.score(method, task) for task in comparison.tasks]
        texts = [
            _with_uncertainty(f"{score.mean:.{digits[task]}f}", score.se, digits[task])
            for task, score in zip(comparison.tasks, scores, strict=True)
        ]
        zero = method == comparison.single and comparison.in_delta_m
        delta = "0.0" if zero else _in_percent(comparison.delta_m(method))
        rows.append([method, str(scores[0].n), *texts, delta])
    if baseline is not None:
        header += [f"− {baseline}", "p"]
        for row, cells in zip(rows, _differences(comparison, baseline), strict=True):
            row += cells
    costs = list(dict.fromkeys(name for some in comparison.costs.values() for name in some))
    for row in rows:
        own = comparison.costs.get(row[0], {})
        row += [f"{own[name]:.4g}" if name in own else "" for name in costs]
    notes = [*_kind_notes(comparison), *_seed_notes(comparison, baseline)]
    return Table([*header, *costs], rows, notes)


def _kind_notes(comparison: Comparison) -> list[str]:
    """Which tasks delta_m leaves out, and why."""
    left_out = {
        task: comparison.kind(task)
        for task in comparison.tasks
        if task not in comparison.in_delta_m
    }
    if not left_out:
        return []
    listed = ", ".join(f"{task} ({kind.name})" for task, kind in left_out.items())
    rest = ", ".join(comparison.in_delta_m)
    return [
        f"Δm leaves out {listed}: it divides by the single-task score, which is not defined for "
        f"them. {f'It is the mean over {rest}.' if rest else 'No task is left, so there is none.'}"
    ]


def _seed_notes(comparison: Comparison, baseline: str | None) -> list[str]:
    """Which seeds a row leaves out, and which differences are over fewer than the row's."""
    notes = []
    for method in comparison.methods:
        dropped = comparison.dropped(method)
        if dropped:
            notes.append(
                f"{method}: left out, as `{comparison.single}` lacks them: "
                f"seeds {', '.join(map(str, dropped))}"
            )
        if baseline is None or method in (baseline, comparison.single):
            continue
        own, shared = comparison.delta_m(method).n, comparison.difference(method, baseline).n
        if shared < own:
            notes.append(
                f"{method}: the difference to {baseline} is over the {shared} seeds that both have"
            )
    return notes


def _differences(comparison: Comparison, baseline: str) -> list[list[str]]:
    """The difference to the baseline and its p-value, empty for the baseline itself."""
    others = [
        method for method in comparison.methods if method not in (baseline, comparison.single)
    ]
    differences = {method: comparison.difference(method, baseline) for method in others}
    p_values = holm(np.array([difference.p for difference in differences.values()]))
    corrected = dict(zip(others, p_values, strict=True))
    return [
        [_in_percent(differences[method]), _p_text(corrected[method])]
        if method in differences
        else ["", ""]
        for method in comparison.methods
    ]


def _in_percent(value: SeedMean) -> str:
    """A fraction in per cent with its sign and standard error; a dash where there is none."""
    if np.isnan(value.mean):
        return "–"
    return _with_uncertainty(percent(value.mean), 100 * value.se, 1)


def _with_uncertainty(text: str, se: float, digits: int) -> str:
    """A number and its standard error, where that is known."""
    return text if np.isnan(se) else f"{text} ± {se:.{digits}f}"


def _p_text(p: float) -> str:
    """A p-value with two figures."""
    if np.isnan(p):
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def comparison_csv(comparison: Comparison, baseline: str | None = None) -> str:
    """The same numbers for other programs: unrounded, a column each; empty = not known.

    Columns: method, n, for each task its score, its standard error and its change (with its kind,
    `r2_change_absolute`, where that is not a fraction), then delta_m,
    delta_m_se (fractions), difference, difference_se, p (uncorrected) when there is a baseline,
    costs.
    """
    rows: list[dict[str, str | float]] = []
    for method in comparison.methods:
        row: dict[str, str | float] = {"method": method, "n": comparison.delta_m(method).n}
        for task in comparison.tasks:
            score = comparison.score(method, task)
            row |= {task: score.mean, f"{task}_se": score.se}
            kind = comparison.kind(task).name
            change = f"{task}_change" if kind == RELATIVE else f"{task}_change_{kind}"
            row |= {change: comparison.change(method, task).mean}
        delta = comparison.delta_m(method)
        row |= {"delta_m": delta.mean, "delta_m_se": delta.se}
        if baseline is not None and method not in (baseline, comparison.single):
            difference = comparison.difference(method, baseline)
            row |= {"difference": difference.mean}
            row |= {"difference_se": difference.se, "p": difference.p}
        rows.append(row | dict(comparison.costs.get(method, {})))
    header = list(dict.fromkeys(name for row in rows for name in row))
    return Table(header, [[_field(row.get(name)) for name in header] for row in rows]).csv()


def moved_table(shorter: Comparison, longer: Comparison) -> Table:
    """How much each method's scores still moved between two numbers of steps, paired by seed.

    Where scores still rise much, training was stopped early, and differences between methods are
    differences in speed.
    """
    rows = []
    for method in longer.methods:
        before, after = shorter.scores[method], longer.scores[method]
        common = [seed for seed in after if seed in before]
        moves = [
            SeedMean.of(np.array([after[seed][task] - before[seed][task] for seed in common]))
            for task in longer.tasks
        ]
        rows.append(
            [method, *(_with_uncertainty(f"{move.mean:+.3f}", move.se, 3) for move in moves)]
        )
    return Table(["method", *longer.tasks], rows)


def _field(value: str | float | None) -> str:
    """A value of a csv file; what is not known is empty."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
