"""The demo's first part: task sets whose relations are known, found again and acted on."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.demo.masked_training import masked_against_plain
from gradsplit.studies.variant_runs import Tell, VariantRuns

if TYPE_CHECKING:
    from gradsplit.tasksets.planted.task_set import Planted
    from relations.graph import RelationGraph

EXPECTED = {
    "planted": "splitting must help",
    "planted-control": "splitting must not help: the same information is learnt elsewhere",
}


def known_truth(folder: Path, seeds: Sequence[int], workers: int, device: str, tell: Tell) -> None:
    """Probe both planted sets, compare with their truth, train with the measured mask.

    Args:
        folder: For the ledgers.
        seeds: Of every run.
        workers: Worker processes.
        device: Where networks are trained.
        tell: Called with what is done.
    """
    from gradsplit.tasksets.registry import load_taskset
    from relations.graph import RelationGraph
    from relations.mask import GradientMask
    from relations.sources import LEDGER_NAME

    tell("== 1. Known truth: does the probe find planted relations, and does the mask act? ==")
    for name, expected in EXPECTED.items():
        taskset: Planted = load_taskset(name)  # type: ignore[assignment]
        ledger = folder / name / LEDGER_NAME
        ledger.parent.mkdir(parents=True, exist_ok=True)
        runs = VariantRuns(taskset, ledger, device, "processes", workers=workers)
        probe = runs.probe(seeds)
        tell(f"\n-- {name}: {len(probe.plan().missing)} short trainings --")
        graph = RelationGraph.from_changes(probe.run("ensemble"))
        tell(f"harmful by construction: {_by_construction(taskset)}")
        tell(f"harmful as measured:     {_measured(graph)}")
        tell(f"expected: {expected}")
        tell(masked_against_plain(runs, GradientMask.from_graph(graph), seeds))


def _by_construction(taskset: "Planted") -> str:
    true = taskset.population_changes()
    index = {task: number for number, task in enumerate(taskset.task_names)}
    return ", ".join(
        f"{source} -> {target} {true[index[source], index[target]]:+.1%}"
        for source, target in taskset.harmful_edges()
    )


def _measured(graph: "RelationGraph") -> str:
    sure = set(graph.harmful(sure=True))
    edges = [
        f"{source} -> {target} {graph.edges[source, target]['change']:+.1%} "
        + ("(decided)" if (source, target) in sure else "(undecided)")
        for source, target in graph.harmful()
    ]
    return ", ".join(edges) or "none"
