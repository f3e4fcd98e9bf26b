"""Which cause is named from what removing each did."""

import itertools

from gradsplit.studies.diagnosis.causes import (
    CAUSES,
    KEEPS,
    REMOVES,
    SCALE,
    STAGE,
    UNDECIDED,
    UNFINISHED,
    name_cause,
)


def test_the_one_cause_that_removes_the_harm_is_named() -> None:
    for cause in CAUSES:
        said = dict.fromkeys(CAUSES, KEEPS) | {cause: REMOVES}
        named = name_cause(said)
        assert (named.cause, named.open, named.also) == (cause, (), ())


def test_simpler_causes_are_named_first_and_the_others_are_kept() -> None:
    named = name_cause(dict.fromkeys(CAUSES, REMOVES))
    assert named.cause == UNFINISHED
    assert named.also == CAUSES[1:]


def test_an_undecided_cause_before_leaves_it_open_one_after_does_not() -> None:
    before = name_cause({UNFINISHED: UNDECIDED, SCALE: KEEPS, STAGE: REMOVES})
    assert before.cause is None
    assert before.open == (UNFINISHED, STAGE)
    assert name_cause({SCALE: REMOVES, STAGE: UNDECIDED}).cause == SCALE


def test_nothing_is_named_without_evidence() -> None:
    assert str(name_cause(dict.fromkeys(CAUSES, KEEPS))) == "none of the causes examined"
    assert name_cause({}).cause is None


def test_a_named_cause_always_removes_the_harm() -> None:
    for said in itertools.product((REMOVES, KEEPS, UNDECIDED), repeat=len(CAUSES)):
        named = name_cause(dict(zip(CAUSES, said, strict=True)))
        if named.cause is not None:
            assert dict(zip(CAUSES, said, strict=True))[named.cause] == REMOVES
            assert not named.open
