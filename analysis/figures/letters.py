"""Letters that the usual font lacks: another font that is installed, or a word about them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from relations.errors import Note

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A font that has a box for everything, which is what this is to avoid.
_LAST_RESORT = "Last Resort"
_SHOWN = 8


class LetterNote(Note):
    """Letters of a figure that no installed font has."""


@contextmanager
def known_letters(figure: "Figure") -> Iterator[None]:
    """Draw a figure with fonts that have its letters, such as those of Chinese names.

    Args:
        figure: Its texts take further fonts beside their own, those with most of what is missing
            first.

    Warns:
        LetterNote: Letters that no installed font has; they are drawn as boxes.

    Cost: nothing where the usual font has all letters; else about 10 ms an installed font, once.
    """
    from matplotlib.text import Text

    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    letters = {letter for text in texts for letter in text.get_text() if letter.isprintable()}
    usual = _letters_of(_usual())
    missing = {letter for letter in letters if ord(letter) not in usual}
    if not missing:
        yield
        return
    names, left = _fonts_with(missing)
    for text in texts:
        if missing & set(text.get_text()):
            text.set_fontfamily([*text.get_fontfamily(), *names])
    if left:
        shown = "".join(sorted(left)[:_SHOWN])
        warnings.warn(
            f"No installed font has the letters {shown}{'…' if len(left) > _SHOWN else ''}; they "
            "are drawn as boxes. Install a font that has them, such as Noto Sans or Noto Sans CJK, "
            "or give the tasks other names.",
            LetterNote,
            stacklevel=3,
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        yield


@contextmanager
def measured_letters(figure: "Figure") -> Iterator[None]:
    """The same while a figure is made and measured: what no font has is said when it is saved.

    Args:
        figure: As `known_letters` takes it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LetterNote)
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        with known_letters(figure):
            yield


@lru_cache(maxsize=65536)
def text_length(text: str, size: float) -> float:
    """Points that a line of text is long, in the usual font.

    Args:
        text: Of letters that the usual font has.
        size: Of the font, in points.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=100), False)
    return width * size / 100


def _usual() -> str:
    """The file of the font that texts are drawn with when nothing is said."""
    from matplotlib import font_manager, rcParams

    return str(font_manager.findfont(font_manager.FontProperties(family=rcParams["font.family"])))


@lru_cache(maxsize=4096)
def _letters_of(file: str) -> frozenset[int]:
    """The letters that a font file has, by their numbers."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(file).get_charmap())
    except RuntimeError:  # of another kind than it can read
        return frozenset()


def _fonts_with(letters: set[str]) -> tuple[list[str], set[str]]:
    """Names of installed fonts that together have the most of the letters, and what none has."""
    from matplotlib.font_manager import fontManager

    names: list[str] = []
    left = set(letters)
    fonts = {one.name: one.fname for one in fontManager.ttflist if _LAST_RESORT not in one.name}
    while left and fonts:
        has = {
            name: {one for one in left if ord(one) in _letters_of(fonts[name])} for name in fonts
        }
        best = max(has, key=lambda name: len(has[name]))
        if not has[best]:
            break
        names.append(best)
        left -= has[best]
        del fonts[best]
    return names, left
