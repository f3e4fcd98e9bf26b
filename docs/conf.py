"""How Sphinx builds the documentation: `make docs`.

The source folder is the whole repository, so that links between README, docs/ and reports/ are
followed, and checked, as they stand: `sphinx-build -W -c docs . build/site`.
"""

import re
from html import escape
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from docutils.nodes import SkipNode, doctest_block, entry, literal_block, row, table
from docutils.utils.math.latex2mathml import tex2mathml
from pygments.lexers.shell import BashSessionLexer
from pygments.lexers.special import TextLexer
from pygments.token import Generic, Text
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docutils.nodes import Element, document, math, math_block
    from sphinx.application import Sphinx

project = "gradsplit"
author = "the gradsplit authors"
version = release = version_of("gradsplit")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "docs/journeys/*.md", "docs/recipes/*.md", "reports/**.md"]
include_patterns += ["CHANGELOG.md", "CONTRIBUTING.md"]
# Not to be searched for pages: they hold thousands of files.
exclude_patterns = [".git", ".venv", "build", "**/.*", "**/__pycache__"]

# A picture that is wider than it need be is an <img> with a width, which code hosts know too.
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 3
# Single backticks in docstrings are code, as in the Markdown of the pages.
default_role = "code"

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"gradsplit {release}"
# The pages lie in docs/; whoever opens the folder of the site is sent there.
html_extra_path = ["site"]
html_static_path = ["look"]
html_css_files = ["look.css"]
html_show_copyright = False
html_math_renderer = "mathml"
# What has no language is a command or what it prints, and no Python.
highlight_language = "none"
# A cell of more characters is a sentence, ten lines in a third of a phone; and columns that are
# wider together have three words a line there.
SENTENCE = 80
TOGETHER = 105
# With more columns than this, a row cell below cell is a list that nobody compares with the next.
FEW_COLUMNS = 5
# A number with its error or unit, or none: such columns are set to the right, said so or not.
NUMBER = re.compile(r"[-+−]?\d[\d.,]*(?: ± [\d.,]+)?(?: ?(?:%|x|[a-z]{1,3}|[KMG]i?B))?|–|")
WORD_OF_CODE = re.compile(r'<span class="pre">([^<]{1,24})<')


class Translator(HTML5Translator):
    """Cells name their column where they say `label`: look.css shows it where they stand alone."""

    def visit_entry(self, node: "Element") -> None:
        """As Sphinx does, and with the column's name for the style sheet."""
        super().visit_entry(node)
        if "label" in node:
            named = f'<td data-label="{escape(node["label"])}"'
            self.body[-1] = self.body[-1].replace("<td", named, 1)

    def visit_Text(self, node: "Element") -> None:  # noqa: N802
        """Short words of code stay whole: `--option` is not broken behind its hyphens."""
        before = len(self.body)
        super().visit_Text(node)
        for place in range(before, len(self.body)):
            self.body[place] = WORD_OF_CODE.sub(r'<span class="pre whole">\1<', self.body[place])


# What fits into a block beside the menu; our code has up to a hundred characters a line.
IN_THE_COLUMN = 84
# A printed table has columns, with two blanks or more between some of its cells.
COLUMNS = re.compile(r"\S {2,}\S")
Token = tuple[int, object, str]


def _prose_marked(tokens: "Iterable[Token]", printed: object) -> "Iterator[Token]":
    for start, kind, text in tokens:
        for line in text.splitlines(keepends=True) if kind is printed else [text]:
            prose = kind is printed and not COLUMNS.search(line)
            yield start, kind.Prose if prose else kind, line
            start += len(line)


class Printed(TextLexer):
    """Lines that hold no columns are marked: look.css breaks them where the page ends."""

    def get_tokens_unprocessed(self, text: str) -> "Iterator[Token]":
        """One token a line."""
        return _prose_marked(super().get_tokens_unprocessed(text), Text)


class Session(BashSessionLexer):
    """Commands, and what they print marked as in `Printed`."""

    def get_tokens_unprocessed(self, text: str) -> "Iterator[Token]":
        """As for any shell, what is printed one token a line."""
        return _prose_marked(super().get_tokens_unprocessed(text), Generic.Output)


def _inline(self: HTML5Translator, node: "math") -> None:
    self.body.append(tex2mathml(node.astext()))
    raise SkipNode  # else the formula's source would follow


def _display(self: HTML5Translator, node: "math_block") -> None:
    self.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode


def _mark_sentences(_app: "Sphinx", page: "document") -> None:
    for found in page.findall(table):
        rows = [[cell.astext() for cell in line.findall(entry)] for line in found.findall(row)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        wide = max(widths) > SENTENCE or sum(widths) > TOGETHER
        if wide and len(widths) <= FEW_COLUMNS:
            found["classes"].append("sentences")
            _name_cells(found)


def _mark_wide(_app: "Sphinx", page: "document") -> None:
    for kind in (literal_block, doctest_block):
        for found in page.findall(kind):
            if max(map(len, found.astext().splitlines()), default=0) > IN_THE_COLUMN:
                found["classes"].append("wide")


def _set_numbers_right(_app: "Sphinx", page: "document") -> None:
    for found in page.findall(table):
        columns = zip(*(line.findall(entry) for line in found.findall(row)), strict=True)
        for head, *cells in list(columns)[1:]:
            numbers = [NUMBER.fullmatch(cell.astext()) for cell in cells]
            if cells and any(cell.astext() for cell in cells) and all(numbers):
                for cell in (head, *cells):
                    cell["classes"] = ["text-right"]


def _name_cells(found: table) -> None:
    """Of two columns the first names the row and the second is what is said of it."""
    head, *body = [list(line.findall(entry)) for line in found.findall(row)]
    for cells in body if len(head) > 2 else []:
        for column, cell in list(zip(head, cells, strict=True))[1:]:
            if name := column.astext():
                cell["label"] = name


def setup(app: "Sphinx") -> None:
    """Formulas as MathML, which browsers draw themselves: no script from elsewhere is loaded.

    Tables that hold sentences have the class `sentences`, long lines `wide`; look.css sets them.
    """
    app.set_translator("html", Translator)
    for language, lexer in {"none": Printed, "text": Printed, "console": Session}.items():
        app.add_lexer(language, lexer)
    app.connect("doctree-read", _mark_sentences)
    app.connect("doctree-read", _mark_wide)
    app.connect("doctree-read", _set_numbers_right)
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
