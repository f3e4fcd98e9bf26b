"""What the command prints of a recommendation on the way."""

from gradsplit.commands.recommend import _Teller
from relations.ledger.changed_code import Taken


def test_that_runs_come_from_the_ledger_is_said_once_and_again_with_something_new(capsys):
    tell, unseen = _Teller(quiet=True), "not watched: files that functions open"
    tell(Taken([0.0, 0.0], unseen=unseen))
    tell(Taken([0.0], unseen=unseen))
    assert capsys.readouterr().out == (f"from the ledger: 2 runs, trained 1970-01-01\n{unseen}\n\n")
    tell(Taken([0.0], accepted=["the value N of my.py changed"], unseen=unseen))
    said = capsys.readouterr().out
    assert "accepted all the same: the value N of my.py changed" in said and unseen not in said
