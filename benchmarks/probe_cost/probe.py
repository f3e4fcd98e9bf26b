"""What the full change matrix costs: the script one would write, and our three executors.

    python benchmarks/probe_cost/probe.py measure --out FILE.jsonl \
        --sets planted:4 planted:8 --steps 800
    python benchmarks/probe_cost/probe.py report FILE.jsonl --into reports/cost

Ways: `script` (T + T(T-1) trainings one after the other in plain torch, with torch's own number of
threads), `script, one thread`, and ours: `one by one` in one process, `processes` (one a core),
`ensemble`. Each is timed in a process of its own, all ways of a set one after the other, every
other round in the opposite order. A measurement that is in the file is not made again, so it can
be stopped and called again at will.

Task sets: `planted:TASKS[:WIDTH]`, `figures[:FACTOR]` (of its widths). Runs may be shortened with
--steps; two numbers of steps tell what a step costs and what the rest does.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from probe_ways import WAYS, taskset_named, timed

_KEY = ("set", "way", "steps", "seeds", "round", "device")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(dest="action", required=True)
    measuring = actions.add_parser("measure", help="time what is not in the file yet")
    measuring.add_argument("--out", type=Path, required=True)
    measuring.add_argument("--sets", nargs="+", required=True)
    measuring.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    measuring.add_argument("--steps", type=int, nargs="+", default=[800])
    measuring.add_argument("--seeds", type=int, nargs="+", default=[1])
    measuring.add_argument("--rounds", type=int, default=1)
    measuring.add_argument("--device", default="cpu")
    reporting = actions.add_parser("report", help="tables and figure of what is in the file")
    reporting.add_argument("file", type=Path)
    reporting.add_argument("--into", type=Path, default=Path("reports/cost"))
    one = actions.add_parser("one", help="one measurement here, as a line")
    one.add_argument("job", type=json.loads)
    options = parser.parse_args()
    if options.action == "one":
        print(json.dumps(measured(options.job)))
    elif options.action == "measure":
        measure(options)
    else:
        from probe_report import report

        report(options.file, options.into)


def measure(options: argparse.Namespace) -> None:
    """Each missing measurement in a process of its own, appended to the file at once."""
    options.out.parent.mkdir(parents=True, exist_ok=True)
    known = {key(record) for record in records(options.out)}
    for job in jobs(options):
        if key(job) in known:
            continue
        # Torch chooses its threads itself, as for a user who has set nothing.
        environment = {name: text for name, text in os.environ.items() if "NUM_THREADS" not in name}
        command = [sys.executable, __file__, "one", json.dumps(job)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        record = json.loads(done.stdout.splitlines()[-1])
        with options.out.open("a") as file:
            file.write(json.dumps(record) + "\n")
        print(
            f"{job['set']:16} {job['way']:18} {job['steps']:5} steps {job['seeds']:3} seeds "
            f"round {job['round']}: {record['seconds']:8.2f} s, CPU {record['cpu seconds']:8.2f} s",
            flush=True,
        )


def jobs(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """All measurements, round by round."""
    for number in range(options.rounds):
        ways = options.ways[:: -1 if number % 2 else 1]
        for name, steps, seeds, way in product(options.sets, options.steps, options.seeds, ways):
            yield {
                "set": name,
                "way": way,
                "steps": steps,
                "seeds": seeds,
                "round": number,
                "device": options.device,
            }


def key(record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in _KEY)


def records(path: Path) -> list[dict[str, Any]]:
    """What is in a file so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def measured(job: dict[str, Any]) -> dict[str, Any]:
    """One way of one set, timed after imports."""
    taskset = taskset_named(job["set"], job["steps"])
    return {
        **job,
        "tasks": len(taskset.tasks),
        **timed(job["way"], taskset, job["seeds"], job["device"]),
    }


if __name__ == "__main__":
    main()
