"""What is written as TOML is read again; what TOML cannot say is named."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gradsplit.studies.recommendation.files.toml_text import toml_text

HARD = [
    'quotes " and \'\'\' and """',
    "lines\nof\r\ntext\t\x00\x7f\\",
    "größe→β 深度 \u202e\U0001f600",
    "# no comment = [table]",
    "",
    "None",
]
TEXTS = some.text(some.characters(codec="utf-8"), max_size=20)
PLAIN = some.none() | some.booleans() | some.integers() | TEXTS | some.floats(allow_nan=False)
VALUES = some.recursive(
    PLAIN,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def again(table):
    """A table written and read."""
    return tomllib.loads(toml_text({"options": table}, "Mine."))["options"]


def has_none(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(map(has_none, inner))


@pytest.mark.parametrize("text", HARD)
def test_hard_texts_are_read_as_they_were_written(text):
    table = {text: text, "nested": [[text, [text]], [{text: {text: [text]}}]]}
    assert again(table) == table


@settings(deadline=None)
@given(some.dictionaries(TEXTS, VALUES, max_size=4))
def test_all_but_none_is_read_as_it_was_written(table):
    assert again(table) == {key: value for key, value in table.items() if not has_none(value)}


def test_numbers_keep_their_kind():
    found = again({"flag": True, "whole": 3, "part": 3.0, "none": float("inf"), "small": 1e-300})
    assert [type(value) for value in found.values()] == [bool, int, float, float, float]
    found = again({"whole": np.int64(3), "part": np.float32(0.5), "flag": np.bool_(True)})
    assert found == {"whole": 3, "part": 0.5, "flag": True} and type(found["flag"]) is bool


def test_places_of_files_are_absolute_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert again({"data": (Path("a"), Path("/b"))}) == {"data": [f"{tmp_path}/a", "/b"]}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "None"),
        ([1, None], "list"),
        ({"inner": [None]}, "dict"),
        ({3: "a whole number as a key"}, "dict"),
        ({("a",): 1}, "dict"),
        ({1, 2}, "set"),
        (object(), "object"),
        ("\udc80", "str"),
    ],
)
def test_what_cannot_be_said_is_left_out_and_named(value, kind):
    text = toml_text({"taskset": "mine", "options": {"odd": value, "width": 5}}, "Mine.")
    heading, named, *_ = text.splitlines()
    assert heading == "# Mine."
    assert named == f"# TOML cannot say these, so their defaults hold: options.odd ({kind})."
    assert tomllib.loads(text) == {"taskset": "mine", "options": {"width": 5}}


def test_all_that_is_left_out_is_named_in_one_line():
    text = toml_text({"a": {"x": None, "new\nline": None}, "b": {"y": object(), "z": 1}}, "Mine.")
    assert 'hold: a.x (None), a."new\\nline" (None), b.y (object).\n' in text
    assert tomllib.loads(text) == {"a": {}, "b": {"z": 1}}


def test_nothing_is_named_where_all_was_said():
    assert "cannot" not in toml_text({"options": {"width": 5}}, "Mine.")
