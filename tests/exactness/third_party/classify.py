"""What becomes of a network in every regime: exact, or refused for a reason in a few words."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from gradsplit import GradSplit, check_exact, to_group_norm
from gradsplit.errors import GradSplitError, UnsupportedLayerError
from tests.exactness.exact_case import losses, masks, task_ids
from tests.exactness.third_party.network import SAMPLES, Network

EXACT = "exact"
WRONG = "wrong"
REFUSED = "refused: "
NOT_COMPARED = "not compared"
BATCH_STATISTICS = "statistics of the batch"

Batch = dict[str, Tensor]
Outcome = dict[str, str]
"""Regime -> exact, wrong, or refused with its reason."""

LOSSES = losses(3)
MASK = masks(3)["random"]
IDS = task_ids(SAMPLES, 3)

# What a refusal says, and that in a few words.
_REASONS = {
    r"statistics of the batch|batch statistics": BATCH_STATISTICS,
    r"reference of mode='feature'": NOT_COMPARED,
    r"(\w+) computes with the split parameter .* and a parameter":
        r"`\1` of a split and a shared parameter",
    r"(\w+) uses the split parameters?": r"`\1` of split parameters",
    r"meets a tensor of shape .* in [\w.]*?(\w+): expected":
        r"samples are not in the first dimension of `\1`",
    r"in a matrix product": "a parameter is the first factor of a matrix product",
    r"output channels of (\w+), which uses|meets .* in (\w+): mode='feature'":
        "a weight is computed before its layer",
    r"do not lie along the output channels of [\w.]*?(\w+);":
        r"owners do not lie along the output channels of `\1`",
    r"elements of its own along the samples in (\w+)": r"`\1` has elements along the samples",
    r"are broadcast to \d+ dimensions": "samples are broadcast by a parameter",
    r"beside the samples as if it were one": "a parameter is put beside the samples",
    r"(\w+) works in place on what is made": r"`\1` in place on split parameters",
    r"does more than normalise": "a BatchNorm that does more than normalise",
    r"no rule": "no rule",
}  # fmt: skip


def classified(network: Network) -> dict[str, Outcome]:
    """The outcome of each regime, for the last part split and for the whole network."""
    return {part: _of_part(network, modules) for part, modules in network.parts().items()}


def _of_part(network: Network, modules: Sequence[str]) -> Outcome:
    model, batch = network.built()
    options: dict[str, Any] = {}
    outcome: Outcome = {}
    try:
        GradSplit(model, MASK, modules).remove()
    except UnsupportedLayerError:
        options = {"unsupported": "share"}
        split = GradSplit(model, MASK, modules, **options)
        outcome["left to all tasks"] = ", ".join(sorted(set(_kinds(model, split.shared))))
        split.remove()
    outcome["task and backward"] = _tried(lambda: _check(model, batch, modules, **options))
    outcome["samples"] = _samples(model, batch, modules, **options)
    if outcome["samples"] == REFUSED + BATCH_STATISTICS:
        outcome["samples with GroupNorm"] = _with_group_norm(network, modules, **options)
    outcome["feature"] = _feature(model, batch, modules, **options)
    return outcome


def _kinds(model: nn.Module, names: Sequence[str]) -> list[str]:
    """Parameters without a rule, by the type of their layer."""
    parts = [name.rpartition(".") for name in names]
    return [f"{type(model.get_submodule(layer)).__name__}.{key}" for layer, _, key in parts]


def _check(model: nn.Module, batch: Batch, modules: Sequence[str], **options: Any) -> None:
    check_exact(model, MASK, batch, LOSSES, modules, **options)


def _samples(model: nn.Module, batch: Batch, modules: Sequence[str], **options: Any) -> str:
    outcome = _tried(lambda: _check(model, batch, modules, task_ids=IDS, **options))
    if outcome != WRONG:
        return outcome
    # The check leaves out the audit, which users have: does it see what went wrong?
    audited = _tried(lambda: _audited(model, batch, modules, **options))
    return WRONG if audited == EXACT else audited


def _audited(model: nn.Module, batch: Batch, modules: Sequence[str], **options: Any) -> None:
    split = GradSplit(model, MASK, modules, **options)
    try:
        with split.samples(IDS, audit=True):
            output = model(**batch)
        LOSSES["t0"](output).backward()
    finally:
        split.remove()
        model.zero_grad()


def _with_group_norm(network: Network, modules: Sequence[str], **options: Any) -> str:
    model, batch = network.built()
    converted = _tried(lambda: to_group_norm(model, 2))
    return _samples(model, batch, modules, **options) if converted == EXACT else converted


def _feature(model: nn.Module, batch: Batch, modules: Sequence[str], **options: Any) -> str:
    """Refused by the engine, or compared with hooks on modules where these know the layers."""

    def alone() -> None:
        split = GradSplit(model, MASK, modules, mode="feature", **options)
        try:
            output = model(**batch)
            split.backward({task: loss(output) for task, loss in LOSSES.items()})
        finally:
            split.remove()
            model.zero_grad()

    outcome = _tried(alone)
    if outcome == EXACT:
        outcome = _tried(lambda: _check(model, batch, modules, mode="feature", **options))
    return NOT_COMPARED if outcome == REFUSED + NOT_COMPARED else outcome


def _tried(work: Callable[[], Any]) -> str:
    try:
        work()
    except GradSplitError as error:
        return WRONG if "is off by more than" in str(error) else REFUSED + _reason(str(error))
    return EXACT


def _reason(text: str) -> str:
    """The reason of a refusal; an unknown one word for word."""
    for pattern, words in _REASONS.items():
        if found := re.search(pattern, text):
            return found.expand(words)
    return text.partition("\n")[0]
