"""The ways of training in the comparison of a grouping."""

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relations.grouping.grouping import Grouping

GROUPED = "grouping"
TOGETHER = "all together"


def together_name(grouping: "Grouping", judged: Collection[str]) -> str:
    """What one network for all tasks is called: whether its gains are predicted, too.

    Args:
        grouping: Which knows whether that network was trained.
        judged: Ways of training that fresh seeds judged.
    """
    known = TOGETHER in judged or grouping.together_trained
    return TOGETHER if known else f"{TOGETHER}, predicted"
