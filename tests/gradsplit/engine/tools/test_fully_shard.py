"""`fully_shard` over two processes gives the gradients of one process on the joint batch."""

import pytest
import torch.distributed as dist

from tests.gradsplit.engine.tools.two_processes import assert_passed, outcomes

if not dist.is_available():
    pytest.skip("torch was built without distributed", allow_module_level=True)
if not hasattr(pytest.importorskip("torch.distributed.fsdp"), "fully_shard"):
    pytest.skip("no fully_shard in this torch", allow_module_level=True)

from tests.gradsplit.engine.tools import sharded_checks, sharded_edges

pytestmark = pytest.mark.long

CHECKS = [*sharded_checks.CHECKS, *sharded_edges.CHECKS]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return outcomes([sharded_checks, sharded_edges], tmp_path_factory.mktemp("sharded"))


@pytest.mark.parametrize("name", CHECKS)
def test_two_processes(ran, name):
    assert_passed(ran, name)
