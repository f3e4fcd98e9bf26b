"""All of a training that changes from step to step: taken, and put back."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from gradsplit.training.batches import leaves, next_batch
from gradsplit.training.loss_history import LossHistory
from relations.digests import digest

_OF_NUMPY = "array of numpy"


class Going(Protocol):
    """A training, as far as it matters here; see `gradsplit.training.loop.Training`."""

    done: int
    optimizer: torch.optim.Optimizer
    history: dict[str, LossHistory]
    sources: dict[str, Iterator[Any]]
    drawn: dict[str, Any]
    device: torch.device

    @property
    def network(self) -> nn.Module:
        """What is trained."""
        ...

    @property
    def trained_parameters(self) -> Sequence[Tensor]:
        """All that the optimizer moves."""
        ...


class Kept:
    """Attributes of something that a method or an observer changes in every step.

    Args:
        of: Whose.
        names: Which attributes: tensors, numbers, texts, None, lists and mappings of these, torch's
            random generators, or what has `state_dict` and `load_state_dict`.
    """

    def __init__(self, of: object, names: tuple[str, ...]) -> None:
        self._of, self._names = of, names

    def taken(self) -> dict[str, Any]:
        """The present values."""
        return {name: _taken(getattr(self._of, name)) for name in self._names}

    def put_back(self, values: Mapping[str, Any]) -> None:
        """Earlier values in place of the present ones."""
        for name in self._names:
            put = _put_back(getattr(self._of, name), values[name])
            setattr(self._of, name, put)


def taken(run: Going, kept: list[Kept]) -> dict[str, Any]:
    """What a run needs to go on, of tensors and plain values alone."""
    return {
        "done": run.done,
        "network": run.network.state_dict(),
        "buffers": unsaved_buffers(run.network),
        "optimizer": run.optimizer.state_dict(),
        "besides": [one.detach() for one in _besides(run)],
        "history": {task: seen.all() for task, seen in run.history.items() if seen},
        "batches": {task: batch_digest(batch) for task, batch in run.drawn.items()},
        "data": {task: _state_of(source) for task, source in run.sources.items()},
        "kept": [one.taken() for one in kept],
        "draws": draws(run.device),
    }


def put_back(run: Going, kept: list[Kept], content: Mapping[str, Any]) -> bool:
    """Go on from what was taken, if the task set gives the same data again.

    Returns:
        False where it does not; then nothing of the run was changed but its sources of data.
    """
    before = draws(run.device)
    for task, source in run.sources.items():
        if not _skipped(source, task, content):
            set_draws(before, run.device)
            return False
    run.network.load_state_dict(content["network"])
    put_back_buffers(run.network, content["buffers"])
    run.optimizer.load_state_dict(content["optimizer"])
    with torch.no_grad():
        for one, value in zip(_besides(run), content["besides"], strict=True):
            one.copy_(value)
    for task, seen in content["history"].items():
        run.history[task].extend(seen.to(run.device))
    for one, values in zip(kept, content["kept"], strict=True):
        one.put_back(values)
    run.done = content["done"]
    set_draws(content["draws"], run.device)
    return True


def batch_digest(batch: Any) -> str:
    """A digest of a batch's numbers."""
    parts: list[bytes] = []
    for value in leaves(batch):
        if isinstance(value, Tensor):
            held = value.detach().cpu().contiguous()
            parts.append(held.reshape(-1).view(torch.uint8).numpy().tobytes())
        else:
            parts.append(repr(value).encode())
    return digest(*parts)


def _besides(run: Going) -> list[Tensor]:
    """What the optimizer moves besides the network."""
    own = {id(one) for one in run.network.parameters()}
    return [one for one in run.trained_parameters if id(one) not in own]


def unsaved_buffers(network: nn.Module) -> dict[str, Tensor]:
    """The buffers that are not in a network's state, such as statistics of a layer of one's own."""
    saved = network.state_dict().keys()
    return {name: one for name, one in network.named_buffers() if name not in saved}


def put_back_buffers(
    network: nn.Module, buffers: Mapping[str, Tensor], *, persistent: bool = False
) -> None:
    """Put buffers into a network that are not in its state; in it from now on if `persistent`."""
    for name, value in buffers.items():
        owner, _, own_name = name.rpartition(".")  # a forward may have made it, or given it a shape
        network.get_submodule(owner).register_buffer(own_name, value, persistent=persistent)


def _state_of(source: Any) -> Any:
    return source.state_dict() if hasattr(source, "state_dict") else None


def _skipped(source: Any, task: str, content: Mapping[str, Any]) -> bool:
    """Bring a source to where it was; whether its data are the same as far as can be seen."""
    seen = len(content["history"].get(task, ()))
    state = content["data"].get(task)
    if state is not None and hasattr(source, "load_state_dict"):
        source.load_state_dict(state)
        return True
    if seen and hasattr(source, "skip"):
        source.skip(seen - 1)
        seen = 1
    batch = None
    for _ in range(seen):
        batch = next_batch(source, task)
    return batch is None or batch_digest(batch) == content["batches"][task]


def _taken(value: Any) -> Any:
    """A value as a file has it, of tensors and plain values alone."""
    if isinstance(value, torch.Generator):
        return value.get_state()
    if hasattr(value, "state_dict"):
        return value.state_dict()
    if isinstance(value, Mapping):
        return {key: _taken(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_taken(item) for item in value)
    if isinstance(value, np.ndarray):
        return {_OF_NUMPY: torch.from_numpy(value.copy())}
    if isinstance(value, np.number):
        return value.item()
    if isinstance(value, Tensor):
        return value.detach().clone()
    if value is None or isinstance(value, bool | int | float | str | torch.dtype | torch.device):
        return value
    raise TypeError(f"A {type(value).__name__} cannot be kept in a checkpoint.")


def _put_back(present: Any, value: Any) -> Any:
    """What takes the place of a present value: itself, changed, where others hold it as well."""
    if isinstance(present, torch.Generator):
        present.set_state(value)
        return present
    if hasattr(present, "load_state_dict"):
        present.load_state_dict(value)
        return present
    if isinstance(present, Tensor) and present.requires_grad:
        with torch.no_grad():
            return present.copy_(value).requires_grad_()
    return _read(value)


def _read(value: Any) -> Any:
    """A value as it was before `_taken`."""
    if isinstance(value, Mapping):
        if _OF_NUMPY in value:
            return value[_OF_NUMPY].numpy()
        return {key: _read(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_read(item) for item in value)
    return value


def draws(device: torch.device) -> dict[str, Any]:
    """The states of all global random generators that a run on a device draws from."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - the user's
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return {
        "torch": torch.random.get_rng_state(),
        "cuda": cuda,
        "python": random.getstate(),
        "numpy": [kind, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest],
    }


def set_draws(states: Mapping[str, Any], device: torch.device) -> None:
    """Put earlier states, as `draws` gives them, in place of the present ones."""
    torch.random.set_rng_state(states["torch"])
    if states["cuda"] is not None:
        torch.cuda.set_rng_state(states["cuda"], device)
    random.setstate(states["python"])
    kind, keys, *rest = states["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
