"""What was run, as far as a probe's ledger knows it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.figures.labels import score_texts
from relations.ledger.fingerprint import fingerprint
from relations.ledger.ledger import Ledger
from relations.plan import Cost, cost_of, duration

if TYPE_CHECKING:
    from relations.runs import Outcome
    from relations.statistics.change_matrix import ChangeMatrix
    from relations.tasks import Task

_FAILURES = 10
STEPS = "steps="
"""Begins the names of variants that differ from the probe in the length of training alone."""


@dataclass(frozen=True)
class Spent:
    """What runs took together.

    Attributes:
        runs: How many they are.
        seconds: Of training, of those that were timed; 0 where none was.
        memory: Most bytes of one, of those of which it is known; 0 where of none.
    """

    runs: int = 0
    seconds: float = 0.0
    memory: int = 0

    @classmethod
    def by(cls, outcomes: "Iterable[Outcome]") -> "Spent":
        """What they took, read once."""
        one_by_one = (
            cls(1, run.wall_seconds or 0.0, run.peak_memory_bytes or 0) for run in outcomes
        )
        return sum(one_by_one, cls())

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.runs + other.runs,
            self.seconds + other.seconds,
            max(self.memory, other.memory),
        )


@dataclass(frozen=True)
class Ran:
    """The trainings behind a change matrix.

    Attributes:
        tasks: Tasks with their directions.
        seeds: Seeds of the finished pair runs, ascending; of a comparison's single-task runs there
            may be more, which count where no pair was trained.
        states: How many of the probe's own runs are planned, running, done, failed.
        outcomes: Finished runs of the probe, done and failed.
        settings: Everything their scores depend on.
        looks: Numbers of seeds at which edges were judged, with adaptive seeds.
        variants: Further runs of the ledger: name and number of finished runs.
        planned_seeds: Seeds of all pair runs, finished or not, ascending.
        others: What the further runs took, together.
    """

    tasks: "tuple[Task, ...]"
    seeds: tuple[int, ...]
    states: dict[str, int]
    outcomes: "tuple[Outcome, ...]"
    settings: dict[str, object]
    looks: tuple[int, ...] | None
    variants: tuple[tuple[str, int], ...]
    planned_seeds: tuple[int, ...] = ()
    others: "Spent" = field(default_factory=Spent)

    @classmethod
    def from_ledger(cls, path: str | Path) -> "Ran":
        """Read a ledger.

        Raises:
            LedgerError: There is none, or it cannot be read.
        """
        with Ledger(path, read_only=True) as ledger:
            outcomes, states = tuple(ledger.outcomes()), ledger.states()
            others = {name: Spent.by(ledger.outcomes(name)) for name in ledger.variants() if name}
            return cls(
                tasks=ledger.tasks(),
                seeds=_seeds_of(outcomes),
                states=dict(Counter(states.values())),
                outcomes=outcomes,
                settings=ledger.settings(),
                looks=ledger.looks(),
                variants=tuple((name, taken.runs) for name, taken in others.items()),
                planned_seeds=tuple(sorted({run.seed for run in states if len(run.tasks) == 2})),
                others=sum(others.values(), Spent()),
            )

    @property
    def without_pairs(self) -> bool:
        """Whether something was trained and no pair is even planned."""
        return bool(self.outcomes) and not self.planned_seeds

    @property
    def cost(self) -> Cost | None:
        """What runs of the probe cost, when any was timed."""
        return cost_of(self.outcomes)

    @property
    def step_variants(self) -> list[str]:
        """Variants that were trained with other numbers of steps, ascending."""
        names = [name for name, _ in self.variants if name.removeprefix(STEPS).isdigit()]
        steps = [name for name in names if name.startswith(STEPS)]
        return sorted(steps, key=lambda name: int(name.removeprefix(STEPS)))


def _seeds_of(outcomes: "tuple[Outcome, ...]") -> tuple[int, ...]:
    """Seeds of the pair runs; without any, of all runs."""
    pairs = {outcome.run.seed for outcome in outcomes if len(outcome.run.tasks) == 2}
    return tuple(sorted(pairs or {outcome.run.seed for outcome in outcomes}))


def unfinished(ran: Ran) -> str:
    """How far a probe that stopped has come, and how it goes on; empty of one that is complete.

    Example:
        >>> ran = Ran((), (), {"done": 3, "planned": 6}, (), {}, None, ())
        >>> unfinished(ran).partition(".")[0]
        'The probe is not complete: 3 of 9 runs are done, 6 are missing'
        >>> unfinished(Ran((), (), {"done": 9}, (), {}, None, ()))
        ''
    """
    done, failed = ran.states.get("done", 0), ran.states.get("failed", 0)
    missing = ran.states.get("planned", 0) + ran.states.get("running", 0)
    if not missing and not failed:
        return ""
    parts = [f"{done} of {sum(ran.states.values())} runs are done"]
    parts += [f"{count} {are}" for count, are in ((missing, "are missing"), (failed, "failed"))
              if count]  # fmt: skip
    return (
        f"The probe is not complete: {', '.join(parts)}. Give its command again, which stands at "
        "the end of this page: only what is missing or failed is trained."
    )


@dataclass(frozen=True)
class RanTexts:
    """`Ran` in words, for the page."""

    facts: list[tuple[str, str]]
    tasks: list[tuple[str, str, str]]
    failures: list[tuple[str, str]]
    more_failures: int
    fingerprint: str
    settings: dict[str, object]
    variants: list[tuple[str, str]]


def ran_texts(ran: Ran, changes: "ChangeMatrix") -> RanTexts:
    """What was run, in words."""
    failed = [outcome for outcome in ran.outcomes if outcome.scores is None]
    # The page may be of some of the ledger's tasks, and in an order of its own.
    known = {task.name: task for task in ran.tasks}
    return RanTexts(
        facts=_facts(ran),
        tasks=[
            (
                name,
                "higher is better" if known[name].higher_is_better else "lower is better",
                " ".join(score_texts(score, spread)).rstrip(),
            )
            for name, score, spread in zip(
                changes.tasks,
                changes.baseline.tolist(),
                changes.baseline_spread.tolist(),
                strict=True,
            )
        ],
        failures=[
            (str(outcome.run), (outcome.error or "").partition("\n")[0])
            for outcome in failed[:_FAILURES]
        ],
        more_failures=max(0, len(failed) - _FAILURES),
        fingerprint=fingerprint(ran.settings),
        settings=ran.settings,
        variants=[
            (name, f"{count} finished run{'s' * (count != 1)}") for name, count in ran.variants
        ],
    )


def _facts(ran: Ran) -> list[tuple[str, str]]:
    """The first things one wants to know of a probe."""
    took = Spent.by(ran.outcomes) + ran.others
    sizes = Counter(len(one.run.tasks) for one in ran.outcomes if one.scores is not None)
    kinds = f"{sizes[1]} single-task, {sizes[2]} pair"
    others = sum(sizes.values()) - sizes[1] - sizes[2]
    beside = sum(count for _, count in ran.variants)
    return [
        ("runs done", f"{ran.states.get('done', 0)} ({kinds}{f', {others} other' * bool(others)})"),
        *([("other runs in the ledger", str(beside))] if beside else []),
        ("runs failed", str(ran.states.get("failed", 0))),
        ("runs missing", str(ran.states.get("planned", 0) + ran.states.get("running", 0))),
        *_of_seeds(ran),
        ("machine", ", ".join(sorted({one.host for one in ran.outcomes if one.host})) or "–"),
        ("device", ", ".join(sorted({one.device for one in ran.outcomes if one.device})) or "–"),
        ("training time, all runs", duration(took.seconds) if took.seconds else "not measured"),
        (
            "most memory of a run",
            f"{took.memory / 2**20:.0f} MiB" if took.memory else "not measured",
        ),
    ]


def _of_seeds(ran: Ran) -> list[tuple[str, str]]:
    """The seeds, those of pairs apart where more seeds trained tasks alone."""
    adaptive = ", adaptive" if ran.looks else ""
    alone = {one.run.seed for one in ran.outcomes if one.scores and len(one.run.tasks) == 1}
    if alone <= set(ran.seeds):
        return [("seeds", _shortly(ran.seeds) + adaptive)]
    return [
        ("seeds of pairs", _shortly(ran.seeds) + adaptive),
        ("seeds of tasks alone", _shortly(tuple(sorted(alone)))),
    ]


def _shortly(seeds: tuple[int, ...]) -> str:
    """Which seeds.

    Example:
        >>> _shortly((0, 1, 2)), _shortly((0, 1, 5)), _shortly(())
        ('3 (0 to 2)', '0, 1, 5', 'none yet')
    """
    if not seeds:
        return "none yet"
    first, last = seeds[0], seeds[-1]
    if len(seeds) > 2 and seeds == tuple(range(first, last + 1)):
        return f"{len(seeds)} ({first} to {last})"
    return ", ".join(map(str, seeds))
