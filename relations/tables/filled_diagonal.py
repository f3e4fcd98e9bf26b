"""A matrix whose diagonal is filled: scores of trainings, where changes are expected."""

from collections.abc import Sequence

from relations.tables.csv_file import Line
from relations.tables.score_cell import score_in, without_spread


def scores_in_a_matrix(header: Sequence[str], lines: Sequence[Line], *, turned: bool) -> str | None:
    r"""What to do with a matrix whose diagonal is filled; None where it is not.

    Args:
        header: Corner and column names.
        lines: Row names and cells.
        turned: The rows are the targets.

    Example:
        >>> lines = [(2, ["a", "0.62", "0.4"]), (3, ["b", "0.6", "0.41"])]
        >>> said = scores_in_a_matrix(["", "a", "b"], lines, turned=False)
        >>> print(*said.splitlines()[-3:], sep="\n")
            tasks,seed,task,score
            a,0,a,0.62
            b+a,0,a,0.6
    """
    columns = list(header[1:])
    cells = {
        (name, column): without_spread(cell)
        for _, (name, *own) in lines
        if len(own) == len(columns)
        for column, cell in zip(columns, own, strict=True)
    }
    filled = [name for name in columns if score_in(cells.get((name, name), "")) or 0.0]
    if len(filled) < 2 or 2 * len(filled) < len(columns):
        return None
    target = filled[0]
    other = next(name for name in columns if name != target)
    beside = cells.get((target, other) if turned else (other, target), "")
    return (
        f"the diagonal is filled (`{target}`, `{target}`: {cells[target, target]}), as "
        "a table of scores of tasks trained with others has them. A relation table holds "
        "changes against training alone, and nothing on the diagonal. Do not delete it: what "
        "stands there may be the scores of training alone. Give all scores as a runs table:\n\n"
        "    tasks,seed,task,score\n"
        f"    {target},0,{target},{cells[target, target]}\n"
        f"    {other}+{target},0,{target},{beside}"
    )
