"""How Sphinx builds the documentation: `make docs`.

The source folder is the whole repository, so that links between README, docs/ and reports/ are
followed, and checked, as they stand: `sphinx-build -W -c docs . build/site`.
"""

from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from docutils.nodes import SkipNode, entry, row, table
from docutils.utils.math.latex2mathml import tex2mathml

if TYPE_CHECKING:
    from docutils.nodes import document, math, math_block
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

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
# A cell of more characters is a sentence: ten lines in a third of a phone.
SENTENCE = 80
# With more columns than this, whoever reads a cell alone no longer knows what it is about.
FEW_COLUMNS = 4


def _inline(self: "HTML5Translator", node: "math") -> None:
    self.body.append(tex2mathml(node.astext()))
    raise SkipNode  # else the formula's source would follow


def _display(self: "HTML5Translator", node: "math_block") -> None:
    self.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode


def _mark_sentences(_app: "Sphinx", page: "document") -> None:
    for found in page.findall(table):
        columns = len(found.next_node(row) or ())
        longest = max(len(cell.astext()) for cell in found.findall(entry))
        if columns <= FEW_COLUMNS and longest > SENTENCE:
            found["classes"].append("sentences")


def setup(app: "Sphinx") -> None:
    """Formulas as MathML, which browsers draw themselves: no script from elsewhere is loaded.

    Tables that hold sentences have the class `sentences`; look.css sets them for phones.
    """
    app.connect("doctree-read", _mark_sentences)
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
