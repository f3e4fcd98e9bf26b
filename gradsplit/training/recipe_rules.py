"""What the numbers and names of a recipe must be."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "steps": (lambda value: type(value) is int and value >= 1, "a whole number of at least 1"),
    "batch_size": (lambda value: type(value) is int and value >= 1, "a whole number of at least 1"),
    "optimizer": (lambda value: value in ("adamw", "adam", "sgd"), "'adamw', 'adam' or 'sgd'"),
    "learning_rate": (lambda value: is_number(value) and value > 0, "a number above 0"),
    "weight_decay": (lambda value: is_number(value) and value >= 0, "a number of at least 0"),
    "schedule": (
        lambda value: value in ("cosine", "constant", "step"),
        "'cosine', 'constant' or 'step'",
    ),
    "warmup": (lambda value: type(value) is int and value >= 0, "a whole number of at least 0"),
    "milestones": (
        lambda value: (
            isinstance(value, list | tuple)
            and all(is_number(share) and 0 < share < 1 for share in value)
            and list(value) == sorted(set(value))
        ),
        "rising shares of the steps between 0 and 1",
    ),
    "head_rate": (lambda value: is_number(value) and value > 0, "a number above 0"),
    "precision": (lambda value: value in ("float32", "bfloat16"), "'float32' or 'bfloat16'"),
}


def recipe_problems(fields: Mapping[str, Any], tasks: Collection[str]) -> list[str]:
    """What is wrong with some fields of a recipe, a line each.

    Args:
        fields: Name -> value.
        tasks: The tasks that may be weighed.

    Example:
        >>> recipe_problems({"steps": 0, "weights": {"pose": 2}}, ["pose"])
        ["The recipe's steps must be a whole number of at least 1, got 0."]
    """
    problems = [
        f"The recipe's {name} must be {rule}, got {fields[name]!r}."
        for name, (holds, rule) in _RULES.items()
        if name in fields and not holds(fields[name])
    ]
    weights = fields.get("weights", {})
    if not isinstance(weights, Mapping):
        problems.append(f"The recipe's weights must be numbers by task, got {weights!r}.")
        return problems
    for task, weight in weights.items():
        if task not in tasks:
            problems.append(f"The recipe weighs `{task}`, which is not a task.")
        if not is_number(weight) or weight < 0:
            problems.append(
                f"The weight of `{task}` must be a number of at least 0, got {weight!r}."
            )
    return problems


def schedule_problems(schedule: str, milestones: Sequence[float]) -> list[str]:
    """What does not go together in a recipe, a line each.

    Example:
        >>> schedule_problems("step", ())
        ["The recipe's schedule 'step' needs milestones, such as 0.5, 0.8."]
    """
    if schedule == "step" and not milestones:
        return ["The recipe's schedule 'step' needs milestones, such as 0.5, 0.8."]
    if schedule != "step" and milestones:
        return [f"The recipe's milestones are for the schedule 'step', which is {schedule!r}."]
    return []


def is_number(value: Any) -> bool:
    """Whether it is a number and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)
