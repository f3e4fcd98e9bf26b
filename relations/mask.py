"""The gradient mask: which task's loss may update which group of filters."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relations.change_kinds import RELATIVE, ChangeKind
from relations.errors import MaskError, RelationsError, all_problems, argument
from relations.mask_file import (
    EVIDENCE,
    KEYS,
    UNDECIDED_CHOICES,
    mask_problems,
    mask_text,
    read_mask,
    write_mask,
)
from relations.statistics.unknown_edges import refused_mask
from relations.tables.text_table import aligned
from relations.tasks import Task, check_known, check_unique, names, positions

if TYPE_CHECKING:
    from relations.graph import RelationGraph

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Cell = float | int | str | None
Cells = Sequence[Sequence[Cell]]


class GradientMask:
    r"""`may_update[source, group]`: may the loss of `source` update the filters `group` owns?

    Row = loss, column = group, in the order of the change matrix, no transpose. The diagonal is
    always True. It knows no model.

    Args:
        tasks: T task names (or tasks), unique.
        may_update: [T, T] booleans with a True diagonal.
        threshold: The harm threshold of relative changes it was made with, if any.
        changes: Task -> kind, unit and threshold of the changes into it (`ChangeKind.facts`), when
            some are not relative.
        undecided: What was done with undecided edges, if it was made from a graph.
        evidence: What it was decided on: for each of change, lower, upper, n, verdict a [T][T] list
            with None where nothing is known.
        provenance: Where it comes from, JSON values.

    Raises:
        MaskError: Shapes, types or the diagonal are wrong; all problems at once.

    Example:
        >>> mask = GradientMask(tasks=["pose", "reid"], may_update=[[True, True], [False, True]])
        >>> print(mask)
        loss \ group  pose  reid
        pose          yes   yes
        reid          no    yes
    """

    def __init__(
        self,
        tasks: Sequence[Task | str],
        may_update: ArrayLike,
        *,
        threshold: float | None = None,
        changes: Mapping[str, Mapping[str, Json]] | None = None,
        undecided: str | None = None,
        evidence: Mapping[str, Cells] | None = None,
        provenance: Mapping[str, Json] | None = None,
    ) -> None:
        self.tasks: tuple[str, ...] = names(tasks)
        problems = mask_problems(self.tasks, may_update)
        if problems:
            raise MaskError(all_problems("A gradient mask", problems))
        self.may_update: NDArray[np.bool_] = np.array(may_update, dtype=bool)
        self.may_update.setflags(write=False)
        self.threshold = threshold
        kinds = {task: dict(facts) for task, facts in (changes or {}).items()}
        others = any(facts.get("kind") != RELATIVE for facts in kinds.values())
        self.changes = kinds if others else None
        self.undecided = undecided
        self.evidence = None if evidence is None else dict(evidence)
        self.provenance: dict[str, Json] = dict(provenance or {})

    @classmethod
    def identity(cls, tasks: Sequence[Task | str]) -> Self:
        """Each loss updates its own group only (the mask of the patent)."""
        return cls(tasks, np.eye(len(tasks), dtype=bool))

    @classmethod
    def full(cls, tasks: Sequence[Task | str]) -> Self:
        """Each loss updates everything: ordinary multi-head training."""
        return cls(tasks, np.ones((len(tasks), len(tasks)), dtype=bool))

    @classmethod
    def from_graph(
        cls,
        graph: "RelationGraph",
        undecided: Literal["point", "allow", "block"] = "point",
        unknown: Literal["allow", "block"] | None = None,
        *,
        provenance: Mapping[str, Json] | None = None,
    ) -> Self:
        """The mask of a relation graph: False exactly for harmful edges.

        Args:
            graph: The graph, from which tasks, threshold and evidence are taken. Of an estimate's
                graph (`relations.estimate_graph`) the mask has neither threshold nor evidence; its
                provenance says under "estimate" what it was made from.
            undecided: What to do with undecided edges: "point" lets the mean change decide (the
                method's rule), "allow" lets the source update, "block" does not.
            unknown: What to do with unknown edges. They are never taken for harmless: without an
                answer here they are refused.
            provenance: More to write into the file, JSON values.

        Raises:
            MaskError: There are unknown edges and `unknown` does not say what to do with them.
            RelationsError: A choice is none of those above.
        """
        _check_choices(undecided, unknown)
        unknown_edges = graph.with_verdict("unknown")
        if unknown_edges and unknown is None:
            raise refused_mask(graph.why_unknown())
        position = positions(graph.tasks)
        may_update = np.ones((len(position), len(position)), dtype=bool)
        by_mean = set(graph.harmful())
        for edge, verdict in graph.verdicts().items():
            blocked = {
                "harmful": True,
                "not harmful": False,
                "unknown": unknown == "block",
                "undecided": edge in by_mean if undecided == "point" else undecided == "block",
            }[verdict]
            may_update[position[edge[0]], position[edge[1]]] = not blocked
        estimate = graph.graph.get("estimate")
        if estimate is None:
            made = {"level": graph.graph["level"], "correction": graph.graph["correction"]}
        else:
            made = {"estimate": estimate}
        if unknown_edges:
            made["unknown"] = unknown
        return cls(
            graph.tasks,
            may_update,
            # An estimate's threshold and values are no changes and must not pass for them.
            threshold=graph.threshold if estimate is None else None,
            changes=graph.kinds() if graph.mixed else None,
            undecided=undecided,
            evidence=_evidence(graph) if estimate is None else None,
            provenance={**made, **(provenance or {})},
        )

    def select(self, tasks: Sequence[Task | str]) -> Self:
        """The mask of some of the tasks, in the given order; pairs do not depend on others.

        Raises:
            TaskError: A task is not in the mask, or named twice.
        """
        chosen = names(tasks)
        check_known(chosen, self.tasks)
        check_unique(chosen)
        kept = [self.tasks.index(task) for task in chosen]
        evidence = None
        if self.evidence is not None:
            evidence = {
                key: [[cells[row][column] for column in kept] for row in kept]
                for key, cells in self.evidence.items()
            }
        return type(self)(
            chosen,
            self.may_update[np.ix_(kept, kept)],
            threshold=self.threshold,
            changes=None if self.changes is None else {task: self.changes[task] for task in chosen},
            undecided=self.undecided,
            evidence=evidence,
            provenance=self.provenance,
        )

    def transposed(self) -> Self:
        """The mask with sources and groups exchanged: a control, wrong by intention."""
        return type(self)(
            self.tasks, self.may_update.T, provenance={**self.provenance, "transposed": True}
        )

    def blocked(self) -> list[tuple[str, str]]:
        """Pairs (source, group) that may not be updated, in the order of the matrix."""
        return [
            (self.tasks[row], self.tasks[column]) for row, column in np.argwhere(~self.may_update)
        ]

    def not_following(self) -> list[tuple[str, str]]:
        """Pairs (source, group) that the evidence decides otherwise, e.g. of a mask edited by hand.

        Empty when there is no evidence, threshold or choice to follow.
        """
        if self.evidence is None or self.threshold is None or self.undecided is None:
            return []
        verdicts, changes = self.evidence.get("verdict"), self.evidence.get("change")
        if verdicts is None or changes is None:
            return []
        return [
            (source, group)
            for row, source in enumerate(self.tasks)
            for column, group in enumerate(self.tasks)
            if row != column
            and self._blocked_by(verdicts[row][column], changes[row][column], group)
            == self.may_update[row, column]
        ]

    def _blocked_by(self, verdict: Cell, change: Cell, group: str) -> bool | None:
        """Whether an edge's evidence blocks it; None when it does not say."""
        from relations.graph import is_harmful

        own = None if self.changes is None else ChangeKind.of_facts(self.changes[group]).threshold
        limit = (self.threshold or 0.0) if own is None else own
        by_mean = isinstance(change, int | float) and is_harmful(change, limit)
        decided: dict[Cell, bool | None] = {
            "harmful": True,
            "not harmful": False,
            "undecided": by_mean if self.undecided == "point" else self.undecided == "block",
        }
        return decided.get(verdict)

    def to_json(self) -> str:
        """The text of the mask file; equal masks of equal origin give equal text."""
        content = {key: getattr(self, key) for key in KEYS}
        return mask_text({**content, "may_update": self.may_update.tolist()})

    def save(self, path: str | Path) -> None:
        """Write the mask file; whoever reads meanwhile sees the old file or the new, never half."""
        write_mask(Path(path), self.to_json())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a mask file.

        Raises:
            MaskError: The file is missing, cut off, of another format or a later version, or its
                content is unsound; all problems at once.
        """
        return cls(**read_mask(Path(path)))

    def __eq__(self, other: object) -> bool:
        """Equal when tasks and booleans are; what they were made from does not matter."""
        if not isinstance(other, GradientMask):
            return NotImplemented
        return self.tasks == other.tasks and np.array_equal(self.may_update, other.may_update)

    def __hash__(self) -> int:
        return hash((self.tasks, self.may_update.tobytes()))

    def __repr__(self) -> str:
        return f"GradientMask(tasks={list(self.tasks)}, may_update={self.may_update.tolist()})"

    def __str__(self) -> str:
        rows = [["loss \\ group", *self.tasks]] + [
            [task, *("yes" if allowed else "no" for allowed in row)]
            for task, row in zip(self.tasks, self.may_update, strict=True)
        ]
        return "\n".join(aligned(rows, numbers=False))


def _check_choices(undecided: str, unknown: str | None) -> None:
    if undecided not in UNDECIDED_CHOICES:
        choices = ", ".join(map(repr, UNDECIDED_CHOICES))
        raise RelationsError(
            f"{argument('undecided')} must be one of {choices}, got {undecided!r}."
        )
    if unknown not in (None, "allow", "block"):
        raise RelationsError(
            f"{argument('unknown')} must be None, 'allow' or 'block', got {unknown!r}."
        )


def _evidence(graph: "RelationGraph") -> dict[str, list[list[float | int | str | None]]]:
    """What the graph's edges say, as lists with None where nothing is known."""
    position = positions(graph.tasks)
    evidence: dict[str, list[list[float | int | str | None]]] = {
        key: [[None] * len(position) for _ in position] for key in EVIDENCE
    }
    for source, target, edge in graph.edges(data=True):
        for key in EVIDENCE:
            value = edge[key]
            known = not (isinstance(value, float) and np.isnan(value))
            evidence[key][position[source]][position[target]] = value if known else None
    return evidence
