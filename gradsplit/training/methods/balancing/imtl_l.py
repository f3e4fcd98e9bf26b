"""IMTL-L: loss weights that are learned so that all weighted losses are the same."""

from dataclasses import dataclass
from typing import ClassVar

from gradsplit.training.methods.balancing.learned_scales import LearnedScales
from gradsplit.training.methods.registry import register_method


@register_method(
    "imtl-l",
    "loss weights learned so that weighted losses are equal",
    group="balanced without a search",
)
@dataclass(frozen=True)
class ImtlL(LearnedScales):
    """Every loss has a factor e^s, and s descends on e^s L - s, which is least at e^s L = 1.

    Source: Liu et al., "Towards Impartial Multi-task Learning" (ICLR 2021), the loss balance of
    section 3.2. Its gradient balance is the method `imtl-g`.
    Our choices: s is trained by the network's optimizer without weight decay, at 2.5 times its
    learning rate: 10 times follow every loss down and starve those that stay large.
    Scale: the weights are T e^s_i / sum_j e^s_j, so that they sum to the number of tasks as in
    multi-head training, which are the weights of the first step. One task is ordinary training.
    Cost: nothing beside multi-head.

    Attributes:
        rate: The learning rate of s, times that of the network. With SGD, losses that begin far
            above 1 need less, or s overshoots.

    Raises:
        GradSplitError: The rate is not above 0.
    """

    name: ClassVar[str] = "imtl-l"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True
