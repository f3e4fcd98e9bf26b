"""Where does a mask help on the drawn people? Settings studied on seeds that no result uses.

    OMP_NUM_THREADS=1 python benchmarks/figures/figures_study.py quick short \
        --seeds 3 --out study.csv

Trains multi-head and GradSplit by the same seeds (100, 101, ...) in settings that differ in one
thing, and prints how each task's score differs from multi-head's, in per cent. The masks are fixed:
`sure` cuts the edges that three study seeds of the setting `short` decide (and reid ->
attribute), `point` all that are harmful there by the mean.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from loky import get_reusable_executor

from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from relations import GradientMask

TASKS = ("attribute", "reid", "pose", "parsing")
SURE = [("attribute", "pose"), ("attribute", "parsing")]
SURE += [("reid", "attribute"), ("reid", "pose"), ("reid", "parsing")]
POINT = [*SURE, ("parsing", "reid")]

SETTINGS: dict[str, dict[str, object]] = {
    "quick": {},
    "short": {"steps": 180},
    "wide-last": {"steps": 180, "widths": (32, 48, 64, 128)},
    "thin-early": {"steps": 180, "widths": (16, 24, 48, 128)},
    "sgd": {"steps": 180, "optimizer": "sgd", "learning_rate": 0.1},
}


def mask(cut: list[tuple[str, str]]) -> GradientMask:
    may_update = np.ones((4, 4), dtype=bool)
    for source, target in cut:
        may_update[TASKS.index(source), TASKS.index(target)] = False
    return GradientMask(tasks=TASKS, may_update=may_update)


METHODS: dict[str, Method] = {
    "multi-head": MultiHead(),
    "sure": MaskedTraining(mask(SURE)),
    "point": MaskedTraining(mask(POINT)),
    "sure, feature": MaskedTraining(mask(SURE), mode="feature"),
    "identity, feature": MaskedTraining(GradientMask.identity(TASKS), mode="feature"),
    "sure, feature, layer3+layer4": MaskedTraining(mask(SURE), ("layer3", "layer4"), "feature"),
}


def run(setting: str, method: str, seed: int) -> dict[str, float]:
    torch.set_num_threads(1)
    taskset = load_taskset("figures", {"preset": "quick", **SETTINGS[setting]})
    return fit(taskset, TASKS, seed, method=METHODS[method]).scores


def read(path: Path) -> dict[tuple[str, str, int], dict[str, float]]:
    """Scores that are there already, by setting, method and seed."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {
            (row["setting"], row["method"], int(row["seed"])): {t: float(row[t]) for t in TASKS}
            for row in csv.DictReader(file)
        }


def write(path: Path, known: dict[tuple[str, str, int], dict[str, float]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["setting", "method", "seed", *TASKS])
        writer.writerows([*key, *(known[key][task] for task in TASKS)] for key in sorted(known))


def table(known: dict[tuple[str, str, int], dict[str, float]]) -> None:
    print("setting, method: seeds; change against multi-head in %, by task; mean and its error")
    for setting, method in sorted({key[:2] for key in known}):
        seeds = [s for a, b, s in known if (a, b) == (setting, method)]
        seeds = [s for s in seeds if (setting, "multi-head", s) in known]
        if method == "multi-head" or not seeds:
            continue
        ours, theirs = (
            np.array([[known[setting, one, s][task] for task in TASKS] for s in seeds])
            for one in (method, "multi-head")
        )
        changes = 100 * (ours / theirs - 1)
        means = changes.mean(axis=1)
        error = means.std(ddof=1) / np.sqrt(len(seeds)) if len(seeds) > 1 else float("nan")
        listed = " ".join(f"{change:+5.1f}" for change in changes.mean(axis=0))
        name = f"{setting}, {method}"
        print(f"{name:40} {len(seeds)}  {listed}  {means.mean():+.2f} ± {error:.2f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("settings", nargs="*", choices=[[], *SETTINGS], default=[])
    arguments.add_argument("--methods", nargs="+", default=["multi-head", "sure", "point"])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--out", type=Path, default=Path("study.csv"))
    options = arguments.parse_args()
    known = read(options.out)
    workers = get_reusable_executor(options.workers)
    wanted = [
        (setting, method, seed)
        for setting in options.settings
        for seed in range(100, 100 + options.seeds)
        for method in options.methods
        if (setting, method, seed) not in known
    ]
    for key, future in [(key, workers.submit(run, *key)) for key in wanted]:
        known[key] = future.result()
        write(options.out, known)
    table(known)


if __name__ == "__main__":
    main()
