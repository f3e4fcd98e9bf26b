"""A run: one training, its identity, and what came of it."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from relations.errors import ScoreError, all_problems
from relations.loss_curves import LossCurve
from relations.tables.plain_text import cut

_MOST_LETTERS = 200

Trainer = Callable[[tuple[str, ...], int], Mapping[str, float]]
"""`train(tasks, seed) -> {task: score}`. May have `settings() -> dict` (what its runs depend on)
and `outcome(run) -> Outcome` (when it knows more than scores, such as a program's output)."""

Identity = tuple[str, frozenset[str], int]
"""Variant, tasks and seed of a run."""


@dataclass(frozen=True, order=True)
class Run:
    """The identity of one training; two equal runs are trained once.

    Args:
        tasks: Names of the tasks trained together, in task-set order.
        seed: Seed of everything random in the training. Runs of one seed are paired.
        variant: "" for the probe's own runs; another word for runs trained in another way.

    Example:
        >>> str(Run(("pose", "reid"), 3)), str(Run(("pose",), 0, "steps=800"))
        ('pose+reid seed 3', 'pose seed 0 (steps=800)')
    """

    tasks: tuple[str, ...]
    seed: int
    variant: str = ""

    @property
    def identity(self) -> Identity:
        """What tells it from other runs, whatever the order of its tasks."""
        return self.variant, frozenset(self.tasks), self.seed

    def __str__(self) -> str:
        text = f"{'+'.join(self.tasks)} seed {self.seed}"
        return f"{text} ({self.variant})" if self.variant else text


@dataclass(frozen=True)
class Outcome:
    """What came of a run: scores, or the text of an error; of a trained one never both.

    Args:
        run: The run.
        scores: One finite score for each task of the run; None when it failed. NaN where a table of
            runs has the others alone.
        error: Why it failed, or lacks a score, for people; None when it did not.
        wall_seconds: Time the training took.
        peak_memory_bytes: Most memory it held: of the GPU if it used one, else of the process.
        device: Where it was trained, e.g. "cpu" or "cuda:0 (NVIDIA H200)".
        host: Name of the machine.
        output: What the training program printed, when it was captured.
        side: Scores beside the judged ones; see `relations.side_scores`.
        curves: Task -> how its training loss went. A ledger gives them by `Ledger.loss_curves`
            alone.
    """

    run: Run
    scores: Mapping[str, float] | None = None
    error: str | None = None
    wall_seconds: float | None = None
    peak_memory_bytes: int | None = None
    device: str | None = None
    host: str | None = None
    output: str | None = None
    side: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, LossCurve] = field(default_factory=dict)


def checked_scores(run: Run, scores: object) -> dict[str, float]:
    """The scores of a run's tasks as floats; scores of other tasks are left out.

    Args:
        run: The run they belong to.
        scores: What the trainer returned.

    Returns:
        One finite float for each task of the run, in its order.

    Raises:
        ScoreError: No mapping, or a score is missing, no number, NaN or infinite; all at once.

    Example:
        >>> checked_scores(Run(("pose",), 0), {"pose": 1, "extra": 2})
        {'pose': 1.0}
    """
    if not isinstance(scores, Mapping):
        raise ScoreError(
            f"A training must return a score for each task, as {{task: score}}; {_returned(scores)}"
        )
    checked: dict[str, float] = {}
    problems: list[str] = []
    for task in run.tasks:
        if task not in scores:
            given = ", ".join(map(str, scores)) or "nothing"
            problems.append(f"no score for `{task}` (there are scores for: {given}).")
            continue
        try:
            checked[task] = float(scores[task])
        except (TypeError, ValueError, OverflowError):
            problems.append(f"the score of `{task}` must be a number, got {scores[task]!r}.")
            continue
        if not math.isfinite(checked[task]):
            problems.append(f"the score of `{task}` must be finite, got {checked[task]}.")
    if problems:
        raise ScoreError(all_problems(f"Scores of {run}", problems))
    return checked


def _returned(scores: object) -> str:
    """What came instead of scores; the same first line of every run, so that it is said once."""
    if scores is None:
        return "got None. Does the function end with `return`?"
    kind = type(scores).__name__
    return f"got {'an' if kind[0] in 'aeiou' else 'a'} {kind}:\n{cut(repr(scores), _MOST_LETTERS)}"


def brief_error(outcome: Outcome) -> str:
    """Why a run failed, in the lines before the first empty one: without a traceback.

    Example:
        >>> brief_error(Outcome(Run(("pose",), 0), error="ValueError: no data"))
        'ValueError: no data'
    """
    return (outcome.error or "no reason is known").strip().partition("\n\n")[0]


def failure_note(tasks: Sequence[str], outcomes: Iterable[Outcome]) -> dict[str, str]:
    """How many single-task and pair runs failed or lack a score, and the first error, under "".

    Nothing where all have theirs.

    Example:
        >>> failed = Outcome(Run(("pose",), 0), error="ValueError: no data")
        >>> failure_note(["pose"], [failed])
        {'': '1 run failed; pose seed 0: ValueError: no data'}
    """
    own = [
        outcome
        for outcome in outcomes
        if len(outcome.run.tasks) <= 2 and set(outcome.run.tasks) <= set(tasks)
    ]
    failed = [outcome for outcome in own if outcome.scores is None]
    lacking = [outcome for outcome in own if any(map(math.isnan, (outcome.scores or {}).values()))]
    told = [
        *(_first_of(failed, "failed", "failed")),
        *(_first_of(lacking, "lacks a score", "lack a score")),
    ]
    return {"": "\n".join(told)} if told else {}


def _first_of(outcomes: Sequence[Outcome], one: str, several: str) -> list[str]:
    """How many runs there are of which something is said, and of the first its error."""
    if not outcomes:
        return []
    first = f"{outcomes[0].run}: {brief_error(outcomes[0])}"
    if len(outcomes) == 1:
        return [f"1 run {one}; {first}"]
    return [f"{len(outcomes)} runs {several}; the first, {first}"]
