"""The oldest torch: refused in words below it, and the same everywhere it is named."""

import pytest

from gradsplit.engine.oldest_torch import OLDEST, refuse_older
from gradsplit.errors import GradSplitError
from tests.places import DOCS, ROOT


@pytest.mark.parametrize("installed", ["1.13.1", "2.6.0", "2.7.1+cu126"])
def test_an_older_torch_is_refused(installed):
    with pytest.raises(GradSplitError, match=r"needs torch 2\.8 or newer.*pip install"):
        refuse_older(installed)


@pytest.mark.parametrize("installed", ["2.8.0", "2.8.0+cu128", "2.14.1", "3.0.0a0+git1"])
def test_a_newer_one_is_not(installed):
    refuse_older(installed)


def test_the_bound_is_the_same_wherever_it_is_named():
    oldest = ".".join(map(str, OLDEST))
    assert f'"torch>={oldest}"' in (ROOT / "pyproject.toml").read_text()
    assert f"torch=={oldest}.0" in (ROOT / "Makefile").read_text()
    assert f"any torch >= {oldest} will do" in (ROOT / "README.md").read_text()
    assert f"any torch from {oldest} on will do" in (DOCS / "start.md").read_text()
