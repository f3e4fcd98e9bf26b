"""Which way of sharing is best for these tasks: raced, and judged on fresh seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

from analysis.comparison.comparison_files import write_comparison
from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import the_folder, the_taskset, the_trail
from gradsplit.studies.networks_beside import networks_at_most
from gradsplit.studies.news import News
from gradsplit.studies.recommendation.against import against
from gradsplit.studies.recommendation.asked import (
    RACE_SEEDS,
    Asked,
    asked_of,
    check_asked,
    known_of,
    timed,
)
from gradsplit.studies.recommendation.budget.limits import HOURS
from gradsplit.studies.recommendation.budget.plan import planned
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.configuration_runs import ConfigurationRuns
from gradsplit.studies.recommendation.files.kept_runs import keep_runs, kept_runs
from gradsplit.studies.recommendation.judging.answer import answer
from gradsplit.studies.recommendation.judging.judgement import Judged, judge
from gradsplit.studies.recommendation.own_loop import own_lines, own_loop
from gradsplit.studies.recommendation.own_training.runs import OwnRuns
from gradsplit.studies.recommendation.progress.noted_progress import NotedProgress
from gradsplit.studies.recommendation.racing.contest import Contest
from gradsplit.studies.recommendation.recommended import Recommended
from gradsplit.studies.run_by_run import run_by_run
from gradsplit.studies.training_warnings import mind
from gradsplit.studies.variant_runs import RunPlace, Tell, VariantRuns, unheard
from gradsplit.training.device import check_device
from relations.executors import is_here
from relations.running.progress import study_progress
from relations.sources import LEDGER_NAME
from relations.statistics.corrections import check_levels
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.executors import Executor


def recommend(
    taskset: "TaskSet | str",
    out: str | Path = "recommended",
    *,
    networks: int | None = None,
    inference: float | None = None,
    runs: int | None = None,
    hours: float | None = None,
    methods: "Sequence[str | Method]" = (),
    race_seeds: int = RACE_SEEDS,
    judge_seeds: int = 5,
    threshold: float = -0.01,
    steps: int | None = None,
    options: Mapping[str, Any] | None = None,
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
) -> Recommended:
    """Find the best way of sharing for the tasks of a task set, and show that it is.

    Balancing methods, tuned loss weights, own last stages, a wider network, longer training, and,
    where tasks still lose, masks and groupings by a probe's relations are raced against plain
    training on a few seeds, the losers dropped early; the few that are left are trained on fresh
    seeds, and where the task set has test data, judged on these. Recommended is what is decidedly
    better than plain training and than everything cheaper; otherwise plain training is. Finished
    runs are kept: call it again after a stop.

    Args:
        taskset: A task set, or its name or reference as on the command line.
        out: Folder of the ledger, the recommendation, the tables and the picture.
        networks: Most networks; with it pairs are always probed. 2 where nothing is said.
        inference: What may be computed at inference, where one shared network costs 1; as many as
            `networks` where that is given, 2 where neither is.
        runs: Most trainings of any kind.
        hours: How long it may take instead, turned into trainings by timing a few steps; an hour
            where neither is given.
        methods: More candidates: words such as "gradnorm:alpha=0.5", or `Method` objects.
        race_seeds: Most seeds of the race, from seed 0 on.
        judge_seeds: How many seeds judge what is left, from the race's last one on.
        threshold: A change below this fraction of the single-task score is harm; in (-1, 0].
        steps: Optimizer steps of every run; the task set's own number when None.
        options: Of the task set, where it is given by name; as in `load_taskset`.
        executor: Where runs happen: "in-process", "processes", "ray", or an object.
        workers: How many runs at once.
        device: Where networks are trained.
        progress: Show runs and the time left on stderr, as a bar or, where it is no terminal, a
            line a minute.
        settings: Anything beside the task set that changes a score, as JSON values.
        depends: Files or folders whose content changes a score.
        accept_changed_code: Take runs of other code from the ledger, which is recorded there.
        absolute: Task -> threshold of a change in the metric's own unit; see `TaskSet.with_kinds`.
        standardised: The same of a change in units of the seeds' spread.
        checkpoint_minutes: See `gradsplit.probe`.
        log: See there.
        keep_networks: See there.
        tell: Called with what is found as soon as it is.

    Returns:
        What was found; its files are in `out`, and `save()` writes them elsewhere.

    Raises:
        GradSplitError: An argument is not what it must be, or the trainings do not suffice.
        RunFailedError: Single-task trainings failed, or multi-head ones.

    Source: our choice; the race is successive elimination, see `Race`.
    Cost: at most `runs` trainings.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     best = recommend("cause-none", folder, runs=36, steps=60, judge_seeds=2,
        ...                      progress=False)
        >>> best.config.name in best.comparison.methods
        True
    """
    news = News(tell)
    check_levels(threshold, 0.95, "holm")
    folder = the_folder(out, make=False)
    reference = taskset if isinstance(taskset, str) else None
    loaded = _loaded(taskset, steps, options).with_kinds(absolute, standardised)
    where = run_by_run(executor, workers)
    check_device(device, here=is_here(where))
    trail = the_trail(checkpoint_minutes, log, keep_networks=keep_networks)
    check_asked(loaded, networks, inference, runs, hours, race_seeds, judge_seeds)
    timed_for = HOURS if hours is None else hours
    taken = kept_runs(folder, timed_for, workers) if runs is None else runs
    asked = asked_of(
        loaded,
        networks=networks,
        inference=inference,
        runs=taken,
        hours=hours,
        methods=methods,
        race_seeds=race_seeds,
        judge_seeds=judge_seeds,
        workers=workers,
        cost=lambda: timed(loaded, device) if taken is None or is_here(where) else None,
    )
    known = Declared(settings or {}, tuple(depends), accept_changed_code)
    place = VariantRuns(
        loaded, folder / LEDGER_NAME, device, where, None, progress, news, known, trail=trail
    )
    folder.mkdir(parents=True, exist_ok=True)
    if runs is None:
        keep_runs(folder, timed_for, workers, asked.limits.most)
    given = {**(options or {}), **({} if steps is None else {"steps": steps})}
    if trail.networks:
        news.tell(networks_at_most(place.ledger, place.trainer(), asked.limits.most))
    best = raced(place, asked, threshold, news, reference, given)
    place.say_kept_networks()
    return best


def raced(
    place: RunPlace,
    asked: Asked,
    threshold: float,
    news: News,
    reference: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Recommended:
    """Plan, race and judgement, of what was checked.

    Args:
        place: Where runs are trained and kept.
        asked: What is asked for.
        threshold: A change below it is harmful.
        news: Told everything.
        reference: The task set's name, where it has one.
        options: Of the task set.
    """
    folder = place.ledger.parent
    known = known_of(place.taskset, folder, asked)
    plan = planned(known, asked)
    plan.check()
    at_once = getattr(place.executor, "workers", None)
    noted = NotedProgress(folder, place.taskset.task_names, asked, at_once)
    place = replace(place, again=True, begin=noted)
    news.tell(plan)
    runs, probed = ConfigurationRuns(place, noted=noted), asked.probed
    contest = Contest(
        runs,
        known,
        asked.racing,
        asked.limits,
        threshold,
        probed,
        no_search=plan.no_search,
        no_probe=plan.no_probe,
    )
    held = place.finished()
    with noted.followed():
        with study_progress(asked.limits.most, shown=place.progress):
            contest.run(asked.own)
            judged = judge(contest, asked.judging)
        questions = tuple((one.method, one.against) for one in judged.verdict.answers)
        news(write_comparison(judged.comparison, folder, MULTI_HEAD, questions))
        best = _recommended(contest, judged, news, asked, threshold)
        best = replace(
            best,
            reference=reference,
            options=options or {},
            trained=place.finished() - held,
            held=held,
        )
        best.save(folder)
    return best


def _recommended(
    contest: Contest, judged: Judged, news: News, asked: Asked, threshold: float
) -> Recommended:
    """What was found, in words, told."""
    place = contest.runs.place
    config = contest.configurations[judged.verdict.recommended]
    commands = place.commands(config) if isinstance(place, OwnRuns) else ()
    said = _answer(contest, judged, config)
    news(said)
    facts = asked.facts(threshold)
    warnings, replaces = against(contest, judged, asked, facts)
    for warning in warnings:
        news(mind(warning))
    lines = own_lines(config, commands) or own_loop(config, place.taskset, str(place.ledger.parent))
    own = isinstance(place, OwnRuns)
    where = f"train it by your own {place.training.WHAT}" if own else "in a loop of your own"
    news(f"{where}:\n\n{indent(lines, '    ')}")
    return Recommended(
        config,
        said,
        lines,
        judged.verdict,
        judged.comparison,
        contest.standings(),
        contest.costs,
        contest.known.graph,
        judged.on_test,
        spent=contest.runs.spent,
        text=_text([said, *map(mind, warnings)], news),
        warnings=tuple(warnings),
        commands=commands,
        failed=len(place.failed),
        asked=facts,
        replaces=replaces,
    )


def _answer(contest: Contest, judged: Judged, config: Configuration) -> str:
    return answer(
        config,
        judged,
        contest.costs[config.name],
        contest.standings(),
        contest.runs.spent,
        diagnosable=not isinstance(contest.runs.place, OwnRuns),
        diagnosed=contest.diagnosed,
        weights=contest.searched,
    )


def _text(first: Sequence[str], news: News) -> str:
    """The answer first, and what speaks against it, then how it was found."""
    return "\n\n".join([*first, *(str(one) for one in news.kept if one not in first)])


def _loaded(
    taskset: "TaskSet | str", steps: int | None, options: Mapping[str, Any] | None
) -> "TaskSet":
    if options and not isinstance(taskset, str):
        raise GradSplitError("`options` are for a task set that is given by its name.")
    if isinstance(taskset, str):
        from gradsplit.tasksets.registry import load_taskset

        taskset = load_taskset(taskset, options)
    return the_taskset(taskset, steps)
