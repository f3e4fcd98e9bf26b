"""Shares of a harm in words."""

from math import inf, isinf

from analysis.diagnosis.removed_harm import Removed

_WORDS = (
    (0.9, "nearly all"),
    (0.6, "most"),
    (0.4, "about half"),
    (0.28, "about a third"),
    (0.1, "a smaller part"),
    (-inf, "hardly any"),
)
"""From this share on it is called so. Source: our choice."""


def share_in_words(removed: Removed) -> str:
    """How much of the harm, with its interval.

    Example:
        >>> share_in_words(Removed(0.49, 0.35, 0.65, "undecided", 5))
        'about half of it, 35 to 65 %'
        >>> share_in_words(Removed(0.9, 0.6, inf, "removes", 5))
        'nearly all of it, at least 60 %'
    """
    if removed.share != removed.share:  # NaN
        return "nobody knows how much of it"
    amount = next(word for least, word in _WORDS if removed.share >= least)
    return f"{amount} of it, {interval_in_words(removed)}"


def interval_in_words(removed: Removed) -> str:
    """The interval of a share in per cent; an end that it does not have is not given.

    Example:
        >>> interval_in_words(Removed(0.1, -inf, 0.4, "keeps", 5))
        'at most 40 %'
    """
    low, high = f"{100 * removed.lower:.0f}", f"{100 * removed.upper:.0f}"
    if removed.lower != removed.lower:  # NaN
        return "its interval unknown"
    if isinf(removed.lower) and isinf(removed.upper):
        return "none to all"
    if isinf(removed.upper):
        return f"at least {low} %"
    return f"at most {high} %" if isinf(removed.lower) else f"{low} to {high} %"
