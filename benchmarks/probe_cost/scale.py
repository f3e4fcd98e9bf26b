"""The probe with 200 tasks and simulated trainings: time, memory, overhead a run.

Run: OMP_NUM_THREADS=1 python benchmarks/probe_cost/scale.py --out reports/probe/scale.md
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from relations import ChangeMatrix, PairwiseProbe, RelationGraph
from relations.ledger.ledger import Ledger
from relations.mask import GradientMask


class Simulated:
    """Scores drawn from a table in no time at all."""

    def __init__(self, tasks: int, seeds: int) -> None:
        draws = np.random.default_rng(0)
        self.change = draws.normal(-0.01, 0.02, (tasks, tasks))
        self.noise = draws.normal(0, 0.005, (seeds, tasks, tasks))

    def settings(self) -> dict[str, object]:
        """What a ledger is told."""
        return {"simulated": True}

    def __call__(self, tasks: tuple[str, ...], seed: int) -> dict[str, float]:
        """Scores of one run."""
        places = [int(task[1:]) for task in tasks]
        if len(places) == 1:
            return {tasks[0]: 0.8 * (1 + self.noise[seed, places[0], places[0]])}
        first, second = places
        return {
            tasks[0]: 0.8 * (1 + self.change[second, first] + self.noise[seed, second, first]),
            tasks[1]: 0.8 * (1 + self.change[first, second] + self.noise[seed, first, second]),
        }


def timed(action: Callable[[], object]) -> tuple[float, object]:
    """Seconds an action takes, and what it gives."""
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def measure(tasks: int, seeds: int, folder: Path) -> list[str]:
    """The figures of one size, as one line of the table."""
    names = [f"t{place}" for place in range(tasks)]
    probe = PairwiseProbe(names, Simulated(tasks, seeds), range(seeds), folder / f"{tasks}.db")
    empty, _ = timed(probe.plan)
    first, _ = timed(lambda: probe.run(progress=False))
    full, _ = timed(probe.plan)
    resumed, _ = timed(lambda: probe.run(progress=False))
    matrix, changes = timed(lambda: ChangeMatrix.from_ledger(probe.ledger))
    assert isinstance(changes, ChangeMatrix)
    intervals, _ = timed(lambda: (changes.lower, changes.upper, changes.se))
    graph, judged = timed(lambda: RelationGraph.from_changes(changes))
    assert isinstance(judged, RelationGraph)
    mask, _ = timed(lambda: GradientMask.from_graph(judged).save(folder / "mask.json"))
    with Ledger(probe.ledger, read_only=True) as ledger:
        trained = sum(outcome.wall_seconds or 0 for outcome in ledger.outcomes())
    runs = len(probe.plan().runs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = [
        f"{tasks}",
        f"{runs}",
        f"{empty:.2f} / {full:.2f}",
        f"{1000 * (first - trained) / runs:.2f}",
        f"{resumed:.2f}",
        f"{matrix + intervals:.2f}",
        f"{graph:.2f}",
        f"{mask:.2f}",
        f"{memory:.0f}",
        f"{probe.ledger.stat().st_size / 2**20:.0f}",
    ]
    print(" | ".join(cells), flush=True)
    return cells


HEAD = (
    "| T | runs | plan, empty / full ledger (s) | overhead a run (ms) | resume when done (s) "
    "| change matrix with intervals (s) | graph (s) | mask (s) | peak memory (MiB) | ledger (MiB) |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(tasks, arguments.seeds, Path(folder)) for tasks in arguments.tasks]
    lines = [HEAD, "|" + "---|" * 10, *("| " + " | ".join(row) + " |" for row in rows)]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(TEXT.format(seeds=arguments.seeds, table="\n".join(lines)))


TEXT = """# Many tasks

Made by `OMP_NUM_THREADS=1 python benchmarks/probe_cost/scale.py --out reports/probe/scale.md`:
{seeds} seeds, trainings simulated (they take no time), in one process, one size after the other.
The overhead is what the probe adds to each training: claiming it, and writing its outcome to the
disk for good.

{table}
"""


if __name__ == "__main__":
    main()
