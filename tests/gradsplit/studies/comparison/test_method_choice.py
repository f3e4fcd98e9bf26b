"""Which methods are compared, by the names that are asked for."""

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.studies.comparison.method_choice import choose


def test_single_task_training_may_be_named_and_is_there_in_any_case():
    assert list(choose(["single", "multi-head"])) == ["multi-head"]
    with pytest.raises(GradSplitError, match="single"):
        choose(["single"])


def test_a_name_stands_for_one_method():
    with pytest.raises(GradSplitError, match="more than once"):
        choose(["multi-head", "multi-head"])
