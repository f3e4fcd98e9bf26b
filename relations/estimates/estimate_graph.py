"""The relation graph of an estimate: nothing in it is decided, and it says so."""

import json

import numpy as np

from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_file import with_null
from relations.graph import UNDECIDED, UNKNOWN, RelationGraph
from relations.statistics.unknown_edges import listed

MOST_LISTED = 20


class EstimateGraph(RelationGraph):
    """A relation graph whose edges carry an estimate's values as their `change`.

    Attributes:
        estimate: The estimate; None in copies that networkx made.
    """

    estimate: Estimate | None = None

    def to_json(self) -> str:
        """Tasks, unit, cut and values as JSON; unknown values are null."""
        content = {"tasks": list(self.tasks), **self.graph["estimate"]}
        content["harmful"] = self.harmful()
        if self.estimate is not None:
            content["trainings"] = self.estimate.trainings
            content["seconds"] = self.estimate.seconds
            content["diagnostics"] = [dict(of_seed) for of_seed in self.estimate.diagnostics]
        return json.dumps(content, indent=2)

    def __str__(self) -> str:
        harmful, unknown = self.harmful(), self.with_verdict(UNKNOWN)
        harm = listed(harmful, MOST_LISTED) or "none"
        cut = self.graph["estimate"]["cut"]
        lines = [] if self.estimate is None else [str(self.estimate), ""]
        lines.append(f"taken for harmful (below {self.threshold:.3g}, cut: {cut}): {harm}")
        if unknown:
            lines.append(f"unknown: {listed(unknown)}")
        lines.append(
            "This is an estimate, not a probe: no edge is decided. Its agreement with a probe is "
            "measured by `gradsplit agreement`."
        )
        return "\n".join(lines)


def estimate_graph(estimate: Estimate, cut: Cut) -> EstimateGraph:
    """The relation graph of an estimate.

    Every known edge is undecided: the noise of an estimator is known, its distance to what a probe
    finds is not. The value decides (`RelationGraph.harmful`). A mask made from this graph says so
    in its file. The edges' `change` is the estimate's value; the graph's `estimate` says in which
    unit.

    Args:
        estimate: T tasks.
        cut: Where harm begins.

    Example:
        >>> values = np.array([[[np.nan, -0.5], [0.2, np.nan]]])
        >>> guess = Estimate("by hand", "my opinion", ("pose", "reid"), (0,), values)
        >>> estimate_graph(guess, Cut("sign")).harmful()
        [('pose', 'reid')]
    """
    threshold = cut.threshold(estimate)
    graph = EstimateGraph(threshold=threshold, level=None, correction=None)
    graph.estimate = estimate
    graph.graph["estimate"] = {
        "estimator": estimate.estimator,
        "unit": estimate.unit,
        "cut": cut.rule,
        "threshold": threshold,
        "seeds": list(estimate.seeds),
        "values": with_null(estimate.mean),
        "se": with_null(estimate.se),
        "settings": dict(estimate.settings),
    }
    graph.add_nodes_from(estimate.tasks)
    for row, source in enumerate(estimate.tasks):
        for column, target in enumerate(estimate.tasks):
            if row != column:
                known = bool(estimate.n[row, column])
                graph.add_edge(
                    source,
                    target,
                    change=float(estimate.mean[row, column]),
                    lower=np.nan,
                    upper=np.nan,
                    n=int(estimate.n[row, column]),
                    verdict=UNDECIDED if known else UNKNOWN,
                )
    return graph
