import warnings

import pytest

from relations import PairwiseProbe, Task
from relations.errors import RelationsError, TaskError, TaskNote
from tests.fuzz.junk import REFUSED_NAMES, STRANGE_NAMES


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_a_name_is_a_name(name):
    assert Task(name).name == name


@pytest.mark.parametrize("name", [*REFUSED_NAMES, None, 3])
def test_a_name_that_changes_what_stands_beside_it_is_refused(name):
    with pytest.raises(TaskError) as caught:
        Task(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_what_an_error_quotes_neither_commands_a_terminal_nor_fills_it():
    text = str(RelationsError(f"`\x1b[2J{'x' * 100_000}` is no task. Rename it."))
    assert text.startswith("`\\x1b[2J")
    assert text.endswith("Rename it.")
    assert len(text) < 10_000


@pytest.mark.parametrize(
    "tasks", [{"pose": True, "depth": False}, {"depth": "lower"}, "pose,depth"]
)
def test_what_is_no_list_of_tasks_is_refused_where_directions_would_be_lost(tasks, tmp_path):
    with pytest.raises(TaskError, match="higher_is_better=False"):
        PairwiseProbe(tasks, train=None, ledger=tmp_path / "probe.db")


def test_an_error_given_as_a_name_alone_is_asked_about(tmp_path):
    said = r'`val_rmse` is taken for better higher.*Task\("val_rmse", higher_is_better=False\)'
    with pytest.warns(TaskNote, match=said) as told:
        PairwiseProbe(["val_rmse", "pose"], len, ledger=tmp_path / "probe.db")
    assert [note.filename for note in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PairwiseProbe([Task("val_rmse", higher_is_better=True)], len, ledger=tmp_path / "probe.db")


def test_a_direction_in_a_name_is_told_how_it_is_written():
    with pytest.raises(TaskError, match=r'Write Task\("pose", higher_is_better=False\)'):
        Task("pose:lower")
    with pytest.raises(TaskError, match="Rename the task"):
        Task("pose:left")
