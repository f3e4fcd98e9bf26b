import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relations import ChangeMatrix, GradientMask, RelationGraph, Task
from relations.errors import MaskError, RelationsError, TaskError


def graph(samples=None, tasks="abc"):
    """a harms b for sure, c harms a by the mean only, a -> c helps by the mean only."""
    if samples is None:
        true = np.array([[0, -0.05, 0.0], [0.05, 0, 0.05], [-0.02, 0.05, 0]])
        spread = np.full((3, 3), 0.0005)
        spread[2, 0] = spread[0, 2] = 0.03
        draws = np.random.default_rng(2).normal(size=(4, 3, 3))
        draws -= draws.mean(axis=0)
        samples = true + spread * draws
    return RelationGraph.from_changes(ChangeMatrix(list(tasks), samples))


def test_the_example_graph_is_as_described():
    verdicts = graph().verdicts()
    assert verdicts["a", "b"] == "harmful"
    assert verdicts["c", "a"] == verdicts["a", "c"] == "undecided"
    assert [edge for edge, verdict in verdicts.items() if verdict == "not harmful"] == [
        ("b", "a"),
        ("b", "c"),
        ("c", "b"),
    ]


@pytest.mark.parametrize(
    ("undecided", "blocked"),
    [
        ("point", [("a", "b"), ("c", "a")]),
        ("allow", [("a", "b")]),
        ("block", [("a", "b"), ("a", "c"), ("c", "a")]),
    ],
)
def test_undecided_edges_are_the_users_choice(undecided, blocked):
    mask = GradientMask.from_graph(graph(), undecided=undecided)
    assert mask.blocked() == blocked
    assert mask.undecided == undecided
    assert mask.may_update.diagonal().all()


def test_unknown_edges_are_refused_unless_the_user_says():
    unknown = graph([[0, np.nan, 0.1], [0.1, 0, 0.1], [0.1, 0.1, 0]])
    with pytest.raises(MaskError, match=r"a -> b") as caught:
        GradientMask.from_graph(unknown)
    assert '`unknown="allow"` or `unknown="block"`' in str(caught.value)
    assert GradientMask.from_graph(unknown, unknown="allow").blocked() == []
    blocked = GradientMask.from_graph(unknown, unknown="block")
    assert blocked.blocked() == [("a", "b")]
    assert blocked.provenance["unknown"] == "block"


def test_wrong_choices():
    with pytest.raises(RelationsError, match="'point', 'allow', 'block', got 'maybe'"):
        GradientMask.from_graph(graph(), undecided="maybe")  # type: ignore[arg-type]
    with pytest.raises(RelationsError, match="`unknown` must be"):
        GradientMask.from_graph(graph(), unknown="point")  # type: ignore[arg-type]


def test_evidence_is_kept():
    mask = GradientMask.from_graph(graph(), provenance={"taskset": "planted"})
    assert mask.evidence is not None
    assert mask.evidence["verdict"][0] == [None, "harmful", "undecided"]
    assert mask.evidence["n"][0] == [None, 4, 4]
    assert mask.evidence["upper"][0][1] < -0.01
    assert mask.provenance == {"level": 0.95, "correction": "holm", "taskset": "planted"}


def test_identity_and_full():
    assert GradientMask.identity([Task("a"), Task("b")]).blocked() == [("a", "b"), ("b", "a")]
    assert GradientMask.full(["a", "b"]).may_update.all()


@given(st.permutations(range(3)))
def test_permuting_tasks_permutes_the_mask(order):
    mask = GradientMask.from_graph(graph())
    chosen = mask.select(["abc"[i] for i in order])
    np.testing.assert_array_equal(chosen.may_update, mask.may_update[np.ix_(order, order)])
    assert set(chosen.blocked()) == set(mask.blocked())


def test_a_selection_keeps_its_evidence():
    mask = GradientMask.from_graph(graph()).select(["c", "a"])
    assert mask.tasks == ("c", "a")
    assert mask.may_update.tolist() == [[True, False], [True, True]]
    assert mask.evidence is not None
    assert mask.evidence["verdict"] == [[None, "undecided"], ["undecided", None]]
    with pytest.raises(TaskError, match="`z` is not one of them"):
        mask.select(["z"])


def test_transposed():
    mask = GradientMask(["a", "b"], [[True, False], [True, True]])
    assert mask.transposed().blocked() == [("b", "a")]


def test_equality_is_about_tasks_and_booleans():
    one = GradientMask(["a", "b"], np.eye(2, dtype=bool), threshold=-0.01)
    assert one == GradientMask.identity(["a", "b"])
    assert hash(one) == hash(GradientMask.identity(["a", "b"]))
    assert one != GradientMask.identity(["b", "a"])
    assert one != GradientMask.full(["a", "b"])


def test_it_cannot_be_changed_behind_its_back():
    mask = GradientMask.full(["a", "b"])
    with pytest.raises(ValueError, match="read-only"):
        mask.may_update[0, 1] = False


@pytest.mark.parametrize(
    ("tasks", "may_update", "message"),
    [
        (["a", "b"], [[True, True]], "must be 2 by 2 for the tasks a, b, got 1 by 2"),
        (["a", "b"], [[True], [True, True]], "2 rows of 2 booleans"),
        (["a", "b"], [[1, 2], [0, 1]], "true and false only"),
        (["a", "b"], [["yes", "no"], ["no", "yes"]], "true and false only"),
        (["a", "b"], [[0, 1], [0, 1]], "true on the diagonal"),
        (["a", "b"], [[False, True], [True, True]], "`a` may not update its own group"),
        (["a", "a"], [[True, True], [True, True]], "unique tasks"),
        ([], [], "at least one task"),
    ],
)
def test_unsound_masks(tasks, may_update, message):
    with pytest.raises(MaskError, match=message):
        GradientMask(tasks, may_update)


def test_all_problems_at_once():
    with pytest.raises(MaskError) as caught:
        GradientMask(
            ["a", "b", "b"], [[False, True, True], [True, True, True], [True, True, False]]
        )
    assert "`a` may not update" in str(caught.value)
    assert "`b` may not update" in str(caught.value)
    assert "unique tasks" in str(caught.value)


def test_the_evidence_of_selected_tasks_keeps_its_direction():
    whole = GradientMask.from_graph(graph())
    chosen = whole.select(["c", "a"])
    assert whole.evidence is not None
    assert chosen.evidence is not None
    for key, cells in chosen.evidence.items():
        assert cells[0][1] == whole.evidence[key][2][0]
        assert cells[1][0] == whole.evidence[key][0][2]
    assert chosen.evidence["change"][0][1] != chosen.evidence["change"][1][0]
    assert (chosen.threshold, chosen.undecided) == (whole.threshold, whole.undecided)


def test_ones_and_zeros_are_booleans(tmp_path):
    mask = GradientMask(["a", "b"], [[1, 0], [1, 1]])
    assert mask == GradientMask(["a", "b"], [[True, False], [True, True]])
    text = mask.to_json().replace("true", "1").replace("false", "0")
    (tmp_path / "mask.json").write_text(text)
    assert GradientMask.load(tmp_path / "mask.json") == mask


EDGES = [[np.nan, -0.05, -0.05], [0.1, np.nan, -0.001], [0.1, 0.1, np.nan]]


def test_a_mask_that_no_longer_follows_its_evidence():
    made = GradientMask.from_graph(graph(EDGES))
    assert made.not_following() == []
    edited = made.may_update.copy()
    edited[0, 1], edited[1, 2] = True, False
    content = {key: getattr(made, key) for key in ("threshold", "undecided", "evidence")}
    changed = GradientMask(made.tasks, edited, **content)
    assert changed.not_following() == [
        (made.tasks[0], made.tasks[1]),
        (made.tasks[1], made.tasks[2]),
    ]
    assert changed.select(made.tasks[:2]).not_following() == [(made.tasks[0], made.tasks[1])]
    assert GradientMask(made.tasks, edited).not_following() == []  # nothing to follow


@pytest.mark.parametrize("undecided", ["point", "allow", "block"])
@pytest.mark.parametrize("unknown", ["allow", "block"])
def test_what_the_maker_chose_follows_the_evidence(undecided, unknown):
    values = np.array(EDGES)
    values[2, 0] = np.nan
    assert GradientMask.from_graph(graph(values), undecided, unknown).not_following() == []
