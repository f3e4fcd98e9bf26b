"""Who stands where, and who does not take part: only what nobody was told before is said."""

from dataclasses import replace

import numpy as np

from analysis.comparison.seed_means import SeedMean
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCost
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.racing.race import Dropped, Entry, Race
from gradsplit.studies.recommendation.racing.standings import Standing, Standings


def test_what_was_told_is_not_told_again():
    left_out = {"wider": "no width", "tuned-weights": "no room", "masks": "no harm"}
    standings = Standings((), left_out)
    since = standings.since({"wider": "no width", "tuned-weights": "no {weights}"})
    assert dict(since.left_out) == {"tuned-weights": "no room", "masks": "no harm"}
    assert dict(standings.left_out) == left_out


def test_a_gain_that_is_rounded_to_nothing_has_no_minus():
    gain = SeedMean.of(np.array([-0.0003, -0.0001]))
    one = Standing("dwa", gain, InferenceCost(1.0, 1.0), None, in_front=False)
    assert "+0.0 ± 0.0" in str(Standings((one,), {}).table)


def standing(name, dropped=None, *, in_front=False):
    gain = SeedMean.of(np.array([0.1, 0.12]))
    return Standing(name, gain, InferenceCost(1.0, 1.0), dropped, in_front=in_front)


FOUR = Standings(
    (
        standing("fairgrad", in_front=True),
        standing("nash-mtl"),
        standing("dwa", Dropped("behind", "fairgrad", 0.111, 3)),
        standing("a method of a longer name", Dropped("room", "fairgrad", -0.003, 3)),
        standing("own", Dropped("failed")),
    ),
    {},
)


def test_what_became_of_them_in_words():
    lines = str(FOUR).splitlines()
    words = [line.rsplit("1.00 x  ", 1)[1] for line in lines[1:]]
    assert words == [
        "in front",
        "still in",
        "11.1 behind fairgrad",
        "no room for more seeds, 0.3 ahead of fairgrad",
        "failed",
    ]


def test_in_a_narrow_terminal_what_became_of_them_stands_below():
    lines = FOUR.text(80).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "own                        failed"
    assert FOUR.text(200) == FOUR.text()


def test_what_a_name_does_not_say_is_told_once_and_stands_in_every_row():
    tuned = Configuration("tuned-weights", "loss weights", words="weights:loud=0.1,quiet=1")
    plain = Configuration("db-mtl", "balanced", words="db-mtl")
    members = tuple(replace(standing(one.name), config=one) for one in (tuned, plain))
    found = Standings(members, {})
    assert found.text().splitlines()[-1] == "`tuned-weights` is `weights:loud=0.1,quiet=1`"
    assert [row[-2:] for row in found.table.rows] == [
        ("loss weights", "weights:loud=0.1,quiet=1"),
        ("balanced", "db-mtl"),
    ]


def test_at_the_end_of_a_race_everybody_says_why_it_is_not_in_front():
    gains = {"multi-head": 0.0, "tuned": 0.090, "a | b": 0.068, "b | a": 0.081}
    race = Race(
        lambda names, seeds: {
            name: {
                seed: gains[name] + 0.05 * (-1) ** seed * (name != "multi-head") for seed in seeds
            }
            for name in names
        },
        seeds=range(4),
        always=("multi-head", "tuned"),
        is_harmful=lambda name: name != "a | b",
    )
    race.enter({name: Entry(1.0 + ("|" in name)) for name in gains})
    costs = dict.fromkeys(gains, InferenceCost(1.0, 1.0))
    before = Standings.of(race, costs, {}, {})
    assert {one.name: one.words() for one in before.members}["b | a"] == "still in"
    race.run(room=100)
    found = Standings.of(race, costs, {}, {})
    assert {one.name: (one.words(), one.state(), one.behind()) for one in found.members} == {
        "tuned": ("in front", "in front", ""),
        "b | a": ("0.9 behind tuned, undecided", "undecided", "0.9 tuned"),
        "a | b": ("in front of those that harm no task", "in front", ""),
        "multi-head": ("9.0 behind tuned, kept to compare", "kept to compare", "9.0 tuned"),
    }
