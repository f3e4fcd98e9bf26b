"""Every regime on weights that are computed: exact against the reference, or refused in words."""

import pytest
import torch
from torch import nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.computed_weights import (
    MODULES,
    CalledOnConstant,
    ConstantAlone,
    Gated,
    Holder,
    LowRankOneByOne,
    Standardised,
    Tied,
    Twice,
    TwiceByFunction,
    WeightNormByHand,
)
from tests.gradsplit.engine.split_examples import (
    TWO,
    TWO_IDS,
    four,
    furthest,
    gradients,
    masked_outputs,
    reference,
)

PLAIN = [LowRankOneByOne, Twice, TwiceByFunction, Tied, Gated, CalledOnConstant]


def network(kind, *, below=True):
    torch.manual_seed(0)
    first = nn.Linear(6, 6) if below else nn.Identity()
    model = nn.Sequential(first, kind(), nn.Tanh(), nn.Linear(6, 2)).double()
    return model, four(6)


def losses_of(output, apart=False):
    first, second = (output[:2], output[2:]) if apart else (output, output)
    return {"a": first.sin().sum(), "b": second.square().sum()}


@pytest.mark.parametrize("below", [True, False], ids=["above a layer", "on the images"])
@pytest.mark.parametrize("kind", MODULES)
def test_what_flows_back_is_masked_at_the_output_or_refused(kind, below):
    model, images = network(kind, below=below)
    wanted = masked_outputs(model, TWO, {"1.output": -1}, lambda: losses_of(model(images)))
    split = GradSplit(model, TWO, ["1.linear"], mode="feature")
    losses = losses_of(model(images))
    try:
        split.backward(losses)
    except NotExactError as error:
        assert kind not in PLAIN
        assert "mode='feature'" in str(error)
    else:
        assert furthest(gradients(model), wanted) < 1e-12
        # Where the images need no gradient, nothing but the weight's own gradient is masked.
        assert kind in PLAIN or not below


@pytest.mark.parametrize("kind", MODULES)
def test_all_tasks_on_one_pass_are_exact(kind):
    model, images = network(kind)
    split = GradSplit(model, TWO, ["1.linear"])
    wanted = reference(split, model, losses_of(model(images)))
    split.backward(losses_of(model(images)))
    assert furthest(gradients(model), wanted) < 1e-12


@pytest.mark.parametrize("kind", MODULES)
def test_mixed_batches_are_exact_or_refused(kind):
    model, images = network(kind)
    split = GradSplit(model, TWO, ["1.linear"])
    wanted = reference(split, model, losses_of(model(images), apart=True))
    try:
        with split.samples(TWO_IDS):
            output = model(images)
    except NotExactError:
        assert kind not in [LowRankOneByOne, Twice, TwiceByFunction, Tied, Gated]
        return
    sum(losses_of(output, apart=True).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_a_weight_may_take_the_type_of_another_parameter_in_a_mixed_batch():
    class Typed(Holder):
        def forward(self, x):
            return nn.functional.linear(x, self.weight.type_as(self.extra), self.linear.bias)

    model, images = network(Typed)
    split = GradSplit(model, TWO, ["1.linear"])
    wanted = reference(split, model, losses_of(model(images), apart=True))
    with split.samples(TWO_IDS):
        output = model(images)
    sum(losses_of(output, apart=True).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_the_input_itself_shows_that_a_product_is_a_layer():
    """A function of the weight on an input that needs no gradient, beside other data."""

    class Beside(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.other = nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x, y):
            return nn.functional.linear(x, self.linear.weight) * self.other(y)

    model = Beside()
    split = GradSplit(model, TWO, ["linear"], mode="feature")
    with pytest.raises(NotExactError, match="call the module"):
        split.backward(losses_of(model(torch.randn(4, 6), torch.randn(4, 6))))


def test_an_input_that_needs_no_gradient_is_known_by_what_the_model_was_given():
    """Its memory is what counts: a view of it is it, a constant made inside is not."""

    class Windows(Holder):
        def forward(self, x):
            return self.output(nn.functional.linear(x.view(-1, 6), self.weight))

    torch.manual_seed(0)
    model, images = nn.Sequential(Windows(), nn.Tanh()).double(), four(2, 6)
    wanted = masked_outputs(model, TWO, {"0.output": -1}, lambda: losses_of(model(images)))
    split = GradSplit(model, TWO, ["0.linear"], mode="feature")
    split.backward(losses_of(model(images)))
    assert furthest(gradients(model), wanted) < 1e-12
    # Where the model itself is not called, it is not known; an input with a gradient shows itself.
    again = images.clone()
    with pytest.raises(NotExactError, match="what may be a constant"):
        split.backward(losses_of(model[1](model[0](again))))
    split.backward(losses_of(model[1](model[0](again.requires_grad_()))))
    assert furthest(gradients(model), wanted) < 1e-12


def test_a_constant_that_is_made_inside_is_no_input_where_it_is_all_the_data():
    model, images = network(ConstantAlone)
    split = GradSplit(model, TWO, ["1.linear"], mode="feature")
    with pytest.raises(NotExactError, match="what may be a constant"):
        split.backward(losses_of(model(images)))


def test_removing_the_split_leaves_no_hook():
    model, _ = network(Twice)
    split = GradSplit(model, TWO, ["1.linear"], mode="feature")
    assert model[1].linear._forward_hooks
    split.remove()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    model(four(6))


def test_only_what_meets_data_is_offered_for_registration():
    """To name the node of a view or of a weight norm would mask the parameter alone."""
    for kind in (Standardised, WeightNormByHand):
        model, images = network(kind)
        split = GradSplit(model, TWO, ["1.linear"], mode="feature")
        with pytest.raises(NotExactError, match="computed with before") as refused:
            split.backward(losses_of(model(images)))
        assert "register_node" not in str(refused.value)


def test_a_function_of_the_weight_is_a_layer_beside_skips_masks_and_losses_of_elements():
    class Block(Holder):
        def forward(self, x):
            kept = nn.functional.dropout(x)
            hidden = self.output(nn.functional.linear(kept, self.weight, self.linear.bias))
            return hidden.maximum(torch.zeros_like(x)) + x

    model, images = network(Block)
    target = torch.rand(4, 2, dtype=torch.float64)

    def losses():
        torch.manual_seed(1)
        output = model(images)
        squared = nn.functional.mse_loss(output, target, reduction="none")
        crossed = nn.functional.binary_cross_entropy_with_logits(output, target, reduction="none")
        return {"a": squared.sum(), "b": crossed.sum()}

    wanted = masked_outputs(model, TWO, {"1.output": -1}, losses)
    GradSplit(model, TWO, ["1.linear"], mode="feature").backward(losses())
    assert furthest(gradients(model), wanted) < 1e-12
