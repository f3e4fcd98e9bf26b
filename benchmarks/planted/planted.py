"""How well probe and GradSplit do on the planted task sets, whose truth is known.

    python benchmarks/planted/planted.py measure --out DIR      trains; can be resumed
    python benchmarks/planted/planted.py report --out DIR       tables and figures

Relations are measured on seeds 0 to 99, methods on seeds 1000 to 1019. Probes are trained by the
vectorised executor, runs with a mask one by one.
"""

import argparse
from contextlib import suppress
from pathlib import Path

import numpy as np
from planted_report import write_report

from gradsplit.tasksets.planted.task_set import Planted, planted, planted_control, planted_near
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.trainer import TaskSetTrainer
from relations import GradientMask, PairwiseProbe
from relations.errors import ScoreError
from relations.executors.ensemble import Ensemble
from relations.runs import Run
from relations.variants import train_runs

SETS = (planted(), planted_control(), planted_near())
PROBE_SEEDS = range(100)
STEPS = (100, 200, 400, 800, 1600)
STEPS_SEEDS = range(30)
METHOD_SEEDS = range(1000, 1020)
METHODS_ON = ("planted", "planted-control")  # where splitting must help, and where it cannot
MEMBERS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["measure", "report"])
    parser.add_argument("--out", type=Path, required=True, help="folder of the ledgers")
    parser.add_argument("--into", type=Path, default=Path("reports/planted"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for taskset in SETS if options.action == "measure" else ():
        ledger = options.out / f"{taskset.name}.db"
        probe(taskset, PROBE_SEEDS, ledger)
        for steps in STEPS:
            if steps != taskset.recipe.steps:
                probe(taskset.with_recipe(steps=steps), STEPS_SEEDS, ledger, f"steps={steps}")
        if taskset.name in METHODS_ON:
            train_methods(taskset, ledger)
    if options.action == "report":
        write_report(options.out, options.into, SETS)


def probe(taskset: Planted, seeds: range, ledger: Path, variant: str = "") -> None:
    """A pairwise probe."""
    print(f"{taskset.name}: probe {variant}, {len(seeds)} seeds", flush=True)
    trainer = TaskSetTrainer(taskset)
    with suppress(ScoreError):  # R^2 of far too few steps may be negative; the report says so
        PairwiseProbe(taskset.tasks, trainer, seeds, ledger, variant=variant).run(Ensemble(MEMBERS))


def train_methods(taskset: Planted, ledger: Path) -> None:
    """Single-task runs and joint runs by every method, on seeds that no relation comes from."""
    names = taskset.task_names
    for variant, trainer in methods(taskset).items():
        print(f"{taskset.name}: {variant}, {len(METHOD_SEEDS)} seeds", flush=True)
        sets = [(task,) for task in names] if variant == "single" else [names]
        runs = [Run(tasks, seed, variant) for seed in METHOD_SEEDS for tasks in sets]
        train_runs({variant: trainer}, taskset.tasks, runs, ledger)


def methods(taskset: Planted) -> dict[str, TaskSetTrainer]:
    """The methods by name, all with the same steps, data and initial weights."""
    weighed = taskset.with_recipe(weights=equal_losses(taskset))
    masks = {
        "gradsplit": true_mask(taskset),
        "gradsplit, identity mask": GradientMask.identity(taskset.task_names),
        "gradsplit, transposed mask": true_mask(taskset).transposed(),
    }
    masked = {
        name: TaskSetTrainer(taskset, method=MaskedTraining(mask)) for name, mask in masks.items()
    }
    plain = TaskSetTrainer(taskset)
    equal = TaskSetTrainer(weighed)
    return {"single": plain, "multi-head": plain, **masked, "multi-head, equal losses": equal}


def true_mask(taskset: Planted) -> GradientMask:
    """The mask of the true relation graph."""
    names = taskset.task_names
    may_update = np.ones((len(names), len(names)), dtype=bool)
    for source, target in taskset.harmful_edges():
        may_update[names.index(source), names.index(target)] = False
    return GradientMask(names, may_update)


def equal_losses(taskset: Planted) -> dict[str, float]:
    """Weights that give all labels the same variance, so that no loss is loud."""
    return {task: plant.scale**-2 for task, plant in taskset.plants.items()}


if __name__ == "__main__":
    main()
