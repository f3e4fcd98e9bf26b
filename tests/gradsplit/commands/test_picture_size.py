"""A picture as wide as a paper's column has the letters of one."""

import pytest

from gradsplit.cli import main
from gradsplit.commands.options.picture import PictureOptions, SizeOptions


@pytest.mark.parametrize(
    ("options", "points"),
    [({}, 10), ({"width": 3.3}, 7), ({"width": 6.9}, 8), ({"width": 3.3, "font_size": 9.0}, 9)],
)
def test_letters_fit_the_width(options, points):
    assert PictureOptions(**options).look()["font_size"] == points
    if "width" in options:
        assert SizeOptions(**options).size()["font_size"] == points


def test_without_a_size_each_picture_has_its_own():
    assert SizeOptions().size() == {}
    assert SizeOptions(font_size=9.0).size() == {"font_size": 9.0}


def test_only_what_was_given_is_refused(tmp_path, capsys):
    (tmp_path / "table.csv").write_text(",a,b\na,,-3%\nb,-1.5%,\n")
    assert main(["mask", str(tmp_path / "table.csv"), "--width", "3.3", "--out", "m.json"]) == 2
    assert "gradsplit: --width is of the picture" in capsys.readouterr().err
