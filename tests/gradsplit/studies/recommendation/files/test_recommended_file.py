"""recommended.toml is read as it was written, and its faults are said."""

import tomllib

import pytest

from gradsplit import load_taskset, train, train_grouping
from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.files.recommended_file import (
    RecommendedTraining,
    read_recommended,
    recommended_text,
    the_recommended,
)
from gradsplit.training.methods.balancing.db_mtl import DbMtl

SIZED = Configuration("db-mtl, 1.5 x width", "", DbMtl(), "db-mtl", steps=2, width=1.5)


def test_what_was_written_is_read(tmp_path):
    file = tmp_path / "recommended.toml"
    file.write_text(recommended_text(SIZED, "planted", {"steps": 30, "width": 5}))
    said = read_recommended(file)
    assert (said.name, said.method, said.grouping) == (SIZED.name, "db-mtl", None)
    assert (said.steps, said.width) == (2, 1.5)
    taskset = load_taskset(str(file))
    assert (taskset.recipe.steps, taskset.width) == (30, 5)


def test_a_task_that_a_network_only_trains_beside_is_said_in_a_comment():
    groups = (("loud", "quiet"), ("quiet", "apart"))
    helped = Configuration("two", "", networks=groups, serves={"loud": 0, "quiet": 0, "apart": 1})
    commands = ["train loud+quiet", "train quiet+apart"]
    text = recommended_text(helped, None, {}, commands)
    assert "\n# Network 2: apart (beside quiet, whose output is not used).\n[recommended]" in text
    assert tomllib.loads(text)["recommended"]["commands"] == commands
    assert "# Network 1" not in text


def test_a_mask_is_found_beside_the_file(tmp_path):
    file = tmp_path / "recommended.toml"
    masked = Configuration("masked", "", DbMtl(), "gradsplit:mask=mask.json,balance=db-mtl")
    file.write_text(recommended_text(masked, None, {}))
    assert read_recommended(file).method == f"gradsplit:mask={tmp_path}/mask.json,balance=db-mtl"


def test_a_task_set_in_a_file_is_found_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("from tests.gradsplit.toy_tasks import toy as tasks\n")
    text = recommended_text(SIZED, "mine.py:tasks", {})
    assert f'taskset = "{tmp_path}/mine.py:tasks"' in text


def test_a_configuration_is_taken_over_whole(tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text(
        'taskset = "planted"\n[options]\nwidth = 6\n[recipe]\nsteps = 40\n'
        "[absolute]\nquiet = -0.1\n"
    )
    file = tmp_path / "out" / "recommended.toml"
    file.parent.mkdir()
    file.write_text(recommended_text(SIZED, str(config), {"steps": 50}))
    taskset = load_taskset(str(file))
    assert (taskset.width, taskset.recipe.steps) == (6, 50)
    assert taskset.change_kinds["quiet"].threshold == -0.1


def test_an_option_that_is_none_is_left_out_and_named(tmp_path):
    file = tmp_path / "recommended.toml"
    file.write_text(recommended_text(SIZED, "human", {"mpii": None, "crop": 64, "steps": 2}))
    assert "their defaults hold: options.mpii (None).\n" in file.read_text()
    said = tomllib.loads(file.read_text())
    assert said["options"] == {"crop": 64} and said["recipe"] == {"steps": 2}
    assert read_recommended(file).name == SIZED.name


def test_commands_of_a_program_are_kept_as_they_are():
    commands = ['python "my train.py" --tasks a+b', 'printf \'größe\\n\' # """\n']
    text = recommended_text(SIZED, None, {}, commands)
    assert tomllib.loads(text)["recommended"] == {"name": SIZED.name, "commands": commands}


def test_an_ordinary_configuration_recommends_nothing(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('taskset = "planted"\n')
    assert read_recommended(file) is None
    with pytest.raises(GradSplitError, match="recommends nothing"):
        train("planted", out=tmp_path, recommended=file, progress=False)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('name = "a"\nmethods = "b"', "`methods` means nothing"),
        ('name = "a"\nsteps = "b"', "`steps` must be"),
        ('name = "a"\nsteps = true', "`steps` must be"),
        ('name = "a"\nsteps = 0', "`steps` must be"),
        ('name = "a"\nwidth = -1.0', "`width` must be"),
        ('method = "b"', "no `name`"),
        ("name = ", "cannot be read"),
    ],
)
def test_faults_are_said(table, said, tmp_path):
    file = tmp_path / "recommended.toml"
    file.write_text(f"[recommended]\n{table}\n")
    with pytest.raises(GradSplitError, match=said):
        read_recommended(file)


def test_a_whole_number_is_a_width(tmp_path):
    file = tmp_path / "recommended.toml"
    file.write_text('[recommended]\nname = "a"\nwidth = 2\n')
    assert read_recommended(file).width == 2


def test_nothing_else_says_how_to_train(tmp_path):
    file = tmp_path / "recommended.toml"
    file.write_text(recommended_text(SIZED, "planted", {}))
    with pytest.raises(GradSplitError, match="says itself how to train"):
        train("planted", out=tmp_path, recommended=file, method="db-mtl", progress=False)


def test_what_was_read_is_taken_as_the_file_is(tmp_path):
    file = tmp_path / "recommended.toml"
    one = Configuration("db-mtl", "", DbMtl(), "db-mtl")
    file.write_text(recommended_text(one, "planted", {"steps": 2}))
    said = the_recommended(file)
    assert said == read_recommended(file) and the_recommended(said) is said
    by_file, by_object = (
        train(str(file), out=tmp_path / "out", recommended=one, progress=False)
        for one in (file, said)
    )
    assert by_file.losses == by_object.losses


def test_one_network_is_no_grouping(tmp_path):
    one = RecommendedTraining("db-mtl", "db-mtl")
    with pytest.raises(GradSplitError, match="`db-mtl` is one network: `train` trains it"):
        train_grouping("planted", out=tmp_path, recommended=one, progress=False)
