"""The file of a trained network: its weights without pickle, and all that it takes to load them."""

import glob
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, first_names
from gradsplit.training.snapshot import put_back_buffers, unsaved_buffers
from relations.digests import digest

SUFFIX = ".safetensors"
FORMAT, VERSION = "gradsplit-network", 1

Build = Callable[[], nn.Module]
"""Makes a network of the same form, as it is before training."""


@dataclass(frozen=True)
class NetworkFacts:
    """What the file of a trained network says of it.

    Attributes:
        tasks: Of its run.
        seed: Of its run.
        variant: Of its run; "" for a probe's own runs and for `gradsplit train`.
        scores: The metric of each task on held-out data.
        settings: All that its training was told, of task set and method: what a ledger compares.
        side: Side scores; None where one is not known.
        buffers: Names of the network's buffers that its own state would not have.
        outputs: Task -> names of its outputs, see `TaskSet.outputs`.
        plain: It is one trunk and a head a task, as every task set builds them.
        width: Factor on the trunk's width of the task set, by `TaskSet.with_width`.
    """

    tasks: tuple[str, ...]
    seed: int
    variant: str
    scores: Mapping[str, float]
    settings: Mapping[str, Any]
    side: Mapping[str, float | None] = field(default_factory=dict)
    buffers: tuple[str, ...] = ()
    outputs: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    plain: bool = False
    width: float = 1.0

    @property
    def fingerprint(self) -> str:
        """A digest of the settings: networks of one fingerprint were trained in one way."""
        return digest(json.dumps(self.settings, sort_keys=True, default=str))

    def texts(self) -> dict[str, str]:
        """As the head of the file has it: one text, as several stand in any order there."""
        facts = {"version": VERSION, **asdict(self), "fingerprint": self.fingerprint}
        return {FORMAT: json.dumps(facts, sort_keys=True, default=str)}

    @classmethod
    def read(cls, path: Path) -> Self:
        """What a file says.

        Raises:
            GradSplitError: It cannot be read, or says nothing that is known here.
        """
        said = _head(path)
        if FORMAT not in said:
            raise GradSplitError(
                f"`{path}` says nothing of its network: expected a file that `gradsplit train` or "
                "`--keep-networks` wrote, got other weights. Build the network yourself and load "
                "them by `safetensors.torch.load_model(network, file)`."
            )
        try:
            facts = json.loads(said[FORMAT])
            if facts["version"] == VERSION:
                return cls._of(facts)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as wrong:
            raise GradSplitError(
                f"`{path}` is damaged: what it says of its network cannot be read ({wrong!r})."
            ) from wrong
        raise GradSplitError(
            f"`{path}` is of version {facts['version']!r} of its format, and this gradsplit reads "
            f"version {VERSION}: use the release that wrote it, or a newer one."
        )

    @classmethod
    def _of(cls, facts: Mapping[str, Any]) -> Self:
        side = {
            str(name): None if value is None else float(value)
            for name, value in facts["side"].items()
        }
        return cls(
            tuple(map(str, facts["tasks"])),
            int(facts["seed"]),
            str(facts["variant"]),
            {str(task): float(score) for task, score in facts["scores"].items()},
            dict(facts["settings"]),
            side,
            tuple(map(str, facts["buffers"])),
            {
                str(task): None if names is None else tuple(map(str, names))
                for task, names in facts["outputs"].items()
            },
            bool(facts["plain"]),
            float(facts.get("width", 1.0)),  # files of earlier releases have none
        )


def read_network(path: Path) -> tuple[dict[str, Tensor], NetworkFacts | None]:
    """The weights of a file by name, and what it says of them; None of weights of elsewhere.

    Raises:
        GradSplitError: There is no such file, or it cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    facts = NetworkFacts.read(path) if FORMAT in _head(path) else None
    try:
        return load_file(path), facts
    except (OSError, SafetensorError) as wrong:
        raise GradSplitError(f"`{path}` is damaged: {wrong}") from wrong


def write_network(path: Path, network: nn.Module, facts: NetworkFacts, build: Build) -> None:
    """Write a network whole or not at all, in place of a former file.

    Args:
        path: The file; its folder is made.
        network: Trained; it is left as it was.
        facts: What is said of it; `buffers` are found here.
        build: See `Build`; called only for a network with buffers that its state does not have.

    Raises:
        OSError: It cannot be written, e.g. because the disk is full.
        GradSplitError: It holds something that such files cannot have.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_model

    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _whole(network, build) as buffers:
            save_model(network, str(beside), replace(facts, buffers=buffers).texts())
        _as_others(beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except SafetensorError as fault:  # of the system, which says so in words alone
        raise OSError(str(fault)) from fault
    except (AttributeError, RuntimeError, TypeError, ValueError) as wrong:
        raise GradSplitError(
            f"The network has a state that is more than tensors of their own: {wrong}"
        ) from wrong
    finally:
        for part in path.parent.glob(f"{glob.escape(path.name)}.*.part"):  # what a kill left, too
            with suppress(OSError):
                part.unlink()


def _as_others(path: Path) -> None:
    """Make a file as readable as others are: safetensors makes its own for the owner only."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(0o666 & ~umask)


def read_weights(path: Path, network: nn.Module, facts: NetworkFacts) -> None:
    """Put the weights of a file into a network of the same form.

    Args:
        path: The file.
        network: Changed in place.
        facts: What the file says.

    Raises:
        GradSplitError: They do not fit, or the file cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file, load_model

    try:
        missing, more = load_model(network, path, strict=False)
        found = load_file(path)
        put_back_buffers(network, {name: found[name] for name in facts.buffers})
    except (AttributeError, KeyError, OSError, SafetensorError) as wrong:
        raise GradSplitError(f"`{path}` is damaged: {wrong}") from wrong
    except RuntimeError as wrong:  # of other shapes
        raise _unfit(path, str(wrong)) from wrong
    if missing or set(more) - set(facts.buffers):
        lacks = [f"it lacks {first_names(sorted(missing), quoted=True)}"] if missing else []
        has = [f"it has {first_names(sorted(more), quoted=True)} besides"] if more else []
        raise _unfit(path, " and ".join([*lacks, *has]))


def _unfit(path: Path, why: str) -> GradSplitError:
    return GradSplitError(
        f"The weights of `{path}` do not fit the network: {why}. Give the task set and the method "
        "that trained them."
    )


@contextmanager
def _whole(network: nn.Module, build: Build) -> Iterator[tuple[str, ...]]:
    """Inside, the network's state has those other buffers too that training has changed."""
    others = unsaved_buffers(network)
    fresh = unsaved_buffers(build()) if others else {}
    changed = {
        name: value
        for name, value in others.items()
        if name not in fresh or not torch.equal(fresh[name].to(value), value)
    }
    put_back_buffers(network, changed, persistent=True)
    try:
        yield tuple(changed)
    finally:
        put_back_buffers(network, changed)


def _head(path: Path) -> Mapping[str, str]:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise GradSplitError(
            f"There are no weights at `{path}`. Give the folder that `gradsplit train TASKSET "
            "--out DIR` wrote, its weights.safetensors, or a file that `--keep-networks` kept."
        )
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError) as wrong:
        raise GradSplitError(
            f"`{path}` cannot be read as weights (safetensors): {wrong}"
        ) from wrong
