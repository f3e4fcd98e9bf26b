"""Methods that somebody asked for, and that are built once the relations give them a mask."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.method_words import placed
from relations.mask import GradientMask

if TYPE_CHECKING:
    from gradsplit.training.methods.wanted import Wanted
    from relations.graph import RelationGraph

THRESHOLD = "threshold"
"""The option of a method that says below which change a relation is harmful."""


def check_masked(wanted: "Wanted", tasks: Sequence[str]) -> None:
    """Build it with a full mask, so that what is wrong is said before anything is trained.

    Raises:
        GradSplitError: Its options do not fit.
    """
    from gradsplit.training.methods.wanted import build

    build(wanted, lambda _threshold, _relation: GradientMask.full(tuple(tasks)))


def mask_of(wanted: "Wanted", graph: "RelationGraph") -> GradientMask:
    """The mask of its relations, at the threshold that its options name or the graph's own.

    An edge of which nothing is known may be the worst, and counts as harmful.

    Raises:
        GradSplitError: The graph has no changes to judge anew.
    """
    from relations.graph import RelationGraph

    if THRESHOLD not in wanted.options:
        return GradientMask.from_graph(graph, unknown="block")
    if graph.changes is None:
        raise GradSplitError(f"`{wanted.text}`: the relations have no changes to judge anew.")
    threshold = float(wanted.options[THRESHOLD])
    judged = RelationGraph.from_changes(graph.changes, threshold=threshold)
    return GradientMask.from_graph(judged, unknown="block")


def words_with(wanted: "Wanted", file: str) -> str:
    """Its words with a mask's file in place of what says which mask.

    Example:
        >>> from gradsplit.training.methods.wanted import read_methods
        >>> (wanted,) = read_methods(("gradsplit:threshold=-0.05,balance=db-mtl",))
        >>> words_with(wanted, "mask.json")
        'gradsplit:mask=mask.json,balance=db-mtl'
    """
    kept = {name: text for name, text in wanted.options.items() if name != THRESHOLD}
    options = ",".join(f"{name}={text}" for name, text in {"mask": file, **kept}.items())
    own, separator, _ = placed(wanted.text, Path.cwd()).rpartition(".py:")
    return f"{own}{separator}{wanted.kind}:{options}"
