"""How often intervals cover the truth and verdicts are wrong, by class of edge.

Run: OMP_NUM_THREADS=1 python benchmarks/verdicts/validity.py --out reports/probe/validity.md
"""

import argparse
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from probe_simulation import (
    LOG_THRESHOLD,
    THRESHOLD,
    Judged,
    NoiseLaw,
    Samples,
    draw_accuracies,
    draw_samples,
    judge_adaptive,
    judge_fixed,
)

from relations.statistics.intervals import Matrix

TASKS = (2, 4, 10, 30)
SEEDS = (2, 3, 5, 10)
NOISE = 0.01
CHUNK = 1_500_000  # changes at once
AIM = 0.055
"""Most probes with any false verdict; settings that seem to have more are simulated again."""
AGAIN = 20
"""With how many times the probes."""

Draw = Callable[[np.random.Generator, Matrix, int], Samples]


def normal(law: NoiseLaw) -> Draw:
    """Scores without a grid."""
    return lambda rng, true, seeds: draw_samples(rng, true, NOISE, seeds, law)


def counts(accuracy: float, pictures: int) -> Draw:
    """Accuracies on few pictures."""
    return lambda rng, true, seeds: draw_accuracies(rng, true, accuracy, pictures, seeds)


@dataclass(frozen=True)
class Case:
    """A kind of probe: how its changes are drawn, and which classes of edges it has."""

    name: str
    draw: Draw
    law: NoiseLaw = field(default_factory=NoiseLaw)

    @classmethod
    def of(cls, name: str, law: NoiseLaw) -> "Case":
        """One whose scores have no grid."""
        return cls(name, normal(law), law)


CASES = (
    Case.of("equal noise", NoiseLaw()),
    Case.of("one target 10x as noisy", NoiseLaw(noisy_targets=1)),
    Case.of("one source 10x as unstable", NoiseLaw(unstable_sources=1)),
    Case.of("one quiet target, the others 10x", NoiseLaw(noisy_targets=-1)),
    Case.of("heavy tails (t, 3 df)", NoiseLaw(tail=3.0)),
    Case.of("skewed (exponential, downwards)", NoiseLaw(skewed=True)),
    Case("accuracy .80 on 50 pictures", counts(0.80, 50)),
    Case("accuracy .95 on 50 pictures", counts(0.95, 50)),
    Case("accuracy .99 on 50 pictures", counts(0.99, 50)),
    Case("accuracy .95 on 1,000 pictures", counts(0.95, 1000)),
)


Setting = tuple[Case, int, int | tuple[int, int]]
"""Case, tasks, seeds."""


@dataclass
class Tally:
    """What happened in the probes of one setting."""

    classes: NDArray[np.str_]
    probes: int = 0
    covered: dict[str, float] = field(default_factory=dict)
    false_harmful: int = 0
    false_any: int = 0
    decided: int = 0
    runs: float = 0.0

    def add(self, judged: Judged, true: Matrix) -> None:
        """Count some probes."""
        lower, upper = judged.means.interval(0.05)
        # No interval: nothing is claimed, so nothing wrong either.
        holds = np.isnan(lower) | ((lower <= true) & (true <= upper))
        off_diagonal = ~np.eye(true.shape[-1], dtype=bool)
        for name in np.unique(self.classes[off_diagonal]).tolist():
            mean = float(holds[:, off_diagonal & (self.classes == name)].mean())
            self.covered[name] = self.covered.get(name, 0.0) + mean * len(true)
        harm = true < LOG_THRESHOLD
        false_harmful, false_harmless = judged.harmful & ~harm, judged.not_harmful & harm
        # At the threshold itself, both verdicts are wrong in one direction: equality is not harm.
        at = true == LOG_THRESHOLD
        one_sided = judged.not_harmful & at
        self.probes += len(true)
        self.false_harmful += int(false_harmful.any(axis=(1, 2)).sum())
        self.false_any += int((false_harmful | false_harmless | one_sided).any(axis=(1, 2)).sum())
        self.decided += int((judged.harmful | judged.not_harmful)[:, off_diagonal].sum())
        self.runs += float(judged.runs.sum())

    @property
    def coverage(self) -> tuple[float, float]:
        """Of the class covered least, and of the one covered most."""
        shares = [total / self.probes for total in self.covered.values()]
        return min(shares), max(shares)

    @property
    def cells(self) -> list[str]:
        """Coverage of both classes, false harmful verdicts, any false verdict."""
        false = self.false_harmful / self.probes, self.false_any / self.probes
        return [f"{share:.1%}" for share in (*self.coverage, *false)]


def true_changes(rng: np.random.Generator, kind: str, probes: int, tasks: int) -> Matrix:
    """[P, T, T] true changes on the log scale.

    "threshold": every edge exactly at the threshold, where every verdict says too much and is most
    likely. "mixed": a third of the edges there, a third within 1 % of it, a third 5 %.
    """
    shape = (probes, tasks, tasks)
    if kind == "threshold":
        return np.full(shape, LOG_THRESHOLD)
    scale = rng.choice([0.0, 0.01, 0.05], size=shape)
    changes = np.clip(THRESHOLD + scale * rng.standard_normal(shape), -0.5, None)
    # Where nothing is added the truth is the threshold itself, not a rounding beside it.
    return np.where(scale == 0, LOG_THRESHOLD, np.log1p(changes))


def measure(
    case: Case, kind: str, tasks: int, seeds: int | tuple[int, int], probes: int, borrow: bool
) -> Tally:
    """Draw probes and judge them."""
    rng = np.random.default_rng([tasks, sum(np.atleast_1d(seeds)), len(case.name)])
    most = seeds if isinstance(seeds, int) else seeds[1]
    chunk = max(1, min(probes, CHUNK // (most * tasks * tasks)))
    tally = Tally(case.law.classes(tasks))
    while tally.probes < probes:
        true = true_changes(rng, kind, min(chunk, probes - tally.probes), tasks)
        samples = dataclasses.replace(case.draw(rng, true, most), borrow=borrow)
        fixed = isinstance(seeds, int)
        tally.add(judge_fixed(samples) if fixed else judge_adaptive(samples, *seeds), true)
    return tally


def validity(probes: int) -> tuple[str, list[Setting]]:
    """Coverage and false verdicts of edges at the threshold; the settings above the aim."""
    above: list[Setting] = []
    lines = [
        "| case | T | seeds | coverage, worst class | best class | any false harmful | any verdict "
        "| the same, moderated t: worst class | any verdict |",
        "|" + "---|" * 9,
    ]
    for case in CASES:
        for tasks in TASKS:
            for seeds in (*SEEDS, (3, 10)):
                adaptive = not isinstance(seeds, int)
                own = measure(case, "threshold", tasks, seeds, probes, borrow=False)
                cells = [case.name, str(tasks), "3..10" if adaptive else str(seeds)]
                cells += ["–", "–", *own.cells[2:]] if adaptive else own.cells
                if own.false_any > AIM * probes:
                    above.append((case, tasks, seeds))
                if not adaptive and seeds <= 5 and tasks > 2:
                    lent = measure(case, "threshold", tasks, seeds, probes, borrow=True)
                    cells += [f"{lent.coverage[0]:.1%}", _share(lent.false_any, lent)]
                else:
                    cells += ["", ""]
                lines.append("| " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
    return "\n".join(lines), above


def again(settings: list[Setting], probes: int) -> str:
    """The same of a few settings, with more probes."""
    lines = [
        "| case | T | seeds | coverage, worst class | best class | any false harmful "
        "| any verdict |",
        "|" + "---|" * 7,
    ]
    for case, tasks, seeds in settings:
        tally = measure(case, "threshold", tasks, seeds, probes, borrow=False)
        lines.append("| " + " | ".join([case.name, str(tasks), str(seeds), *tally.cells]) + " |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _share(count: int, tally: Tally) -> str:
    return f"{count / tally.probes:.1%}"


def cost(probes: int) -> str:
    """Decided edges of mixed truths, by plain and by moderated t."""
    lines = [
        "| case | T | seeds | decided | by moderated t | runs | by moderated t |",
        "|" + "---|" * 7,
    ]
    for case in CASES[:4]:
        for tasks in (4, 10):
            for seeds in (3, 4, 5, 6, 7, 10, (3, 10), (3, 20)):
                pair = [
                    measure(case, "mixed", tasks, seeds, probes, borrow) for borrow in (False, True)
                ]
                edges = tasks * (tasks - 1) * probes
                name = str(seeds) if isinstance(seeds, int) else f"{seeds[0]}..{seeds[1]}"
                cells = [case.name, str(tasks), name]
                cells += [f"{tally.decided / edges:.0%}" for tally in pair]
                cells += [f"{tally.runs / tally.probes:.0f}" for tally in pair]
                lines.append("| " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
    return "\n".join(lines)


TEXT = """# Validity of intervals and verdicts, by class of edge

Made by `OMP_NUM_THREADS=1 python benchmarks/verdicts/validity.py --out reports/probe/validity.md`:
{probes} simulated probes a setting, judged by the library's own functions (95 %, Holm). One seed's
change varies by 1 % (standard deviation); in the noisy classes by 10 %.

## Every edge exactly at the threshold

Every verdict says too much there, and is most likely there.

- *coverage*: share of edges whose own 95 % interval holds the true change, for the class of edges
  (noisy, quiet) that is covered least and most. Edges without spread have no interval, and count as
  held: nothing is claimed.
- *any false harmful*, *any verdict*: share of probes with at least one. Its standard error is 0.5
  points at 5 %.
- *moderated t*: what the library did up to five seeds before: edges lend each other their spread.
- *3..10*: adaptive seeds. The intervals shown then are those of the verdicts, which account for the
  looks; coverage of the plain ones is not claimed.

{validity}

The largest of so many shares lies above the true one. The settings with more than {aim:.1%}, with
{many} probes each:

{again}

## What it costs

A third of the edges at the threshold, a third within about 1 % of it, a third within about 5 %:
share of edges decided, and runs spent. Half as many probes.

{cost}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    start = time.perf_counter()
    table, above = validity(arguments.probes)
    text = TEXT.format(
        probes=arguments.probes,
        validity=table,
        aim=AIM,
        many=AGAIN * arguments.probes,
        again=again(above, AGAIN * arguments.probes),
        cost=cost(arguments.probes // 2),
    )
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
