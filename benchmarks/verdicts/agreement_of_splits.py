"""Do verdicts read on validation data hold on test data? For a relation table with both columns.

Run: python benchmarks/verdicts/agreement_of_splits.py TABLE --out reports/probe/mimic27.md
"""

import argparse
from pathlib import Path

import numpy as np

from relations import GradientMask, RelationGraph, load_changes

THRESHOLDS = (0.0, -0.01, -0.02, -0.05)


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation."""
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)


def tables(path: Path, first: str, second: str) -> str:
    """Agreement of two columns at several thresholds, and their rank correlations."""
    one, other = load_changes(path, column=first), load_changes(path, column=second)
    edges = ~np.isnan(one.mean) & ~np.isnan(other.mean)
    lines = [
        "| threshold | harmful by the first | by the second | same verdict | F1 of harmful |",
        "|---|---|---|---|---|",
    ]
    for threshold in THRESHOLDS:
        masks = [
            GradientMask.from_graph(RelationGraph.from_changes(changes, threshold=threshold))
            for changes in (one, other)
        ]
        a, b = (~mask.may_update[edges] for mask in masks)
        both = (a & b).sum()
        lines.append(
            f"| {threshold:.0%} | {a.sum()} | {b.sum()} | {(a == b).mean():.1%} | "
            f"{2 * both / (a.sum() + b.sum()):.2f} |"
        )
    within = [
        rank_correlation(one.mean[edges[:, place], place], other.mean[edges[:, place], place])
        for place in range(len(one.tasks))
    ]
    lines += [
        "",
        f"{len(one.tasks)} tasks, {edges.sum()} edges. Rank correlation over all edges "
        f"{rank_correlation(one.mean[edges], other.mean[edges]):.2f}, within targets (mean) "
        f"{np.mean(within):.2f}.",
    ]
    return "\n".join(lines)


TEXT = """# Verdicts on validation data against test data

Made by `python benchmarks/verdicts/agreement_of_splits.py TABLE --out reports/probe/mimic27.md`,
where TABLE is the pair gains of 27 clinical tasks published with MTG-Net (Song et al., NeurIPS
2022), one seed.
The first verdicts are read from `{first}`, the second from `{second}`, both by the
point rule: there is one seed, so no uncertainty is known. Both columns are scores of the same
networks: the disagreement is that of the data split alone, and seeds would add to it.

{tables}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--columns", nargs=2, default=["change_validation", "change_test"])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    first, second = arguments.columns
    text = TEXT.format(first=first, second=second, tables=tables(arguments.table, first, second))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
