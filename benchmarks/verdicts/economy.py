"""How many trainings adaptive seeds save, with the relation table of the method's authors as truth.

Run: OMP_NUM_THREADS=1 python benchmarks/verdicts/economy.py TABLE --out reports/probe/economy.md
"""

import argparse
from pathlib import Path

import numpy as np
from probe_simulation import LOG_THRESHOLD, Judged, draw_samples, judge_adaptive, judge_fixed

from relations import load_changes
from relations.statistics.corrections import Correction
from relations.statistics.intervals import Matrix

NOISES = (0.001, 0.002, 0.003, 0.005, 0.01)
CAPS = (10, 20, 30)
FIXED = (3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 22, 26, 30, 36, 44)
CORRECTIONS: tuple[Correction, ...] = ("holm", "bh", "none")
CHUNK = 500


def wrong(judged: Judged, true: Matrix) -> Matrix:
    """[P] edges on the wrong side of the threshold by their mean, which is what a mask uses."""
    edges = ~np.eye(true.shape[-1], dtype=bool)
    by_mean = judged.means.mean < LOG_THRESHOLD
    return ((by_mean != (true < LOG_THRESHOLD)) & edges).sum(axis=(1, 2))


def measure(
    table: Matrix, noise: float, seeds: int, probes: int, correction: Correction | None
) -> list[float]:
    """Mean wrong edges, runs, decided edges, share of probes with a false verdict.

    `correction` None: fixed seeds; otherwise adaptive ones from 3 to `seeds`.
    """
    rng = np.random.default_rng([seeds, round(noise * 1e4)])
    sums = np.zeros(4)
    for _ in range(0, probes, CHUNK):
        true = np.broadcast_to(table, (CHUNK, *table.shape))
        samples = draw_samples(rng, true, noise, seeds)
        if correction is None:
            judged = judge_fixed(samples)
        else:
            judged = judge_adaptive(samples, 3, seeds, correction)
        is_harm = true < LOG_THRESHOLD
        false = (judged.harmful & ~is_harm) | (judged.not_harmful & is_harm)
        decided = (judged.harmful | judged.not_harmful).sum(axis=(1, 2))
        sums += [
            wrong(judged, true).sum(),
            judged.runs.sum(),
            decided.sum(),
            false.any(axis=(1, 2)).sum(),
        ]
    return list(sums / (CHUNK * len(range(0, probes, CHUNK))))


def tables(table: Matrix, probes: int) -> str:
    """One line a noise, cap and correction."""
    lines = [
        "| noise | seeds | correction | wrong edges | runs | fixed as good | their runs | ratio "
        "| decided | any false |",
        "|" + "---|" * 10,
    ]
    per_seed = len(table) * (len(table) + 1) / 2
    for noise in NOISES:
        fixed = [measure(table, noise, seeds, 4 * probes, None)[0] for seeds in FIXED]
        for cap in CAPS:
            for correction in CORRECTIONS:
                errors, runs, decided, false = measure(table, noise, cap, probes, correction)
                # Wrong edges fall with seeds nearly as a power, so between two numbers in logs.
                equal = float(np.exp(np.interp(-np.log(errors), -np.log(fixed), np.log(FIXED))))
                lines.append(
                    f"| {noise:.1%} | 3..{cap} | {correction} | {errors:.3f} | {runs:.1f} | "
                    f"{equal:.1f} | {equal * per_seed:.0f} | {runs / (equal * per_seed):.0%} | "
                    f"{decided:.1f} | {false:.1%} |"
                )
                print(lines[-1], flush=True)
    return "\n".join(lines)


TEXT = """# Economy of adaptive seeds

Made by
`OMP_NUM_THREADS=1 python benchmarks/verdicts/economy.py TABLE --out reports/probe/economy.md`,
where TABLE is the relation table of the method's authors (four tasks, twelve edges, six of them
within half a point of the threshold), taken as the truth; {probes} simulated probes a line
(fixed seeds: four times as many).

- *noise*: standard deviation of the change of one seed.
- *wrong edges*: by the mean against the threshold, the method's own rule, whatever the verdict.
- *fixed as good*: the fixed number of seeds with the same number of wrong edges
  (interpolated), and its runs, 10 a seed. *ratio*: runs of the adaptive probe over those.
- *decided*: edges with a verdict of harmful or not harmful. *any false*: probes with a false
  verdict.

{tables}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--probes", type=int, default=4000)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    table = np.log1p(load_changes(arguments.table).mean)
    text = TEXT.format(probes=arguments.probes, tables=tables(table, arguments.probes))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)


if __name__ == "__main__":
    main()
