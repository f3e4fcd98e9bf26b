"""How methods are compared, read from a configuration file."""

import pytest

from gradsplit.cli import main
from gradsplit.commands.options.of_file import compare_options
from gradsplit.errors import TaskSetError
from tests.places import TOY_TASKS

FILE = """
taskset = "human"
[options]
mpii = "data/mpii"
height = 64
[compare]
methods = ["multi-head", "dropgrad:rate=0.5"]
seeds = 2
mask = "mask.json"
[compare.also.unseen]
lip_pose = "other/lip"
judge = "test"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(FILE)
    return path


def test_it_gives_options_with_paths_relative_to_it(file):
    given = compare_options([str(file), "--out", "x"])
    home = file.parent
    assert given == {
        "methods": ("multi-head", "dropgrad:rate=0.5"),
        "seeds": 2,
        "mask": str(home / "mask.json"),
        "also": (f"unseen=human:height=64,lip_pose={home}/other/lip,judge=test",),
    }


def test_other_sets_have_the_options_of_the_command_line_too(file):
    (also,) = compare_options([str(file), "--set", "height=32", "width=16", "--quiet"])["also"]
    assert also.startswith("unseen=human:height=32,width=16,lip_pose=")


def test_only_the_task_set_is_read():
    assert compare_options(["figures", "--also", "other.toml"]) == {}


def test_everything_wrong_is_said_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('taskset = "planted"\n[compare]\nseeds = "3"\nmethod = "x"\nalso = [1]\n')
    with pytest.raises(TaskSetError) as caught:
        compare_options([str(path)])
    for said in ("`seeds` in [compare] must be a whole", "`method` in [compare] is none",
                 "`also` in [compare] must be tables"):  # fmt: skip
        assert said in str(caught.value)


def test_an_option_of_another_set_that_does_not_exist_is_said(file, capsys):
    file.write_text(FILE.replace("lip_pose =", "lip_poses ="))
    assert main(["compare", str(file)]) == 2
    assert "`lip_poses` of [compare.also.unseen] is none." in capsys.readouterr().err


def test_the_command_line_goes_before(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_text(f'taskset = "{TOY_TASKS}:toy"\n[compare]\nmethods = ["nothing"]\nseeds = 3\n')
    assert main(["compare", str(path)]) == 2
    assert "there is no method 'nothing'" in capsys.readouterr().err
    words = ["--methods", "multi-head", "--seeds", "1", "--no-costs", "--quiet"]
    assert main(["compare", str(path), *words, "--out", str(tmp_path / "out")]) == 0
    scores = (tmp_path / "out" / "scores.csv").read_text()
    assert "multi-head,5," in scores and "multi-head,6," not in scores
