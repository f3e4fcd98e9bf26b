"""What a comparison leaves behind: tables for people, papers and programs, and pictures."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison


def print_methods() -> None:
    """What there is to compare."""
    from gradsplit.training.methods.registry import METHODS

    width = max(map(len, METHODS))
    for name, what in METHODS.items():
        print(f"{name:{width}}  {what}")


def write(compared: "Comparison", baseline: str | None, folder: Path) -> str:
    """Write the tables and pictures of a comparison; the table as text is returned."""
    from analysis.comparison.table import comparison_csv, comparison_table

    table = comparison_table(compared, baseline)
    files = {
        "comparison.txt": table.text() + "\n",
        "comparison.md": table.markdown() + "\n",
        "comparison.tex": table.latex() + "\n",
        "comparison.csv": comparison_csv(compared, baseline),
        "scores.csv": scores_csv(compared),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    _draw(compared, baseline, folder)
    return table.text()


def scores_csv(compared: "Comparison") -> str:
    """Every score: method, seed, task, score; for other programs, and to read back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "seed", "task", "score"])
    for method, runs in compared.scores.items():
        for seed, scores in runs.items():
            writer.writerows([method, seed, task, repr(score)] for task, score in scores.items())
    return text.getvalue()


def _draw(compared: "Comparison", baseline: str | None, folder: Path) -> None:
    from analysis.figures.comparison import change_plot, cost_plot, delta_m_plot, paired_plot
    from analysis.figures.figure_file import save

    save(change_plot(compared), folder / "changes.png")
    save(delta_m_plot(compared), folder / "delta_m.png")
    if baseline is not None and len(compared.methods) > 2:
        save(paired_plot(compared, baseline), folder / "paired.png")
    if compared.costs:
        save(cost_plot(compared, "step [ms]"), folder / "cost.png")


def moved_text(shorter: "Comparison", longer: "Comparison", steps: Sequence[int]) -> str:
    """How much each method's scores still moved between two numbers of steps, paired by seed.

    Where scores still rise much, training was stopped early, and differences between methods are
    differences in speed.
    """
    import numpy as np

    from analysis.comparison.comparison import Estimate
    from analysis.text_table import Table

    rows = []
    for method in longer.methods:
        before, after = shorter.scores[method], longer.scores[method]
        common = [seed for seed in after if seed in before]
        cells = []
        for task in longer.tasks:
            moves = np.array([after[seed][task] - before[seed][task] for seed in common])
            move = Estimate.of(moves)
            doubt = "" if np.isnan(move.se) else f" ± {move.se:.3f}"
            cells.append(f"{move.mean:+.3f}{doubt}")
        rows.append([method, *cells])
    text = Table(["method", *longer.tasks], rows).text()
    return f"from {steps[0]} to {steps[-1]} steps the scores moved by\n\n{text}"
