"""The register: what makes a file a method, and what follows from it."""

import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.listing import methods_markdown, methods_text
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.options import option_of, options_of
from gradsplit.training.methods.registry import (
    Cost,
    Registered,
    on_top,
    register_method,
    registered,
)
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.trainer import TaskSetTrainer
from tests.gradsplit.toy_tasks import Toy
from tests.places import ROOT

OWN = """
from dataclasses import dataclass
from gradsplit import GramWeights, register_method


@register_method("short-rows", "every gradient at a length", group="balanced without a search")
@dataclass(frozen=True)
class ShortRows(GramWeights):
    length: float = 1.0
    name = "short-rows"

    def weigh(self, run):
        return lambda gram: self.length * gram.diagonal().rsqrt()
"""


PAGE = ROOT / "docs" / "methods.md"
END = " -->"


@pytest.mark.long
def test_a_method_of_ones_own_is_one_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    (wanted,) = read_methods((f"{file}:short-rows:length=2",))
    method = build(wanted)
    assert method.settings() == {"method": "short-rows", "length": 2.0}
    assert "short-rows" in methods_text()
    below = build(read_methods((f"{file}:short-rows:weights=sum:0.5",))[0])
    twice = build(read_methods((f"{file}:short-rows:balance=gls,weights=sum:0.5",))[0])
    made = (method, below, twice)
    trainers = pickle.dumps([TaskSetTrainer(Toy(), method=each) for each in made])
    code = (
        "import pickle, sys\n"
        "for train in pickle.loads(sys.stdin.buffer.read()): print(train(('sum',), 0))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=trainers, capture_output=True, check=True)
    assert done.stdout.count(b"'sum'") == 3


def test_registering_needs_no_torch() -> None:
    code = (
        "import sys\n"
        "import gradsplit.training.methods.wanted\n"
        "from gradsplit import register_method\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class ToyMethod(MultiHead):
    """Another."""


def test_a_name_is_taken_once() -> None:
    with pytest.raises(GradSplitError, match="`multi-head` already, in gradsplit"):
        register_method("multi-head", "another", group="one network")(partial(ToyMethod))
    with pytest.raises(GradSplitError, match="`group` must be one of one network"):
        register_method("new", "new", group="others")  # type: ignore[arg-type]


def test_options_come_from_fields_and_parameters() -> None:
    @dataclass(frozen=True)
    class Made:
        rate: float
        steps: int = 3
        on: bool = False
        mask: object = None

    assert {name: (one.required, one.form) for name, one in options_of(Made).items()} == {
        "rate": (True, "a finite number"),
        "steps": (False, "a whole number"),
        "on": (False, "true or false"),
    }
    assert option_of(bool).read("True") is True
    with pytest.raises(ValueError):
        option_of(bool).read("yes")
    assert option_of(dict) is None
    assert option_of(int | str) is None


def test_every_method_can_have_what_goes_on_top() -> None:
    for method in registered().values():
        if method.name not in ("weights", "tuned-weights"):
            assert set(on_top()) <= set(method.options)


def test_a_listing_has_every_method_under_its_group() -> None:
    text, markdown = methods_text(), methods_markdown()
    for name, method in registered().items():
        assert f"  {name} " in text
        assert f"- `{name}`: {method.what}" in " ".join(markdown.split())
    assert text.index("one network:") < text.index("multi-head-bn") < text.index("needs relations:")
    assert "[alpha=1.5, learning_rate=0.025]" in text
    assert text.index("needs relations:") < text.index("gradsplit-shuffled")


def test_a_listing_says_what_costs_more_and_fits_a_terminal() -> None:
    for columns in (80, 120):
        assert max(map(len, methods_text(columns).splitlines())) <= columns
    text = " ".join(methods_text().split())
    assert "a step costs T forward, T backward" in text
    for method in registered().values():
        described = text.partition(f" {method.name} {method.what}")[2]
        for said in (method.cost.passes, method.cost.memory, method.cost.parameters):
            assert said in described or said in (Cost().passes, Cost().parameters)
    assert "norm=group" in text and "channels=false" in text


def test_the_list_of_the_documentation_fits_80_columns_and_has_no_table() -> None:
    lines = methods_markdown().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line.startswith("|") for line in lines)


def test_no_line_of_the_list_is_taken_for_a_list_in_it() -> None:
    item = re.compile(r"\s+([-+*]|\d+[.)])\s")
    assert not [line for line in methods_markdown().splitlines() if item.match(line)]


def test_every_method_says_what_a_step_costs() -> None:
    makers = [each.make.func if isinstance(each.make, partial) else each.make for each in ours()]
    assert len(makers) > 50
    assert not [maker for maker in makers if "Cost: " not in (maker.__doc__ or "")]


def ours() -> list[Registered]:
    """The methods that come with gradsplit, without those that tests register."""
    return [
        method
        for method in registered().values()
        if getattr(method.make, "func", method.make).__module__.startswith("gradsplit.")
    ]


def tables() -> str:
    """The tables of the documentation, from a fresh process that knows no methods of tests."""
    code = "from gradsplit.training.methods.listing import methods_markdown as m; print(m())"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return printed.stdout.strip()


def page() -> tuple[str, str, str]:
    """The documentation's page of methods: what is before its tables, the tables, the rest."""
    before, mark, after = PAGE.read_text().partition(f"test_registry{END}")
    made, end, rest = after.partition(f"<!-- end of what is made{END}")
    return before + mark, made.strip(), end + rest


def test_the_documentation_lists_what_is_registered() -> None:
    how = "python -m tests.gradsplit.training.methods.test_registry writes it anew"
    assert page()[1] == tables(), how


if __name__ == "__main__":
    before, _, after = page()
    PAGE.write_text(f"{before}\n\n{tables()}\n\n{after}")
