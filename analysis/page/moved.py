"""What moves between a shorter training and the probe's."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.labels import change_text
from analysis.page.cells import interval_text
from analysis.page.ran import Ran
from analysis.page.recommended import in_code
from relations.errors import RelationsError
from relations.tasks import positions

if TYPE_CHECKING:
    from relations.statistics.change_matrix import ChangeMatrix
    from relations.statistics.movement import Movement

_LISTED = 30


@dataclass(frozen=True)
class Moved:
    """What moves between a shorter training and the probe's.

    Attributes:
        name: The variant.
        movement: The comparison; None when there can be none.
        problem: Why not.
    """

    name: str
    movement: "Movement | None" = None
    problem: str | None = None


def movements(path: str | Path, ran: Ran, changes: "ChangeMatrix") -> list[Moved]:
    """The probe's changes against those of each other number of steps in the ledger."""
    from relations.statistics.change_matrix import ChangeMatrix
    from relations.statistics.movement import movement

    found = []
    for variant in ran.step_variants:
        try:
            first = ChangeMatrix.from_ledger(path, variant).select(changes.tasks)
            found.append(Moved(variant, movement(first, changes)))
        except RelationsError as error:
            found.append(Moved(variant, problem=str(error)))
    return found


def moved_in_words(moved: Moved) -> dict[str, Any]:
    """One comparison of two lengths of training, in words."""
    if moved.movement is None:
        return {"name": moved.name, "problem": in_code(moved.problem or "")}
    found = moved.movement
    place = positions(found.tasks)
    sizes = np.abs(found.mean) / np.array([kind.size for kind in found.kinds])
    edges = sorted(found.moved(), key=lambda edge: -sizes[place[edge[0]], place[edge[1]]])
    rows = []
    for source, target in edges[:_LISTED]:
        at = place[source], place[target]
        kind = found.kinds[place[target]]
        rows.append(
            {
                "source": source,
                "target": target,
                "first": change_text(found.first[at], kind),
                "second": change_text(found.second[at], kind),
                "mean": change_text(found.mean[at], kind),
                "ends": interval_text(found.lower[at], found.upper[at], kind),
            }
        )
    compared = int((found.n > 1).sum())
    return {"name": moved.name, "rows": rows, "moved": len(edges), "compared": compared}
