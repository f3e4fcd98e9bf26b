"""SIGTERM ends what is under way, softly where somebody asks for it."""

import os
import signal
import threading
import time

import pytest

from relations.running import stopping
from relations.running.stopping import Stopped, ending_on_request, is_stopping, telling


def ask():
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_is_raised_at_once_where_nobody_asks():
    with pytest.raises(Stopped), ending_on_request(softly=False):
        ask()
        pytest.fail("it went on")
    assert not is_stopping()


def test_a_library_that_makes_an_interrupt_of_it_is_understood():
    with pytest.raises(Stopped), ending_on_request(softly=False):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Stopped:
            raise KeyboardInterrupt from None


def test_an_interrupt_by_hand_stays_one():
    with pytest.raises(KeyboardInterrupt) as raised, ending_on_request(softly=False):
        raise KeyboardInterrupt
    assert not isinstance(raised.value, Stopped)


def test_softly_it_is_only_said_and_others_are_told():
    told: list[str] = []
    with (
        pytest.raises(Stopped),
        ending_on_request(softly=True),
        telling(lambda: told.append("asked")),
    ):
        assert not is_stopping()
        ask()
        assert is_stopping()
        ask()  # at once again: the same signal to a whole group
        assert told == ["asked"]
    assert not is_stopping()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_what_was_asked_is_not_forgotten_where_nobody_looks_any_more():
    with pytest.raises(Stopped), ending_on_request(softly=True):
        ask()


def test_who_asks_again_later_does_not_wait(monkeypatch):
    monkeypatch.setattr(stopping, "_SAME_SECONDS", -1.0)
    with pytest.raises(Stopped), ending_on_request(softly=True):
        ask()
        ask()


def test_it_is_raised_when_the_grace_is_over(monkeypatch):
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(stopping, "_SAME_SECONDS", 0.0)
    with pytest.raises(Stopped), ending_on_request(softly=True):
        ask()
        threading.Event().wait(5)


def test_the_grace_is_given_once(monkeypatch):
    assert stopping.grace_left() == stopping.GRACE_SECONDS
    with pytest.raises(Stopped), ending_on_request(softly=True):
        ask()
        now = time.monotonic()
        assert stopping.grace_left() == pytest.approx(stopping.GRACE_SECONDS, abs=1)
        monkeypatch.setattr(stopping.time, "monotonic", lambda: now + 15)
        assert stopping.grace_left() == pytest.approx(stopping.GRACE_SECONDS - 15, abs=1)
        monkeypatch.setattr(stopping.time, "monotonic", lambda: now + 50)
        assert stopping.grace_left() == 0
    assert stopping.grace_left() == stopping.GRACE_SECONDS


def test_a_handler_of_the_users_own_stays():
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with ending_on_request(softly=False):
            ask()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_another_thread_changes_no_handler():
    def work():
        with ending_on_request(softly=False):
            seen.append(signal.getsignal(signal.SIGTERM))

    seen: list[object] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
