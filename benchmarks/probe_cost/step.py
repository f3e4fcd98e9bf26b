"""What a training step is made of on a CPU, and what other ways of computing it would gain.

    OMP_NUM_THREADS=1 python benchmarks/probe_cost/step.py figures --tasks attribute pose

The ways are timed in turn, one thread each unless they say otherwise, so that other work on the
machine hits all of them; the least of all steps is the one that was disturbed least.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor
from torch.func import vmap
from torch.profiler import ProfilerActivity, profile

from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.ensemble.stacked_modules import StackedModules
from gradsplit.training.ensemble.task_members import member_loss, members_by_task
from gradsplit.training.ensemble.vectorising import initial_networks
from gradsplit.training.fit import fit
from gradsplit.training.network import build_network
from gradsplit.training.optimizers import make_optimizer
from gradsplit.training.taskset import TaskSet

KINDS = {
    "convolutions": ("convolution", "_convolution"),
    "norms": ("group_norm",),
    "matrix products": ("::mm", "::addmm", "::bmm", "linear"),
    "optimizer": ("adam", "Optimizer", "_foreach"),
    "drawing batches": ("::index", "std_mean", "::randperm", "::randint", "_to_copy"),
}
Step = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("taskset")
    parser.add_argument("--tasks", nargs=2, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40, help="of the run that is profiled")
    parser.add_argument("--members", type=int, default=0, help="of an ensemble to compile too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    taskset = load_taskset(options.taskset, {"preset": "quick"} if "fig" in options.taskset else {})
    shares(taskset, options.tasks, options.steps)
    ways: dict[str, Step] = {name: plain(taskset, options.tasks, name) for name in PLAIN}
    if options.members:
        for compiled in (False, True):
            name = f"ensemble of {options.members}{', compiled' if compiled else ''}"
            ways[name] = ensemble(taskset, options.tasks, options.members, compiled=compiled)
    compare(ways, options.rounds)


def shares(taskset: TaskSet, tasks: list[str], steps: int) -> None:
    """Print what share of a run each kind of operation takes."""
    short = taskset.with_recipe(steps=steps)
    fit(short, tasks, 0)
    start = time.process_time()
    fit(taskset.with_recipe(steps=1), tasks, 0)
    once = time.process_time() - start
    fit(short, tasks, 0)
    print(f"a run of {steps} steps: CPU {time.process_time() - start - once:.2f} s, ", end="")
    print(f"of them {once:.2f} s besides steps (set-up, one step, scoring)")
    with profile(activities=[ProfilerActivity.CPU]) as taken:
        fit(short, tasks, 0)
    events = taken.key_averages()
    whole = sum(one.self_cpu_time_total for one in events)
    for kind, words in KINDS.items():
        part = sum(
            one.self_cpu_time_total for one in events if any(word in one.key for word in words)
        )
        print(f"  {kind:18} {part / whole:5.1%}")


PLAIN = (
    "as it is",
    "two threads",
    "contiguous memory",
    "one pass of the trunk for both tasks",
    "torch.compile",
    "bfloat16 (autocast)",
    "flush denormals",
)


def plain(taskset: TaskSet, tasks: list[str], way: str) -> Step:
    """A step of a pair run in one of the ways."""
    network = build_network(taskset, tasks, 0).train()
    if way == "contiguous memory":
        network.to(memory_format=torch.contiguous_format)  # pyright: ignore[reportCallIssue]
    optimizer = make_optimizer(taskset.recipe, network.parameters())
    batches = {task: next(iter(taskset.batches(task, 0))) for task in tasks}
    if way == "contiguous memory":
        batches = {
            task: (inputs.contiguous(), wanted) for task, (inputs, wanted) in batches.items()
        }
    trunk, heads = network.trunk, {task: network.head(task) for task in tasks}
    if way == "torch.compile":
        trunk = torch.compile(trunk)
        heads = {task: torch.compile(head) for task, head in heads.items()}

    def loss(task: str, features: Tensor) -> Tensor:
        output = heads[task](features)
        return taskset.loss(task, output.float(), batches[task][1])

    def step() -> None:
        optimizer.zero_grad()
        if "one pass" in way:
            parts = trunk(torch.cat([batches[task][0] for task in tasks])).chunk(len(tasks))
            losses = [loss(task, part) for task, part in zip(tasks, parts, strict=True)]
            torch.stack(losses).sum().backward()
        else:
            for task in tasks:
                half = torch.autocast("cpu", torch.bfloat16) if "16" in way else nullcontext()
                with half:
                    found = loss(task, trunk(batches[task][0]))
                found.backward()
        optimizer.step()

    return _set_up(step, way)


def _set_up(step: Step, way: str) -> Step:
    """A step with the process's settings of a way."""
    if way == "two threads":

        def threaded() -> None:
            torch.set_num_threads(2)
            step()
            torch.set_num_threads(1)

        return threaded
    if way == "flush denormals":

        def flushing() -> None:
            torch.set_flush_denormal(True)
            step()
            torch.set_flush_denormal(False)

        return flushing
    return step


def ensemble(taskset: TaskSet, tasks: list[str], members: int, *, compiled: bool) -> Step:
    """A step of an ensemble of pair runs."""
    cpu, seeds = torch.device("cpu"), range(members)
    sets = {seed: taskset.for_seed(seed) for seed in seeds}
    networks = initial_networks(sets, [(tasks, seed) for seed in seeds], cpu)
    groups = members_by_task(taskset, networks, seeds, cpu)
    trunk = StackedModules.of([network.trunk for network in networks])
    stacks = [trunk, *(group.heads for group in groups)]
    optimizer = make_optimizer(
        taskset.recipe, [value for one in stacks for value in one.parameters.values()]
    )
    computed = [vmap(member_loss(taskset, trunk, group)) for group in groups]
    batches = [
        group.batch([iter(sets[seed].batches(group.task, seed)) for seed in group.seeds])
        for group in groups
    ]

    def forward() -> Tensor:
        found = [
            losses(trunk.state(), group.heads.state(), *batch).sum()
            for losses, group, batch in zip(computed, groups, batches, strict=True)
        ]
        return torch.stack(found).sum()

    total = torch.compile(forward) if compiled else forward

    def step() -> None:
        optimizer.zero_grad()
        total().backward()
        optimizer.step()

    return step


def compare(ways: dict[str, Step], rounds: int, repeats: int = 12) -> None:
    """Time the ways in turn and print them beside the first, and what their first step took."""
    first, taken = {}, {name: [] for name in ways}
    for name, step in ways.items():
        start = time.perf_counter()
        step()
        first[name] = time.perf_counter() - start
    for _ in range(rounds):
        for name, step in ways.items():
            for _ in range(repeats):
                start = time.perf_counter()
                step()
                taken[name].append(time.perf_counter() - start)
    least = {name: min(times) for name, times in taken.items()}
    for name, times in taken.items():
        median = sorted(times)[len(times) // 2]
        print(
            f"{name:38} least {1e3 * least[name]:7.2f} ms, median {1e3 * median:7.2f} ms; "
            f"first step {first[name]:5.1f} s"
        )


if __name__ == "__main__":
    main()
