"""What modules of a trunk gave out in its last pass."""

from collections.abc import Sequence
from typing import Any, Self

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from gradsplit.training.methods.own_parts.per_task import module_named


class HeardFeatures:
    """Listens to a trunk, while it is entered as a context.

    Args:
        trunk: What to listen to.
        modules: Names of its modules; the trunk itself where None.

    Raises:
        ModuleNameError: The trunk has no module of such a name.

    Example:
        >>> import torch
        >>> trunk = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
        >>> with HeardFeatures(trunk, ["0"]) as heard:
        ...     _ = trunk(torch.zeros(5, 2))
        ...     [one.shape for one in heard.take()]
        [torch.Size([5, 3])]
    """

    def __init__(self, trunk: nn.Module, modules: Sequence[str] | None) -> None:
        self._modules = [trunk] if modules is None else [module_named(trunk, m) for m in modules]
        self._outputs: list[Any] = [None] * len(self._modules)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._hooks = [
            module.register_forward_hook(
                lambda _module, _inputs, output, place=place: self._hear(place, output)
            )
            for place, module in enumerate(self._modules)
        ]
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the trunk as it was."""
        for hook in self._hooks:
            hook.remove()
        self.take()

    def take(self) -> list[Tensor]:
        """The tensors of real numbers that the last pass gave; they are let go of."""
        taken, self._outputs = self._outputs, [None] * len(self._modules)
        return [
            leaf
            for leaf in tree_leaves(taken)
            if isinstance(leaf, Tensor) and leaf.is_floating_point()
        ]

    def _hear(self, place: int, output: Any) -> None:
        self._outputs[place] = output
