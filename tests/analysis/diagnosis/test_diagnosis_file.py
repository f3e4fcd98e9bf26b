"""Diagnoses read from their file."""

import json
import math

import pytest

from analysis.diagnosis.diagnosis_file import read_diagnosis
from relations.change_kinds import ChangeKind
from relations.errors import TableError
from tests.analysis.diagnosis_examples import diagnosed_edge, intervention, open_edge


def read(folder, content):
    path = folder / "diagnosis.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_diagnosis(path)


def test_the_row_of_what_is_recommended_is_the_best(tmp_path):
    (edge,) = read(tmp_path, [diagnosed_edge("a", "b")])
    assert (edge.source, edge.target, edge.cause) == ("a", "b", "loss scale")
    assert edge.best is not None and edge.best.intervention == "quieter"
    assert edge.best.removed.share == 0.7


def test_without_a_recommendation_the_surest_cure_is_the_best_and_no_control(tmp_path):
    (edge,) = read(tmp_path, [open_edge("a", "b")])
    assert edge.remedy is None
    assert edge.best is not None and edge.best.intervention == "quieter"
    assert [row.control for row in edge.rows] == [False, True]


def test_what_is_null_is_not_known_or_has_no_end(tmp_path):
    rows = [
        intervention("one end", removed={"upper": None}),
        intervention("no spread", removed={"lower": None, "upper": None}),
        intervention("no ratio", "undecided", None),
    ]
    (edge,) = read(tmp_path, [diagnosed_edge("a", "b", interventions=rows)])
    one_end, no_spread, no_ratio = (row.removed for row in edge.rows)
    assert (one_end.lower, one_end.upper) == (0.6, math.inf)
    assert math.isnan(no_spread.lower)
    assert math.isnan(no_ratio.share)


def test_kinds_are_relative_unless_the_file_says_otherwise(tmp_path):
    r2 = {"kind": "absolute", "unit": "", "threshold": -0.02}
    changes = {"a": {"kind": "relative", "unit": "", "threshold": None}, "b": r2}
    plain, mixed = read(
        tmp_path, [diagnosed_edge("a", "b"), diagnosed_edge("a", "b", changes=changes)]
    )
    assert plain.kinds == (ChangeKind(), ChangeKind())
    assert mixed.kinds == (ChangeKind(), ChangeKind("absolute", -0.02))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ({}, "must be a list"),
        ([3], "must be a list"),
        ([diagnosed_edge("a", "b", change=None)], "edge 1: `change`"),
        ([diagnosed_edge("a", "b", cause=3)], "edge 1: `cause`"),
        ([diagnosed_edge("a", "b", open="x")], "edge 1: `open`"),
        ([diagnosed_edge("a", "b", recommended={})], "edge 1: `recommended`"),
        ([diagnosed_edge("a", "b", recommended={"target": 0, "source": 0})], "`recommended`"),
        ([diagnosed_edge("a", "b", change=10**400)], "edge 1: `change`"),
        ([diagnosed_edge("a", "b", interventions=[{}])], "edge 1: `interventions`"),
        ([diagnosed_edge("a", "b", changes={"a": {"kind": "x"}})], "`changes` of a"),
        ([diagnosed_edge("a", "b", changes=[])], "edge 1: `changes`"),
    ],
)
def test_what_is_not_sound_is_refused_by_name(tmp_path, content, said):
    with pytest.raises(TableError, match="gradsplit diagnose") as wrong:
        read(tmp_path, content)
    assert said in str(wrong.value)


def test_all_problems_are_said_at_once(tmp_path):
    edges = [diagnosed_edge("a", "b", change="x"), diagnosed_edge("a", "b", cause=3, open=None)]
    with pytest.raises(TableError) as wrong:
        read(tmp_path, edges)
    assert str(wrong.value).count("\n- ") == 3


def test_a_byte_order_mark_and_what_is_left_out_change_nothing(tmp_path):
    facts = open_edge("a", "b")
    whole = read(tmp_path, [facts])
    del facts["cause"], facts["recommended"]
    (edge,) = read(tmp_path, "\ufeff" + json.dumps([facts]))
    assert (edge.cause, edge.remedy) == (None, None)
    assert edge.rows[0] == whole[0].rows[0]
