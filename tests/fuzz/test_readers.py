"""A short run of what `python -m tests.fuzz` does for long: every reader, some inputs."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzzing import Fuzzer
from tests.fuzz.guard import watched
from tests.fuzz.readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_an_input_is_read_or_refused_in_words(name, tmp_path):
    fuzzer = Fuzzer(READERS[name](), tmp_path)

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(random=st.randoms(use_true_random=False))
    def check(random):
        files, reading = fuzzer.once(random)
        assert reading.fault is None, f"{reading.fault}\n{files}\n{reading.trace}"

    check()


def test_a_fault_is_seen(tmp_path):
    def reads_nothing():
        return {}["pose"]

    def writes_elsewhere():
        (tmp_path / "elsewhere").touch()

    def hangs():
        while True:
            pass

    def waits():
        time.sleep(60)

    folder = tmp_path / "folder"
    assert "KeyError" in (watched(reads_nothing, folder).fault or "")
    assert watched(writes_elsewhere, folder).fault == "touches open"
    for never_ends in (hangs, waits):
        assert "HangError" in (watched(never_ends, folder, seconds=0.1).fault or "")
