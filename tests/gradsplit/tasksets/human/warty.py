"""Pictures with faults as they lie on real disks."""

import io
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)


def jpeg() -> bytes:
    """A sound JPEG of 40 x 30 pixels."""
    content = io.BytesIO()
    Image.fromarray(PIXELS).save(content, "jpeg")
    return content.getvalue()


def png(chunk: bytes = b"") -> bytes:
    """A PNG of 40 x 30 pixels; with some of its content exchanged, a broken one."""
    content = io.BytesIO()
    Image.fromarray(PIXELS).save(content, "png")
    whole = content.getvalue()
    return whole[:60] + chunk + whole[60 + len(chunk) :]


BROKEN = {
    "cut off.jpg": jpeg()[: len(jpeg()) // 2],
    "begun.jpg": jpeg()[:20],
    "empty.jpg": b"",
    "page.jpg": b"<html>404 not found</html>",
    "damaged.png": png(b"\x00" * 400),
    "cut off.png": png()[:500],
}
"""Name -> content of files that cannot be decoded."""


def write_cmyk(path: Path) -> None:
    """A JPEG for print."""
    Image.fromarray(PIXELS).convert("CMYK").save(path, "jpeg")


def write_turned(path: Path, orientation: int) -> None:
    """A JPEG that says how it is to be shown."""
    said = Image.Exif()
    said[ExifTags.Base.Orientation] = orientation
    Image.fromarray(PIXELS).save(path, "jpeg", exif=said)


def write_sixteen_bits(path: Path, values: np.ndarray | None = None) -> None:
    """A grey PNG of 16 bits."""
    grey = np.linspace(0, 65535, 40 * 30).reshape(40, 30) if values is None else values
    Image.fromarray(grey.astype(np.uint16)).save(path, "png")
