"""Networks drawn at random: any wiring, layers used again, losses from anywhere."""

import pytest
import torch
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from gradsplit import check_exact
from gradsplit.errors import NotExactError
from tests.exactness.exact_case import DEVICE, masks

WIDTH = 6
LAYERS = {
    "linear": lambda: nn.Linear(WIDTH, WIDTH),
    "bare": lambda: nn.Linear(WIDTH, WIDTH, bias=False),
    "layer": lambda: nn.LayerNorm(WIDTH),
    "group": lambda: nn.GroupNorm(2, WIDTH),
    "prelu": lambda: nn.PReLU(WIDTH),
}


class Wired(nn.Module):
    """Step i applies a layer to the sum of two earlier values; outputs are some of the values.

    Args:
        kinds: The layers.
        steps: For each step the layer and the two values it takes.
        outputs: The value that each loss is made of.
    """

    def __init__(self, kinds, steps, outputs) -> None:
        super().__init__()
        self.layers = nn.ModuleList(LAYERS[kind]() for kind in kinds)
        self.steps, self.outputs = steps, outputs

    def forward(self, value: Tensor) -> list[Tensor]:
        values = [value]
        for layer, first, second in self.steps:
            values.append(self.layers[layer](values[first] + values[second].sin()))
        return [values[index] for index in self.outputs]


@st.composite
def wirings(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(LAYERS)), min_size=2, max_size=6))
    steps = [
        (
            draw(st.integers(0, len(kinds) - 1)),
            draw(st.integers(max(0, index - 2), index)),
            draw(st.integers(0, index)),
        )
        for index in range(draw(st.integers(2, 9)))
    ]
    used = sorted({layer for layer, _, _ in steps})
    split = draw(st.lists(st.sampled_from(used), min_size=1, unique=True))
    frozen = draw(st.lists(st.sampled_from(used), max_size=2, unique=True))
    late = st.integers(max(1, len(steps) - 3), len(steps))
    outputs = [draw(late) for _ in range(3)]
    return kinds, steps, outputs, split, frozen


@pytest.mark.filterwarnings("ignore::gradsplit.errors.SplitNote")  # some wirings leave tasks out
@settings(max_examples=60, deadline=None)
@given(
    wirings(),
    st.sampled_from(["identity", "random", "paper-like"]),
    st.lists(st.integers(0, 2), min_size=5, max_size=5),
)
def test_every_regime_on_any_wiring(wiring, kind, ids):
    kinds, steps, outputs, split, frozen = wiring
    torch.manual_seed(0)
    model = Wired(kinds, steps, outputs).double().to(DEVICE)
    for layer in frozen:
        model.layers[layer].requires_grad_(False)
    with torch.no_grad():
        if not any(value.requires_grad for value in model.parameters()):
            return
    batch = torch.randn(5, WIDTH).double().to(DEVICE).requires_grad_()
    losses = {
        f"t{index}": lambda found, index=index: (found[index] * (index + 1)).cos().sum()
        for index in range(3)
    }
    try:
        check_exact(
            model, masks(3)[kind], batch, losses, [f"layers.{layer}" for layer in split],
            task_ids=ids, tolerance=1e-12,
        )  # fmt: skip
    except NotExactError as refused:
        if "zero, which compares nothing" not in str(refused):
            raise
        reject()  # in this wiring no loss reaches what is split
