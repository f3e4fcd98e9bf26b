import numpy as np
import pytest

from relations import ChangeMatrix
from relations.errors import RelationsError
from relations.statistics.sample_size import noise_seen, sample_size_table, seeds_needed


@pytest.mark.parametrize(("noise", "edges"), [(0.005, 1), (0.01, 1), (0.01, 12), (0.02, 12)])
def test_the_power_is_what_simulation_says(noise, edges):
    from scipy import stats

    seeds = seeds_needed(-0.03, noise, edges=edges)
    assert seeds is not None
    draws = np.random.default_rng(0)
    gap = np.log(0.97 / 0.99)

    def power(n):
        samples = draws.normal(gap, noise, (n, 20000))
        return (stats.ttest_1samp(samples, 0).pvalue <= 0.05 / edges).mean()

    assert power(seeds) > 0.79
    if seeds > 2:
        assert power(seeds - 1) < 0.81


def test_limits():
    assert seeds_needed(-0.01, 0.01) is None
    assert seeds_needed(-0.0101, 0.05) is None
    assert seeds_needed(-0.5, 0.0) == 2
    assert seeds_needed(-0.9, 0.0001, edges=39800) == 3
    for change in (-0.02, 0.0):
        needed = [seeds_needed(change, noise, edges=12) or 201 for noise in (0.002, 0.005, 0.01)]
        assert needed == sorted(needed)


def test_numbers_out_of_range():
    for options in ({"power": 1.0}, {"edges": 0}):
        with pytest.raises(RelationsError, match="`power` must be"):
            seeds_needed(-0.02, 0.01, **options)
    with pytest.raises(RelationsError, match="`threshold`"):
        seeds_needed(-0.02, 0.01, threshold=0.5)


def test_noise_is_that_of_one_seed():
    samples = np.random.default_rng(0).normal(0, 0.01, (8, 12, 12))
    assert np.median(noise_seen(ChangeMatrix([f"t{i}" for i in range(12)], samples))) == (
        pytest.approx(0.01, rel=0.1)
    )


def test_the_table():
    samples = np.random.default_rng(0).normal(0, 0.01, (4, 4, 4))
    text = sample_size_table(ChangeMatrix(list("abcd"), samples))
    assert "Holm over 12 edges" in text
    assert len(text.splitlines()) == 2 + 7
    with pytest.raises(RelationsError, match="noise is unknown"):
        sample_size_table(ChangeMatrix(list("abcd"), samples[:1]))
