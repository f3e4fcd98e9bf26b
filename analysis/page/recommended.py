"""A recommendation as the opening of the page."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

from analysis.comparison.cells import per_cent
from analysis.figures.labels import number_text, percent
from analysis.figures.recommendation import recommendation_plot
from analysis.figures.recommendation_marks import lettered, marks_of
from analysis.page.picture import for_any_screen
from analysis.page.typeset import typeset
from relations.change_kinds import ChangeKind

_LABEL = (
    "Cost at inference against gain over multi-head of every candidate; the tables below say the "
    "same in words."
)


def recommended_section(
    facts: Mapping[str, Any] | None, shown: Sequence[str]
) -> dict[str, Any] | None:
    """The answer, the picture, and rows of texts of the judged and of the race; None of none.

    Args:
        facts: Of a sound recommendation.json; it says in which unit each task's changes are.
        shown: The tasks of the page; others of the file are named only.
    """
    if facts is None:
        return None
    known = next(iter(facts["judged"].values()))["tasks"]
    kinds = {task: ChangeKind.of_facts(facts["kinds"][task]) for task in known if task in shown}
    return {
        "answer": [
            (part if code else typeset(part.replace("points of delta_m", "points of Δm")), code)
            for part, code in in_code(facts["answer"])
        ],
        "own_loop": facts["own_loop"],
        "picture": for_any_screen(lambda width: recommendation_plot(facts, width=width), _LABEL),
        "tasks": [(task, kind.short) for task, kind in kinds.items()],
        "hidden": ", ".join(task for task in known if task not in shown),
        "rows": judged_rows(facts, kinds),
        "race": [_raced(one) for one in facts["candidates"]],
        "left_out": [(name, in_code(why)) for name, why in facts["left_out"].items()],
        "seeds": _seeds(facts),
        "on_test": bool(facts.get("on_test")),
    }


def in_code(text: str) -> list[tuple[str, bool]]:
    """Parts of a text, each with whether it stands between backticks.

    Example:
        >>> in_code("Train `db-mtl`.")
        [('Train ', False), ('db-mtl', True), ('.', False)]
        >>> in_code("one ` alone")
        [('one ` alone', False)]
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:  # the last one opens nothing
        parts[-2:] = ["`".join(parts[-2:])]
    return [(part, at % 2 == 1) for at, part in enumerate(parts) if part]


def judged_rows(facts: Mapping[str, Any], kinds: Mapping[str, ChangeKind]) -> list[dict[str, Any]]:
    """Who was judged, in the order and with the letters of the picture."""
    letters = {mark.name: letter for mark, letter in lettered(marks_of(facts)) if mark.judged}
    costs = {one["name"]: one for one in facts["candidates"]}
    names = [*letters, *(name for name in facts["judged"] if name not in letters)]
    return [
        {
            "letter": letters.get(name, ""),
            "name": name,
            "method": method_untold(costs[name]),
            "best": name == facts["recommended"],
            **_gain(facts["judged"][name]["over_multi_head"]),
            "delta_m": _with_error(facts["judged"][name]["delta_m"]),
            "changes": _changes(facts["judged"][name]["tasks"], kinds),
            **_costs(costs[name]),
        }
        for name in names
    ]


def method_untold(one: Mapping[str, Any]) -> str:
    """A candidate's method where its name does not hold it, with blanks at which lines may end.

    Example:
        >>> method_untold({"name": "tuned-weights", "method": "weights:loud=0.1,quiet=1"})
        'weights:loud=0.1, quiet=1'
        >>> method_untold({"name": "db-mtl, 1.41 x width", "method": "db-mtl"})
        ''
    """
    method = one.get("method", "")  # files of older releases lack it
    return "" if method in one["name"] else method.replace(",", ", ")


def _gain(found: Mapping[str, float | None]) -> dict[str, str]:
    """A gain in points, and its interval where that is known and has a width."""
    mean, lower, upper = found["mean"], found["lower"], found["upper"]
    ends = ""
    if lower is not None and upper is not None and lower < upper:
        ends = f"[{percent(lower)}, {percent(upper)}]"
    return {"gain": "?" if mean is None else percent(mean), "ends": ends}


def _with_error(found: Mapping[str, float | None] | None) -> str:
    """A fraction in per cent with its standard error."""
    if found is None or found["mean"] is None:
        return "?"
    return per_cent(found["mean"], _or_nan(found["se"]))


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _changes(
    found: Mapping[str, Mapping[str, float | None]], kinds: Mapping[str, ChangeKind]
) -> list[str]:
    """A text for each task; an arrow marks the one that loses most, in sizes of its threshold."""
    losses = {
        task: mean / kind.size
        for task, kind in kinds.items()
        if (mean := found[task]["mean"]) is not None and mean < 0
    }
    worst = min(losses, key=losses.__getitem__, default=None)
    return [
        ("↓ " if task == worst else "") + _change(found[task], kind) for task, kind in kinds.items()
    ]


def _change(found: Mapping[str, float | None], kind: ChangeKind) -> str:
    mean, error = found["mean"], found["se"]
    if mean is None:
        return "?"
    text = number_text(mean, kind)
    return text if error is None else f"{text} ± {kind.number(error, 1, sign=False)}"


def _raced(one: Mapping[str, Any]) -> dict[str, str]:
    """A candidate of the race, and whom it was behind."""
    gain = one["over_multi_head"]
    points, _, rival = one["behind"].partition(" ")
    return {
        "name": one["name"],
        "method": method_untold(one),
        "gain": _with_error(gain),
        "seeds": "" if gain is None else str(gain["n"]),
        "state": one["state"],
        "points": _points_behind(points),
        "rival": rival,
        **_costs(one),
    }


def _points_behind(points: str) -> str:
    """How far behind, in words; who ran out of room may have been ahead.

    Example:
        >>> _points_behind("0.3"), _points_behind("-0.4"), _points_behind("")
        ('0.3 points behind', '0.4 points ahead of', '')
    """
    if not points:
        return ""
    ahead = float(points) < 0
    return f"{points.lstrip('-')} points {'ahead of' if ahead else 'behind'}"


def _costs(one: Mapping[str, Any]) -> dict[str, str]:
    return {key: f"{one[key]:.2f} ×" for key in ("operations", "parameters")}


def _seeds(facts: Mapping[str, Any]) -> str:
    """On how many seeds was judged; of several numbers the ends."""
    found: Sequence[int] = sorted({one["delta_m"]["n"] for one in facts["judged"].values()})
    return f"{found[0]}" if len(found) == 1 else f"{found[0]} to {found[-1]}"
