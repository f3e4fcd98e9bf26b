import pytest

from gradsplit.cli import MISTAKE, main


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed")
    words = ("--tasks", "loud,quiet", "--steps", "4", "--seeds", "2", "--executor", "ensemble")
    assert main(["probe", "planted", *words, "--quiet", "--out", str(folder)]) == 0
    return folder


def test_a_picture_of_a_probe(probed, tmp_path, capsys):
    assert main(["curves", str(probed), "--out", str(tmp_path / "curves.svg")]) == 0
    assert (tmp_path / "curves.svg").read_text().startswith("<?xml")
    assert "written" in capsys.readouterr().out


def test_a_picture_of_a_training(tmp_path):
    words = ("--steps", "3", "--quiet", "--out", str(tmp_path))
    assert main(["train", "planted", *words]) == 0
    assert main(["curves", str(tmp_path), "--out", str(tmp_path / "curves.png")]) == 0


def test_the_page_of_a_probe_has_them(probed, tmp_path):
    page = tmp_path / "report.html"
    assert main(["report", str(probed), "--out", str(page)]) == 0
    assert "Training loss of quiet over 4 steps; at the end: alone" in page.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("{}", "--out", "curves.gif"), "must end in .png"),
        (("{}", "--tasks", "laud", "--out", "curves.png"), "Did you mean `loud`"),
        (("nowhere", "--out", "curves.png"), "holds no trainings"),
    ],
)
def test_what_cannot_be_drawn_is_said(probed, words, why, capsys):
    assert main(["curves", *(word.format(probed) for word in words)]) == MISTAKE
    assert why in capsys.readouterr().err
