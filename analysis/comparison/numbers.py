"""The numbers of a comparison's tables for other programs: unrounded, a column each."""

from analysis.comparison.carried import carried
from analysis.comparison.cells import exact
from analysis.comparison.comparison import Comparison
from analysis.comparison.questions import Answer
from analysis.comparison.table import baseline_answers, worst_task
from analysis.text_table import Table
from relations.change_kinds import RELATIVE, KindName

Row = dict[str, str | float | None]


def comparison_csv(comparison: Comparison, baseline: str | None = None) -> str:
    """The numbers of `comparison_table`; what is not known is empty.

    Columns: method, n, for each task its score, its standard error and its change (with its kind,
    `r2_change_absolute`, where that is not a fraction), then worst_task, delta_m, delta_m_se,
    delta_m_log, delta_m_log_se (fractions), diverged (runs); when there is a baseline difference,
    difference_se, p_raw, p_holm (corrected for the differences of this column), carried_by,
    difference_without; costs.
    """
    answers = baseline_answers(comparison, baseline)
    rows = [
        {
            **_of_method(comparison, method),
            **(_of_answer(comparison, answers[method]) if method in answers else {}),
            **comparison.costs.get(method, {}),
        }
        for method in comparison.methods
    ]
    return _csv(rows)


def questions_csv(answers: tuple[Answer, ...]) -> str:
    """The numbers of `questions_table`: method, against, difference (a fraction), its error."""
    rows = [
        {
            "method": answer.method,
            "against": answer.against,
            "difference": answer.difference.mean,
            "difference_se": answer.difference.se,
            "lower": answer.lower,
            "upper": answer.upper,
            "p_raw": answer.difference.p_raw,
            "p_holm": answer.p_holm,
            "n": answer.difference.n,
            "decided": str(answer.decided).lower(),
        }
        for answer in answers
    ]
    return _csv(rows)


def change_column(task: str, kind: KindName) -> str:
    """What the column of a task's change is called."""
    return f"{task}_change" if kind == RELATIVE else f"{task}_change_{kind}"


def _of_method(comparison: Comparison, method: str) -> Row:
    row: Row = {"method": method, "n": len(comparison.changes(method))}
    for task in comparison.tasks:
        score = comparison.score(method, task)
        kind = comparison.kind(task).name
        row |= {task: score.mean, f"{task}_se": score.se}
        row |= {change_column(task, kind): comparison.change(method, task).mean}
    delta, log = comparison.delta_m(method), comparison.delta_m_log(method)
    row |= {"worst_task": worst_task(comparison, method)}
    row |= {"delta_m": delta.mean, "delta_m_se": delta.se}
    row |= {"delta_m_log": log.mean, "delta_m_log_se": log.se}
    return row | {"diverged": len(comparison.diverged(method))}


def _of_answer(comparison: Comparison, answer: Answer) -> Row:
    seen = answer.difference
    found = carried(comparison, answer.method, answer.against)
    return {
        "difference": seen.mean,
        "difference_se": seen.se,
        "p_raw": seen.p_raw,
        "p_holm": answer.p_holm,
        "carried_by": None if found is None else found.task,
        "difference_without": None if found is None else found.without.mean,
    }


def _csv(rows: list[Row]) -> str:
    header = list(dict.fromkeys(name for row in rows for name in row))
    return f"{Table(header, [[exact(row.get(name)) for name in header] for row in rows]).csv()}\n"
