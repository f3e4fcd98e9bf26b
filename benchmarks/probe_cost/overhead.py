"""The probe's own time beside the trainings themselves, on a planted task set.

Run: OMP_NUM_THREADS=1 python benchmarks/probe_cost/overhead.py --out reports/probe/overhead.md
"""

import argparse
import tempfile
import time
from pathlib import Path

from gradsplit.tasksets.planted.task_set import planted
from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe
from relations.ledger.ledger import Ledger

TEXT = """# The probe's own time

Made by
`OMP_NUM_THREADS=1 python benchmarks/probe_cost/overhead.py --out reports/probe/overhead.md`:
the planted task set, {runs} runs, one process. The probe itself is everything `run()` does beside
the calls of the trainer: opening the ledger, claiming and recording runs, the change matrix,
imports.

| | seconds |
|---|---|
| trainings | {trained:.2f} |
| the whole probe | {whole:.2f} |
| share of the probe itself | {share:.2%} |
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    taskset = planted()
    with tempfile.TemporaryDirectory() as folder:
        trainer = TaskSetTrainer(taskset)
        probe = PairwiseProbe(
            taskset.tasks, trainer, range(arguments.seeds), Path(folder) / "probe.db"
        )
        start = time.perf_counter()
        probe.run(progress=False)
        whole = time.perf_counter() - start
        with Ledger(probe.ledger, read_only=True) as ledger:
            outcomes = list(ledger.outcomes())
    trained = sum(outcome.wall_seconds or 0 for outcome in outcomes)
    share = (whole - trained) / trained
    text = TEXT.format(runs=len(outcomes), trained=trained, whole=whole, share=share)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
