"""The runs of interventions, and what their scores say, on few steps."""

from pathlib import Path

import numpy as np
import pytest

from gradsplit.studies.diagnosis.causes.capacity import narrow, wider
from gradsplit.studies.diagnosis.causes.data import target_on_source
from gradsplit.studies.diagnosis.causes.loss_scale import own_moments, quieter
from gradsplit.studies.diagnosis.causes.stage import own_stages
from gradsplit.studies.diagnosis.causes.unfinished import longer
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.studies.variant_runs import VariantRuns
from relations.errors import RunFailedError
from relations.ledger.ledger import Ledger
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy

EDGE, BACK = ("sum", "error"), ("error", "sum")


def runs(folder: Path, executor: str = "in-process") -> InterventionRuns:
    folder.mkdir(exist_ok=True)
    taskset = Toy().with_recipe(steps=3)
    place = VariantRuns(taskset, folder / "probe.db", executor=executor, progress=False)
    return InterventionRuns(place, range(2))


@pytest.mark.slow
def test_edges_share_trainings_and_stages_of_their_own_are_trained_one_by_one(
    tmp_path: Path,
) -> None:
    both = {
        edge: [quieter(edge), longer(edge), own_moments(edge), own_stages(edge, ("last",))]
        for edge in (EDGE, BACK)
    }
    ratios = {}
    for executor in ("ensemble", "in-process"):
        place = runs(tmp_path / executor, executor)
        place.train(both)
        ratios[executor] = np.array([place.after(what) for some in both.values() for what in some])
        with Ledger(tmp_path / executor / "probe.db") as book:
            count = {name: len(list(book.outcomes(name))) for name in book.variants()}
        # Longer: the pair once, each of the two alone. Turned down: one pair a direction.
        assert sorted(count.values()) == [2, 2, 2, 2, 6, 6]
    np.testing.assert_allclose(ratios["ensemble"], ratios["in-process"], rtol=1e-6)


def test_failed_trainings_are_refused_together(tmp_path: Path) -> None:
    place = runs(tmp_path)
    with pytest.raises(RunFailedError, match="cannot be diagnosed while trainings fail"):
        place.train({EDGE: [own_stages(EDGE, ("missing",))]})


SCORES = {
    # (variant, tasks) -> scores of `error`, which is better lower, in two seeds
    ("", ("error",)): [0.10, 0.20],
    ("", ("sum", "error")): [0.20, 0.30],
    (longer(EDGE).variant, ("error",)): [0.05, 0.10],
    (longer(EDGE).variant, ("sum", "error")): [0.10, 0.10],
    (quieter(EDGE).variant, ("sum", "error")): [0.15, 0.25],
    (narrow(EDGE).variant, ("error",)): [0.12, 0.18],
    (target_on_source(EDGE).variant, ("sum", "error")): [0.11, 0.22],
}


@pytest.fixture
def scored(tmp_path: Path) -> InterventionRuns:
    place = runs(tmp_path)
    for (variant, tasks), scores in SCORES.items():
        for seed, score in enumerate(scores):
            place._scores[Run(tasks, seed, variant)] = {"error": score, "sum": 2 * score}
    return place


def test_ratios_are_of_the_pair_to_the_target_alone_better_above_zero(
    scored: InterventionRuns,
) -> None:
    np.testing.assert_allclose(scored.before(EDGE), np.log([1 / 2, 2 / 3]))
    # Alone as long as the pair; where only the pair is trained anew, the probe's alone.
    np.testing.assert_allclose(scored.after(longer(EDGE)), np.log([1 / 2, 1]))
    np.testing.assert_allclose(scored.after(quieter(EDGE)), np.log([2 / 3, 4 / 5]))
    np.testing.assert_allclose(scored.after(narrow(EDGE)), np.log([10 / 12, 20 / 18]))


def test_gains_are_against_the_mean_of_the_pair(scored: InterventionRuns) -> None:
    np.testing.assert_allclose(scored.gains(quieter(EDGE), "error"), [0.4, 0.0], atol=1e-12)
    np.testing.assert_allclose(scored.gains(quieter(EDGE), "sum"), [-0.4, 0.0], atol=1e-12)
    np.testing.assert_allclose(scored.gains_apart(EDGE, "error"), [0.6, 0.2])


def test_what_was_not_trained_gains_nothing_known(scored: InterventionRuns) -> None:
    assert np.isnan(scored.gains(narrow(EDGE), "error")).all()
    assert np.isnan(scored.gains(target_on_source(EDGE), "sum")).all()
    assert scored.gains(target_on_source(EDGE), "error")[0] == pytest.approx(0.56)


def test_names_in_the_ledger_stay_as_they_are() -> None:
    """Finished runs of earlier releases are found by them."""
    assert longer(EDGE).variant == "diagnosis steps x2 width x1"
    assert narrow(EDGE).variant == "diagnosis steps x1 width x0.5"
    assert wider(EDGE).variant == wider(BACK).variant == "diagnosis steps x1 width x2"
    assert target_on_source(EDGE).variant == "diagnosis sum with the labels of error"
    assert own_moments(EDGE).variant == "separate-moments #0cf6a191"
