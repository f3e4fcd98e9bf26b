import re
from importlib.metadata import version

from relations.ledger.fingerprint import (
    differences,
    fingerprint,
    library_versions,
    recorded_versions,
)


def test_order_does_not_matter_and_content_does():
    assert fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) == fingerprint(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})


def test_differences_name_nested_settings_and_absent_ones():
    old = {"recipe": {"steps": 400, "lr": 0.1}, "name": "x"}
    new = {"recipe": {"steps": 800, "lr": 0.1}, "options": {}}
    assert differences(old, new) == [
        'name: "x" in the ledger, absent now',
        "options: absent in the ledger, {} now",
        "recipe.steps: 400 in the ledger, 800 now",
    ]


def test_versions_of_what_scores_depend_on():
    """A patch of a library, another build of it or another Python are no other training."""
    assert re.fullmatch(r"\d+\.\d+", library_versions()["torch"])
    assert set(library_versions()) == {"torch", "numpy"}
    assert recorded_versions()["torch"] == version("torch")
    assert set(recorded_versions()) == {"python", "gradsplit", "torch", "numpy"}
