"""Relation tables, runs tables and tables of scores."""

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from analysis import export, read_scores
from relations import ChangeMatrix, GradientMask, load_relations
from relations.runs import Outcome
from relations.tables.relation_table import read_relation_table, write_relation_table
from relations.tables.runs_table import read_runs_table, write_runs_table
from tests.fuzz import junk
from tests.fuzz.mutations import (
    Rows,
    changed_rows,
    changed_value,
    garbled,
    json_bytes,
    reordered,
    table_bytes,
)
from tests.fuzz.reader import Files, Reader

MATRIX = [
    ["source", "pose", "reid", "depth"],
    ["pose", "", "-0.02", "0.01"],
    ["reid", "0.003", "", "-0.5"],
    ["depth", "-0.0125", "", ""],
]
PER_CENT = [[f"{cell}%" if cell[-1:].isdigit() else cell for cell in row] for row in MATRIX]
EDGES = [
    ["source", "target", "change", "n"],
    *(
        [row[0], target, cell, "3"]
        for row in MATRIX[1:]
        for target, cell in zip(MATRIX[0][1:], row[1:], strict=True)
        if cell
    ),
]
NESTED = {
    row[0]: {task: float(cell) for task, cell in zip(MATRIX[0][1:], row[1:], strict=True) if cell}
    for row in MATRIX[1:]
}
_RISES = {"pose": "true", "reid": "true", "depth": "false"}
RUNS = [
    ["tasks", "seed", "task", "score", "higher_is_better"],
    *(
        [tasks, str(seed), task, f"{0.5 + place / 10 + seed / 50 + len(tasks) / 990:.4f}", rises]
        for seed in (0, 1)
        for tasks in ("pose", "reid", "depth", "pose+reid", "depth+pose")
        for place, (task, rises) in enumerate(_RISES.items())
        if task in tasks
    ),
]


RUNS_WITH_SIDE = [
    *RUNS,
    *(
        [row[0], row[1], f"{row[2]}@{name}", value, ""]
        for row in RUNS[1:]
        for name, value in (("top 1", "0.25"), ("1/2", "0.5"))
    ),
]


def graph_facts(graph: Any, folder: Path) -> Any:
    """What commands make of relations, checked on the way: text, JSON, mask, edges."""
    str(graph)
    text = graph.to_json()
    facts = json.loads(text, parse_constant=_refused)
    mask = GradientMask.from_graph(graph, unknown="block")
    mask.save(folder / "mask.json")
    assert GradientMask.load(folder / "mask.json") == mask
    export(graph, folder / "edges.csv")
    # Of an estimate the list of what it says of each edge is called otherwise.
    edges = facts.get("edges", facts.get("estimates", []))
    # Sums in another order differ in their last digit.
    rounded = [{key: _rounded(value) for key, value in edge.items()} for edge in edges]
    return sorted(facts["tasks"]), sorted(json.dumps(edge) for edge in rounded)


def _rounded(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _refused(word: str) -> None:
    raise AssertionError(f"{word} in JSON")


def _same_matrix(first: ChangeMatrix, second: ChangeMatrix) -> None:
    assert first.tasks == second.tasks
    np.testing.assert_array_equal(first.mean, second.mean)


class RelationTables(Reader):
    name = "relations"
    written = ("mask.json", "edges.csv", "again.csv")

    def originals(self) -> list[Any]:
        return [MATRIX, PER_CENT, EDGES, NESTED]

    def same(self, random: Random, original: Any) -> Files:
        if isinstance(original, dict):
            return {"table": json_bytes(random, reordered(random, original))}
        head, *lines = original
        if head[1:2] == ["target"]:
            random.shuffle(lines)
            head = [random.choice((name, name.upper(), f" {name} ")) for name in head]
        return {"table": table_bytes(random, [head, *lines])}

    def changed(self, random: Random, original: Any) -> Files:
        if isinstance(original, dict):
            content = json_bytes(random, changed_value(random, original))
        else:
            content = table_bytes(random, changed_rows(random, original))
        return {"table": garbled(random, content) if random.random() < 0.3 else content}

    def read(self, folder: Path) -> Any:
        changes = read_relation_table(folder / "table", rows="source")
        write_relation_table(changes, folder / "again.csv")
        _same_matrix(changes, read_relation_table(folder / "again.csv"))
        return graph_facts(load_relations(folder / "table", rows="source"), folder)


class RunsTables(Reader):
    name = "runs"
    written = ("mask.json", "edges.csv", "again.csv")

    def originals(self) -> list[Any]:
        return [RUNS, RUNS_WITH_SIDE]

    def same(self, random: Random, original: Rows) -> Files:
        head, *lines = original
        random.shuffle(lines)
        places = list(range(len(head)))
        random.shuffle(places)
        rows = [[row[place] for place in places] for row in (head, *lines)]
        if random.random() < 0.3:
            rows = [[f" {cell} " for cell in row] for row in rows]
        return {"table": table_bytes(random, rows)}

    def changed(self, random: Random, original: Rows) -> Files:
        content = table_bytes(random, changed_rows(random, original))
        return {"table": garbled(random, content) if random.random() < 0.3 else content}

    def read(self, folder: Path) -> Any:
        table = read_runs_table(folder / "table")
        graph = load_relations(folder / "table")
        facts = graph_facts(graph, folder)
        done = {_key(each): each.scores for each in table.outcomes if each.scores}
        side = {_key(each): each.side for each in table.outcomes if each.scores}
        if _paired(done):
            write_runs_table(table.tasks, table.outcomes, folder / "again.csv")
            again = read_runs_table(folder / "again.csv").outcomes
            assert repr({_key(each): each.scores for each in again if each.scores}) == repr(done)
            assert {_key(each): each.side for each in again if each.scores} == side
        return facts, sorted(
            (sorted(run[0]), run[1], sorted(of.items())) for run, of in side.items()
        )


def _key(outcome: Outcome) -> tuple[frozenset[str], int]:
    return frozenset(outcome.run.tasks), outcome.run.seed


def _paired(done: Any) -> bool:
    """Whether something was done, and each pair run that is left has its single-task runs."""
    return bool(done) and all(
        (frozenset([task]), seed) in done
        for tasks, seed in done
        if len(tasks) == 2
        for task in tasks
    )


SCORES = [
    ["method", "seed", "task", "score"],
    *(
        [method, str(seed), task, f"{base + seed / 50:.3f}"]
        for method, base in (("single", 0.5), ("multi-head", 0.45), ("gradsplit", 0.49))
        for seed in (0, 1, 2)
        for task in ("pose", "reid")
    ),
]
SCORES_WITH_SIDE = [
    *SCORES,
    *([method, seed, f"{task}@top 1", "0.25"] for method, seed, task, _ in SCORES[1:]),
]
WIDE = [
    ["method", "seed", "pose", "reid", "norm"],
    *(
        [method, str(seed), f"{base + seed / 50:.3f}", f"{base - seed / 99:.3f}", "GN"]
        for method, base in (("single", 0.5), ("multi-head", 0.45))
        for seed in (0, 1, 2)
    ),
]


class ScoresTables(Reader):
    name = "scores"

    def originals(self) -> list[Any]:
        return [(SCORES, "single"), (SCORES_WITH_SIDE, "single"), (WIDE, "single GN")]

    def same(self, random: Random, original: Any) -> Files:
        (head, *lines), single = original
        # The order of methods and tasks is that of the table.
        return {"table": table_bytes(random, [head, *lines]), "single": single.encode()}

    def changed(self, random: Random, original: Any) -> Files:
        rows, single = original
        content = table_bytes(random, changed_rows(random, rows))
        content = garbled(random, content) if random.random() < 0.3 else content
        single = junk.name(random) if random.random() < 0.05 else single
        return {"table": content, "single": single.encode(errors="replace")}

    def read(self, folder: Path) -> Any:
        from analysis import comparison_table
        from analysis.comparison.side_scores import side_table

        compared = read_scores(folder / "table", single=(folder / "single").read_text())
        tables = [comparison_table(compared), side_table(compared)]
        return [(one.text(), one.csv(), one.markdown(), one.latex()) for one in tables]
