"""Where everybody stands in a race, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.seed_means import SeedMean
from analysis.text_table import Table
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCost
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.racing.race import Dropped, Race
from relations.tables.text_table import aligned

_NUMBERS = 5
"""So many columns come before what became of a candidate."""

_LEFT = {"undecided": "undecided", "kept": "kept to compare"}
"""Why one is still there at the end of a race -> its state."""


@dataclass(frozen=True)
class Standing:
    """One candidate of a race.

    Attributes:
        name: Its name.
        gain: Its gain over multi-head training in pairs by seed, a fraction; None of one that was
            never trained to the end.
        cost: At inference.
        dropped: Why it is out; None while it runs.
        in_front: Whether nobody who costs no more is ahead of it.
        config: What it is; None where only its name is known.
        trails: Whom it is behind, of one that is still in when the race is over.
        spared: Whether it is in front as those that cost no more and gain more harm a task.
    """

    name: str
    gain: SeedMean | None
    cost: InferenceCost
    dropped: Dropped | None
    in_front: bool
    config: Configuration | None = None
    trails: Dropped | None = None
    spared: bool = False

    @property
    def is_said(self) -> str:
        """What its name does not say, for people: such as the weights that a search found.

        Example:
            >>> from gradsplit.studies.recommendation.configuration import Configuration
            >>> tuned = Configuration("tuned-weights", "it", words="weights:loud=0.1,quiet=1")
            >>> Standing("tuned-weights", None, InferenceCost(1, 1), None, False, tuned).is_said
            '`tuned-weights` is `weights:loud=0.1,quiet=1`'
        """
        untold = self.config.untold if self.config else ""
        return f"`{self.name}` is `{untold}`" if untold else ""

    def state(self) -> str:
        """What became of it: "in front", "running", "behind", "no room" or "failed".

        "running" is for during a race; at its end that is "undecided", or "kept to compare" of what
        others are held against.
        """
        if self.dropped is None:
            left = "running" if self.trails is None else _LEFT[self.trails.why]
            return "in front" if self.in_front else left
        return {"room": "no room"}.get(self.dropped.why, self.dropped.why)

    def words(self) -> str:
        """What became of it, for people."""
        out = self.dropped or self.trails
        if out is None:
            front = f"in front{' of those that harm no task' if self.spared else ''}"
            return front if self.in_front else "still in"
        if not out.rival:
            return {"room": "no room for more seeds"}.get(out.why, out.why)
        apart = f"{100 * abs(out.by):.1f} {'behind' if out.by >= 0 else 'ahead of'} {out.rival}"
        before = "no room for more seeds, " if out.why == "room" else ""
        after = f", {_LEFT[out.why]}" if out.why in _LEFT else ""
        return f"{before}{apart}{after}"

    def behind(self) -> str:
        """Behind whom, and how far; "" of who is in front, running or failed."""
        out = self.dropped or self.trails
        return f"{100 * out.by:.1f} {out.rival}" if out is not None and out.rival else ""


@dataclass(frozen=True)
class Standings:
    """Everybody in a race.

    Attributes:
        members: Who entered: those that run first, then by gain.
        left_out: What did not take part, or failed -> why.
        title: What is shown.
    """

    members: tuple[Standing, ...]
    left_out: Mapping[str, str]
    title: str = ""

    @classmethod
    def of(
        cls,
        race: Race,
        costs: Mapping[str, InferenceCost],
        left_out: Mapping[str, str],
        configurations: Mapping[str, Configuration],
    ) -> "Standings":
        """Where everybody stands in a race."""
        front = set(race.front()) if race.running else set()
        trailing, spared = race.trailing(), race.preferred()
        members = [
            Standing(
                name,
                _gain(race, name),
                costs[name],
                race.dropped.get(name),
                name in front,
                configurations.get(name),
                trailing.get(name),
                name in spared,
            )
            for name in race.entries
        ]
        members.sort(key=lambda one: (one.dropped is not None, -_mean(one)))
        return cls(tuple(members), dict(left_out))

    def since(self, told: Mapping[str, str]) -> "Standings":
        """The same without what was told before of who does not take part."""
        new = {name: why for name, why in self.left_out.items() if told.get(name) != why}
        return replace(self, left_out=new)

    @property
    def table(self) -> Table:
        """A line a candidate."""
        header = (
            *("candidate", "over multi-head", "seeds", "operations", "parameters"),
            *("state", "behind", "what", "method"),
        )
        rows = tuple(
            (
                one.name,
                _points(one.gain) if one.name != MULTI_HEAD else "",
                str(one.gain.n) if one.gain else "",
                f"{one.cost.operations:.2f} x",
                f"{one.cost.parameters:.2f} x",
                one.state(),
                one.behind(),
                one.config.what if one.config else "",
                one.config.words if one.config else "",
            )
            for one in self.members
        )
        said = [one.is_said for one in self.members if one.is_said]
        return Table(header, rows, [*said, *not_raced(self.left_out)])

    def text(self, width: int | None = None) -> str:
        """For people, a line a candidate.

        Args:
            width: Of a line; what became of the candidates goes below where it does not fit.
        """
        heading = f"{self.title} (gain in points of delta_m ± standard error, cost at inference)\n"
        cells = [list(row[:_NUMBERS]) for row in (self.table.header, *self.table.rows)]
        states = ["state", *(one.words() for one in self.members)]
        # States are texts and stand to the left.
        numbers = aligned(cells)
        widest = max(map(len, numbers))
        lines = [f"{line:{widest}}  {state}" for line, state in zip(numbers, states, strict=True)]
        if width is not None and max(map(len, lines)) > width:
            beside = zip((row[0] for row in cells), states, strict=True)
            lines = [*numbers, "", *aligned([list(row) for row in beside], numbers=False)]
        return "\n".join([*([heading] if self.title else []), *lines, *self.table.notes])

    def __str__(self) -> str:
        return self.text()


def not_raced(left_out: Mapping[str, str]) -> list[str]:
    """A line for each reason, with all who do not take part for it.

    Example:
        >>> not_raced({"wider": "no width", "longer": "no room", "later": "no room"})
        ['not in the race: wider: no width', 'not in the race: longer; later: no room']
    """
    by_reason: dict[str, list[str]] = {}
    for name, why in left_out.items():
        by_reason.setdefault(why, []).append(name)
    return [f"not in the race: {'; '.join(names)}: {why}" for why, names in by_reason.items()]


def _gain(race: Race, name: str) -> SeedMean | None:
    own, plain = race.gains.get(name), race.gains.get(MULTI_HEAD, {})
    if not own or (name in race.dropped and race.dropped[name].why == "failed"):
        return None
    return SeedMean.of(np.array([own[seed] - plain[seed] for seed in own]))


def _mean(one: Standing) -> float:
    return one.gain.mean if one.gain else -np.inf


def _points(gain: SeedMean | None) -> str:
    if gain is None:
        return "?"
    error = f" ± {100 * gain.se:.1f}" if np.isfinite(gain.se) else ""
    return f"{100 * gain.mean:+z.1f}{error}"
