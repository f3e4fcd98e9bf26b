"""A wrong direction is corrected, and nothing that was measured is lost."""

import re
import shlex

import pytest

from gradsplit.cli import main
from relations import Ledger, LedgerError, PairwiseProbe, Task, TaskError, correct_directions

RIGHT = [Task("pose"), Task("depth", higher_is_better=False)]


def train(tasks, seed):
    return {task: (0.8 + 0.01 * seed) * (1.05 if len(tasks) == 2 else 1) for task in tasks}


def probe(tasks, folder):
    return PairwiseProbe(tasks, train, range(2), folder / "probe.db")


@pytest.fixture
def wrong(tmp_path):
    """A finished probe in which depth is said to be better higher."""
    probe(["pose", "depth"], tmp_path).run(progress=False)
    return tmp_path


def test_scores_stay_and_changes_turn(wrong):
    with Ledger(wrong / "probe.db") as ledger:
        before = list(ledger.outcomes())
    assert correct_directions(wrong / "probe.db", {"depth": False}) == (("depth",), 6)
    with Ledger(wrong / "probe.db") as ledger:
        assert list(ledger.outcomes()) == before
    corrected = probe(RIGHT, wrong)
    assert not corrected.plan().missing
    changes = corrected.run(progress=False)
    assert changes.mean[0, 1] == pytest.approx(-0.05)
    assert changes.mean[1, 0] == pytest.approx(0.05)


def test_the_error_names_a_command_that_mends_it(wrong, capsys):
    with pytest.raises(LedgerError, match="no score changes") as refused:
        probe(RIGHT, wrong).run(progress=False)
    (command,) = re.findall(r"correct it by `gradsplit ([^`]+)`", str(refused.value))
    assert main(shlex.split(command)) == 0
    assert "depth (lower is better); 6 finished runs are kept" in capsys.readouterr().out
    assert probe(RIGHT, wrong).run(progress=False).mean[0, 1] < 0


def test_all_tasks_that_are_turned_are_in_the_command(tmp_path):
    probe([Task("a b", higher_is_better=False), "c"], tmp_path).run(progress=False)
    with pytest.raises(LedgerError, match="--lower c --higher 'a b'`"):
        probe(["a b", Task("c", higher_is_better=False)], tmp_path).run(progress=False)


def test_what_is_right_already_is_left_and_an_unknown_task_changes_nothing(wrong):
    assert correct_directions(wrong / "probe.db", {"pose": True}) == ((), 6)
    with pytest.raises(TaskError, match=r"`dpeth` is not one of them\. Did you mean `depth`"):
        correct_directions(wrong / "probe.db", {"pose": False, "dpeth": False})
    assert all(task.higher_is_better for task in Ledger(wrong / "probe.db").tasks())
    with pytest.raises(LedgerError, match="There is no ledger"):
        correct_directions(wrong / "other.db", {"pose": False})
    assert not (wrong / "other.db").exists()
