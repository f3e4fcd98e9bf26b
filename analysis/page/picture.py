"""A figure as a part of the page: SVG without style attributes, which the page forbids."""

import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from analysis.figures.figure_file import FigureFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes

_LINK = "{http://www.w3.org/1999/xlink}href"
NARROW = 3.7
"""Inches of a phone's screen, at 96 points an inch."""
_LEFT_OUT = ("metadata", "style")
_DEFAULTS = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
"""What matplotlib's own style sheet says of all elements."""


def for_any_screen(
    draw: "Callable[[float | None], Axes]", label: str, name: str = "picture"
) -> str:
    """The figure as it fits a page, and as it fits a phone: the page's style sheet shows one.

    Args:
        draw: Draws it at a width in inches, or as wide as is comfortable.
        label: See `picture`, as for the name.
        name: See there.
    """
    wide = draw(None)
    try:
        narrow = draw(NARROW)
    except FigureFileError:  # long names have no room on a phone, which then scrolls
        return picture(wide, label, name)
    seen = picture(wide, label, name, "picture wide")
    return seen + picture(narrow, label, f"{name}-narrow", "picture narrow")


def picture(drawn: "Axes", label: str, name: str = "picture", classes: str = "picture") -> str:
    """The whole figure of some axes as an SVG element that may stand in the page.

    Texts are outlines, so it looks the same everywhere. Colours are attributes that the page's
    style sheet replaces by its own, light or dark. Equal figures give equal texts.

    Args:
        drawn: What to show.
        label: What it shows, for those who do not see it.
        name: What the names of its parts begin with, of each picture of a page another.
        classes: Of the element, for the style sheet.
    """
    root = _bare(ElementTree.fromstring(_svg(drawn)), name)
    said = {"class": classes, "role": "img", "aria-label": label}
    root.attrib = {**said, "viewBox": root.attrib["viewBox"], **_DEFAULTS}
    return ElementTree.tostring(root, encoding="unicode")


def _svg(drawn: "Axes") -> str:
    import matplotlib as mpl

    from analysis.figures.figure_file import figure_of

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "gradsplit", "svg.fonttype": "path"}):
        figure_of(drawn).savefig(
            text, format="svg", transparent=True, bbox_inches="tight", pad_inches=0.04,
            metadata={"Date": None},
        )  # fmt: skip
    return text.getvalue()


def _bare(element: ElementTree.Element, prefix: str, *, shape: bool = False) -> ElementTree.Element:
    """The same element without namespaces, blanks between tags, and what the page does not need.

    Shapes that are defined once have no colours of their own: each use of them says its colours,
    and a style sheet does not reach into a use.
    """
    said = {
        name: value
        for name, value in _attributes(element, prefix)
        if not (shape and name in ("fill", "stroke"))
    }
    bare = ElementTree.Element(_local(element.tag), said)
    shape = shape or bare.tag == "defs"
    bare.extend(
        _bare(child, prefix, shape=shape) for child in element if _local(child.tag) not in _LEFT_OUT
    )
    return bare


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _attributes(element: ElementTree.Element, prefix: str) -> "Iterator[tuple[str, str]]":
    """Attributes; of a style each property as one, and names that no other part of the page has."""
    for name, value in element.attrib.items():
        if name == "style":
            pairs = (part.partition(":") for part in value.split(";") if part.strip())
            yield from ((key.strip(), said.strip()) for key, _, said in pairs)
        elif name == "id":
            if _local(element.tag) != "g":  # those of groups say what is what to a reader of SVG
                yield name, f"{prefix}-{value}"
        elif name == _LINK:
            yield "xlink:href", value.replace("#", f"#{prefix}-")
        elif name == "clip-path":
            yield name, value.replace("#", f"#{prefix}-")
        else:
            yield name, " ".join(value.split()) if name == "d" else value
