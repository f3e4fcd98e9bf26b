"""What it would cost to decide the undecided edges."""

import numpy as np
import pytest

from analysis.page.undecided import undecided_edges
from relations.graph import RelationGraph
from relations.plan import Cost
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.sample_size import MOST_SEEDS, seeds_for_gap, seeds_needed
from tests.analysis.analysis_examples import made_changes
from tests.analysis.page.test_report import html_of


def noisy(tasks=5, **options):
    generator = np.random.default_rng(2)
    mean = generator.normal(-0.01, 0.05, (tasks, tasks))
    return made_changes(mean, generator.uniform(0.01, 0.05, (tasks, tasks)), **options)


@pytest.mark.parametrize("correction", ["holm", "none"])
def test_every_undecided_edge_is_listed_with_the_seeds_it_needs(correction):
    changes = noisy()
    graph = RelationGraph.from_changes(changes, correction=correction)
    found = undecided_edges(changes, graph, None)
    assert found is not None
    noise = changes.scaled_means.noise
    place = {task: i for i, task in enumerate(graph.tasks)}
    wanted = {}
    for source, target in graph.with_verdict("undecided"):
        edge = place[source], place[target]
        needed = seeds_needed(
            float(changes.mean[edge]),
            float(noise[edge]),
            edges=1 if correction == "none" else 20,
        )
        wanted[source, target] = f"> {MOST_SEEDS}" if needed is None else str(max(needed, 6))
    assert {(row.source, row.target): row.seeds for row in found.rows} == wanted
    assert found.decidable + found.hopeless == found.undecided == len(wanted)


def test_one_pair_run_serves_both_directions_and_a_single_run_all_edges_into_its_task():
    samples = np.full((3, 3, 3), np.nan)
    samples[:, 0, 1] = [-0.03, -0.01, 0.02]
    samples[:, 1, 0] = [-0.04, 0.0, 0.01]
    samples[:, 2, 1] = [-0.02, -0.03, 0.03]
    changes = ChangeMatrix(["a", "b", "c"], samples)
    graph = RelationGraph.from_changes(changes, threshold=-0.05, correction="none")
    found = undecided_edges(changes, graph, Cost({1: 10.0, 2: 100.0}))
    assert found is not None
    seeds = {(row.source, row.target): int(row.seeds) for row in found.rows}
    assert set(seeds) == {("a", "b"), ("b", "a"), ("c", "b")}
    more = {edge: count - 3 for edge, count in seeds.items()}
    pairs = max(more["a", "b"], more["b", "a"]) + more["c", "b"]
    singles = max(more["a", "b"], more["c", "b"]) + more["b", "a"]
    assert found.more_runs == pairs + singles
    seconds = 100 * pairs + 10 * singles
    assert found.time in (f"{seconds:.1f} s", f"{seconds / 60:.1f} min")


def test_without_repeats_nothing_is_known_of_the_noise():
    changes = ChangeMatrix(["a", "b"], [[0, -0.02], [0.01, 0]])
    assert undecided_edges(changes, RelationGraph.from_changes(changes), None) is None


def test_two_hundred_noisy_tasks_are_quick():
    changes = noisy(200)
    graph = RelationGraph.from_changes(changes)
    found = undecided_edges(changes, graph, None)
    assert found is not None
    assert found.undecided > 10_000
    assert len(found.rows) == 30


def test_an_undecided_edge_needs_more_seeds_than_it_has(monkeypatch):
    # At the noise seen, fewer seeds would decide it on average; here they have not.
    monkeypatch.setattr("analysis.page.undecided.seeds_for_gap", lambda *_, **__: 2)
    changes = noisy()
    summary = undecided_edges(changes, RelationGraph.from_changes(changes), None)
    assert summary is not None
    assert {row.seeds for row in summary.rows} == {"6"}


@pytest.mark.parametrize(("factor", "threshold"), [(1.6, -0.01), (2.5, -0.01), (1.03, -0.02)])
def test_the_seeds_of_a_loss_follow_its_own_scale(factor, threshold):
    noise = np.array([-0.5, 0.0, 0.5])  # on the log scale, larger is better
    logs = -np.log(factor) + noise
    by_seed = np.zeros((3, 2, 2))
    by_seed[:, 0, 1] = -np.expm1(-logs)
    by_seed[:, 1, 0] = np.array([0.1, 0.2, 0.3])
    changes = ChangeMatrix(["a", "b"], by_seed, turned=[False, True])
    graph = RelationGraph.from_changes(changes, threshold)
    assert graph.edges["a", "b"]["verdict"] == "undecided"
    gap = abs(logs.mean() + np.log1p(-threshold))
    wanted = seeds_for_gap(gap, noise.std(ddof=1), 0.05 / 2)
    found = undecided_edges(changes, graph, None)
    assert found is not None
    rows = {(row.source, row.target): row.seeds for row in found.rows}
    assert rows["a", "b"] == ("> 200" if wanted is None else str(max(wanted, 4)))


def test_one_undecided_edge_is_in_the_singular():
    samples = np.full((3, 2, 2), -0.2) + np.array([0.01, 0.0, -0.01])[:, None, None]
    samples[:, 0, 1] = [-0.03, -0.01, 0.01]
    page = html_of(ChangeMatrix(["a", "b"], samples))
    section = page.partition('id="undecided-title"')[2].partition("</section>")[0]
    assert "1 of 2 edges is undecided at" in section
    assert "it lies too near the threshold" in section
    assert 'Blocked at <span class="threshold">−1 %</span>: <b data-count="blocked">2</b>' in page
