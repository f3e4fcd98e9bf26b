"""`gradsplit group TASKSET|DIR|TABLE`: which tasks should share a network."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import tyro

from gradsplit.commands.options.declared import DeclaredOptions
from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.idle import refuse_idle
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.pairs import read_pairs
from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.table import TableOptions
from gradsplit.commands.options.task_set import TASK_SET_HELP, TaskSetOptions
from gradsplit.commands.options.told import told_text
from gradsplit.commands.options.trail import RunTrailOptions
from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from relations.grouping.group_changes import GroupChanges
    from relations.grouping.grouping import Grouping

_OF_RESULTS = frozenset(
    {
        *("taskset", "column", "lower", "unit", "rows", "absolute", "standardised", "out", "json"),
        *("networks", "budget", "small", "disjoint", "together", "apart", "largest", "rule"),
        *("quiet", "width", "font_size"),
    }
)


@dataclass(kw_only=True)
class Group(
    SizeOptions,
    TaskSetOptions,
    ExecutorOptions,
    TableOptions,
    KindOptions,
    DeclaredOptions,
    RunTrailOptions,
):
    """Choose which tasks share a network, train what is promising, judge it on fresh seeds.

    TASKSET may also be a probe's folder or a table of relations or runs: then nothing is trained,
    and groups that nobody trained are predicted from pairs.
    """

    POSITION: ClassVar[int] = 130

    taskset: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="TASKSET|DIR|TABLE",
            help=f"{TASK_SET_HELP} Or a probe's folder, or a table of relations or runs.",
        ),
    ] = ""
    out: str = "grouped"
    """Folder of the ledger, the grouping, the tables and the pictures."""
    networks: int | None = None
    """Most networks; 2 when no budget is given."""
    budget: float | None = None
    """What the networks may cost together instead, where one of full size costs 1."""
    small: float | None = None
    """What a small network for one task costs, such as 0.5; without it there are none."""
    disjoint: bool = False
    """No task may be in two networks."""
    together: tuple[str, ...] = ()
    """Pairs a:b that one network must serve."""
    apart: tuple[str, ...] = ()
    """Pairs a:b that must not be in the same network."""
    largest: int | None = None
    """Most tasks of a network; as many as there are when not given."""
    rule: Literal["mean", "sum"] = "mean"
    """How the gains of groups that were not trained are predicted: the mean over the other members
    of what each does to a task, or the sum."""
    train: int = 3
    """Of how many of the best groupings the networks are trained at a time; 0 trains none."""
    most_runs: int | None = None
    """Most runs of candidates in the ledger; when they are spent, the best grouping of trained
    networks is taken. Twice as many as the probe has when not given."""
    seeds: int = 3
    """How often each run is trained that the choice is made from."""
    judge_seeds: int = 5
    """How often the grouping, all together and all apart are trained to be judged, with the seeds
    that follow."""
    json: str | None = None
    """Also write the grouping as JSON to this file; - writes it alone to the standard output."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Group, print, write the files."""
        path = Path(self.taskset)
        if self.json not in (None, "-") and Path(self.json).is_dir():
            raise GradSplitError(f"`--json` names a file; `{self.json}` is a folder.")
        named = path.suffix.lower() in (".csv", ".db")  # a mistyped one is to be missed as a file
        other = path.is_file() and path.suffix.lower() not in ("", ".py", ".toml")
        if path.is_dir() or named or other:
            self._from_results()
        else:
            self._from_training()
        return 0

    def _from_training(self) -> None:
        from gradsplit import group
        from gradsplit.studies.variant_runs import unheard

        grouped = group(
            self.load(),
            self.networks,
            self.out,
            small=self.small,
            train=self.train,
            most_runs=self.most_runs,
            seeds=self.seeds,
            judge_seeds=self.judge_seeds,
            executor=self.chosen_executor(),
            device=self.device,
            progress=not self.quiet,
            **self.trail(),
            tell=unheard if self.json == "-" else self._told,
            **self.kinds(),
            **self._rules(),
            **vars(self.declared()),
        )
        if self.size():
            grouped.save(self.out, **self.size())
        listed = ", ".join(
            [*grouped.files, *(["comparison.txt, .csv"] if grouped.comparison else [])]
        )
        self._written(grouped.to_json(), f"{self.out}/{listed}")

    def _from_results(self) -> None:
        from analysis.figures.figure_file import save
        from analysis.figures.grouping import grouping_plot
        from gradsplit.studies.arguments import the_folder
        from relations import group_tasks

        if self.small is not None:
            raise GradSplitError(
                "`--small` trains networks, which a folder or a table cannot; give a task set."
            )
        why = "From a folder or a table nothing is trained"
        refuse_idle(self, _OF_RESULTS, why, ", or give a task set")
        changes = self._loaded()
        networks = 2 if self.networks is None and self.budget is None else self.networks
        grouping = group_tasks(changes, networks, **self._rules())
        folder = the_folder(self.out)
        replaced = replaced_text(folder / "grouping.json", grouping)
        grouping.save(folder / "grouping.json")
        save(grouping_plot(grouping, **self.size()), folder / "grouping.png")
        if self.json != "-":
            print(grouping)
        self._written(grouping.to_json(), f"{self.out}/grouping.json, grouping.png")
        if replaced and self.json != "-":
            print(replaced)

    def _loaded(self) -> "GroupChanges":
        from relations import load_groups
        from relations.errors import TableError

        try:
            return load_groups(self.taskset, **self.table(), **self.kinds())
        except TableError as error:
            if Path(self.taskset).suffix.lower() in (".csv", ".db"):
                raise
            raise GradSplitError(
                f"`{self.taskset}` is no table that can be read. A relation table or a runs table "
                f"(csv: `tasks,seed,task,score`) can, and a probe's folder; a task set is a name, "
                f"`module:attr`, `path/to/file.py:attr` or a file.toml. {error}"
            ) from error

    def _rules(self) -> dict:
        return {
            "budget": self.budget,
            "disjoint": self.disjoint,
            "together": read_pairs(self.together, "together"),
            "apart": read_pairs(self.apart, "apart"),
            "largest": self.largest,
            "rule": self.rule,
        }

    def _told(self, news: object) -> None:
        from relations.plan import Plan

        if not isinstance(news, Plan) or not self.quiet:
            print(f"{told_text(news)}\n")

    def _written(self, text: str, names: str) -> None:
        if self.json == "-":
            print(text)
            return
        if self.json is not None:
            file = Path(self.json)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
            names += f", {self.json}"
        print(f"\nwritten: {names}")


def replaced_text(file: Path, grouping: "Grouping") -> str:
    """That another grouping of the same tasks is replaced; empty where none is.

    Raises:
        GradSplitError: There is one of other tasks, or one that was trained and judged.
        GroupingError: There is a file that is no grouping.
    """
    from relations import Grouping

    if not file.is_file():
        return ""
    former, text = Grouping.load(file), file.read_text(encoding="utf-8")
    other = set(former.tasks) != set(grouping.tasks)
    if other or json.loads(text).get("judged"):
        what = f"the tasks {', '.join(former.tasks)}" if other else "trained and judged networks"
        raise GradSplitError(
            f"`{file}` is a grouping of {what}, which would be lost. Give another folder as "
            "`--out`, or move it away."
        )
    if text.strip() == grouping.to_json():
        return ""
    return f"replaced: {file}, another grouping of these tasks"
