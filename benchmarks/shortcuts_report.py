"""Tables of what `shortcuts.py` has measured."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from shortcuts_judge import Kept, cost_of_halving, graph_of, harm_lost

from analysis.table import Table
from relations import ChangeMatrix, Task
from relations.errors import ScoreError
from relations.ledger import Ledger
from relations.runs import Outcome, Run
from relations.sources import load_changes
from relations.tables import read_runs_table, write_runs_table

PROBE = 5
PLANTED = ("planted", "planted-control", "planted-near")
FIGURES = Path("reports/figures/runs.csv")
Probes = list[tuple[ChangeMatrix, ChangeMatrix | None]]
"""The whole and the shortened probe of the same seeds; None where scores have both signs."""


def write_report(out: Path, into: Path) -> None:
    """Write `tables.md` and the shortened runs of figures."""
    into.mkdir(parents=True, exist_ok=True)
    found = {**of_causes(out), **of_planted(out), **of_figures(out, into)}
    parts = [
        "# A probe with less training\n\nWritten by `benchmarks/shortcuts.py report`.\n",
        "## What is left of the whole probe's findings\n",
        kept_table(found).markdown(),
        "\n## Halving: the half of the pairs that look least harmful is dropped\n",
        halving_table(found).markdown(),
    ]
    if (out / "figures.db").is_file():
        parts += ["\n## figures: change of every edge, per cent\n", edges_table(out).markdown()]
        parts += ["\n## figures: processor seconds\n", costs_table(out).markdown()]
    text = "\n".join(parts) + "\n"
    (into / "tables.md").write_text(text)
    print(text)


def of_causes(out: Path) -> dict[tuple[str, str], Probes]:
    """Frozen probes of the sets with two stages."""
    found = {}
    for path in sorted(out.glob("cause-*.db")):
        with Ledger(path, read_only=True) as ledger:
            tasks, whole = ledger.tasks(), list(ledger.outcomes())
            frozen = [name for name in ledger.variants() if name.startswith("frozen")]
            short = [one for name in frozen for one in ledger.outcomes(name)]
        found[path.stem, "lower stage frozen"] = probes(tasks, whole, short)
    return found


def of_planted(out: Path) -> dict[tuple[str, str], Probes]:
    """Shortened probes of the planted sets, and those read on the way."""
    found = {}
    for name in PLANTED:
        table = read_runs_table(Path(f"reports/planted/runs-{name}.csv"))
        for variant, short in [*_variants(out / f"{name}.db"), *_reads(out / f"reads-{name}.csv")]:
            found[name, variant] = probes(table.tasks, table.outcomes, short)
    return found


def of_figures(out: Path, into: Path) -> dict[tuple[str, str], Probes]:
    """Shortened probes of figures; the runs are kept as tables."""
    table = read_runs_table(FIGURES)
    found = {}
    for variant, short in _variants(out / "figures.db"):
        found["figures", variant] = probes(table.tasks, table.outcomes, short)
        write_runs_table(table.tasks, short, into / f"runs-{variant.replace(' ', '-')}.csv")
    for variant, short in _reads(out / "reads-figures.csv"):
        seeds = len({one.run.seed for one in short})
        found["figures", variant] = probes(table.tasks, table.outcomes, short, size=seeds)
    return found


def probes(
    tasks: Sequence[Task], whole: Iterable[Outcome], short: Iterable[Outcome], size: int = PROBE
) -> Probes:
    """Probes of `size` seeds each, no seed in two of them."""
    both = [_by_seed(whole), _by_seed(short)]
    seeds = sorted(both[1])
    found: Probes = []
    for start in range(0, len(seeds) - size + 1, size):
        group = seeds[start : start + size]
        runs = [[one for seed in group for one in some[seed]] for some in both]
        try:
            shortened = ChangeMatrix.from_runs(tasks, runs[1])
        except ScoreError:
            shortened = None
        found.append((ChangeMatrix.from_runs(tasks, runs[0]), shortened))
    return found


def kept_table(found: dict[tuple[str, str], Probes]) -> Table:
    """One line a set and shortcut."""
    header = [
        "task set",
        "instead",
        "probes",
        "same side of the threshold",
        "decided verdicts kept",
    ]
    header += ["contradicted", "decided harm still found", "rank correlation within targets"]
    rows = []
    for (name, variant), some in found.items():
        usable = [(whole, short) for whole, short in some if short is not None]
        count = f"{len(some)}" + (f" ({len(usable)} usable)" if len(usable) < len(some) else "")
        if not usable:
            rows.append([name, variant, count, *["-"] * 5])
            continue
        kept = Kept.of(*map(list, zip(*usable, strict=True)))
        rows.append(
            [
                name,
                variant,
                count,
                f"{kept.same_side} of {kept.edges}",
                f"{kept.kept} of {kept.decided}",
                str(kept.contradicted),
                f"{kept.harmful_kept} of {kept.harmful}",
                "-" if np.isnan(kept.rank) else f"{kept.rank:.2f}",
            ]
        )
    return Table(header, rows)


def halving_table(found: dict[tuple[str, str], Probes]) -> Table:
    """Harmful edges lost, by probes of all seeds and of one, and the cost."""
    rows = []
    for (name, variant), some in found.items():
        share = int(variant.split()[-1]) if variant.split()[0] in ("steps", "reads") else None
        usable = [(whole, short) for whole, short in some if short is not None]
        if share is None or not usable:
            continue
        harmful = [graph_of(whole).harmful(sure=True) for whole, _ in usable]
        lost = [harm_lost(edges, short) for edges, (_, short) in zip(harmful, usable, strict=True)]
        alone = [
            harm_lost(edges, ChangeMatrix(short.tasks, short.samples[number : number + 1]))
            for edges, (_, short) in zip(harmful, usable, strict=True)
            for number in range(len(short.samples))
        ]
        again = variant.startswith("steps")
        costs = [cost_of_halving(tasks, share, again=again) for tasks in (4, 20)]
        total = sum(map(len, harmful))
        rows.append(
            [
                name,
                variant,
                f"{sum(lost)} of {total}",
                f"{sum(alone)} of {total * len(alone) // len(usable)}",
                *(f"{cost:.2f}" for cost in costs),
            ]
        )
    header = ["task set", "first rung", "harmful edges dropped", "with one seed each"]
    return Table([*header, "cost, 4 tasks", "cost, 20 tasks"], rows)


def edges_table(out: Path) -> Table:
    """Every edge of figures, the whole probe beside the shortened ones."""
    columns = {"whole": load_changes(FIGURES)}
    tasks = read_runs_table(FIGURES).tasks
    for variant, short in _variants(out / "figures.db"):
        columns[variant] = ChangeMatrix.from_runs(tasks, short)
    graphs = [graph_of(changes) for changes in columns.values()]
    rows = [
        [f"{source} -> {target}", *(_cell(graph.edges[source, target]) for graph in graphs)]
        for source, target in graphs[0].verdicts()
    ]
    return Table(["edge", *columns], rows)


def costs_table(out: Path) -> Table:
    """Mean processor seconds of a run, and of a probe's seed, by variant."""
    spent: dict[str, dict[int, list[float]]] = {}
    with (out / "costs.csv").open(newline="") as file:
        for variant, tasks, seconds in csv.reader(file):
            spent.setdefault(variant, {}).setdefault(int(tasks), []).append(float(seconds))
    rows = []
    for variant, by_tasks in spent.items():
        mean = {tasks: float(np.mean(values)) for tasks, values in by_tasks.items()}
        seed = f"{4 * mean[1] + 6 * mean[2]:.0f}" if {1, 2} <= set(mean) else ""
        runs = [f"{mean[tasks]:.1f}" if tasks in mean else "" for tasks in (1, 2, 4)]
        rows.append([variant, *runs, seed])
    return Table(["what", "single-task run", "pair run", "joint run", "seed of the probe"], rows)


def _cell(edge: dict[str, float | str]) -> str:
    mark = {"harmful": "H", "not harmful": "n"}.get(str(edge["verdict"]), "?")
    return f"{100 * float(edge['change']):+.1f} {mark}"


def _by_seed(outcomes: Iterable[Outcome]) -> dict[int, list[Outcome]]:
    found: dict[int, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(one.run.seed, []).append(one)
    return found


def _variants(path: Path) -> list[tuple[str, list[Outcome]]]:
    """The shortened runs of a ledger by variant; none without a ledger."""
    if not path.is_file():
        return []
    with Ledger(path, read_only=True) as ledger:
        return [(name, list(ledger.outcomes(name))) for name in ledger.variants() if name]


def _reads(path: Path) -> list[tuple[str, list[Outcome]]]:
    """Scores that were read on the way, by "reads SHARE"."""
    if not path.is_file():
        return []
    scores: dict[int, dict[tuple[str, int], dict[str, float]]] = {}
    with path.open(newline="") as file:
        for share, tasks, seed, task, value, _ in csv.reader(file):
            if share != "1":
                runs = scores.setdefault(int(share), {})
                runs.setdefault((tasks, int(seed)), {})[task] = float(value)
    return [
        (
            f"reads {share}",
            [
                Outcome(Run(tuple(tasks.split("+")), seed), scores=found)
                for (tasks, seed), found in runs.items()
            ],
        )
        for share, runs in sorted(scores.items())
    ]
