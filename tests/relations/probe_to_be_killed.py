"""A probe in a process of its own: its arguments are LEDGER LOG EXECUTOR SECONDS LARGEST_FILE.

Each training writes a line into LOG when it begins and one when it has ended.
"""

import os
import resource
import sys
import time
from pathlib import Path

from relations import PairwiseProbe
from tests.relations.trainers_of_known_changes import KnownTrainer

TASKS = ["a", "b", "c", "d"]
SEEDS = range(3)
CHANGES = {("a", "b"): -0.05, ("c", "d"): 0.02}


class Logged(KnownTrainer):
    """Takes its time, and says what it does."""

    def __init__(self, log: str, seconds: float) -> None:
        super().__init__(CHANGES, noise=0.003)
        self.log, self.seconds = log, seconds

    def settings(self) -> dict[str, object]:
        return {"noise": self.noise}

    def __call__(self, tasks: tuple[str, ...], seed: int) -> dict[str, float]:
        self._say("began", tasks, seed)
        time.sleep(self.seconds)
        scores = super().__call__(tasks, seed)
        self._say("ended", tasks, seed)
        return scores

    def _say(self, what: str, tasks: tuple[str, ...], seed: int) -> None:
        # One write of one line to a file opened for appending is never torn.
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{what} {'+'.join(tasks)} {seed}\n".encode())
        os.close(handle)


if __name__ == "__main__":
    ledger, log, executor, seconds, largest_file = sys.argv[1:]
    if int(largest_file):
        # Stands for a full disk: SQLite cannot write on, at any place the limit is met.
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
    import tqdm  # noqa: F401 - the last of what a probe loads

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    probe = PairwiseProbe(TASKS, Logged(log, float(seconds)), SEEDS, Path(ledger))
    probe.run(executor, workers=2 if executor == "processes" else None, progress=False)
