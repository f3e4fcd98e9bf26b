"""The recommendation in plain words."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradsplit.errors import argument
from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.judging.answer_of_tasks import (
    against_alone,
    behind_alone,
    harm_left,
    made_worse,
    mostly_one_task,
)
from gradsplit.studies.recommendation.racing.contest import TUNED
from gradsplit.studies.recommendation.racing.race import SAME_COST
from gradsplit.studies.recommendation.racing.standings import not_raced
from gradsplit.studies.recommendation.sources.longer import LONGER

if TYPE_CHECKING:
    from analysis.comparison.questions import Answer
    from gradsplit.studies.diagnosis.diagnosed import Diagnosed
    from gradsplit.studies.recommendation.budget.inference_cost import InferenceCost
    from gradsplit.studies.recommendation.judging.judgement import Judged
    from gradsplit.studies.recommendation.judging.verdict import Verdict
    from gradsplit.studies.recommendation.racing.standings import Standings


APART = 30
"""Loss weights so many times apart speak of losses of different size."""


def answer(
    configuration: Configuration,
    judged: "Judged",
    cost: "InferenceCost",
    standings: "Standings",
    spent: int,
    *,
    diagnosable: bool = True,
    diagnosed: "Diagnosed | None" = None,
    weights: Mapping[str, float] = {},
) -> str:
    """What to do, what it brings and costs, how sure that is, and what did not help.

    Args:
        configuration: What is recommended.
        judged: What fresh seeds say.
        cost: Of it, at inference.
        standings: The race at its end.
        spent: Trainings that were made.
        diagnosable: Whether a diagnosis is possible; not of a training of one's own.
        diagnosed: Why edges are harmful, where that was found out.
        weights: Task -> loss weight, that a search found; {} of none.
    """
    sentences = [
        _what(configuration, judged, standings),
        *_against(configuration, judged),
        *mostly_one_task(configuration.name, judged),
        against_alone(configuration.name, judged),
        *behind_alone(configuration.name, judged),
        *made_worse(configuration.name, judged),
        _cost(configuration, cost),
        *_cheaper(configuration.name, judged),
        harm_left(configuration.name, judged, diagnosable=diagnosable and diagnosed is None),
        *_why(diagnosed),
        *_sizes(weights),
        *_longer(configuration, standings),
        *_untold(standings, judged),
        _tried(configuration.name, standings, judged),
        f"It took {spent} trainings.",
    ]
    return " ".join(sentences)


def _what(configuration: Configuration, judged: "Judged", standings: "Standings") -> str:
    seeds = len(judged.comparison.scores[SINGLE])
    data = " on test data" if judged.on_test else ""
    text = (
        f"Train {configuration.what}: `{configuration.name}`, judged on {seeds} fresh seeds{data}."
    )
    if configuration.name != MULTI_HEAD:
        return text
    if len(standings.members) == 1:
        alone = "Nothing else took part in the race, so this says nothing in its favour."
        return " ".join(
            [
                text,
                alone,
                *(f"{said[:1].upper()}{said[1:]}." for said in not_raced(standings.left_out)),
            ]
        )
    return f"{text} It is the simplest, and nothing that was tried is decidedly better."


def _against(configuration: Configuration, judged: "Judged") -> Iterator[str]:
    """How far it is ahead of plain training and of tuned weights."""
    name, found = configuration.name, judged.verdict
    for rival in (MULTI_HEAD, TUNED):
        said = found.answer(name, rival)
        if said is not None:
            yield _difference(said, rival)
    if found.contender is not None:
        yield _contender(found.contender, name, found)


def _contender(contender: str, name: str, found: "Verdict") -> str:
    """Why the one with the highest mean is not recommended."""
    said = found.answer(contender, name)
    if said is not None and said.decided:
        gained = 100 * said.difference.mean
        return f"`{contender}` gains {gained:.1f} points more in the mean, but harms tasks."
    told = found.seeds_to_tell
    needed = "more than 200 seeds would tell"
    if told is not None:
        needed = f"about {told} seeds would tell, {argument('judge_seeds', told)}"
    return f"`{contender}` has a higher mean and is not decidedly better: {needed}."


def _difference(said: "Answer", rival: str) -> str:
    """How far it is ahead, or behind; the interval is of the same number."""
    mean, lower, upper = 100 * said.difference.mean, 100 * said.lower, 100 * said.upper
    behind = mean <= -0.05
    if behind:
        lower, upper = -upper, -lower
    sure = "no interval: the seeds show no scatter"
    if np.isfinite(lower):
        decided = "decided" if said.decided else "not decided"
        sure = f"{lower:+z.1f} to {upper:+z.1f} at 95 %, corrected; {decided}"
    if behind:
        return f"It is {-mean:.1f} points of delta_m behind `{rival}` ({sure})."
    return f"It gains {mean:+z.1f} points of delta_m ({sure}) over `{rival}`."


def _cost(configuration: Configuration, cost: "InferenceCost") -> str:
    if max(abs(cost.operations - 1), abs(cost.parameters - 1)) < 0.005:
        text = "At inference it is the one shared network"
    else:
        text = (
            f"At inference it takes {cost.operations:.2f} times the operations and "
            f"{cost.parameters:.2f} times the parameters of one shared network"
        )
    if configuration.steps != 1:
        text += (
            f"; training takes {configuration.steps} times the steps. Training stops too early "
            "here: give it those steps and ask again, as another configuration may be best then"
        )
    return f"{text}."


def _cheaper(name: str, judged: "Judged") -> Iterator[str]:
    """The best of those that cost less at inference."""
    costs = {one: cost["operations"] for one, cost in judged.comparison.costs.items()}
    less = [
        one
        for one in costs
        if SAME_COST * costs[one] < costs[name] and one != judged.verdict.contender
    ]
    if less:
        best = max(less, key=judged.comparison.gain)
        said, more = judged.verdict.answer(best, MULTI_HEAD), ""
        if said is not None:
            sure = "decided" if said.decided else "not decided"
            more = f", {100 * said.difference.mean:+z.1f} points over `{MULTI_HEAD}` ({sure})"
        yield f"At less cost the best of those judged is `{best}`{more}."


def _why(diagnosed: "Diagnosed | None") -> Iterator[str]:
    """The causes of the worst edges under plain training."""
    if diagnosed is not None:
        causes = [f"{' -> '.join(one.edge)}: {one.named}" for one in diagnosed.diagnoses]
        yield f"Why the worst edges are harmful under plain training: {'; '.join(causes)}."


def _sizes(weights: Mapping[str, float]) -> Iterator[str]:
    """That losses may be of different size, where the best weights are far apart."""
    ratio = max(weights.values(), default=1.0) / min(weights.values(), default=1.0)
    if ratio >= APART:
        most, least = max(weights, key=weights.__getitem__), min(weights, key=weights.__getitem__)
        yield (
            f"The search of loss weights ended with {most} weighing {ratio:.0f} times as much as "
            f"{least}: if the loss of {least} is that much larger, bring the losses to one size "
            "and ask again."
        )


def _longer(configuration: Configuration, standings: "Standings") -> Iterator[str]:
    """Whether more steps alone would do as well, or most of it."""
    gains = {one.name: one.gain for one in standings.members}
    own, more = gains.get(configuration.name), gains.get(LONGER)
    if own is None or more is None or configuration.name in (LONGER, MULTI_HEAD):
        return
    if more.mean >= 0.5 * own.mean > 0:
        yield (
            f"Twice the steps of plain training alone gained {100 * more.mean:+z.1f} points in the "
            "race: much of the harm is unfinished training."
        )


def _untold(standings: "Standings", judged: "Judged") -> Iterator[str]:
    """What the names of those do not say that were judged."""
    for one in standings.members:
        if one.is_said and one.name in judged.comparison.methods:
            yield f"{one.is_said}."


def _tried(name: str, standings: "Standings", judged: "Judged") -> str:
    """What was tried and did not help."""
    tried = len(standings.members)
    plain = [
        one.name
        for one in standings.members
        if one.gain is not None and one.gain.mean <= 0 and one.name not in (MULTI_HEAD, name)
    ]
    others = [one for one in judged.comparison.methods if one not in (SINGLE, name)]
    text = f"{tried} candidates were raced" if tried != 1 else "1 candidate was raced"
    if others:
        verb = "were" if len(others) > 1 else "was"
        text += f", and the last against it {verb} {', '.join(f'`{one}`' for one in others)}"
    if plain:
        verb = "were" if len(plain) > 1 else "was"
        text += f"; no better than plain training {verb} {', '.join(f'`{one}`' for one in plain)}"
    return f"{text}."
