"""When drawn people are photographed: a name alone, for options that must not wait for numpy."""

from typing import Literal, get_args

Light = Literal["day", "night"]
"""By night pictures are a second data set, see `drawing.night`."""

LIGHTS: tuple[str, ...] = get_args(Light)
