"""People drawn by a formula: any number, any size, the same for the same seed, labels included."""

from gradsplit.tasksets.figures.drawing.cameras import Cameras, Conditions, draw_cameras
from gradsplit.tasksets.figures.drawing.draw import Photographs, photograph
from gradsplit.tasksets.figures.drawing.night import in_light
from gradsplit.tasksets.figures.drawing.people import ATTRIBUTES, People, draw_people
from gradsplit.tasksets.figures.drawing.poses import JOINTS
from gradsplit.tasksets.figures.drawing.segments import PARTS

__all__ = [
    "ATTRIBUTES",
    "JOINTS",
    "PARTS",
    "Cameras",
    "Conditions",
    "People",
    "Photographs",
    "draw_cameras",
    "draw_people",
    "in_light",
    "photograph",
]
