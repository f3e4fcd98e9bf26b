"""A person of MPII made up by hand, and the error of a folder that is refused."""

import pytest

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.formats import mpii

# A person made up by hand. Neck and top of the head are 40 pixels apart on a line through the
# middle of the head's box, whose diagonal is 50: so it is in the real file.
BY_HAND = [
    [140, 300],
    [135, 250],
    [120, 200],
    [150, 200],
    [155, 250],
    [160, 301],
    [135, 198],
    [132, 100],
    [127, 86],
    [103, 54],
    [80, 180],
    [85, 140],
    [100, 105],
    [160, 104],
    [175, 140],
    [181, 182],
]
BOX = {"x1": 100, "y1": 50, "x2": 130, "y2": 90}
HEAD = 30.0


def refused(base):
    with pytest.raises(TaskSetError) as caught:
        mpii.read(base)
    message = str(caught.value)
    assert "The folder should look like this:" in message
    assert "http://human-pose.mpi-inf.mpg.de" in message
    return message
