"""How large a picture is, and its letters."""

from dataclasses import dataclass
from typing import Any


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
