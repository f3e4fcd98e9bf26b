"""A grouping on fresh seeds, against one network for all tasks and one for each."""

from collections.abc import Mapping, Sequence

from analysis.comparison.comparison import Comparison
from analysis.comparison.questions import questions_against
from analysis.grouping_ways import GROUPED, TOGETHER
from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.studies.grouping.group_runs import GroupRuns
from relations.change_kinds import RELATIVE
from relations.grouping.grouping import Grouping
from relations.runs import Outcome
from relations.variants import refuse_failed

QUESTIONS = questions_against((SINGLE, TOGETHER, GROUPED), [(GROUPED, TOGETHER), (GROUPED, SINGLE)])
"""What is tested, corrected together."""


def judge(runs: GroupRuns, grouping: Grouping, seeds: Sequence[int]) -> Comparison:
    """Train the grouping's networks, all together and all apart with seeds that chose nothing.

    Args:
        runs: Where networks are trained.
        grouping: What is judged.
        seeds: Fresh seeds.

    Raises:
        RunFailedError: Trainings failed; all of them at once.
    """
    networks = [network for network in grouping.choice.networks if network.cost >= 1]
    outcomes = runs.train([*(network.tasks for network in networks), runs.tasks], seeds)
    small = [network.tasks[0] for network in grouping.choice.networks if network.cost < 1]
    outcomes += runs.train_small(small, seeds) if small else []
    refuse_failed(outcomes, "A grouping cannot be judged while trainings fail", runs.place.ledger)
    scores = _by_run(outcomes)
    of_method = {
        SINGLE: {task: ((task,), "") for task in runs.tasks},
        TOGETHER: dict.fromkeys(runs.tasks, (runs.tasks, "")),
        GROUPED: {task: _served(runs, grouping, task) for task in runs.tasks},
    }
    tasks = runs.place.taskset.measured_tasks
    return Comparison(
        {
            method: {
                seed: {task: scores[*served[task], seed][task] for task in runs.tasks}
                for seed in seeds
            }
            for method, served in of_method.items()
        },
        higher_is_better={task.name: task.higher_is_better for task in tasks},
        costs=_costs(runs, grouping),
        kinds={task.name: task.kind for task in tasks if task.change != RELATIVE},
    )


def _served(runs: GroupRuns, grouping: Grouping, task: str) -> tuple[tuple[str, ...], str]:
    """Members and variant of the network that serves a task."""
    network = grouping.choice.networks[grouping.serves[task]]
    return network.tasks, runs.small_variant if network.cost < 1 else ""


def _by_run(outcomes: Sequence[Outcome]) -> dict[tuple[tuple[str, ...], str, int], Mapping]:
    return {(one.run.tasks, one.run.variant, one.run.seed): one.scores or {} for one in outcomes}


def _costs(runs: GroupRuns, grouping: Grouping) -> dict[str, dict[str, float]]:
    """How many networks each way needs where it is used; one for all tasks costs 1."""
    return {
        SINGLE: {"networks": float(len(runs.tasks))},
        TOGETHER: {"networks": 1.0},
        GROUPED: {"networks": grouping.cost},
    }
