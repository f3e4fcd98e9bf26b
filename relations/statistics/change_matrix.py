"""The change matrix: how much each task changes each other, with its uncertainty."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from relations.ledger.ledger import Ledger
from relations.runs import Outcome
from relations.seeds import DEFAULT_HARM_THRESHOLD
from relations.statistics.change_table import change_table, scores_alone_text
from relations.statistics.changes_by_seed import changes_by_seed
from relations.statistics.changes_of_seeds import ChangesOfSeeds
from relations.statistics.corrections import (
    Correction,
    corrected_interval,
    interval_name,
    look_shares,
)
from relations.statistics.far_seeds import far_seed_notes
from relations.statistics.intervals import Matrix, Means, means_over_seeds
from relations.statistics.learning import learning_warnings, learnt_tasks
from relations.statistics.lost_seeds import run_notes, without_lost_seeds
from relations.statistics.resolution import smallest_steps, spread_notes
from relations.statistics.scales import to_changes, to_scale
from relations.statistics.side_means import side_of_runs
from relations.statistics.unknown_edges import unknown_lines, why_unknown
from relations.tasks import Task, measured, names

if TYPE_CHECKING:
    import pandas as pd


class ChangeMatrix(ChangesOfSeeds):
    """Changes of all edges, row = source, column = target, positive = better.

    A relative change is averaged over seeds on the log scale of the ratio of scores, where gains
    and losses are symmetric and ratio bias cancels, and given back as a fraction; an absolute or
    standardised one is averaged as it is. Intervals are t intervals on that scale, each edge by
    its own spread. With one seed no uncertainty is known: `se`, `lower` and `upper` are NaN. So
    they are where all seeds give the same change, which does not make it certain; a spread is taken
    to be at least half of the smallest step of a change.

    Args:
        tasks: T names, or tasks, which say how their change is measured; in the matrix's order.
        by_seed: Changes as fractions (or in the unit of the target's kind), [S, T, T] one a seed or
            [T, T] without repeats; NaN where not known. The diagonal is ignored.
        seeds: The S seeds; 0 to S-1 when not given.
        baseline: Single-task scores, [T] means or [S, T] by seed, when known.
        failed: [T, T] how many seeds of an edge were lost to failed runs; such an edge is unknown
            to the relation graph, since the seeds that survived may be the lucky ones.
        unusable: [T, T] how many of these were lost to scores that have no change of the target's
            kind, such as a relative one of 0: their runs are there.
        turned: [T] whether change = 1 - ratio of scores (lower is better), instead of ratio - 1.
        spread: [T] standard deviations of single-task scores, the units of standardised changes,
            when known.
        looks: Numbers of seeds at which edges were looked at, when seeds were spent adaptively.
        level: Confidence level of `lower` and `upper`, in (0, 1).
        resolution: [T] smallest step of a target's change where it is averaged, 0 where it has
            none; None: as the changes show it (`relations.statistics.resolution`).
        learnt: Task -> what is known of its training alone.
        side: Side scores of the runs, which no change is made of.
        origin: Where the changes come from, for people.
        notes: What people should know of a task's changes, by task; under "" of all.

    Raises:
        RelationsError: Shapes or the level do not fit, or a change of several seeds is that of a
            ratio that is not positive, which has no log.

    Attributes:
        kinds: How each task's change is measured.

    Example:
        >>> changes = ChangeMatrix(["pose", "reid"], [[np.nan, -0.02], [0.01, np.nan]])
        >>> float(changes.mean[0, 1]), int(changes.n[0, 1])
        (-0.02, 1)
    """

    cached = ("mean", "se", "scaled_means", "_steps")

    @classmethod
    def from_runs(
        cls,
        tasks: Sequence[Task],
        outcomes: Iterable[Outcome],
        *,
        looks: Sequence[int] | None = None,
        level: float = 0.95,
        origin: str = "",
    ) -> Self:
        """The change matrix of finished runs.

        Args:
            tasks: Tasks in the order of the matrix, with their directions.
            outcomes: Single-task and pair runs, done and failed; others are left out.
            looks: See the class.
            level: See the class.
            origin: See the class.

        Returns:
            The matrix; edges whose runs failed, or whose scores have no change of their task's kind
            (a ratio, if they are zero or of mixed sign), are unknown, and `notes` say why.
        """
        outcomes, lost = without_lost_seeds(names(tasks), outcomes)
        paired = changes_by_seed(tasks, outcomes)
        return cls(
            tasks,
            paired.changes,
            seeds=paired.seeds,
            baseline=paired.single,
            failed=paired.failed,
            unusable=paired.unusable,
            turned=paired.turned,
            spread=paired.spread,
            looks=looks,
            level=level,
            resolution=paired.resolution,
            learnt=learnt_tasks(tasks, outcomes),
            side=side_of_runs(names(tasks), outcomes),
            origin=origin,
            notes={**paired.notes, **run_notes(names(tasks), outcomes, lost)},
        )

    @classmethod
    def from_ledger(
        cls,
        path: str | Path,
        variant: str = "",
        *,
        level: float = 0.95,
        absolute: Mapping[str, float] | None = None,
        standardised: Mapping[str, float] | None = None,
    ) -> Self:
        """The change matrix of the runs a ledger holds so far.

        Args:
            path: The ledger's file.
            variant: Which runs.
            level: See the class.
            absolute: Task -> threshold of tasks whose change is measured absolutely; the others are
                measured as the last probe says.
            standardised: The same of standardised changes.

        Raises:
            LedgerError: There is no ledger, or it cannot be read.
        """
        with Ledger(path, read_only=True) as ledger:
            return cls.from_runs(
                measured(ledger.tasks(), absolute, standardised),
                ledger.outcomes(variant),
                looks=ledger.looks(variant),
                level=level,
                origin=str(path),
            )

    @cached_property
    def mean(self) -> Matrix:
        """[T, T] mean changes, in the unit of the target's kind; NaN where no seed has one.

        Of an edge that lost some of its seeds it is the mean of the others, and not to be relied
        on: see `known`.
        """
        if len(self.by_seed) == 1:
            return self.by_seed[0]  # exactly as given
        mean = self._from_scale(self.scaled_means.mean)
        mean.setflags(write=False)  # kept: nobody may change it behind the intervals' back
        return mean

    @property
    def n(self) -> NDArray[np.int64]:
        """[T, T] number of seeds of each edge; 0 on the diagonal."""
        return self.scaled_means.n

    @property
    def known(self) -> NDArray[np.bool_]:
        """[T, T] edges that have a seed and lost none to failed runs or unusable scores."""
        return (self.n > 0) & (self.failed == 0)

    def why_unknown(self) -> dict[tuple[str, str], str]:
        """Edge (source, target) that is not `known` -> why."""
        return why_unknown(self, self.n)

    @cached_property
    def se(self) -> Matrix:
        """[T, T] standard errors of the mean changes (delta method); NaN below two seeds."""
        slope = np.where(self.turned, 1 - self.mean, 1 + self.mean)
        return self.scaled_means.se * np.where(self.relative, slope, 1.0)

    @property
    def lower(self) -> Matrix:
        """[T, T] lower ends of the confidence intervals at `level`; NaN below two seeds."""
        return self._from_scale(self.scaled_means.interval(1 - self.level)[0])

    @property
    def upper(self) -> Matrix:
        """[T, T] upper ends of the confidence intervals at `level`; NaN below two seeds."""
        return self._from_scale(self.scaled_means.interval(1 - self.level)[1])

    @cached_property
    def scaled_means(self) -> Means:
        """Mean, standard error, degrees of freedom on the scale of averaging, larger is better."""
        if len(self.by_seed) == 1:
            known = ~np.isnan(self.by_seed[0])
            nothing = np.full_like(self.by_seed[0], np.nan)
            return Means(self.by_seed[0], nothing, nothing, known.astype(np.int64))
        known = self.on_scale(self.by_seed)
        return means_over_seeds(known, resolution=self._steps)

    @cached_property
    def _steps(self) -> Matrix:
        """[T] smallest steps of a change on the scale of averaging."""
        if self.resolution is not None:
            return self.resolution
        return smallest_steps(np.concatenate(self.on_scale(self.by_seed)))

    def distances(self, threshold: float) -> Matrix:
        """[T, T] how far the means lie from the thresholds, on the scale of averaging.

        Args:
            threshold: Of relative changes; those of other kinds have that of their task.
        """
        return np.abs(self.scaled_means.mean - self.on_scale(self.thresholds(threshold)))

    def judged_interval(
        self, threshold: float, alpha: float, correction: Correction
    ) -> tuple[Matrix, Matrix]:
        """[T, T] ends of the intervals from which all known edges are judged at once.

        Args:
            threshold: The relative change that they are held against, a fraction; changes of other
                kinds are held against the threshold of their task.
            alpha: Error level of all edges together, and of all looks.
            correction: See `relations.statistics.corrections.edge_alphas`.
        """
        lower, upper, _ = corrected_interval(
            self.scaled_means,
            self.on_scale(self.thresholds(threshold)),
            alpha,
            correction,
            tested=self.known,
            shares=look_shares(self.n, self.looks),
        )
        return self._from_scale(lower), self._from_scale(upper)

    def to_frame(self) -> "pd.DataFrame":
        """`mean` as a pandas frame, rows = sources, columns = targets.

        What is not `known` has the mean of the seeds that are left: `frame.where(changes.known)`
        leaves it out.
        """
        import pandas as pd

        return pd.DataFrame(
            self.mean,
            index=pd.Index(self.tasks, name="source"),
            columns=pd.Index(self.tasks, name="target"),
        )

    def on_scale(self, changes: Matrix | float) -> Matrix:
        """Changes [..., T] on the scale of `means`, larger is better; targets are the last axis."""
        return to_scale(changes, self.turned, self.relative)

    def _from_scale(self, scaled: Matrix) -> Matrix:
        return to_changes(scaled, self.turned, self.relative)

    def __repr__(self) -> str:
        return f"ChangeMatrix(tasks={list(self.tasks)}, seeds={list(self.seeds)})"

    def __str__(self) -> str:
        # What a relation graph made with no more words judges them by, and prints.
        ends = self.judged_interval(DEFAULT_HARM_THRESHOLD, 1 - self.level, "holm")
        return self.text(*ends, interval_name(self.level, "holm"))

    def text(self, lower: Matrix, upper: Matrix, interval: str) -> str:
        """The matrix for the terminal.

        Args:
            lower: [T, T] lower ends of the intervals that are shown.
            upper: Upper ends.
            interval: What they are called.
        """
        lines = learning_warnings(self.learnt)
        seeds = self.n, self.failed
        lines += change_table(self.tasks, self.mean, lower, upper, seeds, interval, self.kinds)
        lines += scores_alone_text(self.tasks, self.alone)
        lines += unknown_lines(self, self.n)
        return "\n".join([*lines, *self.seed_notes(), *self.notes.values()])

    @property
    def warnings(self) -> list[str]:
        """What people should know before they believe the changes, a line each."""
        return [*learning_warnings(self.learnt), *self.seed_notes(), *self.notes.values()]

    def seed_notes(self) -> list[str]:
        """What speaks against the seeds: one far from all others, a spread that says little."""
        of_spreads = spread_notes(self.tasks, self.scaled_means, self._steps, self.known)
        return [*far_seed_notes(self, self.on_scale(self.by_seed)), *of_spreads]
