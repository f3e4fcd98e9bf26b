"""Words that no command can read are refused in this project's words, and in no box."""

import shlex

import pytest

from gradsplit.cli import MISTAKE, main
from gradsplit.command_line import refusals

WRONG = {
    "relations x.csv --threshold high": "`--threshold` takes a fraction such as 0.01, or 1% with "
    "a sign, got 'high'.",
    "relations x.csv --level": "`--level` needs a value, a fraction such as 0.01",
    "relations x.csv --correction hlm": "`--correction` takes `holm`, `bh` or `none`, got 'hlm'. "
    "Did you mean `holm`?",
    "relations x.csv --unit furlong": "`--unit` takes `fraction` or `per-cent`, got 'furlong'.",
    "relations x.csv y.csv": "`gradsplit relations` can do nothing with `y.csv`.",
    "recommend planted --runs abc": "`--runs` takes a whole number such as 5, got 'abc'.",
    "recommend planted --runs=2.5": "`--runs` takes a whole number such as 5, got '2.5'.",
    "recommend planted --race-seeds 1.5": "`--race-seeds` takes a whole number such as 5, got '1",
    "recommend planted --hours soon": "`--hours` takes a number such as 0.5, got 'soon'.",
    "recommend planted --runs --quiet": "`--runs` needs a value, a whole number such as 5, and",
    "recommend planted --rusn 5": "`gradsplit recommend` has no option `--rusn`. Did you mean "
    "`--runs`? `gradsplit recommend --help` shows what it takes.",
    "recommend planted --quiet yes": "`--quiet` takes no value: leave `yes` out.",
    "recommend planted -r 3": "`gradsplit recommend` has no option `-r`.",
    "plan planted --recommend x": "`--recommend` takes whole numbers such as 50 100, got 'x'.",
    "probe planted --executor proceses --out x": "Did you mean `processes`?",
    "mask --unknown maybe x.csv --out m": "`--unknown` takes `allow` or `block`, got 'maybe'.",
    "train planted": "`--out` is missing: Folder for weights.safetensors, scores.json",
    "heatmap": "- SOURCE is missing: A probe's folder, a ledger,",
    "heatmap x.csv --ot y.png": "no option `--ot`. Did you mean `--out`?\n- `--out` is missing:",
    "heatmap x.csv --out": "`--out` needs a value, and none follows it.",
    "--out x probe": "The command comes first, then its options, such as `--out`.",
}
PARSERS_OWN = ("╭", "None", "INT", "STR", "FLOAT", "<class", "literal", "argument", "Unrecognized")


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_word_is_told_with_what_was_expected(line, capsys):
    assert main(shlex.split(line)) == MISTAKE
    printed = capsys.readouterr()
    assert printed.err.startswith("gradsplit: ") and printed.out == ""
    assert WRONG[line] in printed.err
    assert [word for word in PARSERS_OWN if word in printed.err] == []


@pytest.mark.parametrize("fault", [ImportError, AttributeError])
def test_a_release_without_a_hook_refuses_in_its_own_words(fault, monkeypatch, capsys):
    def lacking(name):
        raise fault(name)

    monkeypatch.setattr(refusals, "import_module", lacking)
    with pytest.raises(SystemExit) as ended:
        main(["recommend", "planted", "--runs", "abc"])
    assert ended.value.code == MISTAKE and "abc" in capsys.readouterr().err


def test_an_event_that_is_made_of_other_things_is_left_to_the_parser(monkeypatch, capsys):
    monkeypatch.setattr(refusals, "_called", lambda argument: argument.nothing_of_this_name)
    with pytest.raises(SystemExit) as ended:
        main(["recommend", "planted", "--runs", "abc"])
    assert ended.value.code == MISTAKE and "abc" in capsys.readouterr().err
