"""How many seeds decide, on real scores, what moderated t decided before.

Run: OMP_NUM_THREADS=1 python benchmarks/verdicts/power.py --out reports/probe/power.md
"""

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
from probe_simulation import LOG_THRESHOLD, Judged, Samples, judge_adaptive, judge_fixed

from relations import load_changes
from relations.statistics.intervals import Matrix
from relations.statistics.sample_size import MOST_SEEDS, seeds_for_gap

RUNS = {
    "planted": "reports/planted/runs-planted.csv",
    "planted-control": "reports/planted/runs-planted-control.csv",
    "planted-near": "reports/planted/runs-planted-near.csv",
    "figures": "reports/figures/runs.csv",
    "faces": "reports/faces/runs.csv",
    "Tox21, 600 steps": "reports/learning/runs-tox21-600.csv",
}
FIXED = (3, 4, 5, 6, 7, 10)
CAPS = (10, 20)
BORROWED_UP_TO = 5
MOST_PROBES = 100


def whole_seeds(path: str) -> Matrix:
    """[seeds, T, T] on the log scale, of seeds that have every pair run."""
    changes = np.log1p(load_changes(path).by_seed)
    edges = ~np.eye(changes.shape[-1], dtype=bool)
    return changes[~np.isnan(changes[:, edges]).any(axis=1)]


def groups(changes: Matrix, seeds: int) -> Matrix:
    """[seeds, P, T, T]: disjoint groups of seeds where there are many, else all groups."""
    have = len(changes)
    if have >= 4 * seeds:
        chosen = np.arange(have // seeds * seeds).reshape(-1, seeds)
    else:
        every = np.array(list(combinations(range(have), seeds)))
        chosen = np.random.default_rng(0).permutation(every)[:MOST_PROBES]
    return changes[chosen].swapaxes(0, 1)


def decided(judged: Judged) -> str:
    """Mean number of decided edges of a probe."""
    return f"{(judged.harmful | judged.not_harmful).sum(axis=(1, 2)).mean():.1f}"


def lines_of(name: str, changes: Matrix) -> list[str]:
    """A line a number of seeds, as far as there are some."""
    lines = []
    for seeds in FIXED:
        if seeds <= len(changes):
            drawn = groups(changes, seeds)
            now = judge_fixed(Samples(drawn))
            before = judge_fixed(Samples(drawn, borrow=seeds <= BORROWED_UP_TO))
            lines.append(
                f"| {name} | {seeds} | {drawn.shape[1]} | {decided(before)} | {decided(now)} | |"
            )
    for cap in CAPS:
        if cap <= len(changes):
            drawn = groups(changes, cap)
            now = judge_adaptive(Samples(drawn), 3, cap)
            lines.append(
                f"| {name} | 3..{cap} | {drawn.shape[1]} | | {decided(now)} "
                f"| {now.runs.mean():.0f} |"
            )
    return lines


def needed(name: str, changes: Matrix) -> str:
    """Seeds that the edges need which moderated t decides with five seeds (or what there is)."""
    few = changes[:BORROWED_UP_TO, None]
    before = judge_fixed(Samples(few, borrow=True))
    chosen = (before.harmful | before.not_harmful)[0]
    tasks = len(chosen)
    gaps = np.abs(changes.mean(axis=0) - LOG_THRESHOLD)[chosen]
    noises = changes.std(axis=0, ddof=1)[chosen]
    alpha = 0.05 / (tasks * (tasks - 1))
    seeds = [
        seeds_for_gap(float(gap), float(noise), alpha) or MOST_SEEDS + 1
        for gap, noise in zip(gaps, noises, strict=True)
    ]
    if not seeds:
        return f"| {name} | 0 | | | |"
    low, middle, high = np.quantile(seeds, [0, 0.5, 1], method="higher").astype(int)
    most = f"> {MOST_SEEDS}" if high > MOST_SEEDS else str(high)
    return f"| {name} | {len(seeds)} of {tasks * (tasks - 1)} | {low} | {middle} | {most} |"


TEXT = """# Power: seeds that decide, on real scores

Made by
`OMP_NUM_THREADS=1 python benchmarks/verdicts/power.py --out reports/probe/power.md` from the
scores of finished runs. Mean number of decided edges of a probe (95 %, Holm): by moderated t, which
borrowed spread up to five seeds, and by plain t, as now. Probes are disjoint groups of the
seeds where there are four times as many, else groups that share seeds (at most {most},
drawn at random).

| runs | seeds | probes | decided before | decided now | runs a probe |
|---|---|---|---|---|---|
{decided}

## What was decided before: seeds it needs now

Extrapolated, not measured: by the power formula of `relations.statistics.sample_size` (80 %, the
level that Holm begins with) at the mean and spread that all seeds show, for the edges that
moderated t decides with the first five seeds (of Tox21 the first three).

| runs | edges decided before | fewest seeds | median | most |
|---|---|---|---|---|
{needed}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    changes = {name: whole_seeds(path) for name, path in RUNS.items()}
    rows = [line for name, values in changes.items() for line in lines_of(name, values)]
    text = TEXT.format(
        most=MOST_PROBES,
        decided="\n".join(rows),
        needed="\n".join(needed(name, values) for name, values in changes.items()),
    )
    options.out.write_text(text)


if __name__ == "__main__":
    main()
