"""Single-task levels of the figures task set: mean and deviation over seeds.

    OMP_NUM_THREADS=1 python benchmarks/figures/figures_levels.py --preset quick --seeds 100 101 102

Seeds below 100 are kept for reported results: nothing may be tuned on them.
"""

import argparse
import statistics
import time

import torch

from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.fit import fit


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--preset", choices=("default", "quick"), default="quick")
    arguments.add_argument("--tasks", nargs="+", default=Figures().task_names)
    arguments.add_argument("--seeds", nargs="+", type=int, default=(100, 101, 102))
    options = arguments.parse_args()
    torch.set_num_threads(1)
    figures = Figures(preset=options.preset)
    print("task: scores, mean, deviation over seeds, process seconds of the quickest run")
    for task in options.tasks:
        for part in ("train", "test"):
            figures.album(task, part)  # drawn before the clock starts
        scores, seconds = [], []
        for seed in options.seeds:
            began = time.process_time()
            scores.append(fit(figures, (task,), seed).scores[task])
            seconds.append(time.process_time() - began)
        spread = statistics.stdev(scores) if len(scores) > 1 else float("nan")
        listed = " ".join(f"{score:.3f}" for score in scores)
        mean = statistics.mean(scores)
        print(f"{task:10} {listed}  {mean:.3f} {spread:.3f} {min(seconds):6.1f}", flush=True)


if __name__ == "__main__":
    main()
