"""Arabic and Hebrew names inside sentences that run from left to right."""

import numpy as np

from analysis.figures.graph import graph_plot
from analysis.figures.heatmap import heatmap
from analysis.page.headline import headline
from analysis.writing_direction import isolated
from relations import ChangeMatrix, RelationGraph, Task
from tests.analysis.analysis_examples import made_changes

DEPTH, POSE = "تقدير العمق", "תנוחה 2"


def changes():
    mean = np.array([[0, -0.074, 0.0], [0.0, 0, 0.0], [0.0, 0.0, 0]])
    return made_changes(mean, 0.001, tasks=[DEPTH, POSE, "reid"])


def test_the_headline_isolates_them_and_leaves_other_names_as_they_are():
    said = headline(RelationGraph.from_changes(changes()), None)
    assert said.startswith(f"\u2068{DEPTH}\u2069 harms \u2068{POSE}\u2069 by 7.4 %")
    assert isolated("größe→β 深度") == "größe→β 深度"


def test_lines_of_a_graph_begin_from_the_left_and_names_end_before_numbers():
    axes = graph_plot(RelationGraph.from_changes(changes()))
    (beside,) = [one.get_text() for one in axes.texts if one.get_gid() == "standing"]
    (line,) = [one for one in beside.splitlines() if DEPTH in one]
    # The marks have a direction and no width: the colon and the number follow in the line's own.
    assert line.startswith(f"  \u200e{DEPTH}\u200e: 1 edge, −7.4 %")


def test_a_column_keeps_its_unit_behind_its_name():
    tasks = (Task(DEPTH), Task(POSE, change="absolute", threshold=-0.02))
    changes = ChangeMatrix(tasks, [[0, -0.05], [-0.03, 0]])
    columns = [one.get_text() for one in heatmap(changes).get_xticklabels()]
    assert columns[1] == f"\u200e{POSE}\u200e [−0.02 abs.]"
