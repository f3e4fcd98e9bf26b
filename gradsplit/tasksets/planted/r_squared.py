"""How well answers explain a linear mapping of x ~ N(0, I): R^2, exact where they are linear."""

import torch
from torch import Tensor

from gradsplit.training.scoring import unheard
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict

_SAMPLE = 4096
_CHECKED = 32
_ROUNDING = 0.01
"""Share of the answers' size up to which they count as sums: reduced precision stays below it, and
R^2 moves by its square. Source: our choice."""


def r_squared(predict: Predict, mapping: Tensor) -> float:
    """R^2 over the input distribution.

    Exact from the unit vectors where the answers are linear. Where they are not, unit vectors say
    nothing of them: then it is that of a sample, the same for every network. An answer that is the
    same for all inputs is taken as linear.

    Args:
        predict: Inputs [N, D] -> answers [N, Q].
        mapping: The matrix [Q, D] that gives the labels.

    Example:
        >>> mapping = torch.tensor([[1.0, 0.0]])
        >>> r_squared(lambda inputs: inputs[:, :1] / 2, mapping)
        0.75
        >>> round(r_squared(lambda inputs: inputs[:, :1].sign(), mapping), 1)  # 2 sqrt(2 / pi) - 1
        0.6
    """
    of_units = predict(torch.eye(mapping.shape[1]))
    inputs = torch.randn(_SAMPLE, mapping.shape[1], generator=generator(0, "planted", "score"))
    if _linear(of_units, inputs[:_CHECKED], unheard(predict)(inputs[:_CHECKED])):
        learnt, wanted = of_units.T, mapping
    else:
        learnt, wanted = predict(inputs), inputs.to(mapping.dtype) @ mapping.T
    return 1 - ((learnt - wanted).square().sum() / wanted.square().sum()).item()


def _linear(of_units: Tensor, inputs: Tensor, answers: Tensor) -> bool:
    """Whether answers are the sums that those of the unit vectors make, or always the same."""
    if torch.equal(answers, of_units[:1].expand_as(answers)):
        return True
    sums = inputs @ of_units
    largest = torch.maximum(sums.norm(), answers.norm())
    return bool((answers - sums).norm() <= _ROUNDING * largest)
