"""How large a picture is, and its letters."""

from dataclasses import dataclass
from typing import Any

from gradsplit.errors import GradSplitError


@dataclass(kw_only=True)
class SizeOptions:
    """The size of a picture that a command draws beside what it prints."""

    width: float | None = None
    """Of the picture in inches: 3.3 is a column of a paper, 6.9 its page; as wide as is comfortable
    when not given."""
    font_size: float | None = None
    """Of the picture's names in points; 7 goes with a width of 3.3."""

    def refuse_size(self, option: str, file: str | None) -> None:
        """Refuse a size where no picture is drawn.

        Args:
            option: That asks for the picture.
            file: What was given with it.

        Raises:
            GradSplitError: There is a size and no picture.
        """
        if file is None and self.size():
            given = " and ".join(f"--{name.replace('_', '-')}" for name in self.size())
            raise GradSplitError(f"{given} is of the picture; give {option} FILE, too.")

    def size(self) -> dict[str, Any]:
        """What the figures of `analysis` take."""
        given = {"width": self.width, "font_size": self.font_size}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(kw_only=True)
class PictureOptions:
    """The size of a picture for a paper or a slide."""

    title: str | None = None
    """Title above the picture."""
    width: float | None = None
    """Width in inches: 3.3 is a column of a paper, 6.9 its page; as wide as is comfortable when not
    given."""
    font_size: float = 10.0
    """Of task names in points; 7 goes with a width of 3.3."""
    dpi: int = 200
    """Dots an inch of a png."""

    def look(self) -> dict[str, Any]:
        """What the figures of `analysis` take."""
        return {name: getattr(self, name) for name in ("title", "width", "font_size")}
