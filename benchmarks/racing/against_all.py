"""A recommendation against training everybody in its race fully: trainings, minutes, what is lost.

python benchmarks/racing/against_all.py planted --runs 150 --out against-all
python benchmarks/racing/against_all.py docs/examples/etth1.py:ETTh1 --set data=ETTh1.csv --runs 260

First the recommendation, in a ledger of its own. Then everybody who took part in its race is
trained in another ledger, on all seeds of the race and of the judgement. What both need before (the
probe of pairs, the search of loss weights, a diagnosis) is made in the recommendation alone, and
its trainings are given by themselves. Seconds are the processor's. Gains are points of delta_m over
multi-head, on all thirteen seeds. One line of JSON is added to FOLDER/against-all.jsonl.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import mean

from gradsplit.studies.recommendation.asked import RACE_SEEDS, asked_of, known_of
from gradsplit.studies.recommendation.configuration import MULTI_HEAD
from gradsplit.studies.recommendation.configuration_runs import ConfigurationRuns
from gradsplit.studies.recommendation.judging.judgement import judge
from gradsplit.studies.recommendation.racing.contest import Contest
from gradsplit.studies.recommendation.racing.race import SAME_COST
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.taskset import TaskSet

JUDGE_SEEDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("taskset")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--out", type=Path, default=Path("against-all"))
    options = parser.parse_args()
    taskset = load_taskset(options.taskset, dict(one.split("=", 1) for one in options.set))
    contest, facts = _recommended(taskset, options.runs, options.out / taskset.name / "race")
    facts |= _everybody(taskset, contest, options.out / taskset.name / "fully", facts["chosen"])
    line = json.dumps({"set": taskset.name, "runs": options.runs, **facts})
    with (options.out / "against-all.jsonl").open("a") as file:
        print(line, file=file)
    print(line)


def _recommended(taskset: TaskSet, runs: int, folder: Path) -> tuple[Contest, dict]:
    """The recommendation, and what it took."""
    began = time.process_time()
    place = _place(taskset, folder)
    asked = asked_of(
        taskset,
        networks=None,
        inference=None,
        runs=runs,
        hours=None,
        methods=(),
        race_seeds=RACE_SEEDS,
        judge_seeds=JUDGE_SEEDS,
        workers=None,
        cost=lambda: None,
    )
    contest = Contest(
        ConfigurationRuns(place), known_of(taskset, folder, asked), asked.racing, asked.limits
    )
    contest.run(asked.own)
    judged = judge(contest, asked.judging)
    return contest, {
        "candidates": len(contest.configurations),
        "spent": contest.runs.spent,
        "seconds": time.process_time() - began,
        "before": _before(contest),
        "chosen": judged.verdict.recommended,
    }


def _before(contest: Contest) -> int:
    """Trainings of the probe's pairs, of the search and of a diagnosis."""
    tasks, groups = len(contest.runs.tasks), contest.known.groups
    probed = tasks * (tasks - 1) // 2 * len(groups.seeds) if groups else 0
    return probed + contest.runs.besides


def _everybody(taskset: TaskSet, contest: Contest, folder: Path, chosen: str) -> dict:
    """Everybody of the race on all its seeds and those of the judgement."""
    began = time.process_time()
    runs = ConfigurationRuns(_place(taskset, folder))
    compared = runs.compared(list(contest.configurations.values()), range(RACE_SEEDS + JUDGE_SEEDS))
    totals = {
        name: mean(compared.gains(name).values())
        for name in compared.methods
        if name in contest.configurations
    }
    gains = {name: 100 * (total - totals[MULTI_HEAD]) for name, total in totals.items()}
    costs = {name: cost.operations for name, cost in contest.costs.items()}
    as_dear = [name for name in gains if costs[name] <= SAME_COST * costs[chosen]]
    best = max(as_dear, key=gains.__getitem__)
    return {
        "fully spent": runs.spent,
        "fully seconds": time.process_time() - began,
        "gain of chosen": gains[chosen],
        "best for as much": best,
        "gain of best": gains[best],
        "harmed by best": contest.harmed(best),
        "gains": gains,
    }


def _place(taskset: TaskSet, folder: Path) -> VariantRuns:
    folder.mkdir(parents=True, exist_ok=True)
    return VariantRuns(taskset, folder / "probe.db")


if __name__ == "__main__":
    main()
