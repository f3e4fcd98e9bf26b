"""What stands below the table of a comparison."""

from collections.abc import Iterator, Mapping

from analysis.comparison.carried import carried
from analysis.comparison.cells import ERRORS, in_percent
from analysis.comparison.comparison import Comparison
from analysis.comparison.far_scores import far_scores_note
from analysis.comparison.questions import Answer
from analysis.comparison.side_scores import side_note


def foot(comparison: Comparison, answers: Mapping[str, Answer], *, marked: bool) -> list[str]:
    """Lines below the table.

    Args:
        comparison: The methods.
        answers: Method -> its difference to the baseline, of those that have one.
        marked: Whether each method's worst task is marked.
    """
    return [
        *_kinds(comparison),
        *_errors(comparison),
        *(_reading(comparison, answers, marked=marked) if comparison.in_delta_m else ()),
        *_diverged(comparison),
        *(f"{line[:1].upper()}{line[1:]}." for line in far_scores_note(comparison)),
        *_seeds(comparison, answers),
        *(_carried(comparison, answers) if comparison.in_delta_m else ()),
        *side_note(comparison),
        *comparison.notes,
    ]


def _errors(comparison: Comparison) -> Iterator[str]:
    """What stands behind ±, which a relation matrix has for half of an interval."""
    if any(len(comparison.changes(method)) > 1 for method in comparison.methods):
        yield ERRORS


def _kinds(comparison: Comparison) -> Iterator[str]:
    """Which tasks delta_m leaves out, and why."""
    left_out = {
        task: comparison.kind(task)
        for task in comparison.tasks
        if task not in comparison.in_delta_m
    }
    if left_out:
        listed = ", ".join(f"{task} ({kind.name})" for task, kind in left_out.items())
        rest = ", ".join(comparison.in_delta_m)
        left = f"It is the mean over {rest}." if rest else "No task is left, so there is none."
        yield (
            f"Δm leaves out {listed}: it divides by the single-task score, which is not defined "
            f"for them. {left}"
        )


def _reading(
    comparison: Comparison, answers: Mapping[str, Answer], *, marked: bool
) -> Iterator[str]:
    """How the columns are read."""
    mark = "; ↓ a method's worst task" if marked else ""
    yield (
        f"Δm (delta_m): mean of the tasks' changes against {comparison.single}; Δm log: their "
        f"geometric mean, in which twice as good and half as good cancel{mark}."
    )
    if answers:
        yield (
            "p Holm: paired t-test by seed, corrected for the number of differences in its column "
            f"({len(answers)})."
        )


def _diverged(comparison: Comparison) -> Iterator[str]:
    """Which runs diverged; they are in every mean."""
    listed = [
        f"{method} (seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))})"
        for method in comparison.methods
        if (seeds := comparison.diverged(method))
    ]
    if listed:
        yield (
            f"Diverged: {', '.join(listed)}. Such a run counts as the worst: -100 % of every task, "
            "or the worst change of any run where that is worse."
        )


def _seeds(comparison: Comparison, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Which seeds a row leaves out, and which differences are over fewer than the row's."""
    for method in comparison.methods:
        dropped = comparison.dropped(method)
        if dropped:
            yield (
                f"{method}: left out, as `{comparison.single}` lacks them: "
                f"seeds {', '.join(map(str, dropped))}"
            )
        if method in answers and comparison.in_delta_m:
            shared, baseline = answers[method].difference.n, answers[method].against
            if shared < comparison.delta_m(method).n:
                yield (
                    f"{method}: the difference to {baseline} is over the {shared} seeds that both "
                    "have"
                )


def _carried(comparison: Comparison, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Differences that are there, and are mostly those of one task."""
    for method, answer in answers.items():
        if not answer.difference.p_raw <= 0.05:
            continue
        found = carried(comparison, method, answer.against)
        if found is not None:
            yield (
                f"{method} − {answer.against}: {in_percent(answer.difference)} is mostly "
                f"{found.task}; without it {in_percent(found.without)}."
            )
