"""Which tools work with the engine: the one place of the table in docs/engine.md.

    python -m tests.gradsplit.engine.tools.tools_table

prints the table. Each row that says more than "not tried" names the tests that show it, in files
of tests/gradsplit/engine; in brackets the check of two processes.
"""

from dataclasses import dataclass

SPREAD = "tools/test_spread_models.py::test_two_processes"
SHARDED = "tools/test_fully_shard.py::test_two_processes"
ELSEWHERE = "tools/test_gradients_elsewhere.py"


@dataclass(frozen=True)
class Tool:
    """One row.

    Attributes:
        name: The tool, with the options that matter.
        exact: In which regimes it is exact, "all", or "none".
        otherwise: What the others do, and what to do.
        tests: What shows it.
    """

    name: str
    exact: str
    otherwise: str = ""
    tests: tuple[str, ...] = ()


TOOLS = (
    Tool(
        "automatic mixed precision with float16 and bfloat16, `GradScaler`",
        "all",
        "pass `scaler.scale(loss)` for each loss",
        (
            "test_training_loops.py::test_mixed_precision_in_every_regime",
            "test_training_loops.py::test_a_gradient_scaler_skips_the_step_when_any_gradient_overflows",
        ),
    ),
    Tool(
        "gradient accumulation, gradient clipping",
        "all",
        "clip after the last pass of a step",
        (
            "test_training_loops.py::test_accumulation_over_micro_batches_equals_one_large_batch",
            "test_training_loops.py::test_clipping_acts_after_masking",
        ),
    ),
    Tool(
        "averages of weights (`torch.optim.swa_utils`)",
        "all",
        "the average is a plain model, not split",
        (
            "tools/test_averaged_models.py::test_an_average_follows_the_split_model_and_is_not_split",
        ),
    ),
    Tool(
        "an optimizer step in `register_post_accumulate_grad_hook`",
        "`samples`, `backward`",
        "`task`: a step after each task's pass, as in plain training",
        (f"{ELSEWHERE}::test_an_optimizer_inside_the_backward_pass_sees_each_gradient_once",),
    ),
    Tool(
        "DistributedDataParallel, also with `gradient_as_bucket_view`, `find_unused_parameters`, "
        "`no_sync`",
        "all",
        "attach to the inner model or to the wrapped one, before or after wrapping; each process "
        "may have its own task ids. `task` needs `find_unused_parameters=True` if tasks have heads",
        (
            f"{SPREAD}[default, samples]",
            f"{SPREAD}[find_unused_parameters, task]",
            f"{SPREAD}[gradient_as_bucket_view, backward]",
            f"{SPREAD}[both, task]",
            f"{SPREAD}[no_sync, backward]",
            f"{SPREAD}[attached before wrapping]",
            f"{SPREAD}[processes with other tasks]",
        ),
    ),
    Tool(
        "DistributedDataParallel with `static_graph=True`",
        "`samples`; `task` if all parameters take part in each task's pass",
        "`backward` of several tasks: refused, use it without `static_graph`; `task` with heads: "
        "refused by torch",
        (
            f"{SPREAD}[static_graph, samples]",
            f"{SPREAD}[static_graph, backward]",
            f"{SPREAD}[static_graph, task]",
            f"{SPREAD}[static_graph, task without heads]",
        ),
    ),
    Tool(
        "`fully_shard` (FSDP2), also with copies, `mp_policy`, `set_requires_gradient_sync`, "
        "`torch.distributed.checkpoint`",
        "all",
        "see below; sharding after attaching is noticed: attach again",
        (
            f"{SHARDED}[each part, task]",
            f"{SHARDED}[each part, samples]",
            f"{SHARDED}[each part, backward]",
            f"{SHARDED}[replicated and sharded (2, 1), backward]",
            f"{SHARDED}[mixed precision, samples]",
            f"{SHARDED}[accumulated, backward]",
            f"{SHARDED}[checkpoints]",
            f"{SHARDED}[sharded after attaching]",
            f"{SHARDED}[refused]",
        ),
    ),
    Tool(
        "`FullyShardedDataParallel` (FSDP1)",
        "below the split: all; above it: `task`, `samples`",
        "over the split modules: refused when attaching, use `fully_shard` or leave them out "
        "(`ignored_modules`); above them `backward` of several tasks: refused",
        (
            f"{SPREAD}[FullyShardedDataParallel over the split]",
            f"{SPREAD}[FullyShardedDataParallel in the stem, backward]",
            f"{SPREAD}[FullyShardedDataParallel in the heads, samples]",
            f"{SPREAD}[FullyShardedDataParallel in the heads, backward]",
        ),
    ),
    Tool(
        "tensor parallelism (`parallelize_module`), DTensor parameters",
        "above the split: all",
        "in the split modules: refused when attaching, split other modules or keep these whole",
        (
            f"{SPREAD}[a DTensor]",
            f"{SPREAD}[tensor parallelism in the split]",
            f"{SPREAD}[tensor parallelism above the split, task]",
            f"{SPREAD}[tensor parallelism above the split, samples]",
            f"{SPREAD}[tensor parallelism above the split, backward]",
        ),
    ),
    Tool(
        "pipelines (`torch.distributed.pipelining`)",
        "`task`",
        "attach in each process to its stage, `with split.task(name): schedule.step(...)`, with "
        "`scale_grads=False` if several tasks share a step; `samples`, `backward`: not tried",
        (f"{SPREAD}[pipeline of two stages, task]",),
    ),
    Tool(
        "`nn.DataParallel`",
        "on one device: all",
        "on several: not tried, use DistributedDataParallel",
        (f"{ELSEWHERE}::test_data_parallel_on_one_device",),
    ),
    Tool(
        "gradient checkpointing",
        "`task`; `samples` with `use_reentrant=False, context_fn=split.checkpoint_context`; "
        "`backward` with `use_reentrant=False`",
        "refused without these",
        (
            "test_checkpointing.py::test_checkpointing_in_every_regime",
            "test_checkpointing.py::test_checkpointing_that_a_mixed_batch_cannot_see_is_refused",
            "test_checkpointing.py::"
            "test_reentrant_checkpointing_one_task_at_a_time_and_refused_for_several",
        ),
    ),
    Tool(
        "checkpointing of Hugging Face models",
        "the same",
        "`model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={...})` with the "
        "same options",
        (f"{ELSEWHERE}::test_checkpointing_of_hugging_face_models",),
    ),
    Tool(
        "selective checkpointing (a `context_fn` of your own)",
        "`task`; `samples` if your `context_fn` also enters the two contexts of "
        "`split.checkpoint_context()`",
        "`backward`: refused, keep it below the split or use the plain kind",
        ("test_checkpointing.py::test_selective_checkpointing",),
    ),
    Tool(
        "`torch.compile` of the model or parts of it",
        "`task`; `samples`, uncompiled inside the block; `backward` if they lie below the split",
        "`backward` of several tasks through compiled parts above: refused",
        (
            "test_compiled_models.py::test_compiled_models_are_exact_or_refused",
            "test_compiled_models.py::test_a_compiled_part_below_the_split_is_exact",
        ),
    ),
    Tool(
        "`torch.compile` of a function around the regimes",
        "`task`, `backward`, uncompiled",
        "`samples`: refused, compile the model instead",
        ("test_compiled_models.py::test_compiled_code_around_the_regimes",),
    ),
    Tool(
        "compiled autograd",
        "`task`; `samples` without an audit",
        "`backward` of several tasks: refused, turn it off around it",
        ("test_compiled_models.py::test_compiled_autograd",),
    ),
    Tool(
        "`torch.func.grad`, `vjp`, `jacrev`, `vmap`",
        "none",
        "in a mixed batch: refused; elsewhere **not masked**, since gradients that are values pass "
        "no parameter's hook. `torch.autograd.grad` inside `task` is masked",
        (
            "test_transforms.py::test_transforms_of_split_parameters_are_refused",
            f"{ELSEWHERE}::test_gradients_of_torch_func_are_plain_outside_of_mixed_batches",
            f"{ELSEWHERE}::test_gradients_of_autograd_grad_are_masked_inside_task",
        ),
    ),
    Tool(
        "low-rank adapters, PEFT",
        "all, attached after they were put in",
        "put in afterwards: noticed, attach again; an adapter is a layer with channels of its own",
        (
            "tools/test_adapters.py::test_adapters_put_in_before_attaching_are_exact",
            "tools/test_adapters.py::test_adapters_put_in_afterwards_are_noticed",
            "tools/test_adapters.py::test_peft",
        ),
    ),
    Tool(
        "`nn.Embedding(max_norm=...)`",
        "`task`, `backward`",
        "`samples`: refused",
        (
            "rules/test_embedding.py::"
            "test_an_embedding_that_rewrites_its_weight_is_refused_in_a_mixed_batch",
        ),
    ),
    Tool(
        "Accelerate",
        "all",
        "`accelerator.backward` for `task` and `samples`; `split.backward` takes its place: divide "
        "the losses by `gradient_accumulation_steps`. One process; its own sharding: not tried",
        ("tools/test_accelerate.py::test_accumulated_steps",),
    ),
    Tool(
        "PyTorch Lightning",
        "automatic optimization: `samples`; manual: `backward`",
        "a mixed batch inside `training_step` needs nothing else; `split.backward` takes the place "
        "of `manual_backward`. One process; its strategies: not tried",
        ("test_integrations.py::test_lightning",),
    ),
    Tool(
        "the Trainer of transformers",
        "`samples`, `backward`",
        "a mixed batch in `compute_loss`; `split.backward` in `training_step`. One process",
        ("test_integrations.py::test_transformers_trainer",),
    ),
    Tool("DeepSpeed, Horovod, CUDA graphs, XLA, `torch.export`", "not tried"),
)


def table() -> str:
    """The rows as Markdown."""
    lines = ["| tool | exact | otherwise, and what to do |", "|---|---|---|"]
    lines += [f"| {tool.name} | {tool.exact} | {tool.otherwise} |" for tool in TOOLS]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
