"""Changes by seed with what is known of them, as they were measured or given."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relations.change_kinds import RELATIVE, STANDARDISED, ChangeKind
from relations.errors import RelationsError, argument
from relations.statistics.intervals import Matrix, mean_of_known, spread_of_known
from relations.statistics.learning import Learnt
from relations.statistics.shapes import check_ratios, samples, scores_alone, shaped
from relations.statistics.side_means import SideScore, side_between, side_facts
from relations.tasks import Task, check_known, check_unique, kinds_of, names


class ChangesOfSeeds:
    """What a `ChangeMatrix` is computed from; its arguments are explained there."""

    cached: ClassVar[tuple[str, ...]] = ()
    """What is computed from the changes once and kept; parts of them compute it anew."""

    def __init__(
        self,
        tasks: Sequence[Task | str],
        by_seed: ArrayLike,
        *,
        seeds: Sequence[int] | None = None,
        baseline: ArrayLike | None = None,
        failed: ArrayLike | None = None,
        unusable: ArrayLike | None = None,
        turned: ArrayLike | None = None,
        spread: ArrayLike | None = None,
        looks: Sequence[int] | None = None,
        level: float = 0.95,
        resolution: ArrayLike | None = None,
        learnt: Mapping[str, Learnt] | None = None,
        side: Sequence[SideScore] = (),
        origin: str = "",
        notes: Mapping[str, str] | None = None,
    ) -> None:
        self.tasks = names(tasks)
        check_unique(self.tasks)
        size = len(self.tasks)
        self.by_seed: Matrix = samples(by_seed, size)
        self.seeds = tuple(range(len(self.by_seed))) if seeds is None else tuple(seeds)
        self.alone: Matrix = scores_alone(baseline, size)
        self.failed: NDArray[np.int64] = shaped("failed", failed, (size, size), 0).astype(np.int64)
        self.unusable = shaped("unusable", unusable, (size, size), 0).astype(np.int64)
        self.turned: NDArray[np.bool_] = shaped("turned", turned, (size,), 0).astype(bool)
        if not 0 < level < 1:
            raise RelationsError(f"{argument('level')} must be in (0, 1), got {level}. Use 0.95.")
        if len(self.seeds) != len(self.by_seed):
            raise RelationsError(
                f"`seeds` must name the {len(self.by_seed)} seeds of `by_seed`, got {self.seeds}."
            )
        spreads = shaped("spread", spread, (size,), np.nan).tolist()
        self.kinds: tuple[ChangeKind, ...] = tuple(
            replace(kind, spread=unit) if kind.name == STANDARDISED and np.isfinite(unit) else kind
            for kind, unit in zip(kinds_of(tasks), spreads, strict=True)
        )
        check_ratios(np.where(self.relative, self.by_seed, np.nan), self.turned, self.tasks)
        self.notes: dict[str, str] = dict(notes or {})
        self.learnt: dict[str, Learnt] = dict(learnt or {})
        self.side: tuple[SideScore, ...] = tuple(side)
        self.resolution: Matrix | None = (
            None if resolution is None else shaped("resolution", resolution, (size,), 0.0)
        )
        self.looks = None if looks is None else tuple(looks)
        self.level = level
        self.origin = origin

    @property
    def relative(self) -> NDArray[np.bool_]:
        """[T] whether a task's change is relative."""
        return np.array([kind.name == RELATIVE for kind in self.kinds], dtype=bool)

    def thresholds(self, relative: float) -> Matrix:
        """[T] below which a change is harm: the given one, of other kinds that of their task."""
        return np.array([kind.at(relative).threshold for kind in self.kinds], dtype=np.float64)

    @property
    def baseline(self) -> Matrix:
        """[T] mean single-task scores; NaN where none is known."""
        return mean_of_known(self.alone)

    @property
    def baseline_spread(self) -> Matrix:
        """[T] standard deviations of single-task scores over seeds; NaN of fewer than two."""
        return spread_of_known(self.alone)

    def side_facts(self) -> dict[str, Any]:
        """Side scores alone and beside each source as JSON values; {} where there are none."""
        return {"side_scores": side_facts(self.side)} if self.side else {}

    @property
    def rises(self) -> NDArray[np.bool_]:
        """[T] whether a higher score is better; it means nothing where no score is known."""
        # `turned` says whether a smaller magnitude is.
        return self.turned == (self.alone < 0).any(axis=0)

    def alone_facts(self) -> dict[str, Any]:
        """Single-task scores as JSON values, and whether the tasks were learnt; {} of no scores."""
        facts: dict[str, Any] = {}
        spreads = self.baseline_spread.tolist()
        for task, scores, sd, rises in zip(
            self.tasks, self.alone.T, spreads, self.rises, strict=True
        ):
            known = scores[~np.isnan(scores)]
            if known.size:
                spread = sd if known.size > 1 else None
                facts[task] = {
                    "mean": float(known.mean()),
                    "sd": spread,
                    "n": int(known.size),
                    "higher_is_better": bool(rises),
                }
                if task in self.learnt:
                    facts[task] |= self.learnt[task].to_dict()
        return {"alone": facts} if facts else {}

    def select(self, tasks: Sequence[Task | str]) -> Self:
        """The changes between some of the tasks, in the given order.

        Raises:
            TaskError: A task is not in the matrix, or named twice.
        """
        chosen = names(tasks)
        check_known(chosen, self.tasks)
        check_unique(chosen)
        kept = [self.tasks.index(task) for task in chosen]
        part = copy(self)
        part.__dict__ = {key: value for key, value in vars(self).items() if key not in self.cached}
        part.tasks = chosen
        part.by_seed = self.by_seed[:, kept][:, :, kept]
        part.alone, part.turned = self.alone[:, kept], self.turned[kept]
        part.kinds = tuple(self.kinds[place] for place in kept)
        part.failed = self.failed[np.ix_(kept, kept)]
        part.unusable = self.unusable[np.ix_(kept, kept)]
        part.learnt = {task: seen for task, seen in self.learnt.items() if task in chosen}
        part.side = side_between(self.side, chosen)
        part.resolution = None if self.resolution is None else self.resolution[kept]
        part.notes = {task: note for task, note in self.notes.items() if task in ("", *chosen)}
        return part
