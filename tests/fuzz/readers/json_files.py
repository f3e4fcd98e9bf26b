"""Estimates' files, collected scores, loss curves and diagnoses."""

import json
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np

from analysis import read_curves
from analysis.diagnosis.diagnosis_file import read_diagnosis
from analysis.page.diagnosed import diagnosed_section
from analysis.page.learning_panels import learning_panels
from relations import ChangeMatrix, RelationGraph, Run, load_relations
from relations.collected_scores import arrived, save_scores, save_settings, scores_file
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_file import load_estimate, save_estimate
from tests.analysis.diagnosis_examples import diagnosed_edge, open_edge
from tests.fuzz.mutations import changed_value, garbled, json_bytes, reordered
from tests.fuzz.reader import Files, Reader
from tests.fuzz.readers.tables import graph_facts

ESTIMATE = {
    "format": "gradsplit-estimate",
    "version": 1,
    "estimator": "lookahead",
    "unit": "relative loss",
    "symmetric": False,
    "tasks": ["pose", "reid"],
    "seeds": [0, 1],
    "values": [[[None, 0.1], [-0.2, None]], [[None, 0.12], [-0.1, None]]],
    "se": [[[None, 0.01], [0.02, None]], [[None, 0.01], [0.02, None]]],
    "trainings": 2.0,
    "seconds": 3.5,
    "settings": {"runs a seed": 1},
    "diagnostics": [{"steps": 10}, {"steps": 10}],
}


class JsonFile(Reader):
    """A reader of one JSON file, called as `file` says."""

    file = ""

    def same(self, random: Random, original: Any) -> Files:
        return {self.file: json_bytes(random, reordered(random, original))}

    def changed(self, random: Random, original: Any) -> Files:
        if random.random() < 0.3:
            return {self.file: garbled(random, json_bytes(random, original))}
        return {self.file: json_bytes(random, changed_value(random, original))}


class Estimates(JsonFile):
    name = "estimates"
    file = "estimate.json"
    written = ("mask.json", "edges.csv", "again.json")

    def originals(self) -> list[Any]:
        return [ESTIMATE, {**ESTIMATE, "se": None, "seeds": [0], "values": ESTIMATE["values"][:1]}]

    def read(self, folder: Path) -> Any:
        estimate: Estimate = load_estimate(folder / self.file)
        str(estimate)
        assert estimate.runs >= 0
        save_estimate(estimate, folder / "again.json")
        again = load_estimate(folder / "again.json")
        np.testing.assert_array_equal(again.samples, estimate.samples)
        json.loads((folder / "again.json").read_text(), parse_constant=_refused)
        load_relations(folder / self.file, cut="20%")
        return graph_facts(load_relations(folder / self.file), folder)


def _refused(word: str) -> None:
    raise AssertionError(f"{word} in JSON")


class Losses(JsonFile):
    name = "losses"
    file = "losses.json"

    def originals(self) -> list[Any]:
        return [{"pose": [0.75, 0.5, 0.25], "reid": [2.0, 1.0, 3.0]}]

    def read(self, folder: Path) -> Any:
        trained = read_curves(folder)
        panels = learning_panels(trained, trained.tasks)
        assert panels is not None
        return [panel.said for panel in sorted(panels.panels, key=lambda panel: panel.task)]


class CollectedScores(JsonFile):
    name = "collected"
    file = "pose+reid.seed0.json"
    written = ("gradsplit-settings.json", "gradsplit-settings.json.part", "again")
    _settings: ClassVar = {"recipe": {"steps": 3}, "code": {"train": "abc"}}

    def originals(self) -> list[Any]:
        plain = {"pose": 0.5, "reid": 0.25}
        return [plain, {**plain, "gradsplit:settings": self._settings}]

    def changed(self, random: Random, original: Any) -> Files:
        files = super().changed(random, original)
        if random.random() < 0.3:
            content = json_bytes(random, changed_value(random, self._settings))
            content = garbled(random, content) if random.random() < 0.3 else content
            files = {**files, "gradsplit-settings.json": content}
        return files

    def read(self, folder: Path) -> Any:
        run = Run(("pose", "reid"), 0)
        assert scores_file(folder, run).name == self.file
        outcomes, _ = arrived([run], folder, self._settings)
        (outcome,) = outcomes
        save_settings(folder, self._settings)
        if outcome.scores is None:
            assert outcome.error
            return None
        assert all(np.isfinite(value) for value in outcome.scores.values())
        save_scores(folder / "again" / "scores.json", outcome.scores)
        return dict(outcome.scores)


class Diagnoses(JsonFile):
    name = "diagnoses"
    file = "diagnosis.json"

    def originals(self) -> list[Any]:
        known = [diagnosed_edge("pose", "reid"), open_edge("reid", "pose")]
        changes = {"pose": {"kind": "absolute", "threshold": -0.02}}
        return [known, [known[0] | {"changes": changes}], []]

    def read(self, folder: Path) -> Any:
        edges = read_diagnosis(folder / self.file)
        graph = RelationGraph.from_changes(ChangeMatrix(["pose", "reid"], [[0, -0.2], [0.1, 0]]))
        section = diagnosed_section(edges, graph)
        assert section is not None
        return section
