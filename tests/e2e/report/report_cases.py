"""Change matrices that put a verdict's arithmetic to the test, and what Python says of them."""

import numpy as np

from analysis.page.report import Report
from relations.graph import RelationGraph
from relations.mask import GradientMask
from relations.statistics.change_matrix import ChangeMatrix
from tests.analysis.analysis_examples import made_changes

POLICIES = ("point", "allow", "block")


def noisy(tasks: int = 6, seed: int = 0, seeds: int = 5, **options) -> ChangeMatrix:
    """Changes around the threshold with as much noise as they are large."""
    generator = np.random.default_rng(seed)
    mean = generator.normal(-0.01, 0.03, (tasks, tasks))
    spread = generator.uniform(0.002, 0.03, (tasks, tasks))
    return made_changes(mean, spread, seeds=seeds, **options)


def with_gaps() -> ChangeMatrix:
    """Edges with fewer seeds, with one, with none, and with failed runs; some targets turned."""
    whole = noisy(6, seed=3, seeds=6)
    samples = whole.by_seed.copy()
    samples[3:, 0, 1] = samples[1:, 0, 2] = samples[:, 0, 3] = np.nan
    failed = np.zeros((6, 6))
    failed[4, 5] = 1
    turned = [False, True, False, True, False, False]
    return ChangeMatrix(whole.tasks, samples, failed=failed, turned=turned)


def adaptive() -> ChangeMatrix:
    """Edges that were looked at once, twice and three times."""
    whole = noisy(5, seed=4, seeds=6)
    samples = whole.by_seed.copy()
    samples[3:, 0] = np.nan
    samples[4:, 1] = np.nan
    return ChangeMatrix(whole.tasks, samples, looks=(3, 4, 6))


def without_scatter() -> ChangeMatrix:
    """Every seed gave the same scores, apart from one edge."""
    samples = np.repeat(noisy(4, seed=5).mean[None], 3, axis=0)
    samples[:, 0, 1] += [0.001, 0.0, -0.001]
    return ChangeMatrix(["a", "b", "c", "d"], samples)


CASES = {
    "five seeds": lambda: noisy(),
    "two seeds": lambda: noisy(5, seed=1, seeds=2),
    "nine seeds": lambda: noisy(5, seed=2, seeds=9),
    "gaps, failures, turned metrics": with_gaps,
    "adaptive seeds": adaptive,
    "no scatter": without_scatter,
    "one seed": lambda: noisy(5, seed=6, seeds=1),
    "nothing known": lambda: ChangeMatrix(["a", "b"], [[np.nan, np.nan], [np.nan, np.nan]]),
}


def thresholds_of(changes: ChangeMatrix) -> list[float]:
    """Round values, values at and right beside every fifth change, and random ones."""
    known = changes.mean[np.isfinite(changes.mean)]
    known = np.sort(known[(known > -0.99) & (known <= 0)])[::5]
    beside = [np.nextafter(known, side) for side in (-1.0, 0.0)]
    close = [known + gap for gap in (-2e-12, -1e-12, 1e-12, 2e-12)]
    drawn = np.random.default_rng(0).uniform(-0.1, 0, 12)
    values = np.concatenate([known, *beside, *close, drawn, [0.0, -0.01, -0.0125, -0.5, -0.9]])
    return sorted({float(value) for value in values if -1 < value <= 0})


def report_of(changes: ChangeMatrix, source: str = "runs", **judged) -> Report:
    """A report of changes alone."""
    return Report(
        changes=changes, graph=RelationGraph.from_changes(changes, **judged), source=source
    )


def masks_of(graph: RelationGraph) -> dict[str, list[list[bool]]]:
    """The mask of each policy, unknown edges allowed."""
    return {
        policy: GradientMask.from_graph(
            graph, undecided=policy, unknown="allow"
        ).may_update.tolist()
        for policy in POLICIES
    }
