"""The compute of interventions, counted."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from torch import Tensor

from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.cause import Case
from gradsplit.studies.diagnosis.causes.capacity import wider
from gradsplit.studies.diagnosis.causes.stage import own_stages, withheld
from gradsplit.studies.diagnosis.causes.unfinished import longer
from gradsplit.studies.diagnosis.extra import Extra, extra
from gradsplit.tasksets.causes.task_sets import TwoStages, late_stage

EDGE = ("source", "target")


def test_extra_compute_is_counted() -> None:
    taskset = late_stage()
    assert extra(taskset, EDGE, longer(EDGE)) == Extra(2.0, 1.0, 1.0)
    split = withheld(Case(EDGE, taskset, ("early", "late")), ("late",))
    assert extra(taskset, EDGE, split) == Extra(1.0, 1.0, 1.0)
    # Trunk 24 + 8 x 24, heads 20 x 8 and 4 x 8; twice as wide doubles all but the gains.
    assert extra(taskset, EDGE, wider(EDGE)).parameters == pytest.approx(792 / 408)
    own = extra(taskset, EDGE, own_stages(EDGE, ("late",)))
    assert own.parameters == pytest.approx(600 / 408)
    assert own.training == 1.0
    apart = extra(taskset, EDGE, None)
    assert apart.parameters == pytest.approx(624 / 408)


@dataclass(frozen=True)
class Divided(TwoStages):
    """Has no data before it knows the seed."""

    seen: bool = False

    def for_seed(self, seed: int) -> "Divided":
        return replace(self, seen=True)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        if not self.seen:
            raise TaskSetError("ask for_seed first")
        return super().batches(task, seed)


def test_compute_is_counted_where_data_are_divided_by_seed() -> None:
    plain = late_stage()
    divided = Divided(**{item.name: getattr(plain, item.name) for item in fields(plain)})
    assert extra(divided, EDGE, None) == extra(plain, EDGE, None)
