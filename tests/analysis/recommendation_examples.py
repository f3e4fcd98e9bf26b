"""What recommendations found, invented."""

from typing import Any

from relations.change_kinds import ChangeKind


def candidate(
    name: str, gain: float | None, cost: float = 1.0, *, behind: str = ""
) -> dict[str, Any]:
    """One of the race, running where it is behind nobody; a gain of None is of one that failed."""
    state = "failed" if gain is None else "behind" if behind else "running"
    return {
        "name": name,
        "operations": cost,
        "parameters": cost,
        "over_multi_head": None if gain is None else {"mean": gain, "se": 0.003, "n": 3},
        "state": state,
        "behind": behind,
        "running": state == "running",
        "in_front": False,
    }


def judged(
    gain: float | None,
    half: float | None = 0.01,
    n: int = 5,
    **tasks: float | None,
) -> dict[str, Any]:
    """One that fresh seeds judged, with an interval of so much to both sides."""
    ends = (None, None) if gain is None or half is None else (gain - half, gain + half)
    return {
        "delta_m": {"mean": gain, "se": 0.004, "n": n},
        "over_multi_head": {
            "mean": gain,
            "lower": ends[0],
            "upper": ends[1],
        },
        "tasks": {
            task: {"mean": change, "se": 0.002, "n": n}
            for task, change in (tasks or {"a": 0.01, "b": -0.02}).items()
        },
    }


def facts_of(
    found: dict[str, dict[str, Any]],
    candidates: list[dict[str, Any]],
    recommended: str = "multi-head",
    **more: Any,
) -> dict[str, Any]:
    """The content of a recommendation.json."""
    return {
        "format": "gradsplit-recommendation",
        "version": 1,
        "recommended": recommended,
        "answer": f"Train it: `{recommended}`.",
        "own_loop": "sum(losses.values()).backward()",
        "kinds": {task: ChangeKind().facts() for task in next(iter(found.values()))["tasks"]},
        "spent": 30,
        "on_test": False,
        "candidates": candidates,
        "left_out": {},
        "judged": found,
        **more,
    }


def three_judged(**more: Any) -> dict[str, Any]:
    """Multi-head, tuned weights at its cost, and two networks that are recommended."""
    found = {
        "multi-head": judged(0.0, 0.0),
        "tuned-weights": judged(0.05),
        "a | b": judged(0.08),
    }
    candidates = [
        candidate("a | b", 0.081, 1.6),
        candidate("tuned-weights", 0.06),
        candidate("multi-head", 0.0),
        candidate("db-mtl", 0.055, behind="0.5 tuned-weights"),
        candidate("failed", None),
    ]
    return facts_of(found, candidates, "a | b", **more)
