"""Scores of a network as a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.text_table import Table
from relations.tables.json_text import json_value

if TYPE_CHECKING:
    from gradsplit.training.other_set import Scored

FORMAT = "gradsplit-scores"


def write_scored(scored: "Scored", path: Path, weights: str, taskset: str) -> None:
    """Write scores: as JSON with all that is known, or as a table (csv) task, score.

    A table has side scores below the scores, a task is then `reid@rank-1`; what is not known is
    null, or an empty cell.

    Args:
        scored: What `score` gave.
        path: Ends in .json or .csv; its folder is made when it is not there.
        weights: What was scored.
        taskset: On what.
    """
    known = {name: json_value(value) for name, value in scored.side.items()}
    if path.suffix == ".csv":
        rows = [(name, "" if value is None else repr(value)) for name, value in known.items()]
        judged = [(task, repr(value)) for task, value in scored.items()]
        text = Table(["task", "score"], [*judged, *rows]).csv() + "\n"
    else:
        facts = {
            "format": FORMAT,
            "version": 1,
            "weights": weights,
            "taskset": taskset,
            "scores": dict(scored),
            "side_scores": known,
            "left_out": scored.left_out,
            "notes": list(scored.notes),
        }
        text = json.dumps(facts, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
