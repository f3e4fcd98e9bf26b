"""Other masks than the measured one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.masked.shuffled import ShuffledMask, identity, shuffled, transposed
from relations.mask import GradientMask
from tests.gradsplit.training.methods.toy_gradients import CUT, assert_equal, gradients

masks = st.integers(2, 5).flatmap(
    lambda size: st.lists(
        st.lists(st.booleans(), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


@given(masks, st.integers(0, 1000))
def test_shuffled_masks_as_much_elsewhere(cells: list[list[bool]], seed: int) -> None:
    may_update = np.array(cells) | np.eye(len(cells), dtype=bool)
    mask = GradientMask(tasks=[f"t{n}" for n in range(len(cells))], may_update=may_update)
    drawn = shuffled(mask, seed).may_update
    assert drawn.sum() == may_update.sum()
    assert drawn.diagonal().all()
    blocked = (~may_update).sum()
    free = len(cells) * (len(cells) - 1)
    assert np.array_equal(drawn, may_update) == (blocked in (0, free))
    assert np.array_equal(drawn, shuffled(mask, seed).may_update)


def test_masks_are_shuffled_anew_for_every_seed() -> None:
    four = [f"t{number}" for number in range(4)]
    mask = GradientMask(four, np.triu(np.ones((4, 4), dtype=bool)))
    drawn = {shuffled(mask, seed).may_update.tobytes() for seed in range(10)}
    assert len(drawn) > 5


def test_other_masks() -> None:
    assert transposed(CUT).may_update.tolist() == CUT.may_update.T.tolist()
    assert identity(CUT).may_update.tolist() == np.eye(3, dtype=bool).tolist()
    drawn = shuffled(CUT, 7)
    assert_equal(gradients(ShuffledMask(CUT), seed=7), gradients(MaskedTraining(drawn)))
