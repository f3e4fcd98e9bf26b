"""Which task owns which output channel.

One rule for the whole network: layers with the same number of output channels have the same owners,
so the two sides of a residual sum are aligned by construction.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import GradSplitError, all_problems

ChannelLists = Mapping[int, Mapping[str, Sequence[int]]]
"""Own channel lists: number of channels of a layer -> task -> the channels it owns."""


class Owners:
    """The owner of every output channel, for layers of any width.

    By default the channels are divided into contiguous groups in task order, as equal as possible;
    the first groups take the remainder. Source: our choice (the method's paper says only that
    filters are divided into one group a task).

    Args:
        tasks: Names of the tasks, in the order of the mask.
        shares: Fraction of the channels for some or all tasks, above 0. Tasks not named share the
            rest equally; when all are named the fractions must sum to 1. Whole channels are given
            by largest remainder, ties to the earlier task.
        lists: Own channel lists by number of channels, e.g.
            `{512: {"pose": range(0, 300), "reid": range(300, 512)}}`; every channel exactly once.

    Raises:
        GradSplitError: Unknown tasks, shares that do not fit, lists that do not cover each channel
            exactly once; all problems at once.

    Example:
        >>> Owners(["attribute", "reid", "pose"]).of(8)
        array([0, 0, 0, 1, 1, 1, 2, 2])
        >>> Owners(["attribute", "reid", "pose"], shares={"reid": 0.5}).of(8)
        array([0, 0, 1, 1, 1, 1, 2, 2])
    """

    def __init__(
        self,
        tasks: Sequence[str],
        *,
        shares: Mapping[str, float] | None = None,
        lists: ChannelLists | None = None,
    ) -> None:
        self.tasks = tuple(tasks)
        for name, given in (("shares", shares), ("owners", lists)):
            if given is not None and not isinstance(given, Mapping):
                raise GradSplitError(
                    f"`{name}` must be a dict, such as shares={{{self.tasks[0]!r}: 0.5}} or "
                    f"owners={{512: {{{self.tasks[0]!r}: range(0, 512)}}}}, got "
                    f"{type(given).__name__}."
                )
        problems = _share_problems(self.tasks, shares or {})
        problems += _list_problems(self.tasks, lists or {})
        if problems:
            raise GradSplitError(all_problems("The owners of the channels do not fit", problems))
        self._shares = _complete_shares(self.tasks, shares or {})
        self._known: dict[int, NDArray[np.int64]] = {
            channels: _from_lists(self.tasks, channels, by_task)
            for channels, by_task in (lists or {}).items()
        }
        self._listed = frozenset(self._known)

    def of(self, channels: int) -> NDArray[np.int64]:
        """The owner of each channel of a layer.

        Args:
            channels: Number of output channels, at least 1.

        Returns:
            Indices into `tasks`, shape [channels]; the same array for the same number, read-only.
        """
        if channels not in self._known:
            counts = _largest_remainder(self._shares, channels)
            self._known[channels] = np.repeat(np.arange(len(self.tasks)), counts)
            self._known[channels].flags.writeable = False
        return self._known[channels]

    def without_channel(self, channels: int) -> list[str]:
        """Tasks that would own no channel of a layer of this width, unless listed so by hand."""
        if channels in self._listed:
            return []
        owned = set(self.of(channels).tolist())
        return [task for index, task in enumerate(self.tasks) if index not in owned]

    def table(self, channels: int) -> str:
        """Who owns what in a layer of this width, as text.

        Example:
            >>> print(Owners(["pose", "reid"]).table(5))
            pose: 0-2
            reid: 3-4
        """
        owner = self.of(channels)
        lines = []
        for index, task in enumerate(self.tasks):
            spans = [
                str(start) if length == 1 else f"{start}-{start + length - 1}"
                for start, length in runs(owner == index)
            ]
            lines.append(f"{task}: {', '.join(spans) or 'none'}")
        return "\n".join(lines)


def runs(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True as (start, length).

    Example:
        >>> runs(np.array([True, True, False, True]))
        [(0, 2), (3, 1)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], chosen, [False])).astype(np.int8)))
    return [(int(start), int(stop - start)) for start, stop in edges.reshape(-1, 2)]


def _share_problems(tasks: Sequence[str], shares: Mapping[str, float]) -> list[str]:
    problems = [
        f"`{name}` in `shares` is not a task of the mask ({', '.join(tasks)})."
        for name in shares
        if name not in tasks
    ]
    problems += [
        f"The share of `{name}` must be above 0, got {share}."
        for name, share in shares.items()
        if not share > 0
    ]
    total = sum(shares.values())
    if shares and not problems:
        if set(shares) == set(tasks):
            if abs(total - 1) > 1e-6:
                problems.append(f"The shares of all tasks must sum to 1, got {total:g}.")
        elif not total < 1:
            problems.append(f"The shares leave nothing for the other tasks: they sum to {total:g}.")
    return problems


def _list_problems(tasks: Sequence[str], lists: ChannelLists) -> list[str]:
    problems = []
    for channels, by_task in lists.items():
        problems += [
            f"`{name}` in `owners[{channels}]` is not a task of the mask ({', '.join(tasks)})."
            for name in by_task
            if name not in tasks
        ]
        listed = sorted(channel for channel_list in by_task.values() for channel in channel_list)
        if listed != list(range(channels)):
            missing = sorted(set(range(channels)) - set(listed))
            doubled = sorted({channel for channel in listed if listed.count(channel) > 1})
            beyond = sorted(set(listed) - set(range(channels)))
            problems.append(
                f"`owners[{channels}]` must name each of the channels 0 to {channels - 1} once; "
                f"missing {missing}, more than once {doubled}, outside {beyond}."
            )
    return problems


def _complete_shares(tasks: Sequence[str], shares: Mapping[str, float]) -> list[Fraction]:
    """Exact fractions for all tasks, so that equal shares tie exactly."""
    given = {name: Fraction(share).limit_denominator(10**6) for name, share in shares.items()}
    rest = [name for name in tasks if name not in given]
    each = (1 - sum(given.values(), Fraction(0))) / len(rest) if rest else Fraction(0)
    return [given.get(name, each) for name in tasks]


def _largest_remainder(shares: Sequence[Fraction], channels: int) -> list[int]:
    exact = [share * channels for share in shares]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(shares)), key=lambda index: counts[index] - exact[index])
    for index in by_remainder[: channels - sum(counts)]:
        counts[index] += 1
    return counts


def _from_lists(
    tasks: Sequence[str], channels: int, by_task: Mapping[str, Sequence[int]]
) -> NDArray[np.int64]:
    owner = np.zeros(channels, dtype=np.int64)
    for name, listed in by_task.items():
        owner[list(listed)] = tasks.index(name)
    owner.flags.writeable = False
    return owner
