"""Step time and peak memory of GradSplit, as ratios to plain summed-loss training.

    python benchmarks/engine/engine.py --network resnet18 --tasks 4 \
        --out reports/engine/resnet18-t4.json

In one process, for each regime (a: one batch a task; b: one mixed batch; c: all tasks on the same
images) every method takes a step in turn, `--rounds` times; the figures are medians. A step is
zero_grad, forward, backward and an SGD update. Before timing, the gradients of the ways that should
agree are compared. Take figures on a quiet machine only; the load is written beside them.
"""

import argparse
import ctypes
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from engine_methods import (
    Backward,
    Setting,
    libmtl_pcgrad,
    paper_like,
    regimes,
    torchjd_methods,
)
from engine_models import build

from gradsplit import GradSplit
from gradsplit.engine.reference import relative_errors

SAME_ALGORITHM = ("gradsplit", "naive", "torchjd-jacobian-our-mask")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--network", choices=("resnet18", "resnet50", "vit"), default="resnet18")
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32, help="images; a multiple of --tasks")
    parser.add_argument("--size", type=int, nargs=2, default=(128, 64), help="height and width")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--regimes", default="abc")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--libmtl", type=Path, help="a checkout of LibMTL's repository")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    if options.batch % options.tasks:
        parser.error(f"--batch must be a multiple of --tasks, got {options.batch}")
    return options


def setting_of(options: argparse.Namespace) -> Setting:
    size = tuple(options.size)
    network = build(options.network, options.tasks, size).to(options.device)
    images = torch.randn(options.batch, 3, *size, device=options.device)
    labels = torch.randint(10, (options.batch,), device=options.device)
    return Setting(network, images, labels, paper_like(options.tasks))


def methods_of(
    setting: Setting, split: GradSplit, options: argparse.Namespace
) -> dict[str, dict[str, Backward]]:
    methods = {name: regimes(setting, split)[name] for name in options.regimes}
    if "c" in methods:
        try:
            methods["c"] |= torchjd_methods(setting, split)
        except ImportError:
            print("TorchJD is missing (pip install torchjd): left out", file=sys.stderr)
        if options.libmtl:
            sys.path.insert(0, str(options.libmtl))
            methods["c"]["libmtl-pcgrad"] = libmtl_pcgrad(setting, split)
    return methods


def stepper(
    setting: Setting, split: GradSplit, name: str, backward: Backward
) -> Callable[[], None]:
    optimizer = torch.optim.SGD(setting.network.parameters(), lr=1e-4)

    def step() -> None:
        optimizer.zero_grad()
        if name == "plain":
            with split.unmasked():
                backward()
        else:
            backward()
        optimizer.step()

    return step


def check(setting: Setting, methods: dict[str, Backward]) -> dict[str, float]:
    """Relative difference of the methods that compute the same gradients."""
    found = {}
    for name in (name for name in SAME_ALGORITHM if name in methods):
        setting.network.zero_grad()
        methods[name]()
        found[name] = {
            key: parameter.grad.clone()
            for key, parameter in setting.network.named_parameters()
            if parameter.grad is not None
        }
    setting.network.zero_grad()
    wanted = found.get("naive")
    if wanted is None:
        return {}
    return {name: max(relative_errors(one, wanted).values()) for name, one in found.items()}


def synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def timed(steps: dict[str, Callable[[], None]], rounds: int, device: str) -> dict[str, float]:
    """Median seconds a step, the methods taking turns; the first two rounds warm up."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for index in range(rounds + 2):
        for name, step in steps.items():
            synchronise(device)
            start = time.perf_counter()
            step()
            synchronise(device)
            if index >= 2:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def peaks(steps: dict[str, Callable[[], None]], device: str) -> dict[str, float]:
    """Peak memory of a step in MiB: allocated on a GPU, resident above the start on a CPU."""
    found = {}
    for name, step in steps.items():
        peak = _peak_cuda if device.startswith("cuda") else _peak_cpu
        found[name] = statistics.median(peak(step) for _ in range(3))
    return found


def _peak_cuda(step: Callable[[], None]) -> float:
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    step()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() / 2**20


def _peak_cpu(step: Callable[[], None]) -> float:
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    step()
    return _status("VmHWM") - _START


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


# Resident memory with the libraries loaded and no network yet: it is not the step's.
_START = _status("VmRSS") if sys.platform == "linux" else 0.0


def shares(setting: Setting, rounds: int, device: str) -> float:
    """Seconds to propagate one loss through heads and split part without weight gradients."""
    below = setting.network.below(setting.images).detach().requires_grad_()
    features = setting.network.above(below)
    head = setting.network.heads[0]
    loss = torch.nn.functional.cross_entropy(head(features), setting.labels)
    step = {"input": lambda: torch.autograd.grad(loss, below, retain_graph=True)}
    return timed(step, rounds, device)["input"]  # type: ignore[arg-type]


def machine(options: argparse.Namespace) -> dict[str, object]:
    cpu = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = lines[0].split(":")[1].strip() if lines else cpu
    gpu = torch.cuda.get_device_name() if options.device.startswith("cuda") else None
    return {
        "cpu": cpu, "cores": os.cpu_count(), "gpu": gpu, "threads": torch.get_num_threads(),
        "torch": torch.__version__, "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }  # fmt: skip


def table(result: dict) -> str:
    lines = [f"{'regime':8}{'method':28}{'ms':>9}{'x plain':>9}{'MiB':>9}{'x plain':>9}"]
    for regime, by_method in result["regimes"].items():
        plain = by_method["plain"]
        for name, one in by_method.items():
            time_ratio, memory_ratio = one["ms"] / plain["ms"], one["mib"] / plain["mib"]
            lines.append(
                f"{regime:8}{name:28}{one['ms']:9.1f}{time_ratio:9.3f}"
                f"{one['mib']:9.0f}{memory_ratio:9.3f}"
            )
    if "rows" not in result:
        return "\n".join(lines)
    lines.append(
        f"c, limit: {result['rows']} distinct rows; one more pass through the split part without "
        f"weight gradients is {result['split_share']:.3f} of a plain step, so at least "
        f"{result['limit_c']:.3f} x plain"
    )
    return "\n".join(lines)


def measure(options: argparse.Namespace) -> dict:
    torch.set_num_threads(options.threads)
    setting = setting_of(options)
    split = GradSplit(setting.network, setting.mask, ["above"])
    result: dict = {
        "options": {key: str(value) for key, value in vars(options).items()},
        "machine": machine(options), "regimes": {}, "relative_errors": {},
    }  # fmt: skip
    for regime, methods in methods_of(setting, split, options).items():
        result["relative_errors"][regime] = check(setting, methods)
        steps = {name: stepper(setting, split, name, one) for name, one in methods.items()}
        times = timed(steps, options.rounds, options.device)
        memory = peaks(steps, options.device)
        result["regimes"][regime] = {
            name: {"ms": 1000 * times[name], "mib": memory[name]} for name in steps
        }
        if regime == "c":
            result["rows"] = len({row.tobytes() for row in setting.mask.may_update})
            result["split_share"] = shares(setting, options.rounds, options.device) / times["plain"]
            result["limit_c"] = 1 + (result["rows"] - 1) * result["split_share"]
    return result


def main() -> None:
    options = arguments()
    result = measure(options)
    print(table(result))
    print(json.dumps({key: result[key] for key in ("machine", "relative_errors")}))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
