"""Whether a probe may freeze lower stages, or stop early, and still find the same relations.

    python benchmarks/shortcuts/shortcuts.py measure --out DIR    trains; can be resumed
    python benchmarks/shortcuts/shortcuts.py report --out DIR     tables from what is done

Three studies, each beside the whole probe of the same seeds:
- `frozen`: last stage and heads alone, behind the lower stages of a joint run of another seed.
- `steps`: half and a quarter of the steps, with a schedule of the learning rate of their own.
- `reads`: scores of the whole training's networks after half and a quarter of the steps.
"""

import argparse
import csv
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from shortcuts_frozen import frozen
from shortcuts_report import write_report

from gradsplit.studies.estimates.untouched import untouched
from gradsplit.tasksets.causes import task_sets as causes
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.tasksets.planted.task_set import planted, planted_control, planted_near
from gradsplit.training.fit import fit
from gradsplit.training.scoring import score
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet
from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe
from relations.errors import ScoreError
from relations.executors.ensemble import Ensemble
from relations.plan import pairwise_runs

PLANTED = (planted(), planted_control(), planted_near())
CAUSES = tuple(
    make()
    for make in (
        causes.late_stage,
        causes.early_stage,
        causes.narrow_trunk,
        causes.loud_loss,
        causes.short_training,
        causes.no_harm,
    )
)
SHARES = (4, 2)
"""A probe is shortened to one part in so many; the cheaper first."""
PROBE = 5
"""Seeds of a probe."""
PROBES = 4
"""Probes of a set where runs are not vectorised well."""
JOINT = 1000
"""The first seed of joint runs that lower stages are from."""
MEMBERS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["measure", "report"])
    parser.add_argument("--out", type=Path, required=True, help="folder of the ledgers")
    parser.add_argument("--only", nargs="+", choices=list(STUDIES), default=list(STUDIES))
    parser.add_argument("--into", type=Path, default=Path("reports/shortcuts"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.action == "report":
        write_report(options.out, options.into)
        return
    for name in options.only:
        print(name, flush=True)
        STUDIES[name](options.out)


def frozen_causes(out: Path) -> None:
    """Four probes a set, each behind a joint run of its own, and the whole probes."""
    for taskset in CAUSES:
        ledger = out / f"{taskset.name}.db"
        _probe(taskset, range(PROBES * PROBE), ledger, "")
        for number in range(PROBES):
            seeds = range(number * PROBE, (number + 1) * PROBE)
            short = frozen(taskset, JOINT + number)
            _probe(short, seeds, ledger, f"frozen {JOINT + number}")


def frozen_figures(out: Path) -> None:
    """One probe of five seeds; the whole one is in reports/figures."""
    before = time.process_time()
    short = frozen(Figures(preset="quick"), JOINT)
    _note(out / "costs.csv", "joint run", 4, time.process_time() - before)
    _probe_figures(short, out, "frozen")


def steps_planted(out: Path) -> None:
    """Twenty probes a set and share."""
    for taskset in PLANTED:
        for share in SHARES:
            short = shortened(taskset, share)
            _probe(short, range(20 * PROBE), out / f"{taskset.name}.db", f"steps {share}")


def steps_figures(out: Path) -> None:
    """One probe with a quarter of the steps, and two of three seeds with 45 % of them."""
    taskset = Figures(preset="quick")
    _probe_figures(shortened(taskset, 4), out, "steps 4")
    _probe_figures(taskset.with_recipe(steps=180), out, "steps 180", (*range(3), *range(100, 103)))


def reads_planted(out: Path) -> None:
    """Four probes a set."""
    for taskset in PLANTED:
        _reads(taskset, range(PROBES * PROBE), out / f"reads-{taskset.name}.csv")


def reads_figures(out: Path) -> None:
    """Two seeds, which train the whole probe again."""
    _reads(Figures(preset="quick"), range(2), out / "reads-figures.csv")


STUDIES: dict[str, Callable[[Path], None]] = {
    "frozen-causes": frozen_causes,
    "frozen-figures": frozen_figures,
    "steps-planted": steps_planted,
    "steps-figures": steps_figures,
    "reads-planted": reads_planted,
    "reads-figures": reads_figures,
}


def shortened(taskset: TaskSet, share: int) -> TaskSet:
    """A task set trained with one part in `share` of its steps, warm-up included."""
    recipe = taskset.recipe
    return taskset.with_recipe(steps=recipe.steps // share, warmup=recipe.warmup // share)


@dataclass(frozen=True)
class Clocked:
    """A trainer that notes the processor time of every run."""

    trainer: TaskSetTrainer
    variant: str
    file: Path

    def __call__(self, tasks: Sequence[str], seed: int) -> dict[str, float]:
        """Train one run."""
        before = time.process_time()
        scores = self.trainer(tasks, seed)
        _note(self.file, self.variant, len(tasks), time.process_time() - before)
        return scores

    def settings(self) -> dict[str, Any]:
        """Those of the trainer."""
        return self.trainer.settings()


def _probe(taskset: TaskSet, seeds: range, ledger: Path, variant: str) -> None:
    print(f"  {taskset.name} {variant}", flush=True)
    trainer = TaskSetTrainer(taskset)
    with suppress(ScoreError):  # R^2 of far too few steps may be negative; the report says so
        PairwiseProbe(taskset.tasks, trainer, seeds, ledger, variant=variant).run(Ensemble(MEMBERS))


def _probe_figures(
    taskset: TaskSet, out: Path, variant: str, seeds: Sequence[int] = range(PROBE)
) -> None:
    """One by one: this network gains nothing from being vectorised on a CPU."""
    trainer = Clocked(TaskSetTrainer(taskset), variant, out / "costs.csv")
    ledger = out / "figures.db"
    PairwiseProbe(taskset.tasks, trainer, seeds, ledger, variant=variant).run()


def _reads(taskset: TaskSet, seeds: range, file: Path) -> None:
    """Scores on the way of every run of a probe, as rows of a table."""
    done = set()
    if file.is_file():
        with file.open(newline="") as opened:
            done = {(row[1], row[2]) for row in csv.reader(opened)}
    for run in pairwise_runs(taskset.task_names, seeds):
        if ("+".join(run.tasks), str(run.seed)) not in done:
            began = time.process_time()
            found = read_on_the_way(taskset, run.tasks, run.seed)
            spent = time.process_time() - began
            rows = [
                [share, "+".join(run.tasks), run.seed, task, value, spent]
                for share, scores in found.items()
                for task, value in scores.items()
            ]
            _append(file, rows)


def read_on_the_way(
    taskset: TaskSet, tasks: Sequence[str], seed: int
) -> dict[int, dict[str, float]]:
    """Scores of one training after one part in 4, 2 and 1 of its steps, by task."""
    own = taskset.for_seed(seed)
    found: dict[int, dict[str, float]] = {}

    def observe(step: Step) -> None:
        for share in SHARES:
            if step.number == taskset.recipe.steps // share:
                with untouched(step.network, step.optimizer):
                    found[share] = score(step.network, own)

    finished = fit(taskset, tasks, seed, observe=observe).scores
    return {**found, 1: finished}


def _note(file: Path, variant: str, tasks: int, seconds: float) -> None:
    _append(file, [[variant, tasks, seconds]])


def _append(file: Path, rows: Iterable[Sequence[object]]) -> None:
    with file.open("a", newline="") as opened:
        csv.writer(opened).writerows(rows)


if __name__ == "__main__":
    main()
