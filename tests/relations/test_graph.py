import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relations import ChangeMatrix, RelationGraph
from relations.errors import RelationsError
from relations.graph import is_harmful, verdict


def probe_of(true, noise=0.002, seeds=5, draw=0):
    true = np.asarray(true, dtype=float)
    samples = true + np.random.default_rng(draw).normal(0, noise, (seeds, *true.shape))
    return ChangeMatrix([f"t{i}" for i in range(len(true))], samples)


def test_it_is_a_networkx_graph_with_numbers_on_its_edges():
    changes = probe_of([[0, -0.05], [0.03, 0]])
    graph = RelationGraph.from_changes(changes)
    assert isinstance(graph, nx.DiGraph)
    assert graph.tasks == ("t0", "t1")
    edge = graph.edges["t0", "t1"]
    assert set(edge) == {"change", "lower", "upper", "n", "verdict"}
    assert edge["change"] == changes.mean[0, 1]
    assert (edge["n"], edge["verdict"]) == (5, "harmful")
    assert graph.edges["t1", "t0"]["verdict"] == "not harmful"
    assert graph.graph == {"threshold": -0.01, "level": 0.95, "correction": "holm"}
    assert graph.reverse().edges["t1", "t0"]["verdict"] == "harmful"
    assert graph.subgraph(["t0"]).tasks == ("t0",)


def test_harm_is_below_the_threshold_and_equality_is_not():
    graph = RelationGraph.from_changes(
        ChangeMatrix(list("abc"), [[0, -0.01, -0.0101], [-0.0099, 0, 0.01], [0, 0, 0]])
    )
    assert graph.harmful() == [("a", "c")]
    # What arithmetic makes of one per cent less is still the threshold.
    assert not is_harmful(0.99 - 1, -0.01)


def test_an_interval_that_begins_at_the_threshold_is_not_harmful():
    assert verdict(-0.01, 0.02, -0.01) == "not harmful"
    assert verdict(0.99 - 1, 0.02, -0.01) == "not harmful"
    assert verdict(-0.02, -0.01, -0.01) == "undecided"
    assert verdict(-0.02, -0.0101, -0.01) == "harmful"


def test_one_seed_decides_nothing_for_sure():
    graph = RelationGraph.from_changes(ChangeMatrix(list("ab"), [[0, -0.5], [0.5, 0]]))
    assert set(graph.verdicts().values()) == {"undecided"}
    assert graph.harmful() == [("a", "b")]
    assert graph.harmful(sure=True) == []


def test_missing_runs_are_unknown_never_harmless():
    changes = ChangeMatrix(list("ab"), [[0, np.nan], [0.5, 0]])
    graph = RelationGraph.from_changes(changes)
    assert graph.verdicts()["a", "b"] == "unknown"
    assert graph.harmful() == []


def test_an_edge_that_lost_a_run_is_never_listed_as_harmful():
    changes = ChangeMatrix(list("ab"), [[[0, -0.5], [-0.5, 0]]] * 3, failed=[[0, 1], [0, 0]])
    graph = RelationGraph.from_changes(changes)
    assert graph.edges["a", "b"]["change"] < -0.4
    assert graph.harmful() == [("b", "a")]
    assert json.loads(graph.to_json())["harmful"] == [["b", "a"]]


def test_an_edge_with_a_failed_run_is_unknown_whatever_the_others_say():
    samples = np.full((5, 2, 2), 0.05) + np.random.default_rng(0).normal(0, 0.001, (5, 2, 2))
    failed = ChangeMatrix(list("ab"), samples, failed=[[0, 1], [0, 0]])
    assert RelationGraph.from_changes(failed).verdicts() == {
        ("a", "b"): "unknown",
        ("b", "a"): "not harmful",
    }
    whole = RelationGraph.from_changes(ChangeMatrix(list("ab"), samples))
    assert whole.verdicts()["a", "b"] == "not harmful"


@pytest.mark.parametrize("correction", ["holm", "bh", "none"])
@settings(max_examples=40, deadline=None)
@given(draw=st.integers(0, 10**6), size=st.integers(2, 6), seeds=st.integers(2, 7))
def test_the_interval_on_the_edge_is_what_the_verdict_says(correction, draw, size, seeds):
    true = np.random.default_rng(draw).normal(-0.01, 0.01, (size, size))
    changes = probe_of(true, 0.005, seeds, draw)
    graph = RelationGraph.from_changes(changes, correction=correction)
    p_values = changes.scaled_means.p_values(changes.on_scale(-0.01))
    edges = ~np.eye(size, dtype=bool)
    rejected = rejections(p_values[edges], 0.05, correction)
    decided = []
    for row, source in enumerate(graph.tasks):
        for column, target in enumerate(graph.tasks):
            if row == column:
                continue
            edge = graph.edges[source, target]
            whole = {
                "harmful": edge["upper"] < -0.01,
                "not harmful": edge["lower"] >= -0.01,
                "undecided": edge["lower"] < -0.01 <= edge["upper"],
            }
            assert [name for name, holds in whole.items() if holds] == [edge["verdict"]]
            assert edge["lower"] <= edge["change"] <= edge["upper"]
            decided.append(edge["verdict"] != "undecided")
    assert decided == rejected.tolist()


def rejections(p_values, alpha, correction):
    """Which hypotheses are rejected, by the textbook."""
    order = np.argsort(p_values)
    count = len(p_values)
    rejected = np.zeros(count, dtype=bool)
    if correction == "none":
        return p_values <= alpha
    if correction == "holm":
        for step, edge in enumerate(order):
            if p_values[edge] > alpha / (count - step):
                break
            rejected[edge] = True
        return rejected
    from scipy.stats import false_discovery_control

    return false_discovery_control(p_values) <= alpha


def test_corrections_are_ordered():
    changes = probe_of(np.random.default_rng(1).normal(-0.01, 0.01, (8, 8)), 0.006)
    count = {
        name: len(RelationGraph.from_changes(changes, correction=name).with_verdict("undecided"))
        for name in ("none", "bh", "holm")
    }
    assert count["none"] < count["bh"] < count["holm"]


def test_holm_is_wider_than_the_marginal_interval():
    changes = probe_of(np.random.default_rng(1).normal(-0.01, 0.01, (6, 6)), 0.006)
    graph = RelationGraph.from_changes(changes)
    edges = ~np.eye(6, dtype=bool)
    assert (graph.matrix("lower")[edges] <= changes.lower[edges]).all()
    assert (graph.matrix("upper")[edges] >= changes.upper[edges]).all()
    assert np.isnan(np.diag(graph.matrix("change"))).all()


@given(st.permutations(range(4)))
@settings(deadline=None)
def test_the_order_of_tasks_does_not_matter(order):
    true = np.random.default_rng(3).normal(-0.01, 0.02, (4, 4))
    samples = true + np.random.default_rng(4).normal(0, 0.003, (4, 4, 4))
    names = np.array(list("abcd"))
    plain = RelationGraph.from_changes(ChangeMatrix(names.tolist(), samples))
    turned = RelationGraph.from_changes(
        ChangeMatrix(names[list(order)].tolist(), samples[:, order][:, :, order])
    )
    assert turned.verdicts() == plain.verdicts()


@pytest.mark.parametrize("threshold", [0.01, -1, -1.5, float("nan")])
def test_thresholds_out_of_range(threshold):
    with pytest.raises(RelationsError, match=r"`threshold` must be in \(-1, 0\], got"):
        RelationGraph.from_changes(probe_of(np.zeros((2, 2))), threshold=threshold)


def test_other_arguments_out_of_range():
    with pytest.raises(RelationsError, match="`level`"):
        RelationGraph.from_changes(probe_of(np.zeros((2, 2))), level=1.0)
    with pytest.raises(RelationsError, match="'holm', 'bh', 'none', got 'bonferroni'"):
        RelationGraph.from_changes(probe_of(np.zeros((2, 2))), correction="bonferroni")  # type: ignore[arg-type]


def test_printed_it_is_the_matrix_and_what_is_harmful():
    changes = probe_of([[0, -0.05, 0.03], [-0.012, 0, -0.009], [0.02, 0.01, 0]], noise=0.004)
    text = str(RelationGraph.from_changes(changes))
    assert "its 95% interval (Holm), row = source, column = target (5 seeds)\n" in text
    assert "\n\nharmful edges (mean change below -1.00%): 2\n" in text
    assert "\n  t0 -> t1  -5.02%  [-5.56%, -4.49%]  decided\n" in text
    assert "not harmful by the mean, but undecided: t1 -> t2" in text
    assert text.endswith("\ndecided at 95% (Holm): 1 harmful, 3 not harmful, 2 undecided")


def test_printed_without_repeats_it_claims_no_certainty():
    text = str(RelationGraph.from_changes(ChangeMatrix(list("ab"), [[0, -0.5], [0.5, 0]])))
    assert "\n  a -> b  -50.00%\n" in text
    assert text.endswith("no repeats: edges are judged by their value, no uncertainty is known")


def test_a_part_of_a_graph_prints_its_edges():
    graph = RelationGraph.from_changes(probe_of([[0, -0.05, 0], [0, 0, 0], [0, 0, 0]]))
    text = str(graph.subgraph(["t0", "t1"]))
    assert text.startswith("harmful edges (mean change below -1.00%): 1\n  t0 -> t1")


def test_json_has_every_edge_and_null_for_what_is_not_known():
    changes = ChangeMatrix(list("ab"), [[0, np.nan], [-0.5, 0]])
    content = json.loads(RelationGraph.from_changes(changes).to_json())
    assert content["tasks"] == ["a", "b"]
    assert content["harmful"] == [["b", "a"]]
    assert content["harmful_decided"] == []
    assert content["edges"] == [
        {
            "source": "a",
            "target": "b",
            "change": None,
            "lower": None,
            "upper": None,
            "n": 0,
            "verdict": "unknown",
        },
        {
            "source": "b",
            "target": "a",
            "change": -0.5,
            "lower": None,
            "upper": None,
            "n": 1,
            "verdict": "undecided",
        },
    ]


def test_json_has_no_infinite_end():
    by_seed = [[[0, -1e30], [0.1, 0]], [[0, 0.9], [0.2, 0]]]
    graph = RelationGraph.from_changes(ChangeMatrix(list("ab"), by_seed, turned=[False, True]))
    assert graph.edges["a", "b"]["lower"] == -np.inf
    content = json.loads(graph.to_json(), parse_constant=lambda word: pytest.fail(word))
    assert content["edges"][0]["lower"] is None
