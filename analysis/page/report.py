"""The report: one page that needs no network, with a slider for the threshold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from analysis.page.cells import NUMBERS_UP_TO, WORDS_UP_TO, has_repeats
from analysis.page.compared import compared_section
from analysis.page.diagnosed import diagnosed_section
from analysis.page.embed import allowed, page_data, safe_json, script, style
from analysis.page.grouped import Grouped, grouped_section
from analysis.page.headline import is_paired
from analysis.page.judged import judged_sections
from analysis.page.learning_panels import learning_panels
from analysis.page.longer_training import longer_training
from analysis.page.moved import Moved, moved_in_words
from analysis.page.next_steps import next_steps
from analysis.page.ran import Ran, ran_texts, unfinished
from analysis.page.recommended import recommended_section
from analysis.page.side import beside_sources, of_methods
from analysis.page.summary import summary
from analysis.page.typeset import sentence
from analysis.page.undecided import undecided_edges

if TYPE_CHECKING:
    import jinja2

    from analysis.curves.trained_curves import TrainedCurves
    from analysis.diagnosis.diagnosis_file import DiagnosedEdge
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

_ROOMY_UP_TO = 40  # tasks whose cells without numbers may be larger
_UPRIGHT_OVER = 6  # more tasks than these have their names upright over the columns


@dataclass(frozen=True)
class Command:
    """A command line and what it is for."""

    purpose: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report is made of.

    Attributes:
        changes: The matrix.
        graph: The same changes, judged at the threshold the page opens with.
        source: SOURCE as the user gave it.
        title: Above the page.
        options: Further words of the command that reads the source the same way.
        ran: The trainings; None when the source is a table.
        moved: What moves between lengths of training.
        trained: How the trainings went; None when the source is a table.
        comparison: Rows of a comparison's csv file, the header first; None when there is none.
        side_scores: Rows of a comparison's side_scores.csv, the header first.
        grouped: A grouping; None when there is none.
        recommended: Of a sound recommendation.json, with which the page opens; None when there is
            none.
        diagnosed: The edges of a diagnosis; None when there was none.
        commands: How to make all this again.
        grouped_by: The command whose grouping the page would show.
        notes: What was understood of the source that its reader should know.
    """

    changes: "ChangeMatrix"
    graph: "RelationGraph"
    source: str
    title: str = "Task relations"
    options: tuple[str, ...] = ()
    ran: Ran | None = None
    moved: Sequence[Moved] = ()
    trained: "TrainedCurves | None" = None
    comparison: Sequence[Sequence[str]] | None = None
    comparison_file: str = "comparison.csv"
    side_scores: Sequence[Sequence[str]] = ()
    grouped: Grouped | None = None
    recommended: Mapping[str, Any] | None = None
    diagnosed: "Sequence[DiagnosedEdge] | None" = None
    commands: Sequence[Command] = field(default=())
    grouped_by: str = "gradsplit group"
    notes: Sequence[str] = ()


def report_html(report: Report) -> str:
    """The report as the text of one HTML file.

    Everything in it is inline and a content security policy forbids all else, so that it makes no
    request. The script judges edges as `RelationGraph.from_changes` does and makes masks as
    `GradientMask.from_graph` does, at any threshold. Equal input gives equal text.

    Args:
        report: What it shows.

    Returns:
        HTML, about 0.1 MB and 200 to 300 bytes more for each edge, and 1 to 3 KB more for each
        learning curve, of which there are 192 at most.
    """
    pictured = report.recommended is not None or report.grouped is not None
    changes, graph = report.changes, report.graph
    learning = learning_panels(report.trained, graph.tasks)
    look = style(*["recommended"] * pictured, *["learning"] * (learning is not None))
    act = script()
    tasks = list(graph.tasks)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=report.title,
            version=version("gradsplit"),
            style=look,
            script=act,
            style_hash=allowed(look),
            script_hash=allowed(act),
            data=safe_json(page_data(changes, graph, source=report.source, options=report.options)),
            tasks=tasks,
            compact=len(tasks) > NUMBERS_UP_TO,
            wordless=len(tasks) > WORDS_UP_TO,
            roomy=len(tasks) <= _ROOMY_UP_TO,
            upright=len(tasks) > _UPRIGHT_OVER,
            repeats=has_repeats(changes),
            paired=is_paired(graph),
            source_word=report.source,
            commands=report.commands,
            looks=changes.looks,
            learning=learning,
            **judged_sections(changes, graph, report.source),
            **_evidence(report),
        )
    )


def _evidence(report: Report) -> dict[str, Any]:
    """The sections that stay as they are."""
    cost = None if report.ran is None else report.ran.cost
    undecided = undecided_edges(report.changes, report.graph, cost)
    steps = next_steps(None if report.ran is None else report.ran.settings, report.grouped_by)
    return {
        "warnings": [sentence(line) for line in (*report.notes, *report.changes.warnings)],
        "next_steps": steps,
        "undecided": undecided,
        "summary": summary(
            report.changes,
            report.graph,
            undecided,
            report.recommended,
            report.diagnosed or (),
            steps.cure,
        ),
        "unfinished": "" if report.ran is None else unfinished(report.ran),
        "diagnosed": diagnosed_section(report.diagnosed, report.graph),
        "raced_longer": longer_training(report.recommended),
        "movements": [moved_in_words(moved) for moved in report.moved],
        "comparison": compared_section(report.comparison, report.comparison_file),
        "side": beside_sources(report.changes.side, report.changes.tasks),
        "side_of_methods": of_methods(report.side_scores, report.changes.tasks),
        "grouping": grouped_section(report.grouped, report.recommended),
        "recommended": recommended_section(report.recommended, report.graph.tasks),
        "ran": None if report.ran is None else asdict(ran_texts(report.ran, report.changes)),
    }


def _environment() -> "jinja2.Environment":
    """Templates that escape every value, and refuse names that do not exist."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("analysis.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["as_json"] = lambda value: json.dumps(value, ensure_ascii=False)
    environment.filters["inline"] = Markup  # our own script and style, and data made safe
    return environment
