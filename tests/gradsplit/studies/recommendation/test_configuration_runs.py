"""Configurations on some seeds: who failed, who diverged, and what all are held against."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.configuration_runs import ConfigurationRuns
from relations.errors import RunFailedError
from relations.runs import Outcome
from tests.gradsplit.toy_tasks import Toy

PLAIN = Configuration(MULTI_HEAD, "plainly")
LONGER = Configuration("longer", "twice the steps", steps=2)


@dataclass(frozen=True)
class Place:
    """Trains nothing; joint runs of some variants fail."""

    failing: tuple[str, ...] = ()
    lone: bool = False
    taskset: Toy = field(default_factory=Toy)
    ledger: Path = Path("found/probe.db")

    def trainer(self, *_, **__):
        return None

    def train(self, trainers, runs):
        return [self.outcome(run) for run in runs]

    def outcome(self, run):
        alone = len(run.tasks) == 1
        if self.lone if alone else run.variant in self.failing:
            return Outcome(run, error="out of memory\nand more")
        return Outcome(run, scores=dict.fromkeys(run.tasks, 0.5 if alone else 0.6))


def variant(configuration):
    (run,) = {run.variant for run in configuration.runs(Toy().task_names, [0])}
    return run


def test_one_that_fails_is_left_out_and_why_is_kept():
    runs = ConfigurationRuns(Place((variant(LONGER),)))
    compared = runs.compared([PLAIN, LONGER], [0, 1])
    assert "longer" not in compared.methods
    assert runs.failed == {"longer": "out of memory"}


def test_without_what_all_are_held_against_nothing_is_compared():
    runs = ConfigurationRuns(Place((variant(PLAIN),)))
    with pytest.raises(RunFailedError, match="while plain training of all tasks fails") as wrong:
        runs.compared([PLAIN, LONGER], [0, 1])
    said = str(wrong.value)
    assert "sum+error+class.sign seed 0" in said and "out of memory\nand more" in said
    assert said.endswith("What is finished is kept: the same command or call goes on from here.")


def test_all_single_task_trainings_that_fail_are_said_at_once():
    with pytest.raises(RunFailedError) as wrong:
        ConfigurationRuns(Place(lone=True)).compared([PLAIN], [0, 1])
    assert str(wrong.value).count("6 runs") == str(wrong.value).count("out of memory") == 1
    assert "`gradsplit status found --failures`" in str(wrong.value)


def test_a_run_is_asked_for_once_whatever_the_order_of_its_tasks():
    runs = ConfigurationRuns(Place())
    runs.compared([PLAIN], [0, 1])
    runs.compared([PLAIN, LONGER], [0, 1])
    assert runs.spent == 2 * (3 + 1 + 1)


def test_seeds_in_which_a_run_failed_are_left_out_where_enough_are_left():
    class OneSeed(Place):
        def outcome(self, run):
            failed = run.seed == 1 and len(run.tasks) > 1
            return Outcome(run, error="out of memory") if failed else super().outcome(run)

    runs = ConfigurationRuns(OneSeed())
    compared = runs.compared([PLAIN, LONGER], [0, 1, 2], fewest=2)
    assert compared.methods == ("single", MULTI_HEAD, "longer")
    assert {tuple(of_seeds) for of_seeds in compared.scores.values()} == {(0, 2)}
    with pytest.raises(RunFailedError, match="out of memory"):
        runs.compared([PLAIN, LONGER], [0, 1], fewest=2)
