import numpy as np

from gradsplit.tasksets.figures.contact_sheet import contact_sheet


def test_a_sheet_has_a_row_a_person_with_points_and_parts(tmp_path):
    sheet = contact_sheet(people=2, height=48, width=24)
    assert len(sheet.axes) == 20
    assert sum(bool(axes.lines) for axes in sheet.axes) == 6
    assert sum(len(axes.images) == 2 for axes in sheet.axes) == 6
    sheet.savefig(tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


def test_a_seed_decides_the_sheet():
    def first_picture(seed):
        sheet = contact_sheet(people=1, seed=seed, height=48, width=24)
        return np.asarray(sheet.axes[0].images[0].get_array())

    assert np.array_equal(first_picture(1), first_picture(1))
    assert not np.array_equal(first_picture(1), first_picture(2))
