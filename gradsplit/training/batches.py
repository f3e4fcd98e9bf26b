"""Batches: endless ones from tensors in memory, and moving them to a device."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gradsplit.errors import TaskSetError
from gradsplit.training.seeding import generator


def endless_batches(
    inputs: Tensor, target: Any, batch_size: int, seed: int, task: str
) -> Iterator[tuple[Tensor, Any]]:
    """Endless batches of samples that lie in memory: a new random order for every pass.

    The order depends on the seed and the task alone, so a task sees the same batches whoever it is
    trained with. A pass's last, smaller batch is filled from the next pass; all batches have
    `batch_size` samples.

    Args:
        inputs: [N, ...].
        target: A tensor [N, ...], or a tuple or dict of such tensors.
        batch_size: Samples in a batch; may exceed N.
        seed: The run's seed.
        task: The task's name.

    Yields:
        Inputs [batch_size, ...] and the target of the same samples.

    Raises:
        TaskSetError: There are no samples.

    Example:
        >>> batches = endless_batches(torch.arange(3), torch.arange(3) * 10, 2, seed=0, task="a")
        >>> sorted(torch.cat([next(batches)[0] for _ in range(3)]).tolist())
        [0, 0, 1, 1, 2, 2]
    """
    count = len(inputs)
    if not count:
        raise TaskSetError(f"Task `{task}` has no training samples.")
    stream = generator(seed, "data", task)
    left = torch.empty(0, dtype=torch.long)
    while True:
        while len(left) < batch_size:
            left = torch.cat([left, torch.randperm(count, generator=stream)])
        chosen, left = left[:batch_size], left[batch_size:]
        chosen = chosen.to(inputs.device)
        yield inputs[chosen], select(target, chosen)


def next_batch(source: Iterator[tuple[Tensor, Any]], task: str) -> tuple[Tensor, Any]:
    """The next batch of a task.

    Raises:
        TaskSetError: There is none: a task set's batches must be endless.
    """
    try:
        return next(source)
    except StopIteration:
        raise TaskSetError(
            f"`batches` must be endless, but ended for task `{task}`. Start over in the data when "
            "it is used up, as `gradsplit.training.batches.endless_batches` does."
        ) from None


def end(sources: Iterable[Iterator[tuple[Tensor, Any]]]) -> None:
    """Close what makes batches, where it can be, and with it the processes that load for it.

    Left to the garbage collector, processes would sit idle until it comes by.
    """
    for source in sources:
        getattr(source, "close", _nothing)()


def _nothing() -> None:
    """There is nothing to close."""


def stack(values: Sequence[Any]) -> Any:
    """Structures of tensors, all alike, as one with a new first axis.

    Example:
        >>> stack([(torch.tensor(1), {"a": torch.tensor(2)})] * 2)
        (tensor([1, 1]), {'a': tensor([2, 2])})
    """
    first = values[0]
    if isinstance(first, Mapping):
        return {key: stack([value[key] for value in values]) for key in first}
    if isinstance(first, list | tuple):
        return tuple(stack(parts) for parts in zip(*values, strict=True))
    # Contiguous whatever the memory format of the parts: vmap knows no other.
    return torch.stack(list(values)).contiguous()


def select(target: Any, chosen: Tensor) -> Any:
    """The samples `chosen` of a target: a tensor, or a tuple, list or dict of tensors.

    Example:
        >>> select({"mask": torch.arange(4)}, torch.tensor([2]))
        {'mask': tensor([2])}
    """
    if isinstance(target, Mapping):
        return {key: select(item, chosen) for key, item in target.items()}
    if isinstance(target, list | tuple):
        return tuple(select(item, chosen) for item in target)
    return target[chosen]


def to_device(value: Any, device: torch.device) -> Any:
    """A structure of tensors on a device; what is not a tensor is left as it is.

    Example:
        >>> to_device((torch.zeros(1), "kept"), torch.device("cpu"))
        (tensor([0.]), 'kept')
    """
    # Only towards a device: a copy to the CPU must be finished before it is read.
    waits = device.type == "cpu"
    return each_tensor(value, lambda tensor: tensor.to(device, non_blocking=not waits))


def each_tensor(value: Any, act: Callable[[Tensor], Any]) -> Any:
    """A structure of tensors with something done to each; what is not a tensor is left as it is.

    Example:
        >>> each_tensor({"a": (torch.ones(1), 2)}, torch.neg)
        {'a': (tensor([-1.]), 2)}
    """
    if isinstance(value, Tensor):
        return act(value)
    if isinstance(value, Mapping):
        return {key: each_tensor(item, act) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(each_tensor(item, act) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(each_tensor(item, act) for item in value)
    return value


def leaves(value: Any) -> Iterator[Any]:
    """What a structure of mappings, lists and tuples holds, in order.

    Example:
        >>> list(leaves({"a": (1, [2])}))
        [1, 2]
    """
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value
