"""What tests ask of a picture in a file."""

from pathlib import Path

from PIL import Image


def inches(file: Path) -> float:
    """The width of a png, to a tenth."""
    with Image.open(file) as picture:
        dots, _ = picture.info["dpi"]
        return round(picture.width / dots, 1)
