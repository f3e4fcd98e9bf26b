"""`gradsplit compare TASKSET --methods ... --out DIR`: which way of training is best."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import tyro

from gradsplit.commands.options.declared import DeclaredOptions
from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.fraction import Fraction
from gradsplit.commands.options.idle import refuse_idle
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.methods_table import refuse_methods_table
from gradsplit.commands.options.names import split_names
from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.task_set import TASK_SET_HELP, TaskSetOptions
from gradsplit.commands.options.told import told_text
from gradsplit.commands.options.trail import RunTrailOptions
from gradsplit.errors import GradSplitError
from gradsplit.studies.comparison.method_choice import USUAL
from gradsplit.studies.comparison.method_runs import SINGLE
from relations.tables.text_table import line_width

_OF_A_TABLE = frozenset(
    {
        *("scores", "single", "lower", "tasks", "absolute", "standardised"),
        *("out", "baseline", "against", "quiet", "width", "font_size"),
    }
)
_WRITTEN = "written: {}/comparison.txt, .csv, .md, .tex, scores.csv and pictures"


@dataclass(kw_only=True)
class Compare(
    SizeOptions, TaskSetOptions, ExecutorOptions, KindOptions, DeclaredOptions, RunTrailOptions
):
    """Train by several methods with the same seeds and compare them with single-task training.

    Call it again after a stop: only what is missing is trained.
    """

    POSITION: ClassVar[int] = 120

    taskset: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="TASKSET | --scores TABLE",
            help=f"{TASK_SET_HELP} Or in its place a table of scores.",
        ),
    ] = ""
    out: str = "compared"
    """Folder for the ledger, the mask, the tables and the pictures."""
    methods: tuple[str, ...] = USUAL
    """Names, perhaps with options: gradsplit:modules=layer3+layer4, gradsplit:threshold=-0.05,
    gradsplit:relation=table.csv, gradsplit:mask=mask.json,weights=reid:0.3, dropgrad:rate=0.75,
    weights:reid=0.3; separated by blanks or commas; `--methods list` lists them."""
    executor: Literal["in-process", "processes", "ray"] = "in-process"  # type: ignore[assignment]
    """In this process, in worker processes, or on a Ray cluster; as one vectorised program methods
    cannot be trained."""
    seeds: int = 5
    """How often each method is trained."""
    probe_seeds: int = 5
    """How often each run of the probe is trained that measures the mask. Methods are trained with
    the seeds that follow, so that no method is judged on the seeds its mask was chosen on."""
    mask: str | None = None
    """A mask file to use instead of measuring one."""
    threshold: Fraction = -0.01
    """A change below this fraction of the single-task score is harmful; in (-1, 0]."""
    undecided: Literal["point", "allow", "block"] = "point"
    """What to do with an undecided edge in the measured mask."""
    baseline: str = "multi-head"
    """The method that the others are compared with, in pairs by seed."""
    against: tuple[str, ...] = ()
    """Methods that every other one is tested against, all tests corrected together. When not given,
    the questions that matter: every method against the baseline; every mask against its shuffled,
    transposed and identity forms, loss weights, and the best balancing without a search."""
    tune_seeds: int = 2
    """Of the probe's seeds, those on which `tuned-weights` searches."""
    steps: str | None = None  # type: ignore[assignment]
    """Optimizer steps of every run; the task set's own number when not given. Two, such as 200,400,
    train everything at both and say which scores still move."""
    no_costs: bool = False
    """Do not measure parameters, operations, time of a step and memory, which takes a few seconds a
    method."""
    also: Annotated[
        tuple[str, ...],
        tyro.conf.UseAppendAction,
        tyro.conf.arg(metavar="TASKSET:NAME=VALUE,..."),
    ] = ()
    """Another task set that every network is scored on right after its training, such as
    figures:light=night,data_seed=1 or other.toml, or with a name for tables
    night=figures:light=night; give it again for each. Networks are kept in the folder then."""
    scores: Annotated[str | None, tyro.conf.arg(metavar="TABLE")] = None
    """Train nothing; compare the methods of this table (csv): method, seed, task, score, or a line
    a method with a column a task."""
    single: str = SINGLE
    """The name of single-task training in the table of --scores."""
    lower: tuple[str, ...] = ()
    """Tasks of the table of --scores whose metric is better lower; wins over what it says."""
    tasks: tuple[str, ...] = ()
    """Columns of the table of --scores that are tasks; all columns of numbers when not given."""
    quiet: bool = False
    """Show no progress."""

    @staticmethod
    def of_file(words: Sequence[str]) -> dict[str, Any]:
        """What a configuration file among the words says of the comparison."""
        from gradsplit.commands.options.of_file import compare_options

        return compare_options(words)

    def run(self) -> int:
        """Probe if a mask is needed, train the methods, print the table, write the files."""
        if self.methods == ("list",):
            from gradsplit.training.methods.listing import methods_text

            print(methods_text(line_width()))
            return 0
        if self.scores is not None:
            self._read(Path(self.scores))
        elif self.lower or self.tasks:
            raise GradSplitError(
                "`--lower` and `--tasks` are for the table of --scores; a task set has its own "
                "tasks and knows their directions."
            )
        else:
            self._compare()
        print(f"\n{_WRITTEN.format(self.out)}")
        return 0

    def _compare(self) -> None:
        from gradsplit import compare
        from gradsplit.studies.comparison.method_choice import choose

        refuse_methods_table(self.taskset)
        choose(self.methods)  # a misspelt one is said even where the task set is missing
        compared = compare(
            self.load(),
            self.methods,
            self.out,
            seeds=self.seeds,
            probe_seeds=self.probe_seeds,
            mask=self.mask,
            threshold=self.threshold,
            undecided=self.undecided,
            baseline=self.baseline,
            against=self.against or None,
            tune_seeds=self.tune_seeds,
            steps=self._step_counts(),
            costs=not self.no_costs,
            executor=self.chosen_executor(),
            device=self.device,
            progress=not self.quiet,
            **self.trail(),
            also=self.also,
            tell=self._told,
            **self.kinds(),
            **vars(self.declared()),
        )
        if self.size():
            compared.save(self.out, **self.size())

    def _told(self, news: object) -> None:
        from relations.plan import Plan

        if not isinstance(news, Plan):
            print(f"\n{told_text(news)}")
        elif not self.quiet:
            print(f"{news}\n")

    def _read(self, path: Path) -> None:
        """Compare what somebody has trained elsewhere."""
        from analysis import read_scores, write_comparison
        from gradsplit.studies.comparison.asked import asked

        if self.taskset:
            raise GradSplitError(
                f"`--scores` compares a table and trains nothing: leave out `{self.taskset}`."
            )
        refuse_idle(self, _OF_A_TABLE, "`--scores` compares a table and trains nothing")
        lower, tasks = split_names(self.lower), split_names(self.tasks)
        compared = read_scores(path, single=self.single, lower=lower, tasks=tasks, **self.kinds())
        print(f"tasks of {path}: {', '.join(compared.tasks)}; --tasks takes others\n")
        baseline = self.baseline if self.baseline in compared.methods else None
        questions = asked(compared, baseline, self.against or None)
        print(told_text(write_comparison(compared, self.out, baseline, questions, **self.size())))

    def given(self) -> dict[str, Any]:
        """The options of the task set that were given, by name; `--steps` is for all runs."""
        given = super().given()
        if self.steps is not None:
            del given["steps"]
        return given

    def _step_counts(self) -> list[int] | None:
        parts = [] if self.steps is None else self.steps.split(",")
        if len(parts) > 2 or not all(part.strip().isdigit() and int(part) > 0 for part in parts):
            raise GradSplitError(
                f"`--steps` takes a number or two, such as 200,400, got {self.steps!r}."
            )
        return [int(part) for part in parts] or None
