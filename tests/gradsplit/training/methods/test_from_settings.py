import json

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.from_settings import method_of
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from relations import GradientMask

MASK = GradientMask(["sum", "error"], [[True, False], [True, True]])
OPTIONS = {
    "weights": "weights:sum=0.5",
    "dropgrad": "dropgrad:rate=0.5",
    "pcd": "pcd:primary=sum",
    "hydalearn": "hydalearn:main=sum",
    "quiet-source": "quiet-source:source=sum,target=error",
    "last-stage": "last-stage:balance=db-mtl",
    "gradsplit": "gradsplit:modules=last,balance=gradnorm",
}


@pytest.mark.parametrize("name", [name for name in registered() if name != "tuned-weights"])
def test_every_method_is_made_again_from_what_a_ledger_holds_of_it(name):
    made = build(read_methods((OPTIONS.get(name, name),))[0], lambda *_: MASK)
    settings = json.loads(json.dumps(made.settings()))
    assert method_of(settings).settings() == made.settings()
    assert type(method_of(settings)) is type(made)


def test_nothing_is_multi_head():
    assert method_of(None) == MultiHead()


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "of-somebody"},
        {"method": "gradnorm", "alpha": 1.5, "later": 1},
        {"method": "dropgrad", "rate": "half"},
        {},
        "multi-head",
    ],
)
def test_what_no_method_has_is_refused(settings):
    with pytest.raises(GradSplitError, match="Give it as `method=`"):
        method_of(settings)
