"""The same task set is loaded from a file that lies elsewhere."""

from pathlib import Path

import pytest

from gradsplit.errors import TaskSetError
from gradsplit.studies.recommendation.files.taskset_tables import taskset_tables


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder beside the one in which the command runs."""
    for name in ("home", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "home"


def test_folders_of_a_configuration_are_those_beside_it(home):
    (home / "mine.toml").write_text('taskset = "human"\n[options]\nmpii = "data/mpii"\n')
    found = taskset_tables("../home/mine.toml", {})
    assert found.keys() == {"taskset", "options"}
    assert Path(found["options"]["mpii"]).resolve() == home / "data" / "mpii"


def test_folders_on_the_command_line_are_those_where_it_runs(home):
    found = taskset_tables("human", {"mpii": "../home/mpii"})
    assert found["options"]["mpii"].absolute().resolve() == home / "mpii"


def test_what_is_given_goes_before_the_configuration(home):
    (home / "mine.toml").write_text(
        'taskset = "planted"\n[options]\nwidth = 6\n'
        "[recipe]\nsteps = 40\n[absolute]\nquiet = -0.1\n"
    )
    assert taskset_tables("../home/mine.toml", {"steps": 50, "width": 7}) == {
        "taskset": "planted",
        "absolute": {"quiet": -0.1},
        "options": {"width": 7},
        "recipe": {"steps": 50},
    }


def test_a_configuration_that_cannot_be_used_is_refused(home):
    (home / "mine.toml").write_text('taskset = "planted"\n[options]\nwide = 6\n')
    with pytest.raises(TaskSetError, match=r"`wide` in .options. is none"):
        taskset_tables("../home/mine.toml", {})
