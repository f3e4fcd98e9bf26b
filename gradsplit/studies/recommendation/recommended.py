"""What a recommendation has found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from analysis.comparison.judged_facts import judged_facts
from analysis.comparison.table import comparison_table
from analysis.text_file import write_text
from analysis.text_table import Table
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.files.recommendation_file import (
    FORMAT,
    RECOMMENDATION,
    VERSION,
)
from gradsplit.studies.recommendation.files.recommended_file import FILE, GROUPING, recommended_text
from relations.tables.json_text import json_value

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.figures.figure_file import Look
    from gradsplit.studies.recommendation.budget.inference_cost import InferenceCost
    from gradsplit.studies.recommendation.judging.verdict import Verdict
    from gradsplit.studies.recommendation.racing.standings import Standing, Standings
    from relations.graph import RelationGraph
    from relations.runs import Run


@dataclass(frozen=True)
class Recommended:
    """The best way of sharing that was found; printed, it is what the command says.

    Attributes:
        config: What to train; `gradsplit train` takes it as the file recommended.toml.
        answer: A paragraph in plain words.
        own_loop: The lines that do the same in a loop of one's own, or those that call a program
            or function of one's own.
        verdict: The tests on fresh seeds.
        comparison: The finalists' scores on fresh seeds.
        standings: Everybody in the race, and what did not take part.
        costs: Candidate -> cost at inference.
        graph: The relations; None where no probe paid.
        on_test: Whether the finalists were judged on test data.
        reference: The task set's name, where it has one.
        options: Of the task set.
        spent: Trainings that this takes from nothing.
        trained: The runs that were finished during the call.
        held: The runs that the ledger held before.
        text: All of it for people, in the order in which it was found.
        warnings: What speaks against believing it: tasks that are not learnt, training that ended
            too early; a line each.
        commands: Of a program or function of one's own, what trains each recommended network.
        failed: How many of the trainings failed; calling again tries them again.
        asked: What it was asked for, as recommendation.json has it.
        replaces: The answer of more fresh seeds whose place it takes; empty where of none.
    """

    config: Configuration
    answer: str
    own_loop: str
    verdict: "Verdict"
    comparison: "Comparison"
    standings: "Standings"
    costs: "Mapping[str, InferenceCost]"
    graph: "RelationGraph | None"
    on_test: bool
    spent: int
    text: str = field(repr=False)
    reference: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    trained: "frozenset[Run]" = frozenset()
    held: "frozenset[Run]" = frozenset()
    warnings: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    failed: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)
    replaces: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The finalists: scores of every task, delta_m, differences to multi-head, costs."""
        return comparison_table(self.comparison, MULTI_HEAD)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that are written."""
        names = (FILE, "recommendation.txt", RECOMMENDATION, "candidates.csv", "recommendation.png")
        return (*names, GROUPING) if self.config.networks else names

    def save(self, folder: str | Path, **look: "Unpack[Look]") -> None:
        """Write what was found; a mask that it needs lies in the folder of the runs.

        Args:
            folder: Where to.
            look: Width in inches and font size of the picture, see `analysis.change_plot`; with
                one the pictures of the judged are drawn as well.
        """
        from analysis.comparison.comparison_files import draw_comparison
        from analysis.figures.figure_file import save
        from analysis.figures.recommendation import recommendation_plot

        folder = Path(folder)
        toml = recommended_text(self.config, self.reference, self.options, self.commands)
        write_text(folder / FILE, toml)
        write_text(folder / "recommendation.txt", f"{self}\n")
        write_text(folder / RECOMMENDATION, self.to_json() + "\n")
        write_text(folder / "candidates.csv", self.standings.table.csv())
        save(recommendation_plot(self.facts(), **look), folder / "recommendation.png")
        if look:
            draw_comparison(self.comparison, MULTI_HEAD, folder, **look)
        if self.config.networks:
            write_text(folder / GROUPING, json.dumps(self._grouping(), indent=2) + "\n")

    def facts(self) -> dict[str, Any]:
        """All that was found, as JSON has it; the page and the picture are made from it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "recommended": self.config.name,
            "answer": self.answer,
            "warnings": list(self.warnings),
            "own_loop": self.own_loop,
            "spent": self.spent,
            "on_test": self.on_test,
            **({"asked": {**self.asked, **self._taskset()}} if self.asked else {}),
            **({"replaces": dict(self.replaces)} if self.replaces else {}),
            "kinds": {task: self.comparison.kind(task).facts() for task in self.comparison.tasks},
            "higher_is_better": {
                task: self.comparison.rises(task) for task in self.comparison.tasks
            },
            "candidates": [self._candidate(one) for one in self.standings.members],
            "left_out": dict(self.standings.left_out),
            "judged": {
                name: {**found, "over_multi_head": self._over_plain(name)}
                for name, found in judged_facts(self.comparison).items()
            },
        }

    def to_json(self) -> str:
        """The same as a text."""
        return json.dumps(self.facts(), indent=2, ensure_ascii=False)

    def _candidate(self, one: "Standing") -> dict[str, Any]:
        what = one.config or Configuration(one.name, "")
        tasks = tuple(self.comparison.tasks)
        return {
            "name": one.name,
            "what": what.what,
            "method": what.words,
            "networks": [list(network) for network in what.networks or (tasks,)],
            "operations": one.cost.operations,
            "parameters": one.cost.parameters,
            "over_multi_head": None if one.gain is None else one.gain.facts(),
            "state": one.state(),
            "behind": one.behind(),
            "running": one.dropped is None,
            "in_front": one.in_front,
        }

    def _taskset(self) -> dict[str, Any]:
        """Its name and plain options, where it has one."""
        kinds = (str, int, float)
        plain = {name: one for name, one in self.options.items() if isinstance(one, kinds)}
        return {"taskset": self.reference, "options": plain}

    def _over_plain(self, name: str) -> dict[str, float | None]:
        if name == MULTI_HEAD:
            return {"mean": 0.0, "lower": 0.0, "upper": 0.0}
        said = self.verdict.answer(name, MULTI_HEAD)
        assert said is not None  # everybody is tested against the simplest
        ends = {"mean": said.difference.mean, "lower": said.lower, "upper": said.upper}
        return {key: json_value(value) for key, value in ends.items()}

    def _grouping(self) -> dict[str, Any]:
        return {
            "groups": [list(group) for group in self.config.networks],
            "serves": dict(self.config.serves),
        }

    def __str__(self) -> str:
        return self.text
