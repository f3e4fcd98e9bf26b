"""Who is no team, and which device each process takes."""

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.launched import Place
from gradsplit.training.team.joined import joined, own_device

SECOND = Place(rank=5, count=8, here=1, count_here=4)


def test_without_torchrun_there_is_no_team():
    with joined("cpu") as team:
        assert team is None


def test_each_process_takes_a_gpu_of_its_own():
    assert own_device(SECOND, "cuda") == "cuda:1"
    assert own_device(SECOND, "cpu") == "cpu"


@pytest.mark.parametrize("device", ["cuda:0", "mps"])
def test_one_device_for_all_is_refused(device):
    with pytest.raises(GradSplitError, match="must be cpu or cuda where torchrun starts 8"):
        own_device(SECOND, device)
