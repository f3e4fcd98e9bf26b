import pytest

from gradsplit import load_taskset
from gradsplit.errors import TaskSetError


@pytest.mark.parametrize("value", ["[" * 100_000, "nan = 1", "\\udcff", "9" * 5000])
def test_what_is_no_toml_is_said(tmp_path, value):
    path = tmp_path / "set.toml"
    path.write_bytes(f'taskset = "planted"\nx = {value}'.encode(errors="replace"))
    with pytest.raises(TaskSetError, match="is no TOML file"):
        load_taskset(str(path))
