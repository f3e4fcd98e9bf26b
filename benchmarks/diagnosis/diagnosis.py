"""How often the diagnosis names the planted cause.

    python benchmarks/diagnosis/diagnosis.py measure --out DIR
        [--repetitions 20] [--seeds 5] [--sets ...]
    python benchmarks/diagnosis/diagnosis.py report --out DIR      the table of what is done so far

Every repetition has seeds of its own; the task sets were chosen on repetitions from 100 on. Runs
are trained by the vectorised executor; stop it and call it again at will, or with more repetitions.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from analysis.text_table import Table
from gradsplit.commands.diagnose import to_examine
from gradsplit.studies.diagnosis.causes import CAPACITY, SCALE, STAGE, UNFINISHED
from gradsplit.studies.diagnosis.clinic import Clinic
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.tasksets.causes import task_sets as causes
from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe, RelationGraph

EDGE = ("source", "target")
NO_HARM = "no harm"
TRUE = {
    "loud_loss": SCALE,
    "late_stage": f"{STAGE} (late)",
    "early_stage": f"{STAGE} (early)",
    "narrow_trunk": CAPACITY,
    "short_training": UNFINISHED,
    "no_harm": NO_HARM,
}
"""Function in `gradsplit.tasksets.causes.task_sets` -> what the diagnosis should say."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["measure", "report"])
    parser.add_argument("--out", type=Path, required=True, help="folder of the ledgers")
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first repetition")
    parser.add_argument("--seeds", type=int, default=5, help="of each repetition")
    parser.add_argument("--sets", nargs="+", choices=list(TRUE), default=list(TRUE))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    said = options.out / f"said-{options.first}-{options.seeds}.jsonl"
    if options.action == "measure":
        for name in options.sets:
            for repetition, answer in enumerate(answers(name, options), options.first):
                with said.open("a") as file:
                    file.write(json.dumps([name, repetition, answer]) + "\n")
                print(f"{name}, repetition {repetition}: {answer}", flush=True)
    print(table(said).markdown())


def answers(name: str, options: argparse.Namespace) -> list[str]:
    """What is said of a set's edge in each repetition."""
    ledger, n = options.out / f"{name}.db", options.seeds
    starts = range(options.first * n, (options.first + options.repetitions) * n, n)
    # All seeds at once: one vectorised program an intervention, whose runs the repetitions share.
    diagnosis(name, range(starts[0], starts[-1] + n), ledger)
    return [diagnosis(name, range(start, start + n), ledger) for start in starts]


def diagnosis(name: str, seeds: range, ledger: Path) -> str:
    """What is said of the edge on some seeds."""
    taskset = getattr(causes, name)()
    probe = PairwiseProbe(taskset.tasks, TaskSetTrainer(taskset), seeds, ledger)
    graph = RelationGraph.from_changes(probe.run("ensemble", progress=False))
    edges = to_examine(graph)
    if EDGE not in edges:
        return NO_HARM
    runs = InterventionRuns(taskset, ledger, seeds, executor="ensemble", progress=False)
    found = Clinic(runs).diagnose({EDGE: edges[EDGE]})[0]
    if found.named.cause == STAGE:
        return f"{STAGE} ({'+'.join(found.stages)})"
    return str(found.named)


def table(path: Path) -> Table:
    """Right answers of all by set; what was said instead."""
    said: dict[str, dict[int, str]] = {}
    for line in path.read_text().splitlines():
        name, repetition, answer = json.loads(line)
        said.setdefault(name, {})[repetition] = answer
    rows = []
    for name, answers in said.items():
        right = sum(answer == TRUE[name] for answer in answers.values())
        others = Counter(answer for answer in answers.values() if answer != TRUE[name])
        instead = ", ".join(f"{answer} {count}" for answer, count in others.most_common())
        rows.append((name, TRUE[name], f"{right}/{len(answers)}", instead or "-"))
    return Table(("task set", "planted", "right", "said instead"), rows)


if __name__ == "__main__":
    main()
