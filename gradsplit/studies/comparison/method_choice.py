"""The methods of a comparison as they were asked for, and whether they can be compared."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError, all_problems, argument
from gradsplit.studies.arguments import check_method, is_whole, the_seeds
from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.training.methods.wanted import Wanted, apart, build, read_methods
from relations.change_kinds import STANDARDISED

if TYPE_CHECKING:
    from gradsplit.studies.comparison.measured_mask import MeasuredMask
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet

USUAL = (
    "multi-head",
    "tuned-weights",
    "gradsplit",
    "gradsplit-identity",
    "gradsplit-transposed",
    "gradsplit-shuffled",
    "dropgrad",
    "dropgrad:rate=0.5",
    "last-stage",
)
"""What is compared when no methods are named."""

Chosen = dict[str, "Wanted | Method"]
"""Name in tables -> what was asked for."""


def choose(asked: "Sequence[str | Method] | Mapping[str, str | Method]") -> Chosen:
    """The methods by their names in tables.

    Args:
        asked: Words such as "gradsplit:modules=layer3", and methods, which have their own names; or
            a mapping from other names.

    Raises:
        GradSplitError: A word or an object is no method, or a name is used twice.
    """
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        raise GradSplitError(
            f"{argument('methods')} takes a list of methods, such as ['multi-head'], got {asked!r}."
        )
    if isinstance(asked, Mapping):
        named = list(asked.items())
    else:
        items = [
            part for item in asked for part in (apart(item) if isinstance(item, str) else [item])
        ]
        # Single-task training is there in any case; naming it is no mistake.
        others = [item for item in items if item != SINGLE] or items
        named = [
            (item if isinstance(item, str) else getattr(item, "name", ""), item) for item in others
        ]
    for _, method in named:
        if not isinstance(method, str):
            check_method(method)
    words = tuple(method for _, method in named if isinstance(method, str))
    wanted = {word.text: word for word in read_methods(words)}
    names = [name for name, _ in named]
    twice = {name for name in names if [*names, SINGLE].count(name) > 1}
    if twice:
        raise GradSplitError(
            f"Each method needs a name of its own beside `{SINGLE}`, got {', '.join(names)}. "
            "Give a mapping from names to methods."
        )
    return {name: wanted[method] if isinstance(method, str) else method for name, method in named}


def is_searched(method: "Wanted | Method") -> bool:
    """Whether its loss weights are searched before it is trained."""
    return isinstance(method, Wanted) and method.method.searched


def check_methods(
    chosen: Chosen, taskset: "TaskSet", masks: "MeasuredMask", judging: Sequence[int]
) -> None:
    """Refuse methods that this task set cannot be trained by; nothing is trained.

    Every method is built, with a full mask where the mask must be measured first, and begins a
    training of all tasks, as far as the first step.

    Raises:
        GradSplitError: Options do not fit, a module does not exist, or masks or loss weights would
            be chosen on test data, or on seeds that methods are judged on.
    """
    for name, method in chosen.items():
        if is_searched(method):
            continue
        built = build(method, masks.foreseen) if isinstance(method, Wanted) else method
        try:
            _begin(built, taskset, judging[0])
        except GradSplitError as wrong:
            raise type(wrong)(f"`{name}`: {wrong}") from wrong
    selected = selected_here(chosen, masks)
    if selected and taskset.judged_on_test:
        raise GradSplitError(
            f"Scores of this task set are of its test data, and {', '.join(selected)} would be "
            "chosen on them. Choose with validation data first: probe there and give --mask, "
            "compare tuned-weights there and give weights:task=factor,..."
        )
    twice = sorted(set(judging) & set(masks.seeds))
    if selected and twice:
        raise GradSplitError(
            f"{argument('seeds')} and {argument('probe_seeds')} must have no seed in common, as "
            f"{', '.join(selected)} "
            f"would be judged on seeds that they were chosen on, got {twice} in both. Give other "
            "seeds, or a number of them."
        )


def _begin(method: "Method", taskset: "TaskSet", seed: int) -> None:
    from gradsplit.training.loop import Training
    from gradsplit.training.seeding import seeded
    from gradsplit.training.taskset import keeping_recipe

    taskset = keeping_recipe(taskset, taskset.for_seed(seed))
    network = method.network(taskset, taskset.task_names, seed)
    run = Training(taskset, network, seed, method.optimizer, rehearsal=True)
    with seeded(seed, "training"), method.training(run):
        pass


def selected_here(chosen: Chosen, masks: "MeasuredMask") -> list[str]:
    """The methods whose mask or loss weights are chosen by this comparison's own runs."""
    return [
        name
        for name, method in chosen.items()
        if isinstance(method, Wanted)
        and (
            is_searched(method)
            or (method.needs_mask and masks.given is None and not method.brings_mask)
        )
    ]


def choose_seeds(
    chosen: Chosen,
    baseline: str,
    taskset: "TaskSet",
    seeds: int | Sequence[int],
    probe_seeds: int | Sequence[int],
    tune_seeds: int,
) -> tuple[Sequence[int], Sequence[int]]:
    """The seeds that methods are judged on, and the probe's; a number means those that follow.

    Seeds and a baseline with which nothing can be compared are refused.

    Raises:
        GradSplitError: All problems at once.
    """
    problems: list[str] = []

    def read(given: int | Sequence[int], name: str, first: int = 0) -> Sequence[int]:
        try:
            return the_seeds(given, name, first=first)
        except GradSplitError as wrong:
            problems.append(str(wrong))
            return ()

    probing = read(probe_seeds, "probe_seeds")
    judging = read(seeds, "seeds", max(probing, default=-1) + 1)
    if baseline not in chosen:
        problems.append(f"the baseline `{baseline}` is not among --methods.")
    searched = any(map(is_searched, chosen.values()))
    if searched and not (is_whole(tune_seeds) and 1 <= tune_seeds <= len(probing)):
        problems.append(
            f"--tune-seeds must be between 1 and the number of --probe-seeds, got {tune_seeds!r}."
        )
    spread = [task.name for task in taskset.measured_tasks if task.change == STANDARDISED]
    if spread and len(judging) == 1:
        problems.append(
            f"a standardised change ({', '.join(spread)}) is in units of the seeds' spread, and "
            "one seed has none: give two --seeds or more."
        )
    if len(taskset.tasks) < 2:
        problems.append(f"`{taskset.name}` has one task; there is nothing to compare.")
    if problems:
        raise GradSplitError(all_problems("The methods cannot be compared", problems))
    return judging, probing
