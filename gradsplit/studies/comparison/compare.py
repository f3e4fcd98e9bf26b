"""Which way of training is best: methods trained with the same seeds, beside every task alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analysis.comparison.comparison import Comparison
from analysis.comparison.comparison_files import write_comparison
from analysis.comparison.questions import Question, questions_against
from analysis.comparison.table import moved_table
from gradsplit.errors import GradSplitError, argument
from gradsplit.studies.arguments import is_whole, the_folder, the_taskset, the_trail
from gradsplit.studies.comparison.asked import asked
from gradsplit.studies.comparison.built_methods import BuiltMethods, build_methods
from gradsplit.studies.comparison.compared import Compared
from gradsplit.studies.comparison.costs import measured_costs
from gradsplit.studies.comparison.measured_mask import MeasuredMask
from gradsplit.studies.comparison.method_choice import (
    USUAL,
    check_methods,
    choose,
    choose_seeds,
)
from gradsplit.studies.comparison.method_runs import SINGLE, compare_methods
from gradsplit.studies.comparison.other_sets import OtherSets, other_sets
from gradsplit.studies.news import News
from gradsplit.studies.run_by_run import run_by_run
from gradsplit.studies.training_warnings import mind, training_warnings
from gradsplit.studies.variant_runs import Tell, VariantRuns, unheard
from gradsplit.training.device import check_device
from relations.executors import is_here
from relations.mask import GradientMask
from relations.running.progress import study_progress
from relations.sources import LEDGER_NAME
from relations.statistics.corrections import check_levels
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.trail import Trail
    from relations.executors import Executor


def compare(
    taskset: "TaskSet | str",
    methods: "Sequence[str | Method] | Mapping[str, str | Method]" = USUAL,
    out: str | Path = "compared",
    *,
    seeds: int | Sequence[int] = 5,
    probe_seeds: int | Sequence[int] = 5,
    mask: GradientMask | str | Path | None = None,
    threshold: float = -0.01,
    undecided: Literal["point", "allow", "block"] = "point",
    baseline: str = "multi-head",
    against: Sequence[str | Question] | None = None,
    tune_seeds: int = 2,
    steps: int | Sequence[int] | None = None,
    costs: bool = True,
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
    also: "Sequence[str | TaskSet] | Mapping[str, str | TaskSet]" = (),
    tell: Tell = unheard,
) -> Compared:
    """Train by several methods with the same seeds and compare them with single-task training.

    If a method needs a mask and none is given, a probe measures the relations first, and
    `tuned-weights` searches its loss weights; methods are then trained with the seeds that follow,
    so that none is judged on the seeds it was chosen on. Everything is checked before anything is
    trained, and finished runs are kept: call it again after a stop, or with more methods or seeds.

    Args:
        taskset: A task set, or its name or reference as on the command line.
        methods: Words such as "gradsplit:threshold=-0.05", or `Method` objects; a mapping gives
            them names of your own.
        out: Folder of the ledger, the mask, the tables and the pictures.
        seeds: How often each method is trained, or the seeds.
        probe_seeds: How often each run of the probe that measures the mask is trained, or the
            seeds.
        mask: A mask, or its file, to use instead of measuring one.
        threshold: A change below this fraction of the single-task score is harmful; in (-1, 0].
        undecided: What to do with an undecided edge in the measured mask.
        baseline: The method that the others are compared with, in pairs by seed.
        against: Methods that every other one is tested against, and pairs such as ("gradsplit",
            "tuned-weights"), all tests corrected together; the questions that matter when None:
            every method against the baseline; every mask against its shuffled, transposed and
            identity forms, against loss weights, and against the best of the methods that balance
            without a search.
        tune_seeds: Of the probe's seeds, those on which `tuned-weights` searches.
        steps: Optimizer steps of every run; the task set's own where None. Of two numbers,
            everything is trained at both, and what still moves is said.
        costs: Measure parameters, operations, time of a step and memory of each method.
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
        also: Other task sets that every network is scored on right after its training, such as
            "night=figures:light=night" (the first word is its name in tables) or a configuration
            file; or a mapping from names to task sets.
            Networks are kept in `out` then, so that another set later trains nothing again.
        tell: Called with what is found as soon as it is: the probe's plan before it is trained, the
            relation graph, searched weights, the table. `print(compared)` shows it at the end.

    Raises:
        GradSplitError: The methods cannot be compared so.
        RelationsError: A mask or relation cannot be read, or runs failed.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     compared = compare("planted", ["multi-head", "dropgrad:rate=0.5"], folder,
        ...                        seeds=2, steps=120, costs=False, progress=False)
        >>> compared.comparison.methods
        ('single', 'multi-head', 'dropgrad:rate=0.5')
    """
    news = News(tell)
    check_levels(threshold, 0.95, "holm")
    folder = the_folder(out, make=False)
    taskset, counts = _with_steps(the_taskset(taskset).with_kinds(absolute, standardised), steps)
    where = run_by_run(executor, workers)
    check_device(device, here=is_here(where))
    others = other_sets(also, taskset, folder)
    trail = _trail(checkpoint_minutes, log, keep_networks, others)
    place = VariantRuns(
        taskset, folder / LEDGER_NAME, device, where, None, progress, news,
        Declared(settings or {}, tuple(depends), accept_changed_code), trail=trail,
    )  # fmt: skip
    chosen = choose(methods)
    judging, probing = choose_seeds(chosen, baseline, taskset, seeds, probe_seeds, tune_seeds)
    questions_against((SINGLE, *chosen), against or ())  # refuses names that are no methods
    masks = MeasuredMask(place, probing, threshold, undecided, mask)
    check_methods(chosen, taskset, masks, judging)
    folder.mkdir(parents=True, exist_ok=True)
    held = place.finished()
    with study_progress(0, shown=progress):
        built = build_methods(chosen, masks, probing[:tune_seeds])
        comparison, shorter = _judged(place, built, judging, others, costs=costs), None
        questions = asked(comparison, baseline, against, chosen)
        news(write_comparison(comparison, folder, baseline, questions))
        if len(counts) > 1:
            shorter = compare_methods(place, built.methods, judging, steps=counts[0])
            news(_moved_text(shorter, comparison, counts))
    place.say_kept_networks()
    return Compared(
        comparison,
        baseline,
        questions,
        built.methods,
        built.weights,
        masks.measured,
        shorter,
        trained=place.finished() - held,
        held=held,
        text=str(news),
    )


def _trail(
    minutes: float | None,
    log: str | Sequence[str] | None,
    keep_networks: bool,
    others: OtherSets | None,
) -> "Trail":
    """What is recorded of runs; networks too, if there are other sets: one may be added later."""
    return the_trail(minutes, log, keep_networks=keep_networks or others is not None)


def _judged(
    place: VariantRuns,
    built: BuiltMethods,
    seeds: Sequence[int],
    others: OtherSets | None,
    *,
    costs: bool,
) -> Comparison:
    """The methods trained, with what they took before and what they cost if that is asked."""
    measured: dict[str, dict[str, float]] = {}
    if costs:
        measured = measured_costs(place.taskset, built.methods, SINGLE, place.device)
    spent = {name: {**spent, **measured.get(name, {})} for name, spent in built.spent.items()}
    compared = compare_methods(place, built.methods, seeds, costs=spent, also=others)
    warnings = map(mind, training_warnings(place))
    return replace(compared, notes=[*warnings, *built.notes])


def _moved_text(shorter: Comparison, longer: Comparison, counts: Sequence[int]) -> str:
    moved = moved_table(shorter, longer)
    return f"from {counts[0]} to {counts[-1]} steps the scores moved by\n\n{moved}"


def _with_steps(
    taskset: "TaskSet", steps: int | Sequence[int] | None
) -> "tuple[TaskSet, list[int]]":
    """The task set, with the larger number of steps where any is given, and the numbers."""
    given: list[Any] = [] if steps is None else [steps]
    if isinstance(steps, Iterable) and not isinstance(steps, str):
        given = list(steps)
    if len(given) > 2 or not all(is_whole(count) and count > 0 for count in given):
        raise GradSplitError(
            f"{argument('steps')} takes a number or two, such as (200, 400), got {steps!r}."
        )
    counts = sorted(set(given))
    return taskset.with_recipe(steps=counts[-1]) if counts else taskset, counts
