import numpy as np
import pytest

from analysis.figures.agreement import agreement_plot
from analysis.figures.figure_file import save
from relations import ChangeMatrix
from relations.errors import RelationsError
from relations.estimates.agreement import agreement
from relations.estimates.estimate import Estimate

TASKS = tuple("abcd")


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    true = rng.normal(scale=0.05, size=(4, 4))
    changes = ChangeMatrix(TASKS, true + 0.02 * rng.normal(size=(6, 4, 4)))
    guesses = [
        Estimate(name, "u", TASKS, (0,), (true + noise * rng.normal(size=(4, 4)))[None], None, cost)
        for name, noise, cost in (("good", 0.01, 8.0), ("$bad$", 1.0, 4.0))
    ]
    return agreement(changes, guesses, draws=30)


def test_every_way_of_guessing_is_drawn_at_its_cost(found, tmp_path):
    axes = agreement_plot(found, title="agreement")
    lines = {bars.get_label(): bars.lines[0] for bars in axes.containers}
    assert list(lines) == ["good", r"\$bad\$", "the probe itself, against its rest"]
    good = found.row("good").values["spearman within targets"].value
    assert lines["good"].get_xydata().tolist() == [[8 / 16, good]]
    itself = lines["the probe itself, against its rest"].get_xydata()
    assert itself[:, 0].tolist() == [1, 3]
    flat = {
        line.get_label(): line.get_ydata()[0] for line in axes.lines if line.get_label()[0] != "_"
    }
    assert flat["reachable"] == found.reachable
    assert {"random", "target-mean"} <= set(flat)
    save(axes, tmp_path / "agreement.png")


def test_other_statistics_have_no_reachable_line(found):
    axes = agreement_plot(found, "average precision")
    assert axes.get_ylabel() == "average precision"
    assert "reachable" not in [line.get_label() for line in axes.lines]
    with pytest.raises(RelationsError, match="F1 at cut"):
        agreement_plot(found, "accuracy")


def test_a_statistic_that_is_not_known_is_left_out(found):
    calm = ChangeMatrix(TASKS, np.abs(np.random.default_rng(1).normal(size=(4, 4, 4))))
    axes = agreement_plot(agreement(calm, [], draws=5), "F1 at cut")
    assert not [line for line in axes.lines if line.get_label() == "random"]
