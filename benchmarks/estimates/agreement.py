"""How far every estimator agrees with a probe, and what it costs.

    python benchmarks/estimates/agreement.py measure --out DIR   joint runs; can be resumed
    python benchmarks/estimates/agreement.py report --out DIR    tables and figures of them

The truths are probes that were measured before: the 100 seeds of reports/planted and, when they are
given with --truth NAME=SOURCE, probes of other task sets. Options of a task set that made such a
truth are given with --set, and its seeds are avoided with --first: a joint run shares initial
weights, and with some task sets the division of the data, with the probe's runs of its seed.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.figures.agreement import agreement_plot
from analysis.figures.figure_file import save
from gradsplit.studies.estimates.estimators.gradients import Gradients
from gradsplit.studies.estimates.estimators.linear import Linear
from gradsplit.studies.estimates.estimators.lookahead import Lookahead
from gradsplit.studies.estimates.estimators.proximal import Proximal
from gradsplit.studies.estimates.joint_run import JointRunEstimator, measured_estimates
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.trainer import TaskSetTrainer
from relations import ChangeMatrix, RelationGraph, load_changes
from relations.estimates.agreement import Agreement, agreement
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_file import estimate_name, load_estimate
from relations.estimates.judge import STATISTICS
from relations.estimates.triage import suspicious_pairs

PLANTED = ("planted", "planted-control", "planted-near")
ESTIMATORS: dict[str, JointRunEstimator] = {
    "lookahead": Lookahead(),
    "lookahead-optimizer": Lookahead(step="optimizer"),
    "gradients": Gradients(),
    "proximal": Proximal(),
    "linear": Linear(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["measure", "report"])
    parser.add_argument("--out", type=Path, required=True, help="folder of the estimates")
    parser.add_argument("--sets", nargs="+", default=list(PLANTED))
    parser.add_argument("--estimators", nargs="+", default=list(ESTIMATORS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed of joint runs")
    parser.add_argument("--set", nargs="*", default=[], help="KEY=VALUE of the task sets")
    parser.add_argument("--truth", nargs="*", default=[], help="NAME=SOURCE of other task sets")
    parser.add_argument("--into", type=Path, default=Path("reports/agreement"))
    options = parser.parse_args()
    truths = {name: Path(f"reports/planted/runs-{name}.csv") for name in PLANTED}
    truths |= {name: Path(path) for name, path in by_name(options.truth).items()}
    if options.action == "measure":
        seeds = range(options.first, options.first + options.seeds)
        estimators = {name: ESTIMATORS[name] for name in options.estimators}
        measure(options.sets, estimators, seeds, by_name(options.set), options.out)
    else:
        report({name: truths[name] for name in options.sets}, options.out, options.into)


def by_name(texts: list[str]) -> dict[str, str]:
    """NAME=VALUE as they come from the command line."""
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def measure(
    sets: list[str],
    estimators: dict[str, JointRunEstimator],
    seeds: range,
    options: dict[str, str],
    out: Path,
) -> None:
    """Seed after seed of all sets and estimators, so that whole seeds are there when stopped."""
    for count in range(1, len(seeds) + 1):
        for name in sets:
            taskset = load_taskset(name, options)
            (out / name).mkdir(parents=True, exist_ok=True)
            trainer = TaskSetTrainer(taskset)
            measured_estimates(estimators, trainer, out / name, seeds[:count])
            print(f"{name}: {count} seeds", flush=True)


def report(truths: dict[str, Path], out: Path, into: Path) -> None:
    """Tables into `into`/tables.md, one figure a task set."""
    into.mkdir(parents=True, exist_ok=True)
    parts = ["# Agreement of estimates with probes", ""]
    for name, path in truths.items():
        changes = load_changes(path)
        estimates = [
            replace(load_estimate(file), estimator=label)
            for label in ESTIMATORS
            if (file := out / name / estimate_name(label)).is_file()
        ]
        found = agreement(changes, estimates)
        parts += [f"## {name}", "", table(found, estimates, changes), ""]
        for statistic, short in (("spearman within targets", "rank"), ("average precision", "ap")):
            axes = agreement_plot(found, statistic, title=name)
            save(axes, into / f"{name}-{short}.png")
    (into / "tables.md").write_text("\n".join(parts))
    print("\n".join(parts))


def table(found: Agreement, estimates: list[Estimate], changes: ChangeMatrix) -> str:
    """One line a way of guessing."""
    places = {one.estimator: harmful_place(one, changes) for one in estimates}
    lines = [
        f"{len(found.tasks)} tasks, {found.seeds} seeds of truth, {found.harmful} of {found.edges} "
        f"edges harmful; highest rank correlation within targets that can show: "
        f"{found.reachable:.2f}",
        "",
        "| guess | seeds | cost | " + " | ".join(STATISTICS) + " | first harmful pair |",
        "|---" * (len(STATISTICS) + 4) + "|",
    ]
    for row in found.rows:
        cost = "" if np.isnan(row.trainings) else f"{row.trainings / found.probe_trainings:.2f}"
        cells = [str(row.values[name]) for name in STATISTICS]
        place = places.get(row.name, "")
        lines.append(f"| {row.name} | {row.seeds or ''} | {cost} | {' | '.join(cells)} | {place} |")
    return "\n".join(lines)


def harmful_place(estimate: Estimate, changes: ChangeMatrix) -> str:
    """At which place of the triage the first pair with decided harm stands, by seed."""
    harmful = {frozenset(edge) for edge in RelationGraph.from_changes(changes).harmful(sure=True)}
    places, pairs = [], []
    for number, seed in enumerate(estimate.seeds):
        one = replace(
            estimate,
            seeds=(seed,),
            samples=estimate.samples[number : number + 1],
            noise=None,
            diagnostics=(),
        )
        pairs = [frozenset(pair) for pair in suspicious_pairs(one)]
        places += [min(pairs.index(pair) + 1 for pair in harmful)] if harmful else []
    return ", ".join(map(str, places)) + f" of {len(pairs)}" if places else ""


if __name__ == "__main__":
    main()
