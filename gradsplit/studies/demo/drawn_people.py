"""The demo's second part: drawn people, from plan to a network trained with the measured mask."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.demo.masked_training import masked_against_plain
from gradsplit.studies.probing import measured_cost
from gradsplit.studies.variant_runs import Tell, VariantRuns

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.mask import GradientMask
    from relations.statistics.change_matrix import ChangeMatrix

STEPS = 150
"""Of every run: as many as fit into five minutes on two cores; the default set trains longer."""


def drawn_people(
    folder: Path, seeds: Sequence[int], workers: int, device: str, tell: Tell
) -> list[Path]:
    """Draw, plan, probe, judge, mask, train, compare; the files written, in order.

    Args:
        folder: For the ledger and the files.
        seeds: Of every run.
        workers: Worker processes.
        device: Where networks are trained.
        tell: Called with what is done.
    """
    from gradsplit.tasksets.registry import load_taskset
    from relations.graph import RelationGraph
    from relations.mask import GradientMask

    tell("\n== 2. Drawn people: four tasks, each with its own training set ==")
    taskset = load_taskset("figures", {"preset": "quick", "steps": STEPS})
    sheet = _draw(folder)
    tell(f"a contact sheet: {sheet}")
    runs = VariantRuns(taskset, folder / "figures.db", device, "processes", workers=workers)
    probe = runs.probe(seeds)
    plan = probe.plan()
    if plan.missing:
        plan = replace(plan, cost=measured_cost(taskset, device=device))
    tell(f"\n{plan}\n{workers} runs at a time")
    changes = probe.run("processes", workers=workers)
    graph = RelationGraph.from_changes(changes)
    tell(f"\n{graph}")
    files = [sheet, *_pictures(changes, graph, folder)]
    mask = GradientMask.from_graph(graph, undecided="point")
    files += _kept(mask, folder)
    tell(f"\n{mask}")
    tell("\n== 3. Does training with the mask help? (the seeds are those of the probe) ==")
    tell(masked_against_plain(runs, mask, seeds))
    return files


def _draw(folder: Path) -> Path:
    from analysis.figures.figure_file import save
    from gradsplit.tasksets.figures.contact_sheet import contact_sheet

    save(contact_sheet(), folder / "figures.png")
    return folder / "figures.png"


def _pictures(changes: "ChangeMatrix", graph: "RelationGraph", folder: Path) -> list[Path]:
    from analysis.figures.figure_file import save
    from analysis.figures.graph import graph_plot
    from analysis.figures.heatmap import heatmap
    from relations.tables.relation_table import write_relation_table

    save(heatmap(changes, graph), folder / "heatmap.png")
    save(graph_plot(graph), folder / "graph.png")
    write_relation_table(changes, folder / "relation.csv")
    return [folder / "heatmap.png", folder / "graph.png", folder / "relation.csv"]


def _kept(mask: "GradientMask", folder: Path) -> list[Path]:
    from analysis.figures.figure_file import save
    from analysis.figures.mask import mask_plot

    mask.save(folder / "mask.json")
    save(mask_plot(mask), folder / "mask.png")
    return [folder / "mask.json", folder / "mask.png"]
