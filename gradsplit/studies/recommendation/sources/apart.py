"""A network for each task: nothing is shared and nothing is lost, at the price of them all."""

from collections.abc import Iterator

from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import Configuration

NAME = "all apart"


@register_source("at once")
def apart(known: Known) -> Iterator[Configuration]:
    """Every task alone; trained anyway, as all others are held against it."""
    tasks = known.taskset.task_names
    networks = tuple((task,) for task in tasks)
    serves = {task: at for at, task in enumerate(tasks)}
    yield Configuration(NAME, "a network for each task", networks=networks, serves=serves)
