"""The benchmarks' simulated probes are those of the library; its promises hold on some of them."""

import sys

import numpy as np
import pytest

from relations import ChangeMatrix, PairwiseProbe, RelationGraph
from relations.seeds import Seeds
from tests.places import BENCHMARKS

FOLDER = BENCHMARKS / "verdicts"


@pytest.fixture
def simulation(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import probe_simulation

    yield probe_simulation
    for name in ("probe_simulation", "moderated"):
        sys.modules.pop(name, None)


def true_changes(draws, probes, tasks):
    return np.log1p(
        -0.01
        + draws.choice([0, 0.01, 0.05], (probes, tasks, tasks))
        * draws.choice([-1, 1], (probes, tasks, tasks))
    )


def verdicts(graph, verdict):
    place = {task: index for index, task in enumerate(graph.tasks)}
    found = np.zeros((len(place), len(place)), dtype=bool)
    for source, target in graph.with_verdict(verdict):
        found[place[source], place[target]] = True
    return found


@pytest.mark.parametrize("correction", ["holm", "bh", "none"])
@pytest.mark.parametrize("seeds", [3, 7])
def test_fixed_seeds_are_judged_alike(simulation, correction, seeds):
    draws = np.random.default_rng(0)
    samples = simulation.draw_samples(draws, true_changes(draws, 5, 4), 0.01, seeds)
    judged = simulation.judge_fixed(samples, correction)
    for probe in range(5):
        changes = ChangeMatrix(list("abcd"), np.expm1(samples.changes[:, probe]))
        graph = RelationGraph.from_changes(changes, correction=correction)
        np.testing.assert_array_equal(judged.harmful[probe], verdicts(graph, "harmful"))
        np.testing.assert_array_equal(judged.not_harmful[probe], verdicts(graph, "not harmful"))


def test_adaptive_seeds_are_spent_alike(simulation, tmp_path):
    draws = np.random.default_rng(1)
    samples = simulation.draw_samples(draws, true_changes(draws, 6, 4), 0.008, 10)
    judged = simulation.judge_adaptive(samples, 3, 10)
    for probe in range(6):

        def train(tasks, seed, probe=probe):
            places = ["abcd".index(task) for task in tasks]
            if len(places) == 1:
                return {tasks[0]: 0.5}
            changes = samples.changes[seed, probe]
            return {
                tasks[0]: 0.5 * np.exp(changes[places[1], places[0]]),
                tasks[1]: 0.5 * np.exp(changes[places[0], places[1]]),
            }

        real = PairwiseProbe(list("abcd"), train, Seeds(3, 10), tmp_path / f"{probe}.db")
        graph = RelationGraph.from_changes(real.run())
        np.testing.assert_array_equal(judged.harmful[probe], verdicts(graph, "harmful"))
        np.testing.assert_array_equal(judged.not_harmful[probe], verdicts(graph, "not harmful"))
        assert len(real.plan().done) == judged.runs[probe]
    assert len(set(judged.runs)) > 1


@pytest.mark.parametrize("seeds", [3, 5, 8, (3, 10)])
@pytest.mark.parametrize(
    "law", [{}, {"noisy_targets": 1}, {"unstable_sources": 1}, {"tail": 3.0}], ids=str
)
def test_coverage_and_false_verdicts_of_every_class(simulation, seeds, law):
    draws = np.random.default_rng(2)
    high = seeds if isinstance(seeds, int) else seeds[1]
    true = np.full((1500, 4, 4), simulation.LOG_THRESHOLD)  # every verdict says too much
    noise = simulation.NoiseLaw(**law)
    samples = simulation.draw_samples(draws, true, 0.005, high, noise)
    if isinstance(seeds, int):
        judged = simulation.judge_fixed(samples)
        lower, upper = judged.means.interval(0.05)
        for name in (simulation.EQUAL, simulation.QUIET, simulation.NOISY):
            edges = ~np.isnan(lower) & (noise.classes(4) == name)
            if edges.any():
                assert 0.93 < ((lower <= true) & (true <= upper))[edges].mean() < 0.97
    else:
        judged = simulation.judge_adaptive(samples, *seeds)
    assert (judged.harmful | judged.not_harmful).any(axis=(1, 2)).mean() < 0.065


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("tasks", [2, 4])
def test_coarse_scores_decide_nothing_by_their_ties(simulation, seeds, tasks):
    draws = np.random.default_rng(3)
    true = np.full((600, tasks, tasks), simulation.LOG_THRESHOLD)
    samples = simulation.draw_accuracies(draws, true, 0.99, 50, seeds)
    judged = simulation.judge_fixed(samples)
    assert (judged.harmful | judged.not_harmful).any(axis=(1, 2)).mean() < 0.07


def test_moderated_t_lends_quiet_edges_spread_to_noisy_ones(simulation):
    from moderated import moderated

    draws = np.random.default_rng(4)
    law = simulation.NoiseLaw(noisy_targets=1)
    samples = simulation.draw_samples(draws, np.zeros((800, 4, 4)), 0.01, 3, law)
    lower, upper = moderated(samples.means()).interval(0.05)
    noisy = ~np.isnan(lower) & (law.classes(4) == simulation.NOISY)
    assert ((lower <= 0) & (upper >= 0))[noisy].mean() < 0.91
