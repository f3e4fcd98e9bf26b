"""What a recommendation knows of harm: the change of each task in one network for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.figures.labels import number_text
from analysis.writing_direction import isolated
from relations.change_kinds import ChangeKind
from relations.tables.first_names import first_names

PLAIN = "multi-head"
_WHERE = "in plain training of all tasks,"
_SURE = 2.0
"""So many standard errors beyond its threshold a mean is sure, as a recommendation counts it."""


@dataclass(frozen=True)
class JointHarm:
    """Which tasks lose where all are trained together plainly, against training each alone.

    Attributes:
        losing: Tasks that lose more than their threshold in the mean, the worst first, with the
            loss in words.
        sure: Whether one of them does by two standard errors.
        safe: Whether none loses as much, each by two standard errors.
        left: Tasks that lose with what is recommended, by two standard errors; none where that is
            plain training itself.
        seeds: How many judged.
    """

    losing: tuple[str, ...]
    sure: bool
    safe: bool
    left: tuple[str, ...]
    seeds: int

    @property
    def text(self) -> str:
        """In a sentence without its full stop."""
        said = f"{self.shortly(len(self.losing))}, judged on {self.seeds} fresh seeds"
        if not self.left:
            return said
        lose = "loses" if len(self.left) == 1 else "lose"
        return f"{said}; with what is recommended, {', '.join(self.left)} still {lose}"

    def shortly(self, named: int = 3) -> str:
        """Who loses, in a sentence without its full stop.

        Args:
            named: So many of them at most are named.
        """
        if not self.losing:
            return f"{_WHERE} no {'task loses' if self.safe else 'loss is seen'}"
        lose = "loses" if len(self.losing) == 1 else "lose"
        names, sure = first_names(self.losing, named), "" if self.sure else " in the mean"
        return f"{_WHERE} {names} {lose}{sure}"


def joint_harm(facts: Mapping[str, Any] | None, sizes: Mapping[str, float]) -> JointHarm | None:
    """What fresh seeds say of plain training; None where none did.

    Args:
        facts: Of a sound recommendation.json; None where there is none.
        sizes: Task of the page -> how large a loss is harm, in the unit of its changes.
    """
    if facts is None or PLAIN not in facts["judged"] or not sizes.keys() <= facts["kinds"].keys():
        return None
    judged = facts["judged"]
    plain, best = judged[PLAIN]["tasks"], judged[facts["recommended"]]["tasks"]
    kinds = {task: ChangeKind.of_facts(facts["kinds"][task]) for task in sizes}
    ends = {task: _ends(plain[task]) for task in sizes}
    if not all(ends.values()):
        return None
    means = {task: plain[task]["mean"] / size for task, size in sizes.items()}
    losing = sorted((task for task in sizes if means[task] < -1), key=means.__getitem__)
    return JointHarm(
        tuple(
            f"{isolated(task)} ({number_text(plain[task]['mean'], kind)} {kind.short})"
            for task in losing
            for kind in (kinds[task],)
        ),
        any(ends[task][1] < -sizes[task] for task in sizes),
        all(ends[task][0] >= -sizes[task] for task in sizes),
        () if facts["recommended"] == PLAIN else tuple(
            isolated(task)
            for task in sizes
            if (e := _ends(best[task])) and e[1] < -sizes[task]
        ),
        judged[PLAIN]["delta_m"]["n"],
    )  # fmt: skip


def _ends(found: Mapping[str, float | None]) -> tuple[float, ...]:
    """Two standard errors below and above a mean; nothing where that is not known."""
    mean, error = found["mean"], found["se"] or 0.0
    return () if mean is None else (mean - _SURE * error, mean + _SURE * error)
