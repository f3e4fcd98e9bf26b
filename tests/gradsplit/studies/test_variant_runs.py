"""Runs of variants share the probe's ledger, are trained once, and fail together."""

from pathlib import Path

import pytest

from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.methods.masked.dropgrad import DropGrad
from relations.errors import LedgerError, RunFailedError
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy

PAIR = ("sum", "error")


@pytest.fixture
def place(tmp_path: Path) -> VariantRuns:
    return VariantRuns(Toy(), tmp_path / "probe.db", progress=False)


def test_what_the_probe_has_trained_is_not_trained_again(
    place: VariantRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.probe(range(1), pairs=[PAIR]).run(progress=False)
    monkeypatch.setattr(
        "gradsplit.training.trainer.TaskSetTrainer._fit", lambda *_: pytest.fail("trained")
    )
    runs = [Run(PAIR, 0), Run(("sum",), 0)]
    outcomes = place.train({"": place.trainer()}, runs, "nothing")
    assert [outcome.run for outcome in outcomes] == runs


def test_each_variant_is_trained_by_its_own_trainer(place: VariantRuns) -> None:
    trainers = {"": place.trainer(), "drop": place.trainer(DropGrad(0.9))}
    runs = [Run(PAIR, 0), Run(PAIR, 0, "drop")]
    plain, dropped = (outcome.scores for outcome in place.train(trainers, runs, "nothing"))
    assert plain == place.trainer()(PAIR, 0)
    assert dropped == place.trainer(DropGrad(0.9))(PAIR, 0)
    assert plain != dropped


def test_a_variant_of_other_settings_is_refused(place: VariantRuns) -> None:
    runs = [Run(PAIR, 0, "drop")]
    place.train({"drop": place.trainer(DropGrad(0.9))}, runs, "nothing")
    with pytest.raises(LedgerError, match="rate"):
        place.train({"drop": place.trainer(DropGrad(0.8))}, runs, "nothing")


def test_all_that_fails_is_said_at_once(place: VariantRuns) -> None:
    def broken(tasks: tuple[str, ...], seed: int) -> dict[str, float]:
        raise ValueError(f"no {tasks[0]} today")

    runs = [Run(("sum",), 0), Run(("error",), 0)]
    with pytest.raises(RunFailedError, match=r"No answer(?s:.)*no sum today(?s:.)*no error today"):
        place.train({"": broken}, runs, "No answer")
    assert not place.finished()


def test_finished_runs_are_those_with_scores_of_all_variants(place: VariantRuns) -> None:
    assert place.finished() == set()
    assert not place.ledger.exists()
    trainers = {"": place.trainer(), "drop": place.trainer(DropGrad(0.9))}
    runs = [Run(PAIR, 0), Run(PAIR, 0, "drop")]
    place.train(trainers, runs, "nothing")
    assert place.finished() == set(runs)
