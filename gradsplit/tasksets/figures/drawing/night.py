"""The same places at night: another light, other colours, cameras that stand farther away.

For a second data set of drawn people that differs from the first as published ones differ from each
other. The numbers are our choice: enough that a network trained by day is clearly worse by night.
"""

from dataclasses import replace

import numpy as np

from gradsplit.tasksets.figures.drawing.cameras import Cameras
from gradsplit.tasksets.figures.light import Light

# Of red, green and blue: little light, most of it blue.
_GAIN = (0.42, 0.5, 0.68)
# Dark tones are raised, as cameras do that see little; and so is their noise.
_BEND, _NOISE, _LEAST_NOISE = 0.45, 1.5, 0.01
# Walls and ground are darker than people, who stand in the light of a lamp.
_SCENE = 0.55
_DISTANCE = 1.2


def in_light(cameras: Cameras, light: Light) -> Cameras:
    """The cameras in some light; by day they are as they are.

    Example:
        >>> from gradsplit.tasksets.figures.drawing import draw_cameras
        >>> cameras = draw_cameras(2, seed=0, height=64, width=32)
        >>> in_light(cameras, "night").distance > in_light(cameras, "day").distance
        True
    """
    if light == "day":
        return cameras
    return replace(
        cameras,
        scenes=cameras.scenes * np.float32(_SCENE),
        gain=cameras.gain * np.array(_GAIN, np.float32),
        bend=cameras.bend + np.float32(_BEND),
        noise=cameras.noise * np.float32(_NOISE) + np.float32(_LEAST_NOISE),
        distance=_DISTANCE,
    )
