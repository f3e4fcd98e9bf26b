"""The page that shows what becomes of each network: docs/networks.md, made of expected.json.

`python -m tests.exactness.third_party.page` classifies the networks of all libraries that can be
imported anew, or of those named, writes the outcomes and then the page.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tests.exactness.third_party.classify import EXACT, REFUSED, Outcome, classified
from tests.exactness.third_party.network import Network
from tests.places import DOCS

LIBRARIES = ("torchvision", "timm", "transformers")
EXPECTED = Path(__file__).parent / "expected.json"
PAGE = DOCS / "networks.md"
TRUNKS = Path(__file__).parent / "trunks.md"

Expected = dict[str, dict[str, dict[str, Outcome]]]
"""Library -> network -> what is split -> outcome."""

_HEAD = """\
# Networks of other libraries

For users who want to know whether a network they have can be split. Each was made with few
channels and blocks, random weights and three tasks, and every regime was compared with one backward
pass a task in float64: relative error below 1e-12, or below the noise that `check_exact` measures
where a network computes in float32. *Last* is its last stage or block with the norm behind it,
*whole* the whole network. What is not exact was refused in words; none was wrong without a word.

(a), (b), (c) are the regimes of [engine.md](engine.md): `task`, `samples`, `backward`. The last
column is `mode="feature"`: *not compared* means that it ran, and that the check does not know the
outputs of all layers. *shared* names parameters without a rule or with fewer channels than tasks,
which are refused unless `unsupported="share"` leaves them to all tasks. *After `to_group_norm`*: as
it is, the network is refused for statistics of the batch.
"""
_FOOT = """
Made by `python -m tests.exactness.third_party.page`; checked by `make thirdparty`.
"""


def networks(library: str) -> dict[str, Network]:
    """The networks of a library, whether it can be imported or not."""
    return import_module(f"tests.exactness.third_party.in_{library}").NETWORKS


def expected() -> Expected:
    """What is known of each network."""
    return json.loads(EXPECTED.read_text())["networks"] if EXPECTED.exists() else {}


def page() -> str:
    """The page's text."""
    known = json.loads(EXPECTED.read_text())
    versions = ", ".join(f"{name} {number}" for name, number in known["versions"].items())
    lines = [_HEAD, f"With {versions}:", "", *_counts(known["networks"])]
    for library in LIBRARIES:
        lines += ["", f"## {library}", ""]
        lines += ["| network | split | (a), (c) | (b) | feature |", "|---|---|---|---|---|"]
        for name, by_part in sorted(known["networks"][library].items(), key=_by_name):
            lines += list(_rows(name, by_part))
    return "\n".join([*lines, "", TRUNKS.read_text()]) + _FOOT


def _by_name(entry: tuple[str, object]) -> str:
    return entry[0].lower()


def _counts(known: Expected) -> Iterator[str]:
    """How many networks are exact, and how many refused for which reason."""
    of_all = [by_part for by_name in known.values() for by_part in by_name.values()]
    outcomes = [outcome for by_part in of_all for outcome in by_part.values()]
    yield f"{len(of_all)} networks, {len(outcomes)} splits:"
    yield ""
    yield "| regime | outcome | splits |"
    yield "|---|---|---|"
    for title, key in (
        ("(a), (c)", "task and backward"),
        ("(b)", "samples"),
        ("feature", "feature"),
    ):
        counted = Counter(_short(outcome, key) for outcome in outcomes)
        for short, count in sorted(counted.items(), key=lambda item: (item[0] != EXACT, -item[1])):
            yield f"| {title} | {short} | {count} |"


def _rows(name: str, by_part: dict[str, Outcome]) -> Iterator[str]:
    rows = {part: " | ".join(_cells(outcome)) for part, outcome in by_part.items()}
    if len(set(rows.values())) == 1:
        yield f"| {name} | either | {next(iter(rows.values()))} |"
    else:
        yield from (f"| {name} | {part} | {row} |" for part, row in rows.items())


def _cells(outcome: Outcome) -> Iterable[str]:
    shared = outcome.get("left to all tasks")
    first = outcome["task and backward"] + (f"; shared: `{shared}`" if shared else "")
    return first, _short(outcome, "samples"), outcome["feature"]


def _short(outcome: Outcome, key: str) -> str:
    if key == "task and backward" and "left to all tasks" in outcome:
        return f'{outcome[key]} with `unsupported="share"`'
    if key == "samples" and outcome.get("samples with GroupNorm") == EXACT:
        return f"{EXACT} after `to_group_norm`"
    if key == "samples" and "samples with GroupNorm" in outcome:
        left = outcome["samples with GroupNorm"].removeprefix(REFUSED)
        return f"{outcome[key]}; after `to_group_norm`: {left}"
    return outcome[key]


def write(libraries: Iterable[str]) -> None:
    """Classify the networks of these libraries anew, and write what becomes of them."""
    known = expected()
    for library in libraries:
        known[library] = {name: classified(made) for name, made in networks(library).items()}
    versions = {name: version(name).partition("+")[0] for name in ("torch", *LIBRARIES)}
    EXPECTED.write_text(json.dumps({"versions": versions, "networks": known}, indent=1) + "\n")


if __name__ == "__main__":
    write(sys.argv[1:] or [library for library in LIBRARIES if find_spec(library)])
    PAGE.write_text(page())
