"""What the answer says of harm that is left, and of what the seeds do not tell."""

from types import SimpleNamespace

import pytest

from gradsplit.studies.recommendation.answer import _left


def judged(harmed=(), in_doubt=()):
    return SimpleNamespace(
        harmed={"a": list(harmed)}, in_doubt={"a": list(in_doubt)}, threshold=-0.02
    )


@pytest.mark.parametrize(
    ("harmed", "in_doubt", "said"),
    [
        ((), (), ["`a` harms no task by more than 2.0%."]),
        (("pose",), (), ["pose still loses by sharing", "diagnose"]),
        ((), ("reid",), ["Whether it harms reid these seeds do not tell"]),
        (("pose",), ("reid",), ["pose still loses", "Whether it harms reid"]),
    ],
)
def test_harm_that_is_left(harmed, in_doubt, said):
    text = _left("a", judged(harmed, in_doubt), diagnosable=True)
    assert all(words in text for words in said)
    assert ("harms no task" in text) == (not harmed and not in_doubt)
