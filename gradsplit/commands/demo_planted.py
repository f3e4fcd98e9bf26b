"""The demo's first part: task sets whose relations are known, found again and acted on."""

from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_runs import compare_methods
from gradsplit.studies.variant_runs import VariantRuns

if TYPE_CHECKING:
    from gradsplit.commands.demo import Demo
    from gradsplit.tasksets.planted.task_set import Planted
    from relations import GradientMask, RelationGraph

EXPECTED = {
    "planted": "splitting must help",
    "planted-control": "splitting must not help: the same information is learnt elsewhere",
}


def planted_part(folder: Path, demo: "Demo") -> None:
    """Probe both planted sets, compare with their truth, train with the mask found."""
    print("== 1. Known truth: does the probe find planted relations, and does the mask act? ==")
    for name, expected in EXPECTED.items():
        _one_set(name, expected, folder, demo)


def _one_set(name: str, expected: str, folder: Path, demo: "Demo") -> None:
    from gradsplit.tasksets.registry import load_taskset
    from gradsplit.training.trainer import TaskSetTrainer
    from relations import GradientMask, PairwiseProbe, RelationGraph

    taskset: Planted = load_taskset(name)  # type: ignore[assignment]
    ledger = folder / f"{name}.db"
    seeds = range(demo.planted_seeds)
    probe = PairwiseProbe(taskset.tasks, TaskSetTrainer(taskset, device=demo.device), seeds, ledger)
    print(f"\n-- {name}: {len(probe.plan().missing)} short trainings --")
    graph = RelationGraph.from_changes(probe.run("ensemble"))
    print(f"harmful by construction: {_known(taskset)}")
    print(f"harmful as measured:     {_measured(graph)}")
    mask = GradientMask.from_graph(graph)
    place = VariantRuns(taskset, ledger, demo.device, "processes", workers=demo.workers)
    print(f"expected: {expected}")
    print(_trained(place, mask, seeds))


def _known(taskset: "Planted") -> str:
    true = taskset.population_changes()
    place = {task: index for index, task in enumerate(taskset.task_names)}
    return ", ".join(
        f"{source} -> {target} {true[place[source], place[target]]:+.1%}"
        for source, target in taskset.harmful_edges()
    )


def _measured(graph: "RelationGraph") -> str:
    sure = set(graph.harmful(sure=True))
    edges = [
        f"{source} -> {target} {graph.edges[source, target]['change']:+.1%} "
        + ("(beyond doubt)" if (source, target) in sure else "(undecided)")
        for source, target in graph.harmful()
    ]
    return ", ".join(edges) or "none"


def _trained(place: VariantRuns, mask: "GradientMask", seeds: range) -> str:
    from analysis.comparison.table import comparison_table
    from gradsplit.training.methods.gradsplit import MaskedTraining
    from gradsplit.training.methods.multi_head import MultiHead

    methods = {"multi-head": MultiHead(), "GradSplit": MaskedTraining(mask)}
    compared = compare_methods(place, methods, seeds)
    return comparison_table(compared, baseline="multi-head").text()
