"""What a study of groupings has found."""

import json
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.comparison.seed_means import SeedMean
    from relations.grouping.budget_curve import BudgetCurve
    from relations.grouping.grouping import Grouping
    from relations.runs import Run

FILE_NAME = "grouping.json"


@dataclass(frozen=True)
class Grouped:
    """A grouping that was chosen, trained and judged; printed, it is what the command says.

    Attributes:
        grouping: The best grouping by what was measured.
        predicted: The grouping that pairs alone would have led to.
        candidates: The groups of more than two tasks that were trained to choose it.
        curve: The best groupings of other budgets; None with too many tasks.
        comparison: Scores on fresh seeds of the grouping, all together and all apart; None where
            nothing was judged.
        trained: The runs that were finished during the call.
        held: The runs that the ledger held before.
        text: All of it for people, in the order in which it was found.
    """

    grouping: "Grouping"
    predicted: "Grouping"
    candidates: tuple[tuple[str, ...], ...]
    curve: "BudgetCurve | None"
    comparison: "Comparison | None"
    trained: "frozenset[Run]"
    held: "frozenset[Run]"
    text: str

    def save(self, folder: str | Path) -> list[str]:
        """Write the grouping and its pictures.

        Returns:
            The names of the files.
        """
        from analysis.figures.figure_file import save
        from analysis.figures.grouping import budget_plot, grouping_plot

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(self.to_json() + "\n", encoding="utf-8")
        save(grouping_plot(self.grouping, self.comparison), folder / "grouping.png")
        names = [FILE_NAME, "grouping.png"]
        if self.curve is not None:
            save(budget_plot(self.curve), folder / "budget.png")
            names.append("budget.png")
        return names

    def to_json(self) -> str:
        """The grouping's file, with what the seeds that judged it say."""
        content = json.loads(self.grouping.to_json())
        if self.comparison is not None:
            content["judged"] = _judged(self.comparison)
        return json.dumps(content, indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        return self.text


def _judged(comparison: "Comparison") -> dict[str, object]:
    """delta_m and the change of each task of each way, with standard errors, on fresh seeds."""
    return {
        method: {
            "delta_m": _facts(comparison.delta_m(method)),
            "tasks": {task: _facts(comparison.change(method, task)) for task in comparison.tasks},
        }
        for method in comparison.methods
        if method != comparison.single
    }


def _facts(mean: "SeedMean") -> dict[str, float | None]:
    """What is known of a mean; None, as JSON has no NaN, where it is not known."""
    known = {name: float(value) for name, value in (("mean", mean.mean), ("se", mean.se))}
    facts = {name: value if isfinite(value) else None for name, value in known.items()}
    return {**facts, "n": mean.n}
