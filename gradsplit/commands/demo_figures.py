"""The demo's second part: drawn people, from plan to a network trained with the mask found."""

from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.commands.probing import measured_cost
from gradsplit.studies.comparison.method_runs import compare_methods
from gradsplit.studies.variant_runs import VariantRuns

if TYPE_CHECKING:
    from gradsplit.commands.demo import Demo
    from gradsplit.training.taskset import TaskSet
    from relations import ChangeMatrix, GradientMask, RelationGraph

STEPS = 180
"""Of every run: as many as fit into five minutes on two cores; the default set trains longer."""


def figures_part(folder: Path, demo: "Demo") -> list[Path]:
    """Draw, plan, probe, judge, mask, train, compare; the files written, in order."""
    from gradsplit.tasksets.registry import load_taskset
    from relations import RelationGraph

    print("\n== 2. Drawn people: four tasks, each with its own training set ==")
    taskset = load_taskset("figures", {"preset": "quick", "steps": STEPS})
    sheet = _draw(folder)
    print(f"a contact sheet: {sheet}")
    changes = _probe(taskset, folder, demo)
    graph = RelationGraph.from_changes(changes)
    print(f"\n{graph}")
    files = [sheet, *_pictures(changes, graph, folder)]
    mask = _mask(graph, folder)
    files += [folder / "mask.json", folder / "mask.png"]
    print("\n== 3. Does training with the mask help? (the seeds are those of the probe) ==")
    print(_comparison(taskset, mask, folder, demo))
    return files


def _draw(folder: Path) -> Path:
    from analysis.figures.figure_file import save
    from gradsplit.tasksets.figures.contact_sheet import contact_sheet

    save(contact_sheet(), folder / "figures.png")
    return folder / "figures.png"


def _probe(taskset: "TaskSet", folder: Path, demo: "Demo") -> "ChangeMatrix":
    """Plan with its cost, then train what is missing."""
    from dataclasses import replace

    from gradsplit.training.trainer import TaskSetTrainer
    from relations import PairwiseProbe

    trainer = TaskSetTrainer(taskset, device=demo.device)
    probe = PairwiseProbe(taskset.tasks, trainer, range(demo.seeds), folder / "figures.db")
    plan = probe.plan()
    if plan.missing:
        plan = replace(plan, cost=measured_cost(trainer, steps=5))
    print(f"\n{plan}\n{demo.workers} runs at a time")
    return probe.run("processes", workers=demo.workers)


def _pictures(changes: "ChangeMatrix", graph: "RelationGraph", folder: Path) -> list[Path]:
    from analysis.figures.figure_file import save
    from analysis.figures.graph import graph_plot
    from analysis.figures.heatmap import heatmap
    from relations import write_relation_table

    save(heatmap(changes, graph), folder / "heatmap.png")
    save(graph_plot(graph), folder / "graph.png")
    write_relation_table(changes, folder / "relation.csv")
    return [folder / "heatmap.png", folder / "graph.png", folder / "relation.csv"]


def _mask(graph: "RelationGraph", folder: Path) -> "GradientMask":
    from analysis.figures.figure_file import save
    from analysis.figures.mask import mask_plot
    from relations import GradientMask

    mask = GradientMask.from_graph(graph, undecided="point")
    mask.save(folder / "mask.json")
    save(mask_plot(mask), folder / "mask.png")
    print(f"\n{mask}")
    return mask


def _comparison(taskset: "TaskSet", mask: "GradientMask", folder: Path, demo: "Demo") -> str:
    from analysis.comparison.table import comparison_table
    from gradsplit.training.methods.gradsplit import MaskedTraining
    from gradsplit.training.methods.multi_head import MultiHead

    ledger = folder / "figures.db"
    place = VariantRuns(taskset, ledger, demo.device, "processes", workers=demo.workers)
    methods = {"multi-head": MultiHead(), "GradSplit": MaskedTraining(mask)}
    compared = compare_methods(place, methods, range(demo.seeds))
    return comparison_table(compared, baseline="multi-head").text()
