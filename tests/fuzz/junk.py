"""Names and values that nobody would write, and that files hold all the same."""

from random import Random
from typing import Any

# Allowed as names of tasks, and meant to be nothing but names wherever they go.
STRANGE_NAMES = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "&amp;<b>\"quoted\" 'name'</b>",
    "../../outside",
    "/absolute/path",
    "\\\\host\\file",
    ".hidden",
    "..",
    "=cmd|' /C calc'!A0",
    "@SUM(1;2)",
    "-2-3",
    "--out",
    '=HYPERLINK("example.org")',
    "$(touch outside)",
    "`touch outside`",
    "%s%n{0}{}",
    "$x_1^2$",
    "\\frac{1}{2}",
    "pose (%)",
    "source",
    "target",
    "seed",
    "tasks",
    "nan",
    "0",
    "-0.01",
    "a;b",
    "a|b",
    "two words",
    "'quoted",
    "#comment",
    "姿勢",
    "שלום",
    "👨‍👩‍👧",
    "e\u0301",
    "null",
    "x" * 100,
)
# Names that are refused: they change how what stands around them is read or shown.
REFUSED_NAMES = (
    "",
    " ",
    "a+b",
    "a:b",
    "a,b",
    "a\nb",
    "a\rb",
    "a\tb",
    "nul\x00",
    "\x1b[31mred\x1b[0m",
    "\x07bell",
    "\x9b31m",
    "\u202egnp.exe",
    "\u2066isolate",
    "line\u2028break",
    "next\x85line",
    "\ud800",
    "\ufeffmark",
    " blank",
    "blank ",
    "x" * 5000,
)
NAMES = STRANGE_NAMES + REFUSED_NAMES

CELLS = (
    *("", " ", "nan", "NaN", "inf", "-Infinity", "1e999", "-1e999", "1e-400", "0x10", "1_000"),
    *("１", "٣", "-1%", "5 %%", "%", "−1", "1,5", "1;5", "1.5.5", "--1", "+", "a+b", "a+a", "+a"),
    *('"', "'", '""', "0", "-0", "1", "true", "False", "yes", "9" * 30, "9" * 5000, "1e400%", "±"),
    *("-2.1 ±0.3", "seed", "tasks", "task", "score", "source", "target", "change", "method", "?"),
    *("change (%)", "pct", "higher_is_better", "lower_is_better", "direction", "single", "12abc"),
)
SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.01, -0.0, 1e308, -1e308, float("inf"), float("nan")),
    *(10**30, -(10**400), 5e-324, "", "0.5", "harmful", "point", "null", "gradsplit-mask"),
)


def name(random: Random) -> str:
    """A name, strange or to be refused."""
    return random.choice(NAMES)


def cell(random: Random) -> str:
    """A cell of a table."""
    return random.choice(random.choice((CELLS, NAMES)))


def value(random: Random, depth: int = 0) -> Any:
    """A JSON value of any kind."""
    kind = random.randrange(8)
    if kind < 4 or depth > 2:
        return random.choice(SCALARS)
    if kind < 6:
        return name(random)
    several = [value(random, depth + 1) for _ in range(random.randrange(4))]
    return several if kind == 6 else {name(random): each for each in several}
