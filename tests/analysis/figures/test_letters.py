"""Letters that the usual font lacks."""

import warnings
from types import SimpleNamespace

import pytest

from analysis.figures import letters
from analysis.figures.figure_file import new_axes, save
from analysis.figures.letters import LetterNote, known_letters

CHINESE = "姿勢"


def drawn(name):
    axes = new_axes(2, 1)
    axes.set_title(name)
    return axes


def test_usual_letters_change_nothing(tmp_path):
    axes = drawn("größe → ё")
    before = axes.title.get_fontfamily()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save(axes, tmp_path / "it.png")
    assert axes.title.get_fontfamily() == before


def test_a_font_that_has_them_is_taken(monkeypatch):
    fonts = {"Plain": {65}, "Half": {ord(CHINESE[0])}, "Whole": {ord(one) for one in CHINESE}}
    monkeypatch.setattr(letters, "_letters_of", lambda file: fonts.get(file, {65}))
    listed = [SimpleNamespace(name=name, fname=name) for name in fonts]
    monkeypatch.setattr("matplotlib.font_manager.fontManager.ttflist", listed)
    axes = drawn(CHINESE)
    before = axes.title.get_fontfamily()
    with known_letters(axes.figure):
        assert axes.title.get_fontfamily() == [*before, "Whole"]
        assert axes.xaxis.label.get_fontfamily() == before


def test_where_there_is_none_it_is_said_once(monkeypatch, tmp_path):
    monkeypatch.setattr("matplotlib.font_manager.fontManager.ttflist", [])
    with pytest.warns(LetterNote, match=f"No installed font has the letters {CHINESE[1]}") as said:
        save(drawn(CHINESE), tmp_path / "it.png")
    assert len(said) == 1
