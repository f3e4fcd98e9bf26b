import os
import socket
import time
from pathlib import Path

import pytest

from relations.ledger import pulse
from relations.ledger.pulse import SILENT_SECONDS, WATCHED_SECONDS, Pulses, start_of

NOBODY = 2**22 - 1


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "probe.db"
    path.touch()
    return path


@pytest.fixture
def pulses(ledger):
    return Pulses(ledger)


def elsewhere(pulses):
    """The place of a container on this machine, of the same name."""
    return pulses.place.replace("pid:[", "pid:[9")


def test_a_process_of_this_place_decides(pulses):
    own = os.getpid()
    assert not pulses.is_dead("x", pulses.place, own, start_of(own), 0.0)
    assert pulses.is_dead("x", pulses.place, own, "1", time.time())  # the pid is used again
    assert pulses.is_dead("x", pulses.place, NOBODY, "1", time.time())


@pytest.mark.parametrize("part", ["boot ", "pid:[", "file "])
def test_processes_of_another_machine_container_or_file_tell_nothing(pulses, part):
    place = pulses.place.replace(part, f"{part}9")
    assert place != pulses.place
    assert not pulses.is_dead("x", place, NOBODY, "1", time.time())


def test_a_heart_elsewhere_that_stands_still_is_dead_after_two_minutes(pulses, later):
    place, beat = elsewhere(pulses), time.time()
    assert not pulses.is_dead("x", place, 1, "1", beat)
    later(SILENT_SECONDS - 1)
    assert not pulses.is_dead("x", place, 1, "1", beat)
    later(2)
    assert pulses.is_dead("x", place, 1, "1", beat)


def test_one_whose_last_beat_is_old_is_dead_after_half_a_minute(pulses, later):
    place = elsewhere(pulses)
    assert not pulses.is_dead("x", place, 1, "1", 0.0)
    later(WATCHED_SECONDS + 1)
    assert pulses.is_dead("x", place, 1, "1", 0.0)


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_a_heart_that_beats_by_another_clock_lives(pulses, later, ahead):
    for beat in range(20):
        assert not pulses.is_dead("x", elsewhere(pulses), 1, "1", time.time() + ahead + beat)
        later(WATCHED_SECONDS)


def test_claims_of_the_first_release_name_the_machine_alone(pulses, later):
    own, name = os.getpid(), socket.gethostname()
    assert not pulses.is_dead("own", name, own, start_of(own), 0.0)
    assert not pulses.is_dead("x", name, NOBODY, "1", 0.0)  # it may be in another container
    later(WATCHED_SECONDS + 1)
    assert not pulses.is_dead("own", name, own, start_of(own), 0.0)
    assert pulses.is_dead("x", name, NOBODY, "1", 0.0)


def test_a_process_that_the_system_hides_is_not_gone(pulses, later, monkeypatch, tmp_path):
    monkeypatch.setattr(pulse, "_PROC", tmp_path)  # as for another user under hidepid
    assert start_of(os.getpid()) == "unknown"
    assert start_of(NOBODY) == ""
    assert not pulses.is_dead("x", pulses.place, os.getpid(), "1", 0.0)
    later(WATCHED_SECONDS + 1)
    assert pulses.is_dead("x", pulses.place, os.getpid(), "1", 0.0)


def test_without_a_way_to_see_processes_no_place_is_like_another(ledger, monkeypatch):
    monkeypatch.setattr(Path, "readlink", lambda path: "77")  # /proc of another namespace
    assert Pulses(ledger).place != Pulses(ledger).place
