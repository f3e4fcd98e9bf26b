"""What a recommendation does to each task, in words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.carried import carried
from gradsplit.studies.recommendation.configuration import MULTI_HEAD
from gradsplit.studies.recommendation.judging.harm import SURE
from gradsplit.studies.recommendation.judging.verdict import WORTH
from relations.change_kinds import RELATIVE

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.comparison.seed_means import SeedMean
    from gradsplit.studies.recommendation.judging.judgement import Judged


def against_alone(name: str, judged: "Judged") -> str:
    """The change of every task against training it alone."""
    comparison = judged.comparison
    parts = [f"{task} {_change(comparison, name, task)}" for task in comparison.tasks]
    return f"Against every task alone, ± standard error: {', '.join(parts)}."


def _change(comparison: "Comparison", name: str, task: str) -> str:
    seen: SeedMean = comparison.change(name, task)
    kind = comparison.kind(task)
    error = f" ± {kind.number(seen.se, 1, sign=False)}" if np.isfinite(seen.se) else ""
    # Adding 0 takes the sign from what is rounded to nothing.
    mean = kind.number(round(seen.mean, 3) + 0.0 if kind.name == RELATIVE else seen.mean, 1)
    return f"{mean}{error} {kind.short}"


def mostly_one_task(name: str, judged: "Judged") -> Iterator[str]:
    """Whether one task carries most of what is gained over plain training."""
    said = judged.verdict.answer(name, MULTI_HEAD)
    if said is None or not said.decided:
        return
    found = carried(judged.comparison, name, MULTI_HEAD)
    if found is not None:
        without = f"without it {100 * found.without.mean:+z.1f} points"
        yield f"Most of its gain over `{MULTI_HEAD}` is that of {found.task}: {without}."


def behind_alone(name: str, judged: "Judged") -> Iterator[str]:
    """That training every task alone is better still, where it is by two standard errors."""
    seen = judged.comparison.delta_m(name) if judged.comparison.in_delta_m else None
    if seen is not None and seen.mean < -WORTH and seen.mean < -SURE * seen.se:
        yield (
            f"In the mean over tasks it stays {-100 * seen.mean:.1f} ± {100 * seen.se:.1f} points "
            f"behind training every task alone, with {len(judged.comparison.tasks)} networks."
        )


def made_worse(name: str, judged: "Judged") -> Iterator[str]:
    """Tasks that lose, and more than by plain training, which a mean can hide."""
    if name == MULTI_HEAD:
        return
    comparison, said = judged.comparison, []
    own, plain = comparison.changes(name), comparison.changes(MULTI_HEAD)
    for task in comparison.tasks:
        kind = comparison.kind(task).at(judged.threshold)
        lost = np.array([own[seed][task] - plain[seed][task] for seed in own if seed in plain])
        se = lost.std(ddof=1) / len(lost) ** 0.5 if len(lost) > 1 else np.nan
        least = kind.threshold or 0.0
        loses = comparison.change(name, task).mean < least
        if loses and lost.mean() < least and lost.mean() < -SURE * se:
            unit = "points" if kind.name == RELATIVE else kind.short
            said.append(f"{task} {kind.number(lost.mean(), 1)} {unit}")
    if said:
        yield f"It makes worse than `{MULTI_HEAD}` does: {', '.join(said)}."


def harm_left(name: str, judged: "Judged", *, diagnosable: bool) -> str:
    """What is left of the harm."""
    harmed, in_doubt = judged.harmed[name], judged.in_doubt[name]
    open_question = (
        f"Whether it harms {', '.join(in_doubt)} by more than {-judged.threshold:.1%} these seeds "
        "do not tell: in the mean it does, by less than two standard errors."
    )
    if not harmed:
        no_harm = f"`{name}` harms no task by more than {-judged.threshold:.1%}."
        return open_question if in_doubt else no_harm
    why = "; `gradsplit diagnose` says why" if diagnosable else ""
    lose = "loses" if len(harmed) == 1 else "lose"
    left = f"Harm: {', '.join(harmed)} {lose} by sharing{why}."
    return f"{left} {open_question}" if in_doubt else left
