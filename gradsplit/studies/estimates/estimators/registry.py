"""The estimators by name. Names only: listing them imports no torch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from gradsplit.studies.estimates.estimators.estimator import Estimator

JointRunName = Literal["lookahead", "gradients", "proximal", "linear"]

_HOMES = {
    "lookahead": "gradsplit.studies.estimates.estimators.lookahead:Lookahead",
    "gradients": "gradsplit.studies.estimates.estimators.gradients:Gradients",
    "proximal": "gradsplit.studies.estimates.estimators.proximal:Proximal",
    "linear": "gradsplit.studies.estimates.estimators.linear:Linear",
}


def make_estimator(name: str, **options: Any) -> "Estimator":
    """An estimator that measures in one joint run.

    Args:
        name: "lookahead", "gradients", "proximal" or "linear".
        options: Its own options, e.g. `every=20`.

    Raises:
        GradSplitError: There is none of that name, or it does not take an option.
    """
    if name not in _HOMES:
        raise GradSplitError(f"There is no estimator {name!r}; there are {', '.join(_HOMES)}.")
    module, _, kind = _HOMES[name].partition(":")
    try:
        return getattr(import_module(module), kind)(**options)
    except TypeError as wrong:
        raise GradSplitError(f"The estimator {name!r} does not take this: {wrong}") from wrong
