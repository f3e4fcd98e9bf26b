"""The relation graph: which edges are harmful, and how sure that is."""

import json
from typing import Any, Self

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import ChangeKind, thresholds_text
from relations.seeds import DEFAULT_HARM_THRESHOLD
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.corrections import (
    CORRECTION_NAMES,
    Correction,
    check_levels,
    interval_name,
)
from relations.statistics.unknown_edges import NOT_SAID, by_reason, listed
from relations.tables.json_text import json_value
from relations.tasks import positions

ROUNDING = 1e-12  # differences below this are arithmetic, not change
HARMFUL, NOT_HARMFUL, UNDECIDED, UNKNOWN = "harmful", "not harmful", "undecided", "unknown"
VERDICTS = (HARMFUL, NOT_HARMFUL, UNDECIDED, UNKNOWN)
NOTHING_KNOWN = "nothing is known: no edge has runs that can be used, none is shown to be harmless"


class RelationGraph(nx.DiGraph):
    """A `networkx.DiGraph` with one edge source -> target for every ordered pair of tasks.

    Edges carry `change` (mean, a fraction), `lower`, `upper`, `n` and `verdict`; the graph carries
    `threshold`, `level`, `correction` (in `graph.graph`). Where some changes are absolute or
    standardised, every node carries the `kind`, `unit` and `threshold` of the changes into it. Make
    it with `from_changes`; printed, it is the change matrix and what is harmful.

    The verdict of an edge is "harmful" when its whole interval lies below the threshold, "not
    harmful" when the whole interval lies at or above it, "undecided" otherwise (also when there is
    one seed, so that no uncertainty is known, and where scores do not vary with the seed), and
    "unknown" when its runs are missing or failed, or a score has no change of its target's kind;
    `why_unknown` says which.

    Attributes:
        changes: What it was judged from; None for a part of a graph and for an estimate's graph.
    """

    changes: ChangeMatrix | None = None

    @classmethod
    def from_changes(
        cls,
        changes: ChangeMatrix,
        threshold: float = DEFAULT_HARM_THRESHOLD,
        level: float = 0.95,
        correction: Correction = "holm",
    ) -> Self:
        """Judge every edge of a change matrix.

        The interval on an edge is the one its verdict is read from, so it is wider than
        `changes.lower` and `changes.upper` when many edges are judged at once. With m edges that
        have an interval and a = 1 - level:

        - "holm": the k-th smallest p-value's edge, if decided, has the level 1 - a/(m-k+1); the
          undecided ones that of the first undecided. The probability of any wrong decision is at
          most a, whatever the dependence of the edges (Holm 1979).
        - "bh": with K decided edges, these have the level 1 - aK/m and the others 1 - a(K+1)/m. The
          expected share of wrong ones among the decided is at most a (Benjamini and Hochberg 1995;
          the intervals: Benjamini and Yekutieli 2005).
        - "none": each edge has the level 1 - a, for itself.

        After adaptive seeds (`changes.looks`), each edge's a is multiplied by the share that is
        spent at its look (`look_shares` in `relations.statistics.corrections`), so that the
        statements above hold over all looks.

        Args:
            changes: The matrix.
            threshold: An edge is harmful when its relative change is below this; in (-1, 0], a
                fraction of the single-task score. Equality is not harm. Absolute and standardised
                changes are judged at the threshold of their task.
            level: Confidence level, in (0, 1).
            correction: How the number of edges is accounted for.

        Returns:
            The graph, its nodes in the order of `changes.tasks`.

        Raises:
            RelationsError: Threshold, level or correction are out of range.
        """
        check_levels(threshold, level, correction)
        lower, upper = changes.judged_interval(threshold, 1 - level, correction)
        matrices = (changes.mean, lower, upper, changes.n, changes.known)
        columns = [matrix.tolist() for matrix in matrices]
        graph = cls(threshold=float(threshold), level=level, correction=correction)
        graph.changes = changes
        graph.add_nodes_from(changes.tasks)
        thresholds = changes.thresholds(threshold).tolist()
        if not changes.relative.all():
            for task, kind in zip(changes.tasks, changes.kinds, strict=True):
                graph.nodes[task].update(kind.at(float(threshold)).facts())
        for row, source in enumerate(changes.tasks):
            for column, target in enumerate(changes.tasks):
                if row != column:
                    change, low, high, n, is_known = (cells[row][column] for cells in columns)
                    graph.add_edge(
                        source,
                        target,
                        change=change,
                        lower=low,
                        upper=high,
                        n=n,
                        verdict=verdict(low, high, thresholds[column]) if is_known else UNKNOWN,
                    )
        return graph

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks, in the order of the change matrix."""
        return tuple(self.nodes)

    @property
    def threshold(self) -> float:
        """The relative change below which an edge is harmful, a fraction."""
        return self.graph["threshold"]

    @property
    def mixed(self) -> bool:
        """Whether some changes are not relative, so that each has a unit of its target's."""
        return any("kind" in facts for _, facts in self.nodes(data=True))

    def kind(self, target: str) -> ChangeKind:
        """How changes of a target are measured, and at which threshold they are judged."""
        facts = self.nodes[target]
        return ChangeKind.of_facts(facts) if "kind" in facts else ChangeKind().at(self.threshold)

    def kinds(self) -> dict[str, dict[str, Any]]:
        """Task -> kind, unit and threshold of the changes into it, as plain values."""
        return {task: self.kind(task).facts() for task in self.tasks}

    def sizes(self) -> dict[str, float]:
        """Target -> how large a change of it is one threshold, to lay different units side by side.

        Where the threshold is 0: 0.01 of relative changes, 1 of others.
        """
        if self.mixed:
            return {task: self.kind(task).size for task in self.tasks}
        return dict.fromkeys(self.tasks, abs(self.threshold) or ChangeKind().size)

    def harmful(self, sure: bool = False) -> list[tuple[str, str]]:
        """Harmful edges (source, target), in the order of the matrix.

        Args:
            sure: False: the method's rule, the mean change is below the threshold. True: only those
                with the verdict "harmful", the whole interval is. Unknown edges are never listed.
        """
        if sure:
            return self.with_verdict(HARMFUL)
        return [
            (source, target)
            for source, target, edge in self.edges(data=True)
            if edge["verdict"] != UNKNOWN and is_harmful(edge["change"], self.threshold_of(target))
        ]

    def threshold_of(self, target: str) -> float:
        """The change of a target below which an edge is harmful, in the unit of its kind."""
        return self.nodes[target].get("threshold", self.threshold)

    def with_verdict(self, verdict: str) -> list[tuple[str, str]]:
        """Edges (source, target) of one verdict, in the order of the matrix."""
        return [edge for edge in self.edges if self.edges[edge]["verdict"] == verdict]

    def matrix(self, attribute: str) -> NDArray[np.float64]:
        """[T, T] one of the edges' numbers, NaN on the diagonal.

        Args:
            attribute: "change", "lower", "upper" or "n".
        """
        position = positions(self.tasks)
        values = np.full((len(position), len(position)), np.nan)
        for source, target, value in self.edges(data=attribute):
            values[position[source], position[target]] = value
        return values

    def verdicts(self) -> dict[tuple[str, str], str]:
        """The verdict of every edge (source, target)."""
        return {(source, target): verdict for source, target, verdict in self.edges(data="verdict")}

    def why_unknown(self) -> dict[tuple[str, str], str]:
        """Unknown edge (source, target) -> why, such as "runs missing"."""
        why = {} if self.changes is None else self.changes.why_unknown()
        return {edge: why.get(edge, NOT_SAID) for edge in self.with_verdict(UNKNOWN)}

    def to_json(self) -> str:
        """Tasks, threshold and every edge with its numbers as JSON; unknown numbers are null."""
        content = {
            "tasks": list(self.tasks),
            "threshold": self.threshold,
            "level": self.graph["level"],
            "correction": self.graph["correction"],
            **({"changes": self.kinds()} if self.mixed else {}),
            **({} if self.changes is None else self.changes.alone_facts()),
            **({} if self.changes is None else self.changes.side_facts()),
            "harmful": self.harmful(),
            "harmful_decided": self.harmful(sure=True),
            "unknown": self.with_verdict(UNKNOWN),
            "edges": [
                {"source": source, "target": target}
                | {name: json_value(value) for name, value in edge.items()}
                for source, target, edge in self.edges(data=True)
            ],
        }
        return json.dumps(content, indent=2)

    def __str__(self) -> str:
        harmful, unknown = self.harmful(), self.with_verdict(UNKNOWN)
        lines = [] if self.changes is None else [self.table(self.changes), ""]
        if len(unknown) == self.number_of_edges():
            return "\n".join([*lines, NOTHING_KNOWN])
        known = f" of the {self.number_of_edges() - len(unknown)} known" if unknown else ""
        kinds = [self.kind(task) for task in self.tasks]
        limits = thresholds_text(self.tasks, kinds, self.threshold)
        lines.append(f"harmful edges (mean change below {limits}): {len(harmful) or 'none'}{known}")
        width = max((len(source) + len(target) for source, target in harmful), default=0)
        lines += [self._edge_line(edge, width) for edge in harmful]
        for reason, edges in by_reason(self.why_unknown()).items():
            lines.append(f"unknown, {reason}: {listed(edges)}")
        if all(n <= 1 for _, _, n in self.edges(data="n")):
            lines.append("no repeats: edges are judged by their value, no uncertainty is known")
            return "\n".join(lines)
        undecided = [edge for edge in self.with_verdict(UNDECIDED) if edge not in set(harmful)]
        if undecided:
            lines.append(f"not harmful by the mean, but undecided: {listed(undecided)}")
        counts = {verdict: len(self.with_verdict(verdict)) for verdict in VERDICTS}
        lines.append(
            f"decided at {self.graph['level']:.0%} "
            f"({CORRECTION_NAMES[self.graph['correction']]}): "
            + ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        )
        return "\n".join(lines)

    def _edge_line(self, edge: tuple[str, str], width: int) -> str:
        """An edge, filled up to a width of its names, with its change, interval and verdict."""
        source, target = edge
        seen = self.edges[edge]
        names = f"  {source} -> {target}{' ' * (width - len(source) - len(target))}"
        text = self.kind(target).text
        if seen["n"] <= 1:
            return f"{names}  {text(seen['change'])}"
        word = "decided" if seen["verdict"] == HARMFUL else seen["verdict"]
        ends = f"[{text(seen['lower'])}, {text(seen['upper'])}]"
        if seen["lower"] != seen["lower"]:  # NaN
            ends = "[no interval]"
        return f"{names}  {text(seen['change'])}  {ends}  {word}"

    def table(self, changes: ChangeMatrix) -> str:
        """The matrix, each change with the interval that its verdict is read from."""
        interval = interval_name(self.graph["level"], self.graph["correction"])
        return changes.text(self.matrix("lower"), self.matrix("upper"), interval)


def is_harmful(change: float, threshold: float) -> bool:
    """The method's rule: a change below the threshold is harm, equality is not.

    Example:
        >>> is_harmful(-0.0136, -0.01), is_harmful(-0.01, -0.01)
        (True, False)
    """
    return bool(change < threshold - ROUNDING)


def verdict(lower: float, upper: float, threshold: float) -> str:
    """The verdict on a known edge from its interval; NaN ends: there is no interval.

    Example:
        >>> verdict(-0.05, -0.02, -0.01), verdict(-0.01, 0.02, -0.01), verdict(-0.05, -0.01, -0.01)
        ('harmful', 'not harmful', 'undecided')
    """
    if is_harmful(upper, threshold):
        return HARMFUL
    if lower >= threshold - ROUNDING:
        return NOT_HARMFUL
    return UNDECIDED
