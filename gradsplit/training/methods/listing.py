"""What methods there are, from the register: for the command line and for the documentation."""

import re
import textwrap
from collections.abc import Iterator

from gradsplit.training.methods.registry import Cost, Registered, on_top, registered

_ABOVE = (
    "T is the number of tasks. Where nothing else is said, a step costs {0.passes}, holds one "
    "task's activations, and what is used once trained is {0.parameters} with T heads. Every "
    "method takes a batch a task; the batches may hold the same images. What needs relations needs "
    "a probe before, T (T + 1) / 2 trainings a seed, or a mask file."
)
_SUM = re.compile(r"(?:\d+ )?\S+ [-+] \S+")


def methods_text(columns: int = 80) -> str:
    """All methods by group, with their options and costs, for a terminal.

    Args:
        columns: Its width.
    """
    name_width = max(map(len, registered()))
    lines = textwrap.wrap(_ABOVE.format(Cost()), columns)
    for group, methods in _groups():
        lines += ["", f"{group}:"]
        for method in methods:
            text = _described(method, columns - name_width - 4)
            lines.append(f"  {method.name:{name_width}}  {text[0]}")
            lines += [" " * (name_width + 4) + line for line in text[1:]]
    on_all = f"Options of all but weights and tuned-weights: {', '.join(on_top())}."
    return "\n".join([*lines, "", *textwrap.wrap(on_all, columns)])


def _described(method: Registered, width: int) -> list[str]:
    """What a method is, its options, and where it costs more than most, in lines."""
    options = ", ".join(_shown(method))
    texts = [method.what, options and f"[{options}]", *_costs(method)]
    return [line for text in texts if text for line in textwrap.wrap(text, width)]


def _costs(method: Registered) -> list[str]:
    """Where a method costs more than most, or another network is used."""
    cost, usual = method.cost, Cost()
    return [
        *([f"a step: {cost.passes}"] if cost.passes != usual.passes else []),
        *([f"in memory besides: {cost.memory}"] if cost.memory else []),
        *([f"network: {cost.parameters}"] if cost.parameters != usual.parameters else []),
    ]


def methods_markdown(columns: int = 80) -> str:
    """The same as lists of the documentation: no table is so narrow that a phone shows it.

    Args:
        columns: Width of a line.
    """
    lines = []
    for group, methods in _groups():
        lines += [f"## {group[0].upper()}{group[1:]}", ""]
        for method in methods:
            options = ", ".join(f"`{text}`" for text in _shown(method))
            costs = [_SUM.sub(_unbroken, cost) for cost in _costs(method)]
            texts = [method.what, options and f"options: {options}", *costs]
            text = f"- `{method.name}`: {'; '.join(filter(None, texts))}."
            lines += textwrap.wrap(
                text,
                columns,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        lines.append("")
    return "\n".join(lines)


def _unbroken(found: re.Match[str]) -> str:
    """A sum that stays on one line: Markdown takes "+ 1" and "1)" at its start for a list."""
    return found.group().replace(" ", "\N{NO-BREAK SPACE}")


def _groups() -> Iterator[tuple[str, list[Registered]]]:
    known = list(registered().values())
    for group in dict.fromkeys(method.group for method in known):
        yield group, [method for method in known if method.group == group]


def _shown(method: Registered) -> list[str]:
    """A method's own options; with their defaults where these are short."""
    return [
        f"{name}={_written(option.default)}"
        if isinstance(option.default, bool | int | float | str)
        else name
        for name, option in method.options.items()
        if name != "*" and (name not in on_top() or name in method.own_options)
    ]


def _written(default: bool | float | str) -> str:
    """A default as one would write it on the command line."""
    return str(default).lower() if isinstance(default, bool) else str(default)
