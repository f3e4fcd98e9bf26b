"""`gradsplit plan TASKSET`: the runs of a probe and what they cost, before anything is spent."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import tyro

from gradsplit.commands.options.probe import ProbeOptions
from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from gradsplit import RecommendationCost
    from gradsplit.studies.grouping.cost import GroupingCost
    from relations import PairwiseProbe
    from relations.plan import Cost
    from relations.runs import Run


@dataclass(kw_only=True)
class Plan(ProbeOptions):
    """Show the runs of a probe and their cost, measured on a few steps; trains nothing else."""

    POSITION: ClassVar[int] = 210
    CALLED: ClassVar[dict[str, str]] = {"runs": "recommend"}

    seeds: str | None = None  # type: ignore[assignment]
    """How often each run is trained: a number such as 5, or 3..10 to give more seeds only to
    edges that are undecided; when not given, as often as the commands do: 3 times by `probe`, 5
    times by `diagnose`."""
    out: str | None = None
    """A probe's folder: what is done there already is not counted again."""
    measure: int = 5
    """Steps to measure a run's cost with; 0 measures nothing."""
    commands: str | None = None
    """Print one command a missing run instead, for a cluster's queue; they write their scores into
    this folder, and `gradsplit probe --collect FOLDER` takes them from there."""

    keep_networks: bool = False
    """Show as well what the networks of the missing runs take on disk, if `gradsplit probe` keeps
    them."""
    diagnose: bool = False
    """Show as well what `gradsplit diagnose` may cost: for the edges in question of --out, or,
    before there is a relation, for all edges."""
    group: int | None = None
    """Show as well what `gradsplit group` may cost with so many networks."""
    recommend: Annotated[tuple[int, ...] | None, tyro.conf.arg(metavar="[RUNS]")] = None
    """Show as well what `gradsplit recommend` trains, stage by stage, within so many trainings; of
    no number within the hour that it takes where nothing is said."""
    runs: int | None = None
    """The trainings of --recommend, as `gradsplit recommend` takes them."""

    def run(self) -> int:
        """Print the plan, or the commands."""
        from gradsplit import measured_cost
        from gradsplit.studies.networks_beside import planned_networks
        from relations.sources import LEDGER_NAME

        self._check_runs()
        if self.keep_networks and (self.command or self.commands) is not None:
            raise TaskSetError(
                "`--keep-networks`: the runs of --command and --commands give their scores alone."
            )
        probe = self.probe(Path(self.out) if self.out else None)
        shorter = self.shorter_probes(Path(self.out) if self.out else None)
        if self.commands is not None:
            folder = Path(self.commands)
            print(*self._commands(probe, folder, self.longest()), sep="\n")
            for steps, shorter_probe in shorter.items():
                print(*self._commands(shorter_probe, folder, steps), sep="\n")
            return 0
        cost = None
        if self.command is None and self.measure > 0:
            cost = measured_cost(self.load(), self.measure, device=self.device)
        print(probe.plan(cost))
        for steps, shorter_probe in shorter.items():
            print(f"\nand with {steps} steps:\n{shorter_probe.plan()}")
        if self.keep_networks:
            for each in (probe, *shorter.values()):
                print(f"\n{planned_networks(each)}")
        if self.out is not None and (Path(self.out) / LEDGER_NAME).is_file():
            print(f"\n{_seeds_needed(probe)}")
        if self.diagnose:
            from gradsplit import diagnosis_cost

            asked = {} if self.seeds is None else {"seeds": len(probe.plan().seeds)}
            print(f"\n{diagnosis_cost(probe, cost, **asked)}")
        if self.group is not None:
            print(f"\n{self._grouping_cost(probe, cost)}")
        if self.recommend is not None:
            print(f"\n{self._recommendation_cost(probe, cost)}")
        return 0

    def how_often(self) -> str:
        """See `ProbeOptions`; where nothing is said, as often as a probe."""
        return self.seeds or ProbeOptions.seeds

    def _check_runs(self) -> None:
        """Refuse several numbers of trainings, and one that nobody asks for.

        Raises:
            TaskSetError: That is given.
        """
        if len({*(self.recommend or ()), *([] if self.runs is None else [self.runs])}) > 1:
            raise TaskSetError("`--recommend` takes one number of trainings, or none.")
        if self.runs is not None and self.recommend is None:
            raise TaskSetError(
                f"`--runs` is of a recommendation: give `--recommend {self.runs}`. A probe has as "
                "many runs as its tasks and --seeds make."
            )

    def _recommendation_cost(
        self, probe: "PairwiseProbe", cost: "Cost | None"
    ) -> "RecommendationCost":
        from gradsplit import recommendation_cost
        from gradsplit.studies.recommendation.own_training.recommend_program import program_cost
        from relations.plan import Cost

        runs, unknown = next(iter(self.recommend or ()), self.runs), Cost(seconds={})  # --measure 0
        if self.is_program():
            tasks = self.program_tasks()
            return program_cost(str(self.command), tasks, runs, probe.plan().cost or unknown)
        self.refuse_tasks("gradsplit recommend")
        taskset = self.load().with_kinds(**self.kinds())
        return recommendation_cost(taskset, runs=runs, device=self.device, cost=cost or unknown)

    def _grouping_cost(self, probe: "PairwiseProbe", cost: "Cost | None") -> "GroupingCost":
        from gradsplit.studies.arguments import check_number
        from gradsplit.studies.grouping.cost import GroupingCost
        from relations.tasks import names

        check_number("group", self.group)
        plan = probe.plan(cost)
        networks = min(self.group or 1, len(probe.tasks))
        return GroupingCost(names(probe.tasks), plan.seeds, networks, cost=plan.cost)

    def _commands(self, probe: "PairwiseProbe", folder: Path, steps: int | None) -> list[str]:
        """One independent command for each missing run of a probe with so many steps."""
        from relations.collected_scores import save_settings, scores_file

        plan = probe.plan()
        if self.is_program():
            # A task set's runs write this into their own files; a program knows nothing of it.
            save_settings(folder, probe.settings())
            _, program = self.program(folder)
            return [program.command_line(run, scores_file(folder, run)) for run in plan.missing]
        # The interpreter itself, so that the command works where the program is not on the path.
        words = [sys.executable, "-m", "gradsplit.cli", "run", self.taskset]
        words += [*self._words(), *([] if steps is None else ["--steps", str(steps)])]
        return [
            shlex.join([*words, *_run_words(run), "--scores", str(scores_file(folder, run))])
            for run in plan.missing
        ]

    def _words(self) -> list[str]:
        """The task set's options as words of a command line."""
        words = ["--device", self.device]
        for name in ("data", "batch_size"):
            if getattr(self, name) is not None:
                words += [f"--{name.replace('_', '-')}", str(getattr(self, name))]
        for name in ("settings", "depends"):
            words += [word for text in getattr(self, name) for word in (f"--{name}", text)]
        return words + (["--set", *self.set] if self.set else [])


def _seeds_needed(probe: "PairwiseProbe") -> str:
    """How many seeds edges need at the noise seen so far; why not, if that is not known."""
    from relations.errors import RelationsError
    from relations.statistics.sample_size import sample_size_table

    try:
        return sample_size_table(probe.changes())
    except RelationsError as unknown:
        return str(unknown)


def _run_words(run: "Run") -> list[str]:
    return ["--tasks", ",".join(run.tasks), "--seed", str(run.seed)]
