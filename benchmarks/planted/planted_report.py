"""Tables and figures of what `planted.py` has measured."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.comparison.comparison import Comparison
from analysis.comparison.table import comparison_table
from analysis.text_table import Table
from gradsplit.tasksets.planted.task_set import Planted
from relations import ChangeMatrix, RelationGraph, write_runs_table
from relations.ledger.ledger import Ledger
from relations.runs import Outcome

SEED_COUNTS = (3, 5, 10)
THRESHOLD = -0.01


def write_report(out: Path, into: Path, sets: Sequence[Planted]) -> None:
    """Write `tables.md`, the runs behind it as CSV, and the figures."""
    into.mkdir(parents=True, exist_ok=True)
    parts = [
        "# Tables of the planted task sets\n\nWritten by `benchmarks/planted/planted.py report`.\n"
    ]
    for taskset in sets:
        with Ledger(out / f"{taskset.name}.db", read_only=True) as ledger:
            probe = list(ledger.outcomes())
            write_runs_table(taskset.tasks, probe, into / f"runs-{taskset.name}.csv")
            parts += [
                f"\n## {taskset.name}\n",
                edges_table(taskset, probe),
                recovery_table(taskset, probe),
                steps_table(taskset, ledger),
            ]
            if "multi-head" in ledger.variants():
                parts.append(methods_table(ledger))
    (into / "tables.md").write_text("\n".join(parts) + "\n")


def edges_table(taskset: Planted, probe: Sequence[Outcome]) -> str:
    """Every edge: the truth, and what was measured over all seeds."""
    truth, samples = taskset.population_changes(), changes_of(taskset, probe).by_seed
    rows = [
        [
            f"{source} -> {target}",
            percent(truth[edge]),
            percent(samples[(slice(None), *edge)].mean(), 2),
            f"{100 * samples[(slice(None), *edge)].std(ddof=1):.2f}",
        ]
        for source, target, edge in edges(taskset)
    ]
    seeds = len(samples)
    header = ["edge", "truth %", f"mean of {seeds} seeds %", "sd of one seed, points"]
    return f"### Change of every edge\n\n{Table(header, rows).markdown()}\n"


def recovery_table(taskset: Planted, probe: Sequence[Outcome]) -> str:
    """How often probes of few seeds get the graph right: disjoint groups of the seeds."""
    rows = []
    for count in SEED_COUNTS:
        judged = [judge(taskset, group) for group in groups(changes_of(taskset, probe), count)]
        decided = sum(one.decided for one in judged)
        wrong = sum(one.wrong for one in judged)
        known = sum(one.decided_harmful for one in judged)
        rows.append(
            [
                str(count),
                str(len(judged)),
                f"{sum(one.exact for one in judged)} of {len(judged)}",
                f"{decided} of {12 * len(judged)}",
                f"{wrong} of {decided}",
                f"{known} of {len(judged)}",
            ]
        )
    header = ["seeds", "probes", "graph right by the mean", "edges decided", "decided wrongly"]
    return f"### Recovery\n\n{Table([*header, 'loud -> quiet decided harmful'], rows).markdown()}\n"


def steps_table(taskset: Planted, ledger: Ledger) -> str:
    """What happens when training stops too early, or goes on."""
    variants = {taskset.recipe.steps: ""}
    for name in ledger.variants():
        if name.startswith("steps="):
            variants[int(name.removeprefix("steps="))] = name
    seeds = sorted({outcome.run.seed for outcome in ledger.outcomes(variants[min(variants)])})
    rows = []
    for steps, variant in sorted(variants.items()):
        runs = [one for one in ledger.outcomes(variant) if one.run.seed in seeds]
        changes = changes_of(taskset, runs)
        if changes.notes:
            rows.append([str(steps), "no meaning: R² of both signs", *[""] * 5])
            continue
        mean = changes.by_seed.mean(axis=0)
        worst = min(
            (edge for edge in edges(taskset) if edge[:2] not in taskset.harmful_edges()),
            key=lambda edge: mean[edge[2]],
        )
        judged = {n: [judge(taskset, group) for group in groups(changes, n)] for n in (3, 10)}
        rows.append(
            [
                str(steps),
                percent(mean[0, 1]),
                f"{percent(mean[worst[2]], 2)} ({worst[0]} -> {worst[1]})",
                *(f"{sum(one.exact for one in j)} of {len(j)}" for j in judged.values()),
                *(f"{sum(one.wrong for one in j)}" for j in judged.values()),
            ]
        )
    header = ["steps", "loud -> quiet %", "worst harmless edge %", "graph right, 3 seeds"]
    header += ["10 seeds", "edges decided wrongly, 3 seeds", "10 seeds"]
    return f"### Steps ({len(seeds)} seeds)\n\n{Table(header, rows).markdown()}\n"


def methods_table(ledger: Ledger) -> str:
    """Joint training by every method against single-task training, paired by seed."""
    scores: dict[str, dict[int, dict[str, float]]] = {}
    for variant in ledger.variants():
        if variant and not variant.startswith("steps="):
            for outcome in ledger.outcomes(variant):
                by_seed = scores.setdefault(variant, {}).setdefault(outcome.run.seed, {})
                by_seed.update(outcome.scores or {})
    comparison = Comparison(scores)
    table: Table = comparison_table(comparison, baseline="multi-head")
    return f"### Methods\n\n{table.markdown()}\n"


class judge:  # noqa: N801 - reads as a verb
    """How a probe's verdicts compare with the truth."""

    def __init__(self, taskset: Planted, changes: ChangeMatrix) -> None:
        graph = RelationGraph.from_changes(changes, threshold=THRESHOLD)
        harmful = set(taskset.harmful_edges(THRESHOLD))
        sure = set(graph.with_verdict("harmful"))
        cleared = set(graph.with_verdict("not harmful"))
        self.exact = set(graph.harmful()) == harmful
        self.decided = len(sure) + len(cleared)
        self.wrong = len(sure - harmful) + len(cleared & harmful)
        self.decided_harmful = harmful <= sure


def changes_of(taskset: Planted, outcomes: Sequence[Outcome]) -> ChangeMatrix:
    return ChangeMatrix.from_runs(taskset.tasks, outcomes)


def groups(changes: ChangeMatrix, size: int) -> Iterator[ChangeMatrix]:
    """Probes of `size` seeds each, no seed in two of them."""
    for start in range(0, len(changes.by_seed) - size + 1, size):
        yield ChangeMatrix(changes.tasks, changes.by_seed[start : start + size])


def edges(taskset: Planted) -> list[tuple[str, str, tuple[int, int]]]:
    names = taskset.task_names
    return [
        (source, target, (row, column))
        for row, source in enumerate(names)
        for column, target in enumerate(names)
        if row != column
    ]


def percent(fraction: float, digits: int = 1) -> str:
    return f"{round(100 * fraction, digits) + 0.0:+.{digits}f}"
