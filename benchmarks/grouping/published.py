"""Groupings from published tables of losses, beside what was published of them.

    python benchmarks/grouping/published.py FOLDER --out reports/grouping/published.csv

FOLDER holds the files of network_selection/ of the repository tstandley/taskgrouping (Standley et
al., ICML 2020) and expected_groupings.json: setting, method and budget -> validation total, test
total, groups. Chosen on validation, reported on test. "hoa" knows single tasks and pairs and
predicts larger groups. Where the validation total is the published one and the groups are others,
it is a tie: `tie` is true, and the test totals need not be equal.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from relations.grouping.candidate import Candidate, Choice
from relations.grouping.exact import solve
from relations.grouping.predicted import Predictor
from relations.grouping.problem import Problem

SETTINGS = {1: "results", 2: "results_large", 3: "results_small_data", 4: "results_alt"}
TASKS = tuple("sdnkt")
SMALL = 0.5
BUDGETS = np.arange(1, 5.5, 0.5).tolist()
DIGITS = 5
"""To which published totals are given."""

Losses = dict[tuple[tuple[str, ...], float], tuple[float, ...]]
"""(Members, cost) -> their losses."""


def read_losses(path: Path) -> Losses:
    """The losses of a published file: first small networks of one task each, then one a line."""
    losses: Losses = {}
    for number, line in enumerate(path.read_text().splitlines()):
        cells = [*line.split("\t"), *[""] * len(TASKS)][: len(TASKS)]
        known = [
            (task, float(cell)) for task, cell in zip(TASKS, cells, strict=True) if cell.strip()
        ]
        if number == 0:
            losses |= {((task,), SMALL): (loss,) for task, loss in known}
        elif known:
            members, values = zip(*known, strict=True)
            losses[members, 1.0] = values
    return losses


def predicted(losses: Losses) -> Losses:
    """The same with groups of three and more predicted from singles and pairs."""
    pairs = np.full((len(TASKS), len(TASKS)), np.nan)
    for one, other in combinations(range(len(TASKS)), 2):
        of_pair = losses[(TASKS[one], TASKS[other]), 1.0]
        pairs[other, one], pairs[one, other] = of_pair
    predictor = Predictor(pairs, np.array([losses[(task,), 1.0][0] for task in TASKS]))
    return {
        (members, cost): tuple(predictor.gains([TASKS.index(task) for task in members]).tolist())
        if len(members) > 2
        else values
        for (members, cost), values in losses.items()
    }


def candidates(losses: Losses) -> tuple[Candidate, ...]:
    """Every network, with losses as values: larger is better, so they are negative."""
    return tuple(
        Candidate(members, tuple(-loss for loss in values), cost)
        for (members, cost), values in losses.items()
    )


def test_total(choice: Choice, losses: Losses) -> float:
    """The loss of a choice on test data, each task by the network that serves it."""
    served = ((choice.networks[at], task) for task, at in choice.serves.items())
    return sum(
        losses[network.tasks, network.cost][network.tasks.index(task)] for network, task in served
    )


def named(choice: Choice) -> list[str]:
    """Groups as the expected file writes them."""
    return sorted(
        "".join(network.tasks) + ("(½)" if network.cost == SMALL else "")
        for network in choice.networks
    )


def rows(folder: Path) -> list[dict[str, object]]:
    """One row for each published problem: what came out, and what was published."""
    expected = json.loads((folder / "expected_groupings.json").read_text())
    found = []
    for setting, name in SETTINGS.items():
        validation = read_losses(folder / f"{name}.txt")
        test = read_losses(folder / f"{name}_test.txt")
        for method, known in (("optimal", validation), ("hoa", predicted(validation))):
            for budget in BUDGETS:
                choice = solve(Problem(TASKS, candidates(known), budget))
                assert choice is not None
                wanted = expected[f"{setting} {method} {budget}"]
                ours = round(-choice.total, DIGITS), round(test_total(choice, test), DIGITS)
                same = bool(np.isclose(ours[0], wanted[0], atol=1.1e-5))
                groups = named(choice) == sorted(wanted[2])
                found.append({
                    "setting": setting, "method": method, "budget": budget,
                    "validation": ours[0], "test": ours[1], "groups": " ".join(named(choice)),
                    "published_validation": wanted[0], "published_test": wanted[1],
                    "published_groups": " ".join(sorted(wanted[2])),
                    "same_validation": same, "same_groups": groups, "tie": same and not groups,
                })  # fmt: skip
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    found = rows(options.folder)
    same, groups, ties = (
        sum(bool(row[key]) for row in found) for key in ("same_validation", "same_groups", "tie")
    )
    print(f"{len(found)} problems: {same} the published validation total, {groups} the published "
          f"groups, {ties} ties")  # fmt: skip
    for row in found:
        if not row["same_groups"]:
            print(*(f"{key} {value}" for key, value in row.items()), sep=", ")
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)


if __name__ == "__main__":
    main()
