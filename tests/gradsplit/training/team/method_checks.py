"""Every method over two processes: as one process trains it, or refused."""

from functools import partial

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.wanted import build, read_methods
from tests.gradsplit.engine.tools.two_processes import Checks
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.test_every_method import EVERY
from tests.gradsplit.training.methods.toy_gradients import TASKS
from tests.gradsplit.training.team.team_checks import ODD, assert_as_one, team

CHECKS = Checks()
# With what has a say in few steps already, and two of two phases.
SOONER = ["dwa:block=2", "stch:warmup=0.5", "db-mtl:sigma=0", "gnr"]
PHASED = ["cross-stitch:alone=0.5", "nddr:alone=0.25"]
METHODS = [*EVERY, *map(build, read_methods([*SOONER, *PHASED]))]
REFUSED = {
    *("kd-mtl", "dr-mgf", "meta-gf", "gradnorm", "cosmos", "pbi"),
    *("guided-last-stage", "sparse-deltas", "scheduled"),
}

for method in METHODS:
    said = method.settings()
    if said["method"] not in REFUSED:
        CHECKS[f"{said}"] = partial(assert_as_one, Toy().with_recipe(**ODD), method)


@CHECKS.named("refused")
def refused() -> None:
    found = {one.settings()["method"]: one for one in METHODS}
    for name in REFUSED:
        with pytest.raises(GradSplitError, match=f"`{name}` cannot be trained by several"):
            fit(Toy(), TASKS, 0, method=found[name], team=team())
