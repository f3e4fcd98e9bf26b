"""A grouping as a section of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.budget import budget_plot
from analysis.figures.figure_file import new_axes
from analysis.figures.grouping import grouping_plot
from analysis.grouping_ways import GROUPED, TOGETHER, together_name
from analysis.page.beside_recommendation import cost_in_words, the_difference
from analysis.page.picture import for_any_screen
from analysis.page.typeset import typeset
from relations.grouping.grouping_text import gain_text, sureness

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.grouping.budget_curve import BudgetCurve
    from relations.grouping.grouping import Grouping

_PICTURE = "Networks as boxes and what each task gains in them; the table below says the same."
_CURVE = "Mean gain of the best grouping against the cost of its networks."


@dataclass(frozen=True)
class Grouped:
    """A grouping that lies beside the runs.

    Attributes:
        grouping: The grouping.
        judged: What its file says of seeds that judged it: way of training -> `delta_m` and
            `tasks`, each with mean, se and n; empty where none did.
        curve: The best groupings of other budgets; None where its file does not say.
    """

    grouping: "Grouping"
    judged: dict[str, Any]
    curve: "BudgetCurve | None" = None


def grouped_section(
    grouped: Grouped | None, recommended: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Networks, pictures, how sure it is, and a row of texts for each task; None of no grouping.

    Args:
        grouped: What lies beside the runs.
        recommended: Of a sound recommendation.json, which stands on the page before it.
    """
    if grouped is None:
        return None
    grouping, judged = grouped.grouping, grouped.judged
    columns = ["task", "network", "grouped"]
    together = grouping.together is not None or TOGETHER in judged
    rows = [_row(grouped, task, together=together) for task in grouping.tasks]
    seeds = judged[GROUPED]["delta_m"]["n"] if GROUPED in judged else 0
    return {
        "header": [*columns, together_name(grouping, judged)] if together else columns,
        "rows": rows,
        "networks": [_network(grouping, at) for at in range(len(grouping.groups))],
        "cost": cost_in_words(grouping, recommended),
        "difference": the_difference(grouping, recommended, judged=bool(seeds)),
        "seeds": seeds,
        "sure": [typeset(line) for line in (*sureness(grouping), *grouping.notes)],
        "picture": for_any_screen(
            lambda width: grouping_plot(grouping, judged, width=width), _PICTURE, "grouping"
        ),
        "curve": _curve(grouped),
    }


def _curve(grouped: Grouped) -> str | None:
    curve = grouped.curve
    if curve is None:
        return None

    def draw(width: float | None) -> "Axes":
        # On a page as low as it may be: stretched to its width it would fill a screen.
        return budget_plot(curve, new_axes(7.0, 2.4) if width is None else None, width=width)

    return for_any_screen(draw, _CURVE, "budgets")


def _row(grouped: Grouped, task: str, *, together: bool) -> list[str]:
    grouping = grouped.grouping
    cells = [task, str(grouping.serves[task] + 1)]
    whole = (grouping.together or {}).get(task)
    for way, gain in ((GROUPED, grouping.choice.gains()[task]), (TOGETHER, whole)):
        seen = grouped.judged.get(way, {}).get("tasks", {}).get(task)
        if seen is not None and seen["mean"] is None:
            cells.append("?")
        elif seen is not None:
            error = "" if seen["se"] is None else f" ± {_size(seen['se'], grouping)}"
            cells.append(_gain(seen["mean"], grouping) + error)
        elif way == GROUPED or together:
            cells.append("?" if gain is None else _gain(gain, grouping))
    return cells


def _gain(gain: float, grouping: "Grouping") -> str:
    return gain_text(gain, relative=grouping.relative).replace("-", "−")


def _size(error: float, grouping: "Grouping") -> str:
    return f"{100 * error:.2f}" if grouping.relative else f"{error:.2f}"


def _network(grouping: "Grouping", at: int) -> dict[str, str]:
    helpers = grouping.choice.helpers()[at]
    served = [task for task in grouping.groups[at] if task not in helpers]
    return {"name": str(at + 1), "served": ", ".join(served), "helpers": ", ".join(helpers)}
