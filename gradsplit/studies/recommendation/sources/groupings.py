"""Groupings into a few networks that pairs predict to be best."""

from collections.abc import Iterator
from dataclasses import replace

from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import Configuration
from relations.errors import GroupingError
from relations.grouping.asked import Asked
from relations.grouping.group_tasks import best_choices

MOST = 2
"""So many groupings of each number of networks join the race."""


@register_source("from relations")
def groupings(known: Known) -> Iterator[Configuration]:
    """The best groupings into two networks and more, as far as predicted."""
    if known.groups is None:
        return
    if not known.groups.scaled:
        known.left_out["groupings"] = "no pair of tasks has changes that are known"
        return
    tasks = known.taskset.task_names
    for networks in range(2, min(known.networks, len(tasks)) + 1):
        try:
            choices = best_choices(known.groups, Asked(networks=networks, rule="mean"), MOST)
        except GroupingError as wrong:
            known.left_out[f"{networks} networks"] = str(wrong)
            continue
        for choice in choices:
            groups = tuple(network.tasks for network in choice.networks)
            if not 1 < len(groups) < len(tasks):
                continue  # one network for all, and one for each, are there already
            name = " | ".join("+".join(group) for group in groups)
            plain = Configuration(name, "", networks=groups, serves=dict(choice.serves))
            what = f"{len(groups)} networks: {', '.join(plain.of_networks(' with '))}"
            plain = replace(plain, what=what)
            yield plain
            if known.balance:
                best = known.of_method(known.balance, f"{what}, each balanced by {known.balance}")
                yield replace(plain, name=f"{name}, {known.balance}", what=best.what,
                              method=best.method, words=best.words)  # fmt: skip
