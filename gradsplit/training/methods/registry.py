"""Methods by the names they have in tables and on the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError, all_problems
from gradsplit.training.methods.aggregators import AGGREGATORS

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from relations.mask import GradientMask

METHODS = {
    "multi-head": "one trunk, the sum of the losses",
    "multi-head-bn": "the same with BatchNorm",
    "multi-head-tbn": "the same with a BatchNorm for each task",
    "weights": "multi-head with given loss weights: weights:reid=0.3,pose=2",
    "tuned-weights": "multi-head with the loss weights that a search finds best",
    "gradsplit": "GradSplit with the measured mask",
    "gradsplit-identity": "GradSplit, every loss trains its own group only",
    "gradsplit-transposed": "GradSplit with source and target of the mask exchanged",
    "gradsplit-shuffled": "GradSplit with the mask's false cells elsewhere, drawn for each seed",
    "dropgrad": "a random mask at every step; dropgrad:rate=0.75, or at the mask's rate",
    "last-stage": "a last stage for each task",
    "gradnorm": "loss weights learned from gradient norms",
    **dict.fromkeys(AGGREGATORS, "through TorchJD"),
}
"""Name -> what it is, in the order of a listing."""

MaskSource = Callable[[float | None, str | None], "GradientMask"]
"""(threshold, relation) -> mask; where None, the comparison's own."""

NEED_MASK = frozenset(
    {"gradsplit", "gradsplit-identity", "gradsplit-transposed", "gradsplit-shuffled"}
)
"""Methods that need to know a mask; `dropgrad` does when no rate is given."""

TUNED = "tuned-weights"
"""The method whose options are searched before it is trained."""


@dataclass(frozen=True)
class Wanted:
    """A method as it was asked for.

    Attributes:
        text: As it was written, which is its name in tables: "dropgrad:rate=0.75".
        kind: A key of `METHODS`.
        options: Name -> value as it was written.
    """

    text: str
    kind: str
    options: Mapping[str, str]

    @property
    def needs_mask(self) -> bool:
        """Whether it can only be built when a mask is known."""
        return self.kind in NEED_MASK or (self.kind == "dropgrad" and "rate" not in self.options)

    @property
    def brings_mask(self) -> bool:
        """Whether its options say where its mask comes from."""
        return not {"mask", "relation"}.isdisjoint(self.options)


def read_methods(texts: tuple[str, ...]) -> list[Wanted]:
    """Methods from words such as "gradsplit:modules=layer3+layer4" and "dropgrad:rate=0.75".

    Raises:
        GradSplitError: Unknown methods, or options that are not name=value; all problems at once.

    Example:
        >>> [one.kind for one in read_methods(("multi-head", "dropgrad:rate=0.75"))]
        ['multi-head', 'dropgrad']
    """
    problems: list[str] = []
    wanted = []
    for text in texts:
        kind, _, rest = text.partition(":")
        pairs = [part.partition("=") for part in rest.split(",")] if rest else []
        if kind not in METHODS:
            problems.append(f"there is no method {kind!r}.")
        problems += [
            f"`{text}`: an option is written name=value, got {name!r}."
            for name, equals, _ in pairs
            if not equals
        ]
        wanted.append(Wanted(text, kind, {name: value for name, _, value in pairs}))
    twice = sorted({one.text for one in wanted if texts.count(one.text) > 1})
    problems += [f"`{text}` is given more than once." for text in twice]
    if problems:
        raise GradSplitError(
            all_problems(f"The methods are {', '.join(METHODS)}", problems),
        )
    return wanted


def build(wanted: Wanted, mask_of: MaskSource | None = None) -> "Method":
    """The method that was asked for.

    Args:
        wanted: From `read_methods`.
        mask_of: Gives the measured mask, for methods that need it.

    Raises:
        GradSplitError: An option is unknown or has a wrong value, or the mask is missing.
    """
    if wanted.kind == "weights":
        return _weights(wanted)
    make, known = _makers()[wanted.kind]
    unknown = [name for name in wanted.options if name not in known]
    if unknown:
        raise GradSplitError(
            f"`{wanted.text}`: `{wanted.kind}` takes {', '.join(known) or 'no options'}, not "
            f"{', '.join(unknown)}."
        )
    values = {
        name: _value(wanted, name, text, known[name]) for name, text in wanted.options.items()
    }
    if not wanted.needs_mask:
        _refuse_mask(wanted)
        return make(**values)
    if mask_of is None:
        raise GradSplitError(f"`{wanted.text}` needs a mask, and none is given.")
    if "mask" in values:
        return make(_mask_of_file(wanted, values), **values)
    mask = mask_of(values.pop("threshold", None), values.pop("relation", None))
    return make(mask, **values)


def _refuse_mask(wanted: Wanted) -> None:
    """A rate and a mask would both say how much is dropped."""
    given = {"threshold", "relation", "mask"} & set(wanted.options)
    if given:
        raise GradSplitError(f"`{wanted.text}`: with a rate, leave {', '.join(sorted(given))} out.")


def _mask_of_file(wanted: Wanted, values: dict[str, Any]) -> "GradientMask":
    """The mask of the option `mask`, which is taken out."""
    from relations.mask import GradientMask

    path = values.pop("mask")
    if {"threshold", "relation"} & set(values):
        raise GradSplitError(
            f"`{wanted.text}`: a mask file is taken as it is, so leave threshold and relation out."
        )
    return GradientMask.load(path)


def _makers() -> dict[str, tuple[Callable[..., "Method"], dict[str, Callable[[str], Any]]]]:
    """Kind -> how to make it, and its options with how their text is read."""
    from gradsplit.training.methods.aggregated import Aggregated
    from gradsplit.training.methods.batch_norm import BatchNormTrunk
    from gradsplit.training.methods.gradnorm import GradNorm
    from gradsplit.training.methods.gradsplit import MaskedTraining
    from gradsplit.training.methods.last_stage import LastStage
    from gradsplit.training.methods.multi_head import MultiHead
    from gradsplit.training.methods.shuffled import ShuffledMask, identity, transposed

    modules: dict[str, Callable[[str], Any]] = {"modules": _names}
    masked = {
        "gradsplit": MaskedTraining,
        "gradsplit-identity": lambda mask, **given: MaskedTraining(identity(mask), **given),
        "gradsplit-transposed": lambda mask, **given: MaskedTraining(transposed(mask), **given),
    }
    of_split = {"mode": str, "shares": _by_task, "weights": _by_task}
    of_mask = {"threshold": float, "relation": str, "mask": str, **modules}
    return {
        "multi-head": (MultiHead, {}),
        "multi-head-bn": (BatchNormTrunk, {}),
        "multi-head-tbn": (partial(BatchNormTrunk, by_task=True), {}),
        **{kind: (partial(_weighted, make), of_mask | of_split) for kind, make in masked.items()},
        "gradsplit-shuffled": (ShuffledMask, of_mask),
        "dropgrad": (_dropgrad, {"rate": float, **of_mask}),
        "last-stage": (partial(_weighted, LastStage), {"weights": _by_task, **modules}),
        "gradnorm": (GradNorm, {"alpha": float, "learning_rate": float}),
        **{kind: (partial(Aggregated, kind), {}) for kind in AGGREGATORS},
    }


def _dropgrad(mask: "GradientMask | None" = None, **options: Any) -> "Method":
    """At a rate, or at the share of a mask's cells that are false, the diagonal counted."""
    from gradsplit.training.methods.dropgrad import DropGrad

    if mask is not None:
        options["rate"] = float(1 - mask.may_update.mean())
    return DropGrad(**options)


def _weights(wanted: Wanted) -> "Method":
    from gradsplit.training.methods.loss_weights import LossWeights

    return LossWeights(
        {task: _value(wanted, task, value, float) for task, value in wanted.options.items()}
    )


def _weighted(make: Callable[..., "Method"], *mask: "GradientMask", **options: Any) -> "Method":
    """A method, perhaps with loss weights as well."""
    from gradsplit.training.methods.loss_weights import LossWeights

    weights = options.pop("weights", None)
    method = make(*mask, **options)
    return method if weights is None else LossWeights(dict(weights), of=method)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("+"))


def _by_task(text: str) -> tuple[tuple[str, float], ...]:
    """Read "reid:0.5+pose:0.2"."""
    pairs = [part.rpartition(":") for part in text.split("+")]
    return tuple((task, float(share)) for task, _, share in pairs)


def _value(wanted: Wanted, name: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError:
        raise GradSplitError(f"`{wanted.text}`: `{name}` must be a number, got {text!r}.") from None
