"""From a place in a picture to the network's input: one affine map, one resampling.

A *place* is a matrix [2, 3] from the picture to the input. It acts on corner coordinates, in which
a pixel of index i covers i..i+1, so that sizes scale without halves; `joints_in` and `joints_out`
take and give coordinates of pixel centres, as records have them.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gradsplit.errors import GradSplitError, TaskSetError

Place = NDArray[np.float64]
"""[2, 3] affine map from corner coordinates of a picture to those of the input."""

Size = tuple[int, int]
"""Height and width in pixels."""

SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
"""What Pillow calls grey of 16 bits."""

# Pillow's readers of a dozen formats fail on damaged files in as many ways.
_UNDECODABLE = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError),
    *(struct.error, zlib.error, Image.DecompressionBombError),
)


def stretched(picture: Size, size: Size) -> Place:
    """The whole picture over the whole input, whatever the shapes.

    Example:
        >>> stretched((128, 64), (256, 64))
        array([[1., 0., 0.],
               [0., 2., 0.]])
    """
    return np.array([[size[1] / picture[1], 0, 0], [0, size[0] / picture[0], 0]], float)


def fitted(picture: Size, size: Size) -> Place:
    """The whole picture, its shape kept, in the middle of the input.

    Example:
        >>> fitted((100, 100), (256, 128)).round(2)
        array([[ 1.28,  0.  ,  0.  ],
               [ 0.  ,  1.28, 64.  ]])
    """
    factor = min(size[0] / picture[0], size[1] / picture[1])
    center = np.array([picture[1] / 2, picture[0] / 2])
    return around(center, factor, size)


def around(center: NDArray[np.floating], factor: float, size: Size) -> Place:
    """A point of the picture in the middle of the input.

    Args:
        center: [2] x and y of the point, corner coordinates.
        factor: Input pixels a picture pixel.
        size: Of the input.
    """
    middle = np.array([size[1] / 2, size[0] / 2])
    offset = middle - factor * np.asarray(center, float)
    return np.column_stack([factor * np.eye(2), offset])


def zoomed(place: Place, size: Size, *, factor: float = 1.0, degrees: float = 0.0) -> Place:
    """The same, then enlarged and turned clockwise about the middle of the input."""
    angle = math.radians(degrees)
    turn = factor * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    middle = np.array([size[1] / 2, size[0] / 2])
    turned = turn @ place
    turned[:, 2] += middle - turn @ middle
    return turned


def moved(place: Place, right: float, down: float) -> Place:
    """The same, then moved by some pixels of the input."""
    shifted = place.copy()
    shifted[:, 2] += (right, down)
    return shifted


def mirrored(place: Place, size: Size) -> Place:
    """The same, then left and right of the input exchanged."""
    flipped = place.copy()
    flipped[0] *= -1
    flipped[0, 2] += size[1]
    return flipped


def joints_in(place: Place, joints: NDArray[np.floating]) -> NDArray[np.float32]:
    """Pixel centres of the picture [..., 2] as pixel centres of the input.

    Example:
        >>> float(joints_in(stretched((10, 10), (20, 20)), np.array([0.0, 0.0]))[0])
        0.5
    """
    corners = np.asarray(joints, float) + 0.5
    return (corners @ place[:, :2].T + place[:, 2] - 0.5).astype(np.float32)


def joints_out(place: Place, joints: NDArray[np.floating]) -> NDArray[np.float32]:
    """Pixel centres of the input [..., 2] as pixel centres of the picture; undoes `joints_in`."""
    return joints_in(inverse(place), joints)


def inverse(place: Place) -> Place:
    """From the input to the picture."""
    back = np.linalg.inv(place[:, :2])
    return np.column_stack([back, -back @ place[:, 2]]).astype(np.float64)


def cut(picture: Image.Image, place: Place, size: Size) -> NDArray[np.uint8]:
    """The input [height, width, 3] that a place cuts out of a picture; black outside of it.

    A JPEG that is not decoded yet is decoded at an eighth, quarter or half of its size where the
    input needs no more: a person of 400 pixels in a photograph of 1280 x 720 costs a third. What is
    then still twice as large as needed or more, such as a large PNG, is made smaller by means over
    blocks of pixels first: a resampling that looks at four pixels would leave the others out.

    Raises:
        ValueError: The picture has pixels whose range nobody knows.
    """
    height, width = picture.height, picture.width
    # Input pixels a picture pixel; 1 where the input is larger.
    needed = min(1.0, math.sqrt(abs(np.linalg.det(place[:, :2]))))
    picture.draft("RGB", (max(1, round(width * needed)), max(1, round(height * needed))))
    decoded = colours(picture)
    place = place @ np.diag([width / decoded.width, height / decoded.height, 1.0])
    across, down = (max(1, int(1 / length)) for length in np.linalg.norm(place[:, :2], axis=0))
    if across > 1 or down > 1:
        # The last block may be cut; all others are whole, so the factors are exact.
        decoded = decoded.reduce((across, down))
        place = place @ np.diag([across, down, 1.0])
    return np.asarray(_transformed(decoded, place, size, Image.Resampling.BILINEAR, (0, 0, 0)))


def colours(picture: Image.Image) -> Image.Image:
    """A picture as red, green and blue of 8 bits each.

    Grey of 16 bits is taken by its full range, as PNG defines it. (Pillow cuts it off at 255, which
    leaves it almost white.)

    Raises:
        ValueError: It has 32 bits a pixel, whose range is not known.
    """
    if picture.mode == "RGB":
        picture.load()
        return picture
    if picture.mode in SIXTEEN_BITS or (picture.mode == "I" and picture.format == "PNG"):
        grey = (np.asarray(picture).astype(np.uint32) + 128) // 257
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if picture.mode in ("I", "F"):
        raise ValueError(f"mode {picture.mode}: 32 bits a pixel, whose range nobody knows")
    return picture.convert("RGB")


def cut_labels(labels: Image.Image, place: Place, size: Size) -> NDArray[np.uint8]:
    """The labels [height, width] under the same place; 255 outside of the picture."""
    return np.asarray(_transformed(labels, place, size, Image.Resampling.NEAREST, 255))


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture whose header is read, to be decoded within the context.

    Raises:
        TaskSetError: It cannot be opened, or not be decoded; names the file in one line.
    """
    try:
        with Image.open(path) as picture:
            yield picture
    except GradSplitError:
        raise  # said already
    except _UNDECODABLE as wrong:
        text = " ".join(str(wrong).split()) or type(wrong).__name__
        raise TaskSetError(
            f"`{path}` cannot be read as a picture ({text}). Unpack the data anew."
        ) from wrong


def _transformed(
    picture: Image.Image,
    place: Place,
    size: Size,
    resampling: Image.Resampling,
    outside: int | tuple[int, ...],
) -> Image.Image:
    return picture.transform(
        (size[1], size[0]),
        Image.Transform.AFFINE,
        tuple(inverse(place).ravel()),
        resample=resampling,
        fillcolor=outside,
    )
