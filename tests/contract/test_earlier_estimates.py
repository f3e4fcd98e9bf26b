"""Estimates of the first release: seeds that were measured then are kept, others are added.

`estimates/lookahead.json` was written by `probe planted --steps 20 --estimator lookahead
--estimate-seeds 1`, before fingerprints had revisions, with torch 2.13.0+cpu and numpy 2.4.6.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from gradsplit import estimate, load_taskset
from relations import EstimateError, load_estimate
from relations.ledger import fingerprint

EARLIER = Path(__file__).parent / "estimates" / "lookahead.json"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A probe's folder with the earlier estimate, and the libraries of then."""
    monkeypatch.setattr(fingerprint, "version", {"torch": "2.13.9", "numpy": "2.4.0"}.__getitem__)
    shutil.copy(EARLIER, tmp_path / "estimate-lookahead.json")
    return tmp_path


def continued(folder, steps=20):
    taskset = load_taskset("planted").with_recipe(steps=steps)
    return estimate(taskset, "lookahead", out=folder, estimate_seeds=2)


def test_an_estimate_of_the_first_release_is_gone_on_with(folder):
    then = load_estimate(EARLIER)
    now = continued(folder)
    assert now.seeds == (0, 1)
    np.testing.assert_array_equal(now.samples[0], then.samples[0])
    assert load_estimate(folder / "estimate-lookahead.json").settings["libraries"] == {
        "torch": "2.13",
        "numpy": "2.4",
    }


def test_its_seeds_are_what_they_would_be_now(folder):
    (folder / "estimate-lookahead.json").unlink()
    np.testing.assert_allclose(
        continued(folder).samples[0], load_estimate(EARLIER).samples[0], rtol=1e-3, atol=1e-6
    )


def test_another_training_or_library_is_refused_with_what_to_do(folder, monkeypatch):
    with pytest.raises(EstimateError, match=r"steps: 20 then, 21 now"):
        continued(folder, steps=21)
    versions = {"torch": "2.14.0", "numpy": "2.4.0"}
    monkeypatch.setattr(fingerprint, "version", versions.__getitem__)
    with pytest.raises(EstimateError, match=r"make the estimate again: libraries\.torch"):
        continued(folder)
