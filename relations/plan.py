"""Which runs a probe needs, which are done, and what the rest will cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from relations.errors import TaskError
from relations.ledger.changed_code import Taken
from relations.runs import Outcome, Run
from relations.tables.first_names import first_names
from relations.tasks import Task, check_known, check_unique, names

_MOST_NAMED = 8


def pairwise_runs(
    tasks: Sequence[Task | str], seeds: Iterable[int], variant: str = ""
) -> list[Run]:
    """The runs of a pairwise probe: T single-task and T(T-1)/2 pair runs a seed.

    One pair run serves both directions; a single-task run serves all pairs. Runs are ordered by
    seed, so that a probe that is stopped early has whole seeds.

    Args:
        tasks: Tasks in task-set order, T of them.
        seeds: Seeds to train each run with.
        variant: Variant of all the runs.

    Returns:
        All n (T + T(T-1)/2) runs, as the pairwise probe of GradSplit (WACV 2023) needs them.

    Example:
        >>> [str(run) for run in pairwise_runs(["a", "b"], [7])]
        ['a seed 7', 'b seed 7', 'a+b seed 7']
    """
    known = names(tasks)
    check_unique(known)
    sets = [(name,) for name in known] + list(combinations(known, 2))
    return [Run(members, seed, variant) for seed in seeds for members in sets]


def chosen_runs(
    tasks: Sequence[Task | str],
    seeds: Sequence[int],
    pairs: Iterable[tuple[str, str]],
    variant: str = "",
) -> list[Run]:
    """The runs of a probe of some pairs only: first all single-task runs, then pair after pair.

    Args:
        tasks: Tasks in task-set order.
        seeds: Seeds to train each run with.
        pairs: Pairs in the order in which they are probed, each in any order of its tasks.
        variant: Variant of all the runs.

    Raises:
        TaskError: A pair names a task that there is not, or one task twice.

    Example:
        >>> [str(run) for run in chosen_runs(["a", "b", "c"], [7], [("c", "a")])]
        ['a seed 7', 'b seed 7', 'c seed 7', 'a+c seed 7']
    """
    known = names(tasks)
    check_unique(known)
    sets: list[tuple[str, ...]] = [(name,) for name in known]
    for pair in pairs:
        check_known(pair, known)
        if len(set(pair)) != 2:
            raise TaskError(f"A pair is two different tasks, got {' and '.join(pair)}.")
        sets.append(tuple(sorted(pair, key=known.index)))
    singles, others = sets[: len(known)], sets[len(known) :]
    runs = [Run(members, seed, variant) for seed in seeds for members in singles]
    return runs + [Run(members, seed, variant) for members in others for seed in seeds]


@dataclass(frozen=True)
class Cost:
    """What one run costs, measured on finished runs or on a handful of steps.

    Args:
        seconds: Wall seconds of a run by its number of tasks, e.g. {1: 8.0, 2: 14.5}.
        peak_memory_bytes: Most memory one run was seen to hold.
        steps: Optimizer steps of one run, when known.
        measured_on: How it was measured, for people, e.g. "20 steps on cpu".
    """

    seconds: Mapping[int, float]
    peak_memory_bytes: int | None = None
    steps: int | None = None
    measured_on: str = "finished runs"

    def total_seconds(self, runs: Iterable[Run]) -> float | None:
        """Wall seconds of runs one after the other; None when a size was never measured."""
        total = 0.0
        for run in runs:
            if len(run.tasks) not in self.seconds:
                return None
            total += self.seconds[len(run.tasks)]
        return total


def cost_of(outcomes: Iterable[Outcome]) -> Cost | None:
    """Mean wall time by number of tasks, and the most memory, of runs that are done."""
    seconds: dict[int, list[float]] = {}
    memory = []
    for outcome in outcomes:
        if outcome.scores is not None and outcome.wall_seconds is not None:
            seconds.setdefault(len(outcome.run.tasks), []).append(outcome.wall_seconds)
            memory.append(outcome.peak_memory_bytes or 0)
    if not seconds:
        return None
    means = {size: sum(values) / len(values) for size, values in seconds.items()}
    count = sum(map(len, seconds.values()))
    return Cost(means, max(memory) or None, measured_on=f"{count} finished runs")


@dataclass(frozen=True)
class Plan:
    """The runs of a probe and how far they are; nothing is trained by making one.

    Attributes:
        tasks: Names of the tasks.
        seeds: Seeds of the runs.
        runs: All runs.
        done: Runs whose scores are known.
        failed: Runs whose last attempt failed; they are missing as well.
        cost: What a run costs, when that was measured.
        at_most: With adaptive seeds, how many runs there are if no edge is ever decided; `runs` are
            those that can be known so far.
        taken: What is taken from the ledger.
    """

    tasks: tuple[str, ...]
    seeds: tuple[int, ...]
    runs: tuple[Run, ...]
    done: tuple[Run, ...] = ()
    failed: tuple[Run, ...] = ()
    cost: Cost | None = None
    at_most: int | None = None
    taken: Taken = field(default_factory=Taken)

    @property
    def missing(self) -> tuple[Run, ...]:
        """Runs that are still to be trained, failed ones included."""
        done = set(self.done)
        return tuple(run for run in self.runs if run not in done)

    def __str__(self) -> str:
        single = sum(len(run.tasks) == 1 for run in self.runs)
        rest = len(self.runs) - single
        lines = [
            f"{_count(len(self.tasks), 'task')} ({first_names(self.tasks, _MOST_NAMED)}), "
            f"{_count(len(self.seeds), 'seed')}: {_count(len(self.runs), 'run')}, "
            f"{single} single-task and {rest} other{'s' * (rest != 1)}",
            f"done {len(self.done)}, failed {len(self.failed)}, missing {len(self.missing)}",
        ]
        if self.at_most is not None:
            lines.append(
                f"adaptive seeds: at most {self.at_most} runs, if no edge is decided early"
            )
        if self.cost is not None:
            lines.extend(self._cost_lines(self.cost))
        if self.taken.trained:
            lines.append(str(self.taken))
        return "\n".join(lines)

    def _cost_lines(self, cost: Cost) -> list[str]:
        """What the missing runs will cost, in words."""
        seconds = cost.total_seconds(self.missing)
        each = ", ".join(
            f"{duration(value)} for {_count(size, 'task')}"
            for size, value in sorted(cost.seconds.items())
        )
        lines = [f"one run takes {each} (measured on {cost.measured_on})"]
        if seconds is None:
            lines.append("missing runs take an unknown time: runs of their size were not measured")
        else:
            lines.append(f"missing runs take {duration(seconds)} one after the other")
        if cost.steps is not None:
            lines.append(
                f"{cost.steps} steps a run, {cost.steps * len(self.missing)} steps missing"
            )
        if cost.peak_memory_bytes is not None:
            lines.append(f"one run holds up to {cost.peak_memory_bytes / 2**20:.0f} MiB")
        return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """Seconds for people: 4.2 s, 3.5 min, 7.1 h."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    if seconds < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"
