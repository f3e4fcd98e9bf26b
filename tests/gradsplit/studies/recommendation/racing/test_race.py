"""Who is dropped from a race, why, and what that takes."""

import numpy as np
import pytest
from scipy import stats

from gradsplit.studies.recommendation.racing.behind import ahead
from gradsplit.studies.recommendation.racing.race import ENTRIES, FIRST, Entry, Race

SEEDS = range(6)


class Track:
    """Known gains; remembers what was trained."""

    def __init__(self, means, noise=0.001, seed=0, failing=()):
        rng = np.random.default_rng(seed)
        self.gains = {
            name: mean + noise * rng.normal(size=len(SEEDS)) for name, mean in means.items()
        }
        self.trained: list[tuple[str, int]] = []
        self.failing = failing

    def __call__(self, names, seeds):
        self.trained += [(name, seed) for name in names for seed in seeds]
        return {
            name: {seed: self.gains[name][seed] for seed in seeds}
            for name in names
            if name not in self.failing
        }


def raced(track, room=1000, entries=None, **options):
    race = Race(track, SEEDS, **options)
    race.enter(entries or {name: Entry() for name in track.gains})
    race.run(room)
    return race


CLOSE = {f"c{at}": 0.1 + 0.0001 * at for at in range(6)}


def test_a_hopeless_one_is_out_at_once():
    race = raced(Track({**CLOSE, "hopeless": -0.1}), room=0)
    out = race.dropped["hopeless"]
    assert (out.why, out.seeds) == ("behind", 2)
    assert out.by == pytest.approx(0.2, abs=0.01)
    assert out.rival in CLOSE


def test_some_are_never_out():
    race = raced(Track({**CLOSE, "plain": -0.1}), always=("plain",))
    assert "plain" in race.running
    assert len(race.gains["plain"]) == len(race.gains[race.front()[0]])


def test_a_training_that_fails_is_out_and_its_run_is_paid():
    race = raced(Track({**CLOSE, "bad": 0.5}, failing=("bad",)), room=0)
    assert race.dropped["bad"].why == "failed"
    assert race.spent == 14


def test_nothing_is_trained_twice_and_all_is_counted():
    track = Track(CLOSE, noise=0.05)
    race = raced(track, entries={name: Entry(price=2) for name in CLOSE}, seed_price=3)
    assert len(set(track.trained)) == len(track.trained)
    later = max(len(gains) for gains in race.gains.values()) - 2
    assert race.spent == 2 * len(track.trained) + 3 * later


def test_the_worse_half_is_out_only_where_there_is_no_room():
    plenty = raced(Track(CLOSE, noise=0.05))
    assert not [out for out in plenty.dropped.values() if out.why == "room"]
    short = raced(Track(CLOSE, noise=0.05), room=9)
    reasons = [out.why for out in short.dropped.values()]
    assert "room" in reasons
    assert len(short.running) == 3
    assert short.spent <= 12 + 9


def test_the_best_of_every_cost_stays_however_short_the_room():
    means = {"a1": 0.1, "b1": 0.09, "a2": 0.12, "b2": 0.11, "a3": 0.14, "b3": 0.13, "plain": 0.1}
    costs = {name: float(name[1]) if name != "plain" else 1.0 for name in means}
    entries = {name: Entry(cost) for name, cost in costs.items()}
    race = raced(Track(means, noise=0.03), room=20, entries=entries, always=("plain",))
    assert any(out.why == "room" for out in race.dropped.values())
    left = [name for name in race.running if name != "plain"]
    assert {costs[name] for name in left} == {1.0, 2.0, 3.0}


def test_it_ends_when_the_best_is_decided():
    race = raced(Track({"best": 1.0, "a": 0.1, "b": 0.0, "c": 0.05}))
    assert race.running == ["best"]
    assert len(race.gains["best"]) == 2


def test_who_joins_later_gets_the_same_seeds():
    track = Track({**CLOSE, "late": 0.1}, noise=0.05)
    race = Race(track, SEEDS)
    race.enter({name: Entry() for name in CLOSE})
    race.run(6)
    race.enter({"late": Entry()})
    assert set(race.gains["late"]) == set(race.gains[race.running[0]])
    assert len(race.gains["late"]) > 2


def test_what_is_dearer_drops_nothing_cheaper():
    track = Track({"cheap": 0.0, "dear": 0.5, "poor": 0.1, "same": 0.4})
    costs = {"cheap": 1.0, "dear": 2.0, "poor": 1.5, "same": 1.95}
    race = raced(track, entries={name: Entry(cost) for name, cost in costs.items()})
    assert race.dropped["same"].rival == "dear"
    assert race.front() == ["cheap", "poor", "dear"]


def test_longer_training_drops_nothing_shorter():
    track = Track({"short": 0.1, "long": 0.5, "slow": 0.3, "poor": 0.0})
    steps = {"short": 1, "long": 2, "slow": 2, "poor": 1}
    race = raced(track, entries={name: Entry(steps=steps[name]) for name in steps})
    assert "short" in race.running
    assert race.dropped["slow"].rival == "long"
    assert race.dropped["poor"].rival in ("short", "long", "slow")
    assert race.dropped["poor"].rival == "short"


def test_what_harms_drops_nothing_harmless():
    track = Track({"harmless": 0.1, "harmful": 0.5, "worse": 0.0, "harmful too": 0.2})
    race = raced(track, is_harmful=lambda name: name.startswith("harmful"))
    assert {"harmless", "harmful"} == set(race.running)
    assert race.dropped["worse"].rival == "harmless"
    assert race.dropped["harmful too"].rival == "harmful"


@pytest.mark.parametrize("noise", [0.003, 0.02])
def test_the_best_is_seldom_dropped_as_behind(noise):
    wrong = 0
    for seed in range(200):
        rng = np.random.default_rng(1000 + seed)
        means = {f"c{at}": mean for at, mean in enumerate(0.002 * rng.normal(size=12))}
        race = raced(Track(means, noise, seed), room=60)
        best = max(means, key=means.__getitem__)
        wrong += best in race.dropped and race.dropped[best].why == "behind"
    assert wrong <= 10


def test_a_race_of_more_seeds_asks_for_more_at_each_look():
    noise = np.array([[0.01, -0.01], [-0.01, 0.01]])
    seen = ahead(noise)
    looks = np.array([2, 6]) - FIRST + ENTRIES
    ends = stats.t.ppf(1 - 0.05 / (2 * looks), seen.df[0, 1]) * seen.se[0, 1]
    gains = {"good": noise[0] + ends.mean(), "poor": noise[1]}

    def train(names, seeds):
        return {name: {seed: gains[name][seed] for seed in seeds} for name in names}

    for seeds, out in ((2, {"poor"}), (6, set())):
        race = Race(train, range(seeds))
        race.enter({name: Entry() for name in gains})
        assert set(race.dropped) == out


def test_some_are_not_out_for_want_of_room_either():
    race = raced(Track({**CLOSE, "plain": 0.05}, noise=0.05), room=9, always=("plain",))
    assert any(out.why == "room" for out in race.dropped.values())
    assert race.mean("plain") < min(race.mean(name) for name in race.running if name != "plain")
    assert "plain" in race.running


def test_more_than_half_are_out_where_the_next_seed_has_no_room_for_half():
    race = raced(Track({f"c{at}": 0.001 * at for at in range(12)}, noise=0.05), room=4)
    assert len(race.running) == 4
    assert all(len(race.gains[name]) == 3 for name in race.running)
    assert race.spent == 2 * 12 + 4


def test_nobody_is_out_for_want_of_room_where_no_seed_has_room_anyway():
    kept = ("c0", "c1", "c2", "c3")
    race = raced(Track(CLOSE, noise=0.05), room=3, always=kept)
    assert race.running == list(CLOSE)


def test_three_are_raced_on_as_two_where_there_is_no_more_room():
    race = raced(Track({"a": 0.1, "b": 0.11, "c": 0.12}, noise=0.05), room=2, always=("a",))
    assert len(race.running) == 2
    assert all(len(race.gains[name]) == 3 for name in race.running)


def test_a_front_of_more_than_half_stays_however_short_the_room():
    means = {f"a{at}": 0.1 * at for at in range(1, 6)} | {"b": 0.08}
    entries = {name: Entry(float(name[1:] or 1)) for name in means}
    race = raced(Track(means, noise=0.03), room=8, entries=entries)
    assert race.dropped["b"].why == "room"
    assert race.running == [name for name in means if name != "b"]


def test_a_gain_that_is_no_number_is_a_failed_training():
    track = Track({**CLOSE, "bad": 0.5})
    track.gains["bad"][1] = np.nan
    race = raced(track, room=0)
    assert [name for name, out in race.dropped.items() if out.why == "failed"] == ["bad"]
