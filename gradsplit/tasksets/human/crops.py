"""From a place in a picture to the network's input: one affine map, one resampling.

A *place* is a matrix [2, 3] from the picture to the input. It acts on corner coordinates, in which
a pixel of index i covers i..i+1, so that sizes scale without halves; `joints_in` and `joints_out`
take and give coordinates of pixel centres, as records have them.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gradsplit.errors import TaskSetError

Place = NDArray[np.float64]
"""[2, 3] affine map from corner coordinates of a picture to those of the input."""

Size = tuple[int, int]
"""Height and width in pixels."""


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
    input needs no more: a person of 400 pixels in a photograph of 1280 x 720 costs a third.
    """
    height, width = picture.height, picture.width
    # Input pixels a picture pixel; 1 where the input is larger.
    needed = min(1.0, math.sqrt(abs(np.linalg.det(place[:, :2]))))
    picture.draft("RGB", (max(1, round(width * needed)), max(1, round(height * needed))))
    colours = picture if picture.mode == "RGB" else picture.convert("RGB")
    decoded = place @ np.diag([width / colours.width, height / colours.height, 1.0])
    return np.asarray(_transformed(colours, decoded, size, Image.Resampling.BILINEAR, (0, 0, 0)))


def cut_labels(labels: Image.Image, place: Place, size: Size) -> NDArray[np.uint8]:
    """The labels [height, width] under the same place; 255 outside of the picture."""
    return np.asarray(_transformed(labels, place, size, Image.Resampling.NEAREST, 255))


def opened(path: Path) -> Image.Image:
    """A picture whose header is read; close it, as with a file.

    Raises:
        TaskSetError: It is no picture.
    """
    try:
        return Image.open(path)
    except OSError as wrong:
        raise unreadable(path, wrong) from wrong


def unreadable(path: Path, wrong: Exception) -> TaskSetError:
    """What to say about a picture that cannot be decoded."""
    return TaskSetError(f"`{path}` cannot be read as a picture ({wrong}). Unpack the data anew.")


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
