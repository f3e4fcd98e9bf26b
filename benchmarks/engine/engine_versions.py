"""What masking costs in two checkouts of this repository, their steps in turn.

    git worktree add /tmp/before b2f307a
    python benchmarks/engine/engine_versions.py /tmp/before . --network vit --batch 8 --regimes bc

Each checkout has a process of its own; in every round each of them takes a plain and a masked step.
The figure is the median, with quartiles, of the ratios masked / plain of one round, in processor
time, which other programs on the machine disturb less than the time on the wall. Audits are off.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

METHODS = ("plain", "gradsplit")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("checkouts", nargs="+", type=Path)
    parser.add_argument("--network", choices=("resnet18", "resnet50", "vit"), default="resnet18")
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--batch", type=int, default=16, help="images; a multiple of --tasks")
    parser.add_argument("--size", type=int, nargs=2, default=(128, 64), help="height and width")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--regimes", default="abc")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def steps_of(options: argparse.Namespace) -> dict[str, dict[str, Callable[[], None]]]:
    """The two steps of each regime, by the code of one checkout."""
    root = options.checkouts[0].resolve()
    sys.path[:0] = [str(root), str(root / "benchmarks" / "engine")]
    import torch
    from engine import setting_of, stepper
    from engine_methods import regimes

    import gradsplit

    if not Path(gradsplit.__file__).is_relative_to(root):
        raise SystemExit(f"Expected gradsplit of {root}, got {gradsplit.__file__}")
    torch.set_num_threads(options.threads)
    options.device, options.autocast = "cpu", None
    setting = setting_of(options)
    split = gradsplit.GradSplit(setting.network, setting.mask, ["above"])
    methods = regimes(setting, split)
    return {
        regime: {name: stepper(setting, split, name, methods[regime][name]) for name in METHODS}
        for regime in options.regimes
    }


def work(options: argparse.Namespace) -> None:
    """Take the steps of the regime that each line asks for; answer with seconds."""
    steps = steps_of(options)
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = []
        for name in METHODS:
            begun = time.process_time()
            steps[line.strip()][name]()
            seconds.append(time.process_time() - begun)
        print(json.dumps(seconds), flush=True)


def asked(worker: subprocess.Popen[str], regime: str) -> list[float]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(f"{regime}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def main() -> None:
    options = arguments()
    if options.worker:
        work(options)
        return
    rest = sys.argv[1 + len(options.checkouts) :]
    workers = {
        str(checkout): subprocess.Popen(
            [sys.executable, __file__, str(checkout), *rest, "--worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for checkout in options.checkouts
    }  # fmt: skip
    for worker in workers.values():
        if worker.stdout is None or worker.stdout.readline().strip() != "ready":
            raise SystemExit("A checkout could not be loaded; its message is above.")
    seconds = {(regime, name): [] for regime in options.regimes for name in workers}
    for index in range(options.rounds + 2):
        for (regime, name), taken in seconds.items():
            both = asked(workers[name], regime)
            if index >= 2:
                taken.append(both)
    for (regime, name), taken in seconds.items():
        first, middle, third = statistics.quantiles([mine / plain for plain, mine in taken])
        plain = 1000 * statistics.median(plain for plain, _ in taken)
        print(
            f"{regime}  {name:30} {middle:.3f} ({first:.3f} to {third:.3f}), plain {plain:.0f} ms"
        )
    for worker in workers.values():
        worker.communicate()


if __name__ == "__main__":
    main()
