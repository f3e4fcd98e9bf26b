"""Step time and peak memory of GradSplit, as ratios to plain summed-loss training.

    python benchmarks/engine/engine.py --network resnet18 --tasks 4 \
        --out reports/engine/resnet18-t4.json

In one process, for each regime (a: one batch a task; b: one mixed batch; c: all tasks on the same
images) every method takes a step in turn, `--rounds` times; the figures are medians, with quartiles
of the ratio to the plain step of the same round. A step is zero_grad, forward, backward and an SGD
update. Before timing, the gradients of the ways that should agree are compared, and peers that
cannot take a step are left out. Take figures on a quiet machine only; the load is written beside
them.
"""

import argparse
import json
import os
import platform
import statistics
import sys
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
from engine_timing import Steps, peaks, quartiles, timed

from gradsplit import GradSplit
from gradsplit.engine.reference import relative_errors

SAME_ALGORITHM = ("gradsplit", "naive", "torchjd-jacobian-our-mask")
PEERS = ("torchjd", "libmtl")
AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--network", choices=("resnet18", "resnet50", "vit"), default="resnet18")
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32, help="images; a multiple of --tasks")
    parser.add_argument("--size", type=int, nargs=2, default=(128, 64), help="height and width")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="no more rounds of a regime after these"
    )
    parser.add_argument("--regimes", default="abc")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--autocast", choices=AUTOCAST, help="of the network's forward pass")
    parser.add_argument("--tf32", choices=("on", "off"), help="torch's own: in convolutions only")
    parser.add_argument("--without", nargs="*", default=(), help="methods to leave out")
    parser.add_argument("--libmtl", type=Path, help="a checkout of LibMTL's repository")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    if options.batch % options.tasks:
        parser.error(f"--batch must be a multiple of --tasks, got {options.batch}")
    return options


def setting_of(options: argparse.Namespace) -> Setting:
    size = tuple(options.size)
    network = build(options.network, options.tasks, size).to(options.device)
    if options.autocast:
        network.forward = autocast(network, options)  # type: ignore[method-assign]
    images = torch.randn(options.batch, 3, *size, device=options.device)
    labels = torch.randint(10, (options.batch,), device=options.device)
    return Setting(network, images, labels, paper_like(options.tasks))


def autocast(network: torch.nn.Module, options: argparse.Namespace) -> Callable:
    """The forward pass in half precision; features come out in float32."""
    forward, kind = network.forward, torch.device(options.device).type

    def in_half(images: torch.Tensor) -> torch.Tensor:
        with torch.autocast(kind, AUTOCAST[options.autocast]):
            return forward(images).float()

    return in_half


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
    return {
        regime: {name: way for name, way in by_name.items() if name not in options.without}
        for regime, by_name in methods.items()
    }


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


def failing(steps: Steps) -> dict[str, str]:
    """Peers that cannot take a step here, and why."""
    errors = {}
    for name in (name for name in steps if name.startswith(PEERS)):
        try:
            steps[name]()
        except RuntimeError as wrong:
            errors[name] = f"{type(wrong).__name__}: {wrong}"[:300]
    return errors


def split_seconds(setting: Setting, rounds: int, device: str) -> float:
    """Seconds to propagate one loss through heads and split part without weight gradients."""
    below = setting.network.below(setting.images).detach().requires_grad_()
    features = setting.network.above(below)
    head = setting.network.heads[0]
    loss = torch.nn.functional.cross_entropy(head(features), setting.labels)
    step = {"input": lambda: torch.autograd.grad(loss, below, retain_graph=True)}
    return statistics.median(timed(step, rounds, device)["input"])  # type: ignore[arg-type]


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
        "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
        "tf32 in convolutions": torch.backends.cudnn.allow_tf32,
        "tf32 in matrix products": torch.backends.cuda.matmul.allow_tf32,
        "load": os.getloadavg()[0],
    }  # fmt: skip


def table(result: dict) -> str:
    columns = f"{'ms':>9}{'x plain':>9}{'quartiles':>16}{'MiB':>9}{'x plain':>9}"
    lines = [f"{'regime':8}{'method':28}{columns}"]
    for regime, by_method in result["regimes"].items():
        plain = by_method["plain"]
        for name, figures in by_method.items():
            first, _, third = figures["ratio quartiles"]
            lines.append(
                f"{regime:8}{name:28}{figures['ms']:9.2f}{figures['ms'] / plain['ms']:9.3f}"
                f"{first:8.3f}{third:8.3f}{figures['mib']:9.0f}{figures['mib'] / plain['mib']:9.3f}"
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
    if options.tf32:
        torch.backends.cudnn.allow_tf32 = options.tf32 == "on"
        torch.backends.cuda.matmul.allow_tf32 = options.tf32 == "on"
    setting = setting_of(options)
    split = GradSplit(setting.network, setting.mask, ["above"])
    result: dict = {
        "options": {key: str(value) for key, value in vars(options).items()},
        "machine": machine(options), "regimes": {}, "relative_errors": {},
        "failed": {}, "rounds": {},
    }  # fmt: skip
    for regime, methods in methods_of(setting, split, options).items():
        result["relative_errors"][regime] = check(setting, methods)
        steps = {name: stepper(setting, split, name, way) for name, way in methods.items()}
        errors = failing(steps)
        result["failed"] |= {f"{regime} {name}": error for name, error in errors.items()}
        steps = {name: step for name, step in steps.items() if name not in errors}
        times = timed(steps, options.rounds, options.device, options.seconds)
        result["rounds"][regime] = len(times["plain"])
        result["regimes"][regime] = figures_of(times, peaks(steps, options.device))
        if regime == "c":
            seconds = split_seconds(setting, options.rounds, options.device)
            result["rows"] = len({row.tobytes() for row in setting.mask.may_update})
            result["split_share"] = seconds / statistics.median(times["plain"])
            result["limit_c"] = 1 + (result["rows"] - 1) * result["split_share"]
    return result


def figures_of(
    times: dict[str, list[float]], memory: dict[str, float]
) -> dict[str, dict[str, object]]:
    """Medians and quartiles of a regime's methods; a ratio is to the plain step of its round."""
    return {
        name: {
            "ms": 1000 * statistics.median(seconds),
            "ms quartiles": [1000 * value for value in quartiles(seconds)],
            "ratio quartiles": quartiles(
                [mine / plain for mine, plain in zip(seconds, times["plain"], strict=True)]
            ),
            "mib": memory[name],
        }
        for name, seconds in times.items()
    }


def main() -> None:
    options = arguments()
    result = measure(options)
    print(table(result))
    named = ("machine", "relative_errors", "failed", "rounds")
    print(json.dumps({key: result[key] for key in named}))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
