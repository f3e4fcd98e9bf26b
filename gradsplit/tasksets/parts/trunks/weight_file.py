"""Weights of a library's network from a file on this machine, wherever they were trained."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, all_problems, first_names
from gradsplit.training.network_file import FORMAT, SUFFIX

_INSIDE = ("state_dict", "model", "model_state_dict")
_PREFIXES = ("module.", "backbone.", "model.", "resnet.")
_HEADS = ("fc", "head", "classifier")
_SHOWN = 5


def load_weights(net: nn.Module, path: str | Path) -> None:
    """Put the weights of a file into a library's network, in place; its classifier is left alone.

    Args:
        net: As timm, torchvision or transformers make it.
        path: safetensors, or what `torch.save` wrote of a state dict, by itself or under one of the
            keys `state_dict`, `model` and `model_state_dict`; nothing in it is run. A prefix of all
            names, such as `module.`, is taken off.

    Raises:
        GradSplitError: There is no such file, it is none of weights, or of another network; all
            problems at once.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> made, net = nn.Sequential(nn.Linear(2, 1)), nn.Sequential(nn.Linear(2, 1))
        >>> with TemporaryDirectory() as folder:
        ...     torch.save({"state_dict": made.state_dict()}, Path(folder, "made.pth"))
        ...     load_weights(net, Path(folder, "made.pth"))
        >>> bool((net[0].weight == made[0].weight).all())
        True
    """
    own = net.state_dict()
    given = _without_prefix(_read(Path(path)), own)
    wanted = {name for name in own if not _is_of_head(name)}
    missing = sorted(name for name in wanted - given.keys() if not name.endswith("_tracked"))
    strange = sorted(name for name in given.keys() - own.keys() if not _is_of_head(name))
    problems = [
        f"`{name}` is {tuple(given[name].shape)} in the file and {tuple(own[name].shape)} here."
        for name in sorted(wanted & given.keys())
        if given[name].shape != own[name].shape
    ]
    for names, side, other in ((missing, "network", "file"), (strange, "file", "network")):
        if names:
            some = first_names(names, _SHOWN, quoted=True)
            problems.append(f"{some} of the {side}: not in the {other}.")
    if problems:
        _refuse_own(Path(path))
        raise GradSplitError(
            all_problems(f"`{path}` is of another network than {type(net).__name__}", problems)
        )
    net.load_state_dict(own | {name: given[name] for name in wanted & given.keys()})


def _read(path: Path) -> dict[str, Tensor]:
    """Name -> weight of a file.

    Raises:
        GradSplitError: It cannot be read as weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise GradSplitError(
            f"There are no weights at `{path}`: give a file of a state dict, .safetensors or .pth."
        )
    try:
        if path.suffix == SUFFIX:
            return load_file(path)
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except KeyError as wrong:  # a byte that pickle does not know, of which it says the number
        raise _unreadable(path, "it is another kind of file") from wrong
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError) as wrong:
        raise _unreadable(path, str(wrong).partition("\n")[0]) from wrong
    except pickle.UnpicklingError as wrong:
        why = "it holds more than tensors, which is not run; keep its state dict alone"
        raise _unreadable(path, why) from wrong
    while isinstance(found, Mapping) and (inside := [key for key in _INSIDE if key in found]):
        found = found[inside[0]]
    if not isinstance(found, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in found.items()
    ):
        raise _unreadable(path, "it holds no state dict")
    return dict(found)


def _refuse_own(path: Path) -> None:
    """Refuse a network that was trained here: its parts and norms are not the library's any more.

    Raises:
        GradSplitError: It is one.
    """
    from safetensors import safe_open

    if path.suffix != SUFFIX:
        return
    with safe_open(path, "pt") as file:
        said = file.metadata() or {}
    if FORMAT in said:
        raise GradSplitError(
            f"`{path}` is a whole network that gradsplit trained: `gradsplit score` and "
            "`load_network` take it. Weights to begin with are those of a library's network."
        )


def _unreadable(path: Path, why: str) -> GradSplitError:
    return GradSplitError(
        f"`{path}` cannot be read as weights ({why}). Expected safetensors, or a state dict "
        "written by torch.save."
    )


def _without_prefix(given: dict[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names without what stands before all of them."""
    while not given.keys() & own.keys():
        prefix = next((one for one in _PREFIXES if all(n.startswith(one) for n in given)), None)
        if prefix is None or not given:
            return given
        given = {name.removeprefix(prefix): value for name, value in given.items()}
    return given


def _is_of_head(name: str) -> bool:
    return name.partition(".")[0] in _HEADS
