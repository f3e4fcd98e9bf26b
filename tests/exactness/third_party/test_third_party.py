"""Networks of torchvision, timm and transformers: what becomes of each is known, never wrong."""

import pytest

from tests.exactness.third_party.classify import EXACT, NOT_COMPARED, REFUSED, classified
from tests.exactness.third_party.page import LIBRARIES, PAGE, expected, networks, page

KNOWN = expected()


@pytest.mark.slow
# What libraries warn about themselves is not ours to mend.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("library", "name"), [(library, name) for library in LIBRARIES for name in networks(library)]
)
def test_every_regime_is_exact_or_refused_as_expected(library, name):
    pytest.importorskip(library, reason="needs torchvision and timm: make thirdparty")
    assert classified(networks(library)[name]) == KNOWN[library][name]


def test_every_network_has_its_expectation():
    assert {library: sorted(KNOWN[library]) for library in LIBRARIES} == {
        library: sorted(networks(library)) for library in LIBRARIES
    }
    assert sum(map(len, KNOWN.values())) >= 60


def test_no_network_is_wrong_without_a_word():
    for by_name in KNOWN.values():
        for by_part in by_name.values():
            for outcome in by_part.values():
                given = [text for regime, text in outcome.items() if regime != "left to all tasks"]
                assert all(
                    text in (EXACT, NOT_COMPARED) or text.startswith(REFUSED) for text in given
                )


def test_the_page_is_made_of_the_expectations():
    assert PAGE.read_text() == page(), "python -m tests.exactness.third_party.page writes it anew"
