"""What the evidence of each cause means."""

import pytest

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED
from gradsplit.studies.diagnosis.cause import verdicts
from gradsplit.studies.diagnosis.causes.capacity import narrow, wider
from gradsplit.studies.diagnosis.causes.data import target_on_source
from gradsplit.studies.diagnosis.causes.loss_scale import own_moments, quieter
from gradsplit.studies.diagnosis.causes.stage import withheld, withheld_from_last
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from tests.gradsplit.studies.diagnosis.edges import EDGE, case

EVERYWHERE, LAST = (withheld_from_last(case(), count) for count in (2, 1))


def test_a_cause_is_removed_by_any_of_its_interventions_and_else_as_sure_as_the_first() -> None:
    assert verdicts({quieter(EDGE): KEEPS, own_moments(EDGE): REMOVES}) == {"loss scale": REMOVES}
    assert verdicts({EVERYWHERE: REMOVES, LAST: KEEPS}) == {"stage": REMOVES}
    assert verdicts({EVERYWHERE: UNDECIDED, LAST: REMOVES}) == {"stage": REMOVES}
    assert verdicts({EVERYWHERE: KEEPS, LAST: UNDECIDED}) == {"stage": KEEPS}


def test_the_target_alone_in_its_share_can_only_say_that_room_is_not_missing() -> None:
    assert verdicts({narrow(EDGE): KEEPS}) == {"capacity": UNDECIDED}
    assert verdicts({narrow(EDGE): UNDECIDED}) == {"capacity": UNDECIDED}
    assert verdicts({narrow(EDGE): REMOVES}) == {"capacity": KEEPS}


@pytest.mark.parametrize("said", [REMOVES, KEEPS, UNDECIDED])
def test_a_wider_trunk_says_whether_room_is_missing(said: str) -> None:
    assert verdicts({narrow(EDGE): KEEPS, wider(EDGE): said}) == {"capacity": said}


@pytest.mark.parametrize(
    ("said", "means"), [(KEEPS, REMOVES), (REMOVES, KEEPS), (UNDECIDED, UNDECIDED)]
)
def test_a_harm_that_stays_without_the_objective_is_the_datas(said: str, means: str) -> None:
    assert verdicts({target_on_source(EDGE): said}) == {"data": means}


def test_the_mask_keeps_one_gradient_from_one_share() -> None:
    method = withheld(case(), ("early",)).method
    assert isinstance(method, MaskedTraining)
    assert method.mask.blocked() == [EDGE]
    assert method.modules == ("early",)
    assert (EVERYWHERE.name, LAST.name) == ("withheld everywhere", "withheld: late")
