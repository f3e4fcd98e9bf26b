"""Modules whose weight is computed before it meets the input, or meets it in an unusual way.

Each is [n, 6] -> [n, 6]; `linear` holds the split parameters, and `output` is called with what is
the layer's output, channels last, if any: there a reference masks.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Holder(nn.Module):
    """A linear layer that holds the parameters, and a buffer, a parameter and a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 6)
        self.register_buffer("buffer", torch.randn(6, 6))
        self.extra = nn.Parameter(torch.randn(6, 6))
        self.output = nn.Identity()

    @property
    def weight(self) -> Tensor:
        return self.linear.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.linear(x))


class TimesBuffer(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ (self.buffer @ self.weight.t()))


class TimesMadeConstant(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ ((self.buffer * 2).exp() @ self.weight.t()))


class TimesNewConstant(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ (torch.ones_like(self.buffer).cumsum(0) @ self.weight.t()))


class ScaledByConstantProduct(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x * (torch.ones(1, 6).to(x).cumsum(1) @ self.weight.t()))


class TimesPlusConstant(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ ((self.extra + torch.eye(6).to(x)) @ self.weight.t()))


class LowRank(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ (self.extra @ self.weight.t()))


class LowRankOneByOne(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output((x @ self.extra) @ self.weight.t())


class FunctionOfProduct(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(F.linear(x, (self.extra @ self.weight.t()).t(), self.linear.bias))


class WeightNormByHand(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(
            F.linear(x, self.weight / self.weight.norm(dim=1, keepdim=True), self.linear.bias)
        )


class PlusDelta(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(F.linear(x, self.weight + self.extra, self.linear.bias))


class Transposed(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output((self.weight @ x.t()).t())


class OnTheLeft(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ (self.weight.t() @ self.buffer))


class Scaled(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(F.linear(x, self.weight * 0.3, self.linear.bias))


class Twice(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.linear(self.output(self.linear(x)).tanh()))


class TwiceByFunction(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(F.linear(self.output(F.linear(x, self.weight)).tanh(), self.weight))


class ResidualInOneCall(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(torch.addmm(x, x, self.weight.t()))


class AttendedConstant(Holder):
    def forward(self, x: Tensor) -> Tensor:
        made = (self.buffer.exp() @ self.weight.t())[None]
        return self.output(F.scaled_dot_product_attention(x[None], made, made)[0])


class FoldedBias(Holder):
    def forward(self, x: Tensor) -> Tensor:
        ones = torch.ones(len(x), 1).to(x)
        folded = torch.cat([self.weight, self.linear.bias[:, None]], 1)
        return self.output(torch.cat([x, ones], 1) @ folded.t())


class ProductOfItself(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x @ (self.weight.t() @ self.weight))


class Tied(Holder):
    def __init__(self) -> None:
        super().__init__()
        self.again = nn.Linear(6, 6, bias=False)
        self.again.weight = self.linear.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.again(self.output(self.linear(x)).tanh()))


class Gated(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(F.linear(x, self.weight, self.linear.bias)) * (x @ self.extra).sigmoid()


class CalledOnConstant(Holder):
    def forward(self, x: Tensor) -> Tensor:
        return x @ self.output(self.linear(self.buffer))


class Standardised(Holder):
    """A convolution of one position whose filters are standardised."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Conv1d(6, 6, 1)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.linear.weight - self.linear.weight.mean((1, 2), keepdim=True)
        return self.output(F.conv1d(x[..., None], weight, self.linear.bias)[..., 0])


class ConvOfFilters(Holder):
    """Filters that are made by a convolution before they meet the input."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Conv1d(6, 6, 1)
        self.register_buffer("blur", torch.randn(2, 6, 1))

    def forward(self, x: Tensor) -> Tensor:
        filters = F.conv1d(self.blur, self.linear.weight).repeat(3, 1, 1)
        return self.output(F.conv1d(x[..., None], filters)[..., 0])


class ConstantAlone(Holder):
    """A constant that is made inside is all the data there is, and comes twice."""

    def made(self, x: Tensor) -> Tensor:
        made = torch.linspace(-1, 1, 36, dtype=x.dtype, device=x.device).view(6, 6).cos()
        return (made[: len(x)] @ self.extra).tanh() @ (made @ self.weight.t())

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.made(x))


class ConstantAloneScales(ConstantAlone):
    def forward(self, x: Tensor) -> Tensor:
        return self.output(x * self.made(x))


MODULES = [
    AttendedConstant, ConstantAloneScales,
    TimesBuffer, TimesMadeConstant, TimesNewConstant, ScaledByConstantProduct, TimesPlusConstant,
    LowRank, LowRankOneByOne, FunctionOfProduct, WeightNormByHand, PlusDelta, Transposed, OnTheLeft,
    Scaled, Twice, TwiceByFunction, ResidualInOneCall, FoldedBias, ProductOfItself, Tied, Gated,
    CalledOnConstant, Standardised, ConvOfFilters,
]  # fmt: skip
