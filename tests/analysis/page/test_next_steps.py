"""Advice on the page is what whoever trained the runs can follow."""

from dataclasses import fields

import numpy as np
import pytest

from analysis.page.next_steps import next_steps
from analysis.page.ran import Ran
from analysis.page.report import Report, report_html
from relations.graph import RelationGraph
from relations.tasks import Task
from tests.analysis.analysis_examples import made_changes

NAMES = ["reid", "pose", "parsing"]
TASK_SET = {"task set": {"task set": "figures"}}
PROGRAM = {"command": "python train.py --tasks {tasks}"}
FUNCTION = {"subject": "function train of train.py"}


def page_of(settings):
    changes = made_changes(np.full((3, 3), -0.1), tasks=NAMES)
    ran = None
    if settings is not None:
        ran = Ran(tuple(map(Task, NAMES)), (0, 1), {"done": 9}, (), settings, None, ())
    graph = RelationGraph.from_changes(changes)
    return report_html(Report(changes=changes, graph=graph, source="runs", ran=ran))


@pytest.mark.parametrize("settings", [PROGRAM, FUNCTION, None])
def test_what_only_a_task_set_can_do_is_not_advised_to_others(settings):
    page = page_of(settings)
    assert "--steps 400,800" not in page
    assert "trains each harmful pair again" not in page
    assert "trains it and judges it" not in page
    assert "keep those runs in another place" in page
    assert ("recommend --command" in page) == (settings is PROGRAM)


def test_a_task_set_is_advised_everything():
    page = page_of(TASK_SET)
    for said in ("--steps 400,800", "trains each harmful pair again", "trains it and judges it"):
        assert said in page


@pytest.mark.parametrize("settings", [TASK_SET, PROGRAM, FUNCTION, None])
def test_every_section_has_a_sentence(settings):
    steps = next_steps(settings)
    assert all(getattr(steps, each.name) for each in fields(steps))
