"""What is written into and beside a graph of groups of tasks."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from analysis.figures.graph_parts import group_letter, short_names
from analysis.figures.labels import change_text, decided_text
from analysis.figures.palette import HARMFUL

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

    from analysis.task_groups import HarmBetween, TaskGroups
    from relations.graph import RelationGraph

# So many tasks of a group are named, in lines of about so many letters.
_NAMED, _LINE = 3, 24
# So many groups have their harm listed.
_LISTED = 6
_Style = Literal["none", "solid", "dashed"]


def group_lines(graph: "RelationGraph", groups: "TaskGroups") -> list[str]:
    """What stands beside each disc: its number of tasks, and those with most harm."""
    names = short_names(graph.tasks)
    texts = []
    for number, group in enumerate(groups.groups):
        rest = groups.rest and number == len(groups.groups) - 1
        shown = [names[task].replace(" ", "\u00a0") for task in group[:_NAMED]]
        more = ["…"] if len(group) > _NAMED else []
        lines = textwrap.wrap(
            ", ".join([*shown, *more]), _LINE, break_long_words=False, break_on_hyphens=False
        )
        count = f"{len(group)} tasks of smaller groups" if rest else f"{len(group)} tasks"
        texts.append("\n".join([count, *lines] if len(group) > 1 else lines))
    return texts


def edge_text(graph: "RelationGraph", one: "HarmBetween") -> str:
    """The number of harmful edges and the largest change among them.

    It is that of the edge with most harm in sizes of its target's threshold.
    """
    source, target = one.edges[0]
    change = change_text(graph.edges[source, target]["change"], graph.kind(target), 1)
    return f"{len(one.edges)}: {change}"


def grouped_legend(
    graph: "RelationGraph", groups: "TaskGroups", drawn: "Sequence[HarmBetween]"
) -> "list[Line2D]":
    """What discs and arrows are."""
    from matplotlib.lines import Line2D

    def line(label: str, style: _Style = "none") -> "Line2D":
        return Line2D([], [], linewidth=1.8, color=HARMFUL, linestyle=style, label=label)

    lines = []
    if any(one.decided for one in drawn):
        lines.append(line("harmful edges between groups", "solid"))
    if not all(one.decided for one in drawn):
        lines.append(line("harmful edges between groups, none decided", "dashed"))
    if drawn:
        lines.append(line("on it: how many, the largest change"))
    if len(drawn) < len(groups.between):
        lines.append(line(f"{len(drawn)} of {len(groups.between)} arrows drawn: most harm"))
    if level := decided_text(graph):
        lines.append(line(level))
    disc = Line2D(
        [], [], linestyle="none", marker="o", markersize=8, markerfacecolor="white", color="black"
    )
    disc.set_label(f"{len(groups.groups)} groups of {len(graph.tasks)} tasks")
    return [disc, *lines]


def said_of_groups(graph: "RelationGraph", groups: "TaskGroups") -> str:
    """The harm inside the groups, who has no part in it, and how to see every task."""
    lines = []
    if groups.within:
        lines.append("Within groups: how many, the largest")
        lines += [
            f"  {group_letter(one.source)}  {edge_text(graph, one)}"
            for one in groups.within[:_LISTED]
        ]
        if len(groups.within) > _LISTED:
            lines.append(f"  and {len(groups.within) - _LISTED} more groups")
        lines.append("")
    if groups.apart:
        lines += [f"{_counted(len(groups.apart), 'task')} without harmful edges", ""]
    return "\n".join([*lines, *_HOW])


_HOW = (
    "Helpful edges are not drawn. To see",
    "  some tasks: --tasks a,b",
    "  all tasks: --all-tasks",
    "  all edges: --out FILE.graphml",
)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
