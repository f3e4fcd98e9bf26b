"""What methods there are, from the register: for the command line and for the documentation."""

from collections.abc import Iterator

from gradsplit.training.methods.registry import Registered, on_top, registered


def methods_text() -> str:
    """All methods by group, with their options, for a terminal."""
    known = registered()
    width = max(map(len, known))
    lines = []
    for group, methods in _groups():
        lines += ["", f"{group}:"]
        for method in methods:
            options = ", ".join(_shown(method))
            lines.append(f"  {method.name:{width}}  {method.what}{options and f' [{options}]'}")
    lines += ["", f"all of them: {', '.join(on_top())}"]
    return "\n".join(lines[1:])


def methods_markdown() -> str:
    """The same as tables of the documentation, with what they cost."""
    lines = []
    for group, methods in _groups():
        lines += [f"**{group[0].upper()}{group[1:]}**", ""]
        lines.append("| method | what it is | options | a step | in memory besides | network |")
        lines.append("|---|---|---|---|---|---|")
        for method in methods:
            options = ", ".join(f"`{text}`" for text in _shown(method))
            cost = method.cost
            cells = (method.what, options, cost.passes, cost.memory, cost.parameters)
            lines.append(f"| `{method.name}` | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _groups() -> Iterator[tuple[str, list[Registered]]]:
    known = list(registered().values())
    for group in dict.fromkeys(method.group for method in known):
        yield group, [method for method in known if method.group == group]


def _shown(method: Registered) -> list[str]:
    """A method's own options; with their defaults where these are short."""
    return [
        f"{name}={option.default}" if isinstance(option.default, bool | int | float) else name
        for name, option in method.options.items()
        if name != "*" and (name not in on_top() or name in method.own_options)
    ]
