"""Methods that combine the tasks' gradients of the trunk into one, through TorchJD."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.combined import Combine, Combined
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork

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
    "excess-mtl": "ExcessMTL",
    "cr-mogm": "CRMOGMWeighting",
    "krum": "Krum",
    "trimmed-mean": "TrimmedMean",
    "random-weighting": "Random",
}
"""Name of a method -> TorchJD's class."""

INSTALL = 'pip install ".[peers]"'
# Options that TorchJD leaves to its user; the value is our choice.
_OPTIONS: dict[str, dict[str, float]] = {
    "cagrad": {"c": 0.5},
    "krum": {"n_byzantine": 0},
    "trimmed-mean": {"trim_number": 1},
}
# Fewer tasks have nobody in the middle.
_LEAST_TASKS = {"krum": 3, "trimmed-mean": 3}
# What stateful aggregators of TorchJD remember from step to step. From its last solution alone
# Nash-MTL states its problem anew, which is the same.
_STATE = {
    "nash-mtl": ("prvs_alpha",),
    "gradvac": ("_phi_t", "_state_key"),
    "excess-mtl": (
        "_weights",
        "_sq_grad_sum",
        "_initial_w",
        "_warmup_w_sum",
        "_n_steps",
        "_state_key",
    ),
    "cr-mogm": ("_lambda",),
}
# These judge every number of the gradient by itself.
_COUNTS_ZEROS = ("trimmed-mean",)


@dataclass(frozen=True)
class Aggregated(Combined):
    """Each task's gradient of the trunk is one row of a matrix; an aggregator makes one of them.

    The heads keep their own gradients. Only the trunk is aggregated, all of it. An aggregator's own
    scale is kept: some return a mean, some a sum. With Adam the scale of the trunk's gradient has
    no effect; with SGD the learning rate has to be chosen for each.
    Source: the papers named in TorchJD's documentation of each aggregator. `cr-mogm` is the running
    mean of MGDA's weights; `krum` takes the one gradient that is nearest to the others, and
    `trimmed-mean` leaves out the largest and the smallest value of every number: both were made
    against liars among many, and need three tasks. Where tasks may not train all of the trunk, as
    with a mask or own last stages, `trimmed-mean` is refused: it would take their zeros for values.
    Cost: T gradients of the trunk in memory, and the aggregator's own time.

    Attributes:
        kind: A key of `AGGREGATORS`.

    Raises:
        GradSplitError: There is no such aggregator, or TorchJD is not installed.
    """

    kind: str
    name: ClassVar[str] = "aggregated"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.kind not in AGGREGATORS:
            raise GradSplitError(
                f"There is no aggregator `{self.kind}`; there are {', '.join(AGGREGATORS)}."
            )
        torchjd("aggregation", self.kind)

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`; draws from torch's generator, which the run has seeded.

        Raises:
            GradSplitError: The run has too few tasks, or some that may not train all of the trunk.
        """
        self._check_zeros(run)
        least = _LEAST_TASKS.get(self.kind, 1)
        if len(run.tasks) < least:
            raise GradSplitError(
                f"`{self.kind}` needs {least} tasks or more, and the run has "
                f"{', '.join(run.tasks)}."
            )
        options: dict[str, Any] = dict(_OPTIONS.get(self.kind, {}))
        if self.kind == "nash-mtl":
            if len(run.tasks) == 1:
                return lambda rows: rows[0]  # TorchJD's cannot state the problem of one task
            options["n_tasks"] = len(run.tasks)
        aggregate = _built(options, self.kind)
        keep_state(run, aggregate, _STATE.get(self.kind, ()))

        def combine(rows: Tensor) -> Tensor:
            with warnings.catch_warnings():
                # A solver's hints to the authors of the aggregator.
                warnings.simplefilter("ignore", UserWarning)
                return aggregate(rows)

        return combine

    def _check_zeros(self, run: Training) -> None:
        *_, below = self.parts()
        shares_all = isinstance(below, PlainSum) and type(run.network) is MultiTaskNetwork
        if self.kind in _COUNTS_ZEROS and not shares_all:
            raise GradSplitError(
                f"`{self.kind}` leaves out the largest and the smallest value of every number of "
                "the gradient, and would take the zero of a task that may not train a number for "
                f"its value: it does not go on top of `{below.settings()['method']}`. Use a "
                "balancing that weighs whole gradients, such as db-mtl."
            )

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        own = super().settings() | {"method": self.kind, "options": _OPTIONS.get(self.kind, {})}
        del own["kind"]
        return own


def keep_state(run: Training, aggregate: "Aggregator", names: Sequence[str]) -> None:
    """Have what an aggregator remembers in a run's checkpoints.

    Args:
        run: The run.
        aggregate: The aggregator.
        names: Attributes of its weighting.
    """
    for part in aggregate.modules():
        if names and hasattr(part, names[0]):
            run.keep(part, *names)


def torchjd(part: str, kind: str) -> Any:
    """A part of TorchJD, such as its aggregators.

    Args:
        part: Its module's name.
        kind: The method that needs it, for the error.

    Raises:
        GradSplitError: It is not installed.
    """
    try:
        return import_module(f"torchjd.{part}")
    except ImportError as missing:
        raise GradSplitError(
            f"The method `{kind}` comes with TorchJD, which is not installed: {INSTALL}."
        ) from missing


def _built(options: dict[str, Any], name: str) -> "Aggregator":
    """An aggregator; some need packages that TorchJD does not install by itself."""
    library = torchjd("aggregation", name)
    try:
        if name == "cr-mogm":
            smoothed = library.CRMOGMWeighting(library.MGDAWeighting())
            return library.GramianWeightedAggregator(smoothed)
        return getattr(library, AGGREGATORS[name])(**options)
    except ImportError as missing:
        raise GradSplitError(
            f"The method `{name}` needs a package that is not installed ({missing}): {INSTALL}."
        ) from missing


for _kind in AGGREGATORS:
    register_method(
        _kind,
        f"{AGGREGATORS[_kind]}, through TorchJD",
        group="balanced without a search",
        cost=Cost(memory="T gradients of the trunk"),
    )(partial(Aggregated, _kind))
