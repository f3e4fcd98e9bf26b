"""An estimate from Python: resumed, never mixed, and the command's."""

import numpy as np
import pytest

from gradsplit import estimate, load_taskset
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimators.surrogate import SubsetSurrogate
from gradsplit.training.fit import fit as really_fit
from relations import load_estimate
from relations.estimates.estimate import EstimateError
from tests.gradsplit.studies.estimates.quadratics import Quadratics


def test_it_is_what_the_command_writes(tmp_path):
    planted = load_taskset("planted", {"steps": 12})
    guess = estimate(planted, "lookahead", out=tmp_path / "python", every=4)
    words = ["probe", "planted", "--steps", "12", "--estimator", "lookahead", "--every", "4"]
    assert main([*words, "--out", str(tmp_path / "command")]) == 0
    of_command = load_estimate(tmp_path / "command" / "estimate-lookahead.json")
    np.testing.assert_array_equal(guess.samples, of_command.samples)
    assert guess.settings == of_command.settings


def test_only_what_is_missing_is_measured(tmp_path, monkeypatch):
    taskset = Quadratics(noise=1.0).with_recipe(steps=3)
    first = estimate(taskset, "lookahead", out=tmp_path, every=1)
    measured = []

    def fit(taskset, tasks, seed, **options):
        measured.append(seed)
        return really_fit(taskset, tasks, seed, **options)

    monkeypatch.setattr("gradsplit.studies.estimates.joint_run.fit", fit)
    both = estimate(taskset, "lookahead", out=tmp_path, every=1, estimate_seeds=2)
    assert measured == [1]
    assert both.seeds == (0, 1) and both.runs == 2
    np.testing.assert_array_equal(both.samples[0], first.samples[0])
    np.testing.assert_array_equal(both.noise[0], first.noise[0])
    assert both.diagnostics[0] == first.diagnostics[0] != both.diagnostics[1]
    assert both.trainings == pytest.approx(2 * first.trainings)
    assert len(both.diagnostics) == 2


def test_other_settings_and_no_seeds_are_refused(tmp_path):
    estimate(Quadratics(), "lookahead", out=tmp_path)
    with pytest.raises(EstimateError, match=r"estimator\.every"):
        estimate(Quadratics(), "lookahead", out=tmp_path, every=3)
    with pytest.raises(GradSplitError, match="at least 1"):
        estimate(Quadratics(), "lookahead", out=tmp_path, estimate_seeds=0)


def test_an_estimator_is_told_where_to_train(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(SubsetSurrogate, "estimate", lambda self, *told: called.append(told))
    options = {"device": "cuda:1", "executor": "processes", "workers": 3, "estimate_seeds": 2}
    estimate(Quadratics(), "surrogate", out=tmp_path / "new", **options)
    trainer, folder, seeds, executor = called[0]
    assert trainer.device == "cuda:1" and executor.workers == 3
    assert folder == tmp_path / "new" and folder.is_dir() and seeds == range(2)
