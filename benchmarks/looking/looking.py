"""Time and memory of a large heatmap.

    OMP_NUM_THREADS=1 python benchmarks/looking/looking.py --tasks 200

Imports included, as a user waits for them. The change matrix is made of random numbers with five
seeds; what it shows has no meaning.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

STARTED = time.perf_counter()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=200)
    options.add_argument("--order", choices=("given", "cluster"), default="cluster")
    options.add_argument("--ending", choices=("png", "svg", "pdf"), default="png")
    given = options.parse_args()
    import numpy as np

    from analysis import save
    from analysis.figures.heatmap import heatmap
    from relations import ChangeMatrix

    samples = np.random.default_rng(0).normal(-0.005, 0.03, (5, given.tasks, given.tasks))
    changes = ChangeMatrix([f"task-{i:03d}" for i in range(given.tasks)], samples)
    with tempfile.TemporaryDirectory() as folder:
        path = save(heatmap(changes, order=given.order), Path(folder) / f"out.{given.ending}")
        size = path.stat().st_size / 2**20
    seconds = time.perf_counter() - STARTED
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kibibytes here
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    torch = "imported" if "torch" in sys.modules else "not imported"
    print(
        f"{given.tasks} tasks, {given.order}, {given.ending}: {seconds:.1f} s "
        f"({time.process_time():.1f} s of processor time), "
        f"peak {peak:.0f} MiB, file {size:.1f} MiB, torch {torch}"
    )


if __name__ == "__main__":
    main()
