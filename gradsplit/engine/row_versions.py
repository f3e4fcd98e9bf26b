"""Tensors of a mixed batch with a version for each row of the mask.

Some functions of split parameters mix their owners: a linear layer of learned queries, filters that
are standardised, a sum with parameters that are not split. What they give has no owner. So it is
computed once for each distinct row of the mask, from parameters that pass on what the row may teach
and nothing else; all versions have the same values. Where they meet samples, each sample meets the
version of its own row.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gradsplit.engine.audit import Layout
from gradsplit.engine.calls import Call, function_name, mapped, tensors_in
from gradsplit.engine.mixed_batch import MixedBatch, Versions
from gradsplit.engine.selection import Selection
from gradsplit.errors import NotExactError

RANDOM = {
    F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout,
    torch.dropout, F.rrelu, torch.rrelu, F.gumbel_softmax, F.scaled_dot_product_attention,
}  # fmt: skip
"""Functions that draw random numbers: called once more only with the same ones."""


def derive_by_row(batch: MixedBatch, call: Call, name: str, *, compare: bool) -> Any:
    """The result of a function of tensors without samples, computed for each row.

    Args:
        batch: The mixed batch.
        call: The function and its arguments.
        name: A split parameter among them, for messages.
        compare: Whether to make sure that all rows have the same values.
    """
    rows = range(len(batch.tasks.parts))
    # The first row's is computed last: it moves the state of the random numbers, once.
    computed = []
    for row in reversed(rows):
        with _same_random_numbers(call) if row else nullcontext():
            computed.insert(0, _call_of_row(batch, call, row))
    results = [tensors_in([output]) for output in computed]
    if compare and any(
        not torch.equal(one_row, first)
        for of_row in results[1:]
        for one_row, first in zip(of_row, results[0], strict=True)
    ):
        raise NotExactError(
            f"{function_name(call.func)} of the split parameter `{name}` gives other values when "
            "called again; a mixed batch cannot be kept apart here. Use split.task(...) or "
            "split.backward({...})."
        )
    by_first = {id(of_rows[0]): Versions(of_rows, name) for of_rows in zip(*results, strict=True)}
    return mapped(computed[0], lambda first: batch.derive_versions(by_first[id(first)]))


def rows_apart(batch: MixedBatch, call: Call, name: str) -> Tensor:
    """A layer whose weights have versions: the samples of each row by themselves.

    Args:
        batch: The mixed batch.
        call: A layer of its first argument, which alone holds samples.
        name: Of the split parameter, for messages.
    """
    inputs, *others = tensors_in((*call.args, *call.kwargs.values()))
    batch.check_samples(inputs, call.func, name)
    if any(not batch.is_constant(tensor) for tensor in others):
        raise NotExactError(
            f"`{name}` meets samples in several arguments of {function_name(call.func)}; a mixed "
            "batch cannot be kept apart here. Use split.task(...) or split.backward({...})."
        )
    outputs = []
    for row, part in enumerate(batch.tasks.parts):
        chosen = part.take(inputs, batch.sample_dim)
        of_row = Call(
            call.func,
            mapped(call.args, lambda t, c=chosen: c if t is inputs else t),
            mapped(dict(call.kwargs), lambda t, c=chosen: c if t is inputs else t),
        )
        outputs.append(_call_of_row(batch, of_row, row))
    return _Joined.apply(Layout(batch.tasks, batch.sample_dim, name), *outputs)  # type: ignore[no-any-return]


def copies_of_versions(value: Versions, shape: tuple[int, ...], layout: Layout) -> Tensor:
    """One copy a sample, each of the version of its row.

    Args:
        value: The versions.
        shape: Their shape with as many dimensions as the samples have.
        layout: Where the samples lie.
    """
    return _RowCopies.apply(layout, *(tensor.reshape(shape) for tensor in value.tensors))  # type: ignore[no-any-return]


def in_place_error(call: Call) -> NotExactError:
    """What is raised where a function would write into one version of a tensor for all of them."""
    return NotExactError(
        f"{function_name(call.func)} works in place on what is made of split parameters alone, "
        "which a mixed batch computes for each row of the mask. Turn inplace off there, or use "
        "split.task(...) or split.backward({...})."
    )


def _call_of_row(batch: MixedBatch, call: Call, row: int) -> Any:
    """A call with all tensors made of split parameters in their version of a row."""

    def version(tensor: Tensor) -> Tensor:
        versions, owned = batch.versions(tensor), batch.owned(tensor)
        if versions is not None:
            return versions.tensors[row]
        if owned is None:
            return tensor
        return _Taught.apply(owned.tensor, owned.owner, batch.tasks.parts[row].may_update)  # type: ignore[no-any-return]

    try:
        return call.func(*mapped(call.args, version), **mapped(dict(call.kwargs), version))
    except RuntimeError as error:
        if "modified inplace" not in str(error):
            raise
        raise in_place_error(call) from error


def _same_random_numbers(call: Call) -> AbstractContextManager[None]:
    if call.func not in RANDOM:
        return nullcontext()
    tensors = tensors_in((*call.args, *call.kwargs.values()))
    return torch.random.fork_rng({t.device.index for t in tensors if t.is_cuda})


class _Taught(torch.autograd.Function):
    """Identity; backward keeps what one row of the mask may teach."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, owner: NDArray[Any], may_update: NDArray[Any]) -> Tensor:
        ctx.allowed = may_update[owner]
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        return Selection.of(ctx.allowed).apply(gradient), None, None


class _RowCopies(torch.autograd.Function):
    """One copy a sample; backward sums the copies of each row for its version."""

    @staticmethod
    def forward(ctx: Any, layout: Layout, *versions: Tensor) -> Tensor:
        dim, shape = layout.sample_dim, list(versions[0].shape)
        ctx.layout, ctx.summed = layout, shape[dim] == 1
        shape[dim] = layout.tasks.size
        return versions[0].expand(shape)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        dim, parts = ctx.layout.sample_dim, ctx.layout.tasks.parts
        if ctx.summed:
            return (None, *(part.take(gradient, dim).sum(dim, keepdim=True) for part in parts))
        return (None, *(part.put(gradient, dim) for part in parts))


class _Joined(torch.autograd.Function):
    """The samples of all rows in their order."""

    @staticmethod
    def forward(ctx: Any, layout: Layout, *outputs: Tensor) -> Tensor:
        ctx.layout = layout
        dim, parts = layout.sample_dim, layout.tasks.parts
        shape = list(outputs[0].shape)
        if any(
            len(shape) <= dim or o.shape[dim] != p.length
            for o, p in zip(outputs, parts, strict=True)
        ):
            raise NotExactError(
                f"A layer of `{layout.name}` gives no output a sample; use split.task(...) or "
                "split.backward({...})."
            )
        shape[dim] = layout.tasks.size
        joined = outputs[0].new_empty(shape)
        for output, part in zip(outputs, parts, strict=True):
            joined.index_copy_(dim, part.positions(output.device), output)
        return joined

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return (None, *(p.take(gradient, ctx.layout.sample_dim) for p in ctx.layout.tasks.parts))
