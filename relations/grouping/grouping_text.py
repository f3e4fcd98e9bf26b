"""A grouping in words, for the terminal."""

from collections.abc import Iterator

from relations.grouping.candidate import Choice
from relations.grouping.grouping_facts import GroupingFacts
from relations.grouping.stability import Stability
from relations.tables.text_table import aligned


def grouping_text(grouping: GroupingFacts) -> str:
    """Networks, what each task gains, how sure that is, and what the runner-up would be."""
    choice = grouping.choice
    count = len(choice.networks)
    lines = [
        f"{count} network{'s' if count > 1 else ''}, cost {choice.cost:g} of {grouping.budget:g}"
        + ("" if choice.exact else " (by a heuristic: a better grouping may exist)")
    ]
    lines += [_network(choice, at) for at in range(count)]
    lines += ["", *aligned(list(_rows(grouping)))]
    lines += ["", *sureness(grouping), *grouping.notes]
    return "\n".join(lines)


def gain_text(gain: float, *, relative: bool) -> str:
    """A gain with its sign: per cent of the score alone, or standard deviations.

    Example:
        >>> gain_text(0.0312, relative=True), gain_text(-1.0, relative=False)
        ('+3.12%', '-1.00 sd')
    """
    return f"{100 * gain:+z.2f}%" if relative else f"{gain:+z.2f} sd"


def _network(choice: Choice, at: int) -> str:
    network, helpers = choice.networks[at], choice.helpers()[at]
    served = [task for task in network.tasks if task not in helpers]
    text = f"  network {at + 1}: {', '.join(served)}"
    if helpers:
        text += f"; trained with {', '.join(helpers)}, whose output is not used"
    if network.cost != 1:
        text += f" (cost {network.cost:g})"
    return text if network.measured else f"{text} (predicted, not trained)"


def _rows(grouping: GroupingFacts) -> Iterator[list[str]]:
    gains, relative = grouping.choice.gains(), grouping.relative
    whole = grouping.together or dict.fromkeys(grouping.tasks, None)
    guessed = grouping.together is not None and not grouping.together_trained
    together = "all together, predicted" if guessed else "all together"
    yield ["change to training alone", "network", "grouped", together]
    for task in grouping.tasks:
        shown = [_gain(gain, relative=relative) for gain in (gains[task], whole[task])]
        yield [task, str(grouping.serves[task] + 1), *shown]
    size = len(grouping.tasks)
    mean = sum(grouping.together.values()) / size if grouping.together else None
    shown = [_gain(gain, relative=relative) for gain in (grouping.total / size, mean)]
    yield ["mean", "", *shown]


def _gain(gain: float | None, *, relative: bool) -> str:
    return "?" if gain is None else gain_text(gain, relative=relative)


def sureness(grouping: GroupingFacts) -> Iterator[str]:
    """How sure a grouping is: whether it was trained, the runner-up, and what other seeds say."""
    if not grouping.measured:
        yield (
            "gains of networks that were not trained are predicted from pairs, which often says "
            "little: train the groups before you rely on it"
        )
    if grouping.runner_up is not None:
        yield f"runner-up: {_runner_up(grouping.runner_up, grouping)}"
    if grouping.stability is not None:
        yield _steadiness(grouping.stability, grouping.choice)


def _runner_up(choice: Choice, grouping: GroupingFacts) -> str:
    """The second best: its own mean, and how far that lies behind."""
    size, relative = len(grouping.tasks), grouping.relative
    behind = (grouping.total - choice.total) / size
    distance = f"{100 * behind:.2f} points" if relative else f"{behind:.2f} sd"
    last = "as good" if distance.startswith("0.00 ") else f"{distance} behind"
    mean = gain_text(choice.total / size, relative=relative)
    return f"{choice}, cost {choice.cost:g}, mean {mean}, {last}"


def _steadiness(seen: Stability, choice: Choice) -> str:
    """In how many draws of the seeds a choice is the best, and which other one is more often."""
    share = seen.share(choice)
    others = sum(wins > 0 for wins in seen.wins.values()) - (share > 0)
    text = f"with other seeds: the best in {share:.0%} of {seen.draws} draws of the seeds, "
    if not others:
        return f"{text}no other grouping was ever best"
    text += f"{others} other grouping{'' if others == 1 else 's'} in the rest"
    groups, wins = max(seen.wins.items(), key=lambda one: one[1], default=((), 0))
    if wins / seen.draws <= share:
        return text
    named = " | ".join("+".join(group) for group in groups)
    return f"{text}, most often {named}: {wins / seen.draws:.0%}"
