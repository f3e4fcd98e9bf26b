"""`gradsplit compare TASKSET --methods ... --out DIR`: which way of training is best."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradsplit.commands.options import TaskSetOptions
from gradsplit.commands.probing import ExecutorOptions
from gradsplit.errors import GradSplitError
from gradsplit.studies.comparison.method_runs import SINGLE, compare_methods
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.methods.registry import TUNED

if TYPE_CHECKING:
    from gradsplit.studies.comparison.measured_mask import MeasuredMask
    from gradsplit.training.methods.method import Method
    from gradsplit.training.methods.registry import Wanted
    from gradsplit.training.taskset import TaskSet
    from relations.plan import Plan

USUAL = (
    "multi-head",
    "tuned-weights",
    "gradsplit",
    "gradsplit-identity",
    "gradsplit-transposed",
    "gradsplit-shuffled",
    "dropgrad",
    "dropgrad:rate=0.5",
    "last-stage",
)

_WRITTEN = "written: {}/comparison.txt, .csv, .md, .tex, scores.csv and pictures"


@dataclass(kw_only=True)
class Compare(TaskSetOptions, ExecutorOptions):
    """Train by several methods with the same seeds and compare them with single-task training.

    Call it again after a stop: only what is missing is trained.
    """

    out: str
    """Folder for the ledger, the mask, the tables and the pictures."""
    methods: tuple[str, ...] = USUAL
    """Names, perhaps with options: gradsplit:modules=layer3+layer4, gradsplit:threshold=-0.05,
    gradsplit:relation=table.csv, gradsplit:mask=mask.json,weights=reid:0.3, dropgrad:rate=0.75,
    weights:reid=0.3; `--methods list` lists them."""
    seeds: int = 5
    """How often each method is trained."""
    probe_seeds: int = 5
    """How often each run of the probe is trained that measures the mask. Methods are trained with
    the seeds that follow, so that no method is judged on the seeds its mask was chosen on."""
    mask: str | None = None
    """A mask file to use instead of measuring one."""
    threshold: float = -0.01
    """A change below this fraction of the single-task score is harmful; in (-1, 0]."""
    undecided: Literal["point", "allow", "block"] = "point"
    """What to do with an undecided edge in the measured mask."""
    baseline: str = "multi-head"
    """The method that the others are compared with, in pairs by seed."""
    tune_seeds: int = 2
    """Of the probe's seeds, those on which `tuned-weights` searches."""
    steps: str | None = None  # type: ignore[assignment]
    """Optimizer steps of every run; the task set's own number when not given. Two, such as 200,400,
    train everything at both and say which scores still move."""
    no_costs: bool = False
    """Do not measure parameters, operations, time of a step and memory, which takes a few seconds a
    method."""
    scores: str | None = None
    """Train nothing; compare the methods of this table (csv): method, seed, task, score, or a line
    a method with a column a task."""
    single: str = SINGLE
    """The name of single-task training in the table of --scores."""
    lower: tuple[str, ...] = ()
    """Tasks of the table of --scores whose metric is better lower."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Probe if a mask is needed, train the methods, print the table, write the files."""
        from gradsplit.studies.comparison.files import moved_text, print_methods, write

        if self.methods == ("list",):
            print_methods()
            return 0
        if self.scores is not None:
            return self._read(Path(self.scores))
        taskset = self.load()
        wanted = self._checked(taskset)
        folder = Path(self.out)
        folder.mkdir(parents=True, exist_ok=True)
        methods = self._built(wanted, taskset, folder)
        place = self._place(taskset, folder)
        seeds = range(self.probe_seeds, self.probe_seeds + self.seeds)
        costs = self._costs(taskset, methods)
        compared = compare_methods(place, methods, seeds, costs=costs)
        print(f"\n{write(compared, self.baseline, folder)}")
        if len(counts := self._step_counts()) > 1:
            shorter = compare_methods(place, methods, seeds, steps=counts[0])
            print(f"\n{moved_text(shorter, compared, counts)}")
        print(f"\n{_WRITTEN.format(folder)}")
        return 0

    def _read(self, path: Path) -> int:
        """Compare what somebody has trained elsewhere."""
        from analysis.comparison.scores_table import read_scores
        from gradsplit.studies.comparison.files import write

        compared = read_scores(path, single=self.single, lower=self.lower)
        folder = Path(self.out)
        folder.mkdir(parents=True, exist_ok=True)
        baseline = self.baseline if self.baseline in compared.methods else None
        print(f"{write(compared, baseline, folder)}\n\n{_WRITTEN.format(folder)}")
        return 0

    def given(self) -> dict[str, Any]:
        """The options that were given, by name; of two step counts the larger."""
        return super().given() | ({"steps": self._step_counts()[-1]} if self.steps else {})

    def _step_counts(self) -> list[int]:
        parts = [] if self.steps is None else self.steps.split(",")
        if len(parts) > 2 or not all(part.strip().isdigit() and int(part) > 0 for part in parts):
            raise GradSplitError(
                f"`--steps` takes a number or two, such as 200,400, got {self.steps!r}."
            )
        return sorted({int(part) for part in parts})

    def _checked(self, taskset: "TaskSet") -> "list[Wanted]":
        """The methods asked for; refused before anything is trained."""
        from gradsplit.errors import all_problems
        from gradsplit.training.methods.registry import build, read_methods
        from relations import GradientMask

        problems = []
        names = list(self.methods)
        if self.baseline not in names:
            problems.append(f"the baseline `{self.baseline}` is not among --methods.")
        if self.seeds < 1 or self.probe_seeds < 1:
            problems.append("--seeds and --probe-seeds must be at least 1.")
        if not 1 <= self.tune_seeds <= self.probe_seeds:
            problems.append("--tune-seeds must be between 1 and --probe-seeds.")
        if self.executor == "ensemble":
            problems.append("methods are trained run by run: --executor processes, not ensemble.")
        if len(taskset.tasks) < 2:
            problems.append(f"`{taskset.name}` has one task; there is nothing to compare.")
        if problems:
            raise GradSplitError(all_problems("The methods cannot be compared", problems))
        wanted = read_methods(self.methods)
        full = GradientMask.full(taskset.task_names)
        for one in wanted:
            if one.kind != TUNED:
                build(one, lambda threshold, relation: full)  # noqa: ARG005 - only to check
        if taskset.judged_on_test:
            self._refuse_choosing(wanted)
        return wanted

    def _refuse_choosing(self, wanted: "list[Wanted]") -> None:
        """Masks and loss weights chosen on test data would make every figure too good."""
        chosen = [
            one.text
            for one in wanted
            if one.kind == TUNED or (one.needs_mask and self.mask is None and not one.brings_mask)
        ]
        if chosen:
            raise GradSplitError(
                f"Scores of this task set are of its test data, and {', '.join(chosen)} would be "
                "chosen on them. Choose with validation data first: probe there and give --mask, "
                "compare tuned-weights there and give weights:task=factor,..."
            )

    def _built(
        self, wanted: "list[Wanted]", taskset: "TaskSet", folder: Path
    ) -> "dict[str, Method]":
        """The methods; what they need is measured first."""
        from gradsplit.studies.comparison.weight_search import search_weights
        from gradsplit.training.methods.registry import build

        masks = self._masks(taskset, folder) if any(one.needs_mask for one in wanted) else None
        built: dict[str, Method] = {}
        for one in wanted:
            if one.kind == TUNED:
                found = search_weights(self._place(taskset, folder), range(self.tune_seeds))
                print(f"\n{one.text}: {found.factors or 'equal weights'}")
                built[one.text] = found
            else:
                built[one.text] = build(one, masks)
        return built

    def _masks(self, taskset: "TaskSet", folder: Path) -> "MeasuredMask":
        """Masks at any threshold of any relation; the own relation is measured when first used."""
        from gradsplit.studies.comparison.measured_mask import MeasuredMask
        from relations import GradientMask

        return MeasuredMask(
            self._place(taskset, folder),
            range(self.probe_seeds),
            threshold=self.threshold,
            undecided=self.undecided,
            given=None if self.mask is None else GradientMask.load(self.mask),
            tell=self._told,
        )

    def _told(self, news: "Plan | MeasuredMask") -> None:
        """Show the probe's plan and what it has measured."""
        from relations.plan import Plan

        if not isinstance(news, Plan):
            print(f"\n{news.graph}")
            news.save(Path(self.out))
        elif not self.quiet:
            print(f"{news}\n")

    def _place(self, taskset: "TaskSet", folder: Path) -> VariantRuns:
        from relations.sources import LEDGER_NAME

        return VariantRuns(
            taskset,
            folder / LEDGER_NAME,
            self.device,
            executor=self.place(),
            progress=not self.quiet,
        )

    def _costs(
        self, taskset: "TaskSet", methods: "Mapping[str, Method]"
    ) -> dict[str, dict[str, float]]:
        from gradsplit.studies.comparison.costs import measured_costs

        if self.no_costs:
            return {}
        return measured_costs(taskset, methods, SINGLE, self.device)
