"""Methods that are built once the relations give them a mask."""

from pathlib import Path

import numpy as np
import pytest

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.masked_methods import check_masked, mask_of, words_with
from gradsplit.training.methods.wanted import Wanted, read_methods
from relations import ChangeMatrix, RelationGraph, Task

TASKS = (Task("a"), Task("b"))


def wanted(words):
    (one,) = read_methods((words,))
    return one


@pytest.fixture
def graph():
    return RelationGraph.from_changes(ChangeMatrix(TASKS, np.array([[0, -0.03], [-0.2, 0]])))


def test_the_mask_is_that_of_the_relations(graph):
    mask = mask_of(wanted("gradsplit"), graph)
    assert mask.may_update.tolist() == [[True, False], [False, True]]


def test_a_threshold_of_its_own_judges_anew(graph):
    mask = mask_of(wanted("gradsplit:threshold=-0.1"), graph)
    assert mask.may_update.tolist() == [[True, True], [False, True]]


def test_relations_without_changes_cannot_be_judged_anew(graph):
    bare = RelationGraph(graph)
    bare.changes = None
    with pytest.raises(GradSplitError, match="no changes to judge anew"):
        mask_of(wanted("gradsplit:threshold=-0.1"), bare)


def test_options_that_do_not_fit_are_refused_beforehand():
    check_masked(wanted("gradsplit:balance=db-mtl"), ("a", "b"))
    with pytest.raises(GradSplitError, match="balance"):
        check_masked(wanted("gradsplit:balance=none-such"), ("a", "b"))


def test_a_file_of_ones_own_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = words_with(Wanted("mine.py:halved", "halved", {"rate": "0.5"}), "mask.json")
    assert words == f"{Path.cwd() / 'mine.py'}:halved:mask=mask.json,rate=0.5"
