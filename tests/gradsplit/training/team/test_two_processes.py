"""Two processes come to what one comes to, by every method that says so; all else is refused."""

import pytest
import torch.distributed as dist

from tests.gradsplit.engine.tools.two_processes import assert_passed, outcomes

if not dist.is_available():
    pytest.skip("torch was built without distributed", allow_module_level=True)

from tests.gradsplit.training.team import method_checks, team_checks

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return outcomes([team_checks], tmp_path_factory.mktemp("team"))


@pytest.fixture(scope="module")
def ran_methods(tmp_path_factory):
    return outcomes([method_checks], tmp_path_factory.mktemp("methods"))


@pytest.mark.parametrize("name", team_checks.CHECKS)
def test_two_processes(ran, name):
    assert_passed(ran, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", method_checks.CHECKS)
def test_every_method(ran_methods, name):
    assert_passed(ran_methods, name)
