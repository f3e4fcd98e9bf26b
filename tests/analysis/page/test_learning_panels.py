import math
import re

import numpy as np
import pytest

from analysis.page.learning_panels import HEIGHT, WIDTH, learning_panels
from analysis.page.report import Report, report_html
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import made_changes
from tests.analysis.figures.test_learning_curves import TASKS, trained
from tests.analysis.page.test_report import Outline

NUMBER = re.compile(r"-?[\d.]+(?:e-?\d+)?")


def numbers(path):
    return [float(one) for one in NUMBER.findall(path)]


def test_a_panel_has_its_lines_with_alone_on_top():
    section = learning_panels(trained(), TASKS)
    panel = section.panels[0]
    assert [line.label for line in panel.lines] == ["with all", "with depth", "with reid", "alone"]
    assert [label for label, _ in section.legend] == [
        *("alone", "with pose", "with reid", "with depth", "with all")
    ]
    assert panel.said.startswith("Training loss of pose over 3 steps; at the end: alone 2, with")


@pytest.mark.parametrize("steps", [1, 2, 5000])
def test_everything_is_within_the_picture(steps):
    section = learning_panels(trained(losses=lambda run: [2.0 + run.seed] * steps), TASKS)
    for line in section.panels[0].lines:
        points = numbers(line.path) + numbers(line.band)
        assert 0 <= min(points) <= max(points[::2]) <= WIDTH
        assert max(points[1::2]) <= HEIGHT
        assert len(numbers(line.path)) <= 2 * 100


def test_gaps_break_lines_and_bands():
    broken = trained(losses=lambda run: [3.0, 2.0, math.nan, math.inf, 1.0 + run.seed, 1.0])
    line = learning_panels(broken, TASKS).panels[0].lines[-1]
    assert line.path.count("M") == 2
    assert line.band.count("Z") == 2
    assert "nan" not in line.path + line.band


def test_losses_of_which_none_is_known_are_said_not_to_be():
    panel = learning_panels(trained(losses=lambda run: [math.nan]), TASKS).panels[0]
    assert "alone not known" in panel.said
    assert panel.lines[-1].path == ""


def test_what_has_no_room_is_counted():
    many = tuple(f"task{number}" for number in range(26))
    section = learning_panels(trained(many, seeds=1), many)
    assert (len(section.panels), section.hidden) == (24, 2)
    assert section.panels[0].hidden == 25 + 2 - 8


def test_runs_with_tasks_that_are_not_on_the_page_are_left_out():
    section = learning_panels(trained(), TASKS[:2])
    assert [line.label for line in section.panels[0].lines] == ["with reid", "alone"]


def test_without_trainings_there_is_nothing():
    assert learning_panels(None, TASKS) is None
    assert learning_panels(trained(("other",)), TASKS) is None


def test_the_page_has_them_and_stays_one_file():
    changes = made_changes([[np.nan, -0.1], [0.1, np.nan]])
    graph = RelationGraph.from_changes(changes)
    found = trained(tuple(graph.tasks))
    with_them = report_html(Report(changes=changes, graph=graph, source="runs", trained=found))
    without = report_html(Report(changes=changes, graph=graph, source="runs"))
    page = Outline(with_them)
    assert page.loads == Outline(without).loads
    assert with_them.count('class="line alone"') == len(graph.tasks) + 1
    assert "None are known" in without
    assert len(with_them) - len(without) < 60_000
