"""The data behind the mask's pictures."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.figures.channels import ModuleChannels, channel_plot
from analysis.figures.figure_file import figure_of
from analysis.figures.mask import mask_plot
from relations.errors import MaskError
from relations.mask import GradientMask
from tests.analysis.analysis_examples import ODD_NAMES

TASKS = ["attribute", "reid", "pose"]
MASK = GradientMask(TASKS, [[True, False, True], [True, True, False], [True, True, True]])
THIRDS = [("attribute", 0, 30), ("reid", 30, 60), ("pose", 60, 90)]


def test_crosses_on_exactly_the_blocked_cells():
    axes = mask_plot(MASK)
    (crosses,) = [c for c in axes.collections if c.get_gid() == "blocked"]
    cells = {(int(y), int(x)) for x, y in crosses.get_offsets()}
    assert cells == {(0, 1), (1, 2)}
    (mesh,) = [c for c in axes.collections if c.get_gid() == "mask"]
    assert np.array_equal(np.asarray(mesh.get_array()).reshape(3, 3), MASK.may_update)
    assert axes.get_title() == "2 of 6 updates blocked"
    assert axes.yaxis_inverted()


@pytest.mark.parametrize("count", [2, 60, 200])
def test_any_number_of_tasks_without_overlap(count):
    axes = mask_plot(GradientMask.identity([f"task-{i:03d}" for i in range(count)]))
    figure_of(axes).draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    ends = sorted((box.y0, box.y1) for box in boxes)
    assert all(a[1] <= b[0] + 0.5 for a, b in itertools.pairwise(ends))


def bars(axes, gid: str) -> set[tuple[float, float, int]]:
    """(left, right, row) of the bars of a kind; left and right as shares."""
    found = set()
    for bar in axes.collections:
        if bar.get_gid() == gid:
            box = bar.get_paths()[0].get_extents()
            found.add((round(box.x0, 6), round(box.x1, 6), int(box.y0)))
    return found


def test_each_loss_has_a_bar_for_each_group_of_channels():
    axes = channel_plot(MASK, [ModuleChannels("layer4.conv", 90, THIRDS)])
    third = round(1 / 3, 6), round(2 / 3, 6)
    assert bars(axes, "blocked") == {(third[0], third[1], 0), (third[1], 1.0, 1)}
    assert len(bars(axes, "allowed")) == 7
    owners = [text.get_text() for text in axes.texts if text.get_gid() == "owner"]
    assert owners == ["attribute 30", "reid 30", "pose 30"]


def test_modules_divided_alike_share_a_band():
    modules = [ModuleChannels(name, 90, THIRDS) for name in ("a", "b", "c")]
    axes = channel_plot(MASK, [*modules, ModuleChannels("d", 90, THIRDS[:2])])
    names = [text.get_text() for text in axes.texts if text.get_gid() == "module"]
    assert names == ["a and 2 alike, 90 channels", "d, 90 channels"]


@pytest.mark.long
@settings(max_examples=20, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 40), min_size=6, max_size=6, unique=True).map(sorted),
)
def test_the_bars_of_a_loss_cover_all_channels_once(cuts):
    ranges = [(TASKS[i], cuts[2 * i], cuts[2 * i + 1]) for i in range(3)]
    axes = channel_plot(MASK, [ModuleChannels("m", 40, ranges)])
    for row in range(3):
        spans = sorted(
            (left, right)
            for left, right, at in bars(axes, "allowed") | bars(axes, "blocked")
            if at == row
        )
        assert spans[0][0] == 0
        assert spans[-1][1] == 1
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


def test_all_that_does_not_fit_is_said_at_once():
    modules = [
        ModuleChannels("one", 10, [("depth", 0, 5), ("pose", 5, 12)]),
        ModuleChannels("two", 10, [("pose", 0, 6), ("reid", 5, 10)]),
    ]
    with pytest.raises(MaskError) as error:
        channel_plot(MASK, modules)
    for part in ("`depth` is not a task", "channels 5 to 12", "channel 5 has two owners"):
        assert part in str(error.value)
    with pytest.raises(MaskError, match="no split module"):
        channel_plot(MASK, [])


def test_odd_names_are_no_formulas():
    mask = GradientMask.identity(ODD_NAMES)
    module = ModuleChannels(
        "$layer$", 50, [(n, 10 * i, 10 * i + 10) for i, n in enumerate(ODD_NAMES)]
    )
    for axes in (mask_plot(mask), channel_plot(mask, [module])):
        figure_of(axes).draw_without_rendering()
        for text in (*axes.texts, *axes.get_yticklabels()):
            assert not text._preprocess_math(text.get_text())[1]
