import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relations import GradientMask, PairwiseProbe, RelationGraph
from relations.errors import MaskError, RelationsError, TaskError
from relations.estimates.estimate import Estimate
from relations.estimates.triage import suspicious_pairs, triage
from relations.plan import chosen_runs
from relations.seeds import Seeds
from tests.relations.trainers_of_known_changes import KnownTrainer

NAMES = ("a", "b", "c", "d")


def guess(values, tasks=NAMES):
    return Estimate("by hand", "apples", tasks, (0,), np.asarray(values, dtype=float)[None])


def edges(**values):
    """An estimate of 1 everywhere but on the named edges, e.g. ab=-3."""
    matrix = np.ones((4, 4))
    for name, value in values.items():
        matrix[NAMES.index(name[0]), NAMES.index(name[1])] = value
    return guess(matrix)


def test_the_most_suspected_partner_of_every_target_comes_first():
    # d's numbers are a hundred times larger; still a target's own worst partner goes before
    # another target's second worst.
    pairs = suspicious_pairs(edges(ab=-0.1, bd=-90, cd=-80, ad=-70))
    assert pairs[0] == ("b", "d")
    assert pairs.index(("a", "b")) < pairs.index(("c", "d")) < pairs.index(("a", "d"))


def test_edges_that_the_estimate_does_not_know_come_first_of_all():
    assert suspicious_pairs(edges(ab=-5, dc=np.nan))[0] == ("c", "d")


@given(st.integers(0, 2**32 - 1), st.integers(2, 7))
def test_every_pair_once_and_units_do_not_matter(seed, count):
    rng = np.random.default_rng(seed)
    tasks = tuple(f"t{number}" for number in range(count))
    values = rng.normal(size=(count, count))
    pairs = suspicious_pairs(guess(values, tasks))
    assert len(set(pairs)) == len(pairs) == count * (count - 1) // 2
    assert pairs == suspicious_pairs(guess(7 * values, tasks))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 2), st.integers(0, 40))
def test_a_budget_is_kept_used_up_and_monotone(seed, seeds, spent, extra):
    values = np.random.default_rng(seed).normal(size=(4, 4))
    budget = spent + 4 * seeds + seeds + extra
    plan, richer = (
        triage(guess(values), more, seeds, spent=spent) for more in (budget, budget + 1)
    )
    assert plan.trainings + plan.spent <= budget
    assert not plan.left_out or plan.trainings + plan.spent > budget - seeds
    assert richer.pairs[: len(plan.pairs)] == plan.pairs
    assert set(plan.pairs).isdisjoint(plan.left_out)
    assert len(plan.pairs) + len(plan.left_out) == 6


def test_a_budget_that_does_not_reach_says_what_would():
    with pytest.raises(RelationsError, match=r"Give at least 11\."):
        triage(edges(), budget=10, seeds=2, spent=1)


def test_single_task_runs_of_all_seeds_come_first():
    runs = chosen_runs(NAMES, (0, 1), [("d", "b"), ("a", "c")])
    assert [run.tasks for run in runs[:8]] == [(name,) for name in NAMES] * 2
    assert [(run.tasks, run.seed) for run in runs[8:]] == [
        (("b", "d"), 0),
        (("b", "d"), 1),
        (("a", "c"), 0),
        (("a", "c"), 1),
    ]
    with pytest.raises(TaskError):
        chosen_runs(NAMES, (0,), [("a", "z")])


def test_pairs_that_were_left_out_stay_unknown(tmp_path):
    train = KnownTrainer({("a", "b"): -0.2}, noise=0.001)
    plan = triage(edges(ab=-1), budget=16, seeds=3)
    assert plan.pairs == (("a", "b"),)
    probe = PairwiseProbe(NAMES, train, range(3), tmp_path / "p.db", pairs=plan.pairs)
    changes = probe.run(progress=False)
    assert len(train.trained) == 15
    assert not probe.plan().missing
    graph = RelationGraph.from_changes(changes)
    assert graph.harmful(sure=True) == [("a", "b")]
    assert len(graph.with_verdict("unknown")) == 10
    with pytest.raises(MaskError, match="needs every edge"):
        GradientMask.from_graph(graph)
    mask = GradientMask.from_graph(graph, unknown="allow")
    assert mask.blocked() == [("a", "b")]
    assert mask.provenance["unknown"] == "allow"
    assert mask.evidence is not None and mask.evidence["verdict"][2][3] == "unknown"


def test_a_larger_budget_goes_on_and_no_budget_trains_the_rest(tmp_path):
    train = KnownTrainer({}, noise=0.001)
    for pairs, total in (((("a", "b"),), 10), ((("a", "b"), ("c", "d")), 12), (None, 20)):
        PairwiseProbe(NAMES, train, range(2), tmp_path / "p.db", pairs=pairs).run(progress=False)
        assert len(train.trained) == total
    assert len(set(train.trained)) == 20


def test_chosen_pairs_and_adaptive_seeds_exclude_each_other():
    with pytest.raises(RelationsError, match="fixed number"):
        PairwiseProbe(NAMES, KnownTrainer({}), Seeds(3, 6), pairs=[("a", "b")])


def test_it_says_what_is_left_out():
    text = str(triage(edges(ab=-1), budget=16, seeds=3))
    assert "1 of 6 pairs" in text and "stay unknown: " in text and "--unknown" in text
