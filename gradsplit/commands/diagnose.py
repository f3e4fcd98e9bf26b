"""`gradsplit diagnose TASKSET --out DIR`: why edges are harmful, and what helps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.task_set import TaskSetOptions
from gradsplit.errors import GradSplitError, all_problems
from gradsplit.studies.diagnosis.text import as_json, described

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.clinic import Clinic, Diagnosis
    from gradsplit.training.taskset import TaskSet
    from relations import RelationGraph

Edge = tuple[str, str]


@dataclass(kw_only=True)
class Diagnose(TaskSetOptions, ExecutorOptions):
    """Find out why edges are harmful, by training each pair with one possible cause taken away.

    Runs that a probe has left in the folder are used again; call it again after a stop.
    """

    POSITION: ClassVar[int] = 120

    out: str
    """Folder of the probe's ledger, the tables, the pictures and the mask."""
    edges: str | None = None
    """source:target,... ; when not given all edges whose mean change is harmful, and undecided ones
    with a loss."""
    seeds: int = 5
    """How often each run is trained."""
    threshold: float = -0.01
    """A change below this fraction of the single-task score is harmful; in (-1, 0]."""
    stages: str | None = None
    """The trunk's modules from first to last, joined by commas; its direct children when not
    given."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Probe what is missing, examine the harmful edges, print and write what was found."""
        taskset = self.load()
        asked = self._checked(taskset)
        folder = Path(self.out)
        folder.mkdir(parents=True, exist_ok=True)
        graph = self._graph(taskset, folder, asked)
        edges = to_examine(graph, asked)
        if not edges:
            print("No edge is harmful or undecided with a loss: there is nothing to diagnose.")
            return 0
        found = self._clinic(taskset, folder).diagnose(edges)
        print("", *map(described, found), sep="\n\n")
        write(found, taskset, folder)
        print(f"\nwritten: {folder}/diagnosis.txt, .json and pictures")
        return 0

    def _checked(self, taskset: "TaskSet") -> list[Edge]:
        """The edges asked for; refused before anything is trained."""
        edges = [] if self.edges is None else read_edges(self.edges)
        problems = [
            f"`{':'.join(edge)}` is not an edge between two of the tasks "
            f"{', '.join(taskset.task_names)}."
            for edge in edges
            if len(set(edge)) < 2 or not set(edge) <= set(taskset.task_names)
        ]
        if self.seeds < 2:
            problems.append("--seeds must be at least 2: one seed shows no doubt.")
        if taskset.judged_on_test:
            problems.append(
                "scores of this task set are of its test data, and what is recommended would be "
                "chosen on them: diagnose with validation data."
            )
        if self.stages is not None:
            problems += _unknown_stages(self.stages.split(","), taskset)
        if problems:
            raise GradSplitError(all_problems("The edges cannot be diagnosed", problems))
        return edges

    def _graph(self, taskset: "TaskSet", folder: Path, asked: list[Edge]) -> "RelationGraph":
        """The relation, from the probe in the folder; only the pairs asked for are trained."""
        from gradsplit.training.trainer import TaskSetTrainer
        from relations import PairwiseProbe, RelationGraph
        from relations.sources import LEDGER_NAME

        names = taskset.task_names
        pairs = dict.fromkeys((one, two) if names.index(one) < names.index(two) else (two, one)
                              for one, two in asked)  # fmt: skip
        probe = PairwiseProbe(
            taskset.tasks,
            TaskSetTrainer(taskset, device=self.device),
            range(self.seeds),
            folder / LEDGER_NAME,
            pairs=list(pairs) if asked else None,
        )
        changes = probe.run(self.chosen_executor(), progress=not self.quiet)
        graph = RelationGraph.from_changes(changes, threshold=self.threshold)
        print(graph)
        return graph

    def _clinic(self, taskset: "TaskSet", folder: Path) -> "Clinic":
        from gradsplit.studies.diagnosis.clinic import Clinic
        from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
        from relations.sources import LEDGER_NAME

        runs = InterventionRuns(
            taskset,
            folder / LEDGER_NAME,
            range(self.seeds),
            self.device,
            executor=self.chosen_executor(),
            progress=not self.quiet,
        )
        stages = None if self.stages is None else tuple(self.stages.split(","))
        return Clinic(runs, stages, self.threshold)


def _unknown_stages(stages: list[str], taskset: "TaskSet") -> list[str]:
    """A problem for each name that the trunk does not have."""
    from gradsplit.training.seeding import seeded

    with seeded(0, "trunk"):
        trunk = taskset.trunk()
    known = {name for name, _ in trunk.named_modules() if name}
    children = ", ".join(name for name, _ in trunk.named_children())
    return [
        f"the trunk has no module `{name}`; its children are {children}."
        for name in stages
        if name not in known
    ]


def read_edges(text: str) -> list[Edge]:
    """Edges from source:target,...

    Raises:
        GradSplitError: One is not of that form.

    Example:
        >>> read_edges("reid:pose, reid:parsing")
        [('reid', 'pose'), ('reid', 'parsing')]
    """
    edges = []
    for part in text.split(","):
        source, colon, target = part.strip().partition(":")
        if not (source and colon and target):
            raise GradSplitError(f"`--edges` takes source:target,..., got {part!r}.")
        edges.append((source, target))
    return edges


def to_examine(graph: "RelationGraph", asked: Sequence[Edge] = ()) -> dict[Edge, str]:
    """The edges in question, with their verdicts: harmful by the mean, or undecided with a loss.

    Args:
        graph: The relation.
        asked: Only these; those of them that are not in question are named and left out.
    """
    threshold, found = graph.graph["threshold"], {}
    for source, target, edge in graph.edges(data=True):
        doubtful = edge["verdict"] == "undecided" and edge["change"] < 0
        if edge["change"] < threshold or doubtful:
            found[source, target] = edge["verdict"]
    for one in asked:
        if one not in found:
            edge = graph.edges[one]
            change = f"{100 * edge['change']:+.1f} % ({edge['verdict']})"
            print(f"{one[0]} -> {one[1]}: {change}, no loss to diagnose.")
    return {edge: verdict for edge, verdict in found.items() if not asked or edge in asked}


def write(found: "Sequence[Diagnosis]", taskset: "TaskSet", folder: Path) -> None:
    """The text, the numbers, a picture an edge, and the mask where splitting is recommended."""
    from analysis.figures.diagnosis import diagnosis_plot
    from analysis.figures.figure_file import save

    (folder / "diagnosis.txt").write_text("\n\n".join(map(described, found)) + "\n")
    (folder / "diagnosis.json").write_text(json.dumps([as_json(one) for one in found], indent=1))
    for one in found:
        title = f"{one.edge[0]} -> {one.edge[1]}: {one.named}"
        save(diagnosis_plot(one.rows, title=title), folder / f"diagnosis-{'-'.join(one.edge)}.png")
    _write_mask(found, taskset, folder)


def _write_mask(found: "Sequence[Diagnosis]", taskset: "TaskSet", folder: Path) -> None:
    import numpy as np

    from relations import GradientMask

    split = [one for one in found if one.stages and not one.own_stages]
    if not split:
        return
    names = taskset.task_names
    may_update = np.ones((len(names), len(names)), dtype=bool)
    for one in split:
        may_update[names.index(one.edge[0]), names.index(one.edge[1])] = False
    modules = list(dict.fromkeys(stage for one in split for stage in one.stages))
    mask = GradientMask(names, may_update, provenance={"source": "diagnosis", "modules": modules})
    mask.save(folder / "diagnosis-mask.json")
    print(f"\nwritten: {folder}/diagnosis-mask.json, for the modules {', '.join(modules)}")
