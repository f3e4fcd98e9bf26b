"""What cannot be trained by a team to the result of one process: said before any training."""

from typing import TYPE_CHECKING, TypeVar, cast

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from gradsplit.engine.coupling import uses_batch
from gradsplit.errors import GradSplitError, all_problems, argument
from gradsplit.training.team.team import Team

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method

Network = TypeVar("Network", bound=nn.Module)
_PLAIN = {nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm}


def check_method(method: "Method") -> None:
    """Refuse a method whose steps cannot be divided.

    Raises:
        GradSplitError: It, or what it is on top of, does not say that they can.
    """
    if unfit := [part for part in method.parts() if not part.says("in_team")]:
        names = ", ".join(f"`{part.settings()['method']}`" for part in unfit)
        raise GradSplitError(
            f"{names} cannot be trained by several processes: it looks at gradients, activations "
            "or graphs of which each process has only a part. Start one process, or take another "
            "method; one of your own says that it can by `in_team = True`."
        )


def for_team(network: Network, team: Team) -> Network:
    """A network as a team trains it: its BatchNorm over the whole batch where that was asked for.

    Args:
        network: In the state in which it is trained; left in training mode.
        team: The processes.

    Returns:
        The network; other layers in it where BatchNorm is synchronised, of the same names.

    Raises:
        GradSplitError: BatchNorm in it takes its statistics over the batch, and that is not asked
            for or not possible.
    """
    network.train()
    norms = {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, _BatchNorm) and uses_batch(module)
    }
    if not norms:
        return network
    few = ", ".join(f"`{name}`" for name in list(norms)[:3]) + (", ..." if len(norms) > 3 else "")
    if not team.sync_batch_norm:
        raise GradSplitError(
            f"BatchNorm ({few}) would take the statistics of each process's part of the batch: "
            "the result would be another one than of one process. Ask for statistics of the whole "
            "batch (--sync-batch-norm, on GPUs), keep pretrained statistics, or use GroupNorm "
            "(gradsplit.to_group_norm)."
        )
    problems = [
        f"`{name}` is a {type(module).__name__}, of which synchronising leaves only the norm."
        for name, module in norms.items()
        if type(module) not in _PLAIN
    ]
    if team.device.type == "cpu":
        problems = [f"torch has it on GPUs alone, and {argument('device')} is cpu."]
    if problems:
        raise GradSplitError(all_problems("BatchNorm cannot be synchronised", problems))
    return cast(Network, nn.SyncBatchNorm.convert_sync_batchnorm(network))
