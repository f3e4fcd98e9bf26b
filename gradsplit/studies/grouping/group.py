"""Which tasks should share a network: probe, candidates, and a judgement on fresh seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.comparison.comparison_files import write_comparison
from analysis.grouping_ways import TOGETHER
from gradsplit.errors import GradSplitError, argument
from gradsplit.studies.arguments import (
    check_number,
    the_folder,
    the_pairs,
    the_seeds,
    the_taskset,
    the_trail,
)
from gradsplit.studies.grouping.candidates import Limits, train_candidates
from gradsplit.studies.grouping.cost import most_candidate_runs
from gradsplit.studies.grouping.group_runs import GroupRuns
from gradsplit.studies.grouping.grouped import Grouped
from gradsplit.studies.grouping.judgement import QUESTIONS, judge
from gradsplit.studies.grouping.small_networks import at_cost
from gradsplit.studies.news import News
from gradsplit.studies.training_warnings import mind, training_warnings
from gradsplit.studies.variant_runs import Tell, VariantRuns, unheard
from gradsplit.tasksets.other_things import kind_of_results
from gradsplit.training.device import check_device
from relations.executors import executor_named, is_here
from relations.grouping.asked import Asked
from relations.grouping.budget_curve import budget_curve
from relations.grouping.group_changes import check_one_kind
from relations.grouping.predicted import Rule
from relations.running.progress import study_progress
from relations.sources import LEDGER_NAME
from relations.tasks import check_known
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from gradsplit.training.taskset import TaskSet
    from relations.executors import Executor


def group(
    taskset: "TaskSet | str",
    networks: int | None = None,
    out: str | Path = "grouped",
    *,
    budget: float | None = None,
    small: float | None = None,
    disjoint: bool = False,
    together: Iterable[tuple[str, str] | str] = (),
    apart: Iterable[tuple[str, str] | str] = (),
    largest: int | None = None,
    rule: Rule = "mean",
    train: int = 3,
    most_runs: int | None = None,
    seeds: int | Sequence[int] = 3,
    judge_seeds: int | Sequence[int] = 5,
    steps: int | None = None,
    executor: "str | Executor" = "in-process",
    workers: int | None = None,
    device: str = "cpu",
    progress: bool = True,
    settings: Mapping[str, object] | None = None,
    depends: Sequence[str | Path] = (),
    accept_changed_code: bool = False,
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
    checkpoint_minutes: float | None = None,
    log: str | Sequence[str] | None = None,
    keep_networks: bool = False,
    tell: Tell = unheard,
) -> Grouped:
    """Choose networks for the tasks, train what is promising, and judge the best on fresh seeds.

    A probe measures all pairs; larger groups are predicted, the groups of the best groupings
    trained, and the problem solved again until the best grouping is a measured one. That grouping
    is then trained with seeds that chose nothing, beside one network for all and one for each.
    The grouping, its pictures and tables are then in the folder. Finished runs are kept: call it
    again after a stop.

    Args:
        taskset: A task set, or its name or reference as on the command line.
        networks: Most networks; 2 when no budget is given.
        out: Folder of the ledger, the grouping, the tables and the pictures.
        budget: What the networks may cost together instead, where one of full size costs 1.
        small: What a small network costs, of which each task may have one of its own; its width is
            the square root of that.
        disjoint: No task may be in two networks.
        together: Pairs of tasks that one network must serve, as ("a", "b") or "a:b".
        apart: Pairs of tasks that must not be in the same network.
        largest: Most tasks of a network.
        rule: How groups are predicted that were not trained: "mean" or "sum" over partners.
        train: Of how many of the best groupings the networks are trained at a time; 0 trains none,
            so that larger groups stay predicted and nothing is judged.
        most_runs: Most runs of candidates in the ledger; when spent, the best grouping of trained
            networks is taken. Twice the probe's when None.
        seeds: How often each run is trained that the choice is made from, or the seeds.
        judge_seeds: How often the grouping, all together and all apart are trained to be judged;
            a number means the seeds that follow.
        steps: Optimizer steps of every run; the task set's own where None.
        executor: Where runs happen: "in-process", "processes", "ray", "ensemble", or an object.
        workers: How many runs at once.
        device: Where networks are trained.
        progress: Show runs and the time left on stderr, as a bar or, where it is no terminal, a
            line a minute.
        settings: Anything beside the task set that changes a score, as JSON values.
        depends: Files or folders whose content changes a score.
        accept_changed_code: Take runs of other code from the ledger, which is recorded there.
        absolute: See `TaskSet.with_kinds`; such changes have no common unit and are refused.
        standardised: Task -> threshold of a change in units of the seeds' spread; of all tasks or
            of none, as changes are summed.
        checkpoint_minutes: See `gradsplit.probe`.
        log: See there.
        keep_networks: See there.
        tell: Called with what is found as soon as it is.

    Raises:
        GradSplitError: An argument is not what it must be.
        GroupingError: No grouping obeys what is asked.
        RunFailedError: Trainings failed.

    Cost: the probe's runs, then for each pass as many runs as there are new groups times `seeds`,
    then the networks of three ways of training times `judge_seeds`.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     grouped = group("planted", 2, folder, seeds=2, judge_seeds=2, steps=40,
        ...                     progress=False)
        >>> len(grouped.grouping.groups) <= 2, grouped.grouping.measured
        (True, True)
    """
    if networks is None and budget is None:
        networks = 2
    _refuse_results(taskset, networks, budget)
    folder = the_folder(out, make=False)
    taskset = the_taskset(taskset, steps).with_kinds(absolute, standardised)
    where = executor_named(executor, workers)
    check_device(device, here=is_here(where))
    check_number("train", train, 0)
    if most_runs is not None:
        check_number("most_runs", most_runs, 0)
    choosing = the_seeds(seeds, least=1)
    judging = the_seeds(judge_seeds, "judge_seeds", least=2, first=max(choosing) + 1)
    _check_fresh(choosing, judging)
    asked = Asked(
        networks=networks,
        budget=budget,
        small=small,
        small_gains={} if small else None,
        disjoint=disjoint,
        together=tuple(the_pairs(together, "together")),
        apart=tuple(the_pairs(apart, "apart")),
        largest=largest,
        rule=rule,
    )
    _check(taskset, asked)
    known = Declared(settings or {}, tuple(depends), accept_changed_code)
    trail = the_trail(checkpoint_minutes, log, keep_networks=keep_networks)
    place = VariantRuns(
        taskset, folder / LEDGER_NAME, device, where, None, progress, tell, known, trail=trail
    )
    folder.mkdir(parents=True, exist_ok=True)
    limits = Limits(
        train, most_candidate_runs(taskset.task_names, choosing) if most_runs is None else most_runs
    )
    return _grouped(GroupRuns(place, small), asked, limits, choosing, judging)


def _refuse_results(taskset: object, networks: int | None, budget: float | None) -> None:
    """Refuse results, which cannot be trained, with the functions that group them.

    Raises:
        GradSplitError: They are given instead of a task set.
    """
    kind = kind_of_results(str(taskset)) if isinstance(taskset, str | Path) else None
    if kind is not None:
        most = f"budget={budget:g}" if networks is None else f"networks={networks}"
        raise GradSplitError(
            f"`{taskset}` is {kind}, not a task set, and nothing can be trained of it. What pairs "
            "predict is found by `from relations import group_tasks, load_groups; "
            f"print(group_tasks(load_groups({str(taskset)!r}), {most}))`, as `gradsplit group` "
            "does with it. To train groups and judge them, give the task set."
        )


def _grouped(
    runs: GroupRuns, asked: Asked, limits: Limits, choosing: Sequence[int], judging: Sequence[int]
) -> Grouped:
    """Probe, candidates and judgement, of what was checked."""
    place = runs.place
    news = News(place.tell)
    place = replace(place, tell=news)
    runs = replace(runs, place=place)
    held = place.finished()
    probe = place.probe(choosing)
    news(plan := probe.plan())
    place.say_networks({"": place.trainer()}, plan.missing)
    with study_progress(0, shown=place.progress):
        probe.run(executor=place.executor, progress=place.progress)
        found = train_candidates(runs, choosing, asked, limits)
        news(found.grouping)
        comparison = judge(runs, found.grouping, judging) if limits.keep else None
        comparison = _tell_judgement(comparison, place, news)
    place.say_kept_networks()
    grouped = Grouped(
        found.grouping,
        found.predicted,
        found.trained,
        budget_curve(found.changes, asked),
        comparison,
        trained=place.finished() - held,
        held=held,
        text=str(news),
    )
    grouped.save(place.ledger.parent)
    return grouped


def _tell_judgement(
    comparison: "Comparison | None", place: VariantRuns, news: News
) -> "Comparison | None":
    """Write and tell what fresh seeds say, and what single-task runs know against it.

    Returns:
        The comparison with what speaks against it below its table.
    """
    warnings = [mind(warning) for warning in training_warnings(place)]
    if comparison is None:
        for warning in warnings:
            news(warning)
        return None
    comparison = replace(comparison, notes=warnings)
    news(write_comparison(comparison, place.ledger.parent, TOGETHER, QUESTIONS))
    return comparison


def _check_fresh(choosing: Sequence[int], judging: Sequence[int]) -> None:
    shared = sorted(set(choosing) & set(judging))
    if shared:
        raise GradSplitError(
            f"A grouping is judged on seeds that did not choose it; {shared} are in both "
            f"{argument('seeds')} "
            f"and {argument('judge_seeds')}."
        )


def _check(taskset: "TaskSet", asked: Asked) -> None:
    """Refuse what cannot be had before anything is trained.

    Raises:
        GradSplitError: There is one task.
        GroupingError: The rules contradict each other.
        TaskError: A rule names a task that there is not.
        TaskSetError: Small networks are asked of a task set that has none.
    """
    tasks = taskset.task_names
    if len(tasks) < 2:
        raise GradSplitError(f"`{taskset.name}` has one task; there is nothing to group.")
    check_known([task for pair in (*asked.together, *asked.apart) for task in pair], tasks)
    if asked.small is not None:
        at_cost(taskset, asked.small)
    asked.check(tasks)
    check_one_kind(taskset.measured_tasks)
