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
from gradsplit import diagnose

HOME = "gradsplit.tasksets.causes.task_sets"
EDGE = ("source", "target")
NO_HARM = "no harm"
TRUE = {
    "loud_loss": "loss scale",
    "late_stage": "stage (late)",
    "early_stage": "stage (early)",
    "narrow_trunk": "capacity",
    "short_training": "unfinished training",
    "no_harm": NO_HARM,
}
"""Function in `HOME` -> what the diagnosis should say of its task set."""


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
    folder, n = options.out / name, options.seeds
    starts = range(options.first * n, (options.first + options.repetitions) * n, n)
    # All seeds at once: one vectorised program an intervention, whose runs the repetitions share.
    answer(name, range(starts[0], starts[-1] + n), folder)
    return [answer(name, range(start, start + n), folder) for start in starts]


def answer(name: str, seeds: range, folder: Path) -> str:
    """What is said of the edge on some seeds."""
    taskset = f"{HOME}:{name}"
    found = diagnose(taskset, [EDGE], folder, seeds=seeds, executor="ensemble", progress=False)
    if not found.diagnoses:
        return NO_HARM
    (diagnosis,) = found.diagnoses
    stages = f" ({'+'.join(diagnosis.stages)})" if diagnosis.stages else ""
    return f"{diagnosis.named}{stages}"


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
