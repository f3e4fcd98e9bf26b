"""What is known to a diagnosis in these tests, whatever else joins it later."""

import pytest

from gradsplit.studies.diagnosis import cause

KNOWN = (
    "unfinished training",
    "memorised noise",
    "loss scale",
    "capacity",
    "stage",
    "batch statistics",
    "data",
)


@pytest.fixture(autouse=True)
def known_causes(monkeypatch, request):
    """The seven causes whose order these tests know."""
    cause.causes()
    if request.module.__name__.endswith(("test_examination", "test_conclusion")):
        monkeypatch.setattr(cause, "_CAUSES", {name: cause._CAUSES[name] for name in KNOWN})
