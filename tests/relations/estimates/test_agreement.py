import csv

import numpy as np
import pytest

from relations import ChangeMatrix
from relations.estimates.agreement import agreement
from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate, EstimateError
from relations.estimates.judge import STATISTICS, WITHIN

TASKS = tuple("abcdef")
RNG = np.random.default_rng(1)
TRUE = RNG.normal(scale=0.05, size=(6, 6))


def probed(noise, seeds=8, true=TRUE):
    return ChangeMatrix(TASKS, true + noise * np.random.default_rng(2).normal(size=(seeds, 6, 6)))


def guess(values, name="mine", tasks=TASKS, trainings=7.0):
    values = np.asarray(values, dtype=float)
    values = values[None] if values.ndim == 2 else values
    return Estimate(name, "u", tasks, tuple(range(len(values))), values, trainings=trainings)


def test_a_perfect_estimate_of_a_clear_probe():
    agreed = agreement(probed(1e-4), [guess(7 * TRUE)], draws=50)
    values = agreed.row("mine").values
    assert all(values[name].value == pytest.approx(1) for name in STATISTICS if name != "F1 at cut")
    assert agreed.reachable == pytest.approx(1, abs=1e-3)
    assert agreed.row("probe, 4 seeds").values[WITHIN].value == pytest.approx(1, abs=1e-3)
    assert agreed.harmful == (TRUE < -0.01)[~np.eye(6, dtype=bool)].sum()
    assert agreed.row("mine").trainings == 7.0 and agreed.probe_trainings == 36


def test_the_order_of_the_tasks_does_not_matter():
    order = [3, 1, 5, 0, 2, 4]
    turned = guess(TRUE[np.ix_(order, order)], tasks=tuple(TASKS[place] for place in order))
    assert agreement(probed(1e-4), [turned], draws=5).row("mine").values[WITHIN].value == 1


def test_a_noisy_probe_lowers_what_can_be_reached_and_a_perfect_estimate_reaches_it():
    clear, noisy = (agreement(probed(noise), [guess(TRUE)]) for noise in (0.01, 0.1))
    assert noisy.reachable < clear.reachable - 0.05
    assert noisy.row("mine").values[WITHIN].value == pytest.approx(noisy.reachable, abs=0.15)
    value = noisy.row("mine").values[WITHIN]
    assert value.lower < value.value < value.upper


def test_seeds_without_a_pair_run_are_no_seeds_of_the_probe():
    changes = probed(0.1)
    more = np.concatenate([changes.by_seed, np.full((5, 6, 6), np.nan)])
    agreed = agreement(ChangeMatrix(TASKS, more), [guess(TRUE)], draws=50)
    alone = agreement(changes, [guess(TRUE)], draws=50)
    assert agreed == alone
    assert agreed.seeds == 8


def test_noise_of_the_estimate_widens_its_interval():
    shaky = TRUE + 0.1 * np.random.default_rng(3).normal(size=(6, 6, 6))
    rows = agreement(probed(1e-4), [guess(TRUE, "calm"), guess(shaky, "shaky")], draws=200)
    width = {row.name: row.values[WITHIN].upper - row.values[WITHIN].lower for row in rows.rows}
    assert width["calm"] < 0.02 < width["shaky"]


def test_baselines():
    by_target = np.linspace(-0.06, 0.05, 6)[None, :] + 0.001 * TRUE
    agreed = agreement(probed(1e-5, true=by_target), [], draws=300)
    known = agreed.row("target-mean").values
    # It knows nothing of the sources, and everything else.
    assert known[WITHIN].value == 0
    assert known["spearman"].value > 0.95
    assert known["F1 at cut"].value == 1
    random = agreed.row("random").values
    assert abs(random[WITHIN].value) < 0.1
    harm = agreed.harmful / agreed.edges
    assert random["F1 at count"].value == pytest.approx(harm, abs=0.08)
    assert random["F1 at cut"].value == pytest.approx(2 * harm / (1 + 2 * harm), abs=0.05)


def test_the_cut_is_the_estimates_own():
    low, high = (
        agreement(probed(1e-4), [guess(TRUE)], cut=Cut(rule), draws=5)
        .row("mine")
        .values["F1 at cut"]
        .value
        for rule in ("-0.01", "0.02")
    )
    assert low > 0.95 > high


def test_edges_that_were_not_probed_are_left_out():
    samples = np.array(probed(1e-4).by_seed)
    samples[:, 0, 1:] = np.nan
    wrong = TRUE.copy()
    wrong[0] = -wrong[0] * 1e3
    agreed = agreement(ChangeMatrix(TASKS, samples), [guess(wrong)], draws=20)
    assert agreed.edges == 25
    assert agreed.row("mine").values[WITHIN].value == pytest.approx(1)


def test_edges_with_failed_runs_are_left_out():
    failed = np.zeros((6, 6))
    failed[0, 1] = 1
    changes = ChangeMatrix(TASKS, probed(1e-4).by_seed, failed=failed)
    assert agreement(changes, [], draws=5).edges == 29


def test_one_seed_has_no_ceiling():
    agreed = agreement(ChangeMatrix(TASKS, TRUE), [guess(TRUE)], draws=5)
    assert np.isnan(agreed.reachable)
    assert [row.name for row in agreed.rows] == ["mine", "random", "target-mean"]


@pytest.mark.parametrize(("seeds", "known"), [(2, False), (3, False), (4, True)])
def test_a_ceiling_needs_two_halves_of_two_seeds(seeds, known):
    assert np.isnan(agreement(probed(0.01, seeds), [], draws=5).reachable) != known


def test_other_tasks_are_refused_all_at_once():
    others = [guess(TRUE, name, tuple("uvwxyz")) for name in ("one", "two")]
    with pytest.raises(EstimateError) as wrong:
        agreement(probed(0.1), others)
    assert "`one`" in str(wrong.value) and "`two`" in str(wrong.value)


def test_text_and_table(tmp_path):
    agreed = agreement(probed(0.01), [guess(TRUE)], draws=20)
    text = str(agreed)
    for word in ("mine", "7.0", "probe, 1 seed", "target-mean", "random", "one seed", "perfect"):
        assert word in text
    agreed.save(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(agreed.rows) * len(STATISTICS)
    first = agreed.rows[0].values[WITHIN]
    assert float(rows[0]["value"]) == pytest.approx(first.value, rel=1e-5)
    calm = agreement(probed(1e-4, true=np.abs(TRUE)), [guess(TRUE)], draws=5)
    assert "no edge is harmful" in str(calm)
    assert str(calm.row("mine").values["F1 at count"]) == "-"


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize(("change", "harmful"), [(-0.01, 0), (-0.0101, 30), (-0.0099, 0)])
def test_a_change_at_the_threshold_is_no_harm(seeds, change, harmful):
    changes = ChangeMatrix(TASKS, np.full((seeds, 6, 6), change))
    assert agreement(changes, [], draws=5).harmful == harmful
