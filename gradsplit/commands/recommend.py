"""`gradsplit recommend TASKSET --out DIR`: which way of sharing is best for these tasks."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from gradsplit.commands.options.declared import DeclaredOptions
from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.fraction import Fraction
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.program import TaskSetOrProgramOptions
from gradsplit.commands.options.told import told_text
from gradsplit.commands.options.trail import RunTrailOptions
from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from gradsplit import Recommended

SOME_FAILED = 1
"""Exit code when trainings failed; what was found without them is written."""


@dataclass(kw_only=True)
class Recommend(
    SizeOptions,
    TaskSetOrProgramOptions,
    ExecutorOptions,
    KindOptions,
    DeclaredOptions,
    RunTrailOptions,
):
    """Find the best way of sharing for these tasks, and show that it is on fresh seeds.

    Balancing, loss weights, own last stages, a wider network, longer training, masks and groupings
    are raced against plain training; what is left is judged. Call it again after a stop: only what
    is missing is trained.
    """

    POSITION: ClassVar[int] = 110

    out: str = "recommended"
    """Folder of the ledger, the recommendation, the tables and the picture."""
    networks: int | None = None
    """Most networks; with it pairs are always probed. 2 when nothing is said."""
    inference: float | None = None
    """What may be computed at inference, where one shared network costs 1; as much as --networks,
    or 2, when not given."""
    runs: int | None = None
    """Most trainings of any kind."""
    hours: float | None = None
    """How long it may take instead, from timing a few steps; 1 when neither is given."""
    methods: tuple[str, ...] = ()
    """More candidates, as `gradsplit compare --methods list` lists them, or my_method.py:name."""
    race_seeds: int = 8
    """Most seeds of the race."""
    judge_seeds: int = 5
    """How many fresh seeds judge what is left."""
    threshold: Fraction = -0.01
    """A change below this fraction of the single-task score is harm; in (-1, 0]."""
    executor: Literal["in-process", "processes", "ray"] = "in-process"  # type: ignore[assignment]
    """In this process, in worker processes, or on a Ray cluster."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Recommend, print, write the files."""
        best = self._of_program() if self.is_program() else self._of_taskset()
        if self.size():
            best.save(self.out, **self.size())
        names = ", ".join(best.files)
        print(f"\nwritten: {self.out}/{names}")
        if not best.commands:  # those of a program of one's own were told with the answer
            print(f"train it: gradsplit train {self.out}/recommended.toml --out trained")
        return SOME_FAILED if best.failed else 0

    def _of_taskset(self) -> "Recommended":
        from gradsplit import recommend

        self.refuse_tasks("gradsplit recommend")
        self.load()  # a task set that is misspelt or incomplete is said by its own options
        return recommend(
            self.taskset,
            options=self.given(),
            device=self.device,
            **self.trail(),
            **self._asked(),
        )

    def _of_program(self) -> "Recommended":
        from gradsplit import recommend_program

        self.refuse_trail("A program of your own keeps by itself what it trains")
        if self.steps is not None:
            raise TaskSetError("`--steps` is for task sets; write the steps into --command.")
        return recommend_program(
            str(self.command),
            self.program_tasks(),
            time_limit=self.time_limit,
            retries=self.retries,
            **self._asked(),
        )

    def _asked(self) -> dict[str, Any]:
        """What is asked for, whatever is trained."""
        return {
            "out": self.out,
            "networks": self.networks,
            "inference": self.inference,
            "runs": self.runs,
            "hours": self.hours,
            "methods": self.methods,
            "race_seeds": self.race_seeds,
            "judge_seeds": self.judge_seeds,
            "threshold": self.threshold,
            "executor": self.chosen_executor(),
            "workers": self.workers,
            "progress": not self.quiet,
            "tell": _Teller(self.quiet),
            **self.kinds(),
            **vars(self.declared()),
        }


@dataclass
class _Teller:
    """Prints what is found; who is not in the race once, with the plan where that is printed.

    That runs come from the ledger is printed once too, and again only with something new to say.
    """

    quiet: bool
    told: dict[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def __call__(self, news: object) -> None:
        from gradsplit import RecommendationCost
        from gradsplit.studies.recommendation.racing.standings import Standings
        from relations.ledger.changed_code import Taken
        from relations.plan import Plan

        if self.quiet and isinstance(news, Plan | RecommendationCost):
            return
        if isinstance(news, RecommendationCost):
            self.told.update({**news.no_room, **news.left_out})
        if isinstance(news, Taken):
            # A search takes its runs one by one: what is always the same is said once.
            lines = [line for line in str(news).split("\n")[1:] if line not in self.taken]
            if self.taken and not lines:
                return
            self.taken += ["", *lines]
            news = "\n".join([str(news).partition("\n")[0], *lines])
        new = news.since(self.told) if isinstance(news, Standings) else news
        print(f"{told_text(new)}\n")
