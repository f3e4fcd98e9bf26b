"""What a study of groupings has found."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from analysis.grouping_ways import TOGETHER
from relations.grouping.grouping_file import choice_json
from relations.tables.whole_file import write_whole

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.figures.figure_file import Look
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

    def save(self, folder: str | Path, **look: "Unpack[Look]") -> list[str]:
        """Write the grouping and its pictures, as `group` has done into its folder.

        Args:
            folder: Where to; made when it is not there.
            look: Width in inches and font size of the pictures, see `analysis.change_plot`; with
                one the pictures of the judgement are drawn as well.

        Returns:
            The names of the files.
        """
        from analysis.comparison.comparison_files import draw_comparison
        from analysis.figures.budget import budget_plot
        from analysis.figures.figure_file import save
        from analysis.figures.grouping import grouping_plot

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / FILE_NAME, self.to_json() + "\n")
        save(grouping_plot(self.grouping, self.comparison, **look), folder / "grouping.png")
        if self.curve is not None:
            save(budget_plot(self.curve, **look), folder / "budget.png")
        if look and self.comparison is not None:
            draw_comparison(self.comparison, TOGETHER, folder, **look)
        return self.files

    @property
    def files(self) -> list[str]:
        """The names of the files that `save` writes."""
        return [FILE_NAME, "grouping.png", *(["budget.png"] if self.curve is not None else [])]

    def to_json(self) -> str:
        """The grouping's file, with what pairs alone led to and what the judging seeds say."""
        from analysis.comparison.judged_facts import judged_facts

        content = json.loads(self.grouping.to_json())
        content["predicted"] = choice_json(self.predicted.choice, self.predicted.tasks)
        content["budgets"] = None if self.curve is None else self.curve.facts()
        if self.comparison is not None:
            content["judged"] = judged_facts(self.comparison)
        return json.dumps(content, indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        return self.text
