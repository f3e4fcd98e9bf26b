"""Tables of what `shortcuts.py` has measured."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from shortcuts_judge import Kept, cost_of_halving, graph_of, harm_lost

from analysis.text_table import Table
from relations import ChangeMatrix, Task, read_runs_table, write_runs_table
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run

PROBE = 5
PLANTED = ("planted", "planted-control", "planted-near")
FIGURES = Path("reports/figures/runs.csv")
WAYS = {
    "frozen": ("lower stages frozen", None),
    "steps 2": ("half of the steps", 2),
    "steps 180": ("180 of 400 steps", 400 / 180),
    "steps 4": ("a quarter of the steps", 4),
    "reads 2": ("the same runs at half", 2),
    "reads 4": ("the same runs at a quarter", 4),
}
"""Variant: what was done instead of the whole training, and how many of it make one."""
Probes = list[tuple[ChangeMatrix, ChangeMatrix | None]]
"""The whole and the shortened probe of the same seeds; None where scores have both signs."""


def write_report(out: Path, into: Path) -> None:
    """Write `tables.md` and the shortened runs of figures."""
    into.mkdir(parents=True, exist_ok=True)
    found = {**of_causes(out), **of_planted(out), **of_figures(out, into)}
    parts = [
        "# A probe with less training\n\nWritten by `benchmarks/shortcuts/shortcuts.py report`.\n",
        "## What is left of the whole probe's findings\n",
        kept_table(found).markdown(),
        "\n## Halving: the half of the pairs that look least harmful is dropped\n",
        halving_table(found).markdown(),
    ]
    columns = {WAYS[way][0]: some for (name, way), some in found.items() if name == "figures"}
    parts += ["\n## figures: change of every edge, per cent\n", edges_table(columns).markdown()]
    if (out / "costs.csv").is_file():
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
        found[path.stem, "frozen"] = probes(tasks, whole, short)
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
    """Shortened probes of figures against the whole one; their runs are kept as tables."""
    table = read_runs_table(FIGURES)
    for variant, runs in _variants(out / "figures.db"):
        write_runs_table(table.tasks, runs, _table(into, variant))
    whole = whole_figures()
    found = {}
    for variant in WAYS:
        if _table(into, variant).is_file():
            by_seed = _by_seed(read_runs_table(_table(into, variant)).outcomes)
            size = min(3 if variant == "steps 180" else PROBE, len(by_seed))
            found["figures", variant] = [
                (whole, ChangeMatrix.from_runs(table.tasks, runs)) for runs in groups(by_seed, size)
            ]
    return found


def whole_figures() -> ChangeMatrix:
    """The whole probe; its table holds single-task runs of further seeds."""
    table = read_runs_table(FIGURES)
    runs = [one for some in _by_seed(table.outcomes).values() for one in some]
    return ChangeMatrix.from_runs(table.tasks, runs)


def probes(tasks: Sequence[Task], whole: Iterable[Outcome], short: Iterable[Outcome]) -> Probes:
    """Probes of five seeds each, no seed in two of them."""
    complete, found = _by_seed(whole), []
    for runs in groups(_by_seed(short), PROBE):
        seeds = sorted({one.run.seed for one in runs})
        shortened = ChangeMatrix.from_runs(tasks, runs)
        if shortened.notes:  # scores that have no ratio
            shortened = None
        same = [one for seed in seeds for one in complete[seed]]
        found.append((ChangeMatrix.from_runs(tasks, same), shortened))
    return found


def groups(by_seed: dict[int, list[Outcome]], size: int) -> list[list[Outcome]]:
    """The runs of `size` seeds each, in order."""
    seeds = sorted(by_seed)
    return [
        [one for seed in seeds[start : start + size] for one in by_seed[seed]]
        for start in range(0, len(seeds) - size + 1, size)
    ]


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
        way = WAYS[variant][0]
        if not usable:
            rows.append([name, way, count, *["-"] * 5])
            continue
        kept = Kept.of(*map(list, zip(*usable, strict=True)))
        rows.append(
            [
                name,
                way,
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
        way, share = WAYS[variant]
        usable = [(whole, short) for whole, short in some if short is not None]
        if share is None or not usable:
            continue
        harmful = [graph_of(whole).harmful(sure=True) for whole, _ in usable]
        lost = [harm_lost(edges, short) for edges, (_, short) in zip(harmful, usable, strict=True)]
        alone = [
            harm_lost(edges, ChangeMatrix(short.tasks, short.by_seed[number : number + 1]))
            for edges, (_, short) in zip(harmful, usable, strict=True)
            for number in range(len(short.by_seed))
        ]
        again = variant.startswith("steps")
        costs = [cost_of_halving(tasks, share, again=again) for tasks in (4, 20)]
        total = sum(map(len, harmful))
        rows.append(
            [
                name,
                way,
                f"{sum(lost)} of {total}",
                f"{sum(alone)} of {total * len(alone) // len(usable)}",
                *(f"{cost:.2f}" for cost in costs),
            ]
        )
    header = ["task set", "first rung", "harmful edges dropped", "with one seed each"]
    return Table([*header, "cost, 4 tasks", "cost, 20 tasks"], rows)


def edges_table(columns: dict[str, Probes]) -> Table:
    """Every edge of figures, the whole probe beside the shortened ones."""
    graphs = {"whole": graph_of(whole_figures())}
    for way, some in columns.items():
        shorts = [short for _, short in some if short is not None]
        for number, short in enumerate(shorts):
            graphs[f"{way}, {number + 1}" if len(shorts) > 1 else way] = graph_of(short)
    rows = [
        [f"{source} -> {target}", *(_cell(one.edges[source, target]) for one in graphs.values())]
        for source, target in graphs["whole"].verdicts()
    ]
    return Table(["edge", *graphs], rows)


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


def _table(into: Path, variant: str) -> Path:
    return into / f"runs-{variant.replace(' ', '-')}.csv"


def _cell(edge: dict[str, float | str]) -> str:
    mark = {"harmful": "H", "not harmful": "n"}.get(str(edge["verdict"]), "?")
    return f"{100 * float(edge['change']):+.1f} {mark}"


def _by_seed(outcomes: Iterable[Outcome]) -> dict[int, list[Outcome]]:
    """Runs by seed, of those seeds that are complete."""
    found: dict[int, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(one.run.seed, []).append(one)
    most = max(map(len, found.values()), default=0)
    return {seed: runs for seed, runs in found.items() if len(runs) == most}


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
