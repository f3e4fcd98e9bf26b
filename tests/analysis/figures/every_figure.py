"""Every figure there is, drawn from invented results, and the texts that stand in each other."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import (
    Comparison,
    ModuleChannels,
    ablation_plot,
    agreement_plot,
    change_plot,
    channel_plot,
    cost_plot,
    curve_plot,
    delta_m_plot,
    diagnosis_plot,
    estimate_graph_plot,
    estimate_heatmap,
    graph_plot,
    heatmap,
    learning_curves,
    mask_plot,
    paired_plot,
)
from analysis.curves.trained_curves import TrainedCurves
from analysis.diagnosis.removed_harm import Removed, Row
from analysis.diagnosis.weight_curve import WeightCurve
from analysis.figures.budget import budget_plot
from analysis.figures.grouping import grouping_plot
from analysis.figures.letters import measured_letters
from analysis.figures.recommendation import recommendation_plot
from relations import GradientMask, LossCurve, RelationGraph, Run, group_tasks
from relations.change_kinds import ChangeKind
from relations.estimates.agreement import agreement
from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_graph import estimate_graph
from relations.grouping.asked import Asked
from relations.grouping.budget_curve import budget_curve
from relations.grouping.group_changes import GroupChanges
from tests.analysis.analysis_examples import made_changes
from tests.analysis.recommendation_examples import candidate, facts_of, judged

TASKS = ("attribute", "re-identification", "pose", "parsing", "depth")
METHODS = ("multi-head", "gradsplit:mask=mask.json", "uncertainty weights", "pcgrad")
MEAN = np.array(
    [
        [np.nan, -0.20, 0.08, -0.005, 0.02],
        [0.03, np.nan, -0.03, 0.005, -0.04],
        [0.01, 0.02, np.nan, 0.03, -0.06],
        [0.02, -0.10, 0.03, np.nan, 0.001],
        [-0.02, 0.01, -0.015, 0.04, np.nan],
    ]
)


def drawings(tasks: tuple[str, ...] = TASKS) -> dict[str, Callable[..., Any]]:
    """Name -> draws it; it takes `width`, `font_size` and, but for `ALONE`, `ax`.

    Args:
        tasks: Five names.
    """
    changes = made_changes(MEAN, 0.004, tasks=tasks, baseline=[0.78, 0.81, 0.88, 0.45, 0.6])
    graph = RelationGraph.from_changes(changes)
    mask = GradientMask.from_graph(graph)
    grouping = group_tasks(changes, networks=2)
    curve = budget_curve(GroupChanges.from_changes(changes), Asked(networks=2))
    assert curve is not None
    comparison = _comparison(tasks)
    guess = Estimate("lookahead", "share of the loss", tasks, (0,), np.nan_to_num(MEAN)[None])
    found = agreement(changes, [guess], draws=10)
    thirds = [(task, 100 * at, 100 * at + 100) for at, task in enumerate(tasks)]
    modules = [ModuleChannels("layer4.0.conv1", 512, thirds)]
    return {
        "heatmap": lambda **more: heatmap(changes, graph, **more),
        "graph": lambda **more: graph_plot(graph, beside=False, **more),
        "mask": lambda **more: mask_plot(mask, **more),
        "channels": lambda **more: channel_plot(mask, modules, **more),
        "grouping": lambda **more: grouping_plot(grouping, **more),
        "budget": lambda **more: budget_plot(curve, **more),
        "changes": lambda **more: change_plot(comparison, **more),
        "delta_m": lambda **more: delta_m_plot(comparison, **more),
        "paired": lambda **more: paired_plot(comparison, "multi-head", **more),
        "cost": lambda **more: cost_plot(comparison, "step [ms]", **more),
        "ablation": lambda **more: ablation_plot(
            comparison, METHODS[1:], baseline="multi-head", **more
        ),
        "score curves": lambda **more: curve_plot(*_scores(tasks), **more),
        "agreement": lambda **more: agreement_plot(found, **more),
        "diagnosis": lambda **more: diagnosis_plot(_rows(), title="a -> b: stage", **more),
        "recommendation": lambda **more: recommendation_plot(_facts(), **more),
        "sweep": lambda **more: diagnosis_plot(_rows(), curve=_sweep(), **more),
        "learning curves": lambda **more: learning_curves(_trained(tasks), **more),
        "estimated heatmap": lambda **more: estimate_heatmap(
            guess, estimate_graph(guess, Cut()), **more
        ),
        "estimated graph": lambda **more: estimate_graph_plot(
            guess, estimate_graph(guess, Cut()), **more
        ),
    }


ALONE = ("sweep", "learning curves", "estimated heatmap", "estimated graph")
"""Those that are a whole figure."""


def _comparison(tasks: tuple[str, ...]) -> Comparison:
    generator = np.random.default_rng(3)
    levels = {"single": 0.8, **dict(zip(METHODS, (0.74, 0.77, 0.75, 0.76), strict=True))}
    scores = {
        method: {
            seed: {task: level + generator.normal(0, 0.01) for task in tasks} for seed in range(4)
        }
        for method, level in levels.items()
    }
    costs = {method: {"step [ms]": 3.0 + at} for at, method in enumerate(METHODS)}
    return Comparison(scores, costs=costs)


def _scores(tasks: tuple[str, ...]) -> tuple[dict, dict]:
    steps = list(range(0, 1000, 50))
    curves = {
        task: (steps, [0.8 - 0.5 / (1 + at + step / 100) for step in steps])
        for at, task in enumerate(tasks)
    }
    return curves, {task: 0.75 + 0.01 * at for at, task in enumerate(tasks)}


def _rows() -> list[Row]:
    def row(what: str, share: float, lower: float, upper: float, verdict: str) -> Row:
        return Row(what, "the last stage", Removed(share, lower, upper, verdict, 5), 0.1, 0.0, 1.0)

    return [
        row("gradients of the source withheld", 0.9, 0.7, 1.1, "removes"),
        row("own batch statistics", 0.2, -0.1, 0.4, "keeps"),
        row("smaller weight of the source", 0.6, 0.2, 1.0, "undecided"),
    ]


def _sweep() -> WeightCurve:
    changes = (-0.005, -0.01, -0.03, -0.06, -0.1)
    lower, upper = (tuple(one + move for one in changes) for move in (-0.01, 0.01))
    kind = ChangeKind("relative", -0.01)
    return WeightCurve((0.1, 0.25, 0.5, 1.0, 2.0), changes, lower, upper, "weak", kind)


def _facts() -> dict[str, Any]:
    best = "groups: attribute+pose | re-identification+parsing+depth"
    found = {best: judged(0.03), "multi-head": judged(0.0, 0.0), "gradsplit": judged(0.012)}
    race = [
        candidate(best, 0.03, 2.0),
        candidate("multi-head", 0.0),
        candidate("gradsplit", 0.015),
        candidate("pcgrad", -0.02, behind="multi-head"),
        candidate("mtan", 0.01, 1.6),
    ]
    return facts_of(found, race, best)


def _trained(tasks: tuple[str, ...]) -> TrainedCurves:
    pairs = [(task,) for task in tasks] + list(itertools.combinations(tasks, 2)) + [tasks]
    runs = {}
    for at, of in enumerate(pairs):
        for seed in range(3):
            losses = [9 / (1 + step) + 0.1 * at + 0.05 * seed for step in range(40)]
            runs[Run(of, seed)] = dict.fromkeys(of, LossCurve.of(losses))
    return TrainedCurves(tasks, runs)


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure, as it is drawn, that stand in each other."""
    with measured_letters(figure):
        figure.draw_without_rendering()
        boxes = [(text.get_text(), text.get_window_extent()) for text in _texts(figure)]
    # Half a dot is rounding.
    return [
        (one, other)
        for (one, box), (other, second) in itertools.combinations(boxes, 2)
        if min(box.x1, second.x1) - max(box.x0, second.x0) > 0.5
        and min(box.y1, second.y1) - max(box.y0, second.y0) > 0.5
    ]


def _texts(figure: Figure) -> Iterator[Text]:
    """The texts of a figure that are drawn; of ticks only those inside the axes' limits."""
    every = [part for axes in figure.axes for part in (axes, *axes.child_axes)]
    for axes in every:
        yield from (text for text in axes.texts if text.get_text())
        for title in (axes.title, axes._left_title, axes._right_title):
            if title.get_text():
                yield title
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            ticks = axis._update_ticks()
            labels = [label for tick in ticks for label in (tick.label1, tick.label2)]
            yield from (
                one for one in (axis.label, *labels) if one.get_visible() and one.get_text()
            )
        if axes.get_legend() is not None:
            yield from _of_legend(axes.get_legend())
    for legend in figure.legends:
        yield from _of_legend(legend)


def _of_legend(legend: Any) -> Iterator[Text]:
    yield from legend.get_texts()
    if legend.get_title().get_text():
        yield legend.get_title()
