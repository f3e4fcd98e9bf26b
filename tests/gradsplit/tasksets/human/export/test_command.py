"""`gradsplit figures`: a contact sheet or an exported data set, and options that do not fit."""

import subprocess
import sys
from functools import partial
from importlib import import_module
from typing import get_args

import pytest

from gradsplit.cli import main
from gradsplit.commands.figures import Figures
from gradsplit.tasksets.figures import contact_sheet
from gradsplit.tasksets.human.export import FORMATS


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written_and_read_back(tmp_path, capsys, kind):
    words = ["figures", "--export", str(tmp_path / "out"), "--as", kind]
    assert main([*words, "--pictures", "40", "--height", "32", "--seed", "3"]) == 0
    assert f"drawn people in the format of {kind}" in capsys.readouterr().out
    reader = import_module(f"gradsplit.tasksets.human.formats.{kind}")
    assert reader.read(tmp_path / "out").train.images


def test_the_contact_sheet_is_still_there(tmp_path, capsys, monkeypatch):
    small = partial(contact_sheet.contact_sheet, people=1, height=64, width=32)
    monkeypatch.setattr(contact_sheet, "contact_sheet", small)
    assert main(["figures", "--out", str(tmp_path / "sheet.png")]) == 0
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    assert "written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "give one of --out FILE (a contact sheet) and --export DIR (a data set)."),
        (["--out", "x.png", "--export", "y", "--as", "lip"], "give one of --out FILE"),
        (["--export", "y"], "--export needs --as market1501, pa100k, mpii or lip."),
        (["--out", "x.png", "--as", "lip"], "--as goes with --export."),
        (["--out", "x.png", "--pictures", "50"], "--pictures goes with --export."),
        (["--out", "x.png", "--height", "50"], "--height goes with --export."),
        (["--export", "new", "--as", "lip", "--pictures", "3"], "must be at least 40, got 3"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, monkeypatch, capsys, words, expected):
    monkeypatch.chdir(tmp_path)
    assert main(["figures", *words]) == 2
    assert expected in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_the_command_knows_all_formats():
    annotation = Figures.__annotations__["as_"]
    choices = {one for kind in get_args(get_args(annotation)[0]) for one in get_args(kind)}
    assert choices == set(FORMATS)


def test_reading_and_exporting_need_no_torch(tmp_path):
    code = (
        "import sys\n"
        "from gradsplit.tasksets.human.export import export_people\n"
        "from gradsplit.tasksets.human.formats import lip, market1501, mpii, pa100k, peta, rap\n"
        f"export_people({str(tmp_path / 'x')!r}, 'lip', pictures=40, height=32)\n"
        f"lip.read({str(tmp_path / 'x')!r})\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
