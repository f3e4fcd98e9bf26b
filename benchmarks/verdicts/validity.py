"""How often the intervals cover the truth, and how often any edge is wrongly called harmful.

Run: OMP_NUM_THREADS=1 python benchmarks/verdicts/validity.py --out reports/probe/validity.md
"""

import argparse
import itertools
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from probe_simulation import (
    LOG_THRESHOLD,
    THRESHOLD,
    Judged,
    draw_samples,
    judge_adaptive,
    judge_fixed,
)

from relations.statistics.intervals import Matrix

NOISES = (0.002, 0.005, 0.01, 0.02)
TASKS = (4, 10, 27)
SEEDS = (3, 4, 5, 6, 7, 8, 9, 10)
CHUNK = 2_000_000  # samples at once


@dataclass
class Counts:
    """What happened in the probes of one setting."""

    probes: int = 0
    edges: int = 0
    covered: int = 0
    false_harmful: int = 0
    false_any: int = 0
    decided: int = 0
    runs: float = 0.0

    def add(self, judged: Judged, true: Matrix) -> None:
        """Count some probes."""
        lower, upper = judged.means.interval(0.05)
        edges = ~np.isnan(judged.means.se)
        at_or_above = true >= LOG_THRESHOLD
        false_harmful = judged.harmful & at_or_above
        false_harmless = judged.not_harmful & ~at_or_above
        self.probes += len(true)
        self.edges += int(edges.sum())
        self.covered += int(((lower <= true) & (true <= upper) & edges).sum())
        self.false_harmful += int(false_harmful.any(axis=(1, 2)).sum())
        self.false_any += int((false_harmful | false_harmless).any(axis=(1, 2)).sum())
        self.decided += int((judged.harmful | judged.not_harmful).sum())
        self.runs += float(judged.runs.sum())

    def row(self) -> list[str]:
        """Coverage, false verdicts, decided edges, runs a probe."""
        harmful = self.false_harmful / self.probes
        error = np.sqrt(max(harmful, 1 / self.probes) * (1 - harmful) / self.probes)
        return [
            f"{self.covered / self.edges:.1%}",
            f"{harmful:.2%} ± {error:.2%}",
            f"{self.false_any / self.probes:.2%}",
            f"{self.decided / self.edges:.0%}",
            f"{self.runs / self.probes:.0f}",
        ]


def true_changes(rng: np.random.Generator, kind: str, probes: int, tasks: int) -> Matrix:
    """[P, T, T] true changes on the log scale.

    "threshold": every edge exactly at the threshold, where every harmful verdict is false and most
    likely. "mixed": a third of the edges at the threshold, a third within 1 % of it, a third 5 %.
    """
    shape = (probes, tasks, tasks)
    if kind == "threshold":
        return np.full(shape, LOG_THRESHOLD)
    scale = rng.choice([0.0, 0.01, 0.05], size=shape)
    changes = THRESHOLD + scale * rng.standard_normal(shape)
    # Where nothing is added the truth is the threshold itself, not a rounding beside it.
    return np.where(scale == 0, LOG_THRESHOLD, np.log1p(changes))


def measure(
    kind: str, tasks: int, noise: float, seeds: int | tuple[int, int], probes: int, **law: float
) -> Counts:
    """Simulate the probes of one setting."""
    high = seeds if isinstance(seeds, int) else seeds[1]
    rng = np.random.default_rng([tasks, round(noise * 1e4), high, len(kind)])
    counts = Counts()
    chunk = max(1, CHUNK // (high * tasks * tasks))
    for start in range(0, probes, chunk):
        true = true_changes(rng, kind, min(chunk, probes - start), tasks)
        samples = draw_samples(rng, true, noise, high, **law)
        if isinstance(seeds, int):
            counts.add(judge_fixed(samples), true)
        else:
            counts.add(judge_adaptive(samples, *seeds), true)
    return counts


HEAD = "| truth | T | noise | seeds | coverage | any false harmful | any false | decided | runs |"


def tables(probes: int) -> str:
    """All tables as Markdown."""
    lines = [HEAD, "|" + "---|" * 9]
    everything = itertools.product(("threshold", "mixed"), TASKS, NOISES, (*SEEDS, (3, 10)))
    for kind, tasks, noise, seeds in everything:
        counts = measure(kind, tasks, noise, seeds, probes)
        name = str(seeds) if isinstance(seeds, int) else "3..10"
        cells = [kind, str(tasks), f"{noise:.1%}", name, *counts.row()]
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def beyond_the_model(probes: int) -> str:
    """The same where noise is neither alike for all targets nor normal."""
    lines = [
        "| noise of targets | T | seeds | coverage of 95 % | any false harmful |",
        "|---|---|---|---|---|",
    ]
    laws = {
        "normal, spread e^0.7": {"spread": 0.7},
        "normal, spread e^1.2": {"spread": 1.2},
        "t with 4 degrees of freedom": {"tail": 4.0},
    }
    for (name, law), tasks, seeds in itertools.product(laws.items(), (4, 10), (3, 5, 10, (3, 10))):
        row = measure("threshold", tasks, 0.005, seeds, probes, **law).row()
        text = str(seeds) if isinstance(seeds, int) else "3..10"
        lines.append(f"| {name} | {tasks} | {text} | {row[0]} | {row[1]} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    start = time.perf_counter()
    text = VALIDITY.format(
        probes=arguments.probes,
        tables=tables(arguments.probes),
        beyond=beyond_the_model(2 * arguments.probes),
    )
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)
    print(f"{time.perf_counter() - start:.0f} s")


VALIDITY = """# Validity of intervals and verdicts

Made by `OMP_NUM_THREADS=1 python benchmarks/verdicts/validity.py --out reports/probe/validity.md`:
{probes} simulated probes a setting, judged by the library's own functions with its defaults (level
95 %, Holm, variance shrinkage up to five seeds or with adaptive seeds that begin there).

- *truth*: `threshold`: every edge lies exactly at the threshold of -1 %, so that every harmful
  verdict is false (the worst case); `mixed`: a third there, a third within about 1 % of it, a third
  within about 5 %.
- *noise*: standard deviation of the change of one seed.
- *seeds*: a number, or 3..10 for adaptive ones.
- *coverage*: share of edges whose marginal 95 % interval holds the true change. With adaptive seeds
  these intervals take no account of the looks; the verdicts do.
- *any false harmful*: share of probes with at least one harmful verdict on an edge that is not
  harmful, ± its standard error. *any false*: also counting "not harmful" on a harmful edge.

{tables}

## Where the model does not hold

All edges at the threshold, noise 0.5 %, twice as many probes. Spread: each target has a noise of
its own, log-normal around 0.5 %. Shrinkage assumes a common law of the variances; t tails break
normality.

{beyond}
"""


if __name__ == "__main__":
    main()
