"""A shared trunk whose features each task masks, stage after stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.training.methods.own_parts.stages.outputs import StageOutput
from gradsplit.training.methods.own_parts.stages.pointwise import Norm, Pointwise, norm_layer
from gradsplit.training.methods.own_parts.stages.staged import StagedTrunk
from gradsplit.training.network import MultiTaskNetwork, head_key

_POOLS = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}


@dataclass(frozen=True)
class Place:
    """Where a mask acts.

    Attributes:
        seen: How many of the trunk's parts are run before the features that the mask is made of.
        seen_as: What those features look like.
        masked: What the features that it acts on look like; one part later at most.
        part: Which of the trunk's parts gives them.
        attended: What the attended features of the stage before look like, None where they are not
            seen.
    """

    seen: int
    seen_as: StageOutput
    masked: StageOutput
    part: int
    attended: StageOutput | None


class AttendedTrunk(nn.Module):
    """A shared trunk and each task's masks on it.

    Args:
        shared: The trunk, cut before and behind the last block of each stage.
        places: Where the masks are.
        transitions: What the attended features of one stage become for the next, of all tasks.
        masks: Task -> a mask for each place.
    """

    def __init__(
        self,
        shared: StagedTrunk,
        places: Sequence[Place],
        transitions: Sequence[nn.Module],
        masks: Mapping[str, Sequence[nn.Module]],
    ) -> None:
        super().__init__()
        self.shared, self.places = shared, tuple(places)
        self.transitions = nn.ModuleList(transitions)
        self.masks = nn.ModuleDict(
            {head_key(task): nn.ModuleList(of) for task, of in masks.items()}
        )

    def forward(self, inputs: Tensor, task: str) -> Any:
        """What a task's head gets, for a batch of inputs [N, ...]."""
        features = [inputs]
        for part in self.shared.stages:
            features.append(part(features[-1]))
        attended = inputs
        masks = cast("nn.ModuleList", self.masks[head_key(task)])
        for number, (place, own) in enumerate(zip(self.places, masks, strict=True)):
            masked = features[place.part + 1]
            seen = [as_large(features[place.seen], place.seen_as, masked, place.masked)]
            if place.attended is not None:
                seen.append(as_large(attended, place.attended, masked, place.masked))
            attended = own(torch.cat(seen, place.masked.dim)) * masked
            if number < len(self.transitions):
                attended = self.transitions[number](attended)
        return self.shared.rest(attended)


class AttendedNetwork(MultiTaskNetwork):
    """Heads on a trunk whose features each task masks.

    Args:
        trunk: Such a trunk.
        heads: Task -> head.

    Attributes:
        task_specific: Names of the masks; what is run before them is the same for all tasks.
    """

    def __init__(self, trunk: AttendedTrunk, heads: dict[str, nn.Module]) -> None:
        super().__init__(trunk, heads)
        self.task_specific = tuple(
            f"masks.{head_key(task)}.{number}"
            for task in heads
            for number in range(len(trunk.places))
        )

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        return self.head(task)(self.trunk(inputs, task))


def places_of(shared: StagedTrunk, ends: Sequence[str]) -> list[Place]:
    """Where the masks are on a trunk that is cut before and behind the last blocks of its stages.

    Args:
        shared: The trunk.
        ends: The parts of it behind which there are masks.
    """
    looks = [shared.inputs, *shared.outputs]
    places: list[Place] = []
    for part, masked in enumerate(shared.outputs):
        if masked.name not in ends:
            continue
        seen = part if _poolable(looks[part], masked) else part + 1
        attended = None
        if places and _poolable(places[-1].masked, masked):
            attended = replace(places[-1].masked, channels=masked.channels)
        places.append(Place(seen, looks[seen], masked, part, attended))
    return places


def _poolable(features: StageOutput, target: StageOutput) -> bool:
    """Whether features can be pooled to the size of others."""
    return not target.size or len(features.size) == len(target.size) <= max(_POOLS)


def as_large(features: Tensor, looks: StageOutput, target: Tensor, wanted: StageOutput) -> Tensor:
    """Features, max-pooled to the size of a target and with the channels where it has them.

    Args:
        features: [N, ...]; pictures as bytes are taken as 0..1.
        looks: Where their channels are.
        target: [N, ...].
        wanted: Where its channels are.
    """
    if features.dtype == torch.uint8:  # of a trunk that normalises its pictures itself
        features = features.float() / 255
    first = features.movedim(looks.dim, 1)
    size = target.movedim(wanted.dim, 1).shape[2:]
    if not size:
        return first.flatten(2).amax(2) if first.ndim > 2 else first
    if first.shape[2:] != size:
        first = _POOLS[len(size)](first, size)
    return first.movedim(1, wanted.dim)


def mask(place: Place, reduction: int, norm: Norm) -> nn.Module:
    """A task's mask: two 1x1 layers and a sigmoid.

    Args:
        place: Where it acts.
        reduction: How many times fewer channels there are in between.
        norm: Behind each layer.
    """
    seen = place.seen_as.channels + (place.attended.channels if place.attended else 0)
    channels = place.masked.channels
    between = max(1, channels // reduction)
    return Pointwise(
        nn.Conv1d(seen, between, 1),
        norm_layer(norm, between),
        nn.ReLU(),
        nn.Conv1d(between, channels, 1),
        norm_layer(norm, channels),
        nn.Sigmoid(),
        dim=place.masked.dim,
    )


def transition(before: Place, after: Place, norm: Norm) -> nn.Module:
    """What attended features become before the next mask sees them, at their own size.

    Args:
        before: Where they come from.
        after: Whose number of channels they get.
        norm: Behind the layer.
    """
    channels, to = before.masked.channels, after.masked.channels
    rectified = (norm_layer(norm, to), nn.ReLU())
    if before.masked.dim == 1 and len(before.masked.size) == 2:
        convolution = nn.Conv2d(channels, to, 3, padding=1, bias=False)
        return nn.Sequential(convolution, Pointwise(*rectified, dim=1))
    return Pointwise(nn.Conv1d(channels, to, 1, bias=False), *rectified, dim=before.masked.dim)
