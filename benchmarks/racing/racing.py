"""Simulated races of a recommendation: how often the chosen one is good, for how many trainings.

python benchmarks/racing/racing.py --out reports/recommendation

Candidates with known mean gains and normal or heavy-tailed noise by seed are raced by
`gradsplit.studies.recommendation.racing.race` with room for 40 % of the trainings of everybody on
all eight seeds, and the finalists judged on five fresh seeds by `verdict`. Gains are in points.
"""

import argparse
import csv
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.comparison.comparison import Comparison
from gradsplit.studies.recommendation.judging.verdict import verdict
from gradsplit.studies.recommendation.racing.race import SAME_COST, Entry, Race

RACE_SEEDS, JUDGE_SEEDS, SHARE, GOOD = 8, 5, 0.4, 0.5
FINALISTS = 4  # beside the simplest
COSTS = (1.0, 1.4, 2.0)
RAISED = 100.0  # so that nobody harms a task: preferring the harmless is not simulated


@dataclass(frozen=True)
class World:
    """What races are simulated.

    Attributes:
        candidates: How many.
        noise: Of a seed, in points.
        unequal: Noise differs by up to so many times either way.
        spread: Standard deviation of the true means, in points; 0 is no difference at all.
        classes: Different costs.
        tails: "normal" or "heavy" (t with three degrees of freedom).
    """

    candidates: int
    noise: float
    unequal: float
    spread: float
    classes: int
    tails: str


@dataclass(frozen=True)
class Drawn:
    """One race: true means, costs, and gains [K, seeds]."""

    means: np.ndarray
    costs: np.ndarray
    gains: np.ndarray

    @classmethod
    def of(cls, world: World, rng: np.random.Generator) -> "Drawn":
        """Draw a race; the first candidate is plain training, at cost 1."""
        count, seeds = world.candidates, RACE_SEEDS + JUDGE_SEEDS
        means = world.spread * rng.normal(size=count)
        log = np.log(world.unequal)
        scale = world.noise * np.exp(rng.uniform(-log, log, count))
        heavy = rng.standard_t(3, (count, seeds)) / 3**0.5
        noise = heavy if world.tails == "heavy" else rng.normal(size=(count, seeds))
        common = 2 * world.noise * rng.normal(size=seeds)
        costs = rng.choice(COSTS[: world.classes], count)
        costs[0] = 1.0
        return cls(means, costs, means[:, None] + scale[:, None] * noise + common)


@dataclass(frozen=True)
class Outcome:
    """What came of a race.

    Attributes:
        lost: How far the best of the race's end is behind the truly best, in points.
        judged: How far what `verdict` recommends is; at one cost only, else nan.
        full: How far the best of everybody trained on all seeds is.
        spent: Trainings, as a share of all.
        dropped_best: Whether one that is truly best of its cost was dropped as decidedly behind;
            where all are alike, whether anybody was.
        false_claim: Whether a step to one that is not truly ahead was called decided.
    """

    lost: float
    judged: float
    full: float
    spent: float
    dropped_best: bool
    false_claim: bool


def run_race(drawn: Drawn) -> Race:
    """One race, with room for a share of all trainings."""
    names = [str(at) for at in range(len(drawn.means))]

    def train(chosen: Sequence[str], seeds: Sequence[int]) -> dict[str, dict[int, float]]:
        return {one: {seed: drawn.gains[int(one), seed] for seed in seeds} for one in chosen}

    race = Race(train, range(RACE_SEEDS), always=("0",))
    race.enter({name: Entry(drawn.costs[int(name)]) for name in names})
    race.run(int(SHARE * len(names) * RACE_SEEDS) - race.spent)
    return race


def outcome(drawn: Drawn) -> Outcome:
    """Race, judge, and compare with the truth."""
    race = run_race(drawn)
    count, best = len(drawn.means), drawn.means.max()
    chosen = max(race.front(), key=race.mean)
    fully = drawn.gains[:, :RACE_SEEDS].mean(axis=1).argmax()
    recommended, false_claim = _judged(drawn, race)
    one_cost = len(set(drawn.costs)) == 1
    return Outcome(
        best - drawn.means[int(chosen)],
        best - drawn.means[recommended] if one_cost else float("nan"),
        best - drawn.means[fully],
        race.spent / (count * RACE_SEEDS),
        any(_best_of_cost(drawn, int(n)) for n, out in race.dropped.items() if out.why == "behind"),
        false_claim,
    )


def _best_of_cost(drawn: Drawn, at: int) -> bool:
    rivals = drawn.means[drawn.costs <= SAME_COST * drawn.costs[at]]
    return bool(drawn.means[at] >= rivals.max())


def _judged(drawn: Drawn, race: Race) -> tuple[int, bool]:
    """Who is recommended, and whether any decided pair of finalists has the wrong sign."""
    kept = sorted((n for n in race.front() if n != "0"), key=race.mean, reverse=True)[:FINALISTS]
    seeds = range(RACE_SEEDS, RACE_SEEDS + JUDGE_SEEDS)
    scores = {"single": {seed: {"task": 1.0} for seed in seeds}}
    for name in ["0", *kept]:
        gains = (RAISED + drawn.gains[int(name)]) / 100
        scores[name] = {seed: {"task": 1.0 + gains[seed]} for seed in seeds}
    costs = {name: float(drawn.costs[int(name)]) for name in ["0", *kept]}
    found = verdict(Comparison(scores), costs, "0")
    wrong = [
        (drawn.means[int(a.method)] - drawn.means[int(a.against)]) * a.difference.mean <= 0
        for a in found.answers
        if a.decided
    ]
    return int(found.recommended), any(wrong)


def worlds() -> list[World]:
    """All worlds: every noise and spread at one cost, and some at three and with heavy tails."""
    grid = itertools.product((10, 20, 30), (0.3, 0.7, 1.5), (1.0, 3.0), (0.0, 1.0, 3.0))
    found = [World(*one, classes=1, tails="normal") for one in grid]
    found += [World(20, noise, 3.0, 1.0, 3, "normal") for noise in (0.3, 0.7, 1.5)]
    return found + [World(20, noise, 3.0, 1.0, 1, "heavy") for noise in (0.3, 0.7, 1.5)]


def summary(world: World, races: int, seed: int) -> dict[str, object]:
    """Shares over many races, in per cent."""
    rng = np.random.default_rng(seed)
    seen = [outcome(Drawn.of(world, rng)) for _ in range(races)]

    def within(values: list[float]) -> str:
        known = [value for value in values if not np.isnan(value)]
        return f"{100 * np.mean(np.array(known) <= GOOD):.0f}" if known else ""

    return {
        **vars(world),
        "good [%]": within([one.lost for one in seen]),
        "recommended good [%]": within([one.judged for one in seen]),
        "fully trained good [%]": within([one.full for one in seen]),
        "trainings [%]": f"{100 * np.mean([one.spent for one in seen]):.0f}",
        "best dropped [%]": f"{100 * np.mean([one.dropped_best for one in seen]):.1f}",
        "false claims [%]": f"{100 * np.mean([one.false_claim for one in seen]):.1f}",
    }


def main() -> None:
    """Simulate all worlds and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--races", type=int, default=300)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "racing.csv").open("w", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for seed, world in enumerate(worlds()):
            row = summary(world, given.races, seed)
            print(*row.values(), sep="\t", flush=True)
            writer = writer or csv.DictWriter(file, list(row))
            if seed == 0:
                writer.writeheader()
            writer.writerow(row)
            file.flush()


if __name__ == "__main__":
    main()
