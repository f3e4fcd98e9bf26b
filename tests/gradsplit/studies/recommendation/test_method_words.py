"""Files in a method's words are found from a folder."""

from pathlib import Path

from gradsplit.studies.recommendation.method_words import placed


def test_a_mask_of_a_method_of_ones_own_is_placed():
    assert placed("own.py:half:power=2,mask=m.json", Path("best")) == (
        "best/own.py:half:power=2,mask=best/m.json"
    )


def test_whole_paths_stay():
    assert placed("gradsplit:mask=/there/m.json", Path("best")) == "gradsplit:mask=/there/m.json"


def test_words_without_files_stay():
    assert placed("multi-head", Path("best")) == "multi-head"
