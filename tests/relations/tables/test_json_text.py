import pytest

from relations import load_relations
from relations.errors import TableError
from relations.tables.json_text import read_json


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "", "{", "[1,]"])
def test_what_cannot_be_read_is_one_kind_of_error(text):
    with pytest.raises(ValueError):
        read_json(text)


def test_a_task_that_is_there_twice_is_not_lost(tmp_path):
    path = tmp_path / "relations.json"
    path.write_text('{"pose": {"reid": -0.02}, "reid": {"pose": 0.1}, "pose": {"reid": 0.3}}')
    with pytest.raises(TableError, match='"pose" is there more than once'):
        load_relations(path, rows="source")
