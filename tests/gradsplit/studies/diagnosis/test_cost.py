"""What a diagnosis may cost: of the edges in question, or of all before there is a relation."""

from inspect import signature

from gradsplit import diagnose, diagnosis_cost
from gradsplit.commands.diagnose import Diagnose
from gradsplit.studies.diagnosis.diagnose import SEEDS
from relations import PairwiseProbe
from relations.plan import Cost

SCORES = {"pose": 0.8, "reid": 0.6, "depth": 0.5}


def train(tasks, seed):
    """Reid harms pose by a tenth; everything else stays as it was, up to a little noise."""
    harmed = {"pose": 0.08} if set(tasks) == {"pose", "reid"} else {}
    noise = 1e-4 * (seed + len(tasks))
    return {task: SCORES[task] - harmed.get(task, 0.0) + noise for task in tasks}


def test_before_there_is_a_relation_all_edges_count(tmp_path):
    probe = PairwiseProbe(list(SCORES), train, range(3), tmp_path / "probe.db")
    cost = diagnosis_cost(probe, Cost(seconds={1: 10.0, 2: 20.0}))
    assert (cost.edges, cost.known, cost.seeds) == (6, False, SEEDS)
    assert cost.runs == 6 * SEEDS * 10 and cost.seconds_a_run == 20.0
    assert "all 6 edges, should they be harmful" in str(cost)
    assert "one after the other" in str(cost)


def test_it_has_the_seeds_that_a_diagnosis_has_when_nothing_is_said():
    assert Diagnose.seeds == SEEDS == signature(diagnose).parameters["seeds"].default


def test_afterwards_only_the_edges_in_question(tmp_path):
    probe = PairwiseProbe(list(SCORES), train, range(3), tmp_path / "probe.db")
    probe.run(progress=False)
    cost = diagnosis_cost(probe, seeds=3)
    assert (cost.edges, cost.known) == (1, True)
    assert "1 edge in question so far, 3 seeds: at most 30 pair runs" in str(cost)
