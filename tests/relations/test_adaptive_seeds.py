import numpy as np
import pytest

from relations import ChangeMatrix, PairwiseProbe, RelationGraph
from relations.adaptive_seeds import further_runs, most_runs
from relations.ledger.ledger import Ledger
from relations.runs import Run
from relations.seeds import Seeds
from relations.tasks import Task

SEEDS = Seeds(3, 10)


@pytest.fixture
def probe(tmp_path, known_trainer):
    """Edges a <-> b lie at the threshold, all others are clear."""
    changes = {("a", "b"): -0.01, ("b", "a"): -0.0101, ("a", "c"): -0.2}
    trainer = known_trainer(changes, noise=0.0003)
    return PairwiseProbe(["a", "b", "c"], trainer, SEEDS, tmp_path / "probe.db")


def test_only_undecided_edges_get_more_seeds(probe):
    changes = probe.run()
    counts = dict.fromkeys([1, 2], 0)
    trained = probe.train.trained
    for tasks in (("a", "b"), ("a", "c"), ("b", "c"), ("c",)):
        counts[tasks] = sum(members == tasks for members, _ in trained)
    assert counts["a", "b"] == 10
    assert counts["a", "c"] == counts["b", "c"] == counts["c",] == 3
    assert changes.n[0, 1] == changes.n[1, 0] == 10
    assert changes.n[0, 2] == 3
    assert changes.looks == SEEDS.looks
    verdicts = RelationGraph.from_changes(changes).verdicts()
    assert verdicts["a", "c"] == "harmful"
    assert verdicts["c", "b"] == "not harmful"
    assert len(trained) < most_runs(probe.tasks, SEEDS) / 2 + 10


def test_it_can_be_stopped_anywhere_and_goes_on(tmp_path, probe, known_trainer):
    whole = probe.run()

    class Stops(known_trainer):
        def __call__(self, tasks, seed):
            if len(self.trained) == 5:
                raise KeyboardInterrupt
            return super().__call__(tasks, seed)

    trained = []
    for _ in range(100):
        trainer = Stops(probe.train.changes, probe.train.noise)
        again = PairwiseProbe(probe.tasks, trainer, SEEDS, tmp_path / "again.db")
        try:
            changes = again.run()
            break
        except KeyboardInterrupt:
            trained += trainer.trained
    trained += trainer.trained
    assert sorted(trained) == sorted(probe.train.trained)
    np.testing.assert_array_equal(changes.mean, whole.mean)
    np.testing.assert_array_equal(changes.lower, whole.lower)


def test_the_plan_knows_the_least_and_the_most(probe):
    plan = probe.plan()
    assert len(plan.runs) == 3 * 6
    assert plan.at_most == 10 * 6
    assert "at most 60 runs" in str(plan)
    probe.run()
    after = probe.plan()
    assert after.missing == ()
    assert len(after.runs) == len(probe.train.trained)


def test_the_nearest_to_the_threshold_come_first():
    draws = np.random.default_rng(0).normal(0, 0.001, (3, 3, 3))
    true = np.array([[0, -0.0104, 0.05], [-0.012, 0, 0.05], [-0.0101, 0.05, 0]])
    changes = ChangeMatrix(["a", "b", "c"], true + draws - draws.mean(axis=0), looks=SEEDS.looks)
    runs = further_runs(changes, SEEDS, 1)
    pairs = list(dict.fromkeys(run.tasks for run in runs if len(run.tasks) == 2))
    assert pairs == [("a", "c"), ("a", "b")]
    assert {run.tasks for run in runs if len(run.tasks) == 1} == {("a",), ("b",)}
    assert {run.seed for run in runs} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    "choice", [{"threshold": -0.02}, {"level": 0.5}, {"correction": "none"}], ids=str
)
def test_edges_wait_by_the_seeds_own_threshold_level_and_correction(choice):
    def waiting(seeds):
        return {run.tasks for run in further_runs(changes, seeds, 1) if len(run.tasks) == 2}

    draws = np.random.default_rng(1)
    by_seed = draws.normal(-0.012, 0.01, (6, 6)) + draws.normal(0, 0.0005, (3, 6, 6))
    changes = ChangeMatrix(list("abcdef"), by_seed, looks=SEEDS.looks)
    undecided = RelationGraph.from_changes(changes, **choice).with_verdict("undecided")
    assert waiting(Seeds(3, 10, **choice)) == {tuple(sorted(edge)) for edge in undecided}
    assert waiting(Seeds(3, 10, **choice)) != waiting(SEEDS)


def test_a_look_sees_only_the_seeds_up_to_it(tmp_path, known_trainer):
    names = list("abcd")
    draws = np.random.default_rng(0).normal(-0.012, 0.008, 16)
    changes = dict(zip(((a, b) for a in names for b in names), draws, strict=True))

    def probe(seeds, ledger):
        return PairwiseProbe(names, known_trainer(changes, 0.003), seeds, tmp_path / ledger)

    probe(range(10), "all.db").run()
    fresh = probe(SEEDS, "fresh.db")
    fresh.run()
    assert set(probe(SEEDS, "all.db").plan().runs) == set(fresh.plan().runs)
    assert len(fresh.plan().runs) < most_runs(fresh.tasks, SEEDS)


def test_intervals_after_looking_are_wider_than_without(probe):
    changes = probe.run()
    looked = RelationGraph.from_changes(changes).edges["a", "b"]
    once = ChangeMatrix(changes.tasks, changes.by_seed)
    plain = RelationGraph.from_changes(once).edges["a", "b"]
    assert looked["upper"] - looked["lower"] > plain["upper"] - plain["lower"]


def test_looks_are_kept_in_the_ledger(probe):
    probe.run()
    read = ChangeMatrix.from_ledger(probe.ledger)
    assert read.looks == SEEDS.looks
    assert RelationGraph.from_changes(read).verdicts() == (
        RelationGraph.from_changes(probe.changes()).verdicts()
    )


def test_looks_stay_when_others_use_the_ledger(probe):
    probe.run()
    with Ledger(probe.ledger) as ledger:
        ledger.register(probe.tasks, probe.settings())
        ledger.register(probe.tasks, {}, "other")
        assert ledger.looks() == SEEDS.looks
        assert ledger.looks("other") is None
    fixed = PairwiseProbe(probe.tasks, probe.train, range(3), probe.ledger)
    assert fixed.run().looks is None
    assert ChangeMatrix.from_ledger(probe.ledger).looks is None


def test_a_failed_edge_is_not_waited_for(tmp_path):
    def train(tasks, seed):
        if tasks == ("a", "b"):
            raise RuntimeError("boom")
        return dict.fromkeys(tasks, 0.5 + 1e-5 * seed)

    probe = PairwiseProbe([Task("a"), Task("b")], train, SEEDS, tmp_path / "probe.db")
    changes = probe.run()
    assert RelationGraph.from_changes(changes).verdicts()["a", "b"] == "unknown"
    assert max(run.seed for run in probe.plan().runs) == 2
    assert Run(("a", "b"), 0) in probe.plan().failed
