"""Methods that combine the tasks' gradients of the trunk into one, through TorchJD."""

import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.combined import Combine, Combined
from gradsplit.training.methods.registry import Cost, register_method

if TYPE_CHECKING:
    from torchjd.aggregation import Aggregator

AGGREGATORS = {
    "pcgrad": "PCGrad",
    "cagrad": "CAGrad",
    "mgda": "MGDA",
    "nash-mtl": "NashMTL",
    "imtl-g": "IMTLG",
    "upgrad": "UPGrad",
    "aligned-mtl": "AlignedMTL",
    "graddrop": "GradDrop",
    "gradvac": "GradVac",
    "config": "ConFIG",
    "dualproj": "DualProj",
    "random-weighting": "Random",
}
"""Name of a method -> TorchJD's class."""

_INSTALL = 'pip install "gradsplit[peers]"'
# Options that TorchJD leaves to its user; the value is our choice.
_OPTIONS: dict[str, dict[str, float]] = {"cagrad": {"c": 0.5}}


@dataclass(frozen=True)
class Aggregated(Combined):
    """Each task's gradient of the trunk is one row of a matrix; an aggregator makes one of them.

    The heads keep their own gradients. Only the trunk is aggregated, all of it. An aggregator's own
    scale is kept: some return a mean, some a sum. With Adam the scale of the trunk's gradient has
    no effect; with SGD the learning rate has to be chosen for each.
    Source: the papers named in TorchJD's documentation of each aggregator.
    Cost: T gradients of the trunk in memory, and the aggregator's own time.

    Attributes:
        kind: A key of `AGGREGATORS`.

    Raises:
        GradSplitError: There is no such aggregator, or TorchJD is not installed.
    """

    kind: str
    name: ClassVar[str] = "aggregated"

    def __post_init__(self) -> None:
        if self.kind not in AGGREGATORS:
            raise GradSplitError(
                f"There is no aggregator `{self.kind}`; there are {', '.join(AGGREGATORS)}."
            )
        _library(self.kind)

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`; draws from torch's generator, which the run has seeded."""
        options: dict[str, Any] = dict(_OPTIONS.get(self.kind, {}))
        if self.kind == "nash-mtl":
            options["n_tasks"] = len(run.tasks)
        aggregate = _built(getattr(_library(self.kind), AGGREGATORS[self.kind]), options, self.kind)

        def combine(rows: Tensor) -> Tensor:
            with warnings.catch_warnings():
                # A solver's hints to the authors of the aggregator.
                warnings.simplefilter("ignore", UserWarning)
                return aggregate(rows)

        return combine

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        own = super().settings() | {"method": self.kind, "options": _OPTIONS.get(self.kind, {})}
        del own["kind"]
        return own


def _library(kind: str) -> Any:
    try:
        import torchjd.aggregation
    except ImportError as missing:
        raise GradSplitError(
            f"The method `{kind}` comes with TorchJD, which is not installed: {_INSTALL}."
        ) from missing
    return torchjd.aggregation


def _built(kind: "type[Aggregator]", options: dict[str, Any], name: str) -> "Aggregator":
    """An aggregator; some need packages that TorchJD does not install by itself."""
    try:
        return kind(**options)
    except ImportError as missing:
        raise GradSplitError(
            f"The method `{name}` needs a package that is not installed ({missing}): {_INSTALL}."
        ) from missing


for _kind in AGGREGATORS:
    register_method(
        _kind,
        f"{AGGREGATORS[_kind]}, through TorchJD",
        group="balanced without a search",
        cost=Cost(memory="T gradients of the trunk"),
    )(partial(Aggregated, _kind))
