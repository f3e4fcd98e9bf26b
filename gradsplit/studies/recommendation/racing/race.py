"""Candidates raced against each other: the losers are dropped early, the rest get more seeds."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradsplit.studies.recommendation.racing.behind import Ahead, ahead

Gains = Mapping[str, Mapping[int, float]]
"""Candidate -> seed -> gain."""

Train = Callable[[Sequence[str], Sequence[int]], Gains]
"""Trains candidates on seeds; a candidate whose training failed is left out of the answer."""

IsHarmful = Callable[[str], bool]
"""Whether a candidate, by what was measured, still harms a task."""

FIRST = 2
"""Seeds that everybody gets: one seed has no spread."""

SAME_COST = 1.05
"""Costs that differ by less are the same."""

LEAST = 3
"""So many are not halved any more."""

ENTRIES = 5
"""So many times candidates may join; each time there is a look as after a seed."""


@dataclass(frozen=True)
class Entry:
    """What a race knows of a candidate.

    Attributes:
        cost: At inference; one shared network costs 1.
        price: Trainings that one seed takes.
        steps: Factor on the steps of a training.
    """

    cost: float = 1.0
    price: int = 1
    steps: int = 1


@dataclass(frozen=True)
class Dropped:
    """Why a candidate is out.

    Attributes:
        why: "behind" when that is decided, "room" when it was among the worse half and there was no
            room for more seeds, "failed" when its training failed; of who is not out, see
            `Race.trailing`.
        rival: Who was ahead of it, at no more cost; "" where it failed.
        by: How far, a fraction; nan where it failed.
        seeds: On how many seeds.
    """

    why: str
    rival: str = ""
    by: float = float("nan")
    seeds: int = 0


@dataclass
class Race:
    """A race of candidates, paired by seed.

    After every seed, who is decidedly behind somebody is out, if that one costs no more at
    inference and takes no more steps, and harms no task or harms as well: what harms no task is not
    given up for what gains more in the mean. Each look, after a seed or when candidates join, and
    each pair in it, gets its share of 1 - level (Bonferroni), so that any of these decisions of a
    race is wrong with about that probability at most; reports/recommendation/racing.md has what
    simulated races say. That is successive elimination (Even-Dar et al., "Action Elimination and
    Stopping Conditions for the Multi-Armed Bandit", JMLR 2006) with paired t intervals in place of
    bounds on the range. Where the room does not suffice to train all that are left on all seeds,
    the worse half is out after each seed as well, as in successive halving (Karnin et al., "Almost
    Optimal Exploration in Multi-Armed Bandits", ICML 2013), and more of them where the next seed
    has no room for that half; that decides nothing, and is said so.

    Attributes:
        train: Trains candidates on seeds.
        seeds: The seeds of the race, in order.
        always: Candidates that are never out.
        level: See above.
        is_harmful: Which candidates still harm a task.
        seed_price: Trainings that a seed takes besides, as every task alone.
        entries: Name -> candidate, of all that entered.
        gains: What was measured.
        dropped: Name -> why it is out.
        spent: Trainings.
        ended: Whether it was run to its end.
    """

    train: Train
    seeds: Sequence[int]
    always: Collection[str] = ()
    level: float = 0.95
    is_harmful: IsHarmful = lambda name: False  # noqa: ARG005
    seed_price: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    gains: dict[str, dict[int, float]] = field(default_factory=dict)
    dropped: dict[str, Dropped] = field(default_factory=dict)
    spent: int = 0
    ended: bool = False

    @property
    def running(self) -> list[str]:
        """The candidates that are not out."""
        return [name for name in self.entries if name not in self.dropped]

    def mean(self, name: str) -> float:
        """Mean gain of a candidate over its seeds."""
        return float(np.mean(list(self.gains[name].values())))

    def enter(self, entries: Mapping[str, Entry]) -> None:
        """Candidates join: they are trained on as many seeds as those that are running."""
        seen = len(self.gains[self.running[0]]) if self.running else FIRST
        self.entries.update(entries)
        self._train(list(entries), self.seeds[:seen])
        self._look()

    def run(self, room: int) -> None:
        """Seed after seed, until one is decided at every cost or the room is spent.

        Args:
            room: Trainings that may still be made.
        """
        self._run(self.spent + room)
        self.ended = True

    def _run(self, end: int) -> None:
        while self.running:
            seen = len(self.gains[self.running[0]])
            if seen == len(self.seeds) or self._is_decided():
                return
            self._make_room(end - self.spent, len(self.seeds) - seen)
            if self._price(self.running) + self.seed_price > end - self.spent:
                return
            self.spent += self.seed_price
            self._train(self.running, [self.seeds[seen]])
            self._look()

    def front(self) -> list[str]:
        """Who is ahead of everybody that costs and harms no more, the cheapest first."""
        ordered = sorted(self.running, key=lambda name: (self.entries[name].cost, -self.mean(name)))
        return [name for name in ordered if self._behind(name) <= 0]

    def trailing(self) -> dict[str, Dropped]:
        """Who is left at the end and not in front: whom it is behind, and how far.

        Why is "kept" of who is never out, decided or not, and "undecided" of everybody else.
        """
        front = self.front() if self.ended else self.running
        return {
            name: self._beaten(name, "kept" if name in self.always else "undecided", self.running)
            for name in self.running
            if name not in front
        }

    def preferred(self) -> list[str]:
        """Who is in front at the end only as those that cost no more and gain more harm a task."""
        return [
            name
            for name in (self.front() if self.ended else [])
            if any(
                self.entries[one].cost <= SAME_COST * self.entries[name].cost
                and self.entries[one].steps <= self.entries[name].steps
                and self.mean(one) > self.mean(name)
                for one in self.running
            )
        ]

    def _beaten(self, name: str, why: str, among: Iterable[str]) -> Dropped:
        """Behind the best of those that cost and harm no more."""
        rival = max(self._rivals(name, among), key=self.mean)
        by = self.mean(rival) - self.mean(name)
        return Dropped(why, rival, by, len(self.gains[name]))

    def _train(self, names: Sequence[str], seeds: Sequence[int]) -> None:
        found = self.train(names, seeds)
        self.spent += self._price(names) * len(seeds)
        for name in names:
            if name in found and np.isfinite(list(found[name].values())).all():
                self.gains.setdefault(name, {}).update(found[name])
            else:
                self.dropped[name] = Dropped("failed", seeds=len(self.gains.get(name, {})))

    def _price(self, names: Iterable[str]) -> int:
        return sum(self.entries[name].price for name in names)

    def _look(self) -> None:
        """Drop who is decidedly behind; who is dropped together was behind somebody who is not."""
        names = self.running
        if len(names) < 2:
            return
        seen = self._ahead(names)
        looks = len(self.seeds) - FIRST + ENTRIES
        alpha = (1 - self.level) / (looks * len(names) * (len(names) - 1))
        wins = seen.decided(alpha) & self._may_replace(names)
        for at, name in enumerate(names):
            if name in self.always or not wins[:, at].any():
                continue
            rival = int(np.where(wins[:, at], seen.mean[:, at], -np.inf).argmax())
            by = float(seen.mean[rival, at])
            self.dropped[name] = Dropped("behind", names[rival], by, len(self.gains[name]))

    def _ahead(self, names: Sequence[str]) -> Ahead:
        common = list(self.gains[names[0]])
        return ahead(np.array([[self.gains[name][seed] for seed in common] for name in names]))

    def _may_replace(self, names: Sequence[str]) -> np.ndarray:
        """[K, K] whether the row costs and harms no more than the column."""
        rivals = {name: set(self._rivals(name, names)) for name in names}
        return np.array([[one in rivals[name] for name in names] for one in names])

    def _rivals(self, name: str, among: Iterable[str]) -> list[str]:
        """Who costs, in use and in training, and harms no more."""
        own, harmful = self.entries[name], self.is_harmful(name)
        return [
            one
            for one in among
            if one != name
            and self.entries[one].cost <= SAME_COST * own.cost
            and self.entries[one].steps <= own.steps
            and (harmful or not self.is_harmful(one))
        ]

    def _behind(self, name: str) -> float:
        """How far the best of the rivals is ahead; negative for the best itself."""
        rivals = self._rivals(name, self.running)
        return max((self.mean(one) for one in rivals), default=-np.inf) - self.mean(name)

    def _is_decided(self) -> bool:
        """Whether nobody is left who is behind without that being decided."""
        best = self.front()
        return all(name in best or name in self.always for name in self.running)

    def _make_room(self, room: int, rounds: int) -> None:
        """Drop the worse half where all cannot be trained to the end; never the best of a cost.

        More where that does not give the next seed its room; nobody where nothing does.
        """
        names = self.running
        if (self._price(names) + self.seed_price) * rounds <= room:
            return
        safe = {*self.always, *self.front()} & set(names)
        ranked = sorted(names, key=lambda name: (name not in safe, self._behind(name)))
        kept = max(min(LEAST, len(names)), (len(names) + 1) // 2, len(safe))
        while self._price(ranked[:kept]) + self.seed_price > room:
            kept -= 1
            if kept < len(safe):
                return
        for name in ranked[kept:]:
            self.dropped[name] = self._beaten(name, "room", names)
