"""What a comparison leaves behind: tables for people, papers and programs, and pictures."""

import csv
import io
from pathlib import Path

from analysis.comparison.comparison import Comparison
from analysis.comparison.table import comparison_csv, comparison_table
from analysis.text_table import Table
from relations.tables.csv_file import inert_row


def write_comparison(
    comparison: Comparison, folder: str | Path, baseline: str | None = None
) -> Table:
    """Write the tables, every score and the pictures of a comparison.

    Args:
        comparison: The methods.
        folder: Where to; made when it is not there.
        baseline: See `analysis.comparison_table`.

    Returns:
        The table that was written: comparison.txt, .md and .tex; comparison.csv holds its numbers
        unrounded, scores.csv every score, which `analysis.read_scores` reads back.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    table = comparison_table(comparison, baseline)
    files = {
        "comparison.txt": table.text() + "\n",
        "comparison.md": table.markdown() + "\n",
        "comparison.tex": table.latex() + "\n",
        "comparison.csv": comparison_csv(comparison, baseline),
        "scores.csv": scores_csv(comparison),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    _draw(comparison, baseline, folder)
    return table


def scores_csv(comparison: Comparison) -> str:
    """Every score: method, seed, task, score; for other programs, and to read back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "seed", "task", "score"])
    for method, runs in comparison.scores.items():
        for seed, scores in runs.items():
            writer.writerows(
                inert_row([method, seed, task, repr(score)]) for task, score in scores.items()
            )
    return text.getvalue()


def _draw(comparison: Comparison, baseline: str | None, folder: Path) -> None:
    from analysis.figures.comparison import change_plot, cost_plot, delta_m_plot, paired_plot
    from analysis.figures.figure_file import save

    save(change_plot(comparison), folder / "changes.png")
    if not comparison.in_delta_m:
        return
    save(delta_m_plot(comparison), folder / "delta_m.png")
    if baseline is not None and len(comparison.methods) > 2:
        save(paired_plot(comparison, baseline), folder / "paired.png")
    if comparison.costs:
        save(cost_plot(comparison, "step [ms]"), folder / "cost.png")
