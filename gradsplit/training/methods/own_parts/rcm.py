"""Frozen filters that each task mixes anew, so that no task can disturb another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.filter_bank import Modulators
from gradsplit.training.methods.own_parts.norms import give_own_norms
from gradsplit.training.methods.own_parts.own_parameter import OwnParameter
from gradsplit.training.methods.own_parts.per_task import TaskPart
from gradsplit.training.methods.own_parts.responses import response_axes
from gradsplit.training.methods.own_parts.task_weights import TaskWeightsNetwork, weight_matrices
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet


@register_method(
    "rcm",
    "frozen filters of a pretrained trunk, mixed anew by each task (RCM)",
    group="own parts for each task",
    cost=Cost(parameters="one network, T modulators and norms"),
)
@dataclass(frozen=True)
class Rcm(PlainSum):
    """The trunk's filters are frozen; every task learns how to mix them, its biases and its norms.

    A layer W becomes a bank of filters that stays as it is and a matrix [O, O] for each task, its
    modulator, which is as if a 1x1 convolution of the task's own stood behind the bank. Nothing
    that is trained is shared, so that no task can harm another, nor help it: relations are exactly
    zero. Training begins with the network as it was. It needs a pretrained trunk; with filters that
    were drawn at random the row says how far random features go.

    Source: Kanakis et al., "Reparameterizing Convolutions for Incremental Multi-Task Learning
    Without Task Interference", ECCV 2020, sections 3.2 to 3.4, with their code
    (menelaoskanakis/RCM): the bank is U^T W and the modulators begin at U, the eigenvectors of the
    covariance of W's responses (RI); direction and length of each filter's mixture are learned
    apart (NFF). Ours: responses are to the training data of all the task set's tasks, where theirs
    are to ImageNet's; linear layers and attention are mixed as well; modulators are multiplied with
    the bank, which gives the same as a layer behind it, and after training with nothing left to
    compute (`network.for_use(task)`); grouped convolutions are mixed within a group.

    Known of its worth: the paper of GradSplit reports -21.9 on its measure for four human image
    analysis tasks, the second-worst of its rows: no interference, and little capacity.
    Cost: a step is multi-head's and a product of each bank and modulator; in use the trunk is run
    once a task.

    Attributes:
        batches: Of each task, to whose data the responses are taken; 0 for no such decomposition,
            where the filters themselves are the bank.
        normalised: Learn direction and length of each filter's mixture apart.
        modules: Names of the trunk's modules to modulate; all of it where None. The rest of the
            trunk is frozen.
    """

    batches: int = 4
    normalised: bool = True
    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "rcm"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.batches < 0:
            raise GradSplitError(f"`batches` must be 0 or more, got {self.batches}.")

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            ModuleNameError: There is no such module, or nothing to modulate in it.
        """
        network = build_network(taskset, tasks, seed)
        trunk, modules = network.trunk, self.modules or ("",)
        banks = _banks(trunk, modules)
        mixtures = {
            key: torch.eye(len(bank.weight) // bank.groups)
            .to(bank.weight)
            .repeat(bank.groups, 1, 1)
            for key, bank in banks.items()
        }
        if self.batches:
            described = {key: (bank.layer, bank.weight, bank.groups) for key, bank in banks.items()}
            mixtures = response_axes(trunk, described, self._inputs(taskset, seed))
        for key, bank in banks.items():
            self._modulate(bank, mixtures[key], tasks)
        norms = give_own_norms(trunk, modules, tasks)
        _freeze_shared(trunk)
        places = [*(bank.place for bank in banks.values()), *norms]
        return TaskWeightsNetwork(network, list(dict.fromkeys(places)))

    def _inputs(self, taskset: TaskSet, seed: int) -> Iterator[Tensor]:
        """Of all tasks, whoever is in the run, so that every run has the same bank."""
        for task in taskset.task_names:
            for inputs, _ in islice(taskset.batches(task, seed), self.batches):
                yield inputs

    def _modulate(self, bank: "_Bank", mixture: Tensor, tasks: Sequence[str]) -> None:
        weight, layer = bank.weight, bank.layer
        with torch.no_grad():
            filters = weight.reshape(*mixture.shape[:2], -1)
            weight.copy_((mixture.mT @ filters).view_as(weight))
        modulators = Modulators(mixture, tasks, normalised=self.normalised)
        parametrize.register_parametrization(layer, bank.name, modulators)
        bias = bank.name.replace("weight", "bias")
        if isinstance(getattr(layer, bias, None), nn.Parameter):
            own = OwnParameter(getattr(layer, bias), tasks)
            parametrize.register_parametrization(layer, bias, own)


class _Bank(NamedTuple):
    """A weight that becomes a bank: its layer's place, the layer, its name there, its groups."""

    place: str
    layer: nn.Module
    name: str
    weight: nn.Parameter
    groups: int


def _banks(trunk: nn.Module, modules: Sequence[str]) -> dict[str, _Bank]:
    """The weights of some modules, by names of their own.

    Raises:
        ModuleNameError: One has its filters elsewhere than in the first dimension.
    """
    banks = {}
    for place, layer, name in weight_matrices(trunk, modules):
        if type(layer).__name__ == "Conv1D" or isinstance(layer, _TRANSPOSED):
            raise ModuleNameError(
                f"`rcm` mixes the filters of layers that have one in each row of their weights, "
                f"and `{place}` is a {type(layer).__name__}. Give `modules=` without it."
            )
        groups = layer.groups if isinstance(layer, nn.modules.conv._ConvNd) else 1
        # Queries, keys and values are projected by one weight.
        groups = 3 if name == "in_proj_weight" else groups
        banks[f"{place}.{name}"] = _Bank(place, layer, name, getattr(layer, name), groups)
    return banks


_TRANSPOSED = nn.modules.conv._ConvTransposeNd


def _freeze_shared(trunk: nn.Module) -> None:
    own = [part for part in trunk.modules() if isinstance(part, TaskPart)]
    of_tasks = {id(one) for part in own for one in part.parameters()}
    for shared in trunk.parameters():
        if id(shared) not in of_tasks:
            shared.requires_grad_(False)
