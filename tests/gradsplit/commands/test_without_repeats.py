"""Without repeats nothing is decided, and commands that depend on it say so."""

import pytest

from analysis import relation_plot
from gradsplit.cli import main
from relations import load_relations

ONE = "source,target,change\na,b,-5%\nb,a,4%\n"
TWO = "tasks,seed,task,score\n" + "".join(
    f"a,{seed},a,0.8\nb,{seed},b,0.6\na+b,{seed},a,{0.5 + seed / 100}\n"
    f"a+b,{seed},b,{0.3 + seed / 4}\n"
    for seed in range(3)
)


@pytest.fixture
def printed(tmp_path, capsys):
    def run(text, command, out, *words):
        (tmp_path / "t.csv").write_text(text)
        assert main([command, str(tmp_path / "t.csv"), "--out", str(tmp_path / out), *words]) == 0
        return capsys.readouterr().out

    return run


NOTHING = "without repeats nothing can be decided: all 2 known edges are undecided"


def test_an_empty_picture_is_explained(printed):
    said = printed(ONE, "graph", "g.png", "--hide-undecided")
    assert f"\n{NOTHING}, and left out of the picture\n" in said
    assert NOTHING not in printed(ONE, "graph", "g.png")
    assert "without repeats" not in printed(TWO, "graph", "g.png", "--hide-undecided")


@pytest.mark.parametrize("word", ["block", "allow"])
def test_a_mask_of_undecided_edges_alone_is_explained(printed, word):
    said = printed(ONE, "mask", "m.json", "--undecided", word)
    assert f"{NOTHING}, and `--undecided {word}` {word}s every one of them\n" in said


def test_a_mask_says_how_many_of_its_blocks_are_undecided(printed):
    assert "\n1 update is blocked, undecided\n" in printed(ONE, "mask", "m.json")
    assert "\n2 updates are blocked, 1 of them undecided\n" in printed(TWO, "mask", "m.json")
    assert "blocked" not in printed(TWO, "mask", "m.json", "--undecided", "allow")


def test_the_graph_of_one_seed_speaks_of_values(tmp_path):
    (tmp_path / "t.csv").write_text(ONE)
    axes = relation_plot(load_relations(tmp_path / "t.csv"))
    shown = {line.get_text() for line in axes.get_legend().get_texts()}
    assert {"harmful by its value: 1", "helpful by its value: 1"} <= shown
