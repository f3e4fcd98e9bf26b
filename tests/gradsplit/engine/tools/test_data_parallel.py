"""DistributedDataParallel over two processes gives the gradients of one on the joint batch."""

import pytest
import torch.distributed as dist

from tests.gradsplit.engine.tools.two_processes import assert_passed, outcomes

if not dist.is_available():
    pytest.skip("torch was built without distributed", allow_module_level=True)

from tests.gradsplit.engine.tools import parallel_checks


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return outcomes(parallel_checks, tmp_path_factory.mktemp("parallel"))


@pytest.mark.parametrize("name", parallel_checks.CHECKS)
def test_two_processes(ran, name):
    assert_passed(ran, name)
