"""What changed since runs were trained, and what one can do, in the words of whoever asked."""

from relations.errors import options_named
from relations.ledger.changed_code import refusal


def test_an_option_is_named_to_a_command_only():
    said = str(refusal("The ledger `probe.db`", ["the function train changed"], [0.0]))
    assert "Use another ledger, the old code" in said
    assert "`accept_changed_code=True`" in said
    with options_named(["out", "accept_changed_code"]):
        said = str(refusal("The ledger `probe.db`", ["the function train changed"], [0.0]))
    assert "Use another ledger (`--out`), the old code" in said
    assert "`--accept-changed-code`" in said
