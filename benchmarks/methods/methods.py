"""Step time and peak memory of every method, as ratios to plain multi-head training.

    python benchmarks/methods/methods.py --network vit --out reports/balancing/cost-vit.json

Every registered method trains the same network on random pictures, a batch for each of four tasks,
step by step in turn with plain multi-head training, and with TorchJD's and LibMTL's (`--libmtl`, a
checkout) own implementation of the same method. On a CPU time is the processor's time of this
process, which others on the machine stretch little; on a GPU (`--device cuda`) it is the clock's,
each step waited for. A ratio is to the plain step of the same round; given
are medians and quartiles over `--rounds` after two that warm up. Where a method's steps train some
of the tasks only, all of its training is timed, and a step is its share of that: the mean, which
has no quartiles. Memory is the peak of a process of its own, which holds one training of four
steps, above what it held before.
"""

import argparse
import ctypes
import gc
import json
import math
import multiprocessing
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from methods_peers import Train, libmtl_training, torchjd_training
from methods_steps import OnStep, Stepped
from methods_tasks import RESNETS, RandomPictures

from gradsplit import fit
from gradsplit.errors import GradSplitError
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from relations import GradientMask

OPTIONS = {
    "weights": "weights:task0=0.5",
    "dropgrad": "dropgrad:rate=0.5",
    "pcd": "pcd:primary=task0",
    "quiet-source": "quiet-source:source=task0,target=task1",
    "hydalearn": "hydalearn:main=task0",
}
"""Methods that need more than their name."""
_WARM_UP = 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--network", choices=(*RESNETS, "vit"), default="resnet18")
    parser.add_argument("--methods", nargs="*", help="all that are registered when not given")
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--batch", type=int, default=8, help="pictures of each task")
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64), help="height and width")
    parser.add_argument("--rounds", type=int, default=11, help="at least two, for quartiles")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--libmtl", type=Path, help="a checkout of LibMTL's repository")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args()


def mask_of(taskset: RandomPictures) -> GradientMask:
    """Every task may update its own group and the next one's."""
    names, count = taskset.task_names, len(taskset.task_names)
    return GradientMask(
        names, [[(group - source) % count < 2 for group in range(count)] for source in range(count)]
    )


def ours(taskset: RandomPictures, name: str) -> Train:
    """A registered method's training."""
    method = build(read_methods((OPTIONS.get(name, name),))[0], lambda *_: mask_of(taskset))

    def train(on_step: OnStep) -> None:
        names, device = taskset.task_names, taskset.device
        fit(taskset, names, 0, method=method, on_step=on_step, device=device)

    return train


def peak(train: Train, device: str) -> float:
    """MiB that a training adds at its peak."""
    return _peak_of_process(train) if device == "cpu" else _peak_of_gpu(train, device)


def _peak_of_gpu(train: Train, device: str) -> float:
    gc.collect()  # the last training's networks, which would else be freed during this one
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    train(lambda *_: None)
    return (torch.cuda.max_memory_allocated(device) - before) / 2**20


def _peak_of_process(train: Train) -> float:
    receive, send = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_peak, args=(train, send))
    child.start()
    child.join()
    return receive.recv() if receive.poll() else float("nan")


def _peak(train: Train, send: "multiprocessing.connection.Connection") -> None:  # type: ignore[name-defined]
    ctypes.CDLL(None).malloc_trim(0)
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    train(lambda *_: None)
    send.send(_status("VmHWM") - before)


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def now(device: str) -> float:
    """Seconds of this process on a CPU; of the clock once a GPU has done all it was given."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def in_turn(trainings: Mapping[str, Train], rounds: int, device: str) -> dict[str, list[float]]:
    """Seconds of the steps of each, one step of each in turn."""
    begun = {name: Stepped(train) for name, train in trainings.items()}
    times: dict[str, list[float]] = {name: [] for name in trainings}
    for index in range(rounds + _WARM_UP):
        for name, training in begun.items():
            start = now(device)
            training.step()
            if index >= _WARM_UP:
                times[name].append(now(device) - start)
    for training in begun.values():
        training.leave()
    return times


def steps_of(train: Train) -> int:
    """How many steps the training makes."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    train(note)
    return count


def measured(
    taskset_of: Callable[[int], RandomPictures], name: str, options: argparse.Namespace
) -> dict[str, dict[str, object]]:
    """Figures of a method and its peers beside plain training: ratios of time and memory."""
    steps, device = options.rounds + _WARM_UP, options.device
    factor = steps_of(ours(taskset_of(4), name)) / 4

    def ways(own: int, plain: int) -> dict[str, Train]:
        """The trainings, the method's own of one number of steps and the others of another."""
        trainings: dict[str, Train | None] = {
            "plain": ours(taskset_of(plain), "multi-head"),
            "ours": ours(taskset_of(own), name),
            "torchjd": torchjd_training(taskset_of(plain), name, device),
            "libmtl": libmtl_training(taskset_of(plain), name, options.libmtl, device),
        }
        return {way: train for way, train in trainings.items() if train is not None}

    memory = {way: peak(train, device) for way, train in ways(4, 4).items()}
    rounds = round(factor * steps) - _WARM_UP
    times = in_turn(ways(steps, math.ceil(factor * steps)), rounds, device)
    return {
        way: {
            "ms": 1000 * statistics.median(seconds),
            "ratio quartiles": _ratios(seconds, times["plain"], factor if way == "ours" else 1.0),
            "mib": memory[way],
            "mib ratio": memory[way] / memory["plain"],
        }
        for way, seconds in times.items()
    }


def _ratios(seconds: list[float], plain: list[float], factor: float) -> list[float]:
    """The three quartiles of the ratios; of steps of some tasks only, three times their mean."""
    ratios = [mine / other for mine, other in zip(seconds, plain, strict=True)]
    if factor == 1:
        return statistics.quantiles(ratios, method="inclusive")
    return [factor * sum(seconds) / sum(plain)] * 3


def machine(device: str) -> dict[str, object]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        **({"gpu": torch.cuda.get_device_name(device)} if device != "cpu" else {}),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def row(name: str, figures: Mapping[str, Mapping[str, object]]) -> str:
    """A line of the table: ours, TorchJD's and LibMTL's, over plain training."""
    cells = []
    for way in ("ours", "torchjd", "libmtl"):
        if way not in figures:
            cells += ["", ""]
            continue
        first, median, third = figures[way]["ratio quartiles"]  # type: ignore[misc]
        cells += [f"{median:.2f} ({first:.2f} to {third:.2f})", f"{figures[way]['mib ratio']:.2f}"]
    return "| " + " | ".join([f"`{name}`", *cells]) + " |"


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)

    def taskset_of(steps: int) -> RandomPictures:
        made = RandomPictures(options.network, options.tasks, tuple(options.size), options.device)
        return made.with_recipe(steps=steps, batch_size=options.batch, optimizer="sgd")

    names = options.methods or [
        name for name, method in registered().items() if not method.searched
    ]
    before, figures, failed = machine(options.device), {}, {}
    print("| method | step | memory | TorchJD's step | memory | LibMTL's step | memory |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in names:
        try:
            figures[name] = measured(taskset_of, name, options)
        except (GradSplitError, RuntimeError) as wrong:
            failed[name] = f"{type(wrong).__name__}: {wrong}"[:300]
            continue
        print(row(name, figures[name]), flush=True)
        if options.out:  # after every method, so that a stop costs the rest alone
            named = {key: str(value) for key, value in vars(options).items()}
            result = {"options": named, "machine": before, "methods": figures, "failed": failed}
            options.out.write_text(json.dumps(result, indent=1) + "\n")
    for name, why in failed.items():
        print(f"left out: {name}: {why}", file=sys.stderr)


if __name__ == "__main__":
    main()
