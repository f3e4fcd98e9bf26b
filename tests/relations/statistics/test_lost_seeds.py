"""Seeds on which everything failed."""

from relations import ChangeMatrix, Task
from relations.runs import Outcome, Run
from relations.statistics.lost_seeds import lost_seeds

TASKS = [Task("pose"), Task("reid")]
GROUPS = [("pose",), ("reid",), ("pose", "reid")]


def outcomes(seeds: range, failing: set[tuple[tuple[str, ...], int]]) -> list[Outcome]:
    return [
        Outcome(Run(group, seed), error="RuntimeError: broken")
        if (group, seed) in failing
        else Outcome(Run(group, seed), {task: 0.8 - 0.01 * len(group) * seed for task in group})
        for seed in seeds
        for group in GROUPS
    ]


def everything(seed: int) -> set[tuple[tuple[str, ...], int]]:
    return {(group, seed) for group in GROUPS}


def test_a_seed_on_which_everything_failed_is_left_out_and_said() -> None:
    changes = ChangeMatrix.from_runs(TASKS, outcomes(range(4), everything(2)))
    assert changes.seeds == (0, 1, 3) and changes.known[0, 1] and changes.known[1, 0]
    assert "seed 2 is left out for all tasks: every run of it failed" in str(changes)
    without = [one for one in outcomes(range(4), set()) if one.run.seed != 2]
    assert (
        changes.by_seed[:, 0, 1] == ChangeMatrix.from_runs(TASKS, without).by_seed[:, 0, 1]
    ).all()


def test_an_edge_that_alone_lost_a_seed_stays_unknown() -> None:
    changes = ChangeMatrix.from_runs(TASKS, outcomes(range(4), {(("pose", "reid"), 2)}))
    assert changes.seeds == (0, 1, 2, 3) and not changes.known.any()
    assert "left out" not in str(changes)


def test_one_task_that_trains_alone_keeps_the_seed() -> None:
    failing = everything(2) - {(("reid",), 2)}
    assert lost_seeds(["pose", "reid"], outcomes(range(4), failing)) == []


def test_one_other_seed_is_too_few() -> None:
    assert lost_seeds(["pose", "reid"], outcomes(range(2), everything(1))) == []
    assert lost_seeds(["pose", "reid"], outcomes(range(3), everything(1))) == [1]
