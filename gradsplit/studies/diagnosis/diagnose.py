"""Why edges are harmful, and what helps: the whole study in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError, all_problems, argument
from gradsplit.studies.arguments import (
    the_folder,
    the_names,
    the_pairs,
    the_seeds,
    the_taskset,
    the_trail,
)
from gradsplit.studies.variant_runs import Tell, VariantRuns, unheard

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.diagnosed import Diagnosed
    from gradsplit.studies.diagnosis.intervention import Edge
    from gradsplit.training.taskset import TaskSet
    from relations import RelationGraph
    from relations.executors import Executor


SEEDS = 5
"""How often each run of a diagnosis is trained where nothing is said."""


def diagnose(
    taskset: "TaskSet | str",
    edges: "Sequence[Edge | str] | str | None" = None,
    out: str | Path = "runs",
    *,
    seeds: int | Sequence[int] = SEEDS,
    threshold: float = -0.01,
    stages: str | Sequence[str] | None = None,
    sweep: bool = False,
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
) -> "Diagnosed":
    """Find out why edges are harmful, by training each pair with one possible cause taken away.

    Everything is checked before anything is trained, and finished runs are kept, those of a probe
    in the folder among them: call it again after a stop.

    Args:
        taskset: A task set, or its name or reference as on the command line.
        edges: (source, target) or "source:target" each; where None, all edges whose mean change is
            harmful, and undecided ones with a loss.
        out: Folder of the ledger; made when it is not there.
        seeds: How often each run is trained, or the seeds themselves; at least two.
        threshold: A relative change below this fraction of the single-task score is harmful; in
            (-1, 0].
        stages: The trunk's modules from first to last; its direct children where None.
        sweep: Train each pair with weights of 0.1, 0.3 and 3 of the source's loss as well: whether
            some weight makes the source harmless (weak negative transfer) or none (strong). Costs
            three more pair runs a seed and edge.
        executor: Where runs happen: "in-process", "processes", "ray", "ensemble", or an object.
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
        tell: Called with what is found as soon as it is: the relation graph, then the diagnoses.
            `print(found)` shows both at the end.

    Returns:
        What was found; its `save()` writes the files that the command writes.

    Raises:
        GradSplitError: The edges cannot be diagnosed so; all problems at once.
        RelationsError: The threshold or the executor are not possible, or runs failed.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> taskset = load_taskset("cause-loud-loss", {"steps": 150})
        >>> with TemporaryDirectory() as folder:
        ...     found = diagnose(taskset, [("source", "target")], folder, seeds=2, progress=False)
        >>> [diagnosis.edge for diagnosis in found.diagnoses]
        [('source', 'target')]
    """
    from gradsplit.studies.diagnosis.diagnosed import Diagnosed
    from gradsplit.studies.diagnosis.examination import examine
    from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
    from gradsplit.training.device import check_device
    from relations.executors import executor_named, is_here
    from relations.running.progress import study_progress
    from relations.sources import LEDGER_NAME
    from relations.statistics.corrections import check_levels
    from relations.watch.declared import Declared

    taskset = the_taskset(taskset).with_kinds(absolute, standardised)
    asked = [] if edges is None else the_pairs(edges, "edges")
    seeds = the_seeds(seeds)
    stages = None if stages is None else the_names(stages, "stages")
    check_levels(threshold, 0.95, "holm")
    executor = executor_named(executor, workers)
    check_device(device, here=is_here(executor))
    _refuse_problems(taskset, asked, seeds, stages)
    folder = the_folder(out)
    declared = Declared(settings or {}, tuple(depends), accept_changed_code)
    ledger = folder / LEDGER_NAME
    trail = the_trail(checkpoint_minutes, log, keep_networks=keep_networks)
    place = VariantRuns(
        taskset, ledger, device, executor, None, progress, tell, declared, trail=trail
    )
    pairs = {frozenset(edge): edge for edge in asked}.values()
    with study_progress(0, shown=progress):
        graph = _relations(place, seeds, tuple(pairs) or None, threshold)
        questions = in_question(graph)
        examined = {edge: said for edge, said in questions.items() if not asked or edge in asked}
        runs = InterventionRuns(place, seeds)
        diagnoses = examine(runs, examined, stages=stages, threshold=threshold, sweeping=sweep)
    harmless = tuple(edge for edge in asked if edge not in questions)
    found = Diagnosed(graph, harmless, tuple(diagnoses), folder)
    tell(found.text())
    place.say_kept_networks()
    return found


def _relations(
    place: VariantRuns,
    seeds: Sequence[int],
    pairs: "Sequence[Edge] | None",
    threshold: float,
) -> "RelationGraph":
    """The relations of a probe, which trains what is missing, told."""
    from relations import RelationGraph

    probe = place.probe(seeds, pairs)
    place.say_networks({"": place.trainer()}, probe.plan().missing)
    changes = probe.run(place.executor, progress=place.progress, tell=place.say_taken)
    graph = RelationGraph.from_changes(changes, threshold=threshold)
    place.tell(graph)
    return graph


def in_question(graph: "RelationGraph") -> "dict[Edge, str]":
    """Edges that may need a diagnosis -> verdict: harmful by the mean, or undecided with a loss."""
    edges = {}
    for source, target, seen in graph.edges(data=True):
        open_loss = seen["verdict"] == "undecided" and seen["change"] < 0
        if seen["change"] < graph.threshold_of(target) or open_loss:
            edges[source, target] = seen["verdict"]
    return edges


def _refuse_problems(
    taskset: "TaskSet",
    edges: "Sequence[Edge]",
    seeds: Sequence[int],
    stages: Sequence[str] | None,
) -> None:
    """Raise what is wrong with a question, before anything is trained."""
    from gradsplit.studies.diagnosis.trunk_stages import unknown_stages

    tasks = taskset.task_names
    problems = [
        f"`{':'.join(edge)}` is not an edge between two of the tasks {', '.join(tasks)}."
        for edge in edges
        if len(set(edge)) < 2 or not set(edge) <= set(tasks)
    ]
    if len(seeds) < 2:
        problems.append(f"{argument('seeds')} must be at least 2: one seed shows no uncertainty.")
    if taskset.judged_on_test:
        problems.append(
            "scores of this task set are of its test data, and what is recommended would be "
            "chosen on them: diagnose with validation data."
        )
    problems += unknown_stages(taskset, stages or ())
    if problems:
        raise GradSplitError(all_problems("The edges cannot be diagnosed", problems))
