"""Whether stages one after the other are the trunk they come from."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.own_parts.stages.traced import OneInput, target_of


def checked(
    trunk: nn.Module, stages: Sequence[nn.Module], names: Sequence[str], inputs: Tensor
) -> list[Any]:
    """What each stage gives for the inputs, once it is known that they are the trunk.

    Args:
        trunk: What they come from.
        stages: One for each name, and what follows the last.
        names: The module that ends each.
        inputs: A few inputs; copies in evaluation mode are run on them.

    Raises:
        GradSplitError: They are not; it names the first module whose output differs.
    """
    theirs = copy.deepcopy(OneInput(trunk)).eval()
    expected = _listening({name: theirs.get_submodule(target_of(name)) for name in names})
    expected[_END] = _values([theirs], inputs)[-1]
    ours = copy.deepcopy(nn.ModuleList(stages)).eval()
    ends = zip(names, ours, strict=False)
    got = _listening({name: stage.get_submodule(target_of(name)) for name, stage in ends})
    features = _values(ours, inputs)
    got[_END] = features[-1]
    for name, value in expected.items():
        try:
            torch.testing.assert_close(got[name], value, rtol=1e-5, atol=1e-5, equal_nan=True)
        except AssertionError as differs:
            raise GradSplitError(
                f"The stages one after the other are not the trunk: {name} gives something else "
                f"({str(differs).splitlines()[0]}) Are there random numbers or a memory in it?"
            ) from None
    return features


_END = "what follows the last stage"


def _listening(modules: Mapping[str, nn.Module]) -> dict[str, Any]:
    """Filled with the outputs of the modules when they are called."""
    heard: dict[str, Any] = {}

    def listen(name: str) -> Callable[..., None]:
        return lambda *call: heard.update({name: call[-1]})

    for name, module in modules.items():
        module.register_forward_hook(listen(name))
    return heard


def _values(stages: Iterable[nn.Module], inputs: Any) -> list[Any]:
    """What each stage makes of what the one before it gives."""
    values = []
    with torch.no_grad():
        for stage in stages:
            before = inputs
            version = _version(before)
            inputs = stage(before)
            if _version(before) != version:
                raise GradSplitError(
                    "A stage changes its input in place, which something else may need. Make its "
                    f"first layer work on a new tensor (inplace=False): {stage}"
                )
            values.append(inputs)
    return values


def _version(features: Any) -> int:
    """How often a tensor was changed in place."""
    return features._version if isinstance(features, Tensor) else 0
