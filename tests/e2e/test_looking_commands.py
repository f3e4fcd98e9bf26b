"""Options of commands that draw, as a user types them."""

import pytest
from PIL import Image

from gradsplit.cli import main

# Four seeds: reid decidedly harms pose; pose harms reid by the mean, undecided.
NOISE = (0.0, 0.05, -0.06, -0.01)


@pytest.fixture
def table(tmp_path) -> str:
    rows = ["tasks,seed,task,score"]
    for seed, noise in enumerate(NOISE):
        rows += [f"pose,{seed},pose,0.8", f"reid,{seed},reid,0.6"]
        rows += [f"pose+reid,{seed},pose,{0.6 + 0.001 * seed}"]
        rows += [f"pose+reid,{seed},reid,{0.58 + noise}"]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(rows) + "\n")
    return str(path)


def drawn(words: list[str], out) -> str:
    assert main([*words, "--out", str(out)]) == 0
    return out.read_text()


def test_undecided_edges_can_be_hidden(table, tmp_path):
    words = ["graph", table]
    out = tmp_path / "graph.svg"
    assert 'id="harmful undecided"' in drawn(words, out)
    hidden = drawn([*words, "--hide-undecided"], out)
    assert 'id="harmful undecided"' not in hidden
    assert 'id="harmful"' in hidden


def test_the_second_line_can_be_left_out(table, tmp_path):
    out = tmp_path / "heatmap.svg"
    assert drawn(["heatmap", table], out).count('id="second line"') == 2
    assert 'id="second line"' not in drawn(["heatmap", table, "--second-line", "none"], out)


@pytest.mark.parametrize("command", ["heatmap", "graph"])
def test_title_and_dots_an_inch(command, table, tmp_path):
    sizes = []
    for dpi in ("100", "200"):
        out = tmp_path / f"{command}{dpi}.png"
        assert main([command, table, "--title", "two", "--dpi", dpi, "--out", str(out)]) == 0
        with Image.open(out) as picture:
            sizes.append(picture.size[0])
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.02)


def test_all_endings_of_a_graph_are_named(table, tmp_path, capsys):
    assert main(["graph", table, "--out", str(tmp_path / "graph.jsn")]) == 2
    error = capsys.readouterr().err
    for ending in (".png", ".svg", ".pdf", ".csv", ".dot", ".graphml"):
        assert ending in error


def test_the_folder_of_the_json_is_made(table, tmp_path):
    file = tmp_path / "new" / "relations.json"
    assert main(["relations", table, "--json", str(file)]) == 0
    assert file.is_file()


def test_a_size_is_of_a_picture_that_is_asked_for(table, tmp_path, capsys):
    words = ["mask", str(table), "--out", str(tmp_path / "mask.json"), "--width", "3.3"]
    assert main(words) == 2
    assert "--picture FILE" in capsys.readouterr().err
    picture = tmp_path / "mask.png"
    assert main([*words, "--font-size", "7", "--picture", str(picture)]) == 0
    with Image.open(picture) as drawn:
        assert abs(drawn.size[0] / 200 - 3.3) < 0.05
