"""The comparison as a table like a paper's: scores, changes, delta_m, differences, costs."""

import numpy as np

from analysis.comparison.cells import in_percent, p_text, with_uncertainty
from analysis.comparison.comparison import Comparison
from analysis.comparison.foot import foot
from analysis.comparison.questions import Answer, answer_questions
from analysis.comparison.seed_means import SeedMean
from analysis.figures.labels import number_text, score_digits
from analysis.text_table import Table

CHANGES_UP_TO = 8
"""Tasks up to which a table shows their changes beside their scores."""


def comparison_table(comparison: Comparison, baseline: str | None = None) -> Table:
    """Scores of every task and delta_m of every method, with standard errors.

    Args:
        comparison: The methods.
        baseline: A method; the difference of every other method to it is shown, paired by seed,
            with p-values of the paired t-test corrected for their number (Holm).

    Returns:
        One row a method: seeds, a column a task (mean ± standard error), with up to 8 tasks a
        column of each one's change against single-task training, the worst with an arrow; delta_m
        in per cent, by its definition and as a log mean; the difference in points, p, costs.
        Nothing stands after "±" where no uncertainty is known. How it is read stands below.

    Raises:
        RelationsError: The baseline is not a method.
    """
    answers = baseline_answers(comparison, baseline)
    shows_changes = len(comparison.tasks) <= CHANGES_UP_TO
    parts = [
        _scores(comparison),
        _changes(comparison) if shows_changes else [],
        _deltas(comparison),
        _differences(comparison, baseline, answers) if baseline is not None else [],
        _costs(comparison),
    ]
    columns = [["method", *comparison.methods], *(column for part in parts for column in part)]
    header, *rows = map(list, zip(*columns, strict=True))
    ends = np.cumsum([1, *(len(part) for part in parts)]).tolist()
    # Delta_m and what follows from it stay together.
    starts = sorted({ends[0], ends[1], ends[2], ends[4]})
    notes = foot(comparison, answers, marked=shows_changes)
    return Table(header, rows, notes, starts)


def baseline_answers(comparison: Comparison, baseline: str | None) -> dict[str, Answer]:
    """Every other method's difference to the baseline, one family; none without a baseline."""
    if baseline is None:
        return {}
    comparison.check(baseline)
    asked = [m for m in comparison.methods if m not in (baseline, comparison.single)]
    pairs = [(method, baseline) for method in asked]
    return dict(zip(asked, answer_questions(comparison, pairs), strict=True))


def worst_task(comparison: Comparison, method: str) -> str | None:
    """The task that loses most, in sizes of its threshold; None where none loses."""
    losses = {
        task: comparison.change(method, task).mean / comparison.kind(task).size
        for task in comparison.tasks
    }
    task = min(losses, key=lambda name: losses[name])
    return task if losses[task] < 0 else None


def _scores(comparison: Comparison) -> list[list[str]]:
    """A column each of seeds and every task's scores, the header first."""
    seeds = [str(len(comparison.changes(method))) for method in comparison.methods]
    columns = [["seeds", *seeds]]
    for task in comparison.tasks:
        scores = [comparison.score(method, task) for method in comparison.methods]
        digits = score_digits(np.array([score.mean for score in scores]))
        texts = [with_uncertainty(f"{s.mean:.{digits}f}", s.se, digits) for s in scores]
        columns.append([task, *texts])
    return columns


def _changes(comparison: Comparison) -> list[list[str]]:
    """A column of changes a task, the worst of each method marked."""
    worst = {method: worst_task(comparison, method) for method in comparison.methods}
    columns = []
    for task in comparison.tasks:
        kind = comparison.kind(task)
        texts = [f"{task} [{kind.short}]"]
        for method in comparison.methods:
            change = comparison.change(method, task).mean
            mark = "↓ " if worst[method] == task else ""
            texts.append(mark + number_text(change, kind) if method != comparison.single else "")
        columns.append(texts)
    return columns


def _deltas(comparison: Comparison) -> list[list[str]]:
    """A column of delta_m by its definition, and one of the log mean."""
    columns = []
    for name, mean in {"Δm [%]": comparison.delta_m, "Δm log [%]": comparison.delta_m_log}.items():
        texts = [
            "0.0"
            if method == comparison.single and comparison.in_delta_m
            else in_percent(mean(method))
            for method in comparison.methods
        ]
        columns.append([name, *texts])
    return columns


def _differences(
    comparison: Comparison, baseline: str, answers: dict[str, Answer]
) -> list[list[str]]:
    """A column of differences to the baseline and one of p, empty for the baseline itself."""
    differences, p_values = [f"− {baseline}"], ["p Holm"]
    for method in comparison.methods:
        answer = answers.get(method)
        differences.append("" if answer is None else in_percent(answer.difference))
        p_values.append("" if answer is None else p_text(answer.p_holm))
    return [differences, p_values]


def _costs(comparison: Comparison) -> list[list[str]]:
    """A column a cost, empty where it is not known."""
    names = dict.fromkeys(name for some in comparison.costs.values() for name in some)
    return [
        [name, *(_cost(comparison, method, name) for method in comparison.methods)]
        for name in names
    ]


def _cost(comparison: Comparison, method: str, name: str) -> str:
    own = comparison.costs.get(method, {})
    return f"{own[name]:.4g}" if name in own else ""


def moved_table(shorter: Comparison, longer: Comparison) -> Table:
    """How much each method's scores still moved between two numbers of steps, paired by seed.

    Where scores still rise much, training was stopped early, and differences between methods are
    differences in speed. Seeds of which a run diverged are left out.
    """
    rows = []
    for method in longer.methods:
        before, after = shorter.scores[method], longer.scores[method]
        lost = {*shorter.diverged(method), *longer.diverged(method)}
        common = [seed for seed in after if seed in before and seed not in lost]
        moves = [_move([after[s][task] - before[s][task] for s in common]) for task in longer.tasks]
        rows.append([method, *moves])
    return Table(["method", *longer.tasks], rows)


def _move(moves: list[float]) -> str:
    if not moves:
        return "–"
    move = SeedMean.of(np.array(moves))
    return with_uncertainty(f"{move.mean:+z.3f}", move.se, 3)
