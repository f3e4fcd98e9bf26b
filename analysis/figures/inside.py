"""What is drawn into axes of somebody else's figure keeps inside them, whatever their size is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analysis.figures.figure_file import figure_of
from analysis.figures.letters import measured_letters

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.gridspec import SubplotSpec
    from matplotlib.transforms import Bbox

# Rounds in which the size is found that leaves texts their room, and the smallest one in inches.
_ROUNDS, _LEAST = 12, 0.2
_SLACK = 0.01


def keep_inside(
    axes: "Axes",
    draw: Callable[[float, int], object],
    *,
    levels: int,
    enough: Callable[[float, float], float],
    ratio: float = 1.0,
) -> None:
    """Draw so that all texts around axes stay within the place that the figure gives them.

    How large that is, a layout may change until the figure is saved, so what depends on it is drawn
    again whenever it has changed. Titles and names of axes that were set meanwhile are kept.

    Args:
        axes: In a figure of several, or of somebody's own.
        draw: Draws for a width in inches; from level to level it needs less around it.
        levels: How many there are; the first is taken at which enough is left, or the last.
        enough: From the width and height of the place to the width that is comfortable.
        ratio: Height of the picture as a share of its width.
    """
    fit = _Inside(axes, draw, levels, enough, ratio)
    axes.set_axes_locator(fit)
    axes.apply_aspect(fit(axes, None))


class _Inside:
    """A place of axes that matplotlib asks for before it lays them out and draws them."""

    def __init__(
        self,
        axes: "Axes",
        draw: Callable[[float, int], object],
        levels: int,
        enough: Callable[[float, float], float],
        ratio: float,
    ) -> None:
        self.axes, self.draw, self.levels = axes, draw, levels
        self.enough, self.ratio = enough, ratio
        self.parts: list[Artist] = []
        self.said: dict[str, str] = {}
        self.known: object = None
        self.size, self.around = 1.0, (0.0, 0.0, 0.0, 0.0)
        self.busy = False

    def __call__(self, axes: Any, _renderer: Any) -> "Bbox":
        """Where the axes go; draws again where the room for them has changed."""
        if self.busy:
            return axes.get_position()
        wide, high = self._room()
        asked = (round(wide, 3), round(high, 3), figure_of(axes).dpi, *_texts(axes).values())
        if asked != self.known:
            self.busy = True
            try:
                with measured_letters(figure_of(axes)):
                    self._fit(wide, high)
            finally:
                self.busy = False
            self.known = (*asked[:3], *_texts(axes).values())
        return self._box()

    def get_subplotspec(self) -> "SubplotSpec | None":
        """What tight layouts ask the place of axes for."""
        return self.axes.get_subplotspec()

    def _room(self) -> tuple[float, float]:
        """Inches that the figure gives the axes."""
        place, figure = self.axes.get_position(original=True), figure_of(self.axes)
        return place.width * figure.get_figwidth(), place.height * figure.get_figheight()

    def _fit(self, wide: float, high: float) -> None:
        """Find the first level at which enough room is left, and the largest size that fits.

        The smaller the picture, the more stands around it, such as names that are turned. So no
        size is passed over where each is what the larger one before it leaves.
        """
        most = min(wide, high / self.ratio)
        for level in range(self.levels):
            least = _LEAST if level == self.levels - 1 else min(self.enough(wide, high), most)
            size, room = most, 0.0
            for _ in range(_ROUNDS):
                room = self._left(size, level, wide, high)
                if room >= size - _SLACK or room < least:
                    break
                size = room
            if room >= least:
                return
        self._left(_LEAST, self.levels - 1, wide, high)

    def _left(self, size: float, level: int, wide: float, high: float) -> float:
        """Draw in a size; the one that there is room for with what then stands around."""
        self.size = size
        self._again(level)
        left, low, right, above = self.around = self._measured()
        return min(wide - left - right, (high - low - above) / self.ratio)

    def _again(self, level: int) -> None:
        """Draw in the size and level; what was drawn before goes."""
        axes = self.axes
        for part in self.parts:
            part.remove()
        # A position that is set leaves the layout, which this one should not.
        axes.set_position(self._box(), which="active")
        axes.set_in_layout(True)
        theirs = {name: text for name, text in _texts(axes).items() if text != self.said.get(name)}
        before = {id(child) for child in axes.get_children()}
        self.draw(self.size, level)
        self.parts = [child for child in axes.get_children() if id(child) not in before]
        self.said = _texts(axes)
        if self.known is not None:
            axes.set(**theirs)

    def _measured(self) -> tuple[float, float, float, float]:
        """Inches that reach beyond the axes: left, below, right and above."""
        figure = figure_of(self.axes)
        around = self.axes.get_tightbbox(call_axes_locator=False)
        box = self.axes.get_window_extent()
        assert around is not None
        beyond = (box.x0 - around.x0, box.y0 - around.y0, around.x1 - box.x1, around.y1 - box.y1)
        left, low, right, above = (max(0.0, float(one) / figure.dpi) for one in beyond)
        return left, low, right, above

    def _box(self) -> "Bbox":
        """The axes in the middle of their place, with all that stands around them."""
        from matplotlib.transforms import Bbox

        figure, place = figure_of(self.axes), self.axes.get_position(original=True)
        left, low, right, above = self.around
        wide, high = self._room()
        tall = self.ratio * self.size
        x = left + (wide - left - self.size - right) / 2
        y = low + (high - low - tall - above) / 2
        across, up = figure.get_figwidth(), figure.get_figheight()
        return Bbox.from_bounds(
            place.x0 + x / across, place.y0 + y / up, self.size / across, tall / up
        )


def _texts(axes: "Axes") -> dict[str, str]:
    return {
        "title": axes.get_title(),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
    }
