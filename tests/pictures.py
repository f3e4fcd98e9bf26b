"""What tests ask of a picture in a file."""

from pathlib import Path

import numpy as np
from PIL import Image

# Of the style sheets' filter `hue-rotate(180deg)`.
_TURNED = np.array([[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]])


def inches(file: Path) -> float:
    """The width of a png, to a tenth."""
    with Image.open(file) as picture:
        dots, _ = picture.info["dpi"]
        return round(picture.width / dots, 1)


def for_dark_pages(file: Path) -> Image.Image:
    """A picture that was drawn on white as the dark pages of docs/ show it, see docs/look/look.css.

    Black and white change places, colours keep their hue, and white is where the page shows.
    """
    with Image.open(file) as picture:
        light = np.asarray(picture.convert("RGB")) / 255.0
        size = picture.info["dpi"]
    dark = np.clip((1 - light) @ _TURNED.T, 0, 1)
    seen = dark.max(axis=2, keepdims=True)
    colours = np.divide(dark, seen, out=np.zeros_like(dark), where=seen > 0)
    whole = np.round(255 * np.concatenate([colours, seen], axis=2)).astype(np.uint8)
    made = Image.fromarray(whole, "RGBA")
    made.info["dpi"] = size
    return made
