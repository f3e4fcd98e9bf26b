"""A figure in the page: nothing that the page forbids, nothing that collides with the rest."""

import re
from xml.etree import ElementTree

from analysis.figures.figure_file import FigureFileError, new_axes
from analysis.figures.palette import INK
from analysis.figures.recommendation import recommendation_plot
from analysis.page.embed import style
from analysis.page.picture import NARROW, for_any_screen, picture
from tests.analysis.recommendation_examples import three_judged


def drawn():
    return picture(recommendation_plot(three_judged()), 'what "it" shows')


def tree():
    return ElementTree.fromstring(drawn().replace("xlink:href", "href"))


def test_it_says_what_it_shows():
    root = tree()
    assert root.get("role") == "img" and root.get("aria-label") == 'what "it" shows'
    assert root.get("viewBox") and root.get("width") is None


def test_no_style_and_no_names_but_its_own():
    text = drawn()
    assert "style" not in text and "metadata" not in text and "rdf" not in text
    names = [element.attrib["id"] for element in tree().iter() if "id" in element.attrib]
    assert len(names) == len(set(names)) > 0
    assert all(name.startswith("picture-") for name in names)
    links = re.findall(r'(?:href="#|url\(#)([^")]+)', text)
    assert links and set(links) <= set(names)


def test_equal_figures_give_equal_texts():
    assert drawn() == drawn()


def test_whoever_set_another_kind_of_text_gets_outlines_all_the_same():
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        assert drawn() == drawn() and "<text" not in drawn()


def test_the_style_sheet_knows_every_colour_and_shapes_have_none():
    sheet = style("recommended")
    root = tree()
    colours = {
        (name, element.get(name))
        for element in root.iter()
        for name in ("fill", "stroke")
        if element.get(name) not in (None, "none")
    }
    assert len(colours) > 5
    assert [pair for pair in colours if '[{}="{}"]'.format(*pair) not in sheet] == []
    shapes = [element for defs in root.iter("defs") for element in defs.iter()]
    assert shapes and not any(one.get("fill") or one.get("stroke") for one in shapes)


def test_any_figure_will_do():
    axes = new_axes(2, 1)
    axes.plot([0, 1], [0, 1], color=INK, linestyle="dashed")
    text = picture(axes, "a line")
    assert 'stroke-dasharray="' in text and f'stroke="{INK.lower()}"' in text


def test_for_a_phone_it_is_drawn_again():
    def draw(width):
        return recommendation_plot(three_judged(), width=width)

    wide, narrow = re.findall(r'<svg class="picture (wide|narrow)"[^>]*viewBox="0 0 ([0-9.]+)',
                              for_any_screen(draw, "what it shows"))  # fmt: skip
    assert (wide[0], narrow[0]) == ("wide", "narrow")
    assert float(narrow[1]) / 72 <= NARROW < float(wide[1]) / 72


def test_what_has_no_room_on_a_phone_is_drawn_once():
    def draw(width):
        if width is not None:
            raise FigureFileError("The figure needs more room.")
        return recommendation_plot(three_judged())

    assert for_any_screen(draw, "what it shows").count('<svg class="picture" ') == 1
