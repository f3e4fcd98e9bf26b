import json

import networkx as nx
import numpy as np
import pytest

from relations import GradientMask, RelationGraph, read_relation_table
from relations.errors import MaskError, RelationsError, TaskError
from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate, EstimateError
from relations.estimates.estimate_file import is_estimate_file, load_estimate, save_estimate
from relations.estimates.estimate_graph import estimate_graph
from relations.sources import load_changes

NAN = np.nan
VALUES = np.array(
    [
        [[NAN, -2.0, 0.1], [3.0, NAN, -0.4], [0.5, NAN, NAN]],
        [[NAN, -4.0, 0.3], [5.0, NAN, -0.2], [0.7, NAN, NAN]],
    ]
)


@pytest.fixture
def guess():
    return Estimate(
        "by hand",
        "apples",
        ("pose", "reid", "depth"),
        (0, 3),
        VALUES,
        np.abs(VALUES) / 10,
        trainings=6.5,
        seconds=1.5,
        settings={"every": 10},
        diagnostics=({"looks": 3}, {"looks": 4}),
    )


def test_mean_and_error_over_seeds(guess):
    assert guess.mean[0, 1] == -3
    assert guess.se[0, 1] == pytest.approx(1.0)  # sd sqrt(2) of two seeds, over sqrt(2)
    assert guess.n.tolist() == [[0, 2, 2], [2, 0, 2], [2, 0, 0]]
    assert np.isnan(guess.mean[2, 1]) and np.isnan(guess.mean.diagonal()).all()
    one = Estimate("x", "u", guess.tasks, (0,), VALUES[:1], np.abs(VALUES[:1]) / 10)
    assert one.se[0, 1] == pytest.approx(0.2)  # with one seed, the noise within its run
    assert "?" in str(guess) and "apples" in str(guess) and "6.5" in str(guess)


def test_the_diagonal_is_nobodys_estimate():
    full = Estimate("x", "u", ("a", "b"), (0,), np.ones((1, 2, 2)))
    assert np.isnan(full.mean.diagonal()).all()
    with pytest.raises(ValueError, match="read-only"):
        full.samples[0, 0, 1] = 5


def test_all_problems_at_once():
    with pytest.raises(EstimateError) as wrong:
        Estimate("x", "u", ("a", "b"), (0, 0), np.ones((1, 2, 2)), np.ones((2, 2)))
    assert all(word in str(wrong.value) for word in ("`samples`", "`noise`", "`seeds`"))
    for large in (np.inf, 1e308, -1e200):  # squared, they are no numbers
        with pytest.raises(EstimateError, match=r"`samples` must be numbers below 1e\+150"):
            Estimate("x", "u", ("a", "b"), (0,), np.full((1, 2, 2), large))
    with pytest.raises(TaskError):
        Estimate("x", "u", ("a", "a"), (0,), np.ones((1, 2, 2)))


def test_what_is_written_is_read_back(guess, tmp_path):
    path = tmp_path / "estimate.json"
    save_estimate(guess, path)
    again = load_estimate(path)
    np.testing.assert_array_equal(again.samples, guess.samples)
    np.testing.assert_array_equal(again.noise, guess.noise)
    for name in ("estimator", "unit", "tasks", "seeds", "trainings", "seconds", "settings"):
        assert getattr(again, name) == getattr(guess, name)
    assert again.diagnostics == guess.diagnostics
    json.loads(path.read_text(), parse_constant=pytest.fail)  # NaN is no JSON
    assert is_estimate_file(path)
    assert [one.name for one in tmp_path.iterdir()] == ["estimate.json"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda content: content.update(version=2), "version 2"),
        (lambda content: content.update(format="x"), "format"),
        (lambda content: content.pop("unit"), "unit"),
        (lambda content: content.update(values=[[["much"]]]), "`values`"),
        (lambda content: content.update(values=[[1]]), "shape"),
    ],
)
def test_unsound_files_say_what_is_wrong(guess, tmp_path, change, word):
    path = tmp_path / "e.json"
    save_estimate(guess, path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(EstimateError, match=word):
        load_estimate(path)


def test_missing_and_cut_off_files(guess, tmp_path):
    with pytest.raises(EstimateError, match="no estimate file"):
        load_estimate(tmp_path / "none.json")
    path = tmp_path / "e.json"
    save_estimate(guess, path)
    path.write_text(path.read_text()[:-20])
    with pytest.raises(EstimateError, match="cut off"):
        load_estimate(path)
    (tmp_path / "mask.json").write_text('{"format": "gradsplit-mask"}')
    assert not is_estimate_file(tmp_path / "mask.json")
    assert not is_estimate_file(tmp_path)


def test_an_estimate_never_passes_for_changes(guess, tmp_path):
    path = tmp_path / "e.json"
    save_estimate(guess, path)
    with pytest.raises(EstimateError, match="unit of its own"):
        load_changes(path)


def test_cuts(guess):
    assert estimate_graph(guess, Cut()).harmful() == [("pose", "reid"), ("reid", "depth")]
    assert estimate_graph(guess, Cut("20%")).harmful() == [("pose", "reid")]
    assert len(estimate_graph(guess, Cut("99%")).harmful()) == 5
    assert estimate_graph(guess, Cut("1%")).harmful() == []
    assert len(estimate_graph(guess, Cut("0.25")).harmful()) == 3
    assert estimate_graph(guess, Cut("-0.3")).threshold == -0.3


@pytest.mark.parametrize("rule", ["", "0%", "100%", "-5%", "x%", "nan", "harm", "1e999"])
def test_cuts_that_make_no_sense(rule):
    with pytest.raises(RelationsError, match=r"cut is|share of edges"):
        Cut(rule)


def test_no_edge_of_an_estimate_is_decided(guess):
    graph = estimate_graph(guess, Cut())
    assert set(graph.verdicts().values()) == {"undecided", "unknown"}
    assert graph.with_verdict("unknown") == [("depth", "reid")]
    assert graph.harmful(sure=True) == []


def test_a_mask_says_that_it_was_made_from_an_estimate(guess, tmp_path):
    graph = estimate_graph(guess, Cut("20%"))
    with pytest.raises(MaskError, match="depth -> reid"):
        GradientMask.from_graph(graph)
    mask = GradientMask.from_graph(graph, unknown="allow", provenance={"source": "e.json"})
    mask.save(tmp_path / "mask.json")
    read = GradientMask.load(tmp_path / "mask.json")
    assert read.blocked() == [("pose", "reid")]
    assert read.threshold is None and read.evidence is None
    made = read.provenance["estimate"]
    assert isinstance(made, dict)
    assert (made["estimator"], made["unit"], made["cut"]) == ("by hand", "apples", "20%")
    assert made["values"][0][1] == -3 and made["values"][2][1] is None
    assert read.provenance["unknown"] == "allow"
    assert GradientMask.from_graph(graph, "block", "block").may_update.sum() == 3


def test_a_mask_of_changes_is_as_before(tmp_path):
    (tmp_path / "table.csv").write_text(",a,b\na,,-2%\nb,0,\n")
    mask = GradientMask.from_graph(RelationGraph.from_changes(load_changes(tmp_path / "table.csv")))
    assert mask.threshold == -0.01 and mask.evidence is not None
    assert "estimate" not in mask.provenance


def test_an_exported_estimate_cannot_be_read_as_a_relation_table(guess, tmp_path):
    from analysis.graph_formats.registry import export

    graph = estimate_graph(guess, Cut())
    export(graph, tmp_path / "edges.csv")
    header = (tmp_path / "edges.csv").read_text().splitlines()[0]
    assert header == "source,target,estimate,lower,upper,n,verdict"
    with pytest.raises(RelationsError, match="Say which one"):
        read_relation_table(tmp_path / "edges.csv")
    export(graph, tmp_path / "graph.graphml")
    read = nx.read_graphml(tmp_path / "graph.graphml")
    assert read.graph["unit"] == "apples"
    assert read.edges["pose", "reid"] == {"estimate": -3.0, "n": 2, "verdict": "undecided"}


def test_a_byte_order_mark_is_no_fault(guess, tmp_path):
    save_estimate(guess, tmp_path / "guess.json")
    text = (tmp_path / "guess.json").read_text()
    (tmp_path / "guess.json").write_text("\ufeff" + text, encoding="utf-8")
    assert is_estimate_file(tmp_path / "guess.json")
    assert load_estimate(tmp_path / "guess.json").tasks == guess.tasks


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("diagnostics", "reid", "diagnostics"),
        ("diagnostics", [1], "diagnostics"),
        ("diagnostics", [{"steps": float("nan")}], "JSON values"),
        ("settings", True, "settings"),
        ("seconds", "long", "seconds"),
        ("trainings", 10**400, "trainings"),
        ("seeds", [float("inf")], "seeds"),
        ("seeds", -0.0, "seeds"),
        ("values", [[[10**400]]], "values"),
        ("unit", None, "unit"),
        ("tasks", ["pose", "re\x1bid"], "control"),
        ("tasks", ["pose", "\ud800"], "control"),
    ],
)
def test_values_of_the_wrong_kind_are_named(guess, tmp_path, key, value, word):
    save_estimate(guess, tmp_path / "estimate.json")
    content = json.loads((tmp_path / "estimate.json").read_text())
    (tmp_path / "estimate.json").write_text(json.dumps({**content, key: value}))
    with pytest.raises(RelationsError, match=word):
        load_estimate(tmp_path / "estimate.json")


def test_keys_in_another_order_are_an_estimate_too(guess, tmp_path):
    path = tmp_path / "estimate.json"
    save_estimate(guess, path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(dict(sorted(content.items(), reverse=True)), indent=4))
    assert is_estimate_file(path)
    np.testing.assert_array_equal(load_estimate(path).mean, guess.mean)
