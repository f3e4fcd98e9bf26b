"""The answers to a comparison's questions as a table."""

from collections.abc import Sequence

import numpy as np

from analysis.comparison.cells import p_text
from analysis.comparison.questions import LEVEL, Answer
from analysis.figures.labels import percent
from analysis.short_names import shorten
from analysis.text_table import Table

_NAME_WIDTH = 28
"""Two names fit into half of a line; they stand whole in the table of methods."""


def questions_table(answers: Sequence[Answer], notes: Sequence[str] = ()) -> Table:
    """One row a question: the difference in points of delta_m, its interval, p, and a verdict.

    The interval is the one that the verdict is read from: it is as wide as the number of questions
    asks for (Holm).

    Args:
        answers: From `answer_questions`.
        notes: Further lines below.
    """
    level = f"{LEVEL:.0%}"
    names = list(dict.fromkeys(name for a in answers for name in (a.method, a.against)))
    short = dict(zip(names, shorten(names, _NAME_WIDTH), strict=True))
    header = ["A − B", "points", f"{level} (Holm)", f"at {level}", "p raw", "p Holm", "n"]
    rows = [
        [
            f"{short[answer.method]} − {short[answer.against]}",
            percent(answer.difference.mean),
            _interval(answer),
            "decided" if answer.decided else "undecided",
            p_text(answer.difference.p_raw),
            p_text(answer.p_holm),
            str(answer.difference.n),
        ]
        for answer in answers
    ]
    tests = f"all {len(answers)} tests" if len(answers) > 1 else "the one test"
    told = (
        f"Points of Δm over n seeds, in pairs; p raw is each test's own, p Holm and the {level} "
        f"interval are corrected for {tests} of this table."
    )
    return Table(header, rows, [told, *notes], [1])


def _interval(answer: Answer) -> str:
    if np.isnan(answer.lower):
        return ""
    return f"[{percent(answer.lower)}, {percent(answer.upper)}]"
