"""What was judged before a metric's direction was corrected is named, and not shown."""

import json
import shutil

import pytest

from gradsplit import recommend_function, report, status
from gradsplit.cli import main
from gradsplit.studies.former_reading import compared_directions, files_of_it
from gradsplit.studies.recommendation.files.recommendation_file import RECOMMENDATION
from relations.errors import TableError
from tests.gradsplit.studies.recommendation.own_training.test_recommend_function import (
    FEW,
    TASKS,
    plain,
)

TURNED = "was judged while depth counted as better the other way than the ledger says now"


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("former") / "best"
    recommend_function(plain, TASKS, folder, **FEW)
    return folder


@pytest.fixture
def turned(judged, tmp_path, capsys):
    """The folder after depth was called better higher."""
    folder = tmp_path / "best"
    shutil.copytree(judged, folder)
    assert main(["correct", str(folder), "--higher", "depth"]) == 0
    folder.with_name("said.txt").write_text(capsys.readouterr().out)
    return folder


def test_the_correction_names_the_files_and_what_makes_them_again(turned, capsys):
    said = turned.with_name("said.txt").read_text()
    assert "were made with the former reading; the same commands or calls make them" in said
    (line,) = [line for line in said.splitlines() if line.startswith("  gradsplit recommend: ")]
    for name in ("recommendation.json", "recommended.toml", "comparison.csv"):
        assert f" {name}" in line
    assert "recommendation-progress.json" not in line
    assert main(["correct", str(turned), "--higher", "depth"]) == 0  # nothing turns
    assert "former" not in capsys.readouterr().out


def test_the_page_refuses_a_recommendation_of_the_former_reading(turned, tmp_path):
    page = tmp_path / "page.html"
    with pytest.raises(TableError, match=rf"recommendation\.json` {TURNED}.*runs are kept"):
        report(turned, page)
    # Files of earlier releases name no direction; their comparison shows it.
    file = turned / RECOMMENDATION
    said = json.loads(file.read_text())
    del said["higher_is_better"]
    file.write_text(json.dumps(said))
    with pytest.raises(TableError, match=rf"recommendation\.json` {TURNED}"):
        report(turned, page)
    file.unlink()
    with pytest.raises(TableError, match=rf"comparison\.csv` {TURNED}"):
        report(turned, page)
    assert main(["correct", str(turned), "--lower", "depth"]) == 0
    assert report(turned, page).is_file()


def test_the_status_tells_of_it_instead_of_the_answer(turned, judged):
    now = status(turned)
    assert (now.turned, now.recommended, now.answer) == (("depth",), "", "")
    assert " ".join(str(now).split()).startswith(f"recommendation, finished; it {TURNED}: the same")
    assert status(judged).answer.startswith("Train ")
    (turned / "recommendation-progress.json").unlink()  # as an earlier release left it
    assert TURNED in " ".join(str(status(turned)).split())


def test_the_directions_of_a_comparison_are_seen_in_its_numbers(judged, tmp_path):
    assert compared_directions(judged) == {"pose": True, "reid": True, "depth": False}
    assert compared_directions(tmp_path) == {}
    (tmp_path / "comparison.csv").write_text("method,n\nsingle,1\n")
    (tmp_path / "scores.csv").write_text("method,seed\nsingle,1\n")
    assert compared_directions(tmp_path) == {}


def test_files_are_named_by_the_command_that_makes_them(tmp_path):
    for name in ("grouping.json", "comparison.csv", "mask.json", "page.html", "notes.txt"):
        (tmp_path / name).write_text("")
    assert files_of_it(tmp_path) == {
        "gradsplit compare": ["comparison.csv"],
        "gradsplit group": ["grouping.json"],
        "gradsplit mask, heatmap and graph": ["mask.json"],
        "gradsplit report": ["page.html"],
    }
