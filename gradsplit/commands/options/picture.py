"""How large a picture is, and its letters."""

from dataclasses import dataclass
from typing import Any

from gradsplit.errors import GradSplitError

_USUAL = 10.0
_NARROW, _PAGE = (4.5, 7.0), (7.0, 8.0)  # up to so many inches: letters of so many points


def letters(width: float | None, font_size: float | None = None) -> float:
    """Points of a picture's names: as asked for, else as a paper has them in so many inches.

    Example:
        >>> letters(3.3), letters(6.9), letters(12), letters(None), letters(3.3, 9)
        (7.0, 8.0, 10.0, 10.0, 9)
    """
    if font_size is not None:
        return font_size
    fitting = (points for most, points in (_NARROW, _PAGE) if width is not None and width <= most)
    return next(fitting, _USUAL)


@dataclass(kw_only=True)
class SizeOptions:
    """The size of a picture that a command draws beside what it prints."""

    width: float | None = None
    """Of the picture in inches: 3.3 is a column of a paper, 6.9 its page; as wide as is comfortable
    when not given."""
    font_size: float | None = None
    """Of the picture's names in points; 7 in a column of a paper, 8 on its page and else 10 when
    not given."""

    def refuse_size(self, option: str, file: str | None) -> None:
        """Refuse a size where no picture is drawn.

        Args:
            option: That asks for the picture.
            file: What was given with it.

        Raises:
            GradSplitError: There is a size and no picture.
        """
        sizes = {"--width": self.width, "--font-size": self.font_size}
        if file is None and self.size():
            given = " and ".join(name for name, value in sizes.items() if value is not None)
            raise GradSplitError(f"{given} is of the picture; give {option} FILE, too.")

    def size(self) -> dict[str, Any]:
        """What the figures of `analysis` take."""
        if self.width is None:
            return {} if self.font_size is None else {"font_size": self.font_size}
        return {"width": self.width, "font_size": letters(self.width, self.font_size)}


@dataclass(kw_only=True)
class PictureOptions:
    """The size of a picture for a paper or a slide."""

    title: str | None = None
    """Title above the picture."""
    width: float | None = None
    """Width in inches: 3.3 is a column of a paper, 6.9 its page; as wide as is comfortable when not
    given."""
    font_size: float | None = None
    """Of task names in points; 7 in a column of a paper, 8 on its page and else 10 when not
    given."""
    dpi: int = 200
    """Dots an inch of a png."""

    def look(self) -> dict[str, Any]:
        """What the figures of `analysis` take."""
        size = letters(self.width, self.font_size)
        return {"title": self.title, "width": self.width, "font_size": size}
