"""Groupings from the affinities and pair results published with TAG.

    python benchmarks/grouping/published_affinities.py FILE

FILE is JSON: set of tasks -> tasks and tables [target][partner] (Fifty et al., "Efficiently
Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021). A group is predicted by the mean
over partners. By affinities no task may be alone in a network, as in the paper; by pair results a
task alone has its single-task value, the table's diagonal.
"""

import argparse
import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from relations.grouping.candidate import Candidate
from relations.grouping.exact import solve
from relations.grouping.predicted import Predictor
from relations.grouping.problem import Problem

NEVER_ALONE = ("tag", "cosine")
LOWER = ("pair_loss",)


def candidates(tasks: Sequence[str], table: np.ndarray, name: str) -> tuple[Candidate, ...]:
    """Every group that is allowed, by the mean over partners."""
    sign = -1.0 if name in LOWER else 1.0
    predictor = Predictor(sign * table.T, sign * table.diagonal())
    return tuple(
        Candidate(tuple(tasks[at] for at in members), tuple(predictor.gains(members).tolist()))
        for size in range(2 if name in NEVER_ALONE else 1, len(tasks) + 1)
        for members in combinations(range(len(tasks)), size)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    content = json.loads(options.file.read_text())
    for of, tables in content.items():
        if not isinstance(tables, dict):
            continue
        for name, table in tables.items():
            if name.endswith("tasks"):
                continue
            tasks = tuple(tables.get(f"{name}_tasks", tables["tasks"]))
            for networks in (1, 2, 3, 4):
                listed = candidates(tasks, np.array(table, dtype=float), name)
                choice = solve(Problem(tasks, listed, networks))
                assert choice is not None
                print(f"{of} {name} k={networks}: mean {choice.total / len(tasks):.6g}, "
                      f"sum {choice.total:.6g}: {choice}")  # fmt: skip


if __name__ == "__main__":
    main()
