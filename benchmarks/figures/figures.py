"""How fast people are drawn, and what a step of each figures task costs, on one core.

    OMP_NUM_THREADS=1 python benchmarks/figures/figures.py

Prints the best of several repetitions, in the process's own time and in wall time: on a machine
that others use as well, the best comes nearest to what an idle core does.
"""

import argparse
import time

import numpy as np
import torch

from gradsplit.tasksets.figures.drawing import draw_cameras, draw_people, photograph
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.batches import to_device
from gradsplit.training.network import build_network
from gradsplit.training.scoring import score

SIZES = ((48, 24), (64, 32), (128, 64), (256, 128))


def drawing(repetitions: int) -> None:
    print("size      pictures a second (process time, wall time)")
    for height, width in SIZES:
        count = 2048 * 64 * 32 // (height * width)
        people = draw_people(count, 0)
        cameras = draw_cameras(6, 0, height=height, width=width)
        which = np.arange(count) % 6
        own, wall = [], []
        for _ in range(repetitions):
            began = time.process_time(), time.perf_counter()
            photograph(people, cameras, which, seed=0, height=height, width=width)
            own.append(time.process_time() - began[0])
            wall.append(time.perf_counter() - began[1])
        print(f"{height:3}x{width:<3}   {count / min(own):8.0f} {count / min(wall):8.0f}")


def steps(repetitions: int) -> None:
    figures = Figures(preset="quick")
    quick = figures.recipe.steps
    print(f"\npreset quick, process time: ms a step, s a score, s a run of {quick} steps")
    for task in figures.task_names:
        network = build_network(figures, (task,), 0)
        images, target = to_device(next(figures.batches(task, 0)), torch.device("cpu"))
        times = []
        for _ in range(repetitions * 5):
            began = time.process_time()
            figures.loss(task, network(images, task), target).backward()
            times.append(time.process_time() - began)
        score(network, figures)  # draws the test pictures
        began = time.process_time()
        score(network, figures)
        scored = time.process_time() - began
        best = min(times)
        print(f"{task:10} {best * 1e3:8.1f} {scored:8.2f} {best * quick + scored:8.1f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repetitions", type=int, default=5)
    repetitions = arguments.parse_args().repetitions
    torch.set_num_threads(1)
    drawing(repetitions)
    steps(repetitions)


if __name__ == "__main__":
    main()
