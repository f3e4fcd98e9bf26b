"""What a source holds is decided in one place: changes at a threshold, an estimate at a cut."""

import numpy as np
import pytest

from relations import (
    ChangeMatrix,
    Estimate,
    EstimateGraph,
    RelationGraph,
    load_changes,
    load_relations,
    save_estimate,
)
from relations.errors import RelationsError

RUNS = """tasks,seed,task,score
pose,0,pose,0.8
reid,0,reid,0.6
pose+reid,0,pose,0.7
pose+reid,0,reid,0.59
pose,1,pose,0.8
reid,1,reid,0.6
pose+reid,1,pose,0.72
pose+reid,1,reid,0.58
"""


@pytest.fixture
def runs(tmp_path):
    (tmp_path / "runs.csv").write_text(RUNS)
    return tmp_path / "runs.csv"


@pytest.fixture
def guess(tmp_path):
    values = np.array([[[np.nan, -0.5, 0.3], [0.2, np.nan, np.nan], [-0.1, 0.4, np.nan]]])
    save_estimate(
        Estimate("mine", "an opinion", ("a", "b", "c"), (0,), values), tmp_path / "g.json"
    )
    return tmp_path / "g.json"


def test_changes_are_judged_at_the_threshold(runs):
    graph = load_relations(runs, threshold=-0.05, level=0.9, correction="bh")
    expected = RelationGraph.from_changes(
        load_changes(runs, level=0.9), threshold=-0.05, level=0.9, correction="bh"
    )
    assert str(graph) == str(expected) and graph.to_json() == expected.to_json()
    assert isinstance(graph.changes, ChangeMatrix)
    assert graph.harmful() == [("reid", "pose")]
    assert load_relations(runs).threshold == -0.01


def test_tasks_that_are_better_lower(runs):
    assert load_relations(runs, lower=["pose", "reid"]).harmful() == []
    assert load_relations(runs, lower="pose, reid").harmful() == []
    assert load_relations(runs, lower="pose").harmful() != load_relations(runs).harmful()


def test_an_estimate_is_cut_in_its_own_unit(guess):
    graph = load_relations(guess)
    assert isinstance(graph, EstimateGraph)
    assert graph.harmful() == [("a", "b"), ("c", "a")]
    assert load_relations(guess, cut="-0.2").harmful() == [("a", "b")]
    assert graph.with_verdict("unknown") == [("b", "c")]
    said = str(graph)
    for word in ("an opinion", "cut: sign", "a -> b, c -> a", "unknown: b -> c", "not a probe"):
        assert word in said


def test_of_many_harmful_edges_some_are_listed(tmp_path):
    values = -np.ones((1, 6, 6))
    names = tuple("abcdef")
    save_estimate(Estimate("mine", "u", names, (0,), values), tmp_path / "g.json")
    assert str(load_relations(tmp_path / "g.json")).count(" -> ") == 20
    assert "and 10 more" in str(load_relations(tmp_path / "g.json"))


def test_thresholds_and_cuts_do_not_change_sides(runs, guess):
    with pytest.raises(RelationsError, match="--threshold"):
        load_relations(runs, cut="sign")
    with pytest.raises(RelationsError, match="another unit"):
        load_relations(guess, threshold=-0.01)
