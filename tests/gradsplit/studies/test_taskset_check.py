"""The check of a task set takes what users have: an object, a name, or by mistake a class."""

import pytest

from gradsplit import check_taskset
from gradsplit.errors import TaskSetError
from tests.gradsplit.toy_tasks import Toy


def test_an_object_or_a_name():
    check_taskset(Toy())
    check_taskset("planted")


def test_a_class_is_refused():
    with pytest.raises(TaskSetError, match=r"give Toy\(\)"):
        check_taskset(Toy)
