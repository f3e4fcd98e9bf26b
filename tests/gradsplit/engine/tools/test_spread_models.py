"""Models over two processes give the gradients of one on the joint batch, or are refused."""

import pytest
import torch.distributed as dist

from tests.gradsplit.engine.tools.two_processes import assert_passed, outcomes

if not dist.is_available():
    pytest.skip("torch was built without distributed", allow_module_level=True)

from tests.gradsplit.engine.tools import parallel_checks, spread_checks

pytestmark = pytest.mark.long

CHECKS = [*parallel_checks.CHECKS, *spread_checks.CHECKS]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return outcomes([parallel_checks, spread_checks], tmp_path_factory.mktemp("parallel"))


@pytest.mark.parametrize("name", CHECKS)
def test_two_processes(ran, name):
    assert_passed(ran, name)
