"""Whether the search of loss weights finds as good ones as a grid did, with half of the runs.

    python benchmarks/weights/weights.py --out DIR [--only one-loud ...] [--by grid search]
        [--into reports/weights]

Each search is made `--searches` times, on two seeds of its own each time; what it found is judged
on `--fresh` seeds that no search has seen. Runs are kept in DIR and never trained twice.
"""

import argparse
import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
import weights_grid
import weights_sets
import weights_unseen
from weights_together import Together

from gradsplit.studies.comparison.method_runs import compare_methods
from gradsplit.studies.comparison.weight_search import SearchedWeights, search_weights
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.planted.task_set import planted, planted_control
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.taskset import TaskSet

SETS: Mapping[str, Callable[[], TaskSet]] = {
    "planted": planted,
    "planted-control": planted_control,
    "one-loud": weights_sets.one_loud,
    "one-very-loud": weights_sets.one_very_loud,
    "two-sizes": weights_sets.two_sizes,
    "loud-and-narrow": weights_sets.loud_and_narrow,
    "noisy-source": weights_sets.noisy_source,
    "even": weights_sets.even,
    "figures": weights_sets.small_figures,
}
SEARCHES: Mapping[str, Callable[[VariantRuns, Sequence[int]], SearchedWeights]] = {
    "grid": weights_grid.search_weights,
    "search": search_weights,
    "unseen": weights_unseen.search_weights,
    "sweeps": weights_unseen.sweeps_alone,
}
FRESH = 1000
"""The first seed that what was found is judged on."""
COLUMNS = ("set", "search", "seeds", "tried", "joint runs", "gain", "se", "n", "weights")

Row = tuple[object, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the ledgers")
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--by", nargs="+", choices=list(SEARCHES), default=["grid", "search"])
    parser.add_argument("--searches", type=int, default=4)
    parser.add_argument("--fresh", type=int, default=6)
    parser.add_argument("--into", type=Path, default=Path("reports/weights"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    options.into.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        rows = study(SETS[name](), options.out, options.by, options.searches, options.fresh)
        write(rows, options.into / f"{name}.csv")


def study(taskset: TaskSet, out: Path, by: Sequence[str], searches: int, fresh: int) -> list[Row]:
    """A row a search, with what its weights gain over equal ones on fresh seeds."""
    # Convolutions gain nothing from being trained side by side.
    executor = "in-process" if taskset.name == "figures" else Together()
    place = VariantRuns(taskset, out / f"{taskset.name}.db", executor=executor, progress=False)
    found = {
        (name, number): SEARCHES[name](place, (2 * number, 2 * number + 1))
        for number in range(searches)
        for name in by
    }
    methods = {"equal": LossWeights({})}
    methods |= {f"{name} {number}": each.weights for (name, number), each in found.items()}
    compared = compare_methods(place, methods, range(FRESH, FRESH + fresh))
    rows: list[Row] = []
    for (name, number), searched in found.items():
        difference = compared.difference(f"{name} {number}", "equal")
        weights = searched.weights.factors
        row = (
            taskset.name,
            name,
            f"{2 * number} {2 * number + 1}",
            searched.tried,
            searched.joint,
            f"{100 * difference.mean:.2f}",
            f"{100 * difference.se:.2f}",
            difference.n,
            " ".join(f"{task}={factor:.3g}" for task, factor in weights.items()) or "equal",
        )
        rows.append(row)
        print(*row, sep="  ", flush=True)
    return rows


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows of a set."""
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
