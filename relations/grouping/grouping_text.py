"""A grouping in words, for the terminal."""

from collections.abc import Iterator

from relations.grouping.candidate import Choice
from relations.grouping.grouping_facts import GroupingFacts
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
    lines += ["", *_sureness(grouping), *grouping.notes]
    return "\n".join(lines)


def gain_text(gain: float, *, relative: bool) -> str:
    """A gain with its sign: per cent of the score alone, or standard deviations.

    Example:
        >>> gain_text(0.0312, relative=True), gain_text(-1.0, relative=False)
        ('+3.12%', '-1.00 sd')
    """
    text = f"{100 * gain:+.2f}%" if relative else f"{gain:+.2f} sd"
    return text.replace("-0.00", "+0.00")


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
    yield ["change to training alone", "network", "grouped", "all together"]
    for task in grouping.tasks:
        shown = [_gain(gain, relative=relative) for gain in (gains[task], whole[task])]
        yield [task, str(grouping.serves[task] + 1), *shown]
    size = len(grouping.tasks)
    mean = sum(grouping.together.values()) / size if grouping.together else None
    shown = [_gain(gain, relative=relative) for gain in (grouping.total / size, mean)]
    yield ["mean", "", *shown]


def _gain(gain: float | None, *, relative: bool) -> str:
    return "?" if gain is None else gain_text(gain, relative=relative)


def _sureness(grouping: GroupingFacts) -> Iterator[str]:
    if not grouping.measured:
        yield (
            "gains of networks that were not trained are predicted from pairs, which often says "
            "little: train the groups before you rely on it"
        )
    if grouping.runner_up is not None:
        behind = (grouping.total - grouping.runner_up.total) / len(grouping.tasks)
        yield (
            f"runner-up: {grouping.runner_up}, cost {grouping.runner_up.cost:g}, in the mean "
            f"{gain_text(-behind, relative=grouping.relative)}"
        )
    if grouping.stability is not None:
        share = grouping.stability.share(grouping.choice)
        others = sum(wins > 0 for wins in grouping.stability.wins.values()) - (share > 0)
        yield (
            f"with other seeds: the best in {share:.0%} of {grouping.stability.draws} draws of the "
            f"seeds, {others} other grouping{'' if others == 1 else 's'} in the rest"
        )
