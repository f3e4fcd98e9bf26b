"""An estimator is one file: found by its name, listed, made, and in the documentation's table."""

import textwrap

import pytest

from gradsplit import estimate, estimator_names
from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates import estimators
from gradsplit.studies.estimates.registry import estimator_kind, estimators_table, make_estimator
from tests.gradsplit.studies.estimates.quadratics import Quadratics
from tests.places import ROOT

NEW = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from gradsplit.studies.estimates.estimator import Measurement
from gradsplit.studies.estimates.joint_run import JointRunEstimator

@dataclass(frozen=True)
class Steepness(JointRunEstimator):
    add: float = 0.0
    name: ClassVar[str] = "steepness"
    unit: ClassVar[str] = "nothing"
    paper: ClassVar[str] = "nobody"
    cost: ClassVar[str] = "nothing"

    def measure(self, taskset, seed, *, device="cpu"):
        count = len(taskset.tasks)
        values = np.arange(count * count).reshape(count, count) + seed + self.add
        return Measurement(taskset.task_names, values, values * np.nan, 0.0, 0.0, {})

    def settings(self):
        return {"estimator": self.name, "add": self.add}
"""


@pytest.fixture
def own_estimator(tmp_path, monkeypatch):
    """A further file beside the estimators."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "steepness.py").write_text(textwrap.dedent(NEW))
    monkeypatch.setattr(estimators, "__path__", [*estimators.__path__, str(folder)])


def test_the_file_is_all_that_a_new_estimator_needs(own_estimator, tmp_path):
    assert "steepness" in estimator_names()
    guess = estimate(Quadratics(), "steepness", out=tmp_path, estimate_seeds=2, add=0.5)
    assert guess.mean[0, 1] == 2.0  # 1.5 and 2.5
    assert (tmp_path / "estimate-steepness.json").is_file()
    assert "| `steepness` | nothing |" in estimators_table()


def test_every_estimator_is_named_as_its_file():
    names = estimator_names()
    assert names == tuple(sorted(names)) and len(names) >= 5
    assert [estimator_kind(name).name for name in names] == list(names)


def test_mistakes_are_named():
    with pytest.raises(GradSplitError, match=r"`lookahead`. There are gradients, linear"):
        make_estimator("lookahed")
    with pytest.raises(GradSplitError, match=r"'linear' does not take this.*every"):
        make_estimator("linear", every=3)
    with pytest.raises(GradSplitError, match=r"no option `evry`. Did you mean `every`"):
        make_estimator("lookahead", evry=3)


def test_the_documentation_shows_the_table_of_all_estimators():
    assert estimators_table() in (ROOT / "docs" / "estimators.md").read_text()
