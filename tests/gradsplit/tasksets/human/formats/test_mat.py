"""MATLAB files: how scipy nests their values, and files that cannot be read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.export.mat import NOTHING, cells, save, struct
from gradsplit.tasksets.human.formats.mat import load_mat, member, number, record, text, texts


def nested(value, depth):
    for _ in range(depth):
        cell = np.empty((1, 1), object)
        cell[0, 0] = value
        value = cell
    return value


@given(value=st.floats(-1e6, 1e6), depth=st.integers(0, 4))
def test_numbers_come_out_of_any_nesting(value, depth):
    assert number(nested(np.array([[value]]), depth)) == value
    assert number(nested(np.array([str(value)]), depth)) == value


@given(value=st.text("abc人äß 0123", min_size=1), depth=st.integers(0, 4))
def test_texts_come_out_of_any_nesting(value, depth):
    assert text(nested(np.array([value]), depth)) == value


@pytest.mark.parametrize("empty", [np.zeros((0, 0)), np.zeros((1, 0)), None, np.array(["x"])])
def test_what_is_no_number(empty):
    assert number(empty) is None


def test_what_is_no_text_or_record():
    assert text(np.zeros((0, 0))) == ""
    assert text(np.array([[3]])) == ""
    assert record(np.zeros((0, 0))) is None
    assert record(np.array([[3]])) is None


def test_structs_and_cells_survive_a_file(tmp_path):
    people = struct({"age": 3, "name": "á"}, {"age": NOTHING, "name": "b"})
    save(tmp_path / "x.mat", {"people": people, "list": cells(["one", "two"], column=True)})
    found = load_mat(tmp_path / "x.mat", ["people", "list"])
    assert found["people"].shape == (1, 2)
    assert found["list"].shape == (2, 1)
    first, second = found["people"].reshape(-1)
    assert (number(member(first, "age")), text(member(first, "name"))) == (3, "á")
    assert member(second, "age") is None
    assert member(second, "height") is None
    assert texts(found["list"]) == ("one", "two")
    # As MATLAB writes it: one struct array, not a cell of structs.
    assert loadmat(tmp_path / "x.mat")["people"].dtype.names == ("age", "name")


def test_damaged_files_are_one_clear_error(tmp_path):
    """Cut and overwritten at many places; scipy fails in many ways, the reader in one."""
    whole = tmp_path / "whole.mat"
    save(whole, {"people": struct({"age": 3, "name": "x" * 500}), "table": np.arange(200.0)})
    content = whole.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.integers(0, len(content), 40):
        damaged = tmp_path / "damaged.mat"
        damaged.write_bytes(content[:place])
        for noise in (b"", bytes(rng.integers(0, 256, 40, dtype=np.uint8))):
            damaged.write_bytes(content[:place] + noise)
            try:
                load_mat(damaged, ["people", "table"])
            except TaskSetError as error:
                refused += 1
                assert "damaged.mat" in str(error)
    assert refused > 60


def test_missing_file_and_missing_variable(tmp_path):
    with pytest.raises(TaskSetError, match="There is no file"):
        load_mat(tmp_path / "none.mat", ["x"])
    savemat(tmp_path / "one.mat", {"y": 1})
    with pytest.raises(TaskSetError, match=r"has no variable x, z; it has y\."):
        load_mat(tmp_path / "one.mat", ["x", "y", "z"])


def test_version_73_says_how_to_save_it(tmp_path):
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    (tmp_path / "new.mat").write_bytes(head + bytes(600))
    with pytest.raises(TaskSetError, match="save -v7"):
        load_mat(tmp_path / "new.mat", ["x"])
