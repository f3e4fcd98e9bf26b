"""Texts in figures and tables: task names as they are, changes in per cent with their sign."""

import re
import textwrap
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from relations.change_kinds import ChangeKind
    from relations.graph import RelationGraph


# All but the end of a line.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    r"""A text that matplotlib draws as it is: a `$` does not begin a formula.

    Control characters, of which no font has any, are drawn as what stands for an unknown letter.

    Example:
        >>> print(plain("$x_1$"))
        \$x_1\$
    """
    return _CONTROL.sub("\ufffd", text.replace("$", r"\$"))


def in_lines(text: str, inches: float, size: float) -> str:
    r"""A text in lines that are about as long as there is room; words are not broken.

    Args:
        text: May have lines already.
        inches: The room.
        size: Of the font, in points.

    Example:
        >>> in_lines("CMU faces, people never seen", 1.6, 12)
        'CMU faces, people\nnever seen'
    """
    most = max(12, int(72 * inches / (0.55 * size)))
    return "\n".join(
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, most, break_long_words=False, break_on_hyphens=False)
    )


def percent(change: float, digits: int = 1) -> str:
    """A change in per cent with its sign and a true minus, without the unit; zero has no sign.

    Args:
        change: A fraction; -0.01 is 1 % worse.
        digits: Decimals.

    Example:
        >>> percent(-0.0987), percent(0.05, 0), percent(-0.0001)
        ('−9.9', '+5', '0.0')
    """
    return _with_true_minus(f"{100 * change:+.{digits}f}")


def number_text(change: float, kind: "ChangeKind", digits: int = 1) -> str:
    """A change as `percent` writes it, or in the unit of its kind, without the unit.

    Args:
        change: A fraction, or in the unit of its kind.
        kind: How it is measured.
        digits: Decimals of per cent; of other kinds as many beyond their threshold.

    Example:
        >>> from relations.change_kinds import ChangeKind
        >>> number_text(-0.0987, ChangeKind()), number_text(-0.03, ChangeKind("absolute", -0.02))
        ('−9.9', '−0.030')
        >>> number_text(-0.0, ChangeKind()), number_text(1e9, ChangeKind())
        ('0.0', 'no bound')
    """
    return _with_true_minus(kind.number(change, digits))


def _with_true_minus(number: str) -> str:
    """A number as it is typeset; a zero has no sign, and what is no number neither."""
    if not any(letter in "123456789" for letter in number):
        return number.lstrip("+-")
    return number.replace("-", "−")


def change_text(change: float, kind: "ChangeKind", digits: int = 2) -> str:
    """The same with its unit, a dash where it is not known.

    Example:
        >>> from relations.change_kinds import ChangeKind
        >>> change_text(-0.0987, ChangeKind(), 1), change_text(-1.5, ChangeKind("standardised", -1))
        ('−9.9 %', '−1.50 sd')
    """
    return "–" if np.isnan(change) else f"{number_text(change, kind, digits)} {kind.short}"


def threshold_text(threshold: float, kind: "ChangeKind") -> str:
    """A threshold with as many digits as it has, and its unit.

    Example:
        >>> from relations.change_kinds import ChangeKind
        >>> threshold_text(-0.0125, ChangeKind()), threshold_text(-0.02, ChangeKind("absolute", -1))
        ('−1.25 %', '−0.02 abs.')
    """
    value = 100 * threshold if kind.name == "relative" else threshold
    return f"{value + 0.0:.12g} {kind.short}".replace("-", "−")


_CORRECTIONS = {"holm": ", Holm", "bh": ", Benjamini-Hochberg", "none": " an edge"}


def decided_text(graph: "RelationGraph") -> str:
    """At what level edges are decided, in a few words; nothing where there are no repeats.

    Example:
        >>> from relations.graph import RelationGraph
        >>> from relations.statistics.change_matrix import ChangeMatrix
        >>> seeds = [[[0, -0.18], [0.3, 0]], [[0, -0.181], [-0.2, 0]], [[0, -0.179], [0.1, 0]]]
        >>> decided_text(RelationGraph.from_changes(ChangeMatrix(["a", "b"], seeds)))
        'decided at 95 %, Holm'
    """
    if not any(low == low for _, _, low in graph.edges(data="lower")):
        return ""
    return f"decided at {100 * graph.graph['level']:g} %{_CORRECTIONS[graph.graph['correction']]}"


def score_digits(scores: np.ndarray) -> int:
    """Decimals that show three figures of the largest score: 3 for fractions, 1 for per cents.

    Example:
        >>> score_digits(np.array([0.62, 0.8])), score_digits(np.array([81.1, np.nan]))
        (3, 1)
    """
    sizes = np.abs(scores[np.isfinite(scores)])
    largest = float(sizes.max()) if sizes.size else 1.0
    return int(np.clip(2 - np.floor(np.log10(max(largest, 1e-9))), 0, 3))


_MOST_DECIMALS = 6


def score_texts(score: float, spread: float = np.nan) -> tuple[str, str]:
    """A score and its spread over seeds, both with as many decimals as the spread has to say.

    Three figures of the score at least, and one of the spread, two where that is a 1: a table of
    tasks whose scores are 0.5 and 19 shows each as it needs.

    Args:
        score: A task's mean.
        spread: Standard deviation of a seed; nan where it is not known.

    Returns:
        The score, a dash where it is not known, and the spread, empty where it is not known.

    Example:
        >>> score_texts(0.5236, 0.0061), score_texts(19.24, 0.0123), score_texts(1520.0, 104.3)
        (('0.524', '±0.006'), ('19.240', '±0.012'), ('1520', '±104'))
        >>> score_texts(0.5236), score_texts(np.nan)
        (('0.524', ''), ('–', ''))
    """
    if not np.isfinite(score):
        return "–", ""
    digits = score_digits(np.array([score]))
    if not np.isfinite(spread):
        return f"{score:.{digits}f}", ""
    if spread > 0:
        first = f"{spread:.0e}"
        digits = max(digits, min(_MOST_DECIMALS, (first[0] == "1") - int(first[2:])))
    return f"{score:.{digits}f}", f"±{spread:.{digits}f}"
