"""Why the worst edges are harmful: a diagnosis of as many as there is room for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.diagnosis.diagnose import in_question
from gradsplit.studies.diagnosis.diagnosed import Diagnosed
from gradsplit.studies.diagnosis.diagnosed_modules import MASK_NAME
from gradsplit.studies.diagnosis.examination import BUDGET, examine
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns

if TYPE_CHECKING:
    from gradsplit.studies.variant_runs import VariantRuns
    from relations.graph import RelationGraph

FOLDER = "diagnosis"
"""Beside the ledger; a diagnosis that somebody made there before is not written over."""

SHARE = 3
"""At most one part in so many of the room goes into a diagnosis."""


def explained(
    place: "VariantRuns",
    graph: "RelationGraph",
    seeds: Sequence[int],
    room: int,
    threshold: float,
) -> Diagnosed | None:
    """Diagnose the most harmful edges, and write that into a folder beside the ledger.

    Args:
        place: Where runs are trained.
        graph: The relations, probed on these seeds.
        seeds: Of every run.
        room: Trainings that may still be made; a third of them at most is taken.
        threshold: A change below it is harmful.

    Returns:
        None where there is no room, nothing harms, or somebody has diagnosed in the folder before.
    """
    folder = place.ledger.parent
    questions = in_question(graph)
    most = int(room // SHARE // (BUDGET * len(seeds)))
    worst = sorted(questions, key=lambda edge: graph.edges[edge]["change"])[:most]
    if not worst or (folder / MASK_NAME).is_file():
        return None
    edges = {edge: questions[edge] for edge in worst}
    diagnoses = examine(InterventionRuns(place, seeds), edges, threshold=threshold)
    found = Diagnosed(graph, (), tuple(diagnoses), folder / FOLDER)
    found.folder.mkdir(parents=True, exist_ok=True)
    found.save()
    return found


def trainings(found: Diagnosed, seeds: int) -> int:
    """What a diagnosis took at most: an edge's interventions, in pair runs, for each seed."""
    return round(seeds * sum(row.cost for one in found.diagnoses for row in one.rows))


def mask_file(folder: Path) -> Path:
    """Where the mask of a diagnosis lies, somebody's own before that of a recommendation."""
    own = folder / MASK_NAME
    return own if own.is_file() else folder / FOLDER / MASK_NAME
