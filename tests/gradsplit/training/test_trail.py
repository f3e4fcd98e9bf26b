import pytest

from gradsplit.errors import GradSplitError
from gradsplit.training.trail import MINUTES, Trail
from gradsplit.training.trainer import TaskSetTrainer
from tests.gradsplit.toy_tasks import Toy


@pytest.mark.parametrize(("said", "minutes"), [("", 5.0), ("0", 0.0), ("1.5", 1.5)])
def test_how_often_is_said_by_the_environment(monkeypatch, tmp_path, said, minutes):
    monkeypatch.setenv(MINUTES, said)
    assert Trail().minutes == minutes
    trainer = TaskSetTrainer(Toy()).keeping(tmp_path, "")
    assert (trainer.checkpoints is None) == (minutes == 0)


def test_what_is_given_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv(MINUTES, "7")
    monkeypatch.setenv("GRADSPLIT_LOG", "jsonl")
    given = Trail(checkpoint_minutes=0, log=())
    assert (given.minutes, given.loggers) == (0.0, ())
    assert Trail().loggers == ("jsonl",)


@pytest.mark.parametrize("said", ["-1", "often", "nan", "inf"])
def test_what_is_no_number_of_minutes_is_refused(monkeypatch, said):
    monkeypatch.setenv(MINUTES, said)
    with pytest.raises(GradSplitError, match=f"{MINUTES}.*give minutes, 0 for never"):
        Trail().checked()


def test_all_problems_are_said_at_once():
    with pytest.raises(GradSplitError) as refused:
        Trail(checkpoint_minutes=-2, log=("jsnol",)).checked()
    assert "got -2" in str(refused.value)
    assert "Did you mean `jsonl`" in str(refused.value)


def test_runs_are_the_same_whatever_is_recorded_of_them(tmp_path):
    from relations import PairwiseProbe

    for trail in (Trail(), Trail(0, ("jsonl",), networks=True)):
        trainer = TaskSetTrainer(Toy().with_recipe(steps=2), trail=trail)
        probe = PairwiseProbe(Toy().tasks[:2], trainer, [0], tmp_path / "probe.db")
        probe.run(progress=False, tell=lambda taken: None)
        assert not probe.plan().missing
