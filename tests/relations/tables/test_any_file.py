"""Whatever a file holds, its reader gives an answer or says in words why it cannot."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import read_scores
from relations import GradientMask, RelationsError, load_changes

SOUND = [
    ",a,b\na,,-1%\nb,0,\n",
    "source,target,change (%)\na,b,-1\nb,a,2\n",
    "tasks,seed,task,score\na,0,a,1\nb,0,b,1\na+b,0,a,.9\na+b,0,b,1\n",
    "tasks;seed;a;b\na;0;1,0;\nb;0;;1\na,b;0;1;2\n",
    '{"a": {"b": -0.1}, "b": {"a": 1}}',
    '{"edges": [{"source": "a", "target": "b", "change": null}]}',
    "change in % (1 seed)\n     a    b\na       -2.1\nb  0.1\n",
    "method,seed,pose,lr\nsingle,0,1,2\njoint,0,3,4\n",
    "method,seed,task,score\nsingle,0,a,1\njoint,0,a,2\n",
    GradientMask.identity(["a", "b"]).to_json(),
]
PIECES = st.one_of(
    st.sampled_from([*",;\t |\n\r\"'+-±%.019eE{}[]:\\\0\ufeff−", "nan", "inf", "1e999", "null"]),
    st.text(max_size=3),
)
EDITS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4), PIECES), max_size=6)


def edited(text: str, edits: list[tuple[int, int, str]]) -> bytes:
    """A text with some pieces cut out and others put in."""
    for place, length, piece in edits:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    return text.encode("utf-8", errors="surrogatepass")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "file"


@pytest.mark.filterwarnings("ignore::relations.errors.TableNote")
@settings(max_examples=150, deadline=None)
@given(text=st.sampled_from(SOUND), edits=EDITS, rows=st.sampled_from([None, "source", "target"]))
def test_an_answer_or_a_reason(file, text, edits, rows):
    file.write_bytes(edited(text, edits))
    for read in (partial(load_changes, rows=rows), read_scores, GradientMask.load):
        try:
            answer = str(read(file))
        except RelationsError as reason:
            answer = str(reason)
        assert answer
