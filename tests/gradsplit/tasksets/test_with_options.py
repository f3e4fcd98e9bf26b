import pytest

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.with_options import load_with_options, reference_and_options
from tests.places import TOY_TASKS


@pytest.mark.parametrize(
    ("text", "reference", "options"),
    [
        ("human.toml", "human.toml", {}),
        ("a.py:tasks", "a.py:tasks", {}),
        ("a.py:tasks:width=3", "a.py:tasks", {"width": 3}),
        ("human:lip=a/b c,judge=test", "human", {"lip": "a/b c", "judge": "test"}),
        ('x:sizes={"pose":[2,3]},y=[1,2]', "x", {"sizes": {"pose": [2, 3]}, "y": [1, 2]}),
        ("x:path=C:/a,b,light=night", "x", {"path": "C:/a,b", "light": "night"}),
    ],
)
def test_a_word_has_a_reference_and_options(text, reference, options):
    assert reference_and_options(text) == (reference, options)


def test_it_is_loaded_with_them():
    assert load_with_options(f"{TOY_TASKS}:Toy:width=3,steps=4").recipe.steps == 4
    with pytest.raises(TaskSetError, match="`deep` is not one of them"):
        load_with_options("planted:deep=3")
