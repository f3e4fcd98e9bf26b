"""Starting a trunk from trained weights, as one starts from a pretrained network."""

from functools import lru_cache
from pathlib import Path

from torch import Tensor, nn

from gradsplit.errors import TaskSetError, all_problems
from relations.digests import digest as digest_of

_TRUNK = "trunk."


def load_trunk(trunk: nn.Module, path: str | Path, fresh: tuple[str, ...] = ()) -> nn.Module:
    """Put trained weights into a trunk, in place.

    Args:
        trunk: Freshly initialised.
        path: `weights.safetensors` of `gradsplit train`; heads in it are left out.
        fresh: Names of modules that keep their fresh weights.

    Returns:
        The trunk.

    Raises:
        TaskSetError: The file does not exist or is of another trunk; all problems at once.
    """
    saved = _saved(Path(path).resolve())
    own = dict(trunk.state_dict())
    wanted = {
        name: value
        for name, value in own.items()
        if not any(name == module or name.startswith(f"{module}.") for module in fresh)
    }
    problems = [f"`{name}` is missing in the file." for name in wanted if name not in saved]
    problems += [
        f"`{name}` is {tuple(saved[name].shape)} in the file and {tuple(value.shape)} here."
        for name, value in wanted.items()
        if name in saved and saved[name].shape != value.shape
    ]
    problems += [
        f"`{name}` is {saved[name].dtype} in the file and {value.dtype} here."
        for name, value in wanted.items()
        if name in saved and saved[name].is_floating_point() != value.is_floating_point()
    ]
    if problems:
        raise TaskSetError(all_problems(f"`{path}` is of another trunk", problems))
    trunk.load_state_dict(own | {name: saved[name] for name in wanted})
    return trunk


def digest(path: str | Path) -> str:
    """A digest of the weights' file, to tell runs apart wherever it lies.

    Raises:
        TaskSetError: There is no such file.
    """
    _check(Path(path))
    return digest_of(Path(path).read_bytes())


@lru_cache(maxsize=4)
def _saved(path: Path) -> dict[str, Tensor]:
    """The trunk's weights in a file; kept, as every run of a process starts from them."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    _check(path)
    try:
        weights = load_file(path)
    except SafetensorError as wrong:
        raise TaskSetError(f"`{path}` cannot be read as weights (safetensors): {wrong}") from wrong
    return {
        name.removeprefix(_TRUNK): value
        for name, value in weights.items()
        if name.startswith(_TRUNK)
    }


def _check(path: Path) -> None:
    if not path.is_file():
        raise TaskSetError(
            f"There are no weights at `{path}`. Train them first: "
            "`gradsplit train TASKSET --out DIR` writes DIR/weights.safetensors."
        )
