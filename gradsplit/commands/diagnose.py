"""`gradsplit diagnose TASKSET --out DIR`: why edges are harmful, and what helps."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.commands.options import TaskSetOptions
from gradsplit.commands.probing import ExecutorOptions
from gradsplit.errors import GradSplitError, all_problems

if TYPE_CHECKING:
    from gradsplit.commands.diagnosing import Clinic, Diagnosis
    from gradsplit.taskset import TaskSet
    from relations import RelationGraph

Edge = tuple[str, str]


@dataclass(kw_only=True)
class Diagnose(TaskSetOptions, ExecutorOptions):
    """Find out why edges are harmful, by training each pair with one possible cause taken away.

    Runs that a probe has left in the folder are used again; call it again after a stop.
    """

    out: str
    """Folder of the probe's ledger, the tables, the pictures and the mask."""
    edges: str | None = None
    """source:target,... ; all edges whose mean change is harmful when not given."""
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
        edges = _to_examine(graph, asked)
        if not edges:
            print("No edge has a harmful mean change: there is nothing to diagnose.")
            return 0
        clinic = self._clinic(taskset, folder)
        found = []
        for edge in edges:
            found.append(clinic.diagnose(edge))
            print(f"\n{described(found[-1])}")
        _write(found, taskset, folder)
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
        if problems:
            raise GradSplitError(all_problems("The edges cannot be diagnosed", problems))
        return edges

    def _graph(self, taskset: "TaskSet", folder: Path, asked: list[Edge]) -> "RelationGraph":
        """The relation, from the probe in the folder; only the pairs asked for are trained."""
        from gradsplit.commands.relations import described as relation_text
        from gradsplit.trainer import TaskSetTrainer
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
        changes = probe.run(self.place(), progress=not self.quiet)
        graph = RelationGraph.from_changes(changes, threshold=self.threshold)
        print(relation_text(changes, graph))
        return graph

    def _clinic(self, taskset: "TaskSet", folder: Path) -> "Clinic":
        from gradsplit.commands.diagnosing import Clinic
        from relations.sources import LEDGER_NAME

        return Clinic(
            taskset,
            folder / LEDGER_NAME,
            range(self.seeds),
            self.device,
            executor=self.executor if self.executor == "ensemble" else self.place(),
            stages=None if self.stages is None else tuple(self.stages.split(",")),
            progress=not self.quiet,
        )


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


def described(found: "Diagnosis") -> str:
    """A diagnosis as text: the table, the cause, what to do, what it gains and costs."""
    from analysis.diagnosis_table import diagnosis_table
    from gradsplit.diagnose.advice import advice

    source, target = found.edge
    spent = sum(row.cost for row in found.rows)
    lines = [
        f"{source} -> {target}: {100 * found.change:+.1f} %",
        diagnosis_table(found.rows).text(),
        f"cause: {found.named}" + (f"; also removed by: {', '.join(found.named.also)}"
                                  if found.named.also else ""),
        f"what to do: {advice(found.named, found.edge, found.stages)}",
    ]  # fmt: skip
    if (row := found.recommended) is not None:
        lines.append(
            f"measured: {target} {100 * row.target:+.1f} %, {source} {100 * row.source:+.1f} % "
            f"against the pair as it was ({row.intervention})"
        )
    more = [
        row.removed.seeds_to_decide
        for row in found.rows
        if row.removed.verdict == "undecided" and row.removed.seeds_to_decide is not None
    ]
    if found.named.open and more:
        lines.append(f"to decide it: about {max(more)} seeds, {spent:g} pair runs each")
    lines.append(f"cost: {spent:g} pair runs a seed")
    return "\n".join(lines)


def _to_examine(graph: "RelationGraph", asked: list[Edge]) -> list[Edge]:
    """Harmful edges by the mean; of those asked for, the harmless ones are named and left out."""
    harmful = graph.harmful()
    for edge in asked:
        if edge not in harmful:
            change = 100 * graph.edges[edge]["change"]
            print(f"{edge[0]} -> {edge[1]}: {change:+.1f} %, no harm to diagnose.")
    return [edge for edge in harmful if not asked or edge in asked]


def _write(found: "Sequence[Diagnosis]", taskset: "TaskSet", folder: Path) -> None:
    """The text, the numbers, a picture an edge, and the mask where splitting is recommended."""
    from analysis.diagnosis_plot import diagnosis_plot
    from analysis.figure_file import save

    (folder / "diagnosis.txt").write_text("\n\n".join(map(described, found)) + "\n")
    (folder / "diagnosis.json").write_text(json.dumps([_plain(one) for one in found], indent=1))
    for one in found:
        title = f"{one.edge[0]} -> {one.edge[1]}: {one.named}"
        save(diagnosis_plot(one.rows, title=title), folder / f"diagnosis-{'-'.join(one.edge)}.png")
    _write_mask(found, taskset, folder)


def _write_mask(found: "Sequence[Diagnosis]", taskset: "TaskSet", folder: Path) -> None:
    import numpy as np

    from gradsplit.diagnose.causes import STAGE
    from relations import GradientMask

    split = [one for one in found if one.named.cause == STAGE]
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


def _plain(found: "Diagnosis") -> dict[str, Any]:
    """A diagnosis as JSON values; what is not known is None."""
    return {
        "source": found.edge[0],
        "target": found.edge[1],
        "change": found.change,
        "cause": found.named.cause,
        "open": list(found.named.open),
        "also": list(found.named.also),
        "stages": list(found.stages),
        "interventions": [_without_nan(asdict(row)) for row in found.rows],
    }


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_nan(value)
        if isinstance(value, dict)
        else None
        if isinstance(value, float) and value != value
        else value
        for key, value in values.items()
    }
