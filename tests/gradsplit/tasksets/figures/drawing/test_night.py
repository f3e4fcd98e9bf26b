import numpy as np
import pytest

from gradsplit import load_taskset
from gradsplit.errors import TaskSetError

TINY = {"height": 32, "width": 16, "pictures": 60, "identities": 10}


def album(**options):
    return load_taskset("figures", {**TINY, **options}).album("pose", "test")


def test_by_night_the_same_people_stand_in_other_light_and_farther_away():
    day, night, again = album(), album(light="night"), album(light="night")
    np.testing.assert_array_equal(night.attributes, day.attributes)
    np.testing.assert_array_equal(again.photographs.images, night.photographs.images)
    assert night.photographs.images.mean() < 0.7 * day.photographs.images.mean()
    red, _, blue = night.photographs.images.mean(axis=(0, 1, 2))
    assert blue > 1.2 * red
    assert (night.photographs.head < 0.9 * day.photographs.head).all()


def test_day_is_no_setting_so_that_earlier_runs_are_the_same():
    day, night = load_taskset("figures", TINY), load_taskset("figures", {**TINY, "light": "night"})
    assert "light" not in day.settings()["options"]
    assert night.settings()["options"]["light"] == "night"


def test_there_is_no_other_light():
    with pytest.raises(TaskSetError, match="`light` must be day or night, got 'dusk'"):
        load_taskset("figures", {"light": "dusk"})
