import numpy as np
import pytest

from analysis.curves.line_looks import COLOURS, DARK_COLOURS, STROKES, line_styles, partner_look
from analysis.curves.trained_curves import TrainedCurves
from analysis.figures.learning_curves import learning_curves
from analysis.page.learning_panels import learning_panels
from relations import LossCurve, Run
from tests.analysis.figures.test_learning_curves import trained

# Deuteranopia on linear colours (Machado, Oliveira and Fernandes 2009).
BLIND = np.array(
    [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
)  # fmt: skip


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def seen(colour: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a linear colour."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.maximum(to_xyz @ colour / [0.9505, 1, 1.089], 1e-3))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", [np.eye(3), BLIND], ids=["usual", "deuteranopia"])
def test_colours_are_apart(sight):
    for at, one in enumerate(COLOURS):
        for other in COLOURS[:at]:
            apart = np.linalg.norm(seen(sight @ linear(one)) - seen(sight @ linear(other)))
            assert apart > 15, (one, other)


def test_lines_of_the_same_stroke_differ_in_lightness():
    for at in range(len(COLOURS)):
        for before in range(at):
            one, other = (seen(linear(COLOURS[place]))[0] for place in (at, before))
            same = partner_look(at).stroke == partner_look(before).stroke
            assert not same or abs(one - other) > 10


def test_twenty_eight_partners_look_different():
    assert len({partner_look(place) for place in range(28)}) == 28


def test_the_style_sheet_has_all_of_them():
    sheet = line_styles()
    assert all(colour.lower() in sheet for colour in (*COLOURS, *DARK_COLOURS))
    assert sheet.count("stroke-dasharray") == len([one for one in STROKES if one])
    assert ".line.s1 { stroke-dasharray: 7.5 3; }" in sheet


def test_a_partner_looks_the_same_in_a_figure_and_on_the_page():
    tasks = tuple(f"task{number}" for number in range(9))
    drawn = {
        line.get_label(): (line.get_color(), line.get_linestyle())
        for axes in learning_curves(trained(tasks, seeds=1)).axes
        for line in axes.get_lines()
    }
    looks = dict(learning_panels(trained(tasks, seeds=1), tasks).legend)
    both = [at for at, task in enumerate(tasks) if f"with {task}" in looks.keys() & drawn.keys()]
    assert len(both) >= 6  # of many lines those that tell most are shown
    for at in both:
        look, label = partner_look(at), f"with {tasks[at]}"
        assert looks[label] == f"c{look.colour} s{look.stroke}"
        assert drawn[label] == (COLOURS[look.colour], "--" if look.stroke else "-")


def test_companies_of_several_look_different_in_a_figure_and_on_the_page():
    tasks = tuple("abcd")
    single, groups = trained(tasks, seeds=1), [tasks[:3], tasks[1:], (*tasks[:2], "d")]
    curve = LossCurve.of([9.0, 1.0])
    runs = {Run(of, 0): dict.fromkeys(of, curve) for of in groups}
    both = TrainedCurves(tasks, {**single.runs, **runs})
    drawn = {
        line.get_label(): (line.get_color(), line.get_linestyle())
        for axes in learning_curves(both).axes
        for line in axes.get_lines()
    }
    looks = dict(learning_panels(both, tasks).legend)
    several = [label for label in looks if "," in label]
    assert len(several) == len({looks[label] for label in several}) == 6
    assert len({*looks.values()}) == len(looks) == len(drawn)
    for label in several:
        colour, stroke = (int(part[1:]) for part in looks[label].split())
        assert drawn[label] == (COLOURS[colour], "--" if stroke else "-")
