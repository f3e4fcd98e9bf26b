import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.trained_trunk import load_trunk


@pytest.mark.parametrize("kind", [torch.complex64, torch.int64, torch.bool])
def test_weights_of_another_kind_are_refused(tmp_path, kind):
    path = tmp_path / "weights.safetensors"
    save_file({"trunk.weight": torch.ones(2, 2).to(kind), "trunk.bias": torch.ones(2)}, path)
    with pytest.raises(TaskSetError, match=f"`weight` is {kind} in the file and torch.float32"):
        load_trunk(nn.Linear(2, 2), path)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x02" + b"\x00" * 7 + b"[]", b"{" * 90])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(TaskSetError, match="cannot be read as weights"):
        load_trunk(nn.Linear(2, 2), path)
