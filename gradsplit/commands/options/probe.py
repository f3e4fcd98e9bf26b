"""A probe: what is trained, how long, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.commands.options.declared import DeclaredOptions
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.program import TaskSetOrProgramOptions
from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from relations.probe import PairwiseProbe

_NO_LEDGER = Path("no-ledger")
"""A folder that does not exist holds no ledger: everything is missing."""


@dataclass(kw_only=True)
class ProbeOptions(TaskSetOrProgramOptions, KindOptions, DeclaredOptions):
    """A probe: what is trained, how long, and how often."""

    steps: str | None = None  # type: ignore[assignment]
    """Optimizer steps of every run; the task set's own number when not given. Several, such as
    400,800, train a probe for each and say which changes still move between them."""
    seeds: str = "3"
    """How often each run is trained: a number such as 5, or 3..10 to give more seeds only to
    edges that are undecided."""

    def probe(
        self,
        folder: Path | None,
        pairs: "Sequence[tuple[str, str]] | None" = None,
        trail: Mapping[str, Any] = {},
    ) -> "PairwiseProbe":
        """The probe these options describe, of all or some pairs; its ledger lies in the folder.

        What is recorded beside scores is said as `gradsplit.probe` takes it.

        Raises:
            TaskSetError: Neither or both of a task set and a program were named.
        """
        from gradsplit.studies.probing import probe
        from relations.probe import PairwiseProbe
        from relations.seeds import parse_seeds
        from relations.sources import LEDGER_NAME
        from relations.tasks import check_related, measured, names

        folder = folder or _NO_LEDGER
        seeds = parse_seeds(self.how_often())
        if not self.is_program():
            return probe(
                self.load(),
                out=folder,
                seeds=seeds,
                device=self.device,
                pairs=pairs,
                tasks=self.chosen_tasks(),
                **self.kinds(),
                **vars(self.declared()),
                **trail,
            )
        tasks, train = self.program(folder)
        check_related(names(tasks), names(tasks))
        tasks = measured(tasks, **self.kinds())
        ledger = folder / LEDGER_NAME
        return PairwiseProbe(tasks, train, seeds, ledger, pairs=pairs, **vars(self.declared()))

    def how_often(self) -> str:
        """How often each run is trained, as `--seeds` says it."""
        return self.seeds

    def chosen_tasks(self) -> list[str]:
        """The tasks of the task set that were asked for; empty for all of them.

        Raises:
            TaskSetError: A direction was given, which the task set knows.
        """
        named = [] if self.tasks is None else self.tasks.split(",")
        directed = [name for name in named if ":" in name]
        if directed:
            raise TaskSetError(
                f"`--tasks` of a task set names some of its tasks; it knows their directions, got "
                f"{', '.join(directed)}."
            )
        return [name.strip() for name in named]

    def shorter_probes(
        self, folder: Path | None, trail: Mapping[str, Any] = {}
    ) -> "dict[int, PairwiseProbe]":
        """Probes with the smaller numbers of steps, in the same ledger, by that number."""
        from gradsplit.studies.probing import probe
        from relations.seeds import parse_seeds

        folder = folder or _NO_LEDGER
        seeds = parse_seeds(self.how_often())
        return {
            steps: probe(
                self.load(),
                out=folder,
                seeds=seeds,
                steps=steps,
                device=self.device,
                variant=f"steps={steps}",
                tasks=self.chosen_tasks(),
                **self.kinds(),
                **vars(self.declared()),
                **trail,
            )
            for steps in self.step_counts()[:-1]
        }

    def step_counts(self) -> list[int]:
        """The numbers of steps asked for, ascending; empty when none was.

        Raises:
            TaskSetError: One is no number of steps, or a program is trained, which has its own.
        """
        if self.steps is None:
            return []
        parts = self.steps.split(",")
        if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
            raise TaskSetError(
                f"`--steps` takes a number or several, such as 400,800, got {self.steps!r}."
            )
        if self.command is not None:
            raise TaskSetError(
                "`--steps` is for task sets; write the steps into --command, and compare two "
                "probes in two folders."
            )
        return sorted({int(part) for part in parts})

    def given(self) -> dict[str, Any]:
        """The options that were given, by name; of several step counts the largest."""
        given = super().given()
        return given | ({} if self.longest() is None else {"steps": self.longest()})

    def longest(self) -> int | None:
        """The largest number of steps asked for; None when none was."""
        counts = self.step_counts()
        return counts[-1] if counts else None
