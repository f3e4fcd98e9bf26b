"""Whether training was finished, where a race knows it."""

import pytest

from analysis.page.longer_training import longer_training
from tests.analysis.page.test_report import html_of
from tests.analysis.page.test_summary import HARMED, opened, states
from tests.analysis.recommendation_examples import candidate, facts_of, judged, three_judged


def raced(name="multi-head, 2 x steps", gain=0.05, error=0.003):
    longer = candidate(name, gain)
    if gain is not None:
        longer["over_multi_head"]["se"] = error
    found = {"multi-head": judged(0.0, 0.0, reid=0.0, pose=0.0, parsing=0.0)}
    return facts_of(found, [candidate("multi-head", 0.0), longer])


def test_the_gain_of_more_steps_in_words():
    found = longer_training(raced())
    assert found is not None
    gained = "gained +5.0 ± 0.3 points of Δm in the race, on 3 seeds"
    assert found.text == f"plain training of twice the steps {gained}"
    found = longer_training(raced("multi-head, 4 x steps"))
    assert found is not None and "of 4 times the steps" in found.text


def test_not_known_where_it_was_not_raced_or_failed_or_has_no_spread():
    assert longer_training(None) is None
    assert longer_training(three_judged()) is None
    assert longer_training(raced(gain=None)) is None
    assert longer_training(raced(error=None)) is None


@pytest.mark.parametrize(
    ("gain", "error", "state"),
    [
        (0.05, 0.003, "bad"),
        (0.05, 0.03, "open"),
        (0.005, 0.0001, "good"),
        (-0.01, 0.003, "good"),
        (0.005, 0.004, "open"),
    ],
)
def test_the_opening_and_the_section_say_it(gain, error, state):
    facts = raced(gain=gain, error=error)
    found = opened(HARMED, recommended=facts)
    assert states(found)[0] == state
    assert found.lights[0].answer.startswith("plain training of twice the steps gained")


def test_scores_that_all_stand_still_do_not_hide_a_gain_of_more_steps():
    learnt = [(task, 0.0, 0.5) for task in ("reid", "pose", "parsing")]
    assert states(opened(HARMED, learnt=learnt))[0] == "good"
    assert states(opened(HARMED, learnt=learnt, recommended=raced()))[0] == "bad"


def test_the_section_does_not_call_it_unknown():
    from tests.analysis.analysis_examples import made_changes

    page = html_of(made_changes(HARMED, tasks=["reid", "pose", "parsing"]), recommended=raced())
    section = page.partition('id="movement-title"')[2].partition("</section>")[0]
    assert (
        "Plain training of twice the steps gained +5.0 ± 0.3 points of Δm in the race, on 3 seeds"
        in section
    )
    assert "Not known:" not in section
