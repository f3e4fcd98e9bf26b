"""What a comparison leaves behind: tables for people, papers and programs, and pictures."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from analysis.comparison.comparison import Comparison
from analysis.comparison.cross_dataset import cross_csv, cross_scores_csv, cross_table
from analysis.comparison.numbers import comparison_csv, questions_csv
from analysis.comparison.questions import (
    Answer,
    Question,
    answer_questions,
    questions_against,
    usual_questions,
)
from analysis.comparison.questions_table import questions_table
from analysis.comparison.side_scores import side_csv, side_rows, side_table
from analysis.comparison.table import comparison_table
from analysis.text_table import Table
from relations.tables.csv_file import inert_row
from relations.tables.text_table import WIDTH

if TYPE_CHECKING:
    from analysis.figures.figure_file import Look


_SOMETIMES = frozenset(
    {
        *("questions.csv", "side_scores.txt", "side_scores.csv"),
        *("cross_dataset.csv", "cross_dataset_scores.csv"),
        *("delta_m.png", "paired.png", "cost.png"),
    }
)
"""Files that not every comparison has."""


@dataclass(frozen=True)
class ComparisonTables:
    """The tables of a comparison, one below the other.

    Attributes:
        methods: See `analysis.comparison_table`.
        questions: Tests of pairs of methods; None where nothing was asked.
        cross: See `analysis.comparison.cross_dataset.cross_table`; None without other task sets.
    """

    methods: Table
    questions: Table | None = None
    cross: Table | None = None

    def text(self, width: int = WIDTH) -> str:
        """For people, in lines of some width."""
        return "\n\n".join(table.text(width) for table in self._all())

    __str__ = text

    def markdown(self) -> str:
        """As Markdown."""
        return "\n\n".join(table.markdown() for table in self._all())

    def latex(self) -> str:
        """As LaTeX, tabulars without notes."""
        return "\n\n".join(table.latex() for table in self._all())

    def _all(self) -> list[Table]:
        tables = (self.methods, self.questions, self.cross)
        return [table for table in tables if table is not None]


def comparison_tables(
    comparison: Comparison, baseline: str | None, answers: Sequence[Answer]
) -> ComparisonTables:
    """The table of methods, and where there are some those of answers and of other task sets."""
    questions = questions_table(answers) if answers else None
    cross = cross_table(comparison, baseline) if comparison.cross else None
    return ComparisonTables(comparison_table(comparison, baseline), questions, cross)


def write_comparison(
    comparison: Comparison,
    folder: str | Path,
    baseline: str | None = None,
    against: Sequence[str | Question] | None = None,
    **look: "Unpack[Look]",
) -> ComparisonTables:
    """Write the tables, every score and the pictures of a comparison.

    Args:
        comparison: The methods.
        folder: Where to; made when it is not there.
        baseline: See `analysis.comparison_table`.
        against: Methods that every other one is tested against, and pairs of methods; the questions
            that matter when None: every method against the baseline, every mask against its
            controls and loss weights.
        look: Width in inches and font size of the pictures, see `analysis.change_plot`.

    Returns:
        The tables that were written: comparison.txt, .md and .tex; comparison.csv and questions.csv
        hold their numbers unrounded, scores.csv every score, which `analysis.read_scores` reads
        back; side_scores.txt and .csv the side scores, where there are any; cross_dataset.csv and
        cross_dataset_scores.csv those on other task sets.

    Raises:
        RelationsError: The baseline, or a method to test against, is none.
    """
    answers = answered(comparison, baseline, against)
    tables = comparison_tables(comparison, baseline, answers)
    files = {
        "comparison.txt": tables.text() + "\n",
        "comparison.md": tables.markdown() + "\n",
        "comparison.tex": tables.latex() + "\n",
        "comparison.csv": comparison_csv(comparison, baseline),
        "scores.csv": scores_csv(comparison),
    }
    if answers:
        files["questions.csv"] = questions_csv(answers)
    if side_rows(comparison):
        files["side_scores.txt"] = side_table(comparison).text(WIDTH) + "\n"
        files["side_scores.csv"] = side_csv(comparison)
    if comparison.cross:
        files["cross_dataset.csv"] = cross_csv(comparison, baseline)
        files["cross_dataset_scores.csv"] = cross_scores_csv(comparison)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in _SOMETIMES - files.keys():  # of another comparison that was written here before
        (folder / name).unlink(missing_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    draw_comparison(comparison, baseline, folder, **look)
    return tables


def answered(
    comparison: Comparison, baseline: str | None, against: Sequence[str | Question] | None
) -> tuple[Answer, ...]:
    """The answers to what was asked, or to the usual questions; see `write_comparison`."""
    questions: tuple[Question, ...] = ()
    if against is not None:
        questions = questions_against(comparison.methods, against)
    elif baseline is not None:
        comparison.check(baseline)
        questions = usual_questions(comparison, baseline)
    if not comparison.in_delta_m or not questions:
        return ()
    return answer_questions(comparison, questions)


def scores_csv(comparison: Comparison) -> str:
    """Every score: method, seed, task, score; for other programs, and to read back.

    Scores of a run that diverged are nan.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "seed", "task", "score"])
    for method, runs in comparison.scores.items():
        for seed, scores in runs.items():
            writer.writerows(
                inert_row([method, seed, task, repr(float(score))])
                for task, score in scores.items()
            )
    return text.getvalue()


def draw_comparison(
    comparison: Comparison, baseline: str | None, folder: Path, **look: "Unpack[Look]"
) -> None:
    """Write the pictures of a comparison alone; see `write_comparison`."""
    from analysis.figures.comparison import change_plot, cost_plot
    from analysis.figures.comparison_rows import delta_m_plot, paired_plot
    from analysis.figures.figure_file import save

    save(change_plot(comparison, **look), folder / "changes.png")
    if not comparison.in_delta_m:
        return
    save(delta_m_plot(comparison, **look), folder / "delta_m.png")
    if baseline is not None and len(comparison.methods) > 2:
        save(paired_plot(comparison, baseline, **look), folder / "paired.png")
    if any("step [ms]" in costs for costs in comparison.costs.values()):
        save(cost_plot(comparison, "step [ms]", **look), folder / "cost.png")
