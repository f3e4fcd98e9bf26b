import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import false_discovery_control

from relations.statistics.corrections import corrected_interval, edge_alphas, holm, look_shares
from relations.statistics.intervals import Means

P = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def textbook_holm(p_values, alpha):
    """The textbook, one step at a time."""
    rejected = np.zeros(len(p_values), dtype=bool)
    for step, edge in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[edge] > alpha / (len(p_values) - step):
            break
        rejected[edge] = True
    return rejected


@given(P)
def test_holm_decides_as_the_textbook(p_values):
    p_values = np.array(p_values)
    assert (
        (p_values <= edge_alphas(p_values, 0.05, "holm")) == textbook_holm(p_values, 0.05)
    ).all()


@given(P)
def test_corrected_p_values_are_their_definition(p_values):
    corrected = holm(np.array(p_values))
    assert (corrected >= np.array(p_values) - 1e-12).all()
    order = np.argsort(p_values, kind="stable")
    running = 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[i]))
        assert corrected[i] == pytest.approx(running)


@given(P)
def test_corrected_p_values_and_alphas_decide_alike_and_leave_the_untested_out(p_values):
    some = np.array([np.nan, *p_values, np.nan])
    corrected = holm(some)
    assert np.isnan(corrected[[0, -1]]).all()
    clear = np.abs(corrected - 0.05) > 1e-9
    decided = some <= edge_alphas(some, 0.05, "holm")
    assert (decided == (corrected <= 0.05))[clear].all()


@given(P)
def test_bh_decides_as_scipy(p_values):
    p_values = np.array(p_values)
    expected = false_discovery_control(p_values) <= 0.05
    assert ((p_values <= edge_alphas(p_values, 0.05, "bh")) == expected).all()


@given(P, st.sampled_from(["holm", "bh", "none"]))
def test_edges_that_are_not_tested_do_not_count(p_values, correction):
    some = np.array([np.nan, *p_values, np.nan])
    alphas = edge_alphas(some, 0.05, correction)
    np.testing.assert_array_equal(alphas[1:-1], edge_alphas(some[1:-1], 0.05, correction))
    assert alphas[0] == alphas[-1] == 0.05


def test_probes_side_by_side():
    p_values = np.random.default_rng(0).random((5, 3, 8)) ** 3
    for correction in ("holm", "bh"):
        both = edge_alphas(p_values, 0.05, correction)
        for index in np.ndindex(5, 3):
            np.testing.assert_array_equal(
                both[index], edge_alphas(p_values[index], 0.05, correction)
            )


def test_no_edges():
    for correction in ("holm", "bh", "none"):
        assert edge_alphas(np.array([np.nan]), 0.05, correction).tolist() == [0.05]


@pytest.mark.parametrize("looks", [(3, 10), (3, 4, 6, 8, 10), (2, 3, 4)])
def test_the_whole_level_is_spent_over_the_looks_and_no_more(looks):
    assert look_shares(np.array(looks), looks).sum() == pytest.approx(1)


def test_shares_between_and_after_the_looks():
    looks = (3, 5, 10)
    assert look_shares(np.array([1, 3, 4, 6, 10, 12]), looks).tolist() == [
        0.25,
        0.25,
        0.25,
        0.5,
        0.5,
        0.5,
    ]
    assert look_shares(np.array([4]), None).tolist() == [1]


def test_the_level_of_undecided_edges_is_that_of_the_first_of_them():
    p_values = np.array([0.5, 0.001, 0.3, 0.002])
    steps = 0.05 / np.array([2, 4, 2, 3])
    np.testing.assert_allclose(edge_alphas(p_values, 0.05, "holm"), steps)
    np.testing.assert_allclose(edge_alphas(p_values, 0.05, "bh"), 0.05 * np.array([3, 2, 3, 2]) / 4)


def means_with(p_values):
    """Means above zero whose p-values against zero are given."""
    df = np.full(np.shape(p_values), 4.0)
    mean = -stats.t.ppf(np.asarray(p_values) / 2, 4)
    return Means(mean, np.ones_like(mean), df, df.astype(int) + 1)


@given(P, st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=12, max_size=12))
def test_an_edge_is_decided_when_its_share_of_the_level_suffices(p_values, shares):
    p_values = np.clip(p_values, 1e-6, 1 - 1e-6)
    shares = np.array(shares[: len(p_values)])
    lower, _, _ = corrected_interval(means_with(p_values), 0.0, 0.05, "holm", shares=shares)
    clear = np.abs(lower) > 1e-9
    assert ((lower > 0) == textbook_holm(p_values / shares, 0.05))[clear].all()


def test_a_share_of_the_level_counts_before_edges_are_corrected_for_their_number():
    # 0.02 of half a level is 0.04, too much for the first of two edges: so neither is decided.
    means = means_with([0.020, 0.022])
    lower, _, alphas = corrected_interval(means, 0.0, 0.05, "holm", shares=np.full(2, 0.5))
    assert alphas.tolist() == [0.0125, 0.0125]
    assert (lower < 0).all()


def test_edges_that_are_not_judged_do_not_make_the_others_wider():
    means = means_with([0.04, 0.5])
    lower, _, alphas = corrected_interval(means, 0.0, 0.05, "holm", tested=np.array([True, False]))
    assert lower[0] > 0
    assert alphas[0] == 0.05
