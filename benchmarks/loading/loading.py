"""Is loading the bottleneck? Pictures loaded and trained a second, and time outside of training.

Drawn people are exported in the four real formats at about the sizes of the real pictures, and
loaded as in training: opened, cut out, changed at random. Run:

    OMP_NUM_THREADS=1 python benchmarks/loading/loading.py --out reports/human/loading.md
    OMP_NUM_THREADS=1 python benchmarks/loading/loading.py --device cuda \
        --backbones resnet50 --workers 4 8
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.tasksets.human.export.write import Format, export_people
from gradsplit.tasksets.human.loading import once
from gradsplit.tasksets.human.part_counts import part_counts
from gradsplit.tasksets.human.records import ParsingRecords
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.scores import parsing_score
from gradsplit.tasksets.human.task_set import Human
from gradsplit.training.batches import to_device
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import build_network
from gradsplit.training.step import Backward, Losses
from gradsplit.training.taskset import TaskSet

# Heights of people as in the real pictures: Market-1501 has 128x64, PA-100K about 200 high, LIP
# about 350; MPII's photographs are 720 high (an export is twice as high as its people).
HEIGHTS: dict[Format, int] = {"market1501": 128, "pa100k": 200, "mpii": 360, "lip": 350}
WARM_UP = 1
SCORED_AT_ONCE = 64


@dataclass(frozen=True)
class Clocked(MultiHead):
    """Multi-head training whose seconds of forward and backward are kept, one number a step."""

    device: torch.device
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        begun = [0.0]
        handle = run.network.register_forward_pre_hook(lambda *_: begun.__setitem__(0, self.now()))

        def backward(losses: Losses) -> None:
            spent = 0.0
            for _, loss in losses:
                loss.backward()
                spent += self.now() - begun[0]
            self.seconds.append(spent)

        with handle:
            yield backward

    def now(self) -> float:
        """The time when the device has done everything it was asked for."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backbones", nargs="*", default=["resnet18", "resnet50"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--threads", type=int, default=1, help="of training on a CPU")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--size", nargs=2, type=int, default=[256, 128], help="of the inputs")
    parser.add_argument("--pictures", type=int, default=240, help="drawn for each data set")
    parser.add_argument("--batches", type=int, default=20, help="loaded for each measurement")
    parser.add_argument("--steps", type=int, default=4, help="trained for each measurement")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        folders = drawn(Path(folder), arguments.pictures)
        height, width = arguments.size
        human = Human(**folders, height=height, width=width, workers=0)
        human = human.with_recipe(batch_size=arguments.batch_size)
        text = "\n\n".join(sections(human, arguments))
    print(text)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n")


def drawn(root: Path, pictures: int) -> dict[str, Any]:
    """Folders of drawn people, by the option of the task set."""
    return {
        kind: export_people(root / kind, kind, pictures=pictures, height=height)
        for kind, height in HEIGHTS.items()
    }


def sections(human: Human, arguments: argparse.Namespace) -> Iterator[str]:
    """The report, part by part; each measured when it is asked for."""
    device, steps = torch.device(arguments.device), arguments.steps
    names, most = human.task_names, max(arguments.workers)
    yield (
        f"{machine(device)}, {arguments.threads} thread(s), batches of "
        f"{arguments.batch_size} at {human.height}x{human.width}."
    )
    yield "Loading: processor time of a training picture, and pictures a second with workers:"
    rows = [row("ms of one core", [processor_time(human, task) for task in names])]
    for count in arguments.workers:
        rates = [loaded(human, task, count, arguments.batches) for task in names]
        rows.append(row(f"pictures/s, {count} workers", rates))
    yield table(["loading", *names], rows)
    if "parsing" in names:
        yield (
            "Scoring of part maps that are there already, beside the loading of the same pictures:"
        )
        header = ["scoring of parsing", "loading", "scoring", "times the loading"]
        yield table(header, scoring_rows(human, most))
    yield (
        "Training: pictures a second, forward and backward of batches that are there already"
        + ("." if device.type == "cuda" else "; a second of processor time.")
    )
    rows = [
        row(backbone, [trained(human, task, backbone, device, steps) for task in names])
        for backbone in arguments.backbones
    ]
    yield table(["backbone", *names], rows)
    yield (
        "Joint training of the four tasks: seconds a step, and the share that is neither forward "
        "nor backward: waiting for batches, copying, the optimizer."
    )
    sets: list[tuple[str, TaskSet]] = [("figures", Figures())]
    for backbone in arguments.backbones:
        taskset = with_options(human, backbone, most)
        sets.append((f"human, {backbone}, {most} workers", taskset))
    rows = [[name, *outside(taskset, device, steps)] for name, taskset in sets]
    yield table(["task set", "s a step", "outside"], rows)


def row(name: str, values: Sequence[float]) -> list[str]:
    """A line of a table, three digits each."""
    return [name, *(f"{value:.3g}" for value in values)]


def with_options(human: Human, backbone: str, workers: int) -> Human:
    return replace(human, backbone=backbone, workers=workers)


def loaded(human: Human, task: str, workers: int, number: int) -> float:
    """Training pictures a second from so many worker processes that have nothing else to do."""
    batches = with_options(human, human.backbone, workers).batches(task, 0)
    # What was made in advance while nobody asked is not counted.
    for _ in islice(batches, 4 * workers + WARM_UP):
        pass
    begun = time.perf_counter()
    for _ in islice(batches, number):
        pass
    return number * human.recipe.batch_size / (time.perf_counter() - begun)


def processor_time(human: Human, task: str) -> float:
    """Milliseconds of one core for a training picture; others on the machine hardly change it."""
    samples = Samples(human.parts(task).train, human.size(task))
    chosen = np.arange(2 * human.recipe.batch_size) % len(samples)
    samples.batch(chosen[:4], np.random.default_rng(0))
    begun = time.process_time()
    samples.batch(chosen, np.random.default_rng(1))
    return 1000 * (time.process_time() - begun) / len(chosen)


def scoring_rows(human: Human, workers: int) -> list[list[str]]:
    """Milliseconds a picture of loading and of scoring: of one core, and by the clock together."""
    parts = replace(human, judge="test").parts("parsing").test
    assert isinstance(parts, ParsingRecords)
    samples = Samples(parts, human.size("parsing"))
    maps = torch.randn(len(parts.names), *(side // 4 for side in samples.size))

    def on_one_core() -> None:
        for path in parts.labels:
            part_counts(maps, path, samples.size)

    def predict(inputs: torch.Tensor) -> torch.Tensor:
        return maps.expand(len(inputs), *maps.shape)

    on_one_core()
    rows = []
    for name, clock, load, act in (
        (
            "a picture, ms of one core",
            time.process_time,
            lambda: samples.batch(np.arange(len(samples))),
            on_one_core,
        ),
        (
            f"a picture, ms by the clock, {workers} workers",
            time.perf_counter,
            lambda: [None for _ in once(samples, SCORED_AT_ONCE, workers=workers)],
            lambda: parsing_score(samples, predict, workers=workers),
        ),
    ):
        loading, whole = (_a_picture(clock, do, len(samples)) for do in (load, act))
        # By the clock, pictures are loaded while others are scored.
        rows.append([name, f"{loading:.2f}", f"{whole:.2f}", f"{whole / loading:.1f}"])
    return rows


def _a_picture(clock: Callable[[], float], act: Callable[[], object], count: int) -> float:
    """Milliseconds a picture, the best of three."""
    times = []
    for _ in range(3):
        begun = clock()
        act()
        times.append(1000 * (clock() - begun) / count)
    return min(times)


def trained(human: Human, task: str, backbone: str, device: torch.device, steps: int) -> float:
    """Pictures a second of forward, loss and backward, without loading."""
    taskset = with_options(human, backbone, 0)
    network = build_network(taskset, (task,), 0).to(device)
    inputs, target = to_device(next(taskset.batches(task, 0)), device)
    wait, clock = Clocked(device).now, time.process_time
    if device.type == "cuda":
        clock = time.perf_counter
    times = [clock()]
    for _ in range(WARM_UP + steps):
        network.zero_grad()
        taskset.loss(task, network(inputs, task), target).backward()
        wait()
        times.append(clock())
    return steps * len(inputs) / (times[-1] - times[WARM_UP])


def outside(taskset: TaskSet, device: torch.device, steps: int) -> list[str]:
    """Seconds of a step of the reference training, and the share outside forward and backward."""
    clock = Clocked(device)
    ends: list[float] = []
    short = taskset.with_recipe(steps=WARM_UP + steps)
    # Scoring is no part of a step.
    object.__setattr__(short, "score", lambda *_: 0.0)
    fit(
        short,
        short.task_names,
        0,
        method=clock,
        device=device,
        on_step=lambda *_: ends.append(clock.now()),
    )
    whole = ends[-1] - ends[WARM_UP - 1]
    inside = sum(clock.seconds[WARM_UP:])
    return [f"{whole / steps:.2f}", f"{1 - inside / whole:.1%}"]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.machine()} CPU, {cores} cores, torch {torch.__version__}"


if __name__ == "__main__":
    main()
