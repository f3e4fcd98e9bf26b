"""A training program of one's own, in plain numpy: it need not know gradsplit.

Usage: python train_program.py --tasks slow+fast --seed 0 --scores scores.json
"""

import argparse
import json
import re
import zlib
from pathlib import Path

import numpy as np

TASKS = {
    "slow": lambda x: np.sin(x[:, 0]),
    "fast": lambda x: np.sin(2 * x[:, 1]),
    "sum": lambda x: 0.5 * (x[:, 0] + x[:, 1]),
}
STEPS, BATCH, HIDDEN, RATE = 2000, 64, 8, 0.1


def main() -> None:
    """Train what the command line says and write the scores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", required=True, help="names joined by + or ,")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--weights", default="", help="such as slow=0.5,fast=2; 1 for others")
    options = parser.parse_args()
    weights = {name: float(text) for name, text in re.findall(r"(\w+)=([^,]+)", options.weights)}
    scores = train(re.split("[+,]", options.tasks), options.seed, weights)
    options.scores.write_text(json.dumps(scores))


def train(tasks: list[str], seed: int, weights: dict[str, float]) -> dict[str, float]:
    """Train one hidden layer for some of the tasks; R^2 of each on new data."""
    # One stream a purpose: the same trunk, head and data whoever a task is trained with.
    trunk = stream(seed, "trunk").normal(size=(3, HIDDEN))
    heads = {task: stream(seed, "head", task).normal(size=HIDDEN) / HIDDEN for task in tasks}
    data = {task: stream(seed, "data", task) for task in tasks}
    for step in range(STEPS):
        rate, change = RATE * (1 - step / STEPS), np.zeros_like(trunk)
        for task in tasks:
            x = inputs(data[task])
            hidden = np.tanh(x @ trunk)
            error = weights.get(task, 1.0) * (hidden @ heads[task] - TASKS[task](x))
            change += x.T @ (error[:, None] * heads[task] * (1 - hidden**2)) / BATCH
            heads[task] = heads[task] - rate * hidden.T @ error / BATCH
        trunk -= rate * change
    x = inputs(stream(0, "test"), 4000)
    return {task: r2(np.tanh(x @ trunk) @ heads[task], TASKS[task](x)) for task in tasks}


def stream(seed: int, *purpose: str) -> np.random.Generator:
    """Random numbers for one purpose."""
    return np.random.default_rng([seed, zlib.crc32(" ".join(purpose).encode())])


def inputs(source: np.random.Generator, count: int = BATCH) -> np.ndarray:
    """Two numbers and a constant."""
    return np.column_stack([source.uniform(-2, 2, (count, 2)), np.ones(count)])


def r2(output: np.ndarray, wanted: np.ndarray) -> float:
    """Share of the variance that is explained."""
    return float(1 - np.square(output - wanted).mean() / wanted.var())


if __name__ == "__main__":
    main()
