"""Checks that two processes run together: this starts them, and is what each of them runs.

    python -m tests.gradsplit.engine.tools.two_processes MODULES RANK FOLDER

Each module has a dictionary `CHECKS`; both processes call all functions, in order, in one process
group over gloo and a file. They stop at the first that fails: its processes may be out of step.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.places import ROOT

WORLD = 2
PATIENCE = 150


class Checks(dict[str, Callable[[], None]]):
    """Functions of no arguments by name, that both processes call."""

    def named(self, name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
        """Add a function, as a decorator."""

        def add(function: Callable[[], None]) -> Callable[[], None]:
            self[name] = function
            return function

        return add


def outcomes(modules: Sequence[ModuleType], folder: Path) -> dict[str, str]:
    """Run all checks of some modules.

    Returns:
        Check -> what went wrong in either process, empty if nothing; checks that were not reached
        are missing.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", __name__]
    command.append(",".join(module.__name__ for module in modules))
    workers = [
        subprocess.Popen(
            [*command, str(rank), str(folder)], env=environment, cwd=ROOT,
            stderr=subprocess.PIPE, text=True,
        )
        for rank in range(WORLD)
    ]  # fmt: skip
    try:
        errors = [worker.communicate(timeout=PATIENCE)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert [worker.returncode for worker in workers] == [0] * WORLD, errors
    of_rank = [json.loads(_results(folder, rank).read_text()) for rank in range(WORLD)]
    return {name: "".join(r[name] for r in of_rank if name in r) for name in of_rank[0]}


def assert_passed(ran: dict[str, str], name: str) -> None:
    """Fail with what the processes wrote, or skip what they skipped."""
    assert name in ran, f"not reached: {[text for text in ran.values() if text]}"
    if ran[name].startswith("skipped: "):
        pytest.skip(ran[name])
    assert not ran[name], ran[name]


def _results(folder: Path, rank: int) -> Path:
    return folder / f"{rank}.json"


def main() -> None:
    import torch
    import torch.distributed as dist

    modules, rank, folder = sys.argv[1].split(","), int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", f"file://{folder / 'meet'}", rank=rank, world_size=WORLD,
        timeout=timedelta(seconds=60),
    )  # fmt: skip
    results: dict[str, str] = {}
    checks = [item for module in modules for item in import_module(module).CHECKS.items()]
    for check, function in checks:
        torch.manual_seed(0)
        results[check] = ""
        try:
            function()
            dist.barrier()
        except pytest.skip.Exception as reason:
            results[check] = f"skipped: {reason}"
        except BaseException:
            results[check] = f"process {rank}: {traceback.format_exc()}\n"
            break
    _results(folder, rank).write_text(json.dumps(results))
    # A process that waits for one that has failed is not waited for.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
