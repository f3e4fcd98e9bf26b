"""With torch.compile."""

import functools

import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.engine.selection import Selection
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    TWO,
    four,
    furthest,
    gradients,
    losses_of,
    mixed_losses,
    reference,
    sequential_split,
    small_net,
)

# The compiler's own: it looks at the .grad of every tensor that comes in.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf"),
]


@pytest.fixture
def eager_compiler():
    """Compile with the compiler's front only: quick, and sees all that matters here."""
    torch._dynamo.reset()
    yield functools.partial(torch.compile, backend="aot_eager")
    torch._dynamo.reset()


def test_compiled_models_are_exact_or_refused(eager_compiler):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    compiled = eager_compiler(model)
    wanted = reference(split, model, losses_of(model, images))
    for task in TASKS:
        with split.task(task):
            LOSSES[task](compiled(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(NotExactError, match="compiled code can be propagated once only"):
        split.backward(losses_of(compiled, images))
    gradients(model)
    wanted = reference(split, model, mixed_losses(model(images)))
    with split.samples(IDS):
        output = compiled(images)
    sum(mixed_losses(output).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(GradSplitError, match="it is not known"):
        sum(mixed_losses(compiled(images)).values()).backward()


def compile_layer(compiler, layer):
    """Compile what a layer computes: torch does not compile the code of its own layers alone."""
    plain = layer.forward
    layer.forward = compiler(lambda value: plain(value) * 1)


def test_a_compiled_part_below_the_split_is_exact(eager_compiler):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    compile_layer(eager_compiler, model.stem)
    assert model.stem(images).grad_fn.name().startswith("CompiledFunction")
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12


def test_a_compiled_part_that_a_skip_passes_by_is_refused(eager_compiler):
    """It lies below the split, but the way to the skip's source leads through it, once a row."""

    class Skipped(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.middle, self.split = (nn.Linear(4, 4) for _ in range(3))

        def forward(self, value):
            stem = self.stem(value)
            return self.split(self.middle(stem)) + self.split(stem)

    model = Skipped().double()
    split = GradSplit(model, TWO, ["split"])
    compile_layer(eager_compiler, model.middle)
    output = model(four(4))
    with pytest.raises(NotExactError, match="compiled code can be propagated once only"):
        split.backward({"a": output.sum(), "b": output.square().sum()})


def test_a_compiled_part_with_nothing_but_split_parameters_is_refused(eager_compiler):
    model, split = sequential_split(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    compile_layer(eager_compiler, model[0])
    output = model(four(3))
    with pytest.raises(NotExactError, match="compiled code can be propagated once only"):
        split.backward({"a": output.sum(), "b": output.square().sum()})


@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a")
def test_compiled_code_makes_selections():
    """The compiler follows the engine where `split.backward` is called in compiled code."""
    allowed = np.array([[True], [False], [True]])

    @torch.compile(backend="eager")
    def kept(gradient):
        return Selection.of(allowed).apply(gradient)

    assert kept(torch.ones(3, 2)).tolist() == [[1, 1], [0, 0], [1, 1]]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_compiled_code_around_the_regimes():
    """A mixed batch inside compiled code is refused in words; the other regimes are exact."""
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)

    @torch.compile(backend="eager")
    def samples(batch):
        with split.samples(IDS):
            output = model(batch)
        return output["pose"].sum()

    @torch.compile(backend="eager")
    def backward(batch):
        split.backward(losses_of(model, batch))

    @torch.compile(backend="eager")
    def task(batch):
        for name in TASKS:
            with split.task(name):
                losses_of(model, batch)[name].backward()

    with pytest.raises(NotExactError, match=r"Compiled code cannot hold `with split.samples"):
        samples(images)
    wanted = reference(split, model, losses_of(model, images))
    for step in (backward, task):
        step(images)
        assert furthest(gradients(model), wanted) < 1e-12


@pytest.mark.filterwarnings("ignore")
def test_compiled_autograd():
    """One pass a graph is exact; several are refused in words."""
    compiled = pytest.importorskip("torch._dynamo.compiled_autograd")
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    mixed = reference(split, model, mixed_losses(model(images)))
    with compiled._enable(lambda graph: graph):
        with split.samples(IDS):
            output = model(images)
        sum(mixed_losses(output).values()).backward()
        assert furthest(gradients(model), mixed) < 1e-12
        with pytest.raises(NotExactError, match="Compiled autograd propagates a graph once"):
            split.backward(losses_of(model, images))
