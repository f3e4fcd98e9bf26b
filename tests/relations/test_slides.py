"""The relation table of the method's authors gives their graph and mask."""

import pytest

from relations import GradientMask, RelationGraph
from relations.sources import load_changes

ATTRIBUTE_AND_REID = [
    ("attribute", "reid"),
    ("attribute", "pose"),
    ("attribute", "parsing"),
    ("reid", "attribute"),
    ("reid", "pose"),
    ("reid", "parsing"),
]


@pytest.fixture
def changes(data_file):
    return load_changes(data_file("gradsplit_slides_relation.csv"))


def test_values_and_orientation(changes):
    assert changes.tasks == ("attribute", "reid", "pose", "parsing")
    assert changes.mean[0, 3] == -0.0987
    assert changes.mean[3, 0] == -0.0091
    assert changes.mean[2, 3] == 0.0


def test_exactly_the_six_harmful_edges(changes):
    assert RelationGraph.from_changes(changes).harmful() == ATTRIBUTE_AND_REID


def test_the_mask_of_the_method(changes):
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    assert mask.may_update.tolist() == [
        [True, False, False, False],
        [False, True, False, False],
        [True, True, True, True],
        [True, True, True, True],
    ]


@pytest.mark.parametrize(
    ("threshold", "blocked"),
    [
        (
            0.0,
            [
                *ATTRIBUTE_AND_REID,
                ("pose", "attribute"),
                ("pose", "reid"),
                ("parsing", "attribute"),
                ("parsing", "reid"),
            ],
        ),
        (-0.01, ATTRIBUTE_AND_REID),
        (
            -0.02,
            [
                ("attribute", "reid"),
                ("attribute", "parsing"),
                ("reid", "attribute"),
                ("reid", "parsing"),
            ],
        ),
        (-0.05, [("attribute", "parsing"), ("reid", "parsing")]),
    ],
)
def test_the_masks_at_other_thresholds(changes, threshold, blocked):
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes, threshold=threshold))
    assert mask.blocked() == blocked
    assert mask.threshold == threshold
