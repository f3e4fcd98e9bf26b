"""Time that passes at once."""

import time
from types import SimpleNamespace

import pytest

from relations.ledger import pulse


@pytest.fixture
def later(monkeypatch):
    """Lets so many seconds pass for those who watch hearts, when called."""
    passed = [0.0]
    clocks = SimpleNamespace(
        time=lambda: time.time() + sum(passed), monotonic=lambda: time.monotonic() + sum(passed)
    )
    monkeypatch.setattr(pulse, "time", clocks)
    return passed.append
