"""Ended while Ray connects: by Ray's own handler, which it sets before it is done."""

import signal

import pytest

from relations.executors.ray import _connect
from relations.running.stopping import Stopped

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
