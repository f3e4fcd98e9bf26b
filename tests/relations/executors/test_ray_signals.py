"""Ended while Ray connects: by Ray's own handler, which it sets before it is done."""

import os
import signal

import pytest

from relations.executors.ray import _connect
from relations.running.stopping import Stopped, ending_on_request

ray = pytest.importorskip("ray")


def ending_by(code):
    def init(**options):
        raise SystemExit(code)

    return init


def test_sigterm_while_connecting_stops_as_elsewhere(monkeypatch):
    monkeypatch.setattr(ray, "init", ending_by(signal.SIGTERM))
    with pytest.raises(Stopped):
        _connect(None)


def test_another_end_stays(monkeypatch):
    monkeypatch.setattr(ray, "init", ending_by(3))
    with pytest.raises(SystemExit):
        _connect(None)


def test_sigterm_while_ray_starts_is_acted_on_afterwards(monkeypatch):
    went_on = []

    def init(**options):
        os.kill(os.getpid(), signal.SIGTERM)
        went_on.append(True)

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(Stopped), ending_on_request(softly=False):
        _connect(None)
    assert went_on
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
